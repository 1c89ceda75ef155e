package scim

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxDepth bounds the nesting of a document. SCIM needs about six levels;
	// a deeper document is refused before it costs stack.
	maxDepth = 64
	// maxMembers bounds the members of one object, because they are looked up
	// by walking over them. A resource has some thirty.
	maxMembers = 1000
)

// Parse reads one JSON value, and nothing after it. jsontext decides what is
// valid (UTF-8, unique names, RFC 8259); the tree is then built over bytes
// that are known to be valid. A byte order mark in front is ignored (RFC 8259
// section 8.1). The error is an *Error with type invalidSyntax that names the
// place.
func Parse(data []byte) (*Value, error) {
	data = bytes.TrimPrefix(data, utf8BOM)
	if !jsontext.Value(data).IsValid() {
		return nil, syntaxError(data)
	}
	w := newWalker(data)
	w.maxDepth, w.maxMembers = maxDepth, maxMembers
	root := w.document()
	if root == nil {
		return nil, Errorf(InvalidSyntax, "%s", w.refusal)
	}
	return root, nil
}

// parseTrusted reads what AppendJSON wrote. It does not check again what was
// checked when it was written, but damaged bytes are an error and no more.
func parseTrusted(data []byte) (*Value, error) {
	w := newWalker(data)
	w.maxDepth, w.maxMembers = 4*maxDepth, len(data)
	if root := w.document(); root != nil {
		return root, nil
	}
	return nil, fmt.Errorf("damaged near byte %d of %d", w.pos, len(data))
}

// walker builds the tree over a document. Where the document is not JSON it
// stops without a result; it does not look for everything that JSON forbids.
type walker struct {
	src        string // the document and a NUL, at which every scan ends
	pos        int
	free       []Value // the slab that new nodes come from
	maxDepth   int
	maxMembers int
	refusal    string // why there is no result; "" where it is not JSON
}

func newWalker(data []byte) *walker {
	var src strings.Builder
	src.Grow(len(data) + 1)
	src.Write(data)
	src.WriteByte(0)
	// A user has a node to some 25 bytes.
	return &walker{src: src.String(), free: make([]Value, 0, 16+min(len(data)/25, 256))}
}

// document reads the value that is the whole of the source.
func (w *walker) document() *Value {
	w.space()
	root := w.value(0)
	if w.space(); root == nil || w.pos != len(w.src)-1 {
		return nil
	}
	return root
}

func (w *walker) node(kind Kind) *Value {
	if len(w.free) == cap(w.free) {
		w.free = make([]Value, 0, 2*cap(w.free))
	}
	w.free = w.free[:len(w.free)+1]
	v := &w.free[len(w.free)-1]
	v.kind = kind
	return v
}

func (w *walker) space() {
	for {
		switch w.src[w.pos] {
		case ' ', '\t', '\n', '\r':
			w.pos++
		default:
			return
		}
	}
}

// take moves past c and the space behind it, if c is next.
func (w *walker) take(c byte) bool {
	if w.src[w.pos] != c {
		return false
	}
	w.pos++
	w.space()
	return true
}

// value reads the value at pos. It is nil where there is none.
func (w *walker) value(depth int) *Value {
	switch c := w.src[w.pos]; c {
	case '{', '[':
		if depth >= w.maxDepth {
			w.refusal = fmt.Sprintf("the body nests deeper than %d levels; send a flatter document", w.maxDepth)
			return nil
		}
		w.take(c)
		if c == '[' {
			return w.array(depth + 1)
		}
		return w.object(depth + 1)
	case '"':
		text, ok := w.quoted()
		if !ok {
			return nil
		}
		v := w.node(String)
		v.text = text
		return v
	case 't':
		return w.literal(Bool, "true")
	case 'f':
		return w.literal(Bool, "false")
	case 'n':
		return w.literal(Null, "null")
	}
	start := w.pos
	for strings.IndexByte("+-.eE0123456789", w.src[w.pos]) >= 0 {
		w.pos++
	}
	if w.pos == start {
		return nil
	}
	v := w.node(Number)
	v.text = w.src[start:w.pos]
	return v
}

func (w *walker) literal(kind Kind, word string) *Value {
	if !strings.HasPrefix(w.src[w.pos:], word) {
		return nil
	}
	w.pos += len(word)
	v := w.node(kind)
	if kind == Bool {
		v.text = word
	}
	return v
}

// quoted reads the string at pos and returns it with its quotes, in the
// spelling that NewString gives it, so that equal strings are equal bytes.
func (w *walker) quoted() (text string, ok bool) {
	if w.src[w.pos] != '"' {
		return "", false
	}
	inner := w.src[w.pos+1:]
	end := strings.IndexByte(inner, '"')
	if end < 0 {
		return "", false
	}
	if strings.IndexByte(inner[:end], '\\') < 0 {
		text = w.src[w.pos : w.pos+end+2]
		w.pos += end + 2
		return text, true
	}
	return w.escaped()
}

// escaped is quoted for a string with escapes.
func (w *walker) escaped() (text string, ok bool) {
	start := w.pos
	for w.pos++; w.src[w.pos] != '"'; w.pos++ {
		if w.src[w.pos] == '\\' {
			w.pos++
		}
		if w.src[w.pos] == 0 {
			return "", false
		}
	}
	w.pos++
	return respell(w.src[start:w.pos])
}

// respell writes a string's escapes as appendQuoted does.
func respell(text string) (string, bool) {
	decoded, err := jsontext.AppendUnquote(nil, text)
	if err != nil {
		return "", false
	}
	return string(appendQuoted(nil, string(decoded))), true
}

func (w *walker) object(depth int) *Value {
	v := w.node(Object)
	for n := 0; !w.take('}'); n++ {
		if n > 0 && !w.take(',') {
			return nil
		}
		if n >= w.maxMembers {
			w.refusal = fmt.Sprintf("an object in the body has more than %d members; no resource has as many attributes", w.maxMembers)
			return nil
		}
		name, ok := w.quoted()
		if w.space(); !ok || !w.take(':') {
			return nil
		}
		child := w.value(depth)
		if child == nil {
			return nil
		}
		child.name = unquote(name)
		v.link(child)
		w.space()
	}
	return v
}

func (w *walker) array(depth int) *Value {
	v := w.node(Array)
	for n := 0; !w.take(']'); n++ {
		if n > 0 && !w.take(',') {
			return nil
		}
		child := w.value(depth)
		if child == nil {
			return nil
		}
		v.link(child)
		w.space()
	}
	return v
}

// unquote decodes a string's JSON text.
func unquote(text string) string {
	inner := text[1 : len(text)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	decoded, err := jsontext.AppendUnquote(nil, text)
	if err != nil { // cannot be: text was validated or made by appendQuoted
		return inner
	}
	return string(decoded)
}
