package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
	"airmock/store"
)

// pagesTenant is a fake tenant whose clock can be moved, whose ids can be
// read, and whose acts change its store.
type pagesTenant struct {
	*fakeTenant
	t   testing.TB
	now time.Time
}

// pagesEnv is what pages get from the root model, around an empty tenant.
func pagesEnv(t testing.TB) (*env, *pagesTenant) {
	t.Helper()
	p := &pagesTenant{fakeTenant: newFakeTenant(t), t: t, now: start}
	ids := 0
	p.store = store.New(store.Options{
		Memory:  true,
		Catalog: p.catalog,
		Now:     func() time.Time { return p.now },
		NewID:   func() string { ids++; return fmt.Sprintf("id-%04d", ids) },
	})
	if err := p.store.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.store.Close() })
	p.status.Listen = "127.0.0.1:7644"
	return &env{tenant: p, theme: darkTheme(), now: func() time.Time { return p.now }}, p
}

func (p *pagesTenant) SetActive(ctx context.Context, id string, active bool) error {
	rt := p.catalog.Type("User")
	_, err := p.store.Update(ctx, rt, id, func(cur *store.Resource) (scim.Draft, error) {
		body, err := rt.Body(cur.Image)
		if err == nil {
			body.Set("active", scim.NewBool(active))
		}
		return scim.Draft{Body: body}, err
	})
	return err
}

func (p *pagesTenant) DeleteResource(ctx context.Context, id string) error {
	r, err := p.store.Lookup(id)
	if err != nil {
		return err
	}
	_, err = p.store.Delete(ctx, r.Type, id, nil)
	return err
}

// create stores a resource as a client would send it, and returns its id.
func (p *pagesTenant) create(kind string, doc *scim.Value) string {
	p.t.Helper()
	rt := p.catalog.Type(kind)
	draft, err := rt.ReadResource(doc, &scim.Reading{})
	if err != nil {
		p.t.Fatal(err)
	}
	change, err := p.store.Create(context.Background(), rt, draft)
	if err != nil {
		p.t.Fatal(err)
	}
	return change.After.ID
}

func (p *pagesTenant) user(name string, pairs ...string) string {
	doc := scim.NewObject()
	doc.Set("userName", scim.NewString(name))
	for i := 0; i < len(pairs); i += 2 {
		doc.Set(pairs[i], scim.NewString(pairs[i+1]))
	}
	return p.create("User", doc)
}

func (p *pagesTenant) group(name string, members ...string) string {
	doc := scim.NewObject()
	doc.Set("displayName", scim.NewString(name))
	list := scim.NewArray()
	for _, id := range members {
		m := scim.NewObject()
		m.Set("value", scim.NewString(id))
		list.Append(m)
	}
	doc.Set("members", list)
	return p.create("Group", doc)
}

// updated is a PATCH of a user that changed its title.
func updated(id, name string, at time.Time) *journal.Call {
	c := journaltest.Disable(name, at)
	c.Target.ID, c.Operation = id, scim.OpUserPatch
	c.Effect.ID = id
	c.Effect.Fields = []journal.Field{{Name: "title", To: `"Engineer"`}}
	return c
}

// population fills a tenant with three users and two groups, and with the calls
// that a developer would have seen.
func population(p *pagesTenant) {
	simon := p.user("b.simon@contoso.com", "displayName", "Britta Simon", "externalId", "bsimon", "title", "Engineer")
	kim := p.user("a.kim@contoso.com", "displayName", "Andrea Kim", "externalId", "akim", "active", "False")
	p.user("c.lee@contoso.com", "displayName", "Chris Lee")
	p.group("Engineering", simon, kim)
	p.group("Sales")
	p.journal.Append(updated(simon, "b.simon@contoso.com", start.Add(time.Second)))
	add := journaltest.Faulty(start.Add(2 * time.Second))
	add.Status, add.Fault, add.Error = 204, nil, ""
	add.Effect = &journal.Effect{Type: "Group", ID: "id-0004", Name: "Engineering", Change: "updated",
		Added: []string{"b.simon@contoso.com", "a.kim@contoso.com"}, AddedN: 2}
	p.journal.Append(add)
	p.now = start.Add(5 * time.Minute)
}

// pressKeys presses keys on a page by name, and returns the messages that it
// sent to the root. Its own messages go back to it.
func pressKeys(page Page, keys ...string) []tea.Msg {
	var sent []tea.Msg
	for _, k := range keys {
		sent = append(sent, deliver(page, page.Key(press(k)))...)
	}
	return sent
}

// typeInto types a text into a page.
func typeInto(page Page, text string) []tea.Msg {
	var sent []tea.Msg
	for _, r := range text {
		k := tea.KeyPressMsg{Code: r, Text: string(r)}
		sent = append(sent, deliver(page, page.Key(k))...)
	}
	return sent
}

func deliver(page Page, cmd tea.Cmd) []tea.Msg {
	var sent []tea.Msg
	for _, msg := range results(cmd) {
		if own, ok := msg.(peopleAnswerMsg); ok {
			sent = append(sent, deliver(page, page.Update(own))...)
			continue
		}
		sent = append(sent, msg)
	}
	return sent
}

// only returns the one message that was sent, as a T.
func only[T any](t *testing.T, sent []tea.Msg) T {
	t.Helper()
	if len(sent) == 1 {
		if msg, ok := sent[0].(T); ok {
			return msg
		}
	}
	var want T
	t.Fatalf("sent %#v, want one %T", sent, want)
	return want
}

// choose takes the item of a menu that has a key, and returns what comes of it.
func choose(t *testing.T, menu MenuMsg, key string) []tea.Msg {
	t.Helper()
	for _, item := range menu.Items {
		if item.Key == key {
			return results(item.Cmd)
		}
	}
	t.Fatalf("menu %q has no %q", menu.Title, key)
	return nil
}

// text is a page's view as a terminal shows it.
func text(page Page, width, height int) string {
	return plainFrame(page.View(width, height), width, height)
}

// pageSizes are what a page has to bear.
func pageSizes() [][2]int {
	var all [][2]int
	for _, w := range []int{1, 2, 3, 7, 20, 40, 79, 80, 99, 100, 120, 250} {
		for _, h := range []int{1, 2, 3, 4, 5, 8, 13, 14, 21, 37, 80} {
			all = append(all, [2]int{w, h})
		}
	}
	return all
}

// checkSizes draws a page in all sizes and checks that each line is exactly as
// wide as it must be.
func checkSizes(t *testing.T, page Page) {
	t.Helper()
	for _, size := range pageSizes() {
		w, h := size[0], size[1]
		lines := strings.Split(page.View(w, h), "\n")
		if len(lines) != h {
			t.Errorf("%dx%d: %d lines", w, h, len(lines))
		}
		for i, l := range lines {
			if got := ansi.StringWidth(l); got != w {
				t.Errorf("%dx%d: line %d is %d cells wide: %q", w, h, i, got, ansi.Strip(l))
			}
		}
	}
	if got := page.View(0, 0); got != "" {
		t.Errorf("0x0: %q", got)
	}
}
