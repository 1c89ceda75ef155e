package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// failer is a test, or a run of rapid's.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// snapshot takes a snapshot of a store as a file.
func snapshot(t failer, s *Store) []byte {
	t.Helper()
	shot, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatalf("snapshot: %v", err)
	}
	var file bytes.Buffer
	if n, err := shot.WriteTo(&file); err != nil || n != int64(file.Len()) {
		t.Fatalf("write the snapshot: %d of %d bytes, %v", n, file.Len(), err)
	}
	return file.Bytes()
}

func mustRestore(tb testing.TB, s *Store, file []byte) SnapshotInfo {
	tb.Helper()
	info, err := s.Restore(tb.Context(), bytes.NewReader(file))
	if err != nil {
		tb.Fatalf("restore: %v", err)
	}
	return info
}

// answers is everything that clients can read, as they read it, and what their
// entity tags are made of.
func answers(s *Store) string {
	locate := func(dst []byte, rt *scim.ResourceType, id string) []byte {
		return append(dst, rt.Endpoint+"/"+id...)
	}
	var b strings.Builder
	b.WriteString(dump(s))
	for _, r := range everything(s) {
		fmt.Fprintf(&b, "%s\n", s.AppendJSON(nil, r, Show{Locate: locate, Members: true, Groups: true}))
	}
	return b.String()
}

// twoStores opens a store in memory and one on disk.
func twoStores(tb testing.TB, o Options) map[string]*Store {
	tb.Helper()
	if o.Now == nil {
		o.Now = newClock().now
	}
	inMemory, onDisk := o, o
	inMemory.Memory, onDisk.Dir = true, tb.TempDir()
	return map[string]*Store{"memory": mustOpen(tb, inMemory), "disk": mustOpen(tb, onDisk)}
}

// populate makes a tenant of everything that there is, by chance.
func populate(t *rapid.T, tb testing.TB, s *Store) {
	var known []string
	pick := func() []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(append(known, "")), 0, 3, rapid.ID).Draw(t, "ids")
	}
	real := func(all []string) []string { return slices.DeleteFunc(all, func(id string) bool { return id == "" }) }
	for i := range rapid.IntRange(0, 25).Draw(t, "operations") {
		switch rapid.IntRange(0, 6).Draw(t, "operation") {
		case 0, 1:
			name := fmt.Sprintf("%s-%d", rapid.SampledFrom([]string{"kim", "bärbel", "名\u2028", `a"\\b`}).Draw(t, "name"), i)
			body := fmt.Sprintf(`{"userName":%q,"title":"  x ","externalId":%q,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":%q}}}`,
				name, name, strings.Join(real(pick()), ""))
			known = append(known, mustCreate(tb, s, users(s), body).ID)
		case 2:
			known = append(known, mustCreate(tb, s, groups(s), groupBody(fmt.Sprint("group ", i), real(pick())...)).ID)
		case 3:
			known = append(known, mustCreate(tb, s, devices(s), fmt.Sprintf(`{"serial":"s-%d","ports":[{"value":"p%d"}]}`, i, i)).ID)
		case 4:
			if len(known) > 0 {
				id := rapid.SampledFrom(known).Draw(t, "id")
				r, _ := s.Lookup(id)
				if _, err := s.Delete(tb.Context(), r.Type, id, nil); err != nil {
					t.Fatalf("delete: %v", err)
				}
				known = slices.DeleteFunc(known, func(x string) bool { return x == id })
			}
		case 5:
			if len(known) > 0 {
				r, _ := s.Lookup(rapid.SampledFrom(known).Draw(t, "id"))
				_, err := s.Update(tb.Context(), r.Type, r.ID, func(cur *Resource) (scim.Draft, error) {
					body, err := cur.Type.Body(cur.Image)
					body.Set("displayName", scim.NewString(fmt.Sprint("renamed ", i)))
					return scim.Draft{Body: body}, err
				})
				if err != nil {
					t.Fatalf("update: %v", err)
				}
			}
		case 6:
			token, _, err := s.CreateToken(tb.Context(), fmt.Sprint("token ", i), 0)
			if err == nil && rapid.Bool().Draw(t, "revoke") {
				_, err = s.RevokeToken(tb.Context(), token.ID)
			} else {
				s.TouchToken(token.ID, s.opts.Now())
			}
			if err != nil {
				t.Fatalf("token: %v", err)
			}
		}
	}
}

func TestARestoredTenantAnswersAsTheOneOfTheSnapshot(t *testing.T) {
	catalog := deviceCatalog(t)
	inBubble(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(rt *rapid.T) {
			dir := rapid.SampledFrom([]string{"memory", "disk"})
			clock, newID := newClock(), counterIDs()
			fresh := func(label string) *Store {
				o := Options{Memory: dir.Draw(rt, label) == "memory", Dir: filepath.Join(t.TempDir(), label), Catalog: catalog, NewID: newID, Now: clock.now}
				o.Warn = func(w string) { rt.Fatalf("warned: %s", w) }
				s := New(o)
				if err := s.Open(t.Context()); err != nil {
					rt.Fatalf("open: %v", err)
				}
				return s
			}
			from := fresh("from")
			defer func() { mustClose(t, from) }()
			populate(rt, t, from)
			to := fresh("to")
			defer func() { mustClose(t, to) }()
			populate(rt, t, to) // which is to go without a trace
			file := snapshot(rt, from)
			clock.advance(1000)
			info, err := to.Restore(t.Context(), bytes.NewReader(file))
			if err != nil {
				rt.Fatalf("restore: %v", err)
			}
			if got := info.Counts; got.Users != to.Count(users(to)) || got.Groups != to.Count(groups(to)) || got.Custom != to.Count(devices(to)) || got.Tokens != len(to.Tokens()) {
				rt.Fatalf("the snapshot counts %+v", got)
			}
			if a, b := answers(from), answers(to); a != b {
				rt.Fatalf("before\n%s\nafter\n%s", a, b)
			}
			if !to.opts.Memory {
				mustClose(t, to)
				to = New(to.opts)
				if err := to.Open(t.Context()); err != nil {
					rt.Fatalf("open again: %v", err)
				}
				if a, b := answers(from), answers(to); a != b {
					rt.Fatalf("before\n%s\nafter a restart\n%s", a, b)
				}
			}
			again := snapshot(rt, to)
			if a, b := recordsIn(file), recordsIn(again); a != b {
				rt.Fatalf("a snapshot of the restored tenant differs:\n%s\n%s", a, b)
			}
			next := mustCreate(t, to, users(to), userBody("next")) // the state is one that takes writes
			for _, r := range everything(to) {
				if r != next && r.Seq >= next.Seq {
					rt.Fatalf("the sequence number %d is given out again", next.Seq)
				}
			}
		})
	})
}

func TestWhatTheCatalogDoesNotKnowIsInTheSnapshot(t *testing.T) {
	knowing := mustOpen(t, Options{Memory: true, Catalog: deviceCatalog(t)})
	d := mustCreate(t, knowing, devices(knowing), `{"serial":"A-1"}`)
	mustCreate(t, knowing, groups(knowing), groupBody("g", d.ID))
	file, want := snapshot(t, knowing), answers(knowing)
	for name, s := range twoStores(t, Options{}) {
		t.Run(name, func(t *testing.T) {
			if info := mustRestore(t, s, file); info.Counts.Custom != 1 || info.Counts.Memberships != 1 {
				t.Errorf("restored %+v", info)
			}
			back := mustOpen(t, Options{Memory: true, Catalog: deviceCatalog(t)})
			mustRestore(t, back, snapshot(t, s))
			if got := answers(back); got != want {
				t.Errorf("before\n%s\nafter\n%s", want, got)
			}
		})
	}
}

// writeAll creates n users one after the other, who join a group, and deletes
// every third. It counts what was answered.
func writeAll(ctx context.Context, s *Store, group, name string, n int, created *atomic.Int64) {
	for i := range n {
		body := scim.NewObject()
		body.Set("userName", scim.NewString(fmt.Sprintf("%s-%d", name, i)))
		c, err := s.Create(ctx, users(s), scim.Draft{Body: body})
		if err != nil {
			return
		}
		created.Store(int64(i) + 1)
		_, _ = change(ctx, s, group, membersOp(scim.MembersAdd, c.After.ID))
		if i%3 == 2 {
			_, _ = s.Delete(ctx, users(s), c.After.ID, nil)
		}
	}
}

func TestASnapshotIsOfOneInstantWhileWritesGoOn(t *testing.T) {
	const writers, each = 4, 150
	for name, s := range twoStores(t, Options{Sync: SyncNever}) {
		t.Run(name, func(t *testing.T) {
			group := mustCreate(t, s, groups(s), groupBody("g")).ID
			var created [writers]atomic.Int64
			var working sync.WaitGroup
			for w := range writers {
				working.Go(func() { writeAll(t.Context(), s, group, fmt.Sprint("w", w), each, &created[w]) })
			}
			done := make(chan struct{})
			go func() { working.Wait(); close(done) }()
			for ended := false; !ended; {
				select {
				case <-done:
					ended = true // one more, of all of them
				default:
				}
				var before, after [writers]int64
				for w := range writers {
					before[w] = created[w].Load()
				}
				shot, err := s.Snapshot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for w := range writers {
					after[w] = created[w].Load() + 1 // one that was stored may not be answered yet
				}
				var file bytes.Buffer
				if _, err := shot.WriteTo(&file); err != nil {
					t.Fatal(err)
				}
				restored := mustOpen(t, Options{Memory: true, Warn: func(text string) { t.Errorf("warned: %s", text) }})
				mustRestore(t, restored, file.Bytes())
				for w := range writers {
					checkPrefix(t, restored, fmt.Sprint("w", w), before[w], after[w])
				}
			}
		})
	}
}

// checkPrefix wants the users of one writer as they were after so many were
// created, and no more.
func checkPrefix(t *testing.T, s *Store, name string, least, most int64) {
	t.Helper()
	there := make(map[int64]bool)
	for _, r := range everything(s) {
		var i int64
		if _, err := fmt.Sscanf(r.Name, name+"-%d", &i); err == nil {
			there[i] = true
		}
	}
	last := slices.Max(append(slices.Collect(maps.Keys(there)), -1))
	if last+1 < least-1 || last+1 > most { // the last one may be deleted already
		t.Fatalf("%s created %d to %d users, and the snapshot has %d", name, least, most, last+1)
	}
	for i := range last {
		if there[i] != (i%3 != 2) && !(i == last-1) {
			t.Fatalf("%s-%d is there: %v, and the last is %d", name, i, there[i], last)
		}
	}
}

func TestReadersSeeTheOldStateOrTheNewOne(t *testing.T) {
	state := func(name string) []byte {
		s := memoryStore(t)
		for i := range 40 {
			u := mustCreate(t, s, users(s), userBody(fmt.Sprintf("%s-%d", name, i)))
			mustCreate(t, s, groups(s), groupBody(name, u.ID))
		}
		return snapshot(t, s)
	}
	files := [][]byte{state("old"), state("new")} // with the same ids
	for name, s := range twoStores(t, Options{Sync: SyncNever}) {
		t.Run(name, func(t *testing.T) {
			mustRestore(t, s, files[0])
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var reading sync.WaitGroup
			for range 4 {
				reading.Go(func() {
					for ctx.Err() == nil {
						page, err := s.Query(t.Context(), Query{Count: -1})
						if err != nil {
							t.Error(err)
							return
						}
						var all []byte
						for _, r := range page.Resources {
							all = s.AppendJSON(all, r, Show{Members: true, Groups: true})
						}
						if len(page.Resources) != 80 || bytes.Contains(all, []byte(`"old`)) == bytes.Contains(all, []byte(`"new`)) {
							t.Errorf("%d resources of two states: %s", len(page.Resources), all)
							return
						}
					}
				})
			}
			revision := s.Revision()
			for i := range 30 {
				mustRestore(t, s, files[i%2])
				if next := s.Revision(); next <= revision {
					t.Errorf("the revision went from %d to %d", revision, next)
				} else {
					revision = next
				}
			}
			stop()
			reading.Wait()
		})
	}
}

func TestAResetEmptiesTheTenant(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for name, s := range twoStores(t, Options{Catalog: deviceCatalog(t), NewID: counterIDs()}) {
			t.Run(fmt.Sprintf("%s, tokens kept: %v", name, keep), func(t *testing.T) {
				u := mustCreate(t, s, users(s), userBody("kim"))
				mustCreate(t, s, devices(s), `{"serial":"A-1"}`)
				mustCreate(t, s, groups(s), groupBody("g", u.ID))
				token, secret, err := s.CreateToken(t.Context(), "ci", 0)
				if err != nil {
					t.Fatal(err)
				}
				s.TouchToken(token.ID, s.opts.Now())
				before := s.Tokens()
				gone, err := s.Reset(t.Context(), keep)
				if err != nil {
					t.Fatal(err)
				}
				want := Counts{Users: 1, Groups: 1, Memberships: 1, Tokens: 1, Custom: 1}
				if keep {
					want.Tokens = 0
				}
				if gone != want {
					t.Errorf("gone are %+v, want %+v", gone, want)
				}
				for range 2 {
					if left := everything(s); len(left) != 0 {
						t.Errorf("%d resources are left", len(left))
					}
					if _, found := s.FindToken(secret); found != keep {
						t.Errorf("the token is there: %v", found)
					}
					if keep && !slices.Equal(before, s.Tokens()) {
						t.Errorf("tokens %+v, before %+v", s.Tokens(), before)
					}
					if s.opts.Memory {
						break
					}
					mustClose(t, s)
					s = mustOpen(t, s.opts)
				}
				mustCreate(t, s, users(s), userBody("kim"))
			})
		}
	}
}

func TestNothingIsRestoredIntoAReadOnlyTenant(t *testing.T) {
	d := &fakeDisk{}
	s := on(t, d)
	file := snapshot(t, s)
	mustCreate(t, s, users(s), userBody("kim"))
	d.full.Store(true)
	if err := create(t, s, users(s), userBody("lee")); !errors.Is(err, ErrReadOnly) {
		t.Fatal(err)
	}
	if _, err := s.Restore(t.Context(), bytes.NewReader(file)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("restore: %v", err)
	}
	if _, err := s.Reset(t.Context(), false); !errors.Is(err, ErrReadOnly) {
		t.Errorf("reset: %v", err)
	}
	if n := s.Count(users(s)); n != 1 {
		t.Errorf("%d users are left", n)
	}
}

func TestAClosedStoreIsNeitherSavedNorRestored(t *testing.T) {
	s := memoryStore(t)
	file := snapshot(t, s)
	mustClose(t, s)
	_, shotErr := s.Snapshot(t.Context())
	_, restoreErr := s.Restore(t.Context(), bytes.NewReader(file))
	_, resetErr := s.Reset(t.Context(), false)
	for _, err := range []error{shotErr, restoreErr, resetErr} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%v, want ErrClosed", err)
		}
	}
}

// recordsIn is a snapshot without its first and last line.
func recordsIn(file []byte) string {
	_, rest, _ := bytes.Cut(file, []byte("\n"))
	return string(rest[:bytes.LastIndex(rest, []byte(`{"airmock":"end"`))])
}
