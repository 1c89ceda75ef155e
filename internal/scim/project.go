package scim

import (
	"slices"
	"strings"
)

// Projection says which attributes an answer holds (RFC 7644 section 3.9).
// The zero value and nil are the default set.
type Projection struct {
	rt       *ResourceType
	only     []wanted // the parameter attributes; empty for the default set
	excluded []wanted // the parameter excludedAttributes
	hides    bool     // rt has attributes that are returned on request alone
	written  []wanted // those of them that the write named which is answered
}

// wanted is a name of one of the parameters: an attribute or a sub-attribute
// in the schema's spelling where the schema knows it, or all of a schema.
type wanted struct {
	urn  string // "" for the core schema
	name string // "" for all of the schema
	sub  string // "" for all of the attribute
}

// ParseProjection reads the values of the query parameters attributes and
// excludedAttributes. By RFC 7644 section 3.9 a request has one of them; where
// it has both, what attributes asks for is reduced by what excludedAttributes
// names. Names that no schema knows are no error, as a resource may have them.
// The error is an *Error with type invalidValue for what cannot be a name.
func (rt *ResourceType) ParseProjection(attributes, excluded string) (*Projection, error) {
	whole := rt.traits().whole
	if attributes == "" && excluded == "" { // as in most requests
		return whole, nil
	}
	p := &Projection{rt: rt, hides: whole.hides}
	var err error
	if p.only, err = rt.wantedNames("attributes", attributes); err != nil {
		return nil, err
	}
	if p.excluded, err = rt.wantedNames("excludedAttributes", excluded); err != nil {
		return nil, err
	}
	return p, nil
}

// Type returns the resource type that p is for.
func (p *Projection) Type() *ResourceType { return p.rt }

// Answering returns the projection of the answer to a write, which shows what the
// client wrote of what is returned on request alone (RFC 7643 section 7,
// "returned"), unless it asks for certain attributes.
func (p *Projection) Answering(w interface{ written(*ResourceType) []wanted }) *Projection {
	if p == nil || !p.hides {
		return p
	}
	answer := *p
	answer.written = w.written(p.rt)
	return &answer
}

// written returns the attributes and sub-attributes in a POST or a PUT that are
// returned on request alone.
func (d Draft) written(rt *ResourceType) []wanted {
	var names []wanted
	for c := range d.Body.children() {
		if s := rt.extension(c.name); s != nil {
			for x := range c.children() {
				names = appendOnRequest(names, s.ID, s.Attribute(x.name), x)
			}
			continue
		}
		names = appendOnRequest(names, "", rt.core(c.name), c)
	}
	return appendMembersWritten(names, rt, d.Members)
}

// written is that of Draft, for the operations of a PATCH.
func (p *Patch) written(rt *ResourceType) []wanted {
	var names []wanted
	for _, c := range p.changes {
		def, value := c.path.attr, c.value
		if c.path.Sub != "" {
			value = NewObject()
			value.Set(c.path.Sub, c.value)
		}
		names = appendOnRequest(names, c.path.URN, def, value)
	}
	return appendMembersWritten(names, rt, p.members)
}

// appendMembersWritten is appendOnRequest for members, of which there may be
// many.
func appendMembersWritten(names []wanted, rt *ResourceType, ops []MemberOp) []wanted {
	for _, op := range ops {
		if op.Kind != MembersReplace || len(op.Members) > 0 {
			return appendOnRequest(names, "", rt.core("members"), nil)
		}
	}
	return names
}

// appendOnRequest appends def and those of its sub-attributes that value has, as
// far as they are returned on request alone.
func appendOnRequest(names []wanted, urn string, def *Attribute, value *Value) []wanted {
	if def == nil {
		return names
	}
	if def.Returned == "request" {
		names = append(names, wanted{urn: urn, name: def.Name})
	}
	for e := range value.Elements() {
		for name := range e.Members() {
			if sub := def.Sub(name); sub != nil && sub.Returned == "request" {
				names = append(names, wanted{urn: urn, name: def.Name, sub: sub.Name})
			}
		}
	}
	return names
}

// wantedNames reads a list of names separated by commas.
func (rt *ResourceType) wantedNames(parameter, list string) ([]wanted, error) {
	var names []wanted
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		if strings.ContainsAny(name, " \t[]()\"=") {
			return nil, Errorf(InvalidValue, "%s holds %s, which is no attribute's name; write names such as userName,name.givenName with commas between them", parameter, excerpt(name))
		}
		names = append(names, rt.wantedName(name))
	}
	return names, nil
}

func (rt *ResourceType) wantedName(text string) wanted {
	if s, _ := rt.schema(text); s != nil {
		return wanted{urn: rt.keyOf(s)}
	}
	urn, rest := "", text
	if isURN(text) {
		urn, rest = rt.splitURN(text)
	}
	name, sub, _ := strings.Cut(rest, ".")
	canonURN, def := rt.attribute(urn, name)
	if def == nil && urn == "" {
		canonURN, def = rt.extensionAttribute(name)
	}
	if def == nil {
		return wanted{urn: canonURN, name: name, sub: sub}
	}
	if d := def.Sub(sub); d != nil {
		sub = d.Name
	}
	return wanted{urn: canonURN, name: def.Name, sub: sub}
}

// keyOf is the name under which a body holds the attributes of a schema.
func (rt *ResourceType) keyOf(s *Schema) string {
	if s == rt.Schema {
		return ""
	}
	return s.ID
}

// IsDefault reports whether p leaves a resource as it is.
func (p *Projection) IsDefault() bool {
	return p == nil || len(p.only) == 0 && len(p.excluded) == 0 && !p.hides
}

// Includes reports whether the top-level attribute with that name is wanted,
// in whole or in part.
func (p *Projection) Includes(name string) bool {
	return p.IsDefault() || p.includes("", name, p.rt.core(name))
}

// Apply returns v reduced to what p asks for; v is used up. schemas and id
// always stay, as does everything that is returned always.
func (p *Projection) Apply(v *Value) *Value {
	if p.IsDefault() || v.Kind() != Object {
		return v
	}
	v.DeleteFunc(func(c *Value) (drop bool) {
		if c.isExtension() {
			return p.reduceExtension(c)
		}
		return p.reduce("", p.rt.core(c.name), c)
	})
	return v
}

// core returns the definition of a top-level attribute, or nil.
func (rt *ResourceType) core(name string) *Attribute {
	_, def := rt.attribute("", name)
	return def
}

// reduceExtension reduces the attributes of an extension, whether rt has it or
// not. It reports whether none is left.
func (p *Projection) reduceExtension(v *Value) (gone bool) {
	v.DeleteFunc(func(c *Value) (drop bool) {
		urn, def := p.rt.attribute(v.name, c.name)
		return p.reduce(urn, def, c)
	})
	return v.firstChild() == nil
}

// reduce reduces the values of one attribute to the sub-attributes that are
// wanted. It reports whether nothing is left.
func (p *Projection) reduce(urn string, def *Attribute, v *Value) (gone bool) {
	if !p.includes(urn, v.name, def) {
		return true
	}
	if def != nil && def.Returned == "always" {
		return false
	}
	name := v.name
	reduceOne := func(e *Value) (gone bool) {
		if e.kind != Object {
			return false
		}
		e.DeleteFunc(func(sub *Value) (drop bool) {
			return !p.keeps(wanted{urn, name, sub.name}, def.Sub(sub.name))
		})
		return e.firstChild() == nil
	}
	if v.kind == Array {
		v.DeleteFunc(reduceOne)
		return v.firstChild() == nil
	}
	return reduceOne(v)
}

// includes reports whether an attribute is wanted, in whole or in part.
func (p *Projection) includes(urn, name string, def *Attribute) bool {
	attribute := wanted{urn: urn, name: name}
	if p.keeps(attribute, def) {
		return true
	}
	return !anyCovers(p.excluded, attribute) && !def.isSecret() &&
		slices.ContainsFunc(p.only, attribute.covers)
}

// keeps reports whether an attribute or sub-attribute is wanted as a whole.
func (p *Projection) keeps(x wanted, def *Attribute) bool {
	returned := "default"
	if def != nil {
		returned = def.Returned
	}
	switch {
	case def.isSecret(): // writeOnly is so whatever returned says
		return false
	case returned == "always":
		return true
	case anyCovers(p.excluded, x):
		return false
	case len(p.only) > 0:
		return anyCovers(p.only, x)
	}
	return returned != "request" || slices.Contains(p.written, x)
}

// covers reports whether x is w or a part of it.
func (w wanted) covers(x wanted) bool {
	return sameName(w.urn, x.urn) &&
		(w.name == "" || sameName(w.name, x.name) && (w.sub == "" || sameName(w.sub, x.sub)))
}

func anyCovers(list []wanted, x wanted) bool {
	return slices.ContainsFunc(list, func(w wanted) bool { return w.covers(x) })
}
