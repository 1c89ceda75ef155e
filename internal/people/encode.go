package people

import (
	"io"
	"iter"
)

// Encoded is rows as a JSON file, a resource a line, made as it is read.
type Encoded struct {
	next  func() (Row, error, bool)
	stop  func()
	line  []byte // what is left of the current row
	spare []byte
	err   error
}

// Encode returns rows as a file. Close it.
func Encode(rows Rows) *Encoded {
	e := &Encoded{}
	e.next, e.stop = iter.Pull2(rows)
	return e
}

// Read implements io.Reader. An error of the rows is its own.
func (e *Encoded) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && e.err == nil {
		if len(e.line) == 0 {
			e.advance()
			continue
		}
		k := copy(p[n:], e.line)
		e.line = e.line[k:]
		n += k
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, e.err
}

// advance makes the text of the next row.
func (e *Encoded) advance() {
	row, err, ok := e.next()
	switch {
	case !ok:
		e.err = io.EOF
	case err != nil:
		e.err = err
	default:
		e.spare = append(row.Doc.AppendJSON(e.spare[:0]), '\n')
		e.line = e.spare
	}
}

// Close implements io.Closer.
func (e *Encoded) Close() error {
	e.stop()
	return nil
}
