package scim

// Replace makes a draft that ReadResource made of a PUT the successor of the
// resource whose stored image is given, by what RFC 7644 section 3.5.1 says of
// attributes that are immutable: one that has a value keeps it where the draft
// leaves it out, and refuses any other; one that has none takes the draft's.
// The error is then an *Error with type mutability.
func (rt *ResourceType) Replace(image []byte, d Draft) (Draft, error) {
	if !rt.traits().immutable {
		return d, nil
	}
	cur, err := rt.Body(image)
	if err != nil {
		return Draft{}, err
	}
	if err := rt.keepImmutable(cur, d.Body, true); err != nil {
		return Draft{}, err
	}
	rt.tidy(d.Body)
	return d, rt.check(d.Body)
}

// keepImmutable holds the body after a write against the one before it. An
// immutable attribute keeps its very value: one that differs only where the
// attribute makes no difference, as in case, is the same. Where fill is set,
// one that is missing after is taken from before; else that is its removal.
//
// Values of a multi-valued attribute may come and go as a whole, as members
// do, whatever is immutable in them; see change.keepsImmutable.
func (rt *ResourceType) keepImmutable(before, after *Value, fill bool) error {
	if err := keepImmutable(rt.Schema.Attributes, before, after, fill); err != nil {
		return err
	}
	for _, ext := range rt.Extensions {
		id := ext.Schema.ID
		was, is := before.Get(id), after.Get(id)
		if was == nil {
			continue
		}
		if is == nil {
			is = NewObject()
		}
		if err := keepImmutable(ext.Schema.Attributes, was, is, fill); err != nil {
			return locate(err, id+":")
		}
		if after.Get(id) == nil && is.firstChild() != nil {
			after.Set(id, is)
		}
	}
	return nil
}

func keepImmutable(attrs []*Attribute, before, after *Value, fill bool) error {
	for _, a := range attrs {
		was, is := before.Get(a.Name), after.Get(a.Name)
		switch {
		case was.IsEmpty():
		case a.isImmutable() && (!is.IsEmpty() || !fill) && !a.same(is, was):
			return immutableError(a, was)
		case a.isImmutable():
			after.Set(a.Name, was)
		case a.Type == "complex" && !a.MultiValued && is.Kind() == Object:
			if err := keepImmutable(a.SubAttributes, was, is, fill); err != nil {
				return locate(err, a.Name+".")
			}
		}
	}
	return nil
}

func immutableError(a *Attribute, was *Value) *Error {
	return Errorf(Mutability, "%s is immutable and has the value %s already; leave it as it is, or out", a.Name, brief(was))
}

// with is the change for one of its values.
func (c *change) with(value *Value) *change {
	one := *c
	one.value = value
	return &one
}

// keepsImmutable reports whether the change leaves the sub-attributes of one
// value of a multi-valued attribute as they are that are immutable and have a
// value.
func (c *change) keepsImmutable(el *Value) error {
	if c.path.attr == nil || el.Kind() != Object {
		return nil
	}
	keeps := func(name string, is *Value) error {
		sub, was := c.path.attr.Sub(name), el.Get(name)
		if !sub.isImmutable() || was.IsEmpty() || c.op != opRemove && sub.same(is, was) {
			return nil
		}
		return locate(immutableError(sub, was), c.path.Name+".")
	}
	if c.path.Sub != "" {
		return keeps(c.path.Sub, c.value)
	}
	if c.op == opRemove {
		return nil // the value goes as a whole
	}
	for name, is := range c.value.Members() {
		if err := keeps(name, is); err != nil {
			return err
		}
	}
	return nil
}
