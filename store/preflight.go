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
// of length-prefixed strings; values are JSON and header lines without a line
// feed behind a carriage return, so neither frame occurs inside one.
const (
	frameSet   = "*3\r\n$3\r\nset\r\n"
	frameDel   = "*2\r\n$3\r\ndel\r\n"
	frameLen   = len(frameSet)
	maxPart    = 64 << 20 // larger than any record; a larger length is a damaged one
	maxLenLine = 16       // "$67108864\r\n" fits
)

// saveTail looks at the structure of a data file before BuntDB does. BuntDB
// silently cuts off what it takes for an unfinished record at the end, and
// panics, hangs or runs out of memory on some damaged lengths. Here an
// unfinished record, as a crash leaves it, is copied beside the file and cut
// off, which the result tells; any other damage is an error with its offset.
func saveTail(path string, now time.Time) (report string, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	end, err := soundEnd(f, info.Size())
	if err != nil {
		return "", fmt.Errorf("%s is damaged: %w; nothing was changed", path, err)
	}
	if end == info.Size() {
		return "", nil
	}
	tail := make([]byte, info.Size()-end)
	if _, err := f.ReadAt(tail, end); err != nil {
		return "", fmt.Errorf("read the end of %s: %w", path, err)
	}
	if hasFrame(tail) {
		return "", fmt.Errorf("%s is damaged: the record at byte %d has a length that reaches past the records behind it; nothing was changed", path, end)
	}
	copied := fmt.Sprintf("%s.tail-%s", path, now.UTC().Format("20060102T150405.000Z"))
	if err := errors.Join(writeSynced(copied, tail), syncDir(filepath.Dir(path))); err != nil {
		return "", fmt.Errorf("save the unfinished end of %s before cutting it off: %w", path, err)
	}
	if err := f.Truncate(end); err != nil {
		return "", fmt.Errorf("cut the unfinished end off %s: %w", path, err)
	}
	return fmt.Sprintf("%s ended in the middle of a record, as after a crash; its last %d bytes were moved to %s", path, len(tail), copied), f.Sync()
}

// hasFrame reports whether a record starts inside tail, behind its own start.
func hasFrame(tail []byte) bool {
	rest := tail[1:]
	return bytes.Contains(rest, []byte(frameSet)) || bytes.Contains(rest, []byte(frameDel))
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// soundEnd returns where the last complete record ends. What follows there is
// the start of one more record, or zeros as file systems leave them after a
// power cut. Anything else is an error.
func soundEnd(r io.Reader, size int64) (int64, error) {
	s := scanner{r: bufio.NewReaderSize(r, 256<<10), size: size}
	for {
		end := s.at
		err := s.record()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return end, s.tooLong(end)
		case s.at == end && s.onlyZeros():
			return end, s.tooLong(end)
		default:
			return 0, err
		}
	}
}

// scanner walks the records of a file without keeping them.
type scanner struct {
	r    *bufio.Reader
	at   int64
	size int64
}

// record moves past one record. The error is io.EOF where the file ends first.
func (s *scanner) record() error {
	frame, err := s.r.Peek(frameLen)
	parts := 0
	switch {
	case err == nil && string(frame) == frameSet:
		parts = 2 // key and value
	case err == nil && string(frame) == frameDel:
		parts = 1
	case err != nil && (bytes.HasPrefix([]byte(frameSet), frame) || bytes.HasPrefix([]byte(frameDel), frame)):
		return io.EOF
	default:
		return fmt.Errorf("at byte %d there should be a record and is %.20q", s.at, frame)
	}
	s.skip(int64(frameLen))
	for range parts {
		if err := s.part(); err != nil {
			return err
		}
	}
	return nil
}

// part moves past one length-prefixed string.
func (s *scanner) part() error {
	start := s.at
	line, err := s.r.Peek(maxLenLine)
	i := bytes.IndexByte(line, '\n')
	if i < 0 && err != nil {
		return io.EOF
	}
	n, ok := parseLength(line[:i+1])
	if !ok {
		return fmt.Errorf("at byte %d there should be the length of a string and is %q", start, line)
	}
	s.skip(int64(i + 1))
	if s.at+n+2 > s.size {
		return io.EOF
	}
	s.skip(n)
	if crlf, err := s.r.Peek(2); err != nil || string(crlf) != "\r\n" {
		return fmt.Errorf("the string at byte %d does not end after its %d bytes", start, n)
	}
	s.skip(2)
	return nil
}

// parseLength reads "$12\r\n".
func parseLength(line []byte) (int64, bool) {
	rest, dollar := bytes.CutPrefix(line, []byte("$"))
	digits, crlf := bytes.CutSuffix(rest, []byte("\r\n"))
	n, err := strconv.ParseUint(string(digits), 10, 63)
	return int64(n), dollar && crlf && err == nil && n <= maxPart
}

func (s *scanner) skip(n int64) {
	m, _ := s.r.Discard(int(n)) // what is discarded was peeked at, or is within size
	s.at += int64(m)
}

// onlyZeros reports whether the rest of the file is zeros.
func (s *scanner) onlyZeros() bool {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return true
		}
		if c != 0 {
			return false
		}
	}
}

// tooLong refuses an end that is no unfinished record for its sheer length.
func (s *scanner) tooLong(end int64) error {
	if s.size-end > 2*maxPart {
		return fmt.Errorf("at byte %d there is no complete record, and %d bytes follow", end, s.size-end)
	}
	return nil
}
