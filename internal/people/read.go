package people

import (
	"bufio"
	"bytes"
	"io"

	"airmock/internal/scim"
)

// readSize is the size of a reader's buffer. The first line of a CSV file must
// fit to be looked at.
const readSize = 64 << 10

// Reader reads a file of people.
type Reader struct {
	in      *bufio.Reader
	format  Format // "": by what is in the file
	catalog *scim.Catalog
	notes   []string
}

// NewReader returns a reader. What the columns of a CSV file mean is by the
// catalog. Where format is "", a file that begins with a brace or a bracket is
// JSON, and any other one CSV.
func NewReader(in io.Reader, format Format, catalog *scim.Catalog) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, readSize), format: format, catalog: catalog}
}

// Notes returns what is strange about the file and was taken all the same, a
// sentence each. It must not be called while Rows is at it.
func (r *Reader) Notes() []string { return r.notes }

// Rows reads the rows. It can be called once. A *FileError, or an error of the
// underlying reader, ends them.
func (r *Reader) Rows() Rows {
	return func(yield func(Row, error) bool) {
		if err := r.begin(); err != nil {
			yield(Row{}, err)
			return
		}
		rows := r.readCSV
		if r.format == JSON {
			rows = readJSON(r.in)
		}
		rows(yield)
	}
}

// begin takes a byte order mark away and finds out the format.
func (r *Reader) begin() error {
	head, err := r.in.Peek(3)
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, _ = r.in.Discard(len(head))
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return &FileError{1, 1, "the file is UTF-16; save it as UTF-8"}
	case len(head) == 0 && err != io.EOF:
		return err
	}
	if r.format != "" {
		return nil
	}
	r.format = CSV
	for n := 1; n <= r.in.Size(); n++ {
		head, err := r.in.Peek(n)
		if len(head) < n {
			if err == io.EOF {
				return nil
			}
			return err
		}
		switch head[n-1] {
		case ' ', '\t', '\r', '\n':
			continue
		case '{', '[':
			r.format = JSON
		}
		break
	}
	return nil
}
