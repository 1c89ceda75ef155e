package people

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// csvReader reads the records of a CSV file (RFC 4180): fields between commas,
// quoted where they hold commas, quotes or line breaks. Forgiven are semicolons
// and tabs for commas, as spreadsheets write them, all kinds of line ends, and a
// quote within a field that does not begin with one.
type csvReader struct {
	in           *bufio.Reader
	comma        byte
	line, column int // of the next character
	size         int // of the record so far
	field        []byte
}

func newCSVReader(in *bufio.Reader) *csvReader {
	return &csvReader{in: in, comma: separatorOf(in), line: 1, column: 1}
}

// separatorOf looks at the first line for what separates its fields.
func separatorOf(in *bufio.Reader) byte {
	head, _ := in.Peek(in.Size())
	if end := bytes.IndexAny(head, "\r\n"); end >= 0 {
		head = head[:end]
	}
	best, most := byte(','), 0
	for _, comma := range []byte(",;\t") {
		n, quoted := 0, false
		for _, c := range head {
			switch {
			case c == '"':
				quoted = !quoted
			case c == comma && !quoted:
				n++
			}
		}
		if n > most {
			best, most = comma, n
		}
	}
	return best
}

// read returns the next record and the line in which it begins; io.EOF behind
// the last. Lines without anything are skipped.
func (c *csvReader) read() (record []string, line int, err error) {
	c.size = 0
	for {
		line = c.line
		blank := true
		for more := true; more; {
			var quoted bool
			if quoted, more, err = c.readField(); err != nil {
				return nil, line, err
			}
			record = append(record, string(c.field))
			blank = blank && !quoted && !more && len(c.field) == 0
		}
		if !blank {
			return record, line, nil
		}
		if _, err := c.in.Peek(1); err == io.EOF {
			return nil, line, io.EOF
		}
		record = record[:0]
	}
}

// readField reads a field and what ends it. more reports whether another one
// follows in the record.
func (c *csvReader) readField() (quoted, more bool, err error) {
	c.field = c.field[:0]
	startLine, startColumn := c.line, c.column
	open := false // within quotes
	for first := true; ; first = false {
		r, size, err := c.next()
		switch {
		case err == io.EOF && open:
			return quoted, false, &FileError{startLine, startColumn, `the field that begins here with a quote has no quote at its end`}
		case err == io.EOF:
			return quoted, false, nil
		case err != nil:
			return quoted, false, err
		case r == '"' && first:
			quoted, open = true, true
		case r == '"' && open:
			if !c.skip('"') {
				open = false
				continue
			}
			c.field = append(c.field, '"')
		case open:
			c.field = utf8.AppendRune(c.field, r)
		case size == 1 && byte(r) == c.comma:
			return quoted, true, nil
		case r == '\n':
			return quoted, false, nil
		case r == '\r':
			if !c.skip('\n') {
				c.line, c.column = c.line+1, 1
			}
			return quoted, false, nil
		case quoted:
			return quoted, false, &FileError{c.line, c.column - 1, `the quoted field has ended, but something follows; within it a quote is written twice ("")`}
		default:
			c.field = utf8.AppendRune(c.field, r)
		}
	}
}

// next takes the next character.
func (c *csvReader) next() (rune, int, error) {
	r, size, err := c.in.ReadRune()
	if err != nil {
		return 0, 0, err
	}
	if r == utf8.RuneError && size == 1 {
		return 0, 0, &FileError{c.line, c.column, "this is not UTF-8; save the file as CSV UTF-8"}
	}
	if c.size += size; c.size > maxRow {
		return 0, 0, &FileError{c.line, c.column, errTooLarge.Error()}
	}
	if c.column++; r == '\n' {
		c.line, c.column = c.line+1, 1
	}
	return r, size, nil
}

// skip takes the next character if it is want.
func (c *csvReader) skip(want byte) bool {
	if b, err := c.in.Peek(1); err != nil || b[0] != want {
		return false
	}
	_, _, _ = c.next()
	return true
}

// csvWriter writes records as RFC 4180 has them, with CRLF between them.
type csvWriter struct {
	out *bufio.Writer
}

func (c csvWriter) write(record []string) error {
	for i, field := range record {
		if i > 0 {
			_ = c.out.WriteByte(',') // the error stays, and Flush returns it
		}
		if !mustQuote(field, len(record) == 1) {
			_, _ = c.out.WriteString(field)
			continue
		}
		_ = c.out.WriteByte('"')
		_, _ = c.out.WriteString(strings.ReplaceAll(field, `"`, `""`))
		_ = c.out.WriteByte('"')
	}
	_, err := c.out.WriteString("\r\n")
	return err
}

// mustQuote reports whether a field would be read as something else without
// quotes. A record that is one empty field would be a blank line.
func mustQuote(field string, alone bool) bool {
	if field == "" {
		return alone
	}
	return strings.ContainsAny(field, "\",;\t\r\n") || field[0] == ' ' || field[len(field)-1] == ' '
}
