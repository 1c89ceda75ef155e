package scim

// Attribute is the definition of an attribute (RFC 7643 section 7).
type Attribute struct {
	Name            string
	Type            string // string, boolean, decimal, integer, dateTime, binary, reference, complex
	MultiValued     bool
	Description     string
	Required        bool
	CanonicalValues []string
	CaseExact       bool
	Mutability      string // readOnly, readWrite, immutable, writeOnly
	Returned        string // always, never, default, request
	Uniqueness      string // none, server, global
	ReferenceTypes  []string
	SubAttributes   []*Attribute
}

// Sub returns the sub-attribute with that name, compared without case, or nil.
func (a *Attribute) Sub(name string) *Attribute { panic("unwritten") }

// Schema is a set of attributes under a URN.
type Schema struct {
	ID          string
	Name        string
	Description string
	Attributes  []*Attribute
}

// Attribute returns the attribute with that name, compared without case, or nil.
func (s *Schema) Attribute(name string) *Attribute { panic("unwritten") }

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
}

// Catalog is what a service provider offers: its schemas and resource types.
type Catalog struct {
	Schemas       []*Schema
	ResourceTypes []*ResourceType
}

// StandardCatalog returns User with the enterprise extension, and Group, as
// RFC 7643 section 8.7 defines them.
func StandardCatalog() *Catalog { panic("unwritten") }

// Type returns the resource type with that name ("User"), or nil.
func (c *Catalog) Type(name string) *ResourceType { panic("unwritten") }

// AppendSchema appends the /Schemas representation of s. location is its
// absolute URL.
func AppendSchema(dst []byte, s *Schema, location string) []byte { panic("unwritten") }

// AppendResourceType appends the /ResourceTypes representation of rt.
func AppendResourceType(dst []byte, rt *ResourceType, location string) []byte { panic("unwritten") }
