package scim

import (
	"iter"
	"strings"
)

// userPatch names a PATCH on a user by what it makes of active: Entra disables
// and restores users so.
func userPatch(doc *Value) Operation {
	o := OpUserPatch
	for t := range touches(doc) {
		if !strings.EqualFold(t.path, "active") || t.op == opRemove {
			continue
		}
		switch active, ok := truth(t.value); {
		case ok && active:
			o = OpUserEnable
		case ok:
			o = OpUserDisable
		}
	}
	return o
}

// truth reads a boolean as Entra writes it: false, "False", "false".
func truth(v *Value) (value, ok bool) {
	for el := range v.Elements() {
		yes := strings.EqualFold(el.Text(), "true")
		return yes, yes || strings.EqualFold(el.Text(), "false")
	}
	return false, false
}

// groupPatch names a PATCH on a group: a change of members where it is nothing
// else, and either adds or removes.
func groupPatch(doc *Value) Operation {
	var adds, removes bool
	for t := range touches(doc) {
		name := t.path[:min(len(t.path), len("members"))]
		rest := t.path[len(name):]
		if !strings.EqualFold(name, "members") || rest != "" && rest[0] != '[' && rest[0] != ' ' {
			return OpGroupPatch
		}
		if t.op == opRemove || t.op == opReplace && t.value.IsEmpty() {
			removes = true
			continue
		}
		adds = true
	}
	switch {
	case adds == removes:
		return OpGroupPatch
	case adds:
		return OpGroupMemberAdd
	}
	return OpGroupMemberRemove
}

// touch is one target of a PATCH that has not been read: where the operation
// has no path, a member of its value.
type touch struct {
	op    patchOp
	path  string // without the URN of a core schema
	value *Value
}

// touches iterates over the targets of a PATCH body, whatever shape it has.
func touches(doc *Value) iter.Seq[touch] {
	return func(yield func(touch) bool) {
		for op := range doc.Get("Operations").Elements() {
			kind := patchOp(strings.ToLower(op.Get("op").Text()))
			path := strings.TrimSpace(op.Get("path").Text())
			if !yieldTouches(touch{kind, path, op.Get("value")}, yield) {
				return
			}
		}
	}
}

// yieldTouches yields t, or what its value holds where t is the resource
// itself. It reports whether to go on.
func yieldTouches(t touch, yield func(touch) bool) bool {
	for _, core := range [...]Schema{{ID: URNUser}, {ID: URNGroup}} {
		if sameName(t.path, core.ID) || core.isMistyped(t.path) {
			t.path = ""
		} else if _, rest, ok := core.cutURN(t.path); ok {
			t.path = rest
		} else if _, rest, ok := core.cutMistyped(t.path); ok {
			t.path = rest
		}
	}
	if t.path != "" || t.value.Kind() != Object {
		return t.path == "" || yield(t)
	}
	for name, v := range t.value.Members() {
		if !yieldTouches(touch{t.op, name, v}, yield) {
			return false
		}
	}
	return true
}
