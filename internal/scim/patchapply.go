package scim

// Apply changes body, which Body returned, by the patch's operations in order,
// and returns the draft of what it becomes. On an error body is undefined and
// nothing may be stored: all operations or none.
//
// Quirks that show only against the current state (upsert-by-filter) are noted
// on r.
func (p *Patch) Apply(body *Value, r *Reading) (Draft, error) {
	var before *Value // where something in it is immutable
	if p.rt.traits().immutable {
		before = body.Clone()
	}
	for i := range p.changes {
		c := &p.changes[i]
		if err := c.apply(body, r); err != nil {
			return Draft{}, inOperation(c.index, err)
		}
	}
	draft := Draft{Body: body, Members: p.members, Secrets: p.rt.secretsIn(body)}
	p.rt.tidy(body)
	if before != nil {
		if err := p.rt.keepImmutable(before, body, false); err != nil {
			return Draft{}, err
		}
	}
	if err := p.rt.check(body); err != nil {
		return Draft{}, err
	}
	return draft, nil
}

func (c *change) apply(body *Value, r *Reading) error {
	if c.path.Name == "" { // a whole extension, which can only be removed
		body.Delete(c.path.URN)
		return nil
	}
	holder := c.holder(body)
	switch {
	case holder == nil: // a remove from an extension that is not there
		return c.unmatched(r)
	case c.path.Filter != nil, c.path.Sub != "" && c.multiValued(holder):
		return c.applyToValues(holder, r)
	case c.path.Sub != "":
		c.applyToSub(holder)
	case c.value == nil:
		holder.Delete(c.path.Name)
	case c.op == opRemove:
		c.removeValues(holder)
	case c.multiValued(holder):
		return c.addValues(holder)
	default:
		c.assign(holder)
	}
	return nil
}

// holder returns the object that has the target's attribute: body, or the
// extension, which is made where there is something to put in.
func (c *change) holder(body *Value) *Value {
	if c.path.URN == "" {
		return body
	}
	ext := body.Get(c.path.URN)
	if ext == nil && c.value != nil && c.op != opRemove {
		body.Set(c.path.URN, NewObject())
		ext = body.Get(c.path.URN)
	}
	return ext
}

// multiValued reports whether the target's attribute has a list of values. The
// value itself tells where no schema does.
func (c *change) multiValued(holder *Value) bool {
	if c.path.attr != nil {
		return c.path.attr.MultiValued
	}
	if c.path.Sub != "" {
		return holder.Get(c.path.Name).Kind() == Array
	}
	return c.value.Kind() == Array
}

// assign gives a single-valued attribute its value. A complex one keeps the
// sub-attributes that the value does not name, but for a link that leads
// elsewhere now.
func (c *change) assign(holder *Value) {
	current := holder.Get(c.path.Name)
	if current.Kind() == Object && c.value.Kind() == Object && (c.path.attr == nil || !namesLink(c.path.attr, c.value)) {
		merge(current, c.value)
		return
	}
	holder.Set(c.path.Name, c.value.Clone())
}

// merge gives target the members of parts; those that are null go.
func merge(target, parts *Value) {
	for name, v := range parts.Members() {
		if v.IsEmpty() {
			target.Delete(name)
			continue
		}
		target.Set(name, v.Clone())
	}
}

// applyToSub changes a sub-attribute of a single-valued attribute. What else a
// link says belongs to the resource that its value names, and goes with it.
func (c *change) applyToSub(holder *Value) {
	current := holder.Get(c.path.Name)
	renamed := c.path.Sub == "value" && c.path.attr != nil && c.path.attr.isLink() && !Equal(current.Get("value"), c.value)
	switch {
	case c.op == opRemove && renamed:
		holder.Delete(c.path.Name)
	case c.op == opRemove:
		current.Delete(c.path.Sub)
	case renamed || current.Kind() != Object:
		object := NewObject()
		object.Set(c.path.Sub, c.value.Clone())
		holder.Set(c.path.Name, object)
	default:
		c.setSub(current)
	}
}

// setSub gives a value its sub-attribute. To one that has a list of values
// itself an add adds those that are not there.
func (c *change) setSub(holder *Value) {
	list := holder.Get(c.path.Sub)
	if c.op != opAdd || list.IsEmpty() || !c.path.isList() {
		holder.Set(c.path.Sub, c.value.Clone())
		return
	}
	known := make(map[identity]bool)
	for el := range list.Elements() {
		known[c.path.Def.identityOf(el)] = true
	}
	for v := range c.value.Elements() {
		if id := c.path.Def.identityOf(v); !known[id] {
			known[id] = true
			list.Append(v.Clone())
		}
	}
}
