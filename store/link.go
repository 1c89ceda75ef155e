package store

import (
	"fmt"
	"maps"
	"slices"

	"airmock/internal/scim"
)

// linkIndex finds the resources that have links to an id, whether or not a
// resource has that id, by the folded id. As with index, a key is a superset of
// a match. Thousands may link to one, and all let go of it when it is deleted,
// so they are a set.
type linkIndex map[string]map[*node]struct{}

// move keeps the index true when a node's links change from old to next.
func (ix linkIndex) move(old, next []scim.Link, n *node) {
	for _, l := range old {
		key := fold(l.ID)
		if delete(ix[key], n); len(ix[key]) == 0 {
			delete(ix, key)
		}
	}
	for _, l := range next {
		key := fold(l.ID)
		if ix[key] == nil {
			ix[key] = make(map[*node]struct{})
		}
		ix[key][n] = struct{}{}
	}
}

// find returns the nodes that may have a link to id.
func (ix linkIndex) find(id string) []*node {
	return slices.Collect(maps.Keys(ix[fold(id)]))
}

// linksTo reports whether r has a link to the resource with that id.
func (r *Resource) linksTo(id string) bool {
	return slices.ContainsFunc(r.links, func(l scim.Link) bool { return l.ID == id })
}

// takeLinks notes the links that a new version has.
func (b *batch) takeLinks(r *Resource) {
	for _, l := range r.links {
		b.linkers[l.ID] = append(b.linkers[l.ID], r.ID)
	}
}

// linkersOf returns the ids of the resources that have links to id, sorted.
func (b *batch) linkersOf(id string) []string {
	ids := slices.Clone(b.linkers[id])
	for _, n := range b.model.linkers.find(id) {
		ids = append(ids, n.res.Load().ID)
	}
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
		next, text := t.version(cur, holder, body, d, true)
		d.resources = append(d.resources, transition{before: cur, after: next, record: text})
	}
	for _, group := range groups {
		d.members = append(d.members, membership{group: group, member: id})
	}
	return groups, linkers, nil
}
