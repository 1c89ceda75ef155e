package store

import (
	"fmt"
	"slices"

	"airmock/internal/scim"
)

// moveLinks keeps the index of links true when a node's links change from old
// to next. It finds the resources that have links to an id, whether or not a
// resource has that id.
func (m *model) moveLinks(old, next []scim.Link, n *node) {
	if sameLinks(old, next) {
		return
	}
	for _, l := range old {
		m.linkers.remove(m.key(l.ID), n)
	}
	for _, l := range next {
		m.linkers.add(m.key(l.ID), n)
	}
}

// sameLinks reports whether the same attributes link to the same resources, in the
// same order.
func sameLinks(a, b []scim.Link) bool {
	return slices.EqualFunc(a, b, func(a, b scim.Link) bool { return a.ID == b.ID && a.Def == b.Def })
}

// isLink reports whether the id in a link is at path.
func (t *table) isLink(path scim.AttrPath) bool {
	return path.Sub == "value" && slices.ContainsFunc(t.links, func(l scim.AttrPath) bool {
		return l.URN == path.URN && l.Name == path.Name
	})
}

// linksTo reports whether r has a link to the resource with that id.
func (r *Resource) linksTo(id string) bool {
	return slices.ContainsFunc(r.links, func(l scim.Link) bool { return l.ID == id })
}

// takeLinks notes the links that a new version has.
func (b *batch) takeLinks(r *Resource) {
	for _, l := range r.links {
		assign(&b.linkers, l.ID, append(b.linkers[l.ID], r.ID))
	}
}

// linkersOf returns the ids of the resources that have links to id, sorted.
func (b *batch) linkersOf(id string) []string {
	ids := slices.Clone(b.linkers[id])
	b.model.linkers.each(b.model.key(id), func(n *node) bool {
		ids = append(ids, n.res.Load().ID)
		return true
	})
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(linker string) bool {
		r := b.resource(linker)
		return r == nil || !r.linksTo(id)
	})
}

// release takes a resource that is being deleted out of the groups that have it
// as a member, and out of the links that lead to it. It returns the ids of
// both. Each gets one new version: its members are part of what its entity tag
// stands for, as its links are.
func (b *batch) release(d *delta, id string) (groups, linkers []string, err error) {
	groups = b.groupsOf(id)
	linkers = slices.DeleteFunc(b.linkersOf(id), func(linker string) bool { return linker == id })
	holders := slices.Concat(groups, linkers)
	slices.Sort(holders)
	for _, holder := range slices.Compact(holders) {
		cur := b.resource(holder)
		t := b.table(cur)
		body, err := t.rt.Body(cur.Image)
		if err != nil {
			return nil, nil, fmt.Errorf("store: read %s %s, which refers to %s: %w", t.rt.Name, holder, id, err)
		}
		t.rt.Unlink(t.links, body, id)
		next, stored := t.version(cur, holder, body, d, true)
		d.resources = append(d.resources, transition{before: cur, after: next, stored: stored})
	}
	for _, group := range groups {
		d.members = append(d.members, membership{group: group, member: id})
	}
	return groups, linkers, nil
}
