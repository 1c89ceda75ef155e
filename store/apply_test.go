package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"airmock/internal/scim"
)

// putOf is a write that creates a resource.
func putOf(t *testing.T, s *Store, rt *scim.ResourceType, body string) Put {
	t.Helper()
	d := draft(t, rt, body)
	return Put{Type: rt, ID: s.NewID(), New: true, Edit: func(*Resource) (scim.Draft, error) { return d, nil }}
}

func TestManyWritesAreTakenInOrderAndFailByThemselves(t *testing.T) {
	s := memoryStore(t)
	users := users(s)
	var puts []Put
	for i := range 400 {
		puts = append(puts, putOf(t, s, users, fmt.Sprintf(`{"userName":"u%d"}`, i%300)))
	}
	for i, out := range s.Apply(t.Context(), puts) {
		var taken *ConflictError
		if i < 300 && (out.Err != nil || out.Change.After.Name != fmt.Sprintf("u%d", i)) {
			t.Errorf("write %d: %+v", i, out)
		}
		if i >= 300 && !errors.As(out.Err, &taken) {
			t.Errorf("write %d of a name that is taken: %v", i, out.Err)
		}
	}
	page, err := s.Query(t.Context(), Query{Type: users, Count: -1})
	if err != nil || len(page.Resources) != 300 {
		t.Fatalf("%d users, %v", len(page.Resources), err)
	}
	for i, r := range page.Resources {
		if r.Name != fmt.Sprintf("u%d", i) {
			t.Fatalf("user %d is %s", i, r.Name)
		}
	}
}

func TestARehearsalSeesItsWritesAndChangesNothing(t *testing.T) {
	s := memoryStore(t)
	users, groups := users(s), groups(s)
	first := putOf(t, s, users, `{"userName":"a"}`)
	if out := s.Apply(t.Context(), []Put{first}); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	before := s.Revision()
	r := s.Rehearse()
	second := putOf(t, s, users, `{"userName":"b"}`)
	group := putOf(t, s, groups, fmt.Sprintf(`{"displayName":"g","members":[{"value":%q},{"value":%q}]}`, first.ID, second.ID))
	for i, out := range r.Apply(t.Context(), []Put{second, group}) {
		if out.Err != nil || !out.Change.Changed() {
			t.Errorf("rehearsed write %d: %+v", i, out)
		}
	}
	var taken *ConflictError
	if out := r.Apply(t.Context(), []Put{putOf(t, s, users, `{"userName":"B"}`)}); !errors.As(out[0].Err, &taken) {
		t.Errorf("a name that is taken in the rehearsal: %v", out[0].Err)
	}
	if res, err := r.Lookup(second.ID); err != nil || res.Name != "b" {
		t.Errorf("rehearsed user: %v, %v", res, err)
	}
	if res, err := r.Lookup(first.ID); err != nil || res.Name != "a" {
		t.Errorf("stored user: %v, %v", res, err)
	}
	if s.Revision() != before || s.Count(users) != 1 || s.Count(groups) != 0 {
		t.Error("the rehearsal changed the store")
	}
}

func TestATriedWriteTellsWhatItWouldChange(t *testing.T) {
	s := memoryStore(t)
	users := users(s)
	first := putOf(t, s, users, `{"userName":"a","title":"x"}`)
	s.Apply(t.Context(), []Put{first})
	same := putOf(t, s, users, `{"userName":"a","title":"x"}`)
	other := putOf(t, s, users, `{"userName":"a","title":"y"}`)
	for _, p := range []*Put{&same, &other} {
		p.ID, p.New, p.Try = first.ID, false, true
	}
	out := s.Apply(t.Context(), []Put{same, other, same})
	if out[0].Change.Changed() || !out[1].Change.Changed() || out[2].Change.Changed() {
		t.Errorf("tried: %+v", out)
	}
}

func TestWritesThatNobodyWaitsForAreNotStored(t *testing.T) {
	s := memoryStore(t)
	users := users(s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out := s.Apply(ctx, []Put{putOf(t, s, users, `{"userName":"a"}`)}); !errors.Is(out[0].Err, context.Canceled) || s.Count(users) != 0 {
		t.Errorf("%+v, %d users", out, s.Count(users))
	}
	closed := New(Options{Memory: true})
	if out := closed.Apply(t.Context(), []Put{{Type: users}}); !errors.Is(out[0].Err, ErrClosed) {
		t.Errorf("on a store that is closed: %v", out[0].Err)
	}
}
