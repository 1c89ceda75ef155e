package scim

// Patch is a PATCH request that was read (RFC 7644 section 3.5.2).
type Patch struct{}

// ParsePatch reads the body of a PATCH on a resource of type rt.
func (rt *ResourceType) ParsePatch(doc *Value, r *Reading) (*Patch, error) { panic("unwritten") }

// Apply changes body, which Body returned, by the patch's operations in order,
// and returns the draft of what it becomes. On an error body is undefined and
// nothing may be stored: all operations or none.
//
// Quirks that show only against the current state (upsert-by-filter) are noted
// on r.
func (p *Patch) Apply(body *Value, r *Reading) (Draft, error) { panic("unwritten") }
