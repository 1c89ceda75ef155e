package scim

// MemberOpKind says what a MemberOp does.
type MemberOpKind uint8

const (
	// MembersAdd adds Members; those already there take their Extra, see
	// ResourceType.MergeMember.
	MembersAdd MemberOpKind = iota
	// MembersRemove removes those in Members, as far as they are members.
	MembersRemove
	// MembersRemoveWhere removes those that Where matches.
	MembersRemoveWhere
	// MembersReplace makes Members the whole set; with none, it empties it.
	MembersReplace
	// MembersChange gives the Extra of the one in Members to those that Where
	// matches, to all with nil.
	MembersChange
)

// MemberOp is one change to a group's members. A group's own record does not
// hold its members, so that a change costs what it changes and not what the
// group holds.
type MemberOp struct {
	Kind    MemberOpKind
	Members []Member
	Where   Expr // evaluated on {"value": id, "type": "User"|"Group", "display": name, …}

	// Unmatched is the refusal of an operation that finds none of the members
	// that it removes or changes; nil where that does no harm.
	Unmatched *Error
}

// Draft is what a write wants a resource to become: its attributes in
// canonical form, without id, meta and members, and the changes to its
// members, in order.
type Draft struct {
	Body    *Value
	Members []MemberOp

	// Secrets names the attributes that were given a value and are neither kept
	// nor returned, as password is, in the order of the schema.
	Secrets []string
}

// secretsIn names the attributes that body has and tidy drops, see
// Draft.Secrets. Those of an extension begin with its URN.
func (rt *ResourceType) secretsIn(body *Value) []string {
	var names []string
	for _, p := range rt.traits().secrets {
		if !p.find(body).IsEmpty() {
			names = append(names, p.String())
		}
	}
	return names
}
