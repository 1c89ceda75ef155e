package scim

import "iter"

// Raw is a value of a stored image, or a part of one, as it stands there:
// compact JSON; nil for none. For whoever looks at a few values of a million
// images it is a tenth of what a Value is, as it makes no nodes. Its methods
// answer as those of the Value with the same names would.
type Raw []byte

// PickMembers finds the members of image with these names: found, which is as
// long as names, gets the value of each at the name's place, nil for none. It
// is false for what is no image.
func PickMembers(found []Raw, image []byte, names []string) bool {
	clear(found)
	return eachMember(image, func(m member) bool {
		for i, name := range names {
			if found[i] == nil && sameName(name, m.name) {
				found[i] = m.value
			}
		}
		return true
	})
}

// member is a member of an object, as it stands in an image.
type member struct {
	name  string // as it is written, which is as it is read where it has no escapes
	value Raw
	text  []byte // the whole of it
}

// eachMember calls fn with the members of an object until it returns false. It
// is false itself for what is no object.
func eachMember(object []byte, fn func(member) bool) bool {
	if string(object) == "{}" {
		return true
	}
	for at := 1; ; at++ {
		colon := skipValue(object, at)
		if colon < 0 || colon == len(object) || object[at] != '"' {
			return false
		}
		end := skipValue(object, colon+1)
		if end < 0 || end == len(object) {
			return false
		}
		if !fn(member{textOf(object[at+1 : colon-1]), object[colon+1 : end], object[at:end]}) {
			return true
		}
		if at = end; object[at] != ',' {
			return true
		}
	}
}

// Text is the text of a string, a boolean or a number, else "". It shares the
// memory of r, unless r has escapes.
func (r Raw) Text() string {
	if len(r) == 0 {
		return ""
	}
	switch r[0] {
	case '"':
		return unquote(textOf(r))
	case '{', '[', 'n':
		return ""
	}
	return textOf(r)
}

// Bool returns a boolean, and whether r is one.
func (r Raw) Bool() (value, ok bool) {
	value = string(r) == "true"
	return value, value || string(r) == "false"
}

// IsEmpty reports whether r says that there is no value.
func (r Raw) IsEmpty() bool {
	return len(r) == 0 || string(r) == "null" || string(r) == "[]"
}

// IsObject reports whether r is an object.
func (r Raw) IsObject() bool { return len(r) > 0 && r[0] == '{' }

// Get returns the member of an object with that name, whatever its case.
func (r Raw) Get(name string) (found Raw) {
	if r.IsObject() {
		eachMember(r, func(m member) bool {
			if sameName(m.name, name) {
				found = m.value
			}
			return found == nil
		})
	}
	return found
}

// Elements yields the elements of an array, and anything else but null by
// itself.
func (r Raw) Elements() iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		if r.IsEmpty() {
			return
		}
		if r[0] != '[' {
			yield(r)
			return
		}
		for at := 1; ; at++ {
			end := skipValue(r, at)
			if end < 0 || end == len(r) || !yield(r[at:end]) || r[end] != ',' {
				return
			}
			at = end
		}
	}
}
