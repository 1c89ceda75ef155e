package tui

import (
	"context"
	"flag"
	"fmt"
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

func (f *fakeTenant) SetActive(context.Context, string, bool) error { return nil }
func (f *fakeTenant) DeleteResource(context.Context, string) error  { return nil }

const base = "/0/as/common/scim"

// createCall is a finished POST /Users.
func createCall(name string, at time.Time) *journal.Call {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"active":true}`, name)
	id := fmt.Sprintf("id-of-%.20s", name)
	return &journal.Call{
		Time: at, Duration: 1900 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPost, Path: base + "/Users",
		Target:    scim.Target{Endpoint: scim.EndpointUsers, Base: base},
		Operation: scim.OpUserCreate, Status: http.StatusCreated, Auth: journal.AuthOK, Token: "azure", Results: -1,
		Effect: &journal.Effect{Type: "User", ID: id, Name: name, Change: "created", After: []byte(body)},
		Request: journal.Message{
			Header: http.Header{"Content-Type": {"application/scim+json"}, "Authorization": {"Bearer [azure]"}},
			Body:   []byte(body), Size: len(body),
		},
		Response: journal.Message{
			Header: http.Header{"Content-Type": {"application/scim+json"}},
			Body:   []byte(body), Size: len(body),
		},
	}
}

// lookupCall is a finished GET /Users with a filter that found nothing.
func lookupCall(name string, at time.Time) *journal.Call {
	filter := fmt.Sprintf("userName eq %q", name)
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`
	return &journal.Call{
		Time: at, Duration: 800 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodGet, Path: base + "/Users", Query: "filter=userName+eq+%22" + name + "%22",
		Target: scim.Target{Endpoint: scim.EndpointUsers, Base: base}, Filter: filter,
		Operation: scim.OpUserQuery, Status: http.StatusOK, Auth: journal.AuthOK, Token: "azure",
		Effect:   &journal.Effect{Type: "User", Name: name, Change: "none"},
		Response: journal.Message{Body: []byte(body), Size: len(body)},
	}
}

// disableCall is a finished PATCH of active, in Entra's default dialect.
func disableCall(name string, at time.Time) *journal.Call {
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
	id := "9f2c0000-0000-4000-8000-000000000001"
	return &journal.Call{
		Time: at, Duration: 700 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPatch, Path: base + "/Users/" + id,
		Target:    scim.Target{Endpoint: scim.EndpointUsers, ID: id, Base: base},
		Operation: scim.OpUserDisable, Status: http.StatusOK, Auth: journal.AuthOK, Token: "azure", Results: -1,
		Quirks: []scim.Quirk{scim.QuirkActiveAsString, scim.QuirkOpCapitalised},
		Effect: &journal.Effect{
			Type: "User", ID: id, Name: name, Change: "updated",
			Fields: []journal.Field{{Name: "active", From: "true", To: "false"}},
			Before: []byte(`{"userName":"` + name + `","active":true}`),
			After:  []byte(`{"userName":"` + name + `","active":false}`),
		},
		Request: journal.Message{Body: []byte(body), Size: len(body)},
	}
}

// faultyCall is a group PATCH that a rule answered with 503.
func faultyCall(at time.Time) *journal.Call {
	id := "77aa0000-0000-4000-8000-000000000002"
	return &journal.Call{
		Time: at, Duration: 400 * time.Microsecond, Client: "127.0.0.1",
		Method: http.MethodPatch, Path: base + "/Groups/" + id,
		Target:    scim.Target{Endpoint: scim.EndpointGroups, ID: id, Base: base},
		Operation: scim.OpGroupMemberAdd, Status: http.StatusServiceUnavailable, Results: -1,
		Fault: &journal.FaultNote{Rule: "r1", Kind: "status", Text: "status 503 on group.*, first 2", Detail: "answered 503", Nth: 1},
		Error: "Injected by airmock",
	}
}

// fill appends a small first cycle and the beginning of a second one.
func fill(f *fakeTenant) {
	add := func(c *journal.Call) { f.journal.Append(c) }
	add(lookupCall("b.simon@contoso.com", start.Add(time.Second)))
	add(createCall("b.simon@contoso.com", start.Add(time.Second)))
	add(faultyCall(start.Add(2 * time.Second)))
	add(disableCall("a.kim@contoso.com", start.Add(5*time.Minute)))
	add(createCall("c.lee@contoso.com", start.Add(5*time.Minute+time.Second)))
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
	case <-time.After(50 * time.Millisecond):
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
