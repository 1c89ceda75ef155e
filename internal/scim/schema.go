package scim

import (
	"cmp"
	"iter"
	"strings"
)

// Attribute is the definition of an attribute (RFC 7643 section 7).
type Attribute struct {
	// What every write looks at, within two cache lines.
	Name          string
	Type          string // string, boolean, decimal, integer, dateTime, binary, reference, complex
	Mutability    string // readOnly, readWrite, immutable, writeOnly
	Returned      string // always, never, default, request
	MultiValued   bool
	Required      bool
	CaseExact     bool
	SubAttributes []*Attribute

	Description     string
	CanonicalValues []string
	Uniqueness      string // none, server, global
	ReferenceTypes  []string
	targets         []string // endpoints of the resources that it refers to; nil for anything
}

// Sub returns the sub-attribute with that name, compared without case, or nil.
// A complex multi-valued attribute has those of RFC 7643 section 2.4 even
// where its schema does not list them, as addresses lacks "primary" and
// members lacks "display".
func (a *Attribute) Sub(name string) *Attribute {
	if a == nil {
		return nil
	}
	if i := indexOf(a.SubAttributes, name); i >= 0 {
		return a.SubAttributes[i]
	}
	if a.MultiValued && a.Type == "complex" {
		if i := indexOf(impliedSubs, name); i >= 0 {
			return impliedSubs[i]
		}
	}
	return nil
}

// isReadOnly reports whether a client's value for a is ignored (RFC 7643
// section 2.2).
func (a *Attribute) isReadOnly() bool { return a != nil && a.Mutability == "readOnly" }

// isSecret reports whether a's value is not shown to anybody, as that of
// password is (RFC 7643 section 7, "returned" never and "mutability"
// writeOnly).
func (a *Attribute) isSecret() bool {
	return a != nil && (a.Returned == "never" || a.Mutability == "writeOnly")
}

// isImmutable reports whether a's value stays what it was set to first.
func (a *Attribute) isImmutable() bool { return a != nil && a.Mutability == "immutable" }

// isLink reports whether a points to one other resource, as manager does:
// complex, single-valued, with value and $ref.
func (a *Attribute) isLink() bool { return !a.MultiValued && a.listsRef() }

// listsRef reports whether a's schema says that its values refer to other
// resources, as those of manager, members and groups do.
func (a *Attribute) listsRef() bool {
	return indexOf(a.SubAttributes, "value") >= 0 && indexOf(a.SubAttributes, "$ref") >= 0
}

// Schema is a set of attributes under a URN.
type Schema struct {
	ID          string
	Name        string
	Description string
	Attributes  []*Attribute

	from string // the file and the place in it, for errors; "" for one of the program's own
}

// Attribute returns the attribute with that name, compared without case, or nil.
func (s *Schema) Attribute(name string) *Attribute {
	if i := indexOf(s.Attributes, name); i >= 0 {
		return s.Attributes[i]
	}
	return nil
}

// isMistyped reports whether urn, in any case, is the schema's with the colon before
// the last part left out, as Microsoft's own documentation writes it
// (…:extension:enterprise:2.0User).
func (s *Schema) isMistyped(urn string) bool {
	colon := strings.LastIndexByte(s.ID, ':')
	return colon >= 0 && len(urn) == len(s.ID)-1 &&
		sameName(urn[:colon], s.ID[:colon]) && sameName(urn[colon:], s.ID[colon+1:])
}

// Extension is a schema that a resource type carries beside its own.
type Extension struct {
	Schema   *Schema
	Required bool
}

// ResourceType is a kind of resource (RFC 7643 section 6).
type ResourceType struct {
	Name        string // "User"
	Endpoint    string // "/Users"
	Description string
	Schema      *Schema
	Extensions  []Extension

	known *traits // what traits returns, where a Catalog worked it out
}

// schemas iterates over the core schema of rt and those of its extensions.
func (rt *ResourceType) schemas() iter.Seq[*Schema] {
	return func(yield func(*Schema) bool) {
		if !yield(rt.Schema) {
			return
		}
		for _, e := range rt.Extensions {
			if !yield(e.Schema) {
				return
			}
		}
	}
}

// schema returns the schema of rt with that URN, in any case, or nil. Where none has
// it, it may be mistyped, see Schema.isMistyped.
func (rt *ResourceType) schema(urn string) (s *Schema, mistyped bool) {
	for s := range rt.schemas() {
		if sameName(urn, s.ID) {
			return s, false
		}
	}
	for s := range rt.schemas() {
		if s.isMistyped(urn) {
			return s, true
		}
	}
	return nil, false
}

// attribute resolves a name below a schema's URN ("" for the core schema), in
// any case. urn and def are in the schema's spelling; def is nil where unknown.
// The common attributes of RFC 7643 section 3.1 belong to the core schema.
func (rt *ResourceType) attribute(urn, name string) (canonURN string, def *Attribute) {
	s := rt.Schema
	if urn != "" {
		if s, _ = rt.schema(urn); s == nil {
			return urn, nil
		}
	}
	if s != rt.Schema {
		return s.ID, s.Attribute(name)
	}
	if def = s.Attribute(name); def == nil {
		if i := indexOf(commonAttributes, name); i >= 0 {
			def = commonAttributes[i]
		}
	}
	return "", def
}

// requires reports whether a resource of this type must have a value of def, an
// attribute below the schema's URN ("" for the core schema). RFC 7643 says two
// things of a group's displayName: section 8.7.1, which /Schemas follows, has
// "required" false, and section 4.2, which writes follow, has REQUIRED.
func (rt *ResourceType) requires(urn string, def *Attribute) bool {
	return def != nil && (def.Required || urn == "" && rt.HasMembers() && def.Name == "displayName")
}

// HasMembers reports whether resources of this type hold members, which are
// records of their own and no part of a body, as groups do.
func (rt *ResourceType) HasMembers() bool { return rt.Schema.ID == URNGroup }

// HasGroups reports whether resources of this type tell which groups they are
// members of, as users do.
func (rt *ResourceType) HasGroups() bool { return rt.Schema.ID == URNUser }

// NameAttribute is the attribute that names a resource of this type: userName
// of a user, displayName of a group; "" for other types, see NameOf.
func (rt *ResourceType) NameAttribute() string {
	switch {
	case rt.HasGroups():
		return "userName"
	case rt.HasMembers():
		return "displayName"
	}
	return ""
}

// NameOf returns what people call the resource with that body, as text from
// the wire; "" where it has no name. Of a type that is neither a user nor a
// group it is the first of displayName, name and userName that is a text.
func (rt *ResourceType) NameOf(body *Value) string {
	if name := rt.NameAttribute(); name != "" {
		return body.Get(name).Text()
	}
	return cmp.Or(body.Get("displayName").Text(), body.Get("name").Text(), body.Get("userName").Text())
}

// indexOf returns the index of the attribute with that name, compared without
// case, or -1.
func indexOf(attrs []*Attribute, name string) int { return indexFrom(attrs, name, 0) }

// indexFrom is indexOf for a name that is probably at start or soon behind.
// Schemas are small, and most names are spelled right: looking for that first
// makes this faster than a map, and it allocates nothing.
func indexFrom(attrs []*Attribute, name string, start int) int {
	if i := indexSpelled(attrs, name, start); i >= 0 {
		return i
	}
	for i, a := range attrs {
		if sameName(a.Name, name) {
			return i
		}
	}
	return -1
}

// indexSpelled is indexFrom for a name in the schema's own case that is not
// before start.
func indexSpelled(attrs []*Attribute, name string, start int) int {
	for i, a := range attrs[min(start, len(attrs)):] {
		if a.Name == name {
			return start + i
		}
	}
	return -1
}

// sameName reports whether two attribute names or URNs are the same. Case does
// not matter (RFC 7643 section 2.1).
func sameName(a, b string) bool {
	return len(a) == len(b) && (a == b || strings.EqualFold(a, b))
}
