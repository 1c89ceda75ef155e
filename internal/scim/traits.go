package scim

import "slices"

// traits are what the schemas of a resource type ask of every write and
// answer, worked out once, so that a type which asks for nothing pays nothing.
type traits struct {
	immutable bool        // some attribute, or sub-attribute, is immutable
	unique    []AttrPath  // see UniqueAttributes
	secrets   []AttrPath  // attributes whose value is never shown, see Draft.Secrets
	whole     *Projection // of an answer to a request that asks for no certain attributes
}

func (rt *ResourceType) traits() *traits {
	if rt.known != nil {
		return rt.known
	}
	t := &traits{whole: &Projection{rt: rt}}
	t.add("", rt.Schema.Attributes, rt.HasMembers())
	for _, ext := range rt.Extensions {
		t.add(ext.Schema.ID, ext.Schema.Attributes, false)
	}
	return t
}

// add looks at the attributes of a schema. Members are no part of a body, and
// what is readOnly is not written; of both it counts only when they are shown.
func (t *traits) add(urn string, attrs []*Attribute, hasMembers bool) {
	t.whole.hides = t.whole.hides || slices.ContainsFunc(attrs, (*Attribute).hidesSome)
	for _, a := range attrs {
		if a.isSecret() {
			t.secrets = append(t.secrets, AttrPath{URN: urn, Name: a.Name, Def: a})
		}
		if a.isReadOnly() || a.isSecret() || hasMembers && a.Name == "members" {
			continue
		}
		path := AttrPath{URN: urn, Name: a.Name, Def: a}
		t.look(path)
		for _, sub := range a.SubAttributes {
			if !sub.isReadOnly() && !sub.isSecret() {
				t.look(AttrPath{URN: urn, Name: a.Name, Sub: sub.Name, Def: sub})
			}
		}
	}
}

func (t *traits) look(path AttrPath) {
	a := path.Def
	t.immutable = t.immutable || a.isImmutable()
	if a.Uniqueness != "server" && a.Uniqueness != "global" {
		return
	}
	if value := a.Sub("value"); value != nil { // of a complex one, its values
		path.Sub, path.Def = value.Name, value
	}
	if !slices.ContainsFunc(t.unique, func(p AttrPath) bool { return p.String() == path.String() }) {
		t.unique = append(t.unique, path)
	}
}

// hidesSome reports whether a, or one of its sub-attributes, is returned on
// request alone.
func (a *Attribute) hidesSome() bool {
	return a.Returned == "request" || slices.ContainsFunc(a.SubAttributes, (*Attribute).hidesSome)
}

// UniqueAttributes lists the attributes and sub-attributes of which no two
// resources of this type may have the same value (RFC 7643 section 7,
// "uniqueness": server and global), but for id, which the service provider
// makes. Of a complex attribute it is the sub-attribute value, where there is
// one. The list is not to be changed.
func (rt *ResourceType) UniqueAttributes() []AttrPath { return rt.traits().unique }

// ValuesIn returns the values of the attribute or sub-attribute at p in a
// body, one by one.
func (p *AttrPath) ValuesIn(body *Value) []*Value {
	var values []*Value
	for v := range p.find(body).Elements() {
		if p.Sub != "" {
			v = v.Get(p.Sub)
		}
		if !v.IsEmpty() {
			values = append(values, v)
		}
	}
	return values
}

// Key returns a text that two values of attribute a have in common if they are
// the same value: dateTimes by the instant, numbers by what they amount to.
// Where a is not caseExact the text still has to be compared without case.
func (a *Attribute) Key(v *Value) string {
	switch {
	case v.Kind() == Number:
		d := parseDecimal(v.text)
		return d.String()
	case v.Kind() == Object || v.Kind() == Array:
		return v.String()
	case a.Type == "dateTime":
		if t, err := parseInstant(v.Text()); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
		}
	}
	return v.Text()
}

// IsCaseExact reports whether two texts that differ in case are two values of
// a. References and binary data have no other way to be told apart (RFC 7643
// sections 2.3.6 and 2.3.7).
func (a *Attribute) IsCaseExact() bool {
	return a.CaseExact || a.Type == "reference" || a.Type == "binary"
}

// same reports whether x and y are one value of attribute a, which may have a
// list of them, in any order.
func (a *Attribute) same(x, y *Value) bool {
	if x.Kind() == Array || y.Kind() == Array {
		return x.Len() == y.Len() && a.containsAll(x, y) && a.containsAll(y, x)
	}
	if x.Kind() != y.Kind() {
		return false
	}
	if x.Kind() == Object {
		return a.sameParts(x, y)
	}
	return compareText(a.Key(x), a.Key(y), a.IsCaseExact()) == 0
}

func (a *Attribute) containsAll(x, y *Value) bool {
	for e := range y.Elements() {
		found := false
		for c := range x.Elements() {
			found = found || a.same(c, e)
		}
		if !found {
			return false
		}
	}
	return true
}

// sameParts is same for two complex values.
func (a *Attribute) sameParts(x, y *Value) bool {
	for name, v := range y.Members() {
		sub := a.Sub(name)
		if w := x.Get(name); w == nil || sub == nil && !Equal(v, w) || sub != nil && !sub.same(v, w) {
			return false
		}
	}
	return x.Len() == y.Len()
}
