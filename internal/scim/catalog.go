package scim

import (
	"embed"
	"fmt"
	"slices"
	"sync"
)

// Catalog is what a service provider offers: its schemas and resource types.
// It is immutable. A nil one is the standard one.
type Catalog struct {
	Schemas       []*Schema
	ResourceTypes []*ResourceType
}

// Type returns the resource type with that name ("User"), or nil.
func (c *Catalog) Type(name string) *ResourceType {
	for _, rt := range c.resourceTypes() {
		if rt.Name == name {
			return rt
		}
	}
	return nil
}

// TypeAt returns the resource type whose resources are at e, or nil.
func (c *Catalog) TypeAt(e Endpoint) *ResourceType {
	for _, rt := range c.resourceTypes() {
		if rt.Endpoint[1:] == string(e) {
			return rt
		}
	}
	return nil
}

// SecretNames lists the attributes and sub-attributes whose values are never
// shown to anybody, each name once.
func (c *Catalog) SecretNames() []string {
	var names []string
	var look func(attrs []*Attribute)
	look = func(attrs []*Attribute) {
		for _, a := range attrs {
			if a.isSecret() && !slices.Contains(names, a.Name) {
				names = append(names, a.Name)
			}
			look(a.SubAttributes)
		}
	}
	for _, rt := range c.resourceTypes() {
		look(rt.Schema.Attributes)
		for _, e := range rt.Extensions {
			look(e.Schema.Attributes)
		}
	}
	return names
}

func (c *Catalog) resourceTypes() []*ResourceType {
	if c == nil {
		c = StandardCatalog()
	}
	return c.ResourceTypes
}

// schema returns the schema with that URN, in any case, or nil.
func (c *Catalog) schema(urn string) *Schema {
	for _, s := range c.Schemas {
		if sameName(s.ID, urn) {
			return s
		}
	}
	return nil
}

// complete works out what follows from schemas and resource types. It is the
// last step in making a catalog.
func (c *Catalog) complete() *Catalog {
	for _, s := range c.Schemas {
		for _, a := range s.Attributes {
			c.findTargets(a)
		}
	}
	for _, rt := range c.ResourceTypes {
		rt.known = nil
		rt.known = rt.traits()
	}
	return c
}

// findTargets notes where the resources are that a reference may lead to: at
// any place where the schema says more, or something else, than types of this
// catalog.
func (c *Catalog) findTargets(a *Attribute) {
	a.targets = nil
	for _, name := range a.ReferenceTypes {
		i := slices.IndexFunc(c.ResourceTypes, func(rt *ResourceType) bool { return rt.Name == name })
		if i < 0 {
			a.targets = nil
			break
		}
		a.targets = append(a.targets, c.ResourceTypes[i].Endpoint[1:])
	}
	for _, sub := range a.SubAttributes {
		c.findTargets(sub)
	}
}

//go:embed schemas/*.json
var schemaFiles embed.FS

// StandardCatalog returns User with the enterprise extension, and Group, as
// RFC 7643 section 8.7 defines them. It is the same immutable value each time.
func StandardCatalog() *Catalog { return standardCatalog() }

var standardCatalog = sync.OnceValue(func() *Catalog {
	user, group, enterprise := mustSchema("user"), mustSchema("group"), mustSchema("enterprise_user")
	c := &Catalog{
		Schemas: []*Schema{user, group, enterprise},
		ResourceTypes: []*ResourceType{
			{
				Name: "User", Endpoint: "/Users", Description: "User Account",
				Schema: user, Extensions: []Extension{{Schema: enterprise}},
			},
			{Name: "Group", Endpoint: "/Groups", Description: "Group", Schema: group},
		},
	}
	return c.complete()
})

// mustSchema loads an embedded schema. The files are part of the program, so
// one that does not load is a mistake of the build, which a test finds.
func mustSchema(name string) *Schema {
	data, err := schemaFiles.ReadFile("schemas/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("read embedded schema %s: %v", name, err))
	}
	s, err := ParseSchema(data)
	if err != nil {
		panic(fmt.Sprintf("parse embedded schema %s: %v", name, err))
	}
	return s
}

// commonAttributes are those of every resource (RFC 7643 section 3.1), which
// no schema lists, in the order in which a resource shows them.
var commonAttributes = []*Attribute{
	{Name: "schemas", Type: "reference", MultiValued: true, Required: true, CaseExact: true, Mutability: "readOnly", Returned: "always", Uniqueness: "none", ReferenceTypes: []string{"uri"}},
	{Name: "id", Type: "string", CaseExact: true, Mutability: "readOnly", Returned: "always", Uniqueness: "server"},
	{Name: "externalId", Type: "string", CaseExact: true, Mutability: "readWrite", Returned: "default", Uniqueness: "none"},
	{Name: "meta", Type: "complex", Mutability: "readOnly", Returned: "default", SubAttributes: []*Attribute{
		{Name: "resourceType", Type: "string", CaseExact: true, Mutability: "readOnly", Returned: "default", Uniqueness: "none"},
		{Name: "created", Type: "dateTime", Mutability: "readOnly", Returned: "default", Uniqueness: "none"},
		{Name: "lastModified", Type: "dateTime", Mutability: "readOnly", Returned: "default", Uniqueness: "none"},
		{Name: "location", Type: "reference", CaseExact: true, Mutability: "readOnly", Returned: "default", Uniqueness: "none", ReferenceTypes: []string{"uri"}},
		{Name: "version", Type: "string", CaseExact: true, Mutability: "readOnly", Returned: "default", Uniqueness: "none"},
	}},
}

// impliedSubs are the sub-attributes that a complex multi-valued attribute has
// even where its schema lists none (RFC 7643 section 2.4).
var impliedSubs = []*Attribute{
	{Name: "value", Type: "string", Mutability: "readWrite", Returned: "default", Uniqueness: "none"},
	{Name: "$ref", Type: "reference", CaseExact: true, Mutability: "readWrite", Returned: "default", Uniqueness: "none", ReferenceTypes: []string{"uri"}},
	{Name: "display", Type: "string", Mutability: "readWrite", Returned: "default", Uniqueness: "none"},
	{Name: "type", Type: "string", Mutability: "readWrite", Returned: "default", Uniqueness: "none"},
	{Name: "primary", Type: "boolean", Mutability: "readWrite", Returned: "default"},
}
