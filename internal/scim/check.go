package scim

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// The bounds of a body. A resource grows by one PATCH after the other; these
// keep it well within what Parse and a request take, so that what was stored
// can be read again, and sent back by a client.
const (
	maxBodySize    = 1 << 20 // bytes of JSON
	maxBodyDepth   = maxDepth / 2
	maxBodyMembers = maxMembers / 2 // of one object
)

// check reports what keeps a tidied body from being a resource of this type: a
// required attribute without a value, an attribute that is there twice, two
// values of one attribute that are both primary, or a size beyond all bounds.
//
// What is still closed came from a stored image and was checked before that
// was written.
func (rt *ResourceType) check(body *Value) error {
	size, err := checkBounds(body, 1)
	if err != nil {
		return err
	}
	if size > maxBodySize {
		return Errorf(InvalidValue, "the %s would take %d bytes; the limit is %d", rt.Name, size, maxBodySize)
	}
	if err := checkObject(rt, body); err != nil {
		return err
	}
	if err := checkRequired(rt.Schema.Attributes, body); err != nil {
		return err
	}
	if rt.HasMembers() { // see requires
		if name := body.Get("displayName"); name.IsEmpty() || isEmptyText(name) {
			return missing("displayName")
		}
	}
	for _, ext := range rt.Extensions {
		v := body.Get(ext.Schema.ID)
		switch {
		case v == nil && !ext.Required, v.isClosed():
			continue
		case v == nil: // RFC 7643 section 6, "required"
			return Errorf(InvalidValue, "a %s must have the extension %s; send an object with its attributes under that name", rt.Name, ext.Schema.ID)
		}
		if err := checkRequired(ext.Schema.Attributes, v); err != nil {
			return locate(err, ext.Schema.ID+":")
		}
		if err := checkObject(ext.Schema, v); err != nil {
			return locate(err, ext.Schema.ID+":")
		}
	}
	return nil
}

// checkBounds looks at v, an object or array, and what is in it. It returns
// about the length of its JSON text.
func checkBounds(v *Value, depth int) (size int, err error) {
	if depth > maxBodyDepth {
		return 0, Errorf(InvalidValue, "the attributes nest deeper than %d levels; the schemas need four", maxBodyDepth)
	}
	n := 0
	for c := v.firstChild(); c != nil; c = c.next {
		n++
		size += len(`"":,`) + len(c.name) + len(c.text)
		if c.head == nil { // a scalar, or closed
			continue
		}
		inner, err := checkBounds(c, depth+1)
		if err != nil {
			return 0, err
		}
		size += inner
	}
	if v.kind == Object && n > maxBodyMembers {
		return 0, Errorf(InvalidValue, "an object would have %d attributes; the limit is %d", n, maxBodyMembers)
	}
	return size, nil
}

// checkRequired looks for the required attributes that an object lacks. Those
// that the service provider sets, or does not keep, cannot be missing.
func checkRequired(attrs []*Attribute, v *Value) error {
	for _, a := range attrs {
		if !a.Required || a.isReadOnly() || a.isSecret() {
			continue
		}
		if x := v.Get(a.Name); x.IsEmpty() || isEmptyText(x) {
			return missing(a.Name)
		}
	}
	return nil
}

func missing(name string) *Error {
	return Errorf(InvalidValue, "%s is required and has no value; send one", name)
}

// checkObject looks at the members of an object whose attributes l knows.
func checkObject(l layout, v *Value) error {
	last := -1
	for c := v.firstChild(); c != nil; c = c.next {
		if c.next != nil && sameName(c.name, c.next.name) {
			return Errorf(InvalidSyntax, "%s is there twice; names do not differ by case alone, send it once", excerpt(c.name))
		}
		if c.head == nil { // a scalar, or closed
			continue
		}
		rank, def := l.find(c.name, last)
		last = rank
		switch {
		case def != nil && def.Type == "complex":
			if err := checkComplex(def, c); err != nil {
				return err
			}
		case rank == unranked && c.isExtension():
			// What only the client knows comes from more than one place: from
			// an object under the URN, and from names that begin with it.
			if err := checkObject(def, c); err != nil {
				return locate(err, excerpt(c.name)+":")
			}
		}
	}
	return nil
}

// checkComplex looks at the value, or values, of a complex attribute.
func checkComplex(def *Attribute, v *Value) error {
	primaries := 0
	many := def.MultiValued && v.kind == Array && v.firstChild() != v.tail
	for e := range v.Elements() {
		if e.Kind() != Object {
			continue
		}
		if many && e.Get("primary").IsTrue() {
			primaries++
		}
		if err := checkRequired(def.SubAttributes, e); err != nil {
			return locate(err, def.Name+".")
		}
		if err := checkObject(def, e); err != nil {
			return locate(err, def.Name+".")
		}
	}
	if primaries > 1 { // RFC 7643 section 2.4
		return Errorf(InvalidValue, "%s has %d values with primary true; at most one may be", def.Name, primaries)
	}
	return nil
}

// isBase64 accepts both alphabets of RFC 4648, padded or not, in lines or not.
func isBase64(s string) bool {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	_, err := base64.RawStdEncoding.DecodeString(s)
	return err == nil
}

// isURI accepts absolute and relative URIs (RFC 7643 section 2.3.7).
func isURI(s string) bool {
	_, err := url.Parse(s)
	return err == nil && !strings.ContainsAny(s, " \t\r\n<>\"{}|\\^`")
}
