package scim

import "slices"

// membersTarget takes in an operation on a group's members.
func (p *patchReader) membersTarget(op patchOp, path Path, value *Value) error {
	switch {
	case path.Sub != "":
		return p.changeMembers(op, path, value)
	case op == opRemove:
		return p.removeMembers(path, value)
	case path.Filter != nil:
		return p.exchangeMembers(path, value)
	}
	members, err := p.readMembers(path, added(op, path, value))
	if err != nil {
		return err
	}
	kind := MembersAdd
	if op == opReplace {
		kind = MembersReplace
	}
	if kind == MembersReplace || len(members) > 0 {
		p.members = append(p.members, MemberOp{Kind: kind, Members: members})
	}
	return nil
}

// exchangeMembers puts members in the place of those that the filter selects. A
// member is replaced as a whole: its id, and what follows from it, are
// immutable. Where none is selected RFC 7644 section 3.5.2.3 wants noTarget;
// Entra's dialect makes it. A value that names no member says something of
// those that are selected.
func (p *patchReader) exchangeMembers(path Path, value *Value) error {
	if value.Kind() == Object && value.Get("value") == nil && value.Get("$ref") == nil {
		parts, err := p.parts(path.attr, value, path.String())
		if err != nil {
			return err
		}
		return p.giveMembers(path, parts, p.noSuchMember(path))
	}
	if isOne(value) {
		value = NewArray(value)
	}
	members, err := p.readMembers(path, value)
	if err != nil {
		return err
	}
	selected := membersSelected(path.Filter)
	selected.Unmatched = p.noMember(path)
	p.members = append(p.members, selected, MemberOp{Kind: MembersAdd, Members: members})
	return nil
}

// changeMembers is an operation on a sub-attribute of members. RFC 7643 section
// 8.7.1 has those that the standard knows immutable.
func (p *patchReader) changeMembers(op patchOp, path Path, value *Value) error {
	if isGivenOfMember(path.Sub) {
		return Errorf(Mutability, "%s is immutable; remove the member and add the right one", path)
	}
	if op == opRemove && value.Kind() != Null {
		if err := p.r.forgive(QuirkRemoveWithValue, func() *Error { return removeWithValue(path) }); err != nil {
			return err
		}
	}
	parts, unmatched := NewObject(), p.noMember(path)
	parts.Set(path.Sub, nil)
	if op != opRemove {
		canon, err := canonical(path.Def, value, path.String(), p.r)
		if err != nil {
			return err
		}
		parts.Set(path.Sub, canon)
		unmatched = p.noSuchMember(path)
	}
	return p.giveMembers(path, parts, unmatched)
}

// giveMembers gives the members that the path selects parts of a member.
func (p *patchReader) giveMembers(path Path, parts *Value, unmatched *Error) error {
	parts.DeleteFunc(func(c *Value) (drop bool) { return isGivenOfMember(c.name) })
	secrets := parts.DeleteFunc(func(c *Value) (drop bool) { return path.attr.Sub(c.name).isSecret() })
	extra, err := renderExtra(parts)
	switch {
	case err != nil:
		return err
	case extra == "" && secrets > 0: // taken and not kept
		return nil
	case extra == "":
		return memberWithoutValue()
	}
	if path.Filter == nil {
		unmatched = nil
	}
	p.members = append(p.members, MemberOp{Kind: MembersChange, Members: []Member{{Extra: extra}}, Where: path.Filter, Unmatched: unmatched})
	return nil
}

// noMember is the refusal of a filter that selects no member; nil where the
// profile forgives that.
func (p *patchReader) noMember(path Path) *Error {
	if p.r.Profile != RFC {
		return nil
	}
	return p.noSuchMember(path)
}

func (p *patchReader) noSuchMember(path Path) *Error {
	return Errorf(NoTarget, "Operations[%d]: no member matches %s", p.index, path)
}

// removeMembers is a remove on members. By RFC 7644 section 3.5.2.2 a remove
// of members removes all of them, whatever its value; Entra means those in the
// value.
func (p *patchReader) removeMembers(path Path, value *Value) error {
	if value.Kind() == Null {
		p.members = append(p.members, p.membersRemoved(path))
		return nil
	}
	if err := p.r.forgive(QuirkRemoveWithValue, func() *Error { return removeWithValue(path) }); err != nil {
		return err
	}
	if path.Filter != nil {
		p.members = append(p.members, p.membersRemoved(path))
		return nil
	}
	members, err := p.readMembers(path, value)
	if err == nil && len(members) > 0 {
		p.members = append(p.members, MemberOp{Kind: MembersRemove, Members: members})
	}
	return err
}

// readMembers reads a list of members, a single one, or bare ids.
func (p *patchReader) readMembers(path Path, value *Value) ([]Member, error) {
	sent := 1
	if value.Kind() == Array {
		sent = value.Len()
	}
	canon, err := canonical(path.attr, value, "members", p.r)
	if err != nil {
		return nil, err
	}
	if canon.Kind() == Array && canon.Len() < sent { // an empty one was dropped
		return nil, memberWithoutValue()
	}
	members := slices.Grow([]Member(nil), canon.Len())
	for el := range canon.Elements() {
		m, err := memberOf(el)
		if err != nil {
			return nil, err
		}
		if m.Value == "" {
			return nil, memberWithoutValue()
		}
		members = append(members, m)
	}
	return members, nil
}

func memberWithoutValue() *Error {
	return Errorf(InvalidValue, `a member has no value; it is {"value":"id"}, with the id of a user or group`)
}

// membersRemoved is what a remove with that path removes. A filter that selects
// nobody is a noTarget (RFC 7644 section 3.12), unless all that it does is name
// members by their ids: section 3.5.2.2 says of one who is no member that
// nothing is changed and the answer is a success.
func (p *patchReader) membersRemoved(path Path) MemberOp {
	op := membersSelected(path.Filter)
	if op.Kind == MembersRemoveWhere {
		op.Unmatched = p.noMember(path)
	}
	return op
}

// membersSelected is the removal of the members that where selects. Those that
// it names by their ids need no look at the others.
func membersSelected(where Expr) MemberOp {
	if where == nil {
		return MemberOp{Kind: MembersReplace}
	}
	if members, ok := membersNamed(where, nil); ok {
		return MemberOp{Kind: MembersRemove, Members: members}
	}
	return MemberOp{Kind: MembersRemoveWhere, Where: where}
}

// membersNamed adds the ids that where names, if it does nothing but name ids.
func membersNamed(where Expr, members []Member) ([]Member, bool) {
	switch e := where.(type) {
	case *Or:
		members, ok := membersNamed(e.Left, members)
		if !ok {
			return nil, false
		}
		return membersNamed(e.Right, members)
	case *Compare:
		switch {
		case e.Op != Eq || e.Value.Kind() != String:
		case e.Path.Name == "value":
			return append(members, Member{Value: e.Value.Text()}), true
		case e.Path.Name == "$ref":
			return append(members, Member{Value: idIn(e.Value.Text())}), true
		}
	}
	return nil, false
}
