package store

import (
	"fmt"
	"strings"

	"airmock/internal/scim"
)

// The plans below run inside the writer. Each looks at the state through the
// batch, which has the operations before it, and returns what it would change;
// none changes anything itself.

func planCreate(b *batch, d *delta, t *table, id string, draft scim.Draft) (Change, error) {
	if err := checkNewID(b, d, id); err != nil {
		return Change{}, err
	}
	return planPut(b, d, t, nil, id, draft)
}

func checkNewID(b *batch, d *delta, id string) error {
	if id == "" || strings.ContainsAny(id, ":\n") || fold(id) != id {
		return fmt.Errorf("store: %q cannot be an id; ids are not empty, in lower case and have no colon", id)
	}
	if b.resource(id) != nil || d.news[id] != nil {
		return fmt.Errorf("store: the new id %q is taken already", id)
	}
	return nil
}

// planCreateAll plans resources that may have each other as members: first
// they all come into being, each without members, then they get these. Where
// one cannot be, failed is its index.
func planCreateAll(b *batch, d *delta, news []Creation) (changes []Change, failed int, err error) {
	changes = make([]Change, len(news))
	d.news = make(map[string]*Resource, len(news))
	for i, n := range news {
		t, err := b.model.table(n.Type)
		if err != nil {
			return nil, i, err
		}
		if changes[i], err = planCreate(b, d, t, n.ID, scim.Draft{Body: n.Draft.Body}); err != nil {
			return nil, i, err
		}
		d.news[n.ID] = changes[i].After
	}
	for i, n := range news {
		steps, err := planMembers(b, d, n.Type, n.ID, n.Draft.Members)
		if err != nil {
			return nil, i, err
		}
		changes[i].addMembers(steps)
		d.addMembers(b, n.ID, steps)
	}
	return changes, -1, nil
}

// planMembers returns what a draft does to the members of a resource.
func planMembers(b *batch, d *delta, rt *scim.ResourceType, id string, ops []scim.MemberOp) ([]memberStep, error) {
	if len(ops) > 0 && !rt.HasMembers() {
		return nil, fmt.Errorf("store: a %s has no members", rt.Name)
	}
	return editMembers(b, d, rt, id, ops)
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
	steps, err := planMembers(b, d, t.rt, id, draft.Members)
	if err != nil {
		return Change{}, err
	}
	next, stored := t.version(cur, id, draft.Body, d, len(steps) > 0)
	if next == cur {
		return Change{Before: cur, After: cur}, nil
	}
	if err := checkName(b, d, t, cur, next); err != nil {
		return Change{}, err
	}
	if err := checkUniques(b, d, t, cur, id, draft.Body); err != nil {
		return Change{}, err
	}
	d.resources = append(d.resources, transition{before: cur, after: next, stored: stored})
	d.addMembers(b, id, steps)
	change := Change{Before: cur, After: next}
	change.addMembers(steps)
	return change, nil
}

// checkName refuses a unique name that another resource has. A name that a
// resource had before is not checked again: should a file ever hold it twice,
// both resources can still be changed.
func checkName(b *batch, d *delta, t *table, cur, next *Resource) error {
	if !t.unique || next.Name == "" || cur != nil && t.nameKey(cur.Name) == t.nameKey(next.Name) {
		return nil
	}
	holder := b.holder(t, next.Name, next.ID)
	if holder == nil {
		holder = d.holder(t, next.Name)
	}
	if holder == nil {
		return nil
	}
	return &ConflictError{Type: t.rt.Name, Attribute: t.nameAttr, Value: next.Name, Holder: holder.ID}
}

// nameKey is the same for names that count as one.
func (t *table) nameKey(name string) string {
	if t.caseExact {
		return name
	}
	return fold(name)
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
