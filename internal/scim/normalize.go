package scim

// canonical returns v as the attribute def wants it: names in the schema's
// case, booleans as booleans, a manager as {"value": id}, lists as lists. What
// it has to forgive is noted on r. at names the place for errors. The result
// is null where the value means "unassigned". A nil def keeps v as it is.
func canonical(def *Attribute, v *Value, at string, r *Reading) (*Value, error) { panic("unwritten") }

// tidy brings a body into its canonical form after a write: members of body,
// of extensions and of complex values in the schema's order with unknown ones
// behind, unassigned ones dropped. Two bodies that say the same then have the
// same bytes, whatever order they were written in.
func (rt *ResourceType) tidy(body *Value) { panic("unwritten") }

// attribute resolves a name below a schema's URN ("" for the core schema), in
// any case. urn and def are in the schema's spelling; def is nil where unknown.
func (rt *ResourceType) attribute(urn, name string) (canonURN string, def *Attribute) {
	panic("unwritten")
}
