package people

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/scim"
)

// jsonReader reads the resources of a JSON file one after the other: those of
// an array, of a ListResponse (RFC 7644 section 3.4.2), or by themselves.
type jsonReader struct {
	at    *tracker
	dec   *jsontext.Decoder
	yield func(Row, error) bool
}

// readJSON reads the rows of a JSON file.
func readJSON(in *bufio.Reader) Rows {
	return func(yield func(Row, error) bool) {
		at := &tracker{in: in, left: maxRow, line: 1}
		j := jsonReader{at: at, dec: jsontext.NewDecoder(at), yield: yield}
		for more := true; more; {
			if j.dec.PeekKind() == 0 {
				if _, err := j.dec.ReadToken(); err != io.EOF {
					j.fail(err)
				}
				return
			}
			var err error
			if more, err = j.value(); err != nil {
				j.fail(err)
				return
			}
		}
	}
}

// value reads a value at the top: resources.
func (j *jsonReader) value() (more bool, err error) {
	switch j.dec.PeekKind() {
	case '[':
		return j.elements()
	case '{':
		return j.object()
	}
	return j.resource()
}

// elements reads the resources in an array.
func (j *jsonReader) elements() (more bool, err error) {
	if _, err := j.dec.ReadToken(); err != nil {
		return false, err
	}
	for j.dec.PeekKind() != ']' {
		if more, err := j.resource(); !more || err != nil {
			return false, err
		}
	}
	_, err = j.dec.ReadToken()
	return true, err
}

// resource reads the next value as one resource.
func (j *jsonReader) resource() (more bool, err error) {
	j.dec.PeekKind() // moves to where the value begins
	line := j.line()
	text, err := j.dec.ReadValue()
	if err != nil {
		return false, err
	}
	return j.row(line, bytes.Clone(text)), nil // a tree keeps its text
}

// object reads a list of resources or one resource: only what is in it tells
// which.
func (j *jsonReader) object() (more bool, err error) {
	line := j.line()
	if _, err := j.dec.ReadToken(); err != nil {
		return false, err
	}
	isList := false
	text := []byte{'{'}
	for j.dec.PeekKind() == '"' {
		name, err := j.dec.ReadValue()
		if err != nil {
			return false, err
		}
		plain, _ := jsontext.AppendUnquote(nil, name)
		if strings.EqualFold(string(plain), "Resources") && j.dec.PeekKind() == '[' {
			isList = true
			if more, err := j.elements(); !more || err != nil {
				return false, err
			}
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(append(text, name...), ':')
		value, err := j.dec.ReadValue()
		if err != nil {
			return false, err
		}
		text = append(text, value...)
	}
	if _, err := j.dec.ReadToken(); err != nil {
		return false, err
	}
	return isList || j.row(line, append(text, '}')), nil
}

// row hands on a resource.
func (j *jsonReader) row(line int, text []byte) (more bool) {
	j.at.left = maxRow
	j.at.settle(j.dec.InputOffset())
	doc, err := scim.Parse(text)
	return j.yield(Row{Line: line, Doc: doc, Err: err}, nil)
}

// line is the line of the next value.
func (j *jsonReader) line() int {
	line, _ := j.at.place(j.dec.InputOffset() + int64(spaceIn(j.dec.UnreadBuffer())))
	return line
}

// spaceIn is how many bytes before the next value there are in b.
func spaceIn(b []byte) int {
	n := 0
	for n < len(b) && strings.IndexByte(" \t\r\n,:", b[n]) >= 0 {
		n++
	}
	return n
}

// fail tells where the file cannot be read any more.
func (j *jsonReader) fail(err error) {
	offset := j.dec.InputOffset() + int64(spaceIn(j.dec.UnreadBuffer()))
	var reason string
	var syntax *jsontext.SyntacticError
	switch {
	case j.at.failed != nil: // not of the file, but of reading it
		j.yield(Row{}, j.at.failed)
		return
	case errors.Is(err, errTooLarge):
		reason = errTooLarge.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		offset = j.at.read
		reason = "the file ends in the middle of a JSON value"
	case errors.As(err, &syntax):
		offset = syntax.ByteOffset
		reason = "this is not JSON: " + syntax.Err.Error()
	default:
		reason = err.Error()
	}
	line, column := j.at.place(offset)
	j.yield(Row{}, &FileError{line, column, reason})
}

// tracker counts lines in what it reads, and bounds how much of it there is to
// one resource.
type tracker struct {
	in       io.Reader
	failed   error   // of in
	left     int     // bytes until the resource is too large
	read     int64   // bytes so far
	line     int     // the line of what is settled
	start    int64   // where that line begins
	newlines []int64 // offsets of the line feeds behind that
}

func (t *tracker) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, errTooLarge
	}
	n, err := t.in.Read(p[:min(len(p), t.left)])
	if err != nil && err != io.EOF {
		t.failed = err
	}
	for i, c := range p[:n] {
		if c == '\n' {
			t.newlines = append(t.newlines, t.read+int64(i))
		}
	}
	t.left -= n
	t.read += int64(n)
	return n, err
}

// place returns the line and column, in bytes, of an offset that is not before
// what was settled.
func (t *tracker) place(offset int64) (line, column int) {
	line, start := t.line, t.start
	for _, at := range t.newlines {
		if at >= offset {
			break
		}
		line, start = line+1, at+1
	}
	return line, int(offset-start) + 1
}

// settle says that nobody will ask for a place before offset any more.
func (t *tracker) settle(offset int64) {
	n := 0
	for ; n < len(t.newlines) && t.newlines[n] < offset; n++ {
		t.line, t.start = t.line+1, t.newlines[n]+1
	}
	t.newlines = append(t.newlines[:0], t.newlines[n:]...)
}
