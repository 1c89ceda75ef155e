package scimserver

import (
	"bytes"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// maxFieldValue bounds each value that a difference quotes, in bytes.
const maxFieldValue = 4 << 10

// Difference returns what changed from one version of a resource to another one,
// as Effect.Fields tells it of a call.
func Difference(before, after *store.Resource) []journal.Field {
	return difference(before.Type, before.Image, after.Image, nil)
}

// difference returns what changed from one image of a resource to the next, by
// attribute, named as a PATCH path names it; nil stands for no resource. Of
// what the service provider itself says, nothing is told: id, schemas, meta.
// Members that come and go are told elsewhere; altered are those that stay.
func difference(rt *scim.ResourceType, before, after []byte, altered []store.Altered) []journal.Field {
	var d differ
	d.object("", bodyOf(rt, before), bodyOf(rt, after))
	for _, m := range altered[:min(len(altered), maxNames)] {
		was, _ := scim.ParseExtra(m.Before) // the store keeps what was parsed
		is, _ := scim.ParseExtra(m.After)
		d.object(`members[value eq "`+m.ID+`"].`, was, is)
	}
	return d.fields
}

// bodyOf returns what clients said in a stored image.
func bodyOf(rt *scim.ResourceType, image []byte) *scim.Value {
	if image == nil {
		return nil
	}
	body, err := rt.Body(image)
	if err != nil { // cannot be: the image was rendered from a tree
		return nil
	}
	return body
}

// differ collects differences, at most maxNames.
type differ struct {
	fields   []journal.Field
	from, to []byte // scratch
}

// object compares the members of two objects, either of which may be nil. path
// is put before their names, with what separates it.
func (d *differ) object(path string, before, after *scim.Value) {
	// Images may hold thousands of attributes that no schema knows, so they
	// are not searched one by one.
	left := make(map[string]*scim.Value)
	for name, y := range after.Members() {
		left[strings.ToLower(name)] = y
	}
	for name, x := range before.Members() {
		key := strings.ToLower(name)
		d.compare(path, name, x, left[key])
		delete(left, key)
	}
	for name, y := range after.Members() {
		if _, added := left[strings.ToLower(name)]; added {
			d.compare(path, name, nil, y)
		}
	}
}

// compare compares one attribute. Complex ones are told by sub-attribute, and
// lists whose elements differ in type by element.
func (d *differ) compare(path, name string, x, y *scim.Value) {
	if len(d.fields) == maxNames || d.same(x, y) {
		return
	}
	path += name
	if isObject(x) && isObject(y) {
		separator := "."
		if strings.Contains(name, ":") { // an extension's attributes follow its URN
			separator = ":"
		}
		d.object(path+separator, x, y)
		return
	}
	old, ok := byType(x)
	if now, too := byType(y); ok && too {
		d.elements(path, old, now)
		return
	}
	d.fields = append(d.fields, journal.Field{
		Name: clip(path, 256),
		From: quote(d.from, x),
		To:   quote(d.to, y),
	})
}

// same reports whether two values have the same JSON text, as images are
// canonical.
func (d *differ) same(x, y *scim.Value) bool {
	d.from, d.to = x.AppendJSON(d.from[:0]), y.AppendJSON(d.to[:0])
	return bytes.Equal(d.from, d.to)
}

// elements compares the elements of a multi-valued attribute, type by type.
func (d *differ) elements(path string, before, after []typed) {
	for _, x := range before {
		d.object(path+x.selector(), x.value, find(after, x.kind))
	}
	for _, y := range after {
		if find(before, y.kind) == nil {
			d.object(path+y.selector(), nil, y.value)
		}
	}
}

// typed is an element of a multi-valued attribute without its type, and that.
type typed struct {
	kind  string
	value *scim.Value
}

// selector is how a path names the element.
func (t typed) selector() string { return `[type eq "` + t.kind + `"].` }

func find(list []typed, kind string) *scim.Value {
	for _, t := range list {
		if t.kind == kind {
			return t.value
		}
	}
	return nil
}

// byType returns the elements of a list by their types. It is false where v is
// no list of objects, each with a type that no other has. An absent list is an
// empty one.
func byType(v *scim.Value) ([]typed, bool) {
	if v == nil {
		return nil, true
	}
	if v.Kind() != scim.Array || v.Len() > maxNames {
		return nil, false
	}
	var list []typed
	for e := range v.Elements() {
		kind := e.Get("type").Text()
		if kind == "" || find(list, kind) != nil {
			return nil, false
		}
		value := e.Clone()
		value.Delete("type")
		list = append(list, typed{kind, value})
	}
	return list, true
}

// isObject reports whether v is an object, as an absent one may be.
func isObject(v *scim.Value) bool { return v == nil || v.Kind() == scim.Object }

// quote returns v's JSON text, which is text; "" for an absent one.
func quote(text []byte, v *scim.Value) string {
	if v == nil {
		return ""
	}
	return clip(string(text), maxFieldValue)
}
