package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"airmock/internal/scim"
)

func TestIdsAreUUIDsInTheOrderOfCreation(t *testing.T) {
	s := mustOpen(t, Options{Memory: true})
	last := ""
	for i := range 1000 {
		r := mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":"u%d"}`, i))
		if id, err := uuid.Parse(r.ID); err != nil || id.Version() != 7 || r.ID <= last {
			t.Fatalf("the id %q follows %q: %v", r.ID, last, err)
		}
		last = r.ID
	}
}

func TestAResourceGoesThroughItsLife(t *testing.T) {
	clock := newClock()
	s := mustOpen(t, Options{Memory: true, NewID: counterIDs(), Now: clock.now})
	rev := s.Revision()

	a := mustCreate(t, s, users(s), `{"userName":"B.Simon@contoso.com","externalId":"bsimon","displayName":"B Simon"}`)
	got, err := s.Get(users(s), a.ID)
	if err != nil || got != a {
		t.Fatalf("Get = %v, %v", got, err)
	}
	if a.Name != "B.Simon@contoso.com" || a.ExternalID != "bsimon" || a.DisplayName != "B Simon" || !a.Active || a.Version != 1 {
		t.Errorf("created %+v", a)
	}
	if !a.Created.Equal(clock.now()) || a.Created.Location() != time.UTC || !a.LastModified.Equal(a.Created) {
		t.Errorf("created at %v, modified %v", a.Created, a.LastModified)
	}
	if rest := string(a.Image[a.Tail:]); !strings.HasPrefix(rest, `,"meta":{`) {
		t.Errorf("the tail is %q", rest)
	}

	c, err := replace(t, s, users(s), a.ID, `{"userName":"B.Simon@contoso.com","active":false}`)
	if err != nil || c.Before != a || c.After.Active || c.After.ExternalID != "" || c.After.Version != 2 {
		t.Fatalf("replaced %+v, %v", c.After, err)
	}
	if !c.After.LastModified.After(a.LastModified) || !c.After.Created.Equal(a.Created) {
		t.Errorf("with a clock that stands still, modified is %v after %v", c.After.LastModified, a.LastModified)
	}
	if s.Revision() <= rev {
		t.Error("the revision did not grow")
	}

	c, err = s.Delete(t.Context(), users(s), a.ID, nil)
	if err != nil || c.After != nil || c.Before.Version != 2 {
		t.Fatalf("deleted %+v, %v", c, err)
	}
	if _, err := s.Get(users(s), a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get after Delete = %v", err)
	}
	if _, err := s.Delete(t.Context(), users(s), a.ID, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("second Delete = %v", err)
	}
}

func TestAWriteThatSaysWhatIsThereChangesNothing(t *testing.T) {
	s := memoryStore(t)
	u := mustCreate(t, s, users(s), `{"userName":"a","title":"Boss"}`)
	g := mustCreate(t, s, groups(s), groupBody("g", u.ID))
	rev := s.Revision()
	for _, write := range []func() (Change, error){
		func() (Change, error) { return replace(t, s, users(s), u.ID, `{"title":"Boss","userName":"a"}`) },
		func() (Change, error) { return replace(t, s, groups(s), g.ID, groupBody("g", u.ID)) },
		func() (Change, error) { return change(t.Context(), s, g.ID, membersOp(scim.MembersAdd, u.ID)) },
		func() (Change, error) {
			return change(t.Context(), s, g.ID, membersOp(scim.MembersRemove, u.ID), membersOp(scim.MembersAdd, u.ID))
		},
	} {
		c, err := write()
		if err != nil || c.Changed() || c.After == nil || c.After != c.Before || c.After.Version != 1 {
			t.Errorf("change %+v, %v", c, err)
		}
	}
	if s.Revision() != rev {
		t.Error("the revision grew")
	}
}

func TestUserNamesAreUniqueWithoutCase(t *testing.T) {
	tests := []struct {
		name, a, b string
		conflict   bool
	}{
		{"the same", "a@contoso.com", "a@contoso.com", true},
		{"another case", "A@Contoso.com", "a@contoso.COM", true},
		{"umlauts", "MÜLLER", "müller", true},
		{"the Kelvin sign is a k", "\u212Aelvin", "kelvin", true},
		{"the long s is an s", "mi\u017Fs", "MISS", true},
		{"final and medial sigma", "ΟΔΟΣ", "οδος", true},
		{"sharp s is not ss", "STRASSE", "straße", false},
		{"dotted I is not i", "\u0130", "i", false},
		{"accents count", "é", "e", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memoryStore(t)
			a := mustCreate(t, s, users(s), userBody(tt.a))
			_, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody(tt.b)))
			var conflict *ConflictError
			if errors.As(err, &conflict) != tt.conflict {
				t.Fatalf("create = %v", err)
			}
			if tt.conflict {
				want := ConflictError{Type: "User", Attribute: "userName", Value: tt.b, Holder: a.ID}
				if diff := cmp.Diff(want, *conflict); diff != "" {
					t.Error(diff)
				}
			}
			if strings.EqualFold(tt.a, tt.b) != tt.conflict {
				t.Error("the store and strings.EqualFold disagree")
			}
		})
	}
}

func TestANameCanBeTakenOnceItIsFree(t *testing.T) {
	s := memoryStore(t)
	a := mustCreate(t, s, users(s), userBody("first"))
	b := mustCreate(t, s, users(s), userBody("second"))
	if _, err := replace(t, s, users(s), b.ID, userBody("FIRST")); err == nil {
		t.Fatal("renamed onto a name that is taken")
	}
	if _, err := replace(t, s, users(s), a.ID, userBody("First")); err != nil {
		t.Fatalf("a change of case of its own name: %v", err)
	}
	if _, err := replace(t, s, users(s), a.ID, userBody("third")); err != nil {
		t.Fatal(err)
	}
	if _, err := replace(t, s, users(s), b.ID, userBody("FIRST")); err != nil {
		t.Fatalf("the name was free: %v", err)
	}
	if _, err := s.Delete(t.Context(), users(s), b.ID, nil); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, users(s), userBody("first"))
}

func TestGroupsMayShareADisplayName(t *testing.T) {
	s := memoryStore(t)
	a := mustCreate(t, s, groups(s), groupBody("Sales"))
	b := mustCreate(t, s, groups(s), groupBody("sales"))
	page, err := s.Query(t.Context(), Query{Type: groups(s), Filter: filter(t, groups(s), `displayName eq "SALES"`), Count: -1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{a.ID, b.ID}, ids(page.Resources)); diff != "" {
		t.Error(diff)
	}
}

func TestOneOfManyConcurrentCreatesOfANameWins(t *testing.T) {
	s := memoryStore(t)
	var won, lost sync.Map
	var all sync.WaitGroup
	for i := range 64 {
		name := "race@contoso.com"
		if i%2 == 1 {
			name = "RACE@Contoso.com"
		}
		d := draft(t, users(s), userBody(name))
		all.Go(func() {
			c, err := s.Create(context.Background(), users(s), d)
			if err == nil {
				won.Store(c.After.ID, true)
			} else {
				lost.Store(i, err)
			}
		})
	}
	all.Wait()
	n := 0
	won.Range(func(any, any) bool { n++; return true })
	if n != 1 || s.Count(users(s)) != 1 {
		t.Errorf("%d creates were acknowledged, %d users stored", n, s.Count(users(s)))
	}
	lost.Range(func(_, err any) bool {
		var conflict *ConflictError
		if !errors.As(err.(error), &conflict) {
			t.Errorf("lost with %v", err)
		}
		return true
	})
}

func TestAnEditsErrorIsReturnedAsItIs(t *testing.T) {
	s := memoryStore(t)
	u := mustCreate(t, s, users(s), userBody("a"))
	refusal := fmt.Errorf("precondition failed")
	_, err := s.Update(t.Context(), users(s), u.ID, func(*Resource) (scim.Draft, error) { return scim.Draft{}, refusal })
	if err != refusal {
		t.Errorf("Update = %v", err)
	}
	_, err = s.Delete(t.Context(), users(s), u.ID, func(*Resource) error { return refusal })
	if err != refusal {
		t.Errorf("Delete = %v", err)
	}
	if got, err := s.Get(users(s), u.ID); err != nil || got != u {
		t.Errorf("afterwards there is %v, %v", got, err)
	}
}

func TestUpdatesOfOneResourceDoNotOverwriteEachOther(t *testing.T) {
	s := memoryStore(t)
	u := mustCreate(t, s, users(s), userBody("counter"))
	const writers, each = 8, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				_, err := s.Update(context.Background(), users(s), u.ID, func(cur *Resource) (scim.Draft, error) {
					body, err := cur.Type.Body(cur.Image)
					if err != nil {
						return scim.Draft{}, err
					}
					body.Set("title", scim.NewString(body.Get("title").Text()+"x"))
					return scim.Draft{Body: body}, nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := s.Get(users(s), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	body, err := got.Type.Body(got.Image)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(body.Get("title").Text()); n != writers*each || got.Version != writers*each+1 {
		t.Errorf("%d of %d edits are there, in version %d", n, writers*each, got.Version)
	}
}

func TestAnIDOfTheWrongTypeIsNotFound(t *testing.T) {
	s := memoryStore(t)
	u := mustCreate(t, s, users(s), userBody("a"))
	if _, err := s.Get(groups(s), u.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get = %v", err)
	}
	if _, err := s.Delete(t.Context(), groups(s), u.ID, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("Delete = %v", err)
	}
	if r, err := s.Lookup(u.ID); err != nil || r != u {
		t.Errorf("Lookup = %v, %v", r, err)
	}
}

func TestAStoreThatIsNotOpenTakesNoWrites(t *testing.T) {
	s := New(Options{Memory: true})
	d := draft(t, users(s), userBody("a"))
	if _, err := s.Create(t.Context(), users(s), d); !errors.Is(err, ErrClosed) {
		t.Errorf("before Open: %v", err)
	}
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	mustClose(t, s)
	if _, err := s.Create(t.Context(), users(s), d); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestATypeThatCannotBeStoredIsRefused(t *testing.T) {
	s := memoryStore(t)
	device := &scim.ResourceType{Name: "Device"}
	if _, err := s.Create(t.Context(), device, scim.Draft{}); err == nil || !strings.Contains(err.Error(), `"Device"`) {
		t.Errorf("Create = %v", err)
	}
	if _, err := s.Query(t.Context(), Query{Type: device}); err == nil {
		t.Error("Query found devices")
	}
}

func TestAResourceFitsItsSizeClass(t *testing.T) {
	// There are millions of them, and the allocator's next size is 288 bytes.
	if size := unsafe.Sizeof(Resource{}); strconv.IntSize == 64 && size > 256 {
		t.Errorf("it takes %d bytes", size)
	}
}

func TestTheSizeOfTheDataIsThatOfItsFile(t *testing.T) {
	dir := t.TempDir()
	if size := DataSize(dir); size != 0 {
		t.Errorf("without a file it is %d", size)
	}
	if err := os.WriteFile(filepath.Join(dir, dataFile), make([]byte, 1234), 0o600); err != nil {
		t.Fatal(err)
	}
	if size := DataSize(dir); size != 1234 {
		t.Errorf("it is %d, want 1234", size)
	}
}
