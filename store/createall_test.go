package store

import (
	"errors"
	"slices"
	"testing"

	"airmock/internal/scim"
)

// creations are two groups that have each other as members, and a user.
func creations(t *testing.T, s *Store, user, member string) []Creation {
	a, b, u := s.NewID(), s.NewID(), s.NewID()
	return []Creation{
		{a, groups(s), draft(t, groups(s), groupBody("A", b, u))},
		{b, groups(s), draft(t, groups(s), groupBody("B", a, member))},
		{u, users(s), draft(t, users(s), userBody(user))},
	}
}

func TestResourcesThatReferToEachOtherComeTogether(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	kim := mustCreate(t, s, users(s), userBody("kim"))
	all := creations(t, s, "lee", kim.ID)
	changes, failed, err := s.CreateAll(t.Context(), all)
	if err != nil || failed != -1 || len(changes) != 3 {
		t.Fatalf("%v, %d, %v", changes, failed, err)
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir})
	for i, want := range [][]string{{all[1].ID, all[2].ID}, {all[0].ID, kim.ID}, nil} {
		if r, err := s.Get(all[i].Type, all[i].ID); err != nil || r.Version != 1 {
			t.Errorf("%s: %v, %v", all[i].ID, r, err)
		}
		var got []string
		for _, m := range s.Members(all[i].ID) {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, want) || !slices.Equal(changes[i].Added, want) {
			t.Errorf("%s has the members %q, told as %q, want %q", all[i].ID, got, changes[i].Added, want)
		}
	}
}

func TestResourcesThatReferToEachOtherComeAllOrNone(t *testing.T) {
	s := memoryStore(t)
	kim := mustCreate(t, s, users(s), userBody("kim"))
	twice := creations(t, s, "lee", kim.ID)
	twice = append(twice, Creation{s.NewID(), users(s), draft(t, users(s), userBody("LEE"))})
	again := creations(t, s, "lee", kim.ID)
	again[2].ID = again[0].ID
	tests := []struct {
		name   string
		all    []Creation
		failed int
		is     func(error) bool
	}{
		{"a name that is taken", creations(t, s, "KIM", kim.ID), 2, isError[*ConflictError]},
		{"a name that two of them have", twice, 3, isError[*ConflictError]},
		{"a member that is nobody", creations(t, s, "lee", "ghost"), 1, isError[*UnknownMemberError]},
		{"an id twice", again, 2, func(err error) bool { return err != nil }},
		{"an id that is taken", []Creation{{kim.ID, users(s), draft(t, users(s), userBody("lee"))}}, 0, func(err error) bool { return err != nil }},
		{"a group in itself", []Creation{{"self", groups(s), draft(t, groups(s), groupBody("A", "self"))}}, 0, isError[*scim.Error]},
		{"a user with members", []Creation{{"u", users(s), scim.Draft{Body: scim.NewObject(), Members: []scim.MemberOp{{}}}}}, 0, func(err error) bool { return err != nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			revision := s.Revision()
			changes, failed, err := s.CreateAll(t.Context(), test.all)
			if failed != test.failed || !test.is(err) {
				t.Errorf("%v, %d, %v", changes, failed, err)
			}
			if got := s.Revision(); got != revision {
				t.Error("something was stored")
			}
		})
	}
}

func isError[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
