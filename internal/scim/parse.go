package scim

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

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

// Parse reads one JSON value, and nothing after it, in one pass that checks as
// it goes. It takes what jsontext takes (UTF-8, unique names, RFC 8259; a fuzz
// test holds the two against each other), within our bounds; validating with
// jsontext first and building the tree after took twice as long. jsontext still
// words the refusals. The tree lies over data, which must not be changed
// afterwards. A byte order mark in front is ignored (RFC 8259 section 8.1). The
// error is an *Error with type invalidSyntax that names the place.
func Parse(data []byte) (*Value, error) {
	data = bytes.TrimPrefix(data, utf8BOM)
	if !utf8.Valid(data) {
		return nil, syntaxError(data)
	}
	// A user has a node to more than 20 bytes, a PATCH of one attribute eight of them.
	w := walker{src: textOf(data), simple: isSimple(textOf(data)), free: make([]Value, 0, 4+min(len(data)/20, 256))}
	root := w.value(0)
	if w.next(); root != nil && w.pos == len(w.src) {
		return root, nil
	}
	if w.refusal != "" && jsontext.Value(data).IsValid() {
		return nil, Errorf(InvalidSyntax, "%s", w.refusal)
	}
	return nil, syntaxError(data)
}

// textOf returns data as a string without copying it.
func textOf(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// parseStored reads an image that Image rendered, and lies over it. Its
// attributes stay closed until somebody looks into them (see Value), so that a
// filter, or a PATCH of one attribute, costs what it touches. What was checked
// when the image was written is not checked again; damaged bytes are an error
// and no more where the attributes themselves are damaged, and read as empty
// within one. The store keeps such from coming here: it holds each record
// against a checksum when it loads them.
func parseStored(image []byte) (*Value, error) {
	v := &Value{kind: Object, text: textOf(image)}
	if len(image) == 0 || !v.open() {
		return nil, errNoImage(image)
	}
	return v, nil
}

func errNoImage(image []byte) error {
	return fmt.Errorf("%d bytes, which begin %s, are no image of a resource", len(image), excerpt(string(image)))
}

// open reads the children of a closed array or object, which stay closed
// themselves. It is false, and v empty, where they are not what AppendJSON
// writes.
func (v *Value) open() bool {
	if !v.isClosed() {
		return true
	}
	w := walker{src: v.text, stored: true, free: make([]Value, 0, 4+min(len(v.text)/64, 256))}
	v.text = ""
	if w.container(v, 0) && w.pos == len(w.src) {
		return true
	}
	v.head, v.tail = nil, nil
	return false
}

// walker builds the tree over a document. Where the document is not JSON, or
// beyond our bounds, it stops without a result.
type walker struct {
	src     string
	pos     int
	free    []Value // the slab that new nodes come from
	simple  bool    // no string of src has an escape or a control character: the next quote ends it
	stored  bool    // src is a part of an image: valid, and opened one level at a time
	deep    bool    // a stored one is opened whole
	refusal string  // which bound the document is beyond; "" where it is not JSON
}

func (w *walker) node(kind Kind) *Value {
	if len(w.free) == cap(w.free) {
		w.free = make([]Value, 0, max(16, cap(w.free)))
	}
	w.free = w.free[:len(w.free)+1]
	v := &w.free[len(w.free)-1]
	v.kind = kind
	return v
}

// next moves past blanks and returns the byte that is next; 0 at the end.
func (w *walker) next() byte {
	for ; w.pos < len(w.src); w.pos++ {
		if c := w.src[w.pos]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// take moves past n bytes and returns them.
func (w *walker) take(n int) string {
	w.pos += n
	return w.src[w.pos-n : w.pos]
}

// value reads the value that is next. It is nil where there is none.
func (w *walker) value(depth int) *Value {
	switch w.next() {
	case '{':
		return w.nested(Object, depth)
	case '[':
		return w.nested(Array, depth)
	case '"':
		text, _ := w.quoted()
		return w.scalar(String, text)
	case 't':
		return w.literal(Bool, "true")
	case 'f':
		return w.literal(Bool, "false")
	case 'n':
		return w.literal(Null, "null")
	}
	return w.scalar(Number, w.take(numberLength(w.src[w.pos:])))
}

// scalar is a node with that text. It is nil where there is none.
func (w *walker) scalar(kind Kind, text string) *Value {
	if text == "" {
		return nil
	}
	v := w.node(kind)
	v.text = text
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

// nested reads the array or object that is next, or leaves it closed.
func (w *walker) nested(kind Kind, depth int) *Value {
	v := w.node(kind)
	switch {
	case w.stored && !w.deep:
		v.text = w.take(nestedLength(w.src[w.pos:]))
		if v.text != "" {
			return v
		}
	case depth == maxDepth:
		w.refusal = fmt.Sprintf("the body nests deeper than %d levels; send a flatter document", maxDepth)
	case w.container(v, depth+1):
		return v
	}
	return nil
}

// container reads the children of the array or object v, which is next.
func (w *walker) container(v *Value, depth int) bool {
	open, end := byte('{'), byte('}')
	if v.kind == Array {
		open, end = '[', ']'
	}
	if w.next() != open {
		return false
	}
	w.pos++
	if w.next() == end {
		w.pos++
		return true
	}
	names := nameSet{of: v}
	for place := &v.head; ; place = &v.tail.next {
		name, escaped := "", false
		if v.kind == Object {
			text, e := w.name()
			if text == "" {
				return false
			}
			if name, escaped = text[1:len(text)-1], e; escaped {
				name = unquote(text)
			}
			if !w.stored && !w.admits(&names, name) {
				return false
			}
		}
		child := w.value(depth)
		if child == nil {
			return false
		}
		child.name, child.plain = name, !escaped
		*place, v.tail = child, child
		switch w.next() {
		case ',':
			w.pos++
		case end:
			w.pos++
			return true
		default:
			return false
		}
	}
}

// name reads a member's name and the colon behind it, as quoted does.
func (w *walker) name() (text string, escaped bool) {
	if w.next() != '"' {
		return "", false
	}
	text, escaped = w.quoted()
	if w.next() != ':' {
		return "", false
	}
	w.pos++
	return text, escaped
}

// quoted reads the string that is next and returns it with its quotes, in the
// spelling that NewString gives it, so that equal strings are equal bytes. It
// is "" where there is none.
func (w *walker) quoted() (text string, escaped bool) {
	rest := w.src[w.pos:]
	if w.stored {
		text = w.take(stringLength(rest))
		return text, true // it may be; who decodes it finds out
	}
	if w.simple {
		end := quoteIn(rest[1:])
		if end < 0 {
			return "", false
		}
		return w.take(end + 2), false
	}
	for i := 1; i < len(rest); i++ {
		c := rest[i]
		if isPlain[c] {
			continue
		}
		switch {
		case c == '"':
			text = w.take(i + 1)
			if escaped {
				text = respell(text)
			}
			return text, escaped
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// admits reports whether an object may have one more member, with that name.
func (w *walker) admits(names *nameSet, name string) bool {
	if names.n == maxMembers {
		w.refusal = fmt.Sprintf("an object in the body has more than %d members; no resource has as many attributes", maxMembers)
		return false
	}
	return names.add(name)
}

// nameSet finds a name that is there twice among the members of an object. A
// few are looked through, which is faster than hashing them, and only where
// one of them is as long and ends alike.
type nameSet struct {
	of   *Value
	n    int
	seen uint64              // a bit for each length and last byte, see add
	many map[string]struct{} // all names; nil while they are few
}

// add is false where the name is there already.
func (s *nameSet) add(name string) bool {
	const few = 24
	s.n++
	if s.n <= few {
		bit := uint64(1) << (uint(len(name)+7*int(lastByte(name))) % 64)
		if s.seen&bit == 0 {
			s.seen |= bit
			return true
		}
		for c := s.of.head; c != nil; c = c.next {
			if c.name == name {
				return false
			}
		}
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 4*few)
		for c := s.of.head; c != nil; c = c.next {
			s.many[c.name] = struct{}{}
		}
	}
	if _, twice := s.many[name]; twice {
		return false
	}
	s.many[name] = struct{}{}
	return true
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

// respell writes a string's escapes as appendQuoted does. It is "" where they
// are none that JSON has.
func respell(text string) string {
	decoded, err := jsontext.AppendUnquote(nil, text)
	if err != nil {
		return ""
	}
	return string(appendQuoted(nil, string(decoded)))
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
