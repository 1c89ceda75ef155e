package scim

import (
	"embed"
	"fmt"
	"sync"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

// StandardCatalog returns User with the enterprise extension, and Group, as
// RFC 7643 section 8.7 defines them. It is the same immutable value each time.
func StandardCatalog() *Catalog { return standardCatalog() }

var standardCatalog = sync.OnceValue(func() *Catalog {
	user, group, enterprise := mustSchema("user"), mustSchema("group"), mustSchema("enterprise_user")
	return &Catalog{
		Schemas: []*Schema{user, group, enterprise},
		ResourceTypes: []*ResourceType{
			{
				Name: "User", Endpoint: "/Users", Description: "User Account",
				Schema: user, Extensions: []Extension{{Schema: enterprise}},
			},
			{Name: "Group", Endpoint: "/Groups", Description: "Group", Schema: group},
		},
	}
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
