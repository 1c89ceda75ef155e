package scim

import (
	"bytes"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the JSON kind of a Value.
type Kind uint8

// The JSON kinds. A nil *Value has kind Null, as an absent attribute and a
// null one mean the same in SCIM (RFC 7643 section 2.5).
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Value is a node of a JSON tree that keeps what maps and structs lose: the
// order of members, the client's spelling of names and numbers, and members
// that no schema knows. Names compare without case (RFC 7643 section 2.1).
//
// Children are a linked list inside the nodes, so a parsed document is one
// slab of nodes over one string, and mutation needs no copying. All reading
// methods accept a nil receiver, which reads as null.
//
// An array or object of a stored image is closed: it has its JSON text and no
// children until somebody looks for them. No method tells the difference but
// by its speed.
//
// A Value is not safe for concurrent mutation, and one of a stored image, which
// reading opens, not for concurrent use.
type Value struct {
	kind  Kind
	plain bool   // name stands for itself in JSON: it was parsed, without escapes
	name  string // the member's name where the parent is an object
	text  string // a scalar's JSON text, a string's with its quotes, in one spelling; a closed one's, see below
	head  *Value // first child of an array or object, see firstChild
	tail  *Value // last child
	next  *Value // next sibling
}

// NewObject returns an empty object.
func NewObject() *Value { return &Value{kind: Object} }

// NewArray returns an array of shallow copies of elems.
func NewArray(elems ...*Value) *Value {
	v := &Value{kind: Array}
	for _, e := range elems {
		v.Append(e)
	}
	return v
}

// NewString returns a JSON string with the text s; invalid UTF-8 in s is
// replaced.
func NewString(s string) *Value {
	if standsForItself(s) {
		return &Value{kind: String, text: `"` + s + `"`}
	}
	return &Value{kind: String, text: string(appendQuoted(nil, s))}
}

// NewBool returns a JSON boolean.
func NewBool(b bool) *Value {
	return &Value{kind: Bool, text: strconv.FormatBool(b)}
}

// NewInt returns a JSON number.
func NewInt(n int64) *Value {
	return &Value{kind: Number, text: strconv.FormatInt(n, 10)}
}

// Kind returns v's JSON kind; Null where v is nil.
func (v *Value) Kind() Kind {
	if v == nil {
		return Null
	}
	return v.kind
}

// Name returns the name under which v stands in its object, as the client
// spelled it; "" for elements and roots.
func (v *Value) Name() string {
	if v == nil {
		return ""
	}
	return v.name
}

// Text returns the text of a string, decoded; of a number or a boolean, its
// JSON text; "" of anything else.
func (v *Value) Text() string {
	switch v.Kind() {
	case String:
		return unquote(v.text)
	case Bool, Number:
		return v.text
	}
	return ""
}

// IsTrue reports whether v is the boolean true.
func (v *Value) IsTrue() bool { return v.Kind() == Bool && v.text == "true" }

// Len returns the number of children of an array or object, else 0.
func (v *Value) Len() int {
	n := 0
	for range v.children() {
		n++
	}
	return n
}

// IsEmpty reports whether v is unassigned in the sense of RFC 7643 section
// 2.5: absent, null, or an array without elements.
func (v *Value) IsEmpty() bool {
	return v.Kind() == Null || v.kind == Array && v.firstChild() == nil
}

// isClosed reports whether v is an array or object of a stored image that
// nobody has looked into.
func (v *Value) isClosed() bool {
	return v != nil && v.text != "" && (v.kind == Array || v.kind == Object)
}

// firstChild opens v and returns its first child, or nil.
func (v *Value) firstChild() *Value {
	if v.text != "" {
		v.open()
	}
	return v.head
}

func (v *Value) children() iter.Seq[*Value] {
	return func(yield func(*Value) bool) { v.eachChild(yield) }
}

// eachChild is children for whoever has yield; the closure would be garbage.
func (v *Value) eachChild(yield func(*Value) bool) {
	if v == nil {
		return
	}
	for c := v.firstChild(); c != nil; {
		next := c.next // yield may detach c
		if !yield(c) {
			return
		}
		c = next
	}
}

// Members iterates over an object's members in order.
func (v *Value) Members() iter.Seq2[string, *Value] {
	return func(yield func(string, *Value) bool) {
		if v.Kind() != Object {
			return
		}
		for c := range v.children() {
			if !yield(c.name, c) {
				return
			}
		}
	}
}

// Elements iterates over an array's elements in order. A single value that
// is not an array iterates as itself, once, and null not at all, as clients
// send one value where a list is meant.
func (v *Value) Elements() iter.Seq[*Value] {
	return func(yield func(*Value) bool) {
		switch v.Kind() {
		case Array:
			v.eachChild(yield)
		case Null:
		default:
			yield(v)
		}
	}
}

// Texts iterates over all strings in v, at any depth, in order.
func (v *Value) Texts() iter.Seq[string] {
	return func(yield func(string) bool) { v.texts(yield) }
}

func (v *Value) texts(yield func(string) bool) bool {
	if v.Kind() == String {
		return yield(v.Text())
	}
	for c := range v.children() {
		if !c.texts(yield) {
			return false
		}
	}
	return true
}

// Get returns the member of an object with that name, compared without case,
// or nil.
func (v *Value) Get(name string) *Value {
	if v.Kind() != Object {
		return nil
	}
	for c := v.firstChild(); c != nil; c = c.next {
		if sameName(c.name, name) {
			return c
		}
	}
	return nil
}

// assign makes v hold what x holds, keeping v's place and name. Children are
// shared with x.
func (v *Value) assign(x *Value) {
	if x == nil {
		x = &Value{}
	}
	v.kind, v.text, v.head, v.tail = x.kind, x.text, x.head, x.tail
}

// Set gives an object's member the value x: in place where the name exists in
// any case, whose spelling then becomes name, else as the last one. It stores
// a shallow copy of x, whose children are shared: x must not be changed
// afterwards.
func (v *Value) Set(name string, x *Value) {
	if c := v.Get(name); c != nil {
		c.name = name
		c.assign(x)
		return
	}
	c := &Value{name: name}
	c.assign(x)
	v.link(c)
}

// Append adds a shallow copy of x as an array's last element; see Set.
func (v *Value) Append(x *Value) {
	c := &Value{}
	c.assign(x)
	v.link(c)
}

// link makes the node c, taken out of wherever it was, v's last child.
func (v *Value) link(c *Value) {
	c.next = nil
	if v.firstChild() == nil {
		v.head = c
	} else {
		v.tail.next = c
	}
	v.tail = c
}

// Delete removes the member with that name in any case, and reports whether
// there was one.
func (v *Value) Delete(name string) bool {
	return v.DeleteFunc(func(c *Value) bool { return sameName(c.name, name) }) > 0
}

// DeleteFunc removes the children of an array or object for which drop says
// so, and returns how many.
func (v *Value) DeleteFunc(drop func(*Value) bool) int {
	if v == nil {
		return 0
	}
	n := 0
	var last *Value
	for c := v.firstChild(); c != nil; {
		next := c.next
		switch {
		case drop(c):
			n++
			if last == nil {
				v.head = next
			} else {
				last.next = next
			}
		default:
			last = c
		}
		c = next
	}
	if n > 0 {
		v.tail = last
	}
	return n
}

// Clone returns a deep copy of v that shares no nodes with it.
func (v *Value) Clone() *Value {
	if v == nil {
		return nil
	}
	c := &Value{kind: v.kind, name: v.name, text: v.text}
	for child := v.head; child != nil; child = child.next {
		c.link(child.Clone())
	}
	return c
}

// Equal reports whether a and b are the same JSON value: objects without
// regard to the order of members or the case of names, arrays in order,
// strings by their text, numbers by their spelling.
func Equal(a, b *Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch {
	case a == b || a.Kind() == Null:
		return true
	case a.text != "" && a.text == b.text: // a string has one spelling, see walker.quoted
		return true
	case a.kind == Object:
		return equalObjects(a, b)
	case a.kind == Array:
		x, y := a.firstChild(), b.firstChild()
		for ; x != nil && y != nil; x, y = x.next, y.next {
			if !Equal(x, y) {
				return false
			}
		}
		return x == nil && y == nil
	}
	return false
}

func equalObjects(a, b *Value) bool {
	next := b.firstChild() // where the member is if both have the same order
	for x := range a.children() {
		y := next
		if y == nil || !sameName(x.name, y.name) {
			y = b.Get(x.name)
		}
		if y == nil || !Equal(x, y) {
			return false
		}
		next = y.next
	}
	return a.Len() == b.Len()
}

// AppendJSON appends v's compact JSON text to dst.
func (v *Value) AppendJSON(dst []byte) []byte {
	switch {
	case v.Kind() == Null:
		return append(dst, "null"...)
	case v.text != "": // a scalar, or closed
		return append(dst, v.text...)
	}
	open, end := byte('['), byte(']')
	if v.kind == Object {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	for c := v.head; c != nil; c = c.next {
		if c != v.head {
			dst = append(dst, ',')
		}
		if v.kind == Object {
			dst = c.appendName(dst)
		}
		if c.text != "" { // most are, and need no call
			dst = append(dst, c.text...)
		} else {
			dst = c.AppendJSON(dst)
		}
	}
	return append(dst, end)
}

// appendName appends v's name and the colon behind it.
func (v *Value) appendName(dst []byte) []byte {
	if v.plain {
		dst = append(append(dst, '"'), v.name...)
		return append(dst, `":`...)
	}
	return append(appendQuoted(dst, v.name), ':')
}

// String returns v's compact JSON text.
func (v *Value) String() string { return string(v.AppendJSON(nil)) }

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	if !standsForItself(s) {
		// AppendQuote replaces invalid UTF-8 and reports it; the
		// replacement is what is wanted here.
		dst, _ = jsontext.AppendQuote(dst, bytes.ToValidUTF8([]byte(s), []byte("\uFFFD")))
		return dst
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
