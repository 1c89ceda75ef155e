package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"airmock/internal/scim"
)

// fakeDisk remembers what it was given and refuses when told so.
type fakeDisk struct {
	memory // not written to
	mu     sync.Mutex
	writes [][]write
	full   atomic.Bool
}

var errFull = errors.New("no space left on device")

func (d *fakeDisk) write(ws []write) error {
	if d.full.Load() {
		return errFull
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes = append(d.writes, ws)
	return nil
}

func (d *fakeDisk) sync() error     { return nil }
func (d *fakeDisk) probe(int) error { return d.write(nil) }
func (d *fakeDisk) close() error    { return nil }

// on opens a store on a fake disk.
func on(t *testing.T, d disk) *Store {
	t.Helper()
	s := New(Options{NewID: counterIDs()})
	s.disk = d
	s.serve(newModel(s.opts.Catalog))
	t.Cleanup(func() { mustClose(t, s) })
	return s
}

// hold keeps the writer inside an operation until release is called, so that a
// test decides what is in the batch.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	started, released, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		err := s.write(context.Background(), func(*batch, *delta) error {
			close(started)
			<-released
			return nil
		})
		if err != nil && !errors.Is(err, ErrReadOnly) {
			t.Errorf("hold: %v", err)
		}
	}()
	<-started
	release = sync.OnceFunc(func() { close(released); <-done })
	t.Cleanup(release) // a test that fails in between must not leave the writer held
	return release
}

// queued waits until n operations wait for the writer.
func queued(t *testing.T, s *Store, n int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for len(s.writer.Load().ops) < n {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d operations are queued", len(s.writer.Load().ops), n)
		}
		time.Sleep(time.Millisecond)
	}
}

// outcome is the answer to a write that a test started.
type outcome struct {
	change Change
	err    error
}

// start runs fn, which must enqueue one operation, and returns once it has.
func start(t *testing.T, s *Store, fn func() (Change, error)) <-chan outcome {
	t.Helper()
	before := len(s.writer.Load().ops)
	out := make(chan outcome, 1)
	go func() {
		c, err := fn()
		out <- outcome{c, err}
	}()
	queued(t, s, before+1)
	return out
}

func TestWhatWaitsIsOneBatchInWhichEachFailsByItself(t *testing.T) {
	d := &fakeDisk{}
	s := on(t, d)
	u := mustCreate(t, s, users(s), userBody("old"))
	create := func(name string) func() (Change, error) {
		dr := draft(t, users(s), userBody(name))
		return func() (Change, error) { return s.Create(context.Background(), users(s), dr) }
	}
	release := hold(t, s)
	rename := start(t, s, func() (Change, error) { return replace(t, s, users(s), u.ID, userBody("new")) })
	freed := start(t, s, create("OLD"))
	taken := start(t, s, create("NEW"))
	panics := start(t, s, func() (Change, error) {
		return s.Update(context.Background(), users(s), u.ID, func(*Resource) (scim.Draft, error) { panic("an edit's own fault") })
	})
	again := start(t, s, create("old"))
	other := start(t, s, create("other"))
	gone := start(t, s, func() (Change, error) {
		return s.Delete(context.Background(), users(s), u.ID, func(cur *Resource) error {
			if cur.Name != "new" {
				return fmt.Errorf("check saw %q", cur.Name)
			}
			return nil
		})
	})
	lookup := start(t, s, func() (Change, error) { return replace(t, s, users(s), u.ID, userBody("x")) })
	if s.Count(users(s)) != 1 {
		t.Error("readers see what is not stored yet")
	}
	release()

	for name, result := range map[string]<-chan outcome{"rename": rename, "create on a freed name": freed, "other": other, "delete": gone} {
		if o := <-result; o.err != nil {
			t.Errorf("%s: %v", name, o.err)
		}
	}
	var conflict *ConflictError
	if o := <-taken; !errors.As(o.err, &conflict) || conflict.Holder != u.ID {
		t.Errorf("create on a name taken in the batch: %v", o.err)
	}
	if o := <-again; !errors.As(o.err, &conflict) || conflict.Holder == u.ID {
		t.Errorf("create on a name taken in the batch: %v", o.err)
	}
	if o := <-panics; o.err == nil || !strings.Contains(o.err.Error(), "an edit's own fault") {
		t.Errorf("panicking edit: %v", o.err)
	}
	if o := <-lookup; !errors.Is(o.err, ErrNotFound) {
		t.Errorf("update of what the batch deleted: %v", o.err)
	}
	if len(d.writes) != 2 || len(d.writes[1]) != 4 {
		t.Errorf("the disk got %d batches, the last of %d records", len(d.writes), len(d.writes[len(d.writes)-1]))
	}
	if s.Count(users(s)) != 2 {
		t.Errorf("%d users", s.Count(users(s)))
	}
}

func TestMembershipsSeeTheBatch(t *testing.T) {
	s := on(t, &fakeDisk{})
	u := mustCreate(t, s, users(s), userBody("u"))
	g := mustCreate(t, s, groups(s), groupBody("g"))
	release := hold(t, s)
	add := start(t, s, func() (Change, error) { return change(context.Background(), s, g.ID, membersOp(scim.MembersAdd, u.ID)) })
	twice := start(t, s, func() (Change, error) { return change(context.Background(), s, g.ID, membersOp(scim.MembersAdd, u.ID)) })
	del := start(t, s, func() (Change, error) { return s.Delete(context.Background(), users(s), u.ID, nil) })
	ghost := start(t, s, func() (Change, error) { return change(context.Background(), s, g.ID, membersOp(scim.MembersAdd, u.ID)) })
	release()
	if o := <-add; o.err != nil || len(o.change.Added) != 1 {
		t.Errorf("add: %+v", o)
	}
	if o := <-twice; o.err != nil || o.change.Changed() {
		t.Errorf("second add: %+v", o)
	}
	if o := <-del; o.err != nil {
		t.Errorf("delete: %v", o.err)
	}
	var unknown *UnknownMemberError
	if o := <-ghost; !errors.As(o.err, &unknown) {
		t.Errorf("add of who is deleted: %v", o.err)
	}
	if r, err := s.Lookup(g.ID); err != nil || s.MemberCount(g.ID) != 0 || r.Version != 3 {
		t.Errorf("the group has %d members in version %d, %v", s.MemberCount(g.ID), r.Version, err)
	}
}

func TestABatchEndsAtItsLimits(t *testing.T) {
	d := &fakeDisk{}
	s := on(t, d)
	release := hold(t, s)
	var results []<-chan outcome
	for i := range maxBatchOps {
		dr := draft(t, users(s), userBody(fmt.Sprintf("u%d", i)))
		results = append(results, start(t, s, func() (Change, error) { return s.Create(context.Background(), users(s), dr) }))
	}
	release()
	for _, r := range results {
		<-r
	}
	if len(d.writes) != 2 || len(d.writes[0]) != maxBatchOps-1 { // hold was the first of the batch
		t.Errorf("%d batches, the first of %d", len(d.writes), len(d.writes[0]))
	}

	d.writes = nil
	release = hold(t, s)
	results = nil
	big := strings.Repeat("x", maxBatchBytes/5+1) // 5 of them fill a batch; a resource is at most 1 MiB
	for i := range 6 {
		dr := draft(t, users(s), fmt.Sprintf(`{"userName":"big%d","title":%q}`, i, big))
		results = append(results, start(t, s, func() (Change, error) { return s.Create(context.Background(), users(s), dr) }))
	}
	release()
	for _, r := range results {
		<-r
	}
	if len(d.writes) != 2 || len(d.writes[0]) != 5 {
		t.Errorf("%d batches, the first of %d", len(d.writes), len(d.writes[0]))
	}
}

func TestADiskThatRefusesMakesTheTenantReadOnlyUntilItTakesWritesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDisk{}
		s := on(t, d)
		u := mustCreate(t, s, users(s), userBody("a"))
		rev := s.Revision()
		d.full.Store(true)
		for range 2 {
			_, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody("b")))
			if !errors.Is(err, ErrReadOnly) || !errors.Is(err, errFull) || !s.ReadOnly() {
				t.Fatalf("create = %v, read-only %v", err, s.ReadOnly())
			}
		}
		if _, err := s.Delete(t.Context(), users(s), u.ID, nil); !errors.Is(err, ErrReadOnly) {
			t.Errorf("delete = %v", err)
		}
		if got, err := s.Get(users(s), u.ID); err != nil || got != u || s.Count(users(s)) != 1 || s.Revision() != rev {
			t.Errorf("readers see %v, %v, %d users", got, err, s.Count(users(s)))
		}
		if c, err := replace(t, s, users(s), u.ID, userBody("a")); err != nil || c.Changed() {
			t.Errorf("a write without a change = %v", err)
		}
		d.full.Store(false)
		time.Sleep(2 * healInterval)
		synctest.Wait()
		if s.ReadOnly() {
			t.Error("it stays read-only without a write to probe with")
		}
		d.full.Store(true)
		if _, err := s.Create(t.Context(), users(s), draft(t, users(s), userBody("b"))); !errors.Is(err, ErrReadOnly) {
			t.Errorf("create = %v", err)
		}
		d.full.Store(false)
		mustCreate(t, s, users(s), userBody("b"))
		if s.ReadOnly() {
			t.Error("it is read-only after a write that worked")
		}
	})
}

func TestTheLastUseOfATokenReachesTheDiskWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fakeDisk{}
		s := on(t, d)
		token, _, err := s.CreateToken(t.Context(), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(d.writes) != 1 {
			t.Errorf("an unused token was written %d times", len(d.writes))
		}
		at := time.Now()
		s.TouchToken(token.ID, at)
		if got := s.Tokens()[0].LastUsed; !got.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("at once it is %v", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(d.writes) != 2 || !strings.Contains(d.writes[1][0].value, fmt.Sprintf(`"lastUsed":%d`, at.UnixMilli())) {
			t.Errorf("after a minute the disk has %q", d.writes)
		}
	})
}

func TestAWriterWhoGivesUpIsLetGo(t *testing.T) {
	s := on(t, &fakeDisk{})
	dr := draft(t, users(s), userBody("a"))
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	result := start(t, s, func() (Change, error) { return s.Create(ctx, users(s), dr) })
	cancel()
	if o := <-result; !errors.Is(o.err, context.Canceled) {
		t.Errorf("create = %v", o.err)
	}
	if _, err := s.Create(ctx, users(s), dr); !errors.Is(err, context.Canceled) {
		t.Errorf("create with a context that ended = %v", err)
	}
	for range maxBatchOps - 1 { // the queue fills up, and waiting for it can be given up too
		start(t, s, func() (Change, error) {
			return s.Create(context.Background(), groups(s), scim.Draft{Body: scim.NewObject()})
		})
	}
	ctx, cancel = context.WithCancel(t.Context())
	full := make(chan error)
	go func() {
		_, err := s.Create(ctx, users(s), dr)
		full <- err
	}()
	cancel()
	if err := <-full; !errors.Is(err, context.Canceled) {
		t.Errorf("create on a full queue = %v", err)
	}
	release()
	mustClose(t, s)
	if s.Count(users(s)) != 0 || s.Count(groups(s)) != maxBatchOps-1 {
		t.Errorf("%d users, %d groups", s.Count(users(s)), s.Count(groups(s)))
	}
}

func TestCloseWaitsForWhatWasAccepted(t *testing.T) {
	s := on(t, &fakeDisk{})
	release := hold(t, s)
	dr := draft(t, users(s), userBody("a"))
	result := start(t, s, func() (Change, error) { return s.Create(context.Background(), users(s), dr) })
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	release()
	if o := <-result; o.err != nil {
		t.Errorf("create = %v", o.err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close = %v", err)
	}
	if s.Count(users(s)) != 1 {
		t.Errorf("%d users", s.Count(users(s)))
	}
}

func TestTheWriterWaitsOnlyWhereOthersAreOnTheirWay(t *testing.T) {
	singles := func(n int) []int { return slices.Repeat([]int{1}, n) }
	for _, test := range []struct {
		name    string
		crowd   int
		batches []int // how many operations each had
		waits   bool
	}{
		{"a client on its own waits for nobody", 0, singles(3), false},
		{"after a batch of several it waits", 0, []int{2}, true},
		{"a few single ones do not end that", 0, append([]int{5}, singles(crowdLasts-1)...), true},
		{"many single ones do", 0, append([]int{5}, singles(crowdLasts)...), false},
		{"another batch of several begins anew", 0, append(append([]int{5}, singles(crowdLasts-1)...), 2, 1), true},
		{"busy processors end it", -impatience, slices.Repeat([]int{9}, impatience), false},
		{"for so many batches", -impatience, slices.Repeat([]int{9}, impatience+1), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &writer{crowd: test.crowd}
			for _, n := range test.batches {
				w.count(n)
			}
			if waits := w.crowd > 0; waits != test.waits {
				t.Errorf("it waits: %v, want %v", waits, test.waits)
			}
		})
	}
}
