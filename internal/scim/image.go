package scim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Meta is what the service provider itself says of a resource.
type Meta struct {
	ID           string
	Version      uint64 // rendered as the weak entity tag W/"<version>"
	Created      time.Time
	LastModified time.Time
}

// ETag returns the weak entity tag of the version, W/"3".
func (m Meta) ETag() string {
	return `W/"` + strconv.FormatUint(m.Version, 10) + `"`
}

// appendTime appends t as RFC 3339 in UTC with milliseconds. Of all layouts,
// time formats its own RFC 3339 fastest by far, and images are made often.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	dst = t.AppendFormat(dst, time.RFC3339)
	dst = append(dst[:len(dst)-len("Z")], '.')
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(dst, '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z')
}

// Image is AppendImage in memory of its own.
func (rt *ResourceType) Image(body *Value, m Meta) (image []byte, tail int) {
	var scratch [2 << 10]byte                              // what most images fit in, so that each is one allocation
	rendered, tail := rt.AppendImage(scratch[:0], body, m) // as image it would be returned, and scratch not be on the stack
	return bytes.Clone(rendered), tail
}

// AppendImage renders a resource as it is stored and sent: schemas, id, the
// attributes of body, and meta as the last member, without location, members
// and groups. tail is the offset in dst of the comma before "meta": what an answer
// adds goes there, and the location before the last two bytes, which are "}}".
//
// body must be tidy. schemas lists the core schema and each extension that
// body has attributes of.
func (rt *ResourceType) AppendImage(dst []byte, body *Value, m Meta) (image []byte, tail int) {
	dst = append(dst, `{"schemas":[`...)
	dst = appendQuoted(dst, rt.Schema.ID)
	for c := range body.children() {
		if c.isExtension() {
			dst = append(dst, ',')
			dst = appendQuoted(dst, c.name)
		}
	}
	dst = append(dst, `],"id":`...)
	dst = appendQuoted(dst, m.ID)
	for c := range body.children() {
		dst = append(dst, ',')
		dst = c.AppendJSON(c.appendName(dst))
	}
	tail = len(dst)
	dst = append(dst, `,"meta":{"resourceType":`...)
	dst = appendQuoted(dst, rt.Name)
	dst = append(dst, `,"created":"`...)
	dst = appendTime(dst, m.Created)
	dst = append(dst, `","lastModified":"`...)
	dst = appendTime(dst, m.LastModified)
	dst = append(dst, `","version":"W/\"`...)
	dst = strconv.AppendUint(dst, m.Version, 10)
	dst = append(dst, `\""}}`...)
	return dst, tail
}

// isExtension reports whether a member of a body holds the attributes of an
// extension, known or not.
func (v *Value) isExtension() bool { return v.kind == Object && isURN(v.name) }

// ParseImage parses a stored image as it is, as far as somebody looks into it
// (see Value). The tree lies over image, which must not be changed afterwards.
func (rt *ResourceType) ParseImage(image []byte) (*Value, error) {
	v, err := parseStored(image)
	if err != nil {
		return nil, fmt.Errorf("read the stored image of a %s: %w", rt.Name, err)
	}
	return v, nil
}

// Picker reads a few members of many images, in memory that it uses again and
// again. The zero value is ready. It is not for concurrent use.
type Picker struct {
	text  []byte
	root  Value
	nodes []Value
}

// Pick returns what ParseImage would if image had no members but those with
// these names. The tree is gone with the next one; so are texts of it.
func (p *Picker) Pick(image []byte, names []string) (*Value, error) {
	p.text = append(p.text[:0], '{')
	whole := eachMember(image, func(m member) bool {
		if slices.ContainsFunc(names, func(n string) bool { return sameName(n, m.name) }) {
			if len(p.text) > 1 {
				p.text = append(p.text, ',')
			}
			p.text = append(p.text, m.text...)
		}
		return true
	})
	p.text = append(p.text, '}')
	clear(p.nodes)
	p.root = Value{kind: Object}
	w := walker{src: textOf(p.text), stored: true, deep: true, free: p.nodes[:0]}
	if !whole || !w.container(&p.root, 0) || w.pos != len(w.src) {
		return nil, errNoImage(image)
	}
	p.nodes = w.free
	return &p.root, nil
}

// Body parses a stored image back into what Image was given, without schemas,
// id and meta.
func (rt *ResourceType) Body(image []byte) (*Value, error) {
	body, err := rt.ParseImage(image)
	if err != nil {
		return nil, err
	}
	body.DeleteFunc(func(c *Value) (drop bool) {
		switch c.name {
		case "schemas", "id", "meta":
			return true
		}
		return false
	})
	return body, nil
}
