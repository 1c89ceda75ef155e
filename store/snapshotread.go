package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// SnapshotError is why a file is not taken for a snapshot.
type SnapshotError struct {
	Offset int64  // in bytes, where it is wrong
	What   string // "there should be a record and is …"
}

func (e *SnapshotError) Error() string {
	return fmt.Sprintf("the snapshot is refused: at byte %d %s", e.Offset, e.What)
}

// CheckSnapshot reads a snapshot to its end and says what it holds. progress,
// where not nil, is told now and then how much is read, from 0 to 1. The error
// is a *SnapshotError where the file is damaged, cut short, or of a newer
// airmock.
func CheckSnapshot(in io.Reader, progress func(float64)) (SnapshotInfo, error) {
	if progress == nil {
		progress = func(float64) {}
	}
	s, err := newSnapshotReader(in)
	if err != nil {
		return SnapshotInfo{}, err
	}
	for {
		if _, _, err = s.next(); err != nil {
			break
		}
		if s.records%scanChunk == 0 {
			progress(float64(s.records) / float64(s.head.Records))
		}
	}
	if err != io.EOF {
		return SnapshotInfo{}, err
	}
	progress(1)
	return s.head.SnapshotInfo, nil
}

// snapshotReader reads a snapshot and trusts nothing in it.
type snapshotReader struct {
	in      *bufio.Reader
	at      int64 // in the file
	start   int64 // of the record that is being read
	crc     uint32
	head    snapshotHead
	headLen int64
	records int
	counts  Counts
	last    string // the key before
}

func newSnapshotReader(in io.Reader) (*snapshotReader, error) {
	s := &snapshotReader{in: bufio.NewReaderSize(in, 256<<10)}
	line, err := s.line()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(line, &s.head); err != nil || s.head.Airmock != "snapshot" {
		return nil, s.wrong("there should be the first line of a snapshot and is %.40q; give a file that airmock snapshot wrote", line)
	}
	if s.head.Version > snapshotVersion || s.head.Format > currentFormat {
		return nil, s.wrong("it says that it has version %d and format %d, of a newer airmock; this one reads up to version %d and format %d: update airmock",
			s.head.Version, s.head.Format, snapshotVersion, currentFormat)
	}
	if s.head.Version < 1 || s.head.Format < 1 || s.head.Records < 0 {
		return nil, s.wrong("the first line says %.200q, which no airmock writes", line)
	}
	s.skip(len(line))
	s.headLen = s.at
	return s, nil
}

func (s *snapshotReader) wrong(format string, args ...any) error {
	return wrongAt(s.at, format, args...)
}

func wrongAt(offset int64, format string, args ...any) error {
	return &SnapshotError{Offset: offset, What: fmt.Sprintf(format, args...)}
}

// took moves past bytes that are as they should be.
func (s *snapshotReader) took(b []byte) {
	s.at += int64(len(b))
	s.crc = crc32.Update(s.crc, crc32.MakeTable(crc32.Castagnoli), b)
}

// ended is the error for a file that ends too early, or cannot be read.
func (s *snapshotReader) ended(err error) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the snapshot: %w", err)
	case s.at == 0:
		return s.wrong("it ends before its first line does; give a file that airmock snapshot wrote")
	}
	return wrongAt(s.start, "there should be a whole record or the last line, and the file ends, with %d of %d records; it was cut short when it was written or copied", s.records, s.head.Records)
}

// line returns the next line without moving past it, and not more of a long one
// than a mark may have.
func (s *snapshotReader) line() ([]byte, error) {
	for n := 256; ; n = min(2*n, maxMarkLine) {
		seen, err := s.in.Peek(n)
		if i := bytes.IndexByte(seen, '\n'); i >= 0 {
			return seen[:i+1], nil
		}
		switch {
		case n == maxMarkLine:
			return seen, nil
		case err != nil && len(seen) > 0 && seen[0] != '{':
			return seen, nil // nothing that could go on to be a mark
		case err != nil:
			return nil, s.ended(err)
		}
	}
}

// next returns the next record. The error is io.EOF behind the last one, where
// the whole file is as it should be.
func (s *snapshotReader) next() (key, value string, err error) {
	s.start = s.at
	frame, err := s.in.Peek(frameLen)
	switch {
	case len(frame) > 0 && frame[0] == '{':
		return "", "", s.end()
	case err == nil && string(frame) == frameSet:
	case err != nil && strings.HasPrefix(frameSet, string(frame)):
		return "", "", s.ended(err)
	default:
		return "", "", s.wrong("there should be a record or the last line and is %.20q", frame)
	}
	s.skip(frameLen)
	if key, err = s.text(maxKey); err != nil {
		return "", "", err
	}
	if value, err = s.text(maxPart); err != nil {
		return "", "", err
	}
	if what := s.judge(key, value); what != "" {
		return "", "", wrongAt(s.start, "the record %.100q is wrong: %s", key, what)
	}
	s.records++
	s.counts.add(key)
	s.last = key
	return key, value, nil
}

// skip moves past bytes that were peeked at.
func (s *snapshotReader) skip(n int) {
	b, _ := s.in.Peek(n)
	s.took(b)
	_, _ = s.in.Discard(n)
}

// text returns a string that has its length before it.
func (s *snapshotReader) text(most int) (string, error) {
	line, err := s.in.Peek(maxLenLine)
	i := bytes.IndexByte(line, '\n')
	if i < 0 && err != nil && startsLength(line) {
		return "", s.ended(err)
	}
	n, ok := parseLength(line[:i+1])
	if !ok || n > int64(most) {
		return "", s.wrong("there should be the length of a string and is %q", line)
	}
	start := s.at
	s.skip(i + 1)
	text := make([]byte, int(n)+len(crlf))
	if _, err := io.ReadFull(s.in, text); err != nil {
		return "", s.ended(err)
	}
	s.took(text)
	if body, whole := bytes.CutSuffix(text, []byte(crlf)); whole && bytes.IndexByte(body, '\r') < 0 {
		return string(body), nil
	}
	return "", wrongAt(start, "is the length %d of a string that has another one", n)
}

// judge says what is wrong with a record, or "".
func (s *snapshotReader) judge(key, value string) string {
	switch err := (command{key: key, value: value}).check(); {
	case strings.HasPrefix(key, plainPrefix):
		return "a snapshot has no such record"
	case err != nil:
		return err.Error()
	case s.records > 0 && key <= s.last:
		return fmt.Sprintf("it does not belong behind %.100q", s.last)
	}
	return ""
}

// end reads the last line and compares it with what came before.
func (s *snapshotReader) end() error {
	line, err := s.line()
	if err != nil {
		return err
	}
	var end snapshotEnd
	if err := json.Unmarshal(line, &end); err != nil || end.Airmock != "end" {
		return s.wrong("there should be the last line of a snapshot and is %.40q", line)
	}
	got := snapshotEnd{"end", s.records, s.at, crcText(s.crc)}
	switch {
	case end != got:
		return s.wrong("the last line speaks of %d records in %d bytes with the checksum %.20s, and the file has %d in %d with %s",
			end.Records, end.Bytes, end.CRC, got.Records, got.Bytes, got.CRC)
	case s.head.Records != s.records || s.head.Counts != s.counts:
		return s.wrong("the file has %d records, and other ones, than the %d that its first line speaks of", s.records, s.head.Records)
	}
	_, _ = s.in.Discard(len(line))
	s.at += int64(len(line))
	switch more, err := s.in.Peek(1); {
	case len(more) > 0:
		return s.wrong("something follows the last line: %.20q", more)
	case err != io.EOF:
		return s.ended(err)
	}
	return io.EOF
}
