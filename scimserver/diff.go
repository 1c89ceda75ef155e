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
	if before == nil || after == nil { // all there is
		d.fields = make([]journal.Field, 0, maxNames)
	}
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
	d.members(path, before, after, func(string) bool { return true })
}

// members compares those members of two objects whose names are wanted.
func (d *differ) members(path string, before, after *scim.Value, wanted func(name string) bool) {
	if before == nil {
		for name, y := range after.Members() {
			if wanted(name) {
				d.compare(path, name, nil, y)
			}
		}
		return
	}
	now := partners{list: make([]*scim.Value, 0, after.Len())}
	for name, y := range after.Members() {
		if wanted(name) {
			now.list = append(now.list, y)
		}
	}
	for name, x := range before.Members() {
		if wanted(name) {
			d.compare(path, name, x, now.take(name))
		}
	}
	for _, y := range now.list {
		if y != nil {
			d.compare(path, y.Name(), nil, y)
		}
	}
}

// partners are the members of an object that have not been taken yet. Images
// are canonical, so mostly the next one is asked for; otherwise they are not
// searched one by one, as there may be thousands that no schema knows.
type partners struct {
	list  []*scim.Value // nil: taken
	next  int
	index map[string]int // by the name in lower case; nil until it is needed
}

// take returns the member by that name, or nil.
func (p *partners) take(name string) *scim.Value {
	if p.next < len(p.list) {
		if y := p.list[p.next]; y != nil && strings.EqualFold(y.Name(), name) {
			return p.takeAt(p.next)
		}
	}
	if p.index == nil {
		p.index = make(map[string]int, len(p.list))
		for i, y := range p.list {
			if y != nil {
				p.index[strings.ToLower(y.Name())] = i
			}
		}
	}
	if i, ok := p.index[strings.ToLower(name)]; ok && p.list[i] != nil {
		return p.takeAt(i)
	}
	return nil
}

func (p *partners) takeAt(i int) *scim.Value {
	y := p.list[i]
	p.list[i], p.next = nil, i+1
	return y
}

// compare compares one attribute. Complex ones are told by sub-attribute, and
// lists whose elements differ in type by element.
func (d *differ) compare(path, name string, x, y *scim.Value) {
	if len(d.fields) == maxNames || x != nil && y != nil && d.same(x, y) {
		return
	}
	if path == "" {
		path = strings.Clone(name) // it may be part of the image, which it must not keep alive
	} else {
		path += name
	}
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
	d.fields = append(d.fields, journal.Field{Name: clip(path, 256), From: d.quote(x), To: d.quote(y)})
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
		d.members(path+x.selector(), x.value, find(after, x.kind), isNotType)
	}
	for _, y := range after {
		if find(before, y.kind) == nil {
			d.members(path+y.selector(), nil, y.value, isNotType)
		}
	}
}

// isNotType reports whether a sub-attribute by that name is more than what its
// element is known by.
func isNotType(name string) bool { return !strings.EqualFold(name, "type") }

// typed is an element of a multi-valued attribute, and its type.
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
	list := make([]typed, 0, v.Len())
	for e := range v.Elements() {
		kind := e.Get("type").Text()
		if kind == "" || find(list, kind) != nil {
			return nil, false
		}
		list = append(list, typed{kind, e})
	}
	return list, true
}

// isObject reports whether v is an object, as an absent one may be.
func isObject(v *scim.Value) bool { return v == nil || v.Kind() == scim.Object }

// quote returns v's JSON text, bounded; "" for an absent one.
func (d *differ) quote(v *scim.Value) string {
	if v == nil {
		return ""
	}
	d.from = v.AppendJSON(d.from[:0])
	return clip(string(d.from), maxFieldValue)
}
