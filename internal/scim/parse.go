package scim

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a document. SCIM needs about six levels; a
// deeper document is refused before it costs stack.
const maxDepth = 64

// Parse reads one JSON value, and nothing after it. jsontext decides what is
// valid (UTF-8, unique names, RFC 8259); the tree is then built over bytes
// that are known to be valid. The error is an *Error with type invalidSyntax
// that names the place.
func Parse(data []byte) (*Value, error) {
	if !jsontext.Value(data).IsValid() {
		return nil, syntaxError(data)
	}
	w := walker{src: string(data), free: make([]Value, 0, 64)}
	w.space()
	root, ok := w.value(0)
	if !ok {
		return nil, Errorf(InvalidSyntax, "the body nests deeper than %d levels; send a flatter document", maxDepth)
	}
	return root, nil
}

// walker builds the tree over a valid document.
type walker struct {
	src  string
	pos  int
	free []Value // the slab that new nodes come from
}

func (w *walker) node() *Value {
	if len(w.free) == cap(w.free) {
		w.free = make([]Value, 0, 2*cap(w.free))
	}
	w.free = w.free[:len(w.free)+1]
	return &w.free[len(w.free)-1]
}

func (w *walker) space() {
	for w.pos < len(w.src) {
		switch w.src[w.pos] {
		case ' ', '\t', '\n', '\r':
			w.pos++
		default:
			return
		}
	}
}

// value reads the value at pos. It is false where the value is too deep.
func (w *walker) value(depth int) (*Value, bool) {
	if depth > maxDepth {
		return nil, false
	}
	v := w.node()
	start := w.pos
	switch w.src[w.pos] {
	case '{':
		v.kind = Object
		return v, w.object(v, depth)
	case '[':
		v.kind = Array
		return v, w.array(v, depth)
	case '"':
		v.kind = String
		w.quoted()
	case 't', 'n':
		v.kind = Bool
		if w.src[w.pos] == 'n' {
			v.kind = Null
		}
		w.pos += len("true")
	case 'f':
		v.kind = Bool
		w.pos += len("false")
	default:
		v.kind = Number
		for w.pos < len(w.src) && strings.IndexByte("+-.eE0123456789", w.src[w.pos]) >= 0 {
			w.pos++
		}
	}
	v.text = w.src[start:w.pos]
	return v, true
}

// quoted moves past the string at pos.
func (w *walker) quoted() {
	for w.pos++; w.src[w.pos] != '"'; w.pos++ {
		if w.src[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
}

func (w *walker) object(v *Value, depth int) bool {
	w.pos++
	for {
		w.space()
		switch w.src[w.pos] {
		case '}':
			w.pos++
			return true
		case ',':
			w.pos++
			w.space()
		}
		key := Value{kind: String}
		start := w.pos
		w.quoted()
		key.text = w.src[start:w.pos]
		w.space()
		w.pos++ // the colon
		w.space()
		child, ok := w.value(depth + 1)
		if !ok {
			return false
		}
		child.name = key.Text()
		v.link(child)
	}
}

func (w *walker) array(v *Value, depth int) bool {
	w.pos++
	for {
		w.space()
		switch w.src[w.pos] {
		case ']':
			w.pos++
			return true
		case ',':
			w.pos++
			w.space()
		}
		child, ok := w.value(depth + 1)
		if !ok {
			return false
		}
		v.link(child)
	}
}

// syntaxError says what is wrong with an invalid document, and where.
func syntaxError(data []byte) *Error {
	if len(bytes.TrimSpace(data)) == 0 {
		return Errorf(InvalidSyntax, "the request has no body; send a JSON object")
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	err := dec.SkipValue()
	if err == nil {
		err = dec.SkipValue() // what follows the first value
		if err == nil || errors.Is(err, io.EOF) {
			return Errorf(InvalidSyntax, "the body holds more than one JSON value (the second ends at byte %d); send one object", dec.InputOffset())
		}
	}
	return Errorf(InvalidSyntax, "the body is not valid JSON: %s", describeSyntax(err, dec.InputOffset()))
}

func describeSyntax(err error, offset int64) string { panic("unwritten") }
