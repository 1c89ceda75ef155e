package store

import (
	"fmt"
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
	mu       sync.RWMutex
	tables   map[string]*table // by the name of the resource type
	byID     map[string]*node  // over all types
	linkers  linkIndex
	tokens   tokenTable
	lastSeq  uint64
	revision *atomic.Uint64 // see Store.Revision; of all models of a store
}

// table holds the resources of one type.
type table struct {
	home         *model
	rt           *scim.ResourceType
	prefix       string // of its keys in the file
	nameAttr     string // the attribute that Resource.Name is; "" for no single one
	displayAttr  string // the attribute that Resource.DisplayName is; "" where the type has none that is a text
	unique       bool   // whether a name can be held by one resource only
	caseExact    bool   // whether names that differ in case are two names
	order        btree.Map[uint64, *node]
	names        index
	displayNames index
	externalIDs  index
	links        []scim.AttrPath // the type's attributes that hold links
	uniques      []uniqueIndex   // of the unique attributes beside the name
}

// node is the place of a resource in the model, through all its versions.
type node struct {
	res     atomic.Pointer[Resource] // nil once deleted
	members memberSet                // of a group; guarded by model.mu
	groups  []*node                  // that have it as a member; guarded by model.mu
}

// memberSet is a group's direct members in the order in which they were added.
type memberSet struct {
	order btree.Map[uint64, *node]
	seqs  map[*node]uint64
}

// index finds nodes by a folded text. Several may share one: a group's
// displayName is not unique in SCIM, and a damaged file may hold a userName
// twice. A key is a superset of a match: the case-exact attributes are folded
// too, and whoever asks evaluates the filter on what is found.
type index map[string][]*node

func newModel(c *scim.Catalog) *model {
	m := &model{
		tables:   make(map[string]*table),
		byID:     make(map[string]*node),
		linkers:  make(linkIndex),
		tokens:   newTokenTable(),
		revision: new(atomic.Uint64),
	}
	for _, rt := range c.ResourceTypes {
		t := newTable(rt)
		t.home = m
		m.tables[rt.Name] = t
	}
	return m
}

func newTable(rt *scim.ResourceType) *table {
	t := &table{
		rt: rt, prefix: prefixOf(rt), nameAttr: rt.NameAttribute(),
		names: make(index), displayNames: make(index), externalIDs: make(index),
		links: rt.LinkAttributes(),
	}
	if a := rt.Schema.Attribute("displayName"); a != nil && a.Type == "string" && !a.MultiValued {
		t.displayAttr = "displayName"
	}
	for _, path := range rt.UniqueAttributes() {
		if path.URN == "" && path.Name == t.nameAttr {
			t.unique, t.caseExact = true, path.Def.IsCaseExact()
			continue
		}
		t.uniques = append(t.uniques, uniqueIndex{path: path, nodes: make(map[string][]*node)})
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

func (ix index) add(text string, n *node) {
	if text != "" {
		key := fold(text)
		ix[key] = append(ix[key], n)
	}
}

func (ix index) remove(text string, n *node) {
	key := fold(text)
	rest := slices.DeleteFunc(ix[key], func(x *node) bool { return x == n })
	if len(rest) == 0 {
		delete(ix, key)
		return
	}
	ix[key] = rest
}

// move keeps the index true when a node's text changes from old to text.
func (ix index) move(old, text string, n *node) {
	if old != text {
		ix.remove(old, n)
		ix.add(text, n)
	}
}

func (t *table) move(old, next *Resource, n *node) {
	t.names.move(old.Name, next.Name, n)
	t.displayNames.move(old.DisplayName, next.DisplayName, n)
	t.externalIDs.move(old.ExternalID, next.ExternalID, n)
	for i := range t.uniques {
		t.uniques[i].move(old.keysOf(i), next.keysOf(i), n)
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
	n := m.byID[r.ID]
	if n == nil {
		n = &node{}
		m.byID[r.ID] = n
		t.order.Set(r.Seq, n)
		n.res.Store(&Resource{})
	}
	t.move(n.res.Load(), r, n)
	m.linkers.move(n.res.Load().links, r.links, n)
	n.res.Store(r)
	m.lastSeq = max(m.lastSeq, r.Seq)
}

// drop removes a resource, whose memberships are gone already.
func (m *model) drop(r *Resource) {
	t, n := m.tables[r.Type.Name], m.byID[r.ID]
	t.move(r, &Resource{}, n)
	m.linkers.move(r.links, nil, n)
	t.order.Delete(r.Seq)
	delete(m.byID, r.ID)
	n.res.Store(nil)
}

// link makes member one of group's members, or, with seq 0, none.
func (m *model) link(group, member string, seq uint64) {
	g, n := m.byID[group], m.byID[member]
	if old, ok := g.members.seqs[n]; ok {
		g.members.order.Delete(old)
		delete(g.members.seqs, n)
		n.groups = slices.DeleteFunc(n.groups, func(x *node) bool { return x == g })
	}
	if seq == 0 {
		return
	}
	if g.members.seqs == nil {
		g.members.seqs = make(map[*node]uint64)
	}
	g.members.order.Set(seq, n)
	g.members.seqs[n] = seq
	n.groups = append(n.groups, g)
	m.lastSeq = max(m.lastSeq, seq)
}

// resource returns the current version of the resource with that id, or nil.
func (m *model) resource(id string) *Resource {
	if n := m.byID[id]; n != nil {
		return n.res.Load()
	}
	return nil
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
	out := make([]*Resource, 0, len(nodes))
	for _, n := range nodes {
		if r := n.res.Load(); r != nil {
			out = append(out, r)
		}
	}
	return out
}
