package tunnel

import (
	"bytes"
	"strings"
	"unicode"
)

// longestLine bounds a line of a program's output, in bytes; the rest of a
// longer one is dropped.
const longestLine = 4 << 10

// lineWriter hands what is written to it on by the line, without control
// characters.
type lineWriter struct {
	line func(string)
	buf  []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		part, rest, ended := bytes.Cut(p, []byte("\n"))
		if room := longestLine - len(w.buf); room > 0 {
			w.buf = append(w.buf, part[:min(room, len(part))]...)
		}
		if ended {
			w.line(strings.TrimRight(strings.Map(printable, string(w.buf)), " "))
			w.buf = w.buf[:0]
		}
		p = rest
	}
	return n, nil
}

func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}
