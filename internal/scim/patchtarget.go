package scim

import "airmock/internal/nearest"

// target takes in one operation on one target: as a change of the body, of the
// members, or as nothing where the service provider keeps no such value.
func (p *patchReader) target(op patchOp, path Path, value *Value) error {
	switch {
	case path.Name == "":
		return p.schemaTarget(op, path, value)
	case path.isSchemas() && op != opRemove:
		return nil // schemas follows from the attributes that are there
	case path.isReadOnly():
		return mutabilityError(path)
	case p.rt.isMembers(path):
		return p.membersTarget(op, path, value)
	case path.isRef():
		return p.refTarget(op, path, value)
	case path.Filter != nil && path.attr != nil && !path.attr.MultiValued:
		return Errorf(InvalidPath, "%s has one value, so none can be selected; write %s without brackets", path.Name, path.Name)
	case op == opRemove:
		return p.removeTarget(path, value)
	}
	canon, err := p.canonical(path, added(op, path, value))
	if err != nil {
		return err
	}
	if canon.Kind() == Null {
		return p.unassign(op, path)
	}
	p.add(op, path, canon)
	return nil
}

// added returns value as a list where it is one value that is added to an
// attribute with several: RFC 7644 section 3.5.2.1 has "a new value is added"
// and a JSON object for it, so that this is no departure in either profile.
func added(op patchOp, path Path, value *Value) *Value {
	if op == opAdd && path.isList() && isOne(value) {
		return NewArray(value)
	}
	return value
}

// isOne reports whether v is one value: no list, and not unassigned.
func isOne(v *Value) bool { return v.Kind() != Array && v.Kind() != Null && !isEmptyText(v) }

func (p *patchReader) add(op patchOp, path Path, value *Value) {
	p.changes = append(p.changes, change{op: op, path: path, value: value, index: p.index})
}

// schemaTarget is an operation on all attributes of a schema.
func (p *patchReader) schemaTarget(op patchOp, path Path, value *Value) error {
	switch {
	case path.URN == "" && op == opRemove:
		return Errorf(NoTarget, "a remove needs a path that says which attribute to remove")
	case path.URN != "" && (op == opRemove || value.Kind() == Null):
		p.add(opRemove, path, nil)
		return nil
	}
	return p.spread(op, path.URN, value)
}

// unassign is an add or a replace with a value that means "none". Adding none
// to values is nothing; every other target loses its value (RFC 7643 section
// 2.5).
func (p *patchReader) unassign(op patchOp, path Path) error {
	if path.whole() && p.rt.requires(path.URN, path.attr) {
		return Errorf(InvalidValue, "%s is required; it cannot be empty", path.AttrPath)
	}
	if op == opAdd && path.isList() {
		return nil
	}
	p.add(opRemove, path, nil)
	return nil
}

// removeTarget is a remove. Entra names the values to remove beside the path,
// which RFC 7644 section 3.5.2.2 does not know.
func (p *patchReader) removeTarget(path Path, value *Value) error {
	if path.whole() && p.rt.requires(path.URN, path.attr) {
		return Errorf(Mutability, "%s is required and cannot be removed; replace it", path.AttrPath)
	}
	if value.Kind() == Null {
		p.add(opRemove, path, nil)
		return nil
	}
	if err := p.r.forgive(QuirkRemoveWithValue, func() *Error { return removeWithValue(path) }); err != nil {
		return err
	}
	if !path.whole() || path.attr != nil && !path.attr.MultiValued {
		p.add(opRemove, path, nil) // there is one value, whatever it is said to be
		return nil
	}
	canon, err := canonical(path.attr, value, path.String(), p.r)
	if err != nil {
		return err
	}
	if !canon.IsEmpty() { // removing none of the values is nothing
		p.add(opRemove, path, canon)
	}
	return nil
}

func removeWithValue(path Path) *Error {
	return Errorf(InvalidValue, `a remove has no value; select what to remove in the path: %s[value eq "…"]`, path.Name)
}

// canonical brings the value for a target into canonical form.
func (p *patchReader) canonical(path Path, value *Value) (*Value, error) {
	at := path.String()
	switch def := path.attr; {
	case path.Sub != "":
		return canonical(path.Def, value, at, p.r)
	case path.Filter != nil:
		return p.selected(def, value, at)
	case def != nil && def.Type == "complex" && !def.MultiValued && value.Kind() == Object && !namesLink(def, value):
		return p.parts(def, value, at)
	default:
		return canonical(def, value, at, p.r)
	}
}

// selected is canonical for one value of a multi-valued attribute.
func (p *patchReader) selected(def *Attribute, value *Value, at string) (*Value, error) {
	if value.Kind() == Array && value.Len() == 1 {
		err := p.r.forgive(QuirkSingleAsArray, func() *Error {
			return Errorf(InvalidValue, "%s selects single values; send one without the brackets around it", at)
		})
		if err != nil {
			return nil, err
		}
		value = value.firstChild()
	}
	if def == nil {
		return value, nil
	}
	if def.Type == "complex" && value.Kind() == Object {
		return p.parts(def, value, at)
	}
	return canonicalOne(def, value, at, p.r)
}

// parts brings the sub-attributes of a value into canonical form, one by one:
// those that a PATCH does not name stay as they are (RFC 7644 section
// 3.5.2.3), and one that is null becomes unassigned.
func (p *patchReader) parts(def *Attribute, value *Value, at string) (*Value, error) {
	if err := readRef(def, value, p.r); err != nil {
		return nil, locate(err, at)
	}
	out := NewObject()
	for name, v := range value.Members() {
		sub := def.Sub(name)
		if sub.isReadOnly() {
			p.r.Note(QuirkReadOnlySent)
			continue
		}
		if sub == nil {
			err := p.r.forgive(QuirkUnknownAttribute, func() *Error {
				return Errorf(InvalidPath, "%s has no sub-attribute %s%s",
					at, excerpt(name), nearest.Hint(name, attributeNames(def.SubAttributes)))
			})
			if err != nil {
				return nil, err
			}
			out.Set(name, v)
			continue
		}
		canon, err := canonical(sub, v, at+"."+sub.Name, p.r)
		if err != nil {
			return nil, err
		}
		out.Set(sub.Name, canon)
	}
	return out, nil
}

// isList reports whether p names an attribute or a sub-attribute that has a list
// of values, with all of them.
func (p *Path) isList() bool {
	return p.Def != nil && p.Def.MultiValued && (p.Sub != "" || p.Filter == nil)
}

// whole reports whether p names an attribute with all its values.
func (p *Path) whole() bool { return p.Sub == "" && p.Filter == nil }

func (p *Path) isSchemas() bool { return p.URN == "" && p.whole() && p.Name == "schemas" }

// isReadOnly reports whether p, or the attribute that it is a part of, is the
// service provider's to set.
func (p *Path) isReadOnly() bool { return p.attr.isReadOnly() || p.Def.isReadOnly() }

func mutabilityError(path Path) *Error {
	return Errorf(Mutability, "%s is read-only; leave it out", path)
}

// isMembers reports whether path names a group's members, which its body does
// not hold.
func (rt *ResourceType) isMembers(path Path) bool {
	return rt.HasMembers() && path.URN == "" && path.Name == "members"
}
