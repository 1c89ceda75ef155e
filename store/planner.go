package store

import (
	"cmp"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// maxPrefix is how many names of an index a query reads for sw. Beyond that it
// scans, as reading holds the lock and most of what is found is not selective.
const maxPrefix = 100_000

// source is where a query finds, in order of creation, what may match.
type source interface {
	// size is how many there are, or more. It needs model.mu.
	size() int
	// settle does what is left to do when the plan is made. It must not be
	// called under model.mu, as it may take long.
	settle(t *table)
	// take appends up to n nodes from a sequence number upwards. It needs
	// model.mu.
	take(dst []*node, from uint64, n int) []*node
}

// ordered is a posting as a source.
type ordered posting

func (o *ordered) size() int { return (*posting)(o).Len() }

func (o *ordered) settle(*table) {}

func (o *ordered) take(dst []*node, from uint64, n int) []*node {
	(*posting)(o).Ascend(from, func(_ uint64, x *node) bool {
		dst = append(dst, x)
		n--
		return n > 0
	})
	return dst
}

// hits are nodes that were found when the query was planned.
type hits struct{ nodes []*node }

func (h *hits) size() int { return len(h.nodes) }

// settle leaves out what is of another type, and brings the rest into order.
func (h *hits) settle(t *table) {
	h.nodes = slices.DeleteFunc(h.nodes, func(n *node) bool {
		r := n.res.Load()
		return r == nil || r.Type.Name != t.rt.Name
	})
	inSequence(h.nodes)
}

func (h *hits) take(dst []*node, from uint64, n int) []*node {
	at, _ := slices.BinarySearchFunc(h.nodes, from, func(x *node, seq uint64) int { return cmp.Compare(x.seq, seq) })
	return append(dst, h.nodes[at:min(at+n, len(h.nodes))]...)
}

func inSequence(nodes []*node) {
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
}

// union is what either of two sources has.
type union struct{ left, right source }

func (u union) size() int { return u.left.size() + u.right.size() }

func (u union) settle(t *table) {
	u.left.settle(t)
	u.right.settle(t)
}

func (u union) take(dst []*node, from uint64, n int) []*node {
	at := len(dst)
	dst = u.right.take(u.left.take(dst, from, n), from, n)
	inSequence(dst[at:])
	both := slices.Compact(dst[at:])
	return dst[:at+min(len(both), n)]
}

// access is how a query gets at the resources of one table: a superset of what
// matches.
type access struct {
	source
	table  *table
	filter scim.Expr // as the table's type understands it; nil for all
	words  string    // for Explain
	exact  *posting  // what matches and nothing else; nil where the filter is to be evaluated
}

// accesses plans a query. Whatever it decides, the filter is evaluated on what
// it finds, so that no answer depends on it.
func (m *model) accesses(tables []*table, q Query) []access {
	all := make([]access, len(tables))
	m.mu.RLock()
	for i, t := range tables {
		all[i] = planner{m, t}.access(scim.ForType(q.Filter, t.rt))
	}
	m.mu.RUnlock()
	for _, a := range all {
		a.settle(a.table)
	}
	return all
}

// planner turns the indexable parts of a filter into reads of indexes.
type planner struct {
	model *model
	table *table
}

func (p planner) access(filter scim.Expr) access {
	all := access{source: (*ordered)(&p.table.order)}
	if filter == nil {
		all.exact = &p.table.order
	}
	a, ok := p.plan(filter, nil)
	if !ok {
		a = all
	}
	a.table, a.filter = p.table, filter
	return a
}

// plan returns a way to all that matches e, if an index knows one. outer is the
// multi-valued attribute in whose value path e is, or nil.
func (p planner) plan(e scim.Expr, outer *scim.AttrPath) (access, bool) {
	switch e := e.(type) {
	case *scim.Compare:
		return p.compare(e, outer)
	case *scim.ValuePath:
		if outer == nil && e.Path.Sub == "" {
			return p.plan(e.Filter, &e.Path)
		}
	case *scim.And:
		return p.both(e, outer)
	case *scim.Or:
		left, ok := p.plan(e.Left, outer)
		if !ok {
			return access{}, false
		}
		right, ok := p.plan(e.Right, outer)
		if !ok {
			return access{}, false
		}
		return access{source: union{left.source, right.source}, words: left.words + " or " + right.words}, true
	}
	return access{}, false
}

// both is plan for an and: the side that leaves fewer to look at.
func (p planner) both(e *scim.And, outer *scim.AttrPath) (access, bool) {
	best, ok := p.plan(e.Left, outer)
	if !ok || best.size() > 1 {
		right, okRight := p.plan(e.Right, outer)
		if !ok || okRight && right.size() < best.size() {
			best, ok = right, okRight
		}
	}
	best.exact = nil // the other side is to be evaluated
	return best, ok
}

// compare returns where to look for what has a value, if that is indexed.
func (p planner) compare(e *scim.Compare, outer *scim.AttrPath) (access, bool) {
	path := e.Path
	if outer != nil {
		path.URN, path.Name, path.Sub = outer.URN, outer.Name, e.Path.Name
	}
	if path.IsForeign() && e.Op == scim.Eq && e.Value.Kind() != scim.Null {
		return access{source: &hits{}, words: "nothing"}, true
	}
	name := path.Name
	if path.Sub != "" {
		name += "." + path.Sub
	}
	switch {
	case e.Op == scim.Eq && e.Value.Kind() == scim.String && p.table.isLink(path):
		return access{source: &hits{p.linkersOf(e.Value.Text())}, words: "index " + name + " eq"}, e.Value.Text() != ""
	case path.URN != "":
	case e.Op == scim.Eq && e.Value.Kind() == scim.Bool && strings.EqualFold(name, "active"):
		posting := &p.table.active[assignedOf(e.Value.IsTrue(), true)-assignedFalse]
		return access{source: (*ordered)(posting), words: "index active eq", exact: posting}, true
	case e.Value.Kind() != scim.String || e.Value.Text() == "": // the empty text is not indexed
	case e.Op == scim.Eq:
		found, ok := p.equal(name, e.Value.Text())
		return access{source: found, words: "index " + name + " eq"}, ok
	case e.Op == scim.Sw && strings.EqualFold(name, p.table.nameAttr):
		found, ok := p.table.nameOrder.find(e.Value.Text(), min(maxPrefix, p.table.order.Len()/4+scanChunk))
		return access{source: &hits{found}, words: "index " + name + " sw"}, ok
	}
	return access{}, false
}

// equal returns what may have that text in an attribute, if that is indexed.
func (p planner) equal(attribute, text string) (source, bool) {
	t := p.table
	is := func(name string) bool { return strings.EqualFold(attribute, name) }
	switch {
	case is("id"):
		return &hits{p.byID(text)}, true
	case t.nameAttr != "" && is(t.nameAttr):
		return t.names.find(t.key(text)), true
	case is("externalId"):
		return t.externalIDs.find(t.key(text)), true
	case t.displayAttr != "" && is(t.displayAttr):
		return t.displayNames.find(t.key(text)), true
	case is("emails.value"):
		return t.emails.find(t.key(text)), true
	case t.rt.HasMembers() && (is("members.value") || is("members")):
		return &hits{p.groupsWith(text)}, true
	case t.rt.HasGroups() && (is("groups.value") || is("groups")):
		return &hits{p.model.membersWithin(text)}, true
	}
	return nil, false
}

// The two below find supersets too: where ids stand as values, as in
// members.value, RFC 7643 section 8.7.1 compares them without case, and ids
// themselves are folded, see checkNewID.

func (p planner) byID(id string) []*node {
	if n := p.model.node(fold(id)); n != nil {
		return []*node{n}
	}
	return nil
}

// linkersOf returns the resources that have links to id.
func (p planner) linkersOf(id string) (nodes []*node) {
	p.model.linkers.each(p.model.key(id), func(n *node) bool {
		nodes = append(nodes, n)
		return true
	})
	return nodes
}

// groupsWith returns the groups that show id as a member.
func (p planner) groupsWith(id string) []*node {
	if n := p.model.node(fold(id)); n != nil {
		return slices.Clone(n.groups)
	}
	return nil
}
