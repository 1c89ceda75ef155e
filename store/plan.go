package store

import (
	"fmt"
	"strings"

	"airmock/internal/scim"
)

// The plans below run inside the writer. Each looks at the state through the
// batch, which has the operations before it, and returns what it would change;
// none changes anything itself.

func (s *Store) planCreate(b *batch, d *delta, t *table, draft scim.Draft) (Change, error) {
	id := s.opts.NewID()
	if id == "" || strings.ContainsAny(id, ":\n") {
		return Change{}, fmt.Errorf("store: %q cannot be an id; ids are not empty and have no colon", id)
	}
	if b.resource(id) != nil {
		return Change{}, fmt.Errorf("store: the new id %q is taken already", id)
	}
	return planPut(b, d, t, nil, id, draft)
}

func planUpdate(b *batch, d *delta, t *table, id string, edit func(*Resource) (scim.Draft, error)) (Change, error) {
	cur, err := b.find(t, id)
	if err != nil {
		return Change{}, err
	}
	draft, err := edit(cur)
	if err != nil {
		return Change{}, err
	}
	return planPut(b, d, t, cur, id, draft)
}

// planPut makes draft the next version of cur, or with a nil cur a new
// resource.
func planPut(b *batch, d *delta, t *table, cur *Resource, id string, draft scim.Draft) (Change, error) {
	if len(draft.Members) > 0 && t.prefix != groupPrefix {
		return Change{}, fmt.Errorf("store: a %s has no members", t.rt.Name)
	}
	added, removed, err := editMembers(b, id, draft.Members)
	if err != nil {
		return Change{}, err
	}
	next, text := t.version(cur, id, draft.Body, d, len(added)+len(removed) > 0)
	if next == cur {
		return Change{Before: cur, After: cur}, nil
	}
	if err := checkName(b, t, cur, next); err != nil {
		return Change{}, err
	}
	d.resources = append(d.resources, transition{before: cur, after: next, record: text})
	for _, member := range added {
		d.members = append(d.members, membership{group: id, member: member, seq: d.nextSeq()})
	}
	for _, member := range removed {
		d.members = append(d.members, membership{group: id, member: member})
	}
	return Change{Before: cur, After: next, Added: added, Removed: removed}, nil
}

// checkName refuses a unique name that another resource has. A name that a
// resource had before is not checked again: should a file ever hold it twice,
// both resources can still be changed.
func checkName(b *batch, t *table, cur, next *Resource) error {
	if !t.unique || next.Name == "" || cur != nil && fold(cur.Name) == fold(next.Name) {
		return nil
	}
	holder := b.holder(t, next.Name, next.ID)
	if holder == nil {
		return nil
	}
	return &ConflictError{Type: t.rt.Name, Attribute: t.nameAttr, Value: next.Name, Holder: holder.ID}
}

func planDelete(b *batch, d *delta, t *table, id string, check func(*Resource) error) (Change, error) {
	cur, err := b.find(t, id)
	if err != nil {
		return Change{}, err
	}
	if check != nil {
		if err := check(cur); err != nil {
			return Change{}, err
		}
	}
	left, unlinked, err := b.release(d, id)
	if err != nil {
		return Change{}, err
	}
	for _, member := range b.membersOf(id) {
		d.members = append(d.members, membership{group: id, member: member})
	}
	d.resources = append(d.resources, transition{before: cur})
	return Change{Before: cur, Left: left, Unlinked: unlinked}, nil
}

// find returns the version of a resource of table t that stands after the
// batch.
func (b *batch) find(t *table, id string) (*Resource, error) {
	r := b.resource(id)
	if r == nil || r.Type.Name != t.rt.Name {
		return nil, fmt.Errorf("%s %q: %w", t.rt.Name, id, ErrNotFound)
	}
	return r, nil
}
