package store

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"

	"airmock/internal/scim"
)

// model is what readers see: every resource, token and membership, with the
// indexes that are derived from them. The writer alone changes it, under mu
// and after the disk has taken the batch, so the writer itself reads without
// the lock. Locks are held for map reads and pointer copies, never while JSON
// is parsed or a filter evaluated.
type model struct {
	mu      sync.RWMutex
	tables  map[string]*table // by the name of the resource type
	nodes   *nodes
	ids     index // over all types, see node
	linkers index // the resources that have links, by the ids that these name
	keyer
	tokens   tokenTable
	lastSeq  uint64
	members  int            // of all groups together
	revision *atomic.Uint64 // see Store.Revision; of all models of a store
}

// table holds the resources of one type.
type table struct {
	home        *model // that it is a part of
	rt          *scim.ResourceType
	prefix      string // of its keys in the file
	nameAttr    string // the attribute that Resource.Name is; "" for no single one
	displayAttr string // the attribute that Resource.DisplayName is; "" where the type has none that is a text
	unique      bool   // whether a name can be held by one resource only
	caseExact   bool   // whether names that differ in case are two names
	indexes
	links   []scim.AttrPath // the type's attributes that hold links
	uniques []uniqueIndex   // of the unique attributes beside the name
	scratch []byte          // for version, which the writer alone calls
}

// node is the place of a resource in the model, through all its versions.
type node struct {
	seq     uint64                   // of the resource
	res     atomic.Pointer[Resource] // nil once deleted
	number  uint32                   // see nodes; while it is in the model
	members *memberSet               // nil for none there ever were; guarded by model.mu
	groups  []*node                  // that have it as a member; guarded by model.mu
}

func newNode(r *Resource) *node {
	n := &node{seq: r.Seq}
	n.res.Store(r)
	return n
}

// memberSet is a group's direct members in the order in which they were added.
type memberSet struct {
	order  btree.Map[uint64, *node]
	seqs   map[*node]uint64
	extras map[*node]string // of those that have something, see scim.Member
}

func newModel(c *scim.Catalog) *model {
	ns := newNodes()
	m := &model{
		tables:   make(map[string]*table),
		nodes:    ns,
		ids:      newIndex(ns),
		linkers:  newIndex(ns),
		keyer:    keyer{maphash.MakeSeed()},
		tokens:   newTokenTable(),
		revision: new(atomic.Uint64),
	}
	for _, rt := range c.ResourceTypes {
		m.tables[rt.Name] = newTable(rt, m)
	}
	return m
}

func newTable(rt *scim.ResourceType, home *model) *table {
	t := &table{home: home, rt: rt, prefix: prefixOf(rt), nameAttr: rt.NameAttribute(), links: rt.LinkAttributes(), indexes: newIndexes(home.keyer, home.nodes)}
	if a := rt.Schema.Attribute("displayName"); a != nil && a.Type == "string" && !a.MultiValued {
		t.displayAttr = "displayName"
	}
	for _, path := range rt.UniqueAttributes() {
		if path.URN == "" && path.Name == t.nameAttr {
			t.unique, t.caseExact = true, path.Def.IsCaseExact()
			continue
		}
		t.uniques = append(t.uniques, uniqueIndex{path: path, nodes: newIndex(home.nodes)})
	}
	return t
}

// prefixOf is how the keys of a type's records begin.
func prefixOf(rt *scim.ResourceType) string {
	switch rt.Name {
	case "User":
		return userPrefix
	case "Group":
		return groupPrefix
	}
	return otherPrefix + strings.ToLower(rt.Name) + ":"
}

// move keeps the indexes true when a node's resource changes from old to next.
func (t *table) move(old, next *Resource, n *node) {
	t.indexes.move(old, next, n)
	for i := range t.uniques {
		t.uniques[i].move(t.keyer, old.keysOf(i), next.keysOf(i), n)
	}
}

// loaded is a resource on its way into the model, with the keys under which the
// indexes have it, worked out while it was at hand.
type loaded struct {
	seq                                   uint64
	name                                  string
	node                                  *node
	ids, names, displayNames, externalIDs uint64
	emails                                []uint64
	active                                assigned
	linked                                bool // whether it has links
}

func (t *table) loaded(r *Resource) loaded {
	return loaded{
		seq: r.Seq, name: alike(r.Name), node: newNode(r),
		emails: r.emails, active: r.active, linked: len(r.links) > 0,
		ids: t.key(r.ID), names: t.key(r.Name), displayNames: t.key(r.DisplayName), externalIDs: t.key(r.ExternalID),
	}
}

// builders returns the functions that, given each resource of the table in order
// of creation, build its indexes. They touch different parts of it, so that
// they can run at the same time.
func (t *table) builders(resources []loaded) []func(*loaded) {
	all := t.indexes.builders(resources)
	for i := range t.uniques {
		all = append(all, func(x *loaded) { t.uniques[i].move(t.keyer, nil, x.node.res.Load().keysOf(i), x.node) })
	}
	return all
}

// builders is table.builders for what the types share.
func (m *model) builders(resources []loaded) []func(*loaded) {
	if len(m.ids.one) == 0 {
		m.ids.expect(resources, func(*loaded) bool { return true })
	}
	return []func(*loaded){
		func(x *loaded) { m.ids.add(x.ids, x.node) },
		func(x *loaded) {
			if x.linked {
				m.moveLinks(nil, x.node.res.Load().links, x.node)
			}
		},
	}
}

// table returns the table for resources of type rt.
func (m *model) table(rt *scim.ResourceType) (*table, error) {
	if t := m.tables[rt.Name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("store: resources of type %q cannot be stored; the catalog has no such type", rt.Name)
}

// put makes r the current version of its resource.
func (m *model) put(r *Resource) {
	t := m.tables[r.Type.Name]
	n := m.node(r.ID)
	if n == nil {
		n = newNode(&Resource{Seq: r.Seq})
		m.nodes.number(n)
		m.ids.add(m.key(r.ID), n)
		t.order.Set(r.Seq, n)
	}
	t.move(n.res.Load(), r, n)
	m.moveLinks(n.res.Load().links, r.links, n)
	n.res.Store(r)
	m.lastSeq = max(m.lastSeq, r.Seq)
}

// drop removes a resource, whose memberships are gone already.
func (m *model) drop(r *Resource) {
	t, n := m.tables[r.Type.Name], m.node(r.ID)
	t.move(r, &Resource{}, n)
	m.moveLinks(r.links, nil, n)
	t.order.Delete(r.Seq)
	m.ids.remove(m.key(r.ID), n)
	m.nodes.release(n)
	n.res.Store(nil)
}

// link makes a membership what it says.
func (m *model) link(pair membership) {
	g, n := m.node(pair.group), m.node(pair.member)
	if g.members == nil {
		g.members = &memberSet{seqs: make(map[*node]uint64)}
	}
	if old := g.members.seqs[n]; old != pair.seq {
		m.relink(g, n, old, pair.seq)
	}
	if pair.extra == "" {
		delete(g.members.extras, n)
		return
	}
	if g.members.extras == nil {
		g.members.extras = make(map[*node]string)
	}
	g.members.extras[n] = pair.extra
}

// relink gives a member of g a new place among the members; 0 is none.
func (m *model) relink(g, n *node, old, seq uint64) {
	if old != 0 {
		g.members.order.Delete(old)
		delete(g.members.seqs, n)
		m.members--
		n.groups = slices.DeleteFunc(n.groups, func(x *node) bool { return x == g })
	}
	if seq == 0 {
		return
	}
	g.members.order.Set(seq, n)
	g.members.seqs[n] = seq
	m.members++
	n.groups = append(n.groups, g)
	m.lastSeq = max(m.lastSeq, seq)
}

// resource returns the current version of the resource with that id, or nil.
func (m *model) resource(id string) *Resource {
	if n := m.node(id); n != nil {
		return n.res.Load()
	}
	return nil
}

// node returns the place of the resource with that id, or nil.
func (m *model) node(id string) (found *node) {
	m.ids.each(m.key(id), func(n *node) bool {
		if n.res.Load().ID == id {
			found = n
		}
		return found == nil
	})
	return found
}

// lookup is resource for readers.
func (m *model) lookup(id string) *Resource {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.resource(id)
}

// resourcesOf returns the current versions of nodes, without those that were
// deleted since.
func resourcesOf(nodes []*node) []*Resource {
	return appendResources(make([]*Resource, 0, len(nodes)), nodes)
}

func appendResources(dst []*Resource, nodes []*node) []*Resource {
	for _, n := range nodes {
		if r := n.res.Load(); r != nil {
			dst = append(dst, r)
		}
	}
	return dst
}
