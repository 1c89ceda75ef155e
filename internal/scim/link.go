package scim

import (
	"net/url"
	"slices"
	"strings"
)

// A link is a value of an attribute by which clients point to another resource,
// as manager does: complex, with value, the other's id, and $ref, its address.
// Only the id is stored. What else there is to say, the address and what the
// schema keeps for the service provider to say, follows from the resource that
// the id names, which need not exist.

// Link is a link in a stored image.
type Link struct {
	ID  string     // of the resource that it names
	End int        // the offset in the image of the brace that ends it
	Def *Attribute // of the attribute that it is a value of
}

// LinkAttributes lists the attributes of rt whose values are links. A group's
// members are none, being records of their own, and what is readOnly, as
// groups is, follows from others.
func (rt *ResourceType) LinkAttributes() []AttrPath {
	links := linksAmong("", rt.Schema.Attributes)
	if rt.HasMembers() {
		links = slices.DeleteFunc(links, func(p AttrPath) bool { return p.Name == "members" })
	}
	for _, ext := range rt.Extensions {
		links = append(links, linksAmong(ext.Schema.ID, ext.Schema.Attributes)...)
	}
	return links
}

func linksAmong(urn string, attrs []*Attribute) []AttrPath {
	var links []AttrPath
	for _, a := range attrs {
		if a.Type == "complex" && a.refersToResources() && !a.isReadOnly() && !a.isSecret() {
			links = append(links, AttrPath{URN: urn, Name: a.Name, Def: a})
		}
	}
	return links
}

// refersToResources reports whether the values of a lead to resources: they have ids, and
// addresses that are not those of things elsewhere (RFC 7643 section 7,
// "referenceTypes").
func (a *Attribute) refersToResources() bool {
	if !a.listsRef() {
		return false
	}
	types := a.Sub("$ref").ReferenceTypes
	return !slices.Contains(types, "external") && !slices.Contains(types, "uri")
}

// FindLinks finds the links of a stored image. attrs are the LinkAttributes of
// its type, and body is what the image holds, parsed.
func FindLinks(attrs []AttrPath, body *Value, image []byte) []Link {
	var links []Link
	for _, p := range attrs {
		v := p.find(body)
		if v == nil {
			continue
		}
		ends := objectEnds(image, p)
		i := 0
		for e := range v.Elements() {
			if e.Kind() != Object || i == len(ends) {
				continue
			}
			if id := e.Get("value").Text(); id != "" {
				links = append(links, Link{ID: strings.Clone(id), End: ends[i], Def: p.Def})
			}
			i++
		}
	}
	slices.SortFunc(links, func(a, b Link) int { return a.End - b.End })
	return links
}

// Unlink takes the links to the resource with that id out of a body.
func (rt *ResourceType) Unlink(attrs []AttrPath, body *Value, id string) {
	leads := func(v *Value) bool { return v.Get("value").Text() == id }
	for _, p := range attrs {
		holder := body
		if p.URN != "" {
			holder = body.Get(p.URN)
		}
		switch v := holder.Get(p.Name); {
		case v.Kind() == Array:
			v.DeleteFunc(leads)
		case leads(v):
			holder.Delete(p.Name)
		}
	}
	rt.tidy(body)
}

// CleanLinks takes out of the links in a body what is not stored of them, and
// reports whether there was any. A body has such parts where the attribute was
// no link, or none that the schema knew, when it was written.
func CleanLinks(attrs []AttrPath, body *Value) (changed bool) {
	for _, p := range attrs {
		for e := range p.find(body).Elements() {
			if e.Kind() != Object {
				continue
			}
			n := e.DeleteFunc(func(c *Value) bool {
				return sameName(c.name, "$ref") || p.Def.Sub(c.name).isReadOnly()
			})
			changed = changed || n > 0
		}
	}
	return changed
}

// readRef takes the address out of a reference that a client sent: where the
// resource is follows from its id, which value is, and an address that was
// stored would go stale. One that leads to the id is nothing to tell of.
func readRef(def *Attribute, v *Value, r *Reading) error {
	ref := v.Get("$ref")
	if ref == nil || !def.refersToResources() {
		return nil
	}
	if ref.kind == Null { // as Microsoft's documentation has it
		r.Note(QuirkNullSent)
		v.Delete("$ref")
		return nil
	}
	id, err := idOf(def, ref, r)
	if err != nil {
		return locate(err, ".$ref")
	}
	v.Delete("$ref")
	value := v.Get("value")
	switch {
	case id == "":
		return nil
	case value.Kind() == Null:
		v.Set("value", NewString(id))
		return r.Forgive(QuirkRefWithoutValue, Errorf(InvalidValue,
			` has no value, which names the resource that $ref leads to; send {"value":%s}`, excerpt(id)))
	case value.kind == String && value.text != `""` && value.Text() != id:
		return r.Forgive(QuirkRefContradicts, Errorf(InvalidValue,
			".value is %s and .$ref leads to %s; send the id of one resource as value, and leave $ref out", brief(value), excerpt(id)))
	}
	return nil
}

// namesLink reports whether v, a value of attribute def, says where a link
// leads. One that only repeats what else there is about it changes no link.
func namesLink(def *Attribute, v *Value) bool {
	return def.isLink() && (v.Get("value") != nil || v.Get("$ref") != nil)
}

// idOf returns the id that the address in a reference ends with; "" where it
// has none.
func idOf(def *Attribute, ref *Value, r *Reading) (string, error) {
	address, err := canonicalElement(def.Sub("$ref"), ref, r)
	return idIn(address.Text()), err
}

func idIn(address string) string {
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	address = strings.TrimRight(address, "/")
	last := address[strings.LastIndexByte(address, '/')+1:]
	if id, err := url.PathUnescape(last); err == nil {
		return id
	}
	return last
}

// isRef reports whether p names the address in a link.
func (p *Path) isRef() bool {
	return p.Sub == "$ref" && p.attr != nil && p.attr.refersToResources() && !p.attr.isReadOnly()
}

// refTarget is an operation on the address in a link. As that follows from the
// value beside it, a new address is a new value.
func (p *patchReader) refTarget(op patchOp, path Path, address *Value) error {
	if op == opRemove || address.Kind() == Null {
		return Errorf(Mutability, "%s follows from the value beside it and cannot go alone; remove %s, or replace its value", path, path.Name)
	}
	id, err := idOf(path.attr, address, p.r)
	if err != nil {
		return locate(err, path.String())
	}
	if id == "" {
		return Errorf(InvalidValue, "%s leads to no resource; send the id of one as %s.value", path, path.Name)
	}
	err = p.r.forgive(QuirkRefWithoutValue, func() *Error {
		return Errorf(InvalidValue, "%s follows from the value beside it; send the id %s as %s.value", path, excerpt(id), path.Name)
	})
	if err != nil {
		return err
	}
	path.Sub, path.Def = "value", path.attr.Sub("value")
	return p.target(op, path, NewString(id))
}

// objectEnds returns the offset of the brace that ends each object that is a
// value of the attribute p in an image, which is compact JSON.
func objectEnds(image []byte, p AttrPath) []int {
	at := 0
	if p.URN != "" {
		at = memberAt(image, at, p.URN)
	}
	if at = memberAt(image, at, p.Name); at < 0 || at >= len(image) {
		return nil
	}
	list := image[at] == '['
	if list {
		at++
	}
	var ends []int
	for at < len(image) {
		end := skipValue(image, at)
		if end < 0 {
			break
		}
		if image[at] == '{' {
			ends = append(ends, end-1)
		}
		if at = end + 1; !list || end == len(image) || image[end] != ',' {
			break
		}
	}
	return ends
}

// memberAt returns the offset of the value of a member of the object at an
// offset; -1 where it has none of that name.
func memberAt(image []byte, at int, name string) int {
	if at < 0 || at >= len(image) || image[at] != '{' {
		return -1
	}
	for {
		at++
		colon := skipValue(image, at)
		if colon < 0 || colon == len(image) || image[at] != '"' {
			return -1
		}
		if sameName(string(image[at+1:colon-1]), name) {
			return colon + 1
		}
		if at = skipValue(image, colon+1); at < 0 || at == len(image) || image[at] != ',' {
			return -1
		}
	}
}

// skipValue returns the offset behind the compact JSON value at an offset; -1
// where none ends.
func skipValue(image []byte, at int) int {
	if at >= len(image) {
		return -1
	}
	rest, length := textOf(image[at:]), 0
	switch rest[0] {
	case '"':
		length = stringLength(rest)
	case '{', '[':
		length = nestedLength(rest)
	default:
		length = strings.IndexAny(rest, ",]}")
	}
	if length <= 0 {
		return -1
	}
	return at + length
}
