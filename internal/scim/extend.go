package scim

import (
	"fmt"
	"slices"
	"strings"
)

// With returns a catalog that has the schemas and resource types beside those
// of c, which stays as it is.
//
// A schema whose URN c knows adds its attributes to that one; an attribute that
// is there takes the new definition, as far as the service does not rely on the
// old one. A schema that no resource type names is an extension of the type
// that the last part of its URN names (…:2.0:Group), else of User. A resource
// type that c has, by its name in any case, gets the extensions that are named
// in addition.
//
// The error names the file, the place, and what would be right.
func (c *Catalog) With(schemas []*Schema, types []ResourceTypeSpec) (*Catalog, error) {
	if c == nil {
		c = StandardCatalog()
	}
	if len(schemas)+len(types) == 0 {
		return c, nil
	}
	next := c.clone()
	var added []*Schema
	for _, s := range schemas {
		known := next.schema(s.ID)
		if known == nil {
			known = &Schema{ID: s.ID, Name: s.Name, Description: s.Description, from: s.from}
			next.Schemas = append(next.Schemas, known)
			added = append(added, known)
		}
		if err := define(known, s); err != nil {
			return nil, located(s.from, fmt.Errorf("schema %s: %w", s.ID, err))
		}
	}
	for _, spec := range types {
		if err := next.addType(spec); err != nil {
			return nil, located(spec.from, fmt.Errorf("resource type %s: %w", spec.Name, err))
		}
	}
	for _, s := range added {
		if !next.isUsed(s) {
			rt := next.extended(s)
			rt.Extensions = append(rt.Extensions, Extension{Schema: s})
		}
	}
	for _, rt := range next.ResourceTypes {
		if err := adopt(rt.Schema); err != nil {
			return nil, located(rt.Schema.from, fmt.Errorf("schema %s: %w", rt.Schema.ID, err))
		}
	}
	return next.complete(), nil
}

// clone returns a catalog that shares nothing with c but what is never changed.
func (c *Catalog) clone() *Catalog {
	next := &Catalog{}
	now := make(map[*Schema]*Schema)
	for _, s := range c.Schemas {
		copied := *s
		copied.Attributes = cloneAttributes(s.Attributes)
		now[s] = &copied
		next.Schemas = append(next.Schemas, &copied)
	}
	for _, rt := range c.ResourceTypes {
		copied := *rt
		copied.Schema = now[rt.Schema]
		copied.Extensions = slices.Clone(rt.Extensions)
		for i := range copied.Extensions {
			copied.Extensions[i].Schema = now[copied.Extensions[i].Schema]
		}
		next.ResourceTypes = append(next.ResourceTypes, &copied)
	}
	return next
}

func cloneAttributes(attrs []*Attribute) []*Attribute {
	var list []*Attribute
	for _, a := range attrs {
		copied := *a
		copied.SubAttributes = cloneAttributes(a.SubAttributes)
		list = append(list, &copied)
	}
	return list
}

// define gives the schema known the attributes of s, which has its URN.
func define(known, s *Schema) error {
	known.from = s.from
	for _, a := range cloneAttributes(s.Attributes) {
		i := indexOf(known.Attributes, a.Name)
		if i < 0 {
			known.Attributes = append(known.Attributes, a)
			continue
		}
		if old := known.Attributes[i]; relied(known, old.Name) {
			if err := redefine(a, old); err != nil {
				return err
			}
		}
		known.Attributes[i] = a
	}
	return nil
}

// relied reports whether the service reads or writes the attribute of that
// name itself.
func relied(s *Schema, name string) bool {
	return slices.Contains(map[string][]string{
		URNUser:       {"userName", "displayName", "active", "groups"},
		URNGroup:      {"displayName", "members"},
		URNEnterprise: {"manager"},
	}[s.ID], name)
}

// redefine refuses a definition that takes from the old one what the service
// relies on. What else it relies on stays as it was, as the definitions of real
// servers differ there: who may set it, whether members must be sent, which are
// records of their own, and the sub-attributes by which references work.
func redefine(a, old *Attribute) error {
	texts := []string{"string", "reference"}
	switch {
	case a.Type != old.Type && !(slices.Contains(texts, a.Type) && slices.Contains(texts, old.Type)):
		return fmt.Errorf("attribute %s: the service relies on its type %s; it cannot be %s", old.Name, old.Type, a.Type)
	case a.MultiValued != old.MultiValued:
		return fmt.Errorf("attribute %s: the service relies on multiValued %t; it cannot be %t", old.Name, old.MultiValued, a.MultiValued)
	case a.isSecret():
		return fmt.Errorf("attribute %s: the service needs its value; it cannot be writeOnly, nor returned never", old.Name)
	}
	a.Name, a.Type = old.Name, old.Type
	if old.isReadOnly() {
		a.Mutability = old.Mutability
	}
	a.Required = a.Required && !old.listsRef()
	for _, sub := range old.SubAttributes {
		i := indexOf(a.SubAttributes, sub.Name)
		switch {
		case i < 0:
			a.SubAttributes = append(a.SubAttributes, sub)
		case sub.Name == "value" || sub.Name == "$ref":
			a.SubAttributes[i] = sub
		}
	}
	return nil
}

// adopt makes s the core schema of a resource type. The common attributes of
// RFC 7643 section 3.1 belong to every resource: servers that list them in
// their schemas say nothing new, but for externalId, which may be required, say.
func adopt(s *Schema) error {
	for _, common := range commonAttributes {
		i := indexOf(s.Attributes, common.Name)
		if i < 0 {
			continue
		}
		if err := redefine(s.Attributes[i], common); err != nil {
			return err
		}
		if common.Name != "externalId" {
			s.Attributes = slices.Delete(s.Attributes, i, i+1)
		}
	}
	return nil
}

// addType adds a resource type, or extensions to the one that has its name.
func (c *Catalog) addType(spec ResourceTypeSpec) error {
	rt, err := c.declared(spec)
	if err != nil {
		return err
	}
	for _, e := range spec.Extensions {
		s, err := c.find(e.Schema)
		if err != nil {
			return err
		}
		if s == rt.Schema {
			return fmt.Errorf("%s is its own schema; it cannot be an extension too", s.ID)
		}
		i := slices.IndexFunc(rt.Extensions, func(x Extension) bool { return x.Schema == s })
		if i < 0 {
			rt.Extensions = append(rt.Extensions, Extension{Schema: s, Required: e.Required})
			continue
		}
		rt.Extensions[i].Required = e.Required
	}
	return nil
}

// declared returns the resource type that spec is about, a new one where there
// is none.
func (c *Catalog) declared(spec ResourceTypeSpec) (*ResourceType, error) {
	for _, rt := range c.ResourceTypes {
		switch {
		case sameName(rt.Name, spec.Name):
			return rt, c.agrees(rt, spec)
		case sameName(rt.Endpoint, spec.Endpoint):
			return nil, fmt.Errorf("the endpoint %s is that of %s; choose another", rt.Endpoint, rt.Name)
		}
	}
	for _, e := range ownEndpoints {
		if sameName(spec.Endpoint[1:], string(e)) {
			return nil, fmt.Errorf("the endpoint /%s is one of the protocol; choose another, such as /%ss", e, spec.Name)
		}
	}
	s, err := c.find(spec.Schema)
	if err != nil {
		return nil, err
	}
	rt := &ResourceType{Name: spec.Name, Endpoint: spec.Endpoint, Description: spec.Description, Schema: s}
	c.ResourceTypes = append(c.ResourceTypes, rt)
	return rt, nil
}

// agrees refuses a spec for a known type that says something else of it.
func (c *Catalog) agrees(rt *ResourceType, spec ResourceTypeSpec) error {
	switch {
	case !sameName(rt.Schema.ID, spec.Schema):
		return fmt.Errorf("%s has the schema %s, not %s; name what is to be added in schemaExtensions", rt.Name, rt.Schema.ID, spec.Schema)
	case !sameName(rt.Endpoint, spec.Endpoint):
		return fmt.Errorf("%s is at %s, not at %s", rt.Name, rt.Endpoint, spec.Endpoint)
	}
	return nil
}

// find returns the schema with that URN.
func (c *Catalog) find(urn string) (*Schema, error) {
	if s := c.schema(urn); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("there is no schema %q; give its file with --schema", urn)
}

// isUsed reports whether a resource type has the schema.
func (c *Catalog) isUsed(s *Schema) bool {
	return slices.ContainsFunc(c.ResourceTypes, func(rt *ResourceType) bool {
		return rt.Schema == s || slices.ContainsFunc(rt.Extensions, func(e Extension) bool { return e.Schema == s })
	})
}

// extended returns the resource type that a schema extends which none names.
func (c *Catalog) extended(s *Schema) *ResourceType {
	last := s.ID[strings.LastIndexByte(s.ID, ':')+1:]
	for _, rt := range c.ResourceTypes {
		if sameName(rt.Name, last) {
			return rt
		}
	}
	return c.ResourceTypes[0] // User
}
