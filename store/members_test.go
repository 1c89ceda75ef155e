package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"airmock/internal/scim"
)

// group makes users a, b, c, d and a group of the first three.
func group(t *testing.T, s *Store) (g *Resource, u []string) {
	t.Helper()
	for _, name := range []string{"a", "b", "c", "d"} {
		u = append(u, mustCreate(t, s, users(s), userBody(name)).ID)
	}
	return mustCreate(t, s, groups(s), groupBody("g", u[:3]...)), u
}

func TestMemberOperations(t *testing.T) {
	where := func(text string) scim.MemberOp {
		s := New(Options{Memory: true})
		e := filter(t, groups(s), "members["+text+"]").(*scim.ValuePath)
		return scim.MemberOp{Kind: scim.MembersRemoveWhere, Where: e.Filter}
	}
	const a, b, c, d = "id-0001", "id-0002", "id-0003", "id-0004"
	tests := []struct {
		name                 string
		ops                  []scim.MemberOp
		added, removed, want []string
	}{
		{"an add appends", []scim.MemberOp{membersOp(scim.MembersAdd, d)}, []string{d}, nil, []string{a, b, c, d}},
		{"an add of a member keeps its place", []scim.MemberOp{membersOp(scim.MembersAdd, a, d, d)}, []string{d}, nil, []string{a, b, c, d}},
		{"a remove takes those alone", []scim.MemberOp{membersOp(scim.MembersRemove, b)}, nil, []string{b}, []string{a, c}},
		{"a remove of a stranger does no harm", []scim.MemberOp{membersOp(scim.MembersRemove, d, "nobody")}, nil, nil, []string{a, b, c}},
		{"a remove by id", []scim.MemberOp{where(`value eq "` + c + `"`)}, nil, []string{c}, []string{a, b}},
		{"a remove by id and another type", []scim.MemberOp{where(`value eq "` + c + `" and type eq "Group"`)}, nil, nil, []string{a, b, c}},
		{"a remove by type", []scim.MemberOp{where(`type eq "User"`)}, nil, []string{a, b, c}, nil},
		{"a remove by display", []scim.MemberOp{where(`display sw "B"`)}, nil, []string{b}, []string{a, c}},
		{"a replace keeps those who stay", []scim.MemberOp{membersOp(scim.MembersReplace, d, b)}, []string{d}, []string{a, c}, []string{b, d}},
		{"a replace by nothing empties", []scim.MemberOp{membersOp(scim.MembersReplace)}, nil, []string{a, b, c}, nil},
		{"later ones see earlier ones", []scim.MemberOp{
			membersOp(scim.MembersAdd, d), where(`value eq "` + d + `"`), membersOp(scim.MembersRemove, a),
		}, nil, []string{a}, []string{b, c}},
		{"a replace sees what came before", []scim.MemberOp{
			membersOp(scim.MembersAdd, d), membersOp(scim.MembersReplace, c),
		}, nil, []string{a, b}, []string{c}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memoryStore(t)
			g, _ := group(t, s)
			got, err := change(t.Context(), s, g.ID, tt.ops...)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []struct {
				name      string
				want, got []string
			}{
				{"added", tt.added, got.Added},
				{"removed", tt.removed, got.Removed},
				{"members", tt.want, ids(s.Members(g.ID))},
			} {
				if diff := cmp.Diff(part.want, part.got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: %s", part.name, diff)
				}
			}
			if s.MemberCount(g.ID) != len(tt.want) {
				t.Errorf("MemberCount = %d", s.MemberCount(g.ID))
			}
			if changed := len(tt.added)+len(tt.removed) > 0; changed != (got.After.Version == 2) {
				t.Errorf("changed %v, version %d", changed, got.After.Version)
			}
		})
	}
}

func TestAMemberThatNamesNothingStoresNothing(t *testing.T) {
	s := memoryStore(t)
	g, u := group(t, s)
	_, err := change(t.Context(), s, g.ID, membersOp(scim.MembersRemove, u[0]), membersOp(scim.MembersAdd, u[3], "ghost"))
	var unknown *UnknownMemberError
	if !errors.As(err, &unknown) || unknown.ID != "ghost" {
		t.Fatalf("change = %v", err)
	}
	if diff := cmp.Diff(u[:3], ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Create(t.Context(), groups(s), draft(t, groups(s), groupBody("h", "ghost"))); !errors.As(err, &unknown) {
		t.Errorf("create = %v", err)
	}
	if s.Count(groups(s)) != 1 {
		t.Errorf("%d groups", s.Count(groups(s)))
	}
}

func TestAGroupCannotContainItself(t *testing.T) {
	s := memoryStore(t)
	g, _ := group(t, s)
	_, err := change(t.Context(), s, g.ID, membersOp(scim.MembersAdd, g.ID))
	var refusal *scim.Error
	if !errors.As(err, &refusal) || refusal.Type != scim.InvalidValue {
		t.Errorf("change = %v", err)
	}
}

func TestAUserHasNoMembers(t *testing.T) {
	s := memoryStore(t)
	_, u := group(t, s)
	_, err := s.Update(t.Context(), users(s), u[0], func(cur *Resource) (scim.Draft, error) {
		body, err := cur.Type.Body(cur.Image)
		return scim.Draft{Body: body, Members: []scim.MemberOp{membersOp(scim.MembersAdd, u[1])}}, err
	})
	if err == nil || !strings.Contains(err.Error(), "has no members") {
		t.Errorf("Update = %v", err)
	}
}

func TestADeletedUserLeavesItsGroups(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	g, u := group(t, s)
	h := mustCreate(t, s, groups(s), groupBody("h", u[0], g.ID))
	if _, err := s.Delete(t.Context(), users(s), u[0], nil); err != nil {
		t.Fatal(err)
	}
	check := func(s *Store) {
		t.Helper()
		if diff := cmp.Diff(u[1:3], ids(s.Members(g.ID))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{g.ID}, ids(s.Members(h.ID))); diff != "" {
			t.Error(diff)
		}
		for _, id := range []string{g.ID, h.ID} {
			if r, err := s.Lookup(id); err != nil || r.Version != 2 {
				t.Errorf("group %s has version %d: its members changed", id, r.Version)
			}
		}
	}
	check(s)
	mustClose(t, s)
	check(mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned: %s", w) }}))
}

func TestADeletedGroupLeavesNoMembershipBehind(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	g, u := group(t, s)
	h := mustCreate(t, s, groups(s), groupBody("h", g.ID))
	if diff := cmp.Diff([]string{g.ID}, ids(s.GroupsOf(u[0]))); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Delete(t.Context(), groups(s), g.ID, nil); err != nil {
		t.Fatal(err)
	}
	if len(s.GroupsOf(u[0])) != 0 || s.MemberCount(h.ID) != 0 || s.MemberCount(g.ID) != 0 || len(s.Members(g.ID)) != 0 {
		t.Error("memberships are left")
	}
	mustClose(t, s)
	mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned: %s", w) }})
}

func TestMembersKeepTheirOrderOverARestart(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	g, u := group(t, s)
	for _, ops := range [][]scim.MemberOp{
		{membersOp(scim.MembersRemove, u[0])},
		{membersOp(scim.MembersAdd, u[3])},
		{membersOp(scim.MembersAdd, u[0])},
	} {
		if _, err := change(t.Context(), s, g.ID, ops...); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{u[1], u[2], u[3], u[0]}
	if diff := cmp.Diff(want, ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir})
	if diff := cmp.Diff(want, ids(s.Members(g.ID))); diff != "" {
		t.Error(diff)
	}
}

// TestIDsAreFoundInAnyCaseWhereTheyAreValues holds that indexes give supersets:
// members.value, groups.value and manager.value are not caseExact.
func TestIDsAreFoundInAnyCaseWhereTheyAreValues(t *testing.T) {
	s := memoryStore(t)
	g, u := group(t, s) // id-0001 to id-0004, and id-0005
	report := mustCreate(t, s, users(s), `{"userName":"kim","`+scim.URNEnterprise+`":{"manager":{"value":"`+u[3]+`"}}}`)
	for _, test := range []struct {
		rt     *scim.ResourceType
		filter string
		want   []string
	}{
		{groups(s), `members.value eq "ID-0001"`, []string{g.ID}},
		{groups(s), `members[value eq "ID-0001" and type eq "User"]`, []string{g.ID}},
		{users(s), `groups.value eq "ID-0005"`, u[:3]},
		{users(s), scim.URNEnterprise + `:manager.value eq "ID-0004"`, []string{report.ID}},
		{users(s), `id eq "ID-0001"`, nil}, // caseExact
	} {
		page, err := s.Query(t.Context(), Query{Type: test.rt, Filter: filter(t, test.rt, test.filter), Count: -1})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, ids(page.Resources), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", test.filter, diff)
		}
	}
	c, err := change(t.Context(), s, g.ID, membersOp(scim.MembersRemove, "ID-0001"))
	if err != nil || len(c.Removed) != 1 {
		t.Errorf("removed %v, %v", c.Removed, err)
	}
	if _, _, err := s.CreateAll(t.Context(), []Creation{{ID: "ID-9", Type: users(s), Draft: draft(t, users(s), userBody("x"))}}); err == nil {
		t.Error("an id in upper case was taken")
	}
}

func TestOperationsThatLookAtAllMembersAreBounded(t *testing.T) {
	s := memoryStore(t)
	g := mustCreate(t, s, groups(s), groupBody("g"))
	var many []string
	for i := range 1000 {
		many = append(many, mustCreate(t, s, users(s), userBody(fmt.Sprint("u", i))).ID)
	}
	if _, err := change(t.Context(), s, g.ID, membersOp(scim.MembersAdd, many...)); err != nil {
		t.Fatal(err)
	}
	where := filter(t, groups(s), `members[type eq "Nobody"]`).(*scim.ValuePath).Filter
	for _, op := range []scim.MemberOp{
		{Kind: scim.MembersRemoveWhere, Where: where},
		{Kind: scim.MembersChange, Where: where, Members: []scim.Member{{Extra: `{"role":"x"}`}}},
		membersOp(scim.MembersReplace, many...),
	} {
		if _, err := change(t.Context(), s, g.ID, slices.Repeat([]scim.MemberOp{op}, 50)...); err != nil {
			t.Errorf("50 times kind %d: %v", op.Kind, err)
		}
		_, err := change(t.Context(), s, g.ID, slices.Repeat([]scim.MemberOp{op}, 5000)...)
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Type != scim.InvalidValue {
			t.Errorf("5000 times kind %d: %v", op.Kind, err)
		}
	}
}
