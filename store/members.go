package store

import (
	"slices"

	"airmock/internal/scim"
)

// memberEdit works out what a draft's operations do to a group's members. It
// looks at the members that an operation names, and at all of them only where
// an operation speaks of all.
type memberEdit struct {
	batch *batch
	delta *delta // of the operation, which may create members itself
	group string
	is    map[string]bool // the members that the operations touched
	order []string        // ids in the order in which they were touched
}

// editMembers returns the ids that come and the ids that go.
func editMembers(b *batch, d *delta, group string, ops []scim.MemberOp) (added, removed []string, err error) {
	e := memberEdit{batch: b, delta: d, group: group, is: make(map[string]bool)}
	for _, op := range ops {
		if err := e.apply(op); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range e.order {
		was := b.isMember(group, id)
		switch is := e.is[id]; {
		case is && !was:
			added = append(added, id)
		case !is && was:
			removed = append(removed, id)
		}
	}
	return added, removed, nil
}

func (e *memberEdit) apply(op scim.MemberOp) error {
	switch op.Kind {
	case scim.MembersAdd:
		return e.add(op.Members)
	case scim.MembersRemove:
		return unmatched(op, e.remove(op.Members))
	case scim.MembersRemoveWhere:
		return unmatched(op, e.removeWhere(op.Where))
	default: // scim.MembersReplace
		return e.replace(op.Members)
	}
}

func (e *memberEdit) add(members []scim.Member) error {
	for _, m := range members {
		if m.Value == e.group {
			return scim.Errorf(scim.InvalidValue, "group %s cannot be a member of itself; leave it out of members", m.Value)
		}
		if e.batch.resource(m.Value) == nil && e.delta.news[m.Value] == nil {
			return &UnknownMemberError{ID: m.Value}
		}
		if !e.has(m.Value) {
			e.set(m.Value, true)
		}
	}
	return nil
}

// unmatched is the refusal of a removal that removed n members, if n is none
// and it says so.
func unmatched(op scim.MemberOp, n int) error {
	if n == 0 && op.Unmatched != nil {
		return op.Unmatched
	}
	return nil
}

// remove removes members and returns how many there were.
func (e *memberEdit) remove(members []scim.Member) (n int) {
	for _, m := range members {
		if e.has(m.Value) {
			e.set(m.Value, false)
			n++
		}
	}
	return n
}

// removeWhere removes the members that where selects, and returns how many they
// are. It looks at one member where the filter names its id, as Entra's
// members[value eq "id"] does, so that the size of the group does not matter.
func (e *memberEdit) removeWhere(where scim.Expr) (n int) {
	candidates := []string{}
	if id, ok := scim.EqualityOn(where, "value"); ok {
		candidates = append(candidates, id)
	} else {
		candidates = e.current()
	}
	for _, id := range candidates {
		if e.has(id) && scim.Match(where, memberValue(e.batch.resource(id))) {
			e.set(id, false)
			n++
		}
	}
	return n
}

func (e *memberEdit) replace(members []scim.Member) error {
	keep := make(map[string]bool, len(members))
	for _, m := range members {
		keep[m.Value] = true
	}
	for _, id := range e.current() {
		if !keep[id] {
			e.set(id, false)
		}
	}
	return e.add(members)
}

func (e *memberEdit) has(id string) bool {
	if is, ok := e.is[id]; ok {
		return is
	}
	return e.batch.isMember(e.group, id)
}

func (e *memberEdit) set(id string, is bool) {
	if _, ok := e.is[id]; !ok {
		e.order = append(e.order, id)
	}
	e.is[id] = is
}

// current returns the members as the operations so far leave them.
func (e *memberEdit) current() []string {
	var ids []string
	for _, id := range e.batch.membersOf(e.group) {
		if e.has(id) {
			ids = append(ids, id)
		}
	}
	for _, id := range e.order {
		if e.is[id] && !e.batch.isMember(e.group, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// memberValue renders a member as filters see it.
func memberValue(r *Resource) *scim.Value {
	v := scim.NewObject()
	v.Set("value", scim.NewString(r.ID))
	v.Set("type", scim.NewString(r.Type.Name))
	v.Set("display", scim.NewString(displayOf(r)))
	return v
}

// displayOf returns what a person would call r.
func displayOf(r *Resource) string {
	if r.DisplayName != "" {
		return r.DisplayName
	}
	return r.Name
}

// Members returns the direct members of a group, in the order in which they
// were added.
func (s *Store) Members(groupID string) []*Resource {
	return resourcesOf(s.model.Load().membersOf(groupID))
}

// MemberCount returns len(Members(groupID)) without building it.
func (s *Store) MemberCount(groupID string) int {
	m := s.model.Load()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.byID[groupID]; g != nil && g.members != nil {
		return g.members.order.Len()
	}
	return 0
}

// GroupsOf returns the groups that have id as a direct member, in the order in
// which they took it.
func (s *Store) GroupsOf(id string) []*Resource {
	nodes, direct := s.model.Load().allGroupsOf(id)
	return resourcesOf(nodes[:direct])
}

func (m *model) membersOf(group string) []*node {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.byID[group]; g != nil {
		return g.directMembers()
	}
	return nil
}

// directMembers returns a group's members in the order in which they were
// added.
func (n *node) directMembers() []*node {
	if n.members == nil {
		return nil
	}
	return n.members.order.Values()
}

// allGroupsOf returns the groups that id is in: first those that have it as a
// direct member, so many as direct says, and then those that have one of these,
// and so on. Each is there once, and itself it is in none: groups may be
// members of each other in a circle.
func (m *model) allGroupsOf(id string) (groups []*node, direct int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := m.byID[id]
	if n == nil {
		return nil, 0
	}
	groups = slices.Clone(n.groups)
	direct = len(groups)
	isNested := func(g *node) bool { return len(g.groups) > 0 }
	if !slices.ContainsFunc(groups, isNested) {
		return groups, direct
	}
	return closure(n, groups, func(g *node) []*node { return g.groups }), direct
}

// membersWithin returns what is in a group, as a direct member or through a
// group that is.
func (m *model) membersWithin(group string) []*node {
	g := m.byID[group]
	if g == nil {
		return nil
	}
	return closure(g, g.directMembers(), (*node).directMembers)
}

// closure adds to nodes what next leads to from them, each node once, and not
// start.
func closure(start *node, nodes []*node, next func(*node) []*node) []*node {
	seen := make(map[*node]bool, len(nodes)+1)
	seen[start] = true
	for _, n := range nodes {
		seen[n] = true
	}
	for i := 0; i < len(nodes); i++ {
		for _, n := range next(nodes[i]) {
			if !seen[n] {
				seen[n] = true
				nodes = append(nodes, n)
			}
		}
	}
	return nodes
}
