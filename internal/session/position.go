package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sort"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// source is a file that knows where its lines begin, and refuses to be read far
// beyond the place where the value in hand begins.
type source struct {
	in     io.Reader
	read   int64
	limit  int64   // how far it may be read
	before int     // lines that are forgotten
	starts []int64 // where the lines behind those and the one after them begin
}

// errTooLong is the error of a source that is read too far.
var errTooLong = fmt.Errorf("a call is longer than %d MiB", maxValue>>20)

// errCut is the error of a file that ends too early.
var errCut = errors.New("the file ends in the middle; was it copied whole?")

func (s *source) Read(p []byte) (int, error) {
	if s.read >= s.limit {
		return 0, errTooLong
	}
	n, err := s.in.Read(p[:min(int64(len(p)), s.limit-s.read)])
	for i := 0; i < n; {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next + 1
		s.starts = append(s.starts, s.read+int64(i))
	}
	s.read += int64(n)
	return n, err
}

// begin says that a value begins at offset or behind it, so that nobody asks for
// what is before.
func (s *source) begin(offset int64) {
	s.limit = offset + maxValue
	if n := sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > offset }) - 1; n > 0 {
		s.before += n
		s.starts = append(s.starts[:0], s.starts[n:]...)
	}
}

// position is the line and the column of an offset, from 1, in bytes.
func (s *source) position(offset int64) (line int, column int64) {
	n := sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > offset })
	if n == 0 {
		return s.before + 1, offset + 1
	}
	return s.before + n + 1, offset - s.starts[n-1] + 1
}

// placedError is an error that says where it is.
type placedError struct{ text string }

func (e *placedError) Error() string { return e.text }

// fieldError is a field that holds something else than it should.
type fieldError struct{ field, is, want string }

func (e *fieldError) Error() string {
	return fmt.Sprintf("%s is %.60q and should be %s", e.field, e.is, e.want)
}

// at says that an error is in the value that begins at start, if it does not
// know better.
func (f *file) at(err error, start int64) error {
	semantic, ok := errors.AsType[*json.SemanticError](err)
	text := err.Error()
	if ok {
		text = describe(semantic)
		start += semantic.ByteOffset
	}
	line, column := f.source.position(start)
	return &placedError{fmt.Sprintf("line %d, column %d: %s", line, column, text)}
}

// wrong is the error with which the reading of a file ends. start is the value
// that it is about.
func (f *file) wrong(err error, start int64) error {
	if placed, ok := errors.AsType[*placedError](err); ok {
		return placed
	}
	if errors.Is(err, errTooLong) {
		line, _ := f.source.position(f.dec.InputOffset())
		return fmt.Errorf("line %d: %w", line, errTooLong)
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		line, column := f.source.position(syntactic.ByteOffset)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("line %d, column %d: %w", line, column, errCut)
		}
		return fmt.Errorf("line %d, column %d: this is no JSON: %s", line, column, strings.TrimPrefix(fmt.Sprint(syntactic.Err), "jsontext: "))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		line, column := f.source.position(f.source.read)
		return fmt.Errorf("line %d, column %d: %w", line, column, errCut)
	}
	return f.at(err, start)
}

// describe says what is wrong with a value that is JSON and something else than
// it should be.
func describe(err *json.SemanticError) string {
	where := "it"
	if err.JSONPointer != "" {
		where = strings.ReplaceAll(strings.TrimPrefix(string(err.JSONPointer), "/"), "/", ".")
	}
	text := fmt.Sprintf("%.80q is %s and should be %s", where, kinds[err.JSONKind], wanted(err.GoType))
	if err.Err != nil && err.Err.Error() != "" {
		text += fmt.Sprintf(" (%v)", err.Err)
	}
	return text
}

// kinds names the kinds of JSON values.
var kinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list", 0: "something else",
}

func wanted(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct, reflect.Pointer:
		if t.PkgPath() == "time" {
			return "a time such as 2026-11-22T21:04:11.123Z"
		}
		return "an object"
	}
	return "a whole number that is not too large"
}
