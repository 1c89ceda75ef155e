package scim

import (
	"cmp"
	"slices"
	"strings"
)

// tidy brings a body into its canonical form after a write: members of body,
// of extensions and of complex values in the schema's order with unknown ones
// behind, unassigned ones dropped. Two bodies that say the same then have the
// same bytes, whatever order they were written in.
//
// Dropped too is what is never returned and so need not be kept, as password,
// and a value of a multi-valued attribute of which only labels are left: an
// e-mail address that is {"type":"work"} and nothing more says nothing.
func (rt *ResourceType) tidy(body *Value) { tidyObject(rt, body, false) }

// tidyCanonical is tidy for a body whose known attributes have canonical
// values: what is in these is in order already.
func (rt *ResourceType) tidyCanonical(body *Value) { tidyObject(rt, body, true) }

// layout is the order of an object's members, and what they are: a resource
// type's, a schema's or a complex attribute's.
type layout interface {
	// find returns the definition of a member and its place in the order;
	// unranked and nil for a name that is unknown. after is the place of the
	// member before it: what is in order is found at once.
	find(name string, after int) (rank int, def *Attribute)
	// within returns the layout of the values of a member that find found.
	within(name string, def *Attribute) layout
}

// unranked is the place of names that no schema knows: behind all others.
const unranked = 1 << 30

func (a *Attribute) find(name string, after int) (rank int, def *Attribute) {
	if a == nil {
		return unranked, nil
	}
	if i := indexFrom(a.SubAttributes, name, after+1); i >= 0 {
		return i, a.SubAttributes[i]
	}
	if def := a.Sub(name); def != nil {
		return len(a.SubAttributes) + indexOf(impliedSubs, name), def
	}
	return unranked, nil
}

func (s *Schema) find(name string, after int) (rank int, def *Attribute) {
	if i := indexFrom(s.Attributes, name, after+1); i >= 0 {
		return i, s.Attributes[i]
	}
	return unranked, nil
}

// find has the common attributes first, then those of the core schema and the
// extensions.
func (rt *ResourceType) find(name string, after int) (rank int, def *Attribute) {
	common, core := len(commonAttributes), len(rt.Schema.Attributes)
	if i := indexSpelled(rt.Schema.Attributes, name, max(after-common+1, 0)); i >= 0 {
		return common + i, rt.Schema.Attributes[i]
	}
	if isURN(name) {
		for i, e := range rt.Extensions {
			if sameName(e.Schema.ID, name) {
				return common + core + i, nil
			}
		}
		return unranked, nil
	}
	if i := indexOf(commonAttributes, name); i >= 0 {
		return i, commonAttributes[i]
	}
	if i := indexOf(rt.Schema.Attributes, name); i >= 0 {
		return common + i, rt.Schema.Attributes[i]
	}
	return unranked, nil
}

// within leads into extensions, which no attribute defines.
func (rt *ResourceType) within(name string, def *Attribute) layout {
	if def == nil {
		if s := rt.extension(name); s != nil {
			return s
		}
	}
	return def
}

func (s *Schema) within(_ string, def *Attribute) layout    { return def }
func (a *Attribute) within(_ string, def *Attribute) layout { return def }

// tidyObject tidies the members of an object. It reports whether none is left.
// canonical is as in tidyCanonical.
func tidyObject(l layout, v *Value, canonical bool) (gone bool) {
	last, ordered := -1, true
	v.DeleteFunc(func(c *Value) (drop bool) {
		rank, def := l.find(c.name, last)
		ordered = ordered && rank > last // two unknown ones need their names compared
		last = rank
		if def.isSecret() {
			return true
		}
		if c.text != "" { // a scalar, or closed: then it was tidied before it was stored
			return false
		}
		return tidyValue(l.within(c.name, def), def, c, canonical)
	})
	if !ordered {
		sortMembers(l, v)
	}
	return v.firstChild() == nil
}

// tidyValue tidies one attribute's value that is null, an array or an object.
// It reports whether nothing is left.
func tidyValue(l layout, def *Attribute, v *Value, canonical bool) (gone bool) {
	inOrder := canonical && def != nil
	switch v.kind {
	case Array:
		v.DeleteFunc(func(e *Value) (drop bool) {
			return e.kind == Object && (!inOrder && tidyObject(l, e, canonical) || isLabel(e)) && def != nil
		})
	case Object:
		if !inOrder {
			tidyObject(l, v, canonical)
		}
	}
	return v.firstChild() == nil
}

// isLabel reports whether a value has nothing but type and primary.
func isLabel(v *Value) bool {
	for c := v.firstChild(); c != nil; c = c.next {
		if !sameName(c.name, "type") && !sameName(c.name, "primary") {
			return false
		}
	}
	return true
}

// sortMembers brings an object's members into the layout's order, unknown ones
// behind and by name.
func sortMembers(l layout, v *Value) {
	type place struct {
		rank int
		v    *Value
	}
	var most [16]place // are enough for most, and no garbage
	places := most[:0]
	for c := range v.children() {
		rank, _ := l.find(c.name, -1)
		places = append(places, place{rank, c})
	}
	slices.SortStableFunc(places, func(a, b place) int {
		if a.rank != b.rank || a.rank < unranked {
			return cmp.Compare(a.rank, b.rank)
		}
		return cmp.Or(compareText(a.v.name, b.v.name, false), strings.Compare(a.v.name, b.v.name))
	})
	v.head, v.tail = nil, nil
	for _, p := range places {
		v.link(p.v)
	}
}
