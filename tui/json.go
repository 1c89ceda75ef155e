package tui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/safetext"
)

// jsonPart is a kind of part of a JSON text.
type jsonPart int

const (
	jsonName   jsonPart = iota // a member's name
	jsonString                 // a string that is a value
	jsonNumber
	jsonWord // true, false, null
)

// maxIndent is the deepest level that is set in further than the one above
// it: a body of ten thousand brackets would else be laid out into megabytes of
// blanks.
const maxIndent = 24

// asIs leaves the parts of a JSON text as they are.
func asIs(_ jsonPart, text string) string { return text }

// paintJSON makes a part of a JSON text safe and gives it its colour.
func (t *Theme) paintJSON(part jsonPart, text string) string {
	text = safetext.Line(text)
	switch part {
	case jsonName:
		return t.JSON.Name.Render(text)
	case jsonString:
		return t.JSON.String.Render(text)
	case jsonNumber:
		return t.JSON.Number.Render(text)
	}
	return t.JSON.Word.Render(text)
}

// indentJSON lays out body as far as it is JSON, with its parts drawn by
// paint. Where it stops to be, because it is cut or broken, rest is what
// follows, as it is, and the error says where that begins. Nothing but white
// space is changed.
//
// A highlighting library would have to find the parts again, with regular
// expressions that backtrack over text that anybody may have sent.
func indentJSON(body []byte, paint func(jsonPart, string) string) (text, rest string, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body),
		jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	for {
		_, err := dec.ReadToken()
		if err == nil {
			continue
		}
		at := min(int(dec.InputOffset()), len(body))
		l := jsonLayout{text: body[:at], paint: paint}
		text, rest = l.lay(), string(body[at:])
		if errors.Is(err, io.EOF) && dec.StackDepth() == 0 && strings.TrimSpace(rest) == "" {
			return text, "", nil
		}
		return text, rest, fmt.Errorf("not JSON from byte %d on", at)
	}
}

// jsonLayout lays out the beginning of a JSON text that ends behind a token.
type jsonLayout struct {
	text  []byte
	paint func(jsonPart, string) string
	out   strings.Builder
	depth int
}

const jsonSpace = " \t\r\n"

func (l *jsonLayout) lay() string {
	for i := 0; i < len(l.text); {
		c := l.text[i]
		if strings.IndexByte(jsonSpace, c) >= 0 {
			i++
			continue
		}
		if strings.IndexByte("{}[],:", c) >= 0 {
			l.mark(c, i)
			i++
			continue
		}
		end := l.tokenEnd(i)
		l.out.WriteString(l.paint(l.part(i, end), string(l.text[i:end])))
		i = end
	}
	return strings.TrimRight(l.out.String(), jsonSpace)
}

// mark writes punctuation, with the line breaks around it.
func (l *jsonLayout) mark(c byte, i int) {
	switch c {
	case ':':
		l.out.WriteString(": ")
	case ',':
		l.out.WriteByte(c)
		l.newline()
	case '{', '[':
		l.out.WriteByte(c)
		l.depth++
		if next := l.after(i + 1); next != '}' && next != ']' {
			l.newline()
		}
	default:
		l.depth--
		if last := l.before(i); last != '{' && last != '[' {
			l.newline()
		}
		l.out.WriteByte(c)
	}
}

func (l *jsonLayout) newline() {
	l.out.WriteString("\n" + blanks(2*min(l.depth, maxIndent)))
}

// after returns the first byte from i on that is no white space, 0 for none;
// before the last one in front of i.
func (l *jsonLayout) after(i int) byte {
	for ; i < len(l.text); i++ {
		if strings.IndexByte(jsonSpace, l.text[i]) < 0 {
			return l.text[i]
		}
	}
	return 0
}

func (l *jsonLayout) before(i int) byte {
	for i--; i >= 0; i-- {
		if strings.IndexByte(jsonSpace, l.text[i]) < 0 {
			return l.text[i]
		}
	}
	return 0
}

// tokenEnd returns where the string, number or word that begins at i ends.
func (l *jsonLayout) tokenEnd(i int) int {
	if l.text[i] != '"' {
		for i < len(l.text) && strings.IndexByte(jsonSpace+"{}[],:", l.text[i]) < 0 {
			i++
		}
		return i
	}
	for i++; i < len(l.text) && l.text[i] != '"'; i++ {
		if l.text[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(l.text))
}

// part returns what stands at text[i:end]. A name that the text ends behind
// cannot be told from a string.
func (l *jsonLayout) part(i, end int) jsonPart {
	switch c := l.text[i]; {
	case c == '"' && l.after(end) == ':':
		return jsonName
	case c == '"':
		return jsonString
	case c >= 'a':
		return jsonWord
	}
	return jsonNumber
}
