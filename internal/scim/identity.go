package scim

import (
	"slices"
	"strings"
)

// identity is equal for two values of a multi-valued attribute that count as
// the same: those with the same value and type, or, where they have no value,
// with the same of everything but primary (RFC 7643 section 2.4).
type identity struct{ kind, value string }

// identityOf returns the identity of one of a's values. Case counts where the
// schema says so; a may be nil.
func (a *Attribute) identityOf(v *Value) identity {
	if v.Kind() != Object {
		return identity{value: a.folded(v)}
	}
	kind := strings.ToLower(v.Get("type").Text())
	if value := v.Get("value"); !value.IsEmpty() {
		return identity{kind, a.Sub("value").folded(value)}
	}
	var parts []string
	for name, x := range v.Members() {
		if !sameName(name, "primary") {
			parts = append(parts, strings.ToLower(name)+":"+a.Sub(name).folded(x))
		}
	}
	slices.Sort(parts)
	return identity{kind, "\x00" + strings.Join(parts, "\x00")} // no JSON begins so
}

// folded returns the JSON of a value of a, in lower case where case does not
// count.
func (a *Attribute) folded(v *Value) string {
	text := v.String()
	if a != nil && a.Type == "string" && !a.CaseExact {
		return strings.ToLower(text)
	}
	return text
}

// covers reports whether el is one of the values that want names: by its value
// and, if given, its type, or else by everything that want says.
func (a *Attribute) covers(want, el *Value) bool {
	same := func(def *Attribute, x, y *Value) bool {
		return x.Kind() == y.Kind() && def.folded(x) == def.folded(y)
	}
	if want.Kind() != Object {
		if el.Kind() == Object {
			return same(a.Sub("value"), want, el.Get("value"))
		}
		return same(a, want, el)
	}
	byValue := !want.Get("value").IsEmpty()
	for name, x := range want.Members() {
		if byValue && !sameName(name, "value") && !sameName(name, "type") {
			continue
		}
		if y := el.Get(name); y == nil || !same(a.Sub(name), x, y) {
			return false
		}
	}
	return want.Len() > 0
}

// mergeSame makes one of those values in list that count as the same: a service
// provider should not return a (type, value) pair twice (RFC 7643 section 2.4).
// What a later one says holds.
func (a *Attribute) mergeSame(list *Value) {
	if a.Type != "complex" || !mayRepeat(list) {
		return
	}
	known := make(map[identity]*Value)
	list.DeleteFunc(func(el *Value) (drop bool) {
		if el.Kind() != Object || el.firstChild() == nil {
			return false
		}
		id := a.identityOf(el)
		if first := known[id]; first != nil {
			merge(first, el)
			sortMembers(a, first)
			return true
		}
		known[id] = el
		return false
	})
}

// mayRepeat is false where a look at value and type shows that a list repeats
// nothing, as most lists do. It allocates nothing.
func mayRepeat(list *Value) bool {
	const few = 8 // beyond, all pairs cost more than a map
	if list.Len() > few {
		return true
	}
	for x := list.firstChild(); x != nil; x = x.next {
		for y := x.next; y != nil; y = y.next {
			if sameText(x.Get("value"), y.Get("value")) && sameText(x.Get("type"), y.Get("type")) {
				return true
			}
		}
	}
	return false
}

// sameText compares the JSON of two scalars without case; absent ones are the
// same.
func sameText(x, y *Value) bool {
	if x == nil || y == nil {
		return x == y
	}
	return strings.EqualFold(x.text, y.text)
}
