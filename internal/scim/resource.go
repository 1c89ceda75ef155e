package scim

import (
	"cmp"
	"fmt"
	"strings"

	"airmock/internal/nearest"
)

// ReadResource reads the body of a POST or PUT into a Draft: names in the
// schema's case and order, values coerced to their types where the profile
// forgives it, read-only attributes, nulls and empty lists dropped, required
// ones checked. Attributes that no schema knows are kept behind the others
// (Entra) or refused (RFC).
//
// A group's members are taken out into one MembersReplace (always present for
// a group: a PUT without members empties it, a POST without has none).
//
// doc is used up: the draft is made of its nodes.
func (rt *ResourceType) ReadResource(doc *Value, r *Reading) (Draft, error) {
	if doc.Kind() != Object {
		return Draft{}, Errorf(InvalidSyntax, "the body must be a JSON object with the attributes of a %s, not %s", rt.Name, brief(doc))
	}
	in := resourceReader{rt: rt, r: r, body: NewObject()}
	for c := range doc.children() {
		if err := in.take(c); err != nil {
			return Draft{}, err
		}
	}
	if err := in.checkSchemas(); err != nil {
		return Draft{}, err
	}
	draft := Draft{Body: in.body, Secrets: rt.secretsIn(in.body)}
	rt.tidyCanonical(in.body)
	if err := rt.check(in.body); err != nil {
		return Draft{}, err
	}
	if rt.HasMembers() {
		draft.Members = []MemberOp{{Kind: MembersReplace, Members: in.members}}
	}
	return draft, nil
}

// resourceReader takes the members of a document into a body.
type resourceReader struct {
	rt      *ResourceType
	r       *Reading
	body    *Value
	schemas *Value // as the client sent them
	members []Member
	last    int    // the place of the attribute that was taken in last, see layout
	open    *Value // the extension that was put into last
}

// take takes in one member of the document.
func (in *resourceReader) take(c *Value) error {
	if sameName(c.name, "schemas") {
		in.schemas = c
		return nil
	}
	return in.attribute(in.rt.Schema, c)
}

// attribute takes in an attribute under its name in the schema s. Names that s
// does not know may still be a dotted name or one of an extension.
func (in *resourceReader) attribute(s *Schema, c *Value) error {
	if s == in.rt.Schema && isURN(c.name) { // also behind the URN of that schema
		return in.qualified(c)
	}
	urn, def := in.find(s, c.name)
	switch {
	case c.kind == Null:
		in.r.Note(QuirkNullSent)
		return nil
	case def == nil:
		return in.unresolved(s, urn, c)
	case def.isReadOnly():
		// RFC 7643 section 2.2: ignored. Clients repeat what they have read.
		in.r.Note(QuirkReadOnlySent)
		return nil
	case in.isMembers(s, def):
		return in.takeMembers(def, c)
	}
	x, err := canonicalValue(def, c, in.r)
	if err != nil {
		return locate(err, place(urn, def.Name))
	}
	if x != nil {
		if def.MultiValued {
			def.mergeSame(x)
		}
		in.keep(urn, def.Name, x)
	}
	return nil
}

// find looks a name up in the schema s. urn is "" for the core schema, which
// has the common attributes too.
func (in *resourceReader) find(s *Schema, name string) (urn string, def *Attribute) {
	if s != in.rt.Schema {
		return s.ID, s.Attribute(name)
	}
	in.last, def = in.rt.find(name, in.last)
	return "", def
}

// unresolved takes in what the schema s has no attribute for.
func (in *resourceReader) unresolved(s *Schema, urn string, c *Value) error {
	head, sub, dotted := strings.Cut(c.name, ".")
	if dotted {
		_, def := in.rt.attribute(s.ID, head)
		if def != nil && def.Type == "complex" && !def.MultiValued && sub != "" {
			return in.dotted(urn, def, sub, c)
		}
	}
	if s == in.rt.Schema {
		if urn, def := in.rt.extensionAttribute(c.name); def != nil {
			return in.bare(urn, def, c)
		}
	}
	err := in.r.forgiveUnknown(func() *Error {
		return Errorf(InvalidSyntax, "%s has no attribute %s%s", cmp.Or(urn, in.rt.Name), excerpt(c.name), nearest.Hint(c.name, in.rt.names(urn)))
	})
	if err == nil {
		in.keep(urn, c.name, c)
	}
	return err
}

// dotted takes in a sub-attribute under a name such as "name.givenName".
func (in *resourceReader) dotted(urn string, def *Attribute, sub string, c *Value) error {
	err := in.r.Forgive(QuirkDottedKeys, Errorf(InvalidSyntax, "%s is a path, not a name; send %q: {%s: …}",
		excerpt(c.name), def.Name, excerpt(sub)))
	if err != nil {
		return err
	}
	if def.isReadOnly() {
		in.r.Note(QuirkReadOnlySent)
		return nil
	}
	c.name = sub
	parts := NewObject()
	parts.link(c)
	if err := canonicalMembers(def, parts, in.r); err != nil {
		return locate(err, place(urn, def.Name))
	}
	whole := in.holder(urn).Get(def.Name)
	if whole.Kind() != Object {
		in.keep(urn, def.Name, parts)
		return nil
	}
	for name, part := range parts.Members() {
		whole.Set(name, part)
	}
	tidyObject(def, whole, false)
	return nil
}

// bare takes in an extension's attribute that lacks the extension's URN.
func (in *resourceReader) bare(urn string, def *Attribute, c *Value) error {
	err := in.r.Forgive(QuirkBareExtension, Errorf(InvalidSyntax, "%s belongs into %q", def.Name, urn))
	if err != nil {
		return err
	}
	s, _ := in.rt.schema(urn)
	return in.attribute(s, c)
}

// qualified takes in a member whose name begins with a schema's URN: the
// extension as a whole, or one of its attributes.
func (in *resourceReader) qualified(c *Value) error {
	if s, mistyped := in.rt.schema(strings.TrimRight(c.name, ":")); s != nil {
		return in.wholeSchema(s, mistyped, c)
	}
	urn, name := in.rt.splitURN(c.name)
	urn = strings.TrimRight(urn, ":") // a colon too many hides no schema
	s, mistyped := in.rt.schema(urn)
	if s == nil {
		return in.foreign(urn, name, c)
	}
	if err := in.forgiveTypo(s, mistyped, urn); err != nil {
		return err
	}
	if followedByDot(c.name, urn) {
		if err := in.r.Forgive(QuirkURNWithDot, Errorf(InvalidSyntax, "%s has a dot behind the URN of a schema; write a colon", excerpt(c.name))); err != nil {
			return err
		}
	}
	err := in.r.Forgive(QuirkDottedKeys, Errorf(InvalidSyntax, "%s is a path, not a name; send %q: {%s: …}",
		excerpt(c.name), s.ID, excerpt(name)))
	if err != nil {
		return err
	}
	// A name may be as long as a body, so that what repeats the URN is not taken off
	// level by level.
	if s == in.rt.Schema {
		name = s.stripURN(name)
	}
	c.name = name
	return in.attribute(s, c)
}

// wholeSchema takes in the attributes of a schema under its URN. For the core
// schema that is no place the RFC knows, but clients use it.
func (in *resourceReader) wholeSchema(s *Schema, mistyped bool, c *Value) error {
	if c.kind == Null {
		in.r.Note(QuirkNullSent)
		return nil
	}
	if c.kind != Object {
		return Errorf(InvalidValue, "%s must be an object with the attributes of the schema, not %s", s.ID, brief(c))
	}
	if err := in.forgiveTypo(s, mistyped, c.name); err != nil {
		return err
	}
	if s == in.rt.Schema {
		err := in.r.Forgive(QuirkDottedKeys, Errorf(InvalidSyntax, "the attributes of %s belong into the body itself, not below the URN", s.ID))
		if err != nil {
			return err
		}
	}
	for child := range c.children() {
		if err := in.attribute(s, child); err != nil {
			return err
		}
	}
	return nil
}

func (in *resourceReader) forgiveTypo(s *Schema, mistyped bool, urn string) error {
	if !mistyped {
		return nil
	}
	return in.r.Forgive(QuirkSchemaMistyped, Errorf(InvalidSyntax, "%s is no schema; write %s", excerpt(urn), s.ID))
}

// foreign takes in attributes of a schema that rt does not have: an extension
// that only the client knows.
func (in *resourceReader) foreign(urn, name string, c *Value) error {
	if c.kind == Null {
		in.r.Note(QuirkNullSent)
		return nil
	}
	err := in.r.Forgive(QuirkUnknownAttribute, Errorf(InvalidSyntax, "%s has no schema for %s", in.rt.Name, excerpt(c.name)))
	switch {
	case err != nil:
		return err
	case c.kind != Object && isURN(urn) && name != "":
		in.r.Note(QuirkDottedKeys)
		in.keep(urn, name, c)
	default:
		in.keep("", c.name, c)
	}
	return nil
}

// keep puts a value into the body.
func (in *resourceReader) keep(urn, name string, v *Value) {
	v.name = name
	in.holder(urn).link(v)
}

// holder is the object that holds the attributes of the schema with that URN.
func (in *resourceReader) holder(urn string) *Value {
	if urn == "" {
		return in.body
	}
	if in.open != nil && in.open.name == urn {
		return in.open
	}
	if in.open = in.body.Get(urn); in.open.Kind() != Object {
		in.open = &Value{kind: Object, name: urn}
		in.body.link(in.open)
	}
	return in.open
}

func place(urn, name string) string {
	if urn == "" {
		return name
	}
	return urn + ":" + name
}

// isMembers reports whether def, found in s, is a group's list of members.
func (in *resourceReader) isMembers(s *Schema, def *Attribute) bool {
	return def.Name == "members" && s == in.rt.Schema && in.rt.HasMembers()
}

func (in *resourceReader) takeMembers(def *Attribute, c *Value) error {
	list, err := canonicalValue(def, c, in.r)
	if err != nil {
		return locate(err, def.Name)
	}
	seen := make(map[string]int, list.Len())
	i := 0
	for e := range list.Elements() {
		m, err := memberOf(e)
		if err != nil {
			return locate(err, fmt.Sprintf("members[%d]: ", i))
		}
		if m.Value == "" {
			return Errorf(InvalidValue, `members[%d] has no value; a member is {"value": id}, with the id of a user or group`, i)
		}
		i++
		at, again := seen[m.Value]
		if !again {
			seen[m.Value] = len(in.members)
			in.members = append(in.members, m)
			continue
		}
		first := &in.members[at]
		if first.Extra, err = in.rt.MergeMember(first.Extra, m.Extra); err != nil {
			return err
		}
	}
	return nil
}
