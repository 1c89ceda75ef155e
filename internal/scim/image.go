package scim

import (
	"fmt"
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

// Image renders a resource as it is stored and sent: schemas, id, the
// attributes of body, and meta as the last member, without location, members
// and groups. tail is the offset of the comma before "meta": what an answer
// adds goes there, and the location before the last two bytes, which are "}}".
//
// body must be tidy. schemas lists the core schema and each extension that
// body has attributes of.
func (rt *ResourceType) Image(body *Value, m Meta) (image []byte, tail int) {
	dst := make([]byte, 0, rt.imageSize(body, m))
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
		dst = appendQuoted(dst, c.name)
		dst = append(dst, ':')
		dst = c.AppendJSON(dst)
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
	return append(dst, `\""}}`...), tail
}

// imageSize is the length of the image, so that it is one allocation and wastes
// nothing while the store keeps it. It is too small, which does no harm, only
// where a name needs escapes or a year has five digits.
func (rt *ResourceType) imageSize(body *Value, m Meta) int {
	var digits [20]byte
	n := len(`{"schemas":[""],"id":"","meta":{"resourceType":"","created":"","lastModified":"","version":"W/\"\""}}`)
	n += len(rt.Schema.ID) + len(m.ID) + len(rt.Name) + 2*len("2006-01-02T15:04:05.000Z")
	n += len(strconv.AppendUint(digits[:0], m.Version, 10))
	n += body.size() - len("{}")
	if body.firstChild() != nil {
		n++ // the comma that the first member has too
	}
	for c := range body.children() {
		if c.isExtension() {
			n += len(c.name) + len(`,""`)
		}
	}
	return n
}

// isExtension reports whether a member of a body holds the attributes of an
// extension, known or not.
func (v *Value) isExtension() bool { return v.kind == Object && isURN(v.name) }

// size is the length of v's JSON text, too small where a name needs escapes.
func (v *Value) size() int {
	if v.kind == Null {
		return len("null")
	}
	if v.text != "" { // a scalar, or closed
		return len(v.text)
	}
	n := len("{}")
	for c := v.head; c != nil; c = c.next {
		n += c.size()
		if v.kind == Object {
			n += len(c.name) + len(`"":`)
		}
		if c.next != nil {
			n += len(",")
		}
	}
	return n
}

// Body parses a stored image back into what Image was given, without schemas,
// id and meta.
func (rt *ResourceType) Body(image []byte) (*Value, error) {
	body, err := ParseStored(image)
	if err != nil {
		return nil, fmt.Errorf("read the stored image of a %s: %w", rt.Name, err)
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
