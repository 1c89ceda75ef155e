package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"airmock/internal/scim"
)

// eager compacts whenever that makes the file smaller, and again at once.
var eager = compaction{min: 1, interval: time.Millisecond, rest: -1}

// bloat makes a store's file large: n users, each replaced as often as times
// says.
func bloat(tb testing.TB, s *Store, n, times int) {
	tb.Helper()
	for i := range n {
		name := fmt.Sprintf("user-%d@contoso.com", i)
		id := mustCreate(tb, s, users(s), userBody(name)).ID
		for v := range times {
			body := fmt.Sprintf(`{"userName":%q,"title":"%0*d"}`, name, 500, v)
			if _, err := replace(tb, s, users(s), id, body); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// inBubble runs a test whose time passes as soon as everybody waits.
func inBubble(t *testing.T, fn func(*testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		t.Cleanup(func() { time.Sleep(2 * time.Second) }) // BuntDB's goroutine sees only then that it was closed
		fn(t)
	})
}

func onDisk(tb testing.TB, s *Store) (*bunt, int64) {
	tb.Helper()
	d := s.disk.(*bunt)
	info, err := os.Stat(d.path)
	if err != nil {
		tb.Fatal(err)
	}
	return d, info.Size()
}

// dump is everything that can be read, as text.
func dump(s *Store) string {
	var b strings.Builder
	for _, r := range everything(s) {
		fmt.Fprintf(&b, "%s %d %d %s %q\n", r.ID, r.Seq, r.Version, r.Image, ids(s.Members(r.ID)))
	}
	for _, t := range s.Tokens() {
		fmt.Fprintf(&b, "%+v\n", t)
	}
	return b.String()
}

func wantNothingLeft(tb testing.TB, path string) {
	tb.Helper()
	for _, suffix := range []string{backupSuffix, tempSuffix} {
		if exists(path + suffix) {
			tb.Errorf("%s is left", path+suffix)
		}
	}
}

func TestACompactedFileHoldsWhatCountsAndNothingElse(t *testing.T) {
	for _, shareless := range []bool{false, true} { // true: as on Windows
		t.Run(fmt.Sprintf("shareless %v", shareless), func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, Options{Dir: dir, Sync: SyncAlways})
			bloat(t, s, 30, 3)
			if _, err := s.Delete(t.Context(), users(s), everything(s)[0].ID, nil); err != nil {
				t.Fatal(err)
			}
			d, before := onDisk(t, s)
			d.shareless = shareless
			was := dump(s)
			if err := d.compact(); err != nil {
				t.Fatal(err)
			}
			_, after := onDisk(t, s)
			if after != d.live.Load() || after > before/2 {
				t.Errorf("from %d to %d bytes, of which %d count", before, after, d.live.Load())
			}
			wantNothingLeft(t, d.path)
			mustCreate(t, s, users(s), userBody("later@contoso.com")) // synced through the new descriptor
			if info, err := d.file.Stat(); err != nil || info.Size() != d.live.Load() {
				t.Errorf("the descriptor is that of another file: %v", err)
			}
			grown := dump(s)
			if !strings.HasPrefix(grown, was) {
				t.Errorf("before:\n%s\nafter:\n%s", was, grown)
			}
			mustClose(t, s)
			again := mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned: %s", w) }})
			if got := dump(again); got != grown {
				t.Errorf("before:\n%s\nopened again:\n%s", grown, got)
			}
		})
	}
}

// TestTheBytesThatCountAreTracked also over restarts, and where a sync fails and
// its batch is taken back.
func TestTheBytesThatCountAreTracked(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Sync: SyncAlways})
	bloat(t, s, 10, 2)
	d, _ := onDisk(t, s)
	live := d.live.Load()
	if err := d.file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody("refused@contoso.com"))); !errors.Is(err, ErrReadOnly) {
		t.Fatalf("create = %v", err)
	}
	if got := d.live.Load(); got != live {
		t.Errorf("%d bytes count, and %d after a batch that was taken back", live, got)
	}
	counted, err := liveBytes(d.db)
	if err != nil || counted != live {
		t.Errorf("%d bytes are tracked and %d counted: %v", live, counted, err)
	}
}

func TestATenantCompactsItselfWhereThatIsWorthIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := mustOpen(t, Options{Dir: t.TempDir(), Sync: SyncNever, compaction: compaction{min: 20 << 10}})
		bloat(t, s, 10, 1)
		d, small := onDisk(t, s)
		time.Sleep(time.Minute)
		if _, size := onDisk(t, s); size != small {
			t.Errorf("a small file was compacted, from %d to %d bytes", small, size)
		}
		for i := range 60 {
			mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":"more-%d","title":"%0*d"}`, i, 500, i))
		}
		_, sound := onDisk(t, s)
		time.Sleep(time.Minute)
		if _, size := onDisk(t, s); size != sound {
			t.Errorf("a file was compacted of which most counts, from %d to %d bytes", sound, size)
		}
		for _, r := range everything(s)[10:] {
			if _, err := s.Delete(t.Context(), users(s), r.ID, nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * compactInterval)
		if _, size := onDisk(t, s); size != d.live.Load() {
			t.Errorf("%d bytes are left, and %d count", size, d.live.Load())
		}
	})
}

// TestACompactionThatFailsLeavesTheTenantAsItWas has something in the way of
// the new file, or of the second name.
func TestACompactionThatFailsLeavesTheTenantAsItWas(t *testing.T) {
	for suffix, want := range map[string]string{tempSuffix: "is a directory", backupSuffix: "directory not empty"} {
		t.Run(suffix, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var mu sync.Mutex
				var warned []string
				warn := func(w string) {
					mu.Lock()
					defer mu.Unlock()
					warned = append(warned, w)
				}
				s := mustOpen(t, Options{Dir: t.TempDir(), Sync: SyncAlways, Warn: warn, compaction: compaction{min: 1}})
				d, _ := onDisk(t, s)
				obstacle := d.path + suffix
				if err := os.MkdirAll(filepath.Join(obstacle, "x"), 0o700); err != nil {
					t.Fatal(err)
				}
				bloat(t, s, 10, 3)
				_, size := onDisk(t, s)
				time.Sleep(compactRetry - time.Minute)
				mu.Lock()
				if len(warned) != 1 || !strings.Contains(warned[0], "could not be compacted") || !strings.Contains(warned[0], want) || !strings.Contains(warned[0], "1h0m0s") {
					t.Errorf("warned %q, want %q", warned, want)
				}
				mu.Unlock()
				if s.ReadOnly() {
					t.Error("the tenant is read-only")
				}
				mustCreate(t, s, users(s), userBody("meanwhile@contoso.com"))
				if _, now := onDisk(t, s); now <= size {
					t.Errorf("from %d to %d bytes", size, now)
				}
				if other := map[string]string{tempSuffix: backupSuffix, backupSuffix: tempSuffix}[suffix]; exists(d.path + other) {
					t.Errorf("%s is left", other)
				}
				time.Sleep(compactRetry) // fails again, and is not told again
				if err := os.RemoveAll(obstacle); err != nil {
					t.Fatal(err)
				}
				time.Sleep(compactRetry)
				if _, now := onDisk(t, s); now != d.live.Load() {
					t.Errorf("%d bytes are left, and %d count", now, d.live.Load())
				}
				if len(warned) != 1 {
					t.Errorf("warned %q", warned)
				}
			})
		})
	}
}

// TestWritersAndReadersGoOnDuringCompactions lets four writers and two readers
// at a store that is compacted all the time.
func TestWritersAndReadersGoOnDuringCompactions(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncSecond, SyncAlways} {
		t.Run(string(policy), func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, Options{Dir: dir, Sync: policy, compaction: eager, Warn: func(w string) { t.Errorf("warned: %s", w) }})
			bloat(t, s, 50, 1)
			d, _ := onDisk(t, s)
			var stop atomic.Bool
			var all sync.WaitGroup
			for w := range 4 {
				all.Go(func() { churnUser(t, s, w, &stop) })
			}
			kept := everything(s)[:50]
			for range 2 {
				all.Go(func() {
					for !stop.Load() {
						for _, r := range kept {
							if got, err := s.Get(users(s), r.ID); err != nil || !bytes.Equal(got.Image, r.Image) {
								t.Errorf("%s: %v", r.Name, err)
								return
							}
						}
					}
				})
			}
			waitForCompactions(t, d, 3)
			stop.Store(true)
			all.Wait()
			was := dump(s)
			mustClose(t, s)
			wantNothingLeft(t, d.path)
			again := mustOpen(t, Options{Dir: dir, Warn: func(w string) { t.Errorf("warned: %s", w) }})
			if got := dump(again); got != was {
				t.Errorf("before:\n%s\nopened again:\n%s", was, got)
			}
		})
	}
}

// churnUser creates, changes and deletes a user over and over.
func churnUser(t *testing.T, s *Store, w int, stop *atomic.Bool) {
	body := scim.NewObject()
	body.Set("userName", scim.NewString(fmt.Sprint("churn-", w)))
	for n := 0; !stop.Load(); n++ {
		c, err := s.Create(t.Context(), users(s), scim.Draft{Body: body.Clone()})
		for v := range 20 {
			if err != nil {
				break
			}
			next := body.Clone()
			next.Set("title", scim.NewString(fmt.Sprintf("%0*d", 200, 100*n+v)))
			_, err = s.Update(t.Context(), users(s), c.After.ID, func(*Resource) (scim.Draft, error) { return scim.Draft{Body: next}, nil })
		}
		if err == nil && !stop.Load() {
			_, err = s.Delete(t.Context(), users(s), c.After.ID, nil)
		}
		if err != nil {
			t.Errorf("writer %d: %v", w, err)
			return
		}
	}
}

// waitForCompactions waits until the file was replaced n times.
func waitForCompactions(tb testing.TB, d *bunt, n int) {
	tb.Helper()
	last, err := os.Stat(d.path)
	for err == nil && n > 0 && !tb.Failed() {
		var now os.FileInfo
		if now, err = os.Stat(d.path); err == nil && !os.SameFile(last, now) {
			last = now
			n--
		}
		runtime.Gosched()
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// TestNothingIsWrittenToANewFileBeforeItIsSafe has a backup that cannot be
// removed, so that a crash would continue with it.
func TestNothingIsWrittenToANewFileBeforeItIsSafe(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), Sync: SyncNever})
	bloat(t, s, 3, 3)
	d, _ := onDisk(t, s)
	old, err := identify(d.path)
	if err != nil {
		t.Fatal(err)
	}
	d.old.Store(&old)
	if err := d.shrink(); err != nil {
		t.Fatal(err)
	}
	backup := d.path + backupSuffix
	if err := os.MkdirAll(filepath.Join(backup, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	compacted := d.live.Load()
	if _, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody("x"))); !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), backup) {
		t.Errorf("create = %v", err)
	}
	if _, size := onDisk(t, s); size != compacted || !d.isReplaced() {
		t.Errorf("%d bytes were written to the new file", size-compacted)
	}
	if err := os.RemoveAll(backup); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, s, users(s), userBody("x"))
	if info, err := d.file.Stat(); err != nil || info.Size() != d.live.Load() || d.isReplaced() {
		t.Errorf("the new file is not the one that is synced: %v", err)
	}
}

func TestClosingDoesNotWaitForACompaction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, Options{Dir: dir, Sync: SyncNever, Warn: func(w string) { t.Errorf("warned: %s", w) }, compaction: compaction{min: 1}})
		bloat(t, s, 10, 3)
		d, size := onDisk(t, s)
		time.Sleep(compactInterval + 100*time.Millisecond) // BuntDB waits a quarter of a second before it begins
		if !exists(d.path + backupSuffix) {
			t.Fatal("the compaction has not begun, or is over")
		}
		was := dump(s)
		mustClose(t, s)
		if info, err := os.Stat(d.path); err != nil || info.Size() != size {
			t.Errorf("it was finished all the same: %v", err)
		}
		wantNothingLeft(t, d.path)
		if got := dump(mustOpen(t, Options{Dir: dir})); got != was {
			t.Errorf("before:\n%s\nopened again:\n%s", was, got)
		}
	})
}

// TestABuntDBThatGivesUpInACompactionMakesTheTenantReadOnly stands for a file
// that cannot take the other's name: BuntDB panics.
func TestABuntDBThatGivesUpInACompactionMakesTheTenantReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := New(Options{Dir: dir})
	if err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	bloat(t, s, 3, 1)
	was := dump(s)
	d, _ := onDisk(t, s)
	db := d.db
	d.db = nil
	err := d.compact()
	if err == nil || !strings.Contains(err.Error(), "restart airmock") {
		t.Fatalf("compact = %v", err)
	}
	if told := d.notCompacted(err, compactRetry); strings.Contains(told, "next try") || strings.Contains(told, "growing") || !strings.Contains(told, "until the next start") {
		t.Errorf("it says %q, and there is no other try", told)
	}
	d.db = db
	if _, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody("x"))); !errors.Is(err, ErrReadOnly) {
		t.Errorf("create = %v", err)
	}
	_ = s.Close()
	_ = db.Close()
	if got := dump(mustOpen(t, Options{Dir: dir})); got != was {
		t.Errorf("before:\n%s\nopened again:\n%s", was, got)
	}
}
