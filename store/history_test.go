package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/scim"
)

// retitle gives a user a new version.
func retitle(tb testing.TB, s *Store, id, title string) Change {
	tb.Helper()
	c, err := replace(tb, s, users(s), id, fmt.Sprintf(`{"userName":"a","title":%q}`, title))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestTheHistoryIsBoundedInBytes(t *testing.T) {
	s := memoryStore(t)
	s.history.maxEach, s.history.maxBytes = 10_000, 25_000
	var people []string
	for i := range 4 {
		people = append(people, mustCreate(t, s, users(s), userBody(fmt.Sprint("u", i))).ID)
	}
	for i := range 100 {
		for u, id := range people {
			title := fmt.Sprintf("%d %s", i, strings.Repeat("t", 2000))
			if _, err := replace(t, s, users(s), id, fmt.Sprintf(`{"userName":"u%d","title":%q}`, u, title)); err != nil {
				t.Fatal(err)
			}
		}
	}
	total := 0
	for _, id := range people {
		n := len(s.History(id)) - 1
		if n < 1 || n > 4 {
			t.Errorf("%d earlier versions of 2 KB in 10 KB", n)
		}
		total += n
	}
	if total > 12 || s.history.bytes > s.history.maxBytes {
		t.Errorf("%d earlier versions of 2 KB, %d bytes, in 25 KB", total, s.history.bytes)
	}
}

func TestAnOversizedVersionIsNotKept(t *testing.T) {
	s := memoryStore(t)
	s.history.maxEach = 1000
	id := mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":"a","title":%q}`, strings.Repeat("t", 2000))).ID
	retitle(t, s, id, "short")
	if got := s.History(id); len(got) != 1 {
		t.Errorf("%d versions", len(got))
	}
	retitle(t, s, id, "shorter")
	if got := s.History(id); len(got) != 2 {
		t.Errorf("%d versions", len(got))
	}
}

func TestDamageInTheHistoryCostsWhatItIsIn(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Dir: dir, Sync: SyncNever, NewID: counterIDs()})
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := mustCreate(t, s, users(s), `{"userName":"a","title":"first"}`).ID
	for _, title := range []string{"second", "third", "fourth"} {
		retitle(t, s, id, title)
	}
	mustClose(t, s)
	path := filepath.Join(dir, historyFileName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), `"title":"second"`)
	data[at+10] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	s = mustOpen(t, Options{Dir: dir, Sync: SyncNever, Warn: func(w string) { warned = append(warned, w) }})
	var titles []string
	for _, v := range s.History(id) {
		body, err := v.Resource.Type.Body(v.Resource.Image)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, body.Get("title").Text())
	}
	if diff := cmp.Diff([]string{"fourth", "third", "first"}, titles); diff != "" {
		t.Error(diff)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "damaged") || !strings.Contains(warned[0], path) {
		t.Errorf("warned %q", warned)
	}
}

func TestAForeignHistoryIsMovedAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, historyFileName)
	if err := os.WriteFile(path, []byte("airmock history 2\n…"), 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	s := mustOpen(t, Options{Dir: dir, Sync: SyncNever, Now: newClock().now, Warn: func(w string) { warned = append(warned, w) }})
	id := mustCreate(t, s, users(s), userBody("a")).ID
	retitle(t, s, id, "Boss")
	if _, err := s.Previous(id); err != nil {
		t.Error(err)
	}
	kept, _ := os.ReadFile(path + ".damaged-20261122T210411.123Z")
	if string(kept) != "airmock history 2\n…" || len(warned) != 1 {
		t.Errorf("aside is %q, warned %q", kept, warned)
	}
}

func TestAVersionThatIsNewerThanTheResourceIsNoHistory(t *testing.T) {
	dir := t.TempDir()
	open := func() *Store {
		s := New(Options{Dir: dir, Sync: SyncNever, NewID: counterIDs()})
		if err := s.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	id := mustCreate(t, s, users(s), `{"userName":"a","title":"1"}`).ID
	retitle(t, s, id, "2")
	mustClose(t, s)
	backup, err := os.ReadFile(filepath.Join(dir, dataFile))
	if err != nil {
		t.Fatal(err)
	}
	s = open()
	retitle(t, s, id, "3")
	retitle(t, s, id, "4")
	mustClose(t, s)
	if err := os.WriteFile(filepath.Join(dir, dataFile), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer mustClose(t, s)
	numbers := func() (n []uint64) {
		for _, v := range s.History(id) {
			n = append(n, v.Number)
		}
		return n
	}
	if diff := cmp.Diff([]uint64{2, 1}, numbers()); diff != "" {
		t.Error(diff)
	}
	retitle(t, s, id, "another 3")
	if diff := cmp.Diff([]uint64{3, 2, 1}, numbers()); diff != "" {
		t.Error(diff)
	}
}

func TestAClosedStoreHasNoHistoryOnDisk(t *testing.T) {
	s := New(Options{Dir: t.TempDir(), Sync: SyncNever, Warn: func(w string) { t.Errorf("warned: %s", w) }})
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := mustCreate(t, s, users(s), userBody("a")).ID
	retitle(t, s, id, "Boss")
	mustClose(t, s)
	if got := s.History(id); len(got) != 1 || got[0].Number != 2 {
		t.Errorf("%v", got)
	}
	if _, err := s.Previous(id); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestAGroupsHistoryNamesFewOfManyMembers(t *testing.T) {
	s := memoryStore(t)
	var members []string
	for i := range 50 {
		members = append(members, mustCreate(t, s, users(s), userBody(fmt.Sprint("u", i))).ID)
	}
	g := mustCreate(t, s, groups(s), groupBody("g", members[:10]...)).ID
	if _, err := change(t.Context(), s, g, membersOp(scim.MembersReplace, members[5:]...)); err != nil {
		t.Fatal(err)
	}
	v := s.History(g)[0]
	if v.AddedN != 40 || v.RemovedN != 5 || len(v.Added) != 32 || len(v.Removed) != 5 {
		t.Errorf("added %d: %v, removed %d: %v", v.AddedN, v.Added, v.RemovedN, v.Removed)
	}
}

func TestTheHistoryIsReadWhileItIsWrittenAndMoved(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), Sync: SyncNever})
	id := mustCreate(t, s, users(s), userBody("a")).ID
	stop := time.Now().Add(300 * time.Millisecond)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for time.Now().Before(stop) {
			versions := s.History(id)
			for i, v := range versions {
				if v.Number != versions[0].Number-uint64(i) {
					t.Errorf("version %d at %d behind %d", v.Number, i, versions[0].Number)
				}
			}
		}
	}()
	for i := 0; time.Now().Before(stop); i++ {
		retitle(t, s, id, fmt.Sprint(i))
	}
	<-done
}

func TestResetAndRestoreForgetTheHistory(t *testing.T) {
	dir := t.TempDir()
	o := Options{Dir: dir, Sync: SyncNever, NewID: counterIDs()}
	s := New(o)
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := mustCreate(t, s, users(s), userBody("a")).ID
	retitle(t, s, id, "Boss")
	if _, err := s.Reset(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if got := s.History(id); len(got) != 0 {
		t.Errorf("%d versions after a reset", len(got))
	}
	kept := mustCreate(t, s, users(s), userBody("a")).ID
	retitle(t, s, kept, "Boss")
	mustClose(t, s)
	s = mustOpen(t, o)
	if got := s.History(id); len(got) != 0 {
		t.Errorf("%d versions after a reset and a restart", len(got))
	}
	if got := s.History(kept); len(got) != 2 {
		t.Errorf("%d versions of what came after the reset", len(got))
	}
}
