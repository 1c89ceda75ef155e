package scim

// Member is one membership, as a client names it.
type Member struct {
	Value string // the id of a user or group
	// Extra holds the sub-attributes that are kept beside the id, as a JSON
	// object in canonical form; "" where there are none. They are those that a
	// schema file defines and, in the Entra profile, those that no schema knows.
	Extra string
}

// maxMemberExtra bounds Member.Extra, in bytes: a group may have a hundred
// thousand of them.
const maxMemberExtra = 4 << 10

// memberOf reads a member in canonical form. Where it is, what it is called and
// what type it has is for the service provider to say, so that of the usual
// sub-attributes (RFC 7643 section 2.4) the id alone is kept.
func memberOf(el *Value) (Member, error) {
	m := Member{Value: el.Get("value").Text()}
	el.DeleteFunc(func(c *Value) (drop bool) { return isGivenOfMember(c.name) })
	extra, err := renderExtra(el)
	m.Extra = extra
	return m, err
}

// isGivenOfMember reports whether the sub-attribute of a member by that name is
// the id or follows from it.
func isGivenOfMember(name string) bool { return indexOf(impliedSubs, name) >= 0 }

// renderExtra is Member.Extra for an object in canonical form.
func renderExtra(v *Value) (string, error) {
	if v.Kind() != Object || v.firstChild() == nil {
		return "", nil
	}
	if _, err := checkBounds(v, 1); err != nil {
		return "", err
	}
	if err := checkObject((*Attribute)(nil), v); err != nil {
		return "", err
	}
	text := v.String()
	if len(text) > maxMemberExtra {
		return "", Errorf(InvalidValue, "the sub-attributes of a member would take %d bytes; the limit is %d", len(text), maxMemberExtra)
	}
	return text, nil
}

// MergeMember returns what a member's Extra becomes when a client gives it
// parts, an Extra too, but that what is null there goes. The error is an
// *Error: for what is immutable and has another value, and for too much.
func (rt *ResourceType) MergeMember(extra, parts string) (string, error) {
	if parts == "" || parts == extra {
		return extra, nil
	}
	before, err := ParseExtra(extra)
	if err != nil {
		return "", err
	}
	change, err := ParseExtra(parts)
	if err != nil {
		return "", err
	}
	def := rt.Schema.Attribute("members")
	after := before.Clone()
	merge(after, change)
	tidyObject(def, after, false)
	if err := keepImmutable(def.SubAttributes, before, after, false); err != nil {
		return "", locate(err, "members.")
	}
	return renderExtra(after)
}

// ParseExtra parses a Member.Extra into an object, which is the caller's.
func ParseExtra(extra string) (*Value, error) {
	if extra == "" {
		return NewObject(), nil
	}
	return Parse([]byte(extra))
}
