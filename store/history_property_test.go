package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/scim"
)

// past is a version in the plain model.
type past struct {
	number  uint64
	image   string // "" for a deletion
	by      string // the operation that asked for it
	added   []string
	removed []string
}

// historian runs random operations on a store and on lists.
type historian struct {
	t     *testing.T
	dir   string
	newID func() string
	store *Store
	plain map[string][]past // oldest first
	whole map[string]bool   // whose history no crash has touched
	names int
}

type originKey struct{}

// as is a context of somebody who asks for a write.
func as(ctx context.Context, operation string) context.Context {
	return context.WithValue(ctx, originKey{}, operation)
}

func originOf(ctx context.Context) Origin {
	operation, _ := ctx.Value(originKey{}).(string)
	return Origin{Operation: operation}
}

const fewVersions = 3

func (h *historian) open(t *rapid.T) {
	h.store = New(Options{Dir: h.dir, Sync: SyncNever, NewID: h.newID, Versions: fewVersions, Origin: originOf, Warn: func(w string) {
		if !strings.Contains(w, "memberships whose group or member is gone") {
			t.Errorf("warned: %s", w)
		}
	}})
	if err := h.store.Open(h.t.Context()); err != nil {
		t.Fatalf("open: %v", err)
	}
}

func (h *historian) draw(t *rapid.T, rt *scim.ResourceType) *Resource {
	all := everything(h.store)
	all = slices.DeleteFunc(all, func(r *Resource) bool { return r.Type != rt })
	if len(all) == 0 {
		t.Skip("there is none")
	}
	r, err := h.store.Lookup(rapid.SampledFrom(ids(all)).Draw(t, "id"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// note takes a change into the plain model.
func (h *historian) note(c Change, by string) {
	id, p := "", past{by: by, added: c.Added, removed: c.Removed}
	if c.After != nil {
		id, p.number, p.image = c.After.ID, c.After.Version, string(c.After.Image)
	} else {
		id, p.number = c.Before.ID, c.Before.Version+1
	}
	if c.Before == nil {
		p = past{number: p.number, image: p.image} // of creations only their version is kept
		h.whole[id] = true
	}
	if c.Before != c.After {
		h.plain[id] = append(h.plain[id], p)
	}
}

func (h *historian) Create(t *rapid.T) {
	h.names++
	rt := rapid.SampledFrom([]*scim.ResourceType{users(h.store), groups(h.store)}).Draw(t, "type")
	c, err := h.store.Create(as(h.t.Context(), "create"), rt, draft(h.t, rt, fmt.Sprintf(`{%q:"n%d"}`, rt.NameAttribute(), h.names)))
	if err != nil {
		t.Fatal(err)
	}
	h.note(c, "create")
}

func (h *historian) Update(t *rapid.T) {
	r := h.draw(t, users(h.store))
	by := rapid.SampledFrom([]string{"", "patch"}).Draw(t, "by")
	title := rapid.StringN(0, 3, -1).Draw(t, "title")
	c, err := h.store.Update(as(h.t.Context(), by), r.Type, r.ID, func(cur *Resource) (scim.Draft, error) {
		body, err := r.Type.Body(cur.Image)
		body.Set("title", scim.NewString(title))
		return scim.Draft{Body: body}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.note(c, by)
}

func (h *historian) ChangeMembers(t *rapid.T) {
	g, u := h.draw(t, groups(h.store)), h.draw(t, users(h.store))
	kind := rapid.SampledFrom([]scim.MemberOpKind{scim.MembersAdd, scim.MembersRemove, scim.MembersReplace}).Draw(t, "kind")
	c, err := change(as(h.t.Context(), "members"), h.store, g.ID, membersOp(kind, u.ID))
	if err != nil {
		t.Fatal(err)
	}
	h.note(c, "members")
}

func (h *historian) Delete(t *rapid.T) {
	r := h.draw(t, rapid.SampledFrom([]*scim.ResourceType{users(h.store), groups(h.store)}).Draw(t, "type"))
	var removed []string
	if r.Type.HasMembers() {
		removed = ids(h.store.Members(r.ID))
	}
	c, err := h.store.Delete(as(h.t.Context(), "delete"), r.Type, r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Removed = removed
	h.note(c, "delete")
	for _, group := range c.Left {
		g, err := h.store.Lookup(group)
		if err != nil {
			t.Fatal(err)
		}
		h.note(Change{Before: r, After: g, Removed: []string{r.ID}}, "delete")
	}
}

func (h *historian) Reopen(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "reopen") > 0 {
		t.Skip("syncs take most of the time; one in four is enough")
	}
	h.close(t)
	h.open(t)
}

func (h *historian) close(t *rapid.T) {
	if err := h.store.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// Crash continues with a history that lacks its end, or has damage in it.
func (h *historian) Crash(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "crash") > 0 {
		t.Skip("as in Reopen")
	}
	h.close(t)
	path := filepath.Join(h.dir, historyFileName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = data[:rapid.IntRange(0, len(data)).Draw(t, "written")]
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for id := range h.plain {
		h.whole[id] = false
	}
	h.open(t)
}

// Rewrite writes the file anew.
func (h *historian) Rewrite(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "rewrite") > 0 {
		t.Skip("as in Reopen")
	}
	f := h.store.historyFile
	f.close() // so that its goroutine is out of the way
	var err error
	if f.file, err = os.OpenFile(f.path, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	f.stale = true
	if err := f.shrink(); err != nil {
		t.Fatalf("write anew: %v", err)
	}
	f.stop, f.done = make(chan struct{}), make(chan struct{})
	go f.run()
}

func (h *historian) Check(t *rapid.T) {
	for id, all := range h.plain {
		got := h.store.History(id)
		want := slices.Clone(all)
		slices.Reverse(want)
		if h.whole[id] {
			if len(got) != min(len(want), 1+fewVersions) {
				t.Fatalf("%s: %d versions are kept of %d", id, len(got), len(want))
			}
		}
		for _, v := range got {
			i := slices.IndexFunc(want, func(p past) bool { return p.number == v.Number })
			if i < 0 {
				t.Fatalf("%s: version %d is not below those before it, or was never there", id, v.Number)
			}
			if h.whole[id] && i != 0 {
				t.Fatalf("%s: the versions before %d are missing", id, v.Number)
			}
			h.compare(t, id, want[i], v)
			want = want[i+1:]
		}
		h.checkPrevious(t, id, got)
	}
}

func (h *historian) compare(t *rapid.T, id string, want past, v Version) {
	got := past{number: v.Number, by: v.Origin.Operation, added: v.Added, removed: v.Removed}
	if v.Resource != nil {
		got.image = string(v.Resource.Image)
	}
	if !v.Known() {
		want.by, want.added, want.removed = "", nil, nil
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(past{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s version %d: %s", id, v.Number, diff)
	}
}

func (h *historian) checkPrevious(t *rapid.T, id string, versions []Version) {
	if len(versions) > 0 && (versions[0].Resource == nil || h.store.model.Load().lookup(id) != nil) {
		versions = versions[1:] // the deletion, or what is there; a crash may have lost a deletion
	}
	r, err := h.store.Previous(id)
	if len(versions) == 0 {
		wantNotFound(t, err)
		return
	}
	if err != nil || r.Version != versions[0].Number {
		t.Fatalf("%s: the version before is %v, %v; want %d", id, r, err, versions[0].Number)
	}
}

func TestTheHistoryAgreesWithPlainLists(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "tenant")
		if err != nil {
			rt.Fatal(err)
		}
		h := &historian{t: t, dir: dir, newID: counterIDs(), plain: make(map[string][]past), whole: make(map[string]bool)}
		h.open(rt)
		defer func() { h.close(rt) }()
		rt.Repeat(map[string]func(*rapid.T){
			"": h.Check, "create": h.Create, "update": h.Update, "change members": h.ChangeMembers,
			"delete": h.Delete, "reopen": h.Reopen, "crash": h.Crash, "rewrite": h.Rewrite,
		})
	})
}
