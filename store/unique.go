package store

import (
	"fmt"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// uniqueIndex finds the resources of one type by the values of an attribute of
// which no two may have the same. A resource has several values where the
// attribute does.
type uniqueIndex struct {
	path  scim.AttrPath
	nodes index // by the key of a value; several after a crash alone
}

// uniqueKey is a value of the unique attribute with that index in a table.
type uniqueKey struct {
	table *table
	index int
	key   string
}

// key is the same for values of the attribute that are the same.
func (ix *uniqueIndex) key(v *scim.Value) string {
	key := strings.Clone(ix.path.Def.Key(v)) // a part of a body, which it must not keep, and which may be read over
	if ix.path.Def.IsCaseExact() {
		return key
	}
	return fold(key)
}

// keys returns the keys of the attribute's values in a body.
func (ix *uniqueIndex) keys(body *scim.Value) []string {
	var keys []string
	for _, v := range ix.path.ValuesIn(body) {
		if key := ix.key(v); key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// move keeps the index true when a node's keys change from old to next.
func (ix *uniqueIndex) move(k keyer, old, next []string, n *node) {
	if slices.Equal(old, next) {
		return
	}
	for _, key := range old {
		ix.nodes.remove(k.key(key), n)
	}
	for _, key := range next {
		ix.nodes.add(k.key(key), n)
	}
}

// uniqueKeys returns the keys of the values in a body, by the index of the unique
// attribute.
func (t *table) uniqueKeys(body *scim.Value) [][]string {
	if len(t.uniques) == 0 {
		return nil
	}
	keys := make([][]string, len(t.uniques))
	for i := range t.uniques {
		keys[i] = t.uniques[i].keys(body)
	}
	return keys
}

// keysOf returns the keys of the unique attribute with that index in the
// resource's table.
func (r *Resource) keysOf(index int) []string {
	if index >= len(r.uniqueKeys) {
		return nil
	}
	return r.uniqueKeys[index]
}

// checkUniques refuses a value that must be unique and that another resource
// has. As with checkName, what the resource had before is not checked again.
func checkUniques(b *batch, d *delta, t *table, cur *Resource, id string, body *scim.Value) error {
	for i := range t.uniques {
		ix := &t.uniques[i]
		for _, v := range ix.path.ValuesIn(body) {
			key := ix.key(v)
			if key == "" || cur != nil && slices.Contains(cur.keysOf(i), key) {
				continue
			}
			holder := b.holderOf(uniqueKey{t, i, key}, id)
			if holder == nil {
				holder = d.holderOf(t, i, key)
			}
			if holder != nil {
				return &ConflictError{Type: t.rt.Name, Attribute: ix.path.String(), Value: strings.Clone(v.Text()), Holder: holder.ID}
			}
		}
	}
	return nil
}

// holderOf returns another resource than id that has that value.
func (b *batch) holderOf(k uniqueKey, id string) *Resource {
	has := func(candidate string) *Resource {
		r := b.resource(candidate)
		if r != nil && r.ID != id && r.Type.Name == k.table.rt.Name && slices.Contains(r.keysOf(k.index), k.key) {
			return r
		}
		return nil
	}
	for _, taker := range b.uniques[k] {
		if r := has(taker); r != nil {
			return r
		}
	}
	var found *Resource
	k.table.uniques[k.index].nodes.each(k.table.key(k.key), func(n *node) bool {
		found = has(n.res.Load().ID)
		return found == nil
	})
	return found
}

// takeUniques notes the values that a new version has.
func (b *batch) takeUniques(t *table, r *Resource) {
	for i := range t.uniques {
		for _, key := range r.keysOf(i) {
			k := uniqueKey{t, i, key}
			assign(&b.uniques, k, append(b.uniques[k], r.ID))
		}
	}
}

// reportDuplicates tells of each unique value that several resources have.
func (l *loader) reportDuplicates(t *table) {
	if t.unique {
		nameOf := func(r *Resource) []string { return []string{t.nameKey(r.Name)} }
		for _, same := range duplicates(&t.names, nameOf) {
			l.reportDuplicate(t.nameAttr, same[0].Name, same)
		}
	}
	for i := range t.uniques {
		keysOf := func(r *Resource) []string { return r.keysOf(i) }
		for key, same := range duplicates(&t.uniques[i].nodes, keysOf) {
			l.reportDuplicate(t.uniques[i].path.String(), key, same)
		}
	}
}

// duplicates returns the resources of an index that share a value, by the
// value.
func duplicates(ix *index, values func(*Resource) []string) map[string][]*Resource {
	all := make(map[string][]*Resource)
	for _, p := range ix.many {
		here := make(map[string][]*Resource)
		for _, r := range resourcesOf(p.Values()) {
			for _, value := range values(r) {
				here[value] = append(here[value], r)
			}
		}
		for value, same := range here {
			if len(same) > 1 {
				all[value] = same
			}
		}
	}
	return all
}

func (l *loader) reportDuplicate(attribute, value string, same []*Resource) {
	slices.SortFunc(same, func(a, b *Resource) int { return a.LastModified.Compare(b.LastModified) })
	newest := same[len(same)-1]
	ids := make([]string, len(same))
	for i, r := range same {
		ids[i] = r.ID
	}
	l.warn(fmt.Sprintf("%s: %d resources have the %s %q, which a crash between two writes, or another schema, can leave: %s; all are kept, %s is the one that changed last; delete or change the others",
		l.path, len(same), attribute, value, strings.Join(ids, ", "), newest.ID))
}
