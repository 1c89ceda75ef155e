package journal

import (
	"bytes"
	"strings"

	"airmock/internal/scim"
)

// NameAsked notes the names of the members that the body of a PATCH asks to add
// or remove, where it moved none, so that its story can say who they are. nameOf
// returns the name behind an id, or "". The body is parsed again, since reading a
// call's Doc uses it up.
func (e *Effect) NameAsked(body []byte, nameOf func(id string) string) {
	if e.AddedN+e.RemovedN > 0 || len(body) > MaxBody || !bytes.Contains(bytes.ToLower(body), []byte("members")) {
		return
	}
	patch, err := scim.Parse(body)
	if err != nil {
		return
	}
	for op := range patch.Get("Operations").Elements() {
		list := &e.Added
		if strings.EqualFold(op.Get("op").Text(), "remove") {
			list = &e.Removed
		}
		for id := range membersAsked(op) {
			name := nameOf(id)
			if name == "" {
				name = id
			}
			if *list = append(*list, name); len(*list) == maxList {
				return
			}
		}
	}
}

// membersAsked iterates over the ids of the members that an operation of a PATCH
// names, in the shapes in which clients name them.
func membersAsked(op *scim.Value) func(yield func(id string) bool) {
	return func(yield func(id string) bool) {
		path, value := op.Get("path").Text(), op.Get("value")
		const members = "members"
		switch {
		case path == "":
			value = value.Get(members)
		case len(path) < len(members) || !strings.EqualFold(path[:len(members)], members):
			return
		case len(path) > len(members): // members[value eq "id"]
			if _, literal, ok := strings.Cut(path, `"`); ok {
				id, _, _ := strings.Cut(literal, `"`)
				yield(id)
			}
			return
		}
		if value.Kind() != scim.Array {
			if id := memberID(value); id != "" {
				yield(id)
			}
			return
		}
		for e := range value.Elements() {
			if id := memberID(e); id != "" && !yield(id) {
				return
			}
		}
	}
}

// memberID is the id of a member: a text, or the value of an object.
func memberID(v *scim.Value) string {
	if v.Kind() == scim.Object {
		v = v.Get("value")
	}
	if v.Kind() != scim.String {
		return ""
	}
	return v.Text()
}
