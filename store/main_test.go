package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"airmock/internal/scim"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		run := runChild
		switch {
		case os.Getenv(childCompacts) != "":
			run = runCompactingChild
		case os.Getenv(childRestores) != "":
			run = runRestoringChild
		}
		os.Exit(run(dir))
	}
	// BuntDB's own goroutine looks only once a second whether it was closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/tidwall/buntdb.(*DB).backgroundManager"))
}

// clock is a time source that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 11, 22, 21, 4, 11, 123e6, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// counterIDs makes short ids, so that tests can read them.
func counterIDs() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("id-%04d", n) }
}

// mustOpen opens a store and closes it with the test.
func mustOpen(tb testing.TB, o Options) *Store {
	tb.Helper()
	s := New(o)
	if err := s.Open(tb.Context()); err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() { mustClose(tb, s) })
	return s
}

func mustClose(tb testing.TB, s *Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Errorf("close: %v", err)
	}
}

func memoryStore(tb testing.TB) *Store {
	return mustOpen(tb, Options{Memory: true, NewID: counterIDs(), Now: newClock().now})
}

func users(s *Store) *scim.ResourceType  { return s.opts.Catalog.Type("User") }
func groups(s *Store) *scim.ResourceType { return s.opts.Catalog.Type("Group") }

// draft reads a POST body.
func draft(tb testing.TB, rt *scim.ResourceType, body string) scim.Draft {
	tb.Helper()
	doc, err := scim.Parse([]byte(body))
	if err != nil {
		tb.Fatalf("parse %s: %v", body, err)
	}
	d, err := rt.ReadResource(doc, &scim.Reading{})
	if err != nil {
		tb.Fatalf("read %s: %v", body, err)
	}
	return d
}

func userBody(name string) string { return fmt.Sprintf(`{"userName":%q}`, name) }

func groupBody(name string, members ...string) string {
	values := make([]string, len(members))
	for i, id := range members {
		values[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return fmt.Sprintf(`{"displayName":%q,"members":[%s]}`, name, strings.Join(values, ","))
}

func mustCreate(tb testing.TB, s *Store, rt *scim.ResourceType, body string) *Resource {
	tb.Helper()
	c, err := s.Create(tb.Context(), rt, draft(tb, rt, body))
	if err != nil {
		tb.Fatalf("create %s: %v", body, err)
	}
	return c.After
}

// replace is a PUT.
func replace(tb testing.TB, s *Store, rt *scim.ResourceType, id, body string) (Change, error) {
	d := draft(tb, rt, body)
	return s.Update(tb.Context(), rt, id, func(*Resource) (scim.Draft, error) { return d, nil })
}

// change applies member operations to a group and leaves its attributes.
func change(ctx context.Context, s *Store, group string, ops ...scim.MemberOp) (Change, error) {
	return s.Update(ctx, groups(s), group, func(cur *Resource) (scim.Draft, error) {
		body, err := cur.Type.Body(cur.Image)
		return scim.Draft{Body: body, Members: ops}, err
	})
}

func membersOp(kind scim.MemberOpKind, ids ...string) scim.MemberOp {
	op := scim.MemberOp{Kind: kind}
	for _, id := range ids {
		op.Members = append(op.Members, scim.Member{Value: id})
	}
	return op
}

func filter(tb testing.TB, rt *scim.ResourceType, text string) scim.Expr {
	tb.Helper()
	e, err := rt.ParseFilter(text, &scim.Reading{})
	if err != nil {
		tb.Fatalf("filter %s: %v", text, err)
	}
	return e
}

func ids(resources []*Resource) []string {
	out := make([]string, len(resources))
	for i, r := range resources {
		out[i] = r.ID
	}
	return out
}
