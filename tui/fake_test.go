package tui

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/numbers"
	"airmock/internal/people"
	"airmock/internal/scim"
	"airmock/internal/tenant"
	"airmock/store"
)

// start is when the tests' clocks stand.
var start = time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC)

// fakeTenant is a tenant without a listener: a real journal and a real store
// in memory.
type fakeTenant struct {
	status  tenant.Status
	journal *journal.Journal
	store   *store.Store
	faults  *fault.Engine
	catalog *scim.Catalog
}

func newFakeTenant(t testing.TB) *fakeTenant {
	t.Helper()
	catalog := scim.StandardCatalog()
	s := store.New(store.Options{Memory: true, Catalog: catalog, Now: func() time.Time { return start }})
	if err := s.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &fakeTenant{
		status: tenant.Status{
			Version:   "1.0.0",
			TenantURL: "https://quick-fox.trycloudflare.com/0/as/common/scim",
			Public:    true,
			DataDir:   "/data",
			Profile:   "entra",
			Started:   start,
		},
		journal: journal.New(journal.Options{Now: func() time.Time { return start }}),
		store:   s,
		faults:  fault.New(fault.Options{Now: func() time.Time { return start }}),

		catalog: catalog,
	}
}

func (f *fakeTenant) Status() tenant.Status {
	s := f.status
	first, last := f.journal.Bounds()
	s.Calls = last
	if last > 0 && first > 0 {
		s.Cycle = f.journal.Get(last).Cycle
	}
	return s
}

func (f *fakeTenant) Journal() *journal.Journal { return f.journal }
func (f *fakeTenant) Store() *store.Store       { return f.store }
func (f *fakeTenant) Faults() *fault.Engine     { return f.faults }
func (f *fakeTenant) Catalog() *scim.Catalog    { return f.catalog }

func (f *fakeTenant) Numbers(window time.Duration) numbers.Table {
	n := numbers.New(func() time.Time { return start.Add(5*time.Minute + 2*time.Second) })
	n.Pull(f.journal)
	return n.Window(window)
}

func (f *fakeTenant) LocalURL() string { return "http://127.0.0.1:7644" + base }

// Exchange answers every request alike.
func (f *fakeTenant) Exchange(r *http.Request) *journal.Call {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/scim+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write(scim.AppendError(nil, http.StatusConflict, scim.Uniqueness, "userName is taken"))
	})
	return f.journal.Exchange(answer, journal.RecordOptions{Bases: []string{base}, Catalog: f.catalog}, r)
}

func (f *fakeTenant) SetActive(context.Context, string, bool) error { return nil }
func (f *fakeTenant) DeleteResource(context.Context, string) error  { return nil }

func (f *fakeTenant) Seed(ctx context.Context, users, groups int) (people.Report, error) {
	return people.Import(ctx, f.store, f.catalog, people.Invent(users, groups, 1), people.Options{Policy: people.Rename})
}

const base = journaltest.Base

// fill appends a small first cycle and the beginning of a second one.
func fill(f *fakeTenant) {
	add := func(c *journal.Call) { f.journal.Append(c) }
	add(journaltest.Lookup("b.simon@contoso.com", start.Add(time.Second)))
	add(journaltest.Create("b.simon@contoso.com", start.Add(time.Second)))
	add(journaltest.Faulty(start.Add(2 * time.Second)))
	add(journaltest.Disable("a.kim@contoso.com", start.Add(5*time.Minute)))
	add(journaltest.Create("c.lee@contoso.com", start.Add(5*time.Minute+time.Second)))
	f.status.Users, f.status.Groups = 14, 3
}

// newTestApp is the root model of f at a size, with a clock that stands.
func newTestApp(f *fakeTenant, width, height int) *app {
	a := newApp(f, func() time.Time { return start.Add(5*time.Minute + 2*time.Second) })
	a.native = func(string) error { return nil }
	a.Init()
	feedMsg(a, tea.WindowSizeMsg{Width: width, Height: height})
	return a
}

// feedMsg gives a message to the model, draws a frame as Bubble Tea does, and
// runs the commands that come of it, as long as they answer at once.
func feedMsg(a *app, msg tea.Msg) {
	for queue := []tea.Msg{msg}; len(queue) > 0; queue = queue[1:] {
		_, cmd := a.Update(queue[0])
		a.View()
		queue = append(queue, results(cmd)...)
	}
}

// results runs a command and returns its messages. Timers are not waited for.
func results(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	select {
	case msg := <-done:
		batch, ok := msg.(tea.BatchMsg)
		if !ok {
			return []tea.Msg{msg}
		}
		var all []tea.Msg
		for _, c := range batch {
			all = append(all, results(c)...)
		}
		return all
	case <-time.After(250 * time.Millisecond):
		return nil
	}
}

// typeKeys presses keys by name, and types what is no key's name.
func typeKeys(a *app, keys ...string) {
	for _, k := range keys {
		feedMsg(a, press(k))
	}
}

// typeText types each letter of a text.
func typeText(a *app, text string) {
	for _, r := range text {
		if r == ' ' {
			typeKeys(a, "space")
			continue
		}
		feedMsg(a, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// plainFrame draws a frame as a terminal would and returns its text.
func plainFrame(content string, width, height int) string {
	scr := uv.NewScreenBuffer(width, height)
	uv.NewStyledString(content).Draw(scr, scr.Bounds())
	lines := strings.Split(ansi.Strip(scr.Render()), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}

// updating reports whether the flag -update is set, which teatest's own goldens
// brought along.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// golden compares got with testdata/NAME.golden. -update writes that file
// instead.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if updating() {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.ReplaceAll(string(want), "\r\n", "\n")
	if diff := cmp.Diff(strings.Split(wanted, "\n"), strings.Split(got+"\n", "\n")); diff != "" {
		t.Errorf("%s is not what is shown; go test -update accepts it (-want +got):\n%s", file, diff)
	}
}

// shown is the app's screen as text.
func shown(a *app) string { return plainFrame(a.View().Content, a.width, a.height) }
