package scim

import (
	"slices"
	"strings"
)

// addValues adds the change's values to a multi-valued attribute, or makes
// them the only ones. A value that is there already is not added again (RFC
// 7644 section 3.5.2.1).
func (c *change) addValues(holder *Value) error {
	list := NewArray()
	if c.op == opAdd {
		list = valuesOf(holder, c.path.Name)
	}
	def := c.path.attr
	known := make(map[identity]*Value)
	for el := range list.Elements() {
		known[def.identityOf(el)] = el
	}
	var primary *Value
	for v := range c.value.Elements() {
		id := def.identityOf(v)
		el := known[id]
		if el == nil {
			list.Append(v.Clone())
			el = list.tail
			known[id] = el
		} else {
			if err := c.with(v).keepsImmutable(el); err != nil {
				return err
			}
			merge(el, v)
		}
		if el.Get("primary").IsTrue() {
			primary = el
		}
	}
	return c.store(holder, list, primary)
}

// removeValues removes the values that the change lists.
func (c *change) removeValues(holder *Value) {
	holder.Get(c.path.Name).DeleteFunc(func(el *Value) bool {
		for v := range c.value.Elements() {
			if c.path.attr.covers(v, el) {
				return true
			}
		}
		return false
	})
}

// applyToValues changes the values that the path selects, or one of their
// sub-attributes.
func (c *change) applyToValues(holder *Value, r *Reading) error {
	list := valuesOf(holder, c.path.Name)
	matched := false
	var primary *Value
	var failure error
	list.DeleteFunc(func(el *Value) bool {
		if failure != nil || c.path.Sub != "" && el.Kind() != Object || !Match(c.path.Filter, el) {
			return false
		}
		matched = true
		if failure = c.keepsImmutable(el); failure != nil {
			return false
		}
		if c.op == opRemove {
			return c.removeFrom(el)
		}
		c.assignTo(el)
		if el.Get("primary").IsTrue() {
			primary = el
		}
		return false
	})
	switch {
	case failure != nil:
		return failure
	case matched:
		return c.store(holder, list, primary)
	}
	if c.op == opRemove {
		return c.unmatched(r)
	}
	el, err := c.upsert(r)
	if err != nil {
		return err
	}
	list.Append(el)
	if el.Get("primary").IsTrue() {
		primary = list.tail
	}
	return c.store(holder, list, primary)
}

// store puts list into its place. primary, where not nil, is the value that
// the change made or found primary: the others then are not (RFC 7644 section
// 3.5.2).
func (c *change) store(holder, list, primary *Value) error {
	n := 0
	for el := range list.Elements() {
		n++
		if primary != nil && el != primary && el.Get("primary").IsTrue() {
			el.Set("primary", NewBool(false))
		}
	}
	if n > maxValues && c.op != opRemove {
		return Errorf(InvalidValue, "%s would have %d values; the limit is %d", c.path.Name, n, maxValues)
	}
	holder.Set(c.path.Name, list)
	return nil
}

// unmatched is a remove that has nothing to remove. RFC 7644 section 3.12 has
// noTarget for a path whose filter selects nothing; to Entra, what is to be
// gone and is not there is done.
func (c *change) unmatched(r *Reading) error {
	if c.path.Filter == nil {
		return nil
	}
	return r.forgive(QuirkRemoveUnmatched, c.noTarget)
}

func (c *change) noTarget() *Error {
	return Errorf(NoTarget, "no value of %s matches %s", c.path.Name, c.path)
}

// upsert makes the value that the path's filter describes but that is not
// there. Entra expects so; RFC 7644 section 3.5.2.3 wants noTarget.
func (c *change) upsert(r *Reading) (*Value, error) {
	el := NewObject()
	if c.path.attr != nil && c.path.attr.Type != "complex" || !describes(c.path.Filter, el) {
		return nil, c.noTarget()
	}
	c.assignTo(el)
	if !Match(c.path.Filter, el) { // the change undoes what the filter asks for
		return nil, c.noTarget()
	}
	return el, r.forgive(QuirkUpsertByFilter, c.noTarget)
}

// describes gives el what the filter asks for, if that says what a value is:
// equalities that all have to hold.
func describes(filter Expr, el *Value) bool {
	switch e := filter.(type) {
	case nil:
		return true
	case *And:
		return describes(e.Left, el) && describes(e.Right, el)
	case *Compare:
		if e.Op != Eq || e.Value.Kind() == Null {
			return false
		}
		el.Set(e.Path.Name, e.Value)
		return true
	}
	return false
}

// assignTo gives one value, or its sub-attribute, what the change holds.
func (c *change) assignTo(el *Value) {
	switch {
	case c.path.Sub != "":
		c.setSub(el)
	case el.Kind() == Object && c.value.Kind() == Object:
		merge(el, c.value)
	default:
		el.assign(c.value.Clone())
	}
}

// removeFrom takes the sub-attribute from one value and reports whether the
// whole value goes: because it is what the path names, or because nothing but
// its label would be left.
func (c *change) removeFrom(el *Value) bool {
	if c.path.Sub == "" {
		return true
	}
	el.Delete(c.path.Sub)
	for name := range el.Members() {
		if !strings.EqualFold(name, "type") && !strings.EqualFold(name, "primary") {
			return false
		}
	}
	return true
}

// valuesOf returns the list of an attribute's values, empty where there is
// none.
func valuesOf(holder *Value, name string) *Value {
	v := holder.Get(name)
	if v.Kind() == Array {
		return v
	}
	return NewArray(slices.Collect(v.Elements())...)
}
