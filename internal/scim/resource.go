package scim

import "time"

// ReadResource reads the body of a POST or PUT into a Draft: names in the
// schema's case and order, values coerced to their types where the profile
// forgives it, read-only attributes, nulls and empty lists dropped, required
// ones checked. Attributes that no schema knows are kept behind the others
// (Entra) or refused (RFC).
//
// A group's members are taken out into one MembersReplace (always present for
// a group: a PUT without members empties it, a POST without has none).
func (rt *ResourceType) ReadResource(doc *Value, r *Reading) (Draft, error) { panic("unwritten") }

// Meta is what the service provider itself says of a resource.
type Meta struct {
	ID           string
	Version      uint64 // rendered as the weak entity tag W/"<version>"
	Created      time.Time
	LastModified time.Time
}

// ETag returns the weak entity tag of the version, W/"3".
func (m Meta) ETag() string { panic("unwritten") }

// Image renders a resource as it is stored and sent: schemas, id, the
// attributes of body, and meta as the last member, without location, members
// and groups. tail is the offset of the comma before "meta": what an answer
// adds goes there, and the location before the last two bytes, which are "}}".
func (rt *ResourceType) Image(body *Value, m Meta) (image []byte, tail int) { panic("unwritten") }

// Body parses a stored image back into what Image was given, without schemas,
// id and meta.
func (rt *ResourceType) Body(image []byte) (*Value, error) { panic("unwritten") }

// Projection says which attributes an answer holds (RFC 7644 section 3.9).
// The zero value and nil are the default set.
type Projection struct{}

// ParseProjection reads the values of the query parameters attributes and
// excludedAttributes.
func (rt *ResourceType) ParseProjection(attributes, excluded string) (*Projection, error) {
	panic("unwritten")
}

// IsDefault reports whether p leaves a resource as it is.
func (p *Projection) IsDefault() bool { panic("unwritten") }

// Includes reports whether the top-level attribute with that name is wanted,
// in whole or in part.
func (p *Projection) Includes(name string) bool { panic("unwritten") }

// Apply returns v reduced to what p asks for; v is used up. schemas and id
// always stay, as does everything that is returned always.
func (p *Projection) Apply(v *Value) *Value { panic("unwritten") }
