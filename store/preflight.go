package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// How BuntDB frames the two commands that a tenant's file has. Each is a list
// of length-prefixed strings. Keys and values are JSON and header lines without
// a carriage return, so no frame occurs inside one.
const (
	frameSet   = "*3\r\n$3\r\nset\r\n"
	frameDel   = "*2\r\n$3\r\ndel\r\n"
	frameLen   = len(frameSet)
	maxPart    = 64 << 20 // larger than any record; a larger length is a damaged one
	maxTail    = 2 * maxPart
	maxLenLine = 16 // "$67108864\r\n" fits
)

// layout is what the structure of a data file says, as inspect reads it.
type layout struct {
	size    int64
	end     int64 // of the last complete record; what follows, as a crash leaves it, is the start of one more, or zeros
	records int
	format  string // the value of keyFormat that counts; "" for none
}

// saveTail looks at the structure of a data file before BuntDB does. BuntDB
// silently cuts off what it takes for an unfinished record at the end, and
// panics, hangs or runs out of memory on some damaged lengths. Here an
// unfinished record, as a crash leaves it, is copied beside the file and cut
// off, which is told to warn; any other damage is a *DamageError.
func saveTail(path string, now time.Time, warn func(string)) (layout, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return layout{}, err
	}
	defer f.Close()
	l, err := inspect(f)
	// A newer layout can look like damage, so the format is asked first.
	if err := errors.Join(checkFormat(path, l), err); err != nil {
		return layout{}, err
	}
	if l.end == l.size {
		return l, nil
	}
	copied := fmt.Sprintf("%s.tail-%s", path, stamp(now))
	tail := io.NewSectionReader(f, l.end, l.size-l.end)
	if err := errors.Join(writeSynced(copied, tail), syncDir(filepath.Dir(path))); err != nil {
		return layout{}, fmt.Errorf("save the unfinished end of %s before cutting it off: %w", path, err)
	}
	warn(fmt.Sprintf("%s ended in the middle of a record, as after a crash; its last %d bytes were moved to %s", path, l.size-l.end, copied))
	if err := f.Truncate(l.end); err != nil {
		return layout{}, fmt.Errorf("cut the unfinished end off %s: %w", path, err)
	}
	return l, f.Sync()
}

// stamp is a time as a part of a file's name.
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405.000Z") }

func writeSynced(path string, data io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, data)
	return errors.Join(err, f.Sync(), f.Close())
}

// inspect walks the records of a data file. What no crash leaves behind is a
// *DamageError; the layout that comes with it has the format as far as the walk
// came. It reads a file at the speed of memory.
func inspect(f *os.File) (layout, error) {
	info, err := f.Stat()
	if err != nil {
		return layout{}, err
	}
	l := layout{size: info.Size()}
	// A power cut can leave zeros where a file grew and its data did not
	// arrive. No record has one, so those at the end stand for nothing.
	used, err := withoutZeros(f, l.size)
	if err != nil {
		return l, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	s := scanner{r: bufio.NewReaderSize(io.NewSectionReader(f, 0, used), 256<<10), size: used}
	for err == nil {
		l.end, l.records, l.format = s.at, s.records, s.format
		err = s.record()
	}
	var damage *DamageError
	if errors.Is(err, io.EOF) {
		err = s.judgeTail(f, l)
	}
	if errors.As(err, &damage) {
		damage.Path = f.Name()
		return l, damage
	}
	if err != nil {
		return l, fmt.Errorf("read %s: %w", f.Name(), err)
	}
	return l, nil
}

// withoutZeros returns the size of r without the zeros at its end.
func withoutZeros(r io.ReaderAt, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for size > 0 {
		n := min(size, int64(len(buf)))
		if _, err := r.ReadAt(buf[:n], size-n); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if rest := bytes.TrimRight(buf[:n], "\x00"); len(rest) > 0 {
			return size - n + int64(len(rest)), nil
		}
		size -= n
	}
	return 0, nil
}

// scanner walks the records of a file without keeping them.
type scanner struct {
	r       *bufio.Reader
	at      int64
	size    int64 // where r ends
	part    int64 // where the string starts at which the file ended
	records int
	format  string
}

// record moves past one record. The error is io.EOF where the file ends first,
// and a *DamageError for what is no record.
func (s *scanner) record() error {
	frame, err := s.peek(frameLen)
	set, del := string(frame) == frameSet, string(frame) == frameDel
	switch {
	case set, del:
	case errors.Is(err, io.EOF) && (bytes.HasPrefix([]byte(frameSet), frame) || bytes.HasPrefix([]byte(frameDel), frame)):
		return io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		return err
	default:
		return damagedAt(s.at, "there should be a record and is %.20q", frame)
	}
	s.skip(frameLen)
	key, err := s.text(len(keyFormat))
	if err != nil {
		return err
	}
	value := ""
	if set {
		keep := 0
		if key == keyFormat {
			keep = maxFormat
		}
		if value, err = s.text(keep); err != nil {
			return err
		}
	}
	if key == keyFormat {
		s.format = value
	}
	s.records++
	return nil
}

// text moves past one length-prefixed string, and returns it where it has at
// most keep bytes.
func (s *scanner) text(keep int) (string, error) {
	start := s.at
	line, err := s.peek(maxLenLine)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	i := bytes.IndexByte(line, '\n')
	if i < 0 && err != nil && startsLength(line) {
		return "", io.EOF
	}
	n, ok := parseLength(line[:i+1])
	if !ok {
		return "", damagedAt(start, "there should be the length of a string and is %q", line)
	}
	s.skip(i + 1)
	s.part = s.at
	if s.at+n+2 > s.size {
		return "", io.EOF
	}
	kept := ""
	if n <= int64(keep) {
		text, err := s.peek(int(n))
		if err != nil {
			return "", err
		}
		kept = string(text)
	}
	one, err := s.body(n)
	if err != nil {
		return "", err
	}
	end, err := s.peek(len(crlf))
	if err != nil {
		return "", err
	}
	if !one || string(end) != crlf {
		return "", damagedAt(start, "is the length %d of a string that has another one", n)
	}
	s.skip(len(crlf))
	return kept, nil
}

// body moves past the n bytes of a string. It is false where there is a
// carriage return among them, which ends another string: the length is a
// damaged one, even where by chance it ends where a later record does.
func (s *scanner) body(n int64) (one bool, err error) {
	for n > 0 {
		if _, err := s.peek(1); err != nil {
			return false, err
		}
		chunk, _ := s.peek(int(min(n, int64(s.r.Buffered()))))
		if bytes.IndexByte(chunk, '\r') >= 0 {
			return false, nil
		}
		s.skip(len(chunk))
		n -= int64(len(chunk))
	}
	return true, nil
}

// judgeTail says whether what begins at l.end is an unfinished record, which a
// crash leaves, or a damaged one.
func (s *scanner) judgeTail(f io.ReaderAt, l layout) error {
	if n := l.size - l.end; n > maxTail {
		return damagedAt(l.end, "there is no complete record, and %d bytes follow", n)
	}
	tail := make([]byte, s.size-l.end)
	if _, err := f.ReadAt(tail, l.end); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case hasFrame(tail):
		return damagedAt(l.end, "is a record with a length that reaches past the records behind it")
	case s.at > l.end && s.at == s.part && s.size-s.part >= 2 && bytes.HasSuffix(tail, []byte("\r\n")):
		// A string ends here, and none has a line's end inside.
		return damagedAt(l.end, "is a record that is whole, but has a length that reaches past the end of the file")
	}
	return nil
}

// hasFrame reports whether a record starts inside tail, behind its own start.
func hasFrame(tail []byte) bool { return nextFrame(tail, 1) >= 0 }

// nextFrame returns where in data, at from or later, a record starts; -1 for
// nowhere.
func nextFrame(data []byte, from int) int {
	const middle = "\r\n$3\r\n" // of both frames, behind two bytes
	for from += 2; from < len(data); {
		i := bytes.Index(data[from:], []byte(middle))
		if i < 0 {
			return -1
		}
		start := from + i - 2
		if bytes.HasPrefix(data[start:], []byte(frameSet)) || bytes.HasPrefix(data[start:], []byte(frameDel)) {
			return start
		}
		from += i + 1
	}
	return -1
}

// parseLength reads "$12\r\n".
func parseLength(line []byte) (int64, bool) {
	rest, dollar := bytes.CutPrefix(line, []byte("$"))
	digits, crlf := bytes.CutSuffix(rest, []byte("\r\n"))
	n, err := strconv.ParseUint(string(digits), 10, 63)
	return int64(n), dollar && crlf && err == nil && n <= maxPart
}

// startsLength reports whether line is the start of what parseLength reads.
func startsLength(line []byte) bool {
	rest, dollar := bytes.CutPrefix(line, []byte("$"))
	rest = bytes.TrimSuffix(rest, []byte("\r"))
	return len(line) == 0 || dollar && len(bytes.Trim(rest, "0123456789")) == 0
}

// peek returns the next n bytes, or fewer and io.EOF.
func (s *scanner) peek(n int) ([]byte, error) { return s.r.Peek(n) }

// skip moves past n bytes that were peeked at.
func (s *scanner) skip(n int) {
	m, _ := s.r.Discard(n)
	s.at += int64(m)
}
