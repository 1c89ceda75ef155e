package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"airmock/internal/scim"
)

// memberEdit works out what a draft's operations do to a group's members. It
// looks at the members that an operation names, and at all of them only where
// an operation speaks of all.
type memberEdit struct {
	batch *batch
	delta *delta // of the operation, which may create members itself
	rt    *scim.ResourceType
	group string
	now   map[string]standing // of the members that the operations touched
	order []string            // ids in the order in which they were touched
	scans int                 // how often all members were looked through
}

// The operations of one request may look through all members of a group
// fewScans times, and beyond that until they have looked at maxLooks members:
// all this happens in the one writer.
const (
	fewScans = 3
	maxLooks = 200_000
)

// standing says whether a resource is a member of a group, and what the client
// said of it as one, see scim.Member.
type standing struct {
	is    bool
	extra string
}

// memberStep is what an edit does to one member.
type memberStep struct {
	id       string
	was, now standing
}

// editMembers returns the members whose standing changes.
func editMembers(b *batch, d *delta, rt *scim.ResourceType, group string, ops []scim.MemberOp) ([]memberStep, error) {
	e := memberEdit{batch: b, delta: d, rt: rt, group: group, now: make(map[string]standing)}
	for _, op := range ops {
		if err := e.apply(op); err != nil {
			return nil, err
		}
	}
	var steps []memberStep
	for _, id := range e.order {
		if was := b.standing(group, id); was != e.now[id] {
			steps = append(steps, memberStep{id, was, e.now[id]})
		}
	}
	return steps, nil
}

func (e *memberEdit) apply(op scim.MemberOp) error {
	switch op.Kind {
	case scim.MembersAdd:
		return e.add(op.Members)
	case scim.MembersRemove:
		return unmatched(op, e.remove(op.Members))
	case scim.MembersRemoveWhere:
		selected, err := e.selected(op.Where)
		for _, id := range selected {
			e.set(id, standing{})
		}
		return cmp.Or(err, unmatched(op, len(selected)))
	case scim.MembersChange:
		return e.change(op)
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
		if now := e.at(m.Value); !now.is || m.Extra != "" {
			if err := e.give(m.Value, now.extra, m.Extra); err != nil {
				return err
			}
		}
	}
	return nil
}

// give makes id a member of which the client says parts, beside what it said
// before.
func (e *memberEdit) give(id, extra, parts string) error {
	extra, err := e.rt.MergeMember(extra, parts)
	if err != nil {
		return err
	}
	e.set(id, standing{is: true, extra: extra})
	return nil
}

// unmatched is the refusal of an operation that found n members, if n is none
// and it says so.
func unmatched(op scim.MemberOp, n int) error {
	if n == 0 && op.Unmatched != nil {
		return op.Unmatched
	}
	return nil
}

// remove removes members and returns how many there were. Case does not count
// in members.value (RFC 7643 section 8.7.1), and ids are folded.
func (e *memberEdit) remove(members []scim.Member) (n int) {
	for _, m := range members {
		if id := fold(m.Value); e.at(id).is {
			e.set(id, standing{})
			n++
		}
	}
	return n
}

// selected returns the members that where selects, all with nil. It looks at one where the
// filter names its id, as Entra's members[value eq "id"] does, so that the size
// of the group does not matter.
func (e *memberEdit) selected(where scim.Expr) (ids []string, err error) {
	var candidates []string
	if id, ok := scim.EqualityOn(where, "value"); ok {
		candidates = []string{fold(id)}
	} else {
		if candidates, err = e.current(); err != nil || where == nil {
			return candidates, err
		}
	}
	for _, id := range candidates {
		now := e.at(id)
		if !now.is {
			continue
		}
		v, err := memberValue(e.resource(id), now.extra)
		if err != nil {
			return nil, err
		}
		if scim.Match(where, v) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// resource returns a member, which the operation may create itself.
func (e *memberEdit) resource(id string) *Resource {
	return cmp.Or(e.batch.resource(id), e.delta.news[id])
}

func (e *memberEdit) change(op scim.MemberOp) error {
	selected, err := e.selected(op.Where)
	if err != nil {
		return err
	}
	for _, id := range selected {
		if err := e.give(id, e.at(id).extra, op.Members[0].Extra); err != nil {
			return err
		}
	}
	return unmatched(op, len(selected))
}

func (e *memberEdit) replace(members []scim.Member) error {
	keep := make(map[string]bool, len(members))
	for _, m := range members {
		keep[m.Value] = true
	}
	current, err := e.current()
	if err != nil {
		return err
	}
	for _, id := range current {
		if now := (standing{is: keep[id]}); e.at(id) != now {
			e.set(id, now)
		}
	}
	return e.add(members)
}

// at returns the standing of a member as the operations so far leave it.
func (e *memberEdit) at(id string) standing {
	if now, ok := e.now[id]; ok {
		return now
	}
	return e.batch.standing(e.group, id)
}

func (e *memberEdit) set(id string, now standing) {
	if _, ok := e.now[id]; !ok {
		e.order = append(e.order, id)
	}
	e.now[id] = now
}

// current returns the members as the operations so far leave them.
func (e *memberEdit) current() (ids []string, err error) {
	stored := e.batch.membersOf(e.group)
	if e.scans++; e.scans > fewScans && e.scans*(len(stored)+len(e.order)) > maxLooks {
		return nil, scim.Errorf(scim.InvalidValue,
			"more than %d operations look through all %d members of the group; name the members by their ids, or send several requests", e.scans-1, len(stored))
	}
	for _, id := range stored {
		if e.at(id).is {
			ids = append(ids, id)
		}
	}
	for _, id := range e.order {
		if e.now[id].is && !e.batch.standing(e.group, id).is {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// memberValue renders a member as filters see it.
func memberValue(r *Resource, extra string) (*scim.Value, error) {
	v, err := scim.ParseExtra(extra)
	if err != nil {
		return nil, fmt.Errorf("store: what is kept of member %s: %w", r.ID, err)
	}
	v.Set("value", scim.NewString(r.ID))
	v.Set("type", scim.NewString(r.Type.Name))
	v.Set("display", scim.NewString(displayOf(r)))
	return v, nil
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
	nodes, _ := s.model.Load().membersOf(groupID)
	return resourcesOf(nodes)
}

// MemberCount returns len(Members(groupID)) without building it.
func (s *Store) MemberCount(groupID string) int {
	m := s.model.Load()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.node(groupID); g != nil && g.members != nil {
		return g.members.order.Len()
	}
	return 0
}

// Memberships returns how many members all groups have together.
func (s *Store) Memberships() int {
	m := s.model.Load()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.members
}

// GroupsOf returns the groups that have id as a direct member, in the order in
// which they took it.
func (s *Store) GroupsOf(id string) []*Resource {
	nodes, direct := s.model.Load().allGroupsOf(id)
	return resourcesOf(nodes[:direct])
}

// membersOf returns the direct members of a group, and what clients said of
// them as such, see scim.Member.
func (m *model) membersOf(group string) (nodes []*node, extras map[*node]string) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if g := m.node(group); g != nil {
		return g.directMembers(), g.memberExtras()
	}
	return nil, nil
}

// directMembers returns a group's members in the order in which they were
// added.
func (n *node) directMembers() []*node {
	if n.members == nil {
		return nil
	}
	return n.members.order.Values()
}

// memberExtras returns what is kept of a group's members, a copy.
func (n *node) memberExtras() map[*node]string {
	if n.members == nil {
		return nil
	}
	return maps.Clone(n.members.extras)
}

// allGroupsOf returns the groups that id is in: first those that have it as a
// direct member, so many as direct says, and then those that have one of these,
// and so on. Each is there once, and itself it is in none: groups may be
// members of each other in a circle.
func (m *model) allGroupsOf(id string) (groups []*node, direct int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := m.node(id)
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
	g := m.node(fold(group))
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
