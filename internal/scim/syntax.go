package scim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

var utf8BOM = []byte("\xEF\xBB\xBF")

// syntaxError says what is wrong with an invalid document, and where.
func syntaxError(data []byte) *Error {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return Errorf(InvalidSyntax, "the request has no body; send a JSON object")
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return Errorf(InvalidSyntax, "the body is UTF-16; send JSON in UTF-8")
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	err := dec.SkipValue()
	if err == nil {
		at := dec.InputOffset()
		rest := bytes.TrimLeft(data[at:], " \t\r\n")
		return Errorf(InvalidSyntax, "the body goes on after its JSON value, with %s at %s; send one object and nothing behind it",
			excerpt(string(rest)), position(data, int64(len(data)-len(rest))))
	}
	return Errorf(InvalidSyntax, "the body is not valid JSON: %s", describeSyntax(data, err))
}

// describeSyntax says in one sentence what a syntactic error is.
func describeSyntax(data []byte, err error) string {
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok { // the decoder reads from memory: only the end can come too early
		return fmt.Sprintf("it ends too early, at %s", position(data, int64(len(data))))
	}
	at, pointer := position(data, syntactic.ByteOffset), syntactic.JSONPointer
	switch {
	case strings.Count(string(pointer), "/") > maxDepth:
		return fmt.Sprintf("it nests deeper than %d levels; send a flatter document", maxDepth)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Sprintf("the name %s is there twice in one object, again at %s; send it once", excerpt(pointer.LastToken()), at)
	case errors.Is(err, jsontext.ErrNonStringName):
		return fmt.Sprintf("a name without double quotes at %s", at)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("it ends too early, at %s; a bracket or a quote is not closed", at)
	}
	if n := invalidUTF8(data); n >= 0 && n <= int(syntactic.ByteOffset)+1 {
		return fmt.Sprintf("the byte 0x%02x at %s is not UTF-8", data[n], position(data, int64(n)))
	}
	// The library escapes what it quotes, and quotes one character.
	return fmt.Sprintf("%v, at %s", syntactic.Err, at)
}

// position names an offset for people: bytes from the beginning for programs,
// line and column, in characters, for editors.
func position(data []byte, offset int64) string {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("byte %d (line %d, column %d)", len(before), line, column)
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
