package store

import (
	"cmp"
	"slices"
	"time"
)

// delta is what one operation changes, worked out and checked before any of it
// counts. Adding a delta to a batch cannot fail, so an operation that fails, or
// panics, on the way to its delta leaves no trace.
type delta struct {
	at        time.Time
	origin    Origin
	firstSeq  uint64 // the last sequence number before it
	lastSeq   uint64
	resources []transition
	members   []membership
	tokens    []*tokenRecord
	news      map[string]*Resource // what it creates, by id, where it creates several
}

// transition is a resource's step from one version to the next.
type transition struct {
	before, after *Resource // nil for a create, nil for a delete
	stored        write     // after
}

// membership is a pair that came or changed, or with seq 0 went.
type membership struct {
	group, member string
	seq           uint64 // tells in which order the members came
	extra         string // see scim.Member
}

func (d *delta) nextSeq() uint64 {
	d.lastSeq++
	return d.lastSeq
}

// addMembers takes in what steps do to a group's members.
func (d *delta) addMembers(b *batch, group string, steps []memberStep) {
	for _, s := range steps {
		m := membership{group: group, member: s.id, extra: s.now.extra}
		switch {
		case s.was.is && s.now.is:
			m.seq = b.membership(group, s.id).seq
		case s.now.is:
			m.seq = d.nextSeq()
		}
		d.members = append(d.members, m)
	}
}

// holder returns the resource of table t that the operation itself creates
// under that unique name, or nil.
func (d *delta) holder(t *table, name string) *Resource {
	key := t.nameKey(name)
	for _, r := range d.news {
		if r.Type.Name == t.rt.Name && t.nameKey(r.Name) == key {
			return r
		}
	}
	return nil
}

// holderOf is holder for the unique attribute with that index.
func (d *delta) holderOf(t *table, index int, key string) *Resource {
	for _, r := range d.news {
		if r.Type.Name == t.rt.Name && slices.Contains(r.keysOf(index), key) {
			return r
		}
	}
	return nil
}

func (d *delta) isEmpty() bool {
	return len(d.resources)+len(d.members)+len(d.tokens) == 0
}

// batch is the state as it will be once the operations taken so far are
// stored: the model, and the deltas on top of it.
type batch struct {
	model   *model
	deltas  []delta
	writes  []write
	size    int // bytes in writes
	lastSeq uint64
	// Maps but the first are made when something is noted in them.
	resources map[string]*Resource             // nil: deleted
	names     map[string][]string              // ids that took a unique name, by the folded name
	linkers   map[string][]string              // ids of resources that took a link, by the id that it names
	uniques   map[uniqueKey][]string           // ids that took another unique value; nil for none
	members   map[string]map[string]membership // by group and member; with sequence number 0: removed
	tokens    map[tokenHash]*tokenRecord
}

func newBatch(m *model) *batch {
	return &batch{model: m, lastSeq: m.lastSeq, resources: make(map[string]*Resource)}
}

// add takes an operation's delta.
func (b *batch) add(d delta) {
	if d.isEmpty() {
		return
	}
	b.deltas = append(b.deltas, d)
	b.lastSeq = max(b.lastSeq, d.lastSeq)
	for _, tr := range d.resources {
		b.addTransition(tr)
	}
	for _, m := range d.members {
		b.addMembership(m, d.at)
	}
	for _, t := range d.tokens {
		assign(&b.tokens, t.hash, t)
		b.write(t.key(), t.encode())
	}
}

// assign puts a value into a map, which it makes where there is none.
func assign[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[key] = value
}

func (b *batch) write(key, value string) {
	b.writes = append(b.writes, write{key, value})
	b.size += len(key) + len(value)
}

func (b *batch) addTransition(tr transition) {
	if tr.after == nil {
		b.resources[tr.before.ID] = nil
		b.write(b.table(tr.before).prefix+tr.before.ID, "")
		return
	}
	t := b.table(tr.after)
	b.resources[tr.after.ID] = tr.after
	b.write(tr.stored.key, tr.stored.value)
	// A name or a link that the version before had is in the model, or noted.
	name := fold(tr.after.Name)
	if t.unique && (tr.before == nil || fold(tr.before.Name) != name) {
		assign(&b.names, name, append(b.names[name], tr.after.ID))
	}
	if tr.before == nil || !sameLinks(tr.before.links, tr.after.links) {
		b.takeLinks(tr.after)
	}
	b.takeUniques(t, tr.after)
}

func (b *batch) addMembership(m membership, at time.Time) {
	of := b.members[m.group]
	if of == nil {
		of = make(map[string]membership)
		assign(&b.members, m.group, of)
	}
	of[m.member] = m
	key := memberKey(m.group, m.member)
	if m.seq == 0 {
		b.write(key, "")
		return
	}
	b.write(key, record{seq: m.seq, version: 1, created: at, modified: at, body: bytesOf(m.extra)}.encode(key))
}

func (b *batch) table(r *Resource) *table { return b.model.tables[r.Type.Name] }

// resource returns the version that stands after the batch, or nil.
func (b *batch) resource(id string) *Resource {
	if r, ok := b.resources[id]; ok {
		return r
	}
	return b.model.resource(id)
}

// holder returns another resource of table t than id that has that name.
func (b *batch) holder(t *table, name, id string) *Resource {
	key := fold(name)
	has := func(candidate string) *Resource {
		r := b.resource(candidate)
		if r != nil && r.ID != id && r.Type.Name == t.rt.Name && t.nameKey(r.Name) == t.nameKey(name) {
			return r
		}
		return nil
	}
	for _, taker := range b.names[key] {
		if r := has(taker); r != nil {
			return r
		}
	}
	var found *Resource
	t.names.each(t.key(name), func(n *node) bool {
		found = has(n.res.Load().ID)
		return found == nil
	})
	return found
}

// membership returns what stands after the batch; with sequence number 0 there
// is none.
func (b *batch) membership(group, member string) membership {
	if m, ok := b.members[group][member]; ok {
		return m
	}
	m := membership{group: group, member: member}
	if g, n := b.model.node(group), b.model.node(member); g != nil && n != nil && g.members != nil {
		m.seq, m.extra = g.members.seqs[n], g.members.extras[n]
	}
	return m
}

// standing is membership for whoever does not care about the order.
func (b *batch) standing(group, member string) standing {
	m := b.membership(group, member)
	return standing{is: m.seq != 0, extra: m.extra}
}

// membersOf returns the ids of a group's members in the order in which they
// were added.
func (b *batch) membersOf(group string) []string {
	var ids []string
	changed := b.members[group]
	if g := b.model.node(group); g != nil && g.members != nil {
		g.members.order.Scan(func(_ uint64, n *node) bool {
			id := n.res.Load().ID
			if _, ok := changed[id]; !ok {
				ids = append(ids, id)
			}
			return true
		})
	}
	var added []string
	for id, m := range changed {
		if m.seq != 0 {
			added = append(added, id)
		}
	}
	slices.SortFunc(added, func(a, b string) int { return cmp.Compare(changed[a].seq, changed[b].seq) })
	return append(ids, added...)
}

// groupsOf returns the ids of the groups that have id as a direct member.
func (b *batch) groupsOf(id string) []string {
	var ids []string
	if n := b.model.node(id); n != nil {
		for _, g := range n.groups {
			if group := g.res.Load().ID; b.standing(group, id).is {
				ids = append(ids, group)
			}
		}
	}
	for group, changed := range b.members {
		if changed[id].seq != 0 && !slices.Contains(ids, group) {
			ids = append(ids, group)
		}
	}
	slices.Sort(ids)
	return ids
}

// apply makes the batch's deltas part of the model.
func (b *batch) apply() {
	m := b.model
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range b.deltas {
		m.apply(d)
	}
	m.lastSeq = max(m.lastSeq, b.lastSeq)
	m.revision.Add(1)
}

func (m *model) apply(d delta) {
	for _, tr := range d.resources {
		if tr.after != nil {
			m.put(tr.after)
		}
	}
	for _, pair := range d.members {
		m.link(pair)
	}
	for _, tr := range d.resources {
		if tr.after == nil {
			m.drop(tr.before)
		}
	}
	for _, t := range d.tokens {
		m.tokens.put(t)
		m.lastSeq = max(m.lastSeq, t.seq)
	}
}
