package store

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"github.com/tidwall/btree"

	"airmock/internal/scim"
)

// posting holds nodes in order of creation, with rank access.
type posting = btree.Map[uint64, *node]

// index finds nodes by a text. What it finds is a superset of what has the
// text: it keeps hashes and not the texts themselves, which is a third of the
// memory, and it takes texts for one that differ in case only. Whoever asks
// evaluates the filter on what is found. The empty text is not indexed.
type index struct {
	nodes *nodes
	one   map[uint64]uint32   // the number of what is alone under its key, as nearly everything is
	many  map[uint64]*posting // several under one key, or that were several
}

func newIndex(ns *nodes) index {
	return index{nodes: ns, one: make(map[uint64]uint32), many: make(map[uint64]*posting)}
}

// expect makes room in an empty index for those of all that has.
func (ix *index) expect(all []loaded, has func(*loaded) bool) {
	n := 0
	for i := range all {
		if has(&all[i]) {
			n++
		}
	}
	ix.one = make(map[uint64]uint32, n)
}

func (ix *index) add(key uint64, n *node) {
	if key == noKey {
		return
	}
	p := ix.many[key]
	if p == nil {
		first := ix.one[key]
		if first == nobody || first == n.number {
			ix.one[key] = n.number
			return
		}
		p = new(posting)
		p.Set(ix.nodes.all[first].seq, ix.nodes.all[first])
		ix.many[key] = p
		delete(ix.one, key)
	}
	p.Set(n.seq, n)
}

func (ix *index) remove(key uint64, n *node) {
	if p := ix.many[key]; p != nil {
		if p.Delete(n.seq); p.Len() == 0 {
			delete(ix.many, key)
		}
	} else if ix.one[key] == n.number {
		delete(ix.one, key)
	}
}

// moveText keeps the index true when a node's text changes from old to text.
func (ix *index) moveText(k keyer, old, text string, n *node) {
	if old != text {
		ix.remove(k.key(old), n)
		ix.add(k.key(text), n)
	}
}

// moveKeys is moveText for what has several keys.
func (ix *index) moveKeys(old, next []uint64, n *node) {
	if slices.Equal(old, next) {
		return
	}
	for _, key := range old {
		ix.remove(key, n)
	}
	for _, key := range next {
		ix.add(key, n)
	}
}

// find returns the nodes under a key, in order of creation.
func (ix *index) find(key uint64) source {
	if p := ix.many[key]; p != nil {
		return (*ordered)(p)
	}
	if n := ix.one[key]; n != nobody {
		return &hits{[]*node{ix.nodes.all[n]}}
	}
	return &hits{}
}

// each calls fn with the nodes under a key until it returns false.
func (ix *index) each(key uint64, fn func(n *node) bool) {
	if p := ix.many[key]; p != nil {
		p.Scan(func(_ uint64, n *node) bool { return fn(n) })
	} else if n := ix.one[key]; n != nobody {
		fn(ix.nodes.all[n])
	}
}

// keyer makes the keys of indexes. Its seed is random, so that nobody can send
// texts that share a key.
type keyer struct{ seed maphash.Seed }

const noKey = 0 // of the empty text

// key is the same for all texts that a filter may take for equal.
func (k keyer) key(text string) uint64 {
	if text == "" {
		return noKey
	}
	return maphash.String(k.seed, alike(text)) | 1 // never noKey
}

// alike returns the same string for all texts that a filter may take for
// equal: those that fold to one, and those that have one lower case, which is
// not quite the same (İ and i). It works rune by rune, so what begins alike
// begins alike afterwards too.
func alike(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.Map(func(r rune) rune { return foldRune(unicode.ToLower(r)) }, s)
		}
	}
	return s
}

// nameIndex finds nodes by how their name begins.
type nameIndex struct {
	nodes *nodes
	tree  *btree.BTreeG[named]
}

// named is the number of a node under its name.
type named struct {
	name string // as alike returns it
	node uint32
}

func newNameIndex(ns *nodes) nameIndex {
	before := func(a, b named) bool {
		if a.name != b.name {
			return a.name < b.name
		}
		return b.node != nobody && (a.node == nobody || ns.all[a.node].seq < ns.all[b.node].seq)
	}
	return nameIndex{ns, btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})} // model.mu is the lock
}

func (ix nameIndex) move(old, name string, n *node) {
	if old = alike(old); old != "" {
		ix.tree.Delete(named{old, n.number})
	}
	ix.add(alike(name), n)
}

// add takes a name as alike returns it.
func (ix nameIndex) add(name string, n *node) {
	if name != "" {
		ix.tree.Set(named{name, n.number})
	}
}

// find returns the nodes whose names begin alike, unless they are more than
// most.
func (ix nameIndex) find(prefix string, most int) (found []*node, ok bool) {
	prefix, ok = alike(prefix), true
	ix.tree.Ascend(named{name: prefix}, func(x named) bool {
		if !strings.HasPrefix(x.name, prefix) {
			return false
		}
		if ok = len(found) < most; ok {
			found = append(found, ix.nodes.all[x.node])
		}
		return ok
	})
	return found, ok
}

// indexes are the indexes of one type's resources.
type indexes struct {
	keyer
	order        posting // all of them
	names        index
	nameOrder    nameIndex
	displayNames index
	externalIDs  index
	emails       index
	active       [2]posting // with the value false, with the value true
}

func newIndexes(k keyer, ns *nodes) indexes {
	return indexes{
		keyer: k, names: newIndex(ns), nameOrder: newNameIndex(ns),
		displayNames: newIndex(ns), externalIDs: newIndex(ns), emails: newIndex(ns),
	}
}

// move keeps the indexes true when a node's resource changes from old to next.
func (ix *indexes) move(old, next *Resource, n *node) {
	ix.names.moveText(ix.keyer, old.Name, next.Name, n)
	if old.Name != next.Name {
		ix.nameOrder.move(old.Name, next.Name, n)
	}
	ix.displayNames.moveText(ix.keyer, old.DisplayName, next.DisplayName, n)
	ix.externalIDs.moveText(ix.keyer, old.ExternalID, next.ExternalID, n)
	ix.emails.moveKeys(old.emails, next.emails, n)
	if old.active != next.active {
		ix.moveActive(old.active, next.active, n)
	}
}

func (ix *indexes) moveActive(old, next assigned, n *node) {
	if old != unassigned {
		ix.active[old-assignedFalse].Delete(n.seq)
	}
	if next != unassigned {
		ix.active[next-assignedFalse].Set(n.seq, n)
	}
}

// builders is table.builders for the indexes that every table has.
func (ix *indexes) builders(all []loaded) []func(*loaded) {
	ix.names.expect(all, func(x *loaded) bool { return x.names != noKey })
	ix.displayNames.expect(all, func(x *loaded) bool { return x.displayNames != noKey })
	ix.externalIDs.expect(all, func(x *loaded) bool { return x.externalIDs != noKey })
	ix.emails.expect(all, func(x *loaded) bool { return len(x.emails) > 0 })
	return []func(*loaded){
		func(x *loaded) { ix.nameOrder.add(x.name, x.node) },
		func(x *loaded) {
			ix.order.Load(x.seq, x.node)
			if x.active != unassigned {
				ix.active[x.active-assignedFalse].Load(x.seq, x.node)
			}
		},
		func(x *loaded) { ix.names.add(x.names, x.node) },
		func(x *loaded) { ix.displayNames.add(x.displayNames, x.node) },
		func(x *loaded) { ix.externalIDs.add(x.externalIDs, x.node) },
		func(x *loaded) { ix.emails.moveKeys(nil, x.emails, x.node) },
	}
}

// assigned is a boolean that may have no value.
type assigned uint8

const (
	unassigned assigned = iota
	assignedFalse
	assignedTrue
)

// assignedOf is for a boolean, where it is one.
func assignedOf(value, ok bool) assigned {
	switch {
	case !ok:
		return unassigned
	case value:
		return assignedTrue
	}
	return assignedFalse
}

// appendEmailKeys appends the keys of the values of emails.
func (k keyer) appendEmailKeys(keys []uint64, emails scim.Raw) []uint64 {
	for e := range emails.Elements() {
		if e.IsObject() {
			e = e.Get("value")
		}
		if key := k.key(e.Text()); key != noKey && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
