package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// plain is the model that the store is compared with: maps, and no cleverness.
type plain struct {
	users   map[string]plainUser
	groups  map[string][]string  // members in order
	roles   map[[2]string]string // what is kept of a group's member, by both ids
	ordered []string             // ids of users and groups in order of creation
	tokens  []plainToken         // oldest first
}

func newPlain() plain {
	return plain{users: make(map[string]plainUser), groups: make(map[string][]string), roles: make(map[[2]string]string)}
}

type plainUser struct{ name, title, manager string }

func (p *plain) holder(name, except string) string {
	for id, u := range p.users {
		if id != except && strings.EqualFold(u.name, name) {
			return id
		}
	}
	return ""
}

func (p *plain) exists(id string) bool {
	_, user := p.users[id]
	_, group := p.groups[id]
	return user || group
}

func (p *plain) forget(id string) {
	p.ordered = slices.DeleteFunc(p.ordered, func(x string) bool { return x == id })
	for report, u := range p.users {
		if u.manager == id {
			u.manager = ""
			p.users[report] = u
		}
	}
	for g, members := range p.groups {
		p.groups[g] = slices.DeleteFunc(members, func(x string) bool { return x == id })
	}
	maps.DeleteFunc(p.roles, func(of [2]string, _ string) bool { return of[0] == id || of[1] == id })
}

// setRoles is what op makes of what is kept of a group's members.
func (p *plain) setRoles(group string, op scim.MemberOp) {
	if op.Kind == scim.MembersReplace {
		maps.DeleteFunc(p.roles, func(of [2]string, _ string) bool { return of[0] == group })
	}
	for _, m := range op.Members {
		switch of := [2]string{group, m.Value}; {
		case op.Kind == scim.MembersRemove:
			delete(p.roles, of)
		case m.Extra != "":
			p.roles[of] = m.Extra
		}
	}
}

// machine runs random operations on a store and on plain.
type machine struct {
	t       *testing.T
	dir     string
	newID   func() string
	store   *Store
	plain   plain
	crashed bool // what is opened is what a crash left
	taken   []taken
}

// taken is a snapshot, and what it must have.
type taken struct {
	file  []byte
	plain plain
}

func (m *machine) open(t *rapid.T) {
	m.store = New(Options{Dir: m.dir, Sync: SyncNever, NewID: m.newID, Warn: func(w string) {
		if !m.crashed {
			t.Errorf("warned: %s", w)
		}
	}})
	if err := m.store.Open(m.t.Context()); err != nil {
		t.Fatalf("open: %v", err)
	}
}

func (m *machine) mkdir(t *rapid.T) string {
	dir, err := os.MkdirTemp(m.t.TempDir(), "tenant")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (m *machine) Reopen(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "reopen") > 0 {
		t.Skip("syncs take most of the time; one in four is enough")
	}
	if err := m.store.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	m.open(t)
}

// Few names and ids, so that they meet.
func drawName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "A", "k", "\u212A", "b", "ß", "S", "\u017F"}).Draw(t, "name")
}

func (m *machine) drawID(t *rapid.T) string {
	return rapid.SampledFrom(append(slices.Clone(m.plain.ordered), "ghost")).Draw(t, "id")
}

func (m *machine) user(t *rapid.T) (plainUser, scim.Draft) {
	u := plainUser{name: drawName(t), title: rapid.SampledFrom([]string{"", "Boss"}).Draw(t, "title")}
	if rapid.Bool().Draw(t, "managed") {
		u.manager = m.drawID(t)
	}
	return u, draft(m.t, users(m.store), fmt.Sprintf(`{"userName":%q,"title":%q,%q:{"manager":{"value":%q}}}`, u.name, u.title, scim.URNEnterprise, u.manager))
}

func (m *machine) CreateUser(t *rapid.T) {
	u, d := m.user(t)
	c, err := m.store.Create(m.t.Context(), users(m.store), d)
	if m.conflicts(t, err, u.name, "") {
		return
	}
	m.plain.users[c.After.ID] = u
	m.plain.ordered = append(m.plain.ordered, c.After.ID)
}

// conflicts checks that err is what the plain model expects of a user's name.
func (m *machine) conflicts(t *rapid.T, err error, name, id string) bool {
	holder := m.plain.holder(name, id)
	if holder == "" {
		if err != nil {
			t.Fatalf("write of %q: %v", name, err)
		}
		return false
	}
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Holder != holder {
		t.Fatalf("write of %q, which %s has: %v", name, holder, err)
	}
	return true
}

func (m *machine) ReplaceUser(t *rapid.T) {
	id := m.drawID(t)
	u, d := m.user(t)
	old, known := m.plain.users[id]
	c, err := m.store.Update(m.t.Context(), users(m.store), id, func(*Resource) (scim.Draft, error) { return d, nil })
	if !known {
		wantNotFound(t, err)
		return
	}
	if m.conflicts(t, err, u.name, id) {
		return
	}
	if c.Changed() != (u != old) {
		t.Fatalf("from %v to %v: changed %v", old, u, c.Changed())
	}
	m.plain.users[id] = u
}

func wantNotFound(t *rapid.T, err error) {
	if !errors.Is(err, ErrNotFound) {
		t.Fatalf("error %v, want not found", err)
	}
}

func (m *machine) Delete(t *rapid.T) {
	id := m.drawID(t)
	rt := users(m.store)
	_, group := m.plain.groups[id]
	if group {
		rt = groups(m.store)
	}
	_, err := m.store.Delete(m.t.Context(), rt, id, nil)
	if !m.plain.exists(id) {
		wantNotFound(t, err)
		return
	}
	if err != nil {
		t.Fatalf("delete: %v", err)
	}
	delete(m.plain.users, id)
	delete(m.plain.groups, id)
	m.plain.forget(id)
}

func (m *machine) CreateGroup(t *rapid.T) {
	c, err := m.store.Create(m.t.Context(), groups(m.store), draft(m.t, groups(m.store), groupBody("g")))
	if err != nil {
		t.Fatalf("create group: %v", err)
	}
	m.plain.groups[c.After.ID] = nil
	m.plain.ordered = append(m.plain.ordered, c.After.ID)
}

func (m *machine) ChangeMembers(t *rapid.T) {
	id := m.drawID(t)
	op := membersOp(
		rapid.SampledFrom([]scim.MemberOpKind{scim.MembersAdd, scim.MembersRemove, scim.MembersReplace}).Draw(t, "kind"),
		rapid.SliceOfN(rapid.Custom(m.drawID), 0, 4).Draw(t, "members")...)
	role := rapid.SampledFrom([]string{"", `{"role":"owner"}`, `{"role":"guest"}`}).Draw(t, "role")
	for i := range op.Members {
		op.Members[i].Extra = role
	}
	before, known := m.plain.groups[id]
	c, err := change(m.t.Context(), m.store, id, op)
	if !known {
		wantNotFound(t, err)
		return
	}
	after, ok := m.afterMembers(id, slices.Clone(before), op)
	if ok != (err == nil) {
		t.Fatalf("members of %s: %v, expected to work: %v", id, err, ok)
	}
	if !ok {
		return
	}
	roles := maps.Clone(m.plain.roles)
	m.plain.setRoles(id, op)
	if c.Changed() == (slices.Equal(before, after) && maps.Equal(roles, m.plain.roles)) {
		t.Fatalf("from %v %v to %v %v: changed %v", before, roles, after, m.plain.roles, c.Changed())
	}
	m.plain.groups[id] = after
}

// afterMembers is what op makes of members; false where it must be refused.
func (m *machine) afterMembers(group string, members []string, op scim.MemberOp) ([]string, bool) {
	named := make(map[string]bool)
	for _, x := range op.Members {
		named[x.Value] = true
	}
	switch op.Kind {
	case scim.MembersRemove:
		return slices.DeleteFunc(members, func(id string) bool { return named[id] }), true
	case scim.MembersReplace:
		members = slices.DeleteFunc(members, func(id string) bool { return !named[id] })
	}
	for _, x := range op.Members {
		if x.Value == group || !m.plain.exists(x.Value) {
			return nil, false
		}
		if !slices.Contains(members, x.Value) {
			members = append(members, x.Value)
		}
	}
	return members, true
}

// Check compares everything that can be read.
func (m *machine) Check(t *rapid.T) {
	s := m.store
	same := func(what string, want, got any) {
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", what, diff)
		}
	}
	var userIDs, groupIDs []string
	for _, id := range m.plain.ordered {
		r, err := s.Lookup(id)
		if err != nil {
			t.Fatalf("lookup: %v", err)
		}
		if u, ok := m.plain.users[id]; ok {
			userIDs = append(userIDs, id)
			body, err := r.Type.Body(r.Image)
			if err != nil {
				t.Fatal(err)
			}
			same("user", []string{u.name, u.name, u.title, u.manager}, []string{r.Name, body.Get("userName").Text(), body.Get("title").Text(),
				body.Get(scim.URNEnterprise).Get("manager").Get("value").Text()})
			same("user by name", []string{id}, m.query(t, users(s), fmt.Sprintf("userName eq %q", u.name)))
			continue
		}
		groupIDs = append(groupIDs, id)
		same("members", m.plain.groups[id], ids(s.Members(id)))
		same("member count", len(m.plain.groups[id]), s.MemberCount(id))
		roles := m.rolesIn(t, r)
		for _, member := range m.plain.groups[id] {
			same("role", m.plain.roles[[2]string{id, member}], roles[member])
		}
	}
	same("tokens", len(m.plain.tokens), len(s.Tokens()))
	for i, tok := range s.Tokens() {
		want := m.plain.tokens[i]
		same("token", []any{want.id, want.name, want.revoked}, []any{tok.ID, tok.Name, !tok.Revoked.IsZero()})
		if found, ok := s.FindToken(want.secret); !ok || found.ID != want.id {
			t.Fatalf("the secret of %s finds %v, %v", want.id, found, ok)
		}
	}
	same("users", userIDs, m.query(t, users(s), ""))
	same("groups", groupIDs, m.query(t, groups(s), ""))
	for _, id := range append(slices.Clone(m.plain.ordered), "ghost") {
		m.checkGroups(t, id, same)
		var reports []string
		for _, report := range m.plain.ordered {
			if m.plain.users[report].manager == id {
				reports = append(reports, report)
			}
		}
		same("reports of "+id, reports, m.query(t, users(s), fmt.Sprintf("%s eq %q", manager, id)))
	}
}

// checkGroups compares the groups that id is in, directly and not.
func (m *machine) checkGroups(t *rapid.T, id string, same func(what string, want, got any)) {
	sorted := func(resources []*Resource) []string { return slices.Sorted(slices.Values(ids(resources))) }
	of := make(map[string]bool)
	m.plain.collect(id, of)
	delete(of, id)
	var direct []string
	for g, members := range m.plain.groups {
		if slices.Contains(members, id) {
			direct = append(direct, g)
			delete(of, g)
		}
	}
	slices.Sort(direct)
	same("groups of "+id, direct, sorted(m.store.GroupsOf(id)))
	same("indirect groups of "+id, slices.Sorted(maps.Keys(of)), sorted(indirectGroups(m.store, id)))
	if _, user := m.plain.users[id]; !user {
		return
	}
	for _, g := range slices.Concat(direct, slices.Collect(maps.Keys(of))) {
		if got := m.query(t, users(m.store), fmt.Sprintf("groups.value eq %q", g)); !slices.Contains(got, id) {
			t.Fatalf("the users of %s are %v, without %s", g, got, id)
		}
	}
}

// collect adds all groups that id is in to of.
func (p *plain) collect(id string, of map[string]bool) {
	for g, members := range p.groups {
		if slices.Contains(members, id) && !of[g] {
			of[g] = true
			p.collect(g, of)
		}
	}
}

func (m *machine) query(t *rapid.T, rt *scim.ResourceType, text string) []string {
	q := Query{Type: rt, Count: -1}
	if text != "" {
		q.Filter = filter(m.t, rt, text)
	}
	page, err := m.store.Query(m.t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != len(page.Resources) {
		t.Fatalf("total %d of %d", page.Total, len(page.Resources))
	}
	return ids(page.Resources)
}

func (m *machine) Snapshot(t *rapid.T) {
	m.taken = append(m.taken, taken{snapshot(t, m.store), m.plain.clone()})
}

func (m *machine) Restore(t *rapid.T) {
	if len(m.taken) == 0 {
		t.Skip("no snapshot yet")
	}
	from := rapid.SampledFrom(m.taken).Draw(t, "snapshot")
	if _, err := m.store.Restore(m.t.Context(), bytes.NewReader(from.file)); err != nil {
		t.Fatalf("restore: %v", err)
	}
	m.plain = from.plain.clone()
}

func (m *machine) Reset(t *rapid.T) {
	keep := rapid.Bool().Draw(t, "keep tokens")
	if _, err := m.store.Reset(m.t.Context(), keep); err != nil {
		t.Fatalf("reset: %v", err)
	}
	tokens := m.plain.tokens
	m.plain = newPlain()
	if keep {
		m.plain.tokens = tokens
	}
}

func TestTheStoreAgreesWithPlainMaps(t *testing.T) {
	inBubble(t, func(t *testing.T) { // BuntDB waits before it compacts
		rapid.Check(struct{ testing.TB }{t}, func(rt *rapid.T) { // without a Deadline, which a bubble forbids
			m := &machine{
				t: t, newID: counterIDs(),
				plain: newPlain(),
			}
			m.dir = m.mkdir(rt)
			m.open(rt)
			defer func() {
				if err := m.store.Close(); err != nil {
					rt.Errorf("close: %v", err)
				}
			}()
			rt.Repeat(map[string]func(*rapid.T){
				"": m.Check, "create user": m.CreateUser, "replace user": m.ReplaceUser, "delete": m.Delete,
				"create group": m.CreateGroup, "change members": m.ChangeMembers,
				"create token": m.CreateToken, "revoke token": m.RevokeToken,
				"reopen": m.Reopen, "compact": m.Compact, "crash": m.Crash,
				"snapshot": m.Snapshot, "restore": m.Restore, "reset": m.Reset,
			})
		})
	})
}
