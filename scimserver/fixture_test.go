package scimserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/scimserver"
	"airmock/store"
)

const (
	basePath = "/0/as/common/scim"
	secret   = "s3cret-for-tests"
)

// fixture is a tenant that serves over real HTTP, with ids 1, 2, 3, ….
type fixture struct {
	t       *testing.T
	url     string       // of the base path
	root    string       // of the listener
	serve   http.Handler // the endpoints alone
	handler http.Handler // recorded
	store   *store.Store
	journal *journal.Journal
	now     time.Time
	calls   uint64

	isStrict bool // whether it is of the rfc profile
}

// newFixture starts a tenant. set may change how.
func newFixture(t *testing.T, set ...func(*scimserver.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, now: time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC)}
	o := scimserver.Options{Catalog: scim.StandardCatalog(), BasePath: basePath, Secret: secret, Now: f.clock}
	for _, s := range set {
		s(&o)
	}
	f.isStrict = o.Profile == scim.RFC
	f.store = openStore(t, o.Catalog, f.clock)
	o.Store = f.store
	f.journal = journal.New(journal.Options{Now: f.clock})
	f.serve = scimserver.New(o)
	f.handler = f.journal.Record(f.serve, journal.RecordOptions{Bases: scimserver.Bases(o.BasePath), Catalog: o.Catalog})
	srv := httptest.NewServer(f.handler)
	t.Cleanup(srv.Close)
	f.root = srv.URL
	f.url = srv.URL + strings.TrimSuffix(o.BasePath, "/")
	return f
}

// openStore opens a store in memory.
func openStore(tb testing.TB, catalog *scim.Catalog, now func() time.Time) *store.Store {
	tb.Helper()
	ids := 0
	st := store.New(store.Options{Memory: true, Catalog: catalog, Now: now, NewID: func() string {
		ids++
		return strconv.Itoa(ids)
	}})
	if err := st.Open(context.Background()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	return st
}

func (f *fixture) clock() time.Time { return f.now }

// strict makes a tenant of the rfc profile.
func strict(o *scimserver.Options) { o.Profile = scim.RFC }

// answer is what came back.
type answer struct {
	*http.Response
	t    *testing.T
	body string
	call *journal.Call
}

// do sends a request and waits until it is in the journal. header holds pairs
// of name and value; Authorization is the fixed token where they do not say
// otherwise, and an empty one is left out.
func (f *fixture) do(method, path, body string, header ...string) *answer {
	f.t.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.send(req, header...)
}

func (f *fixture) send(req *http.Request, header ...string) *answer {
	f.t.Helper()
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	for i := 0; i < len(header); i += 2 {
		if req.Header.Set(header[i], header[i+1]); header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	resp, err := noRedirects.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return &answer{Response: resp, t: f.t, body: string(body), call: f.nextCall()}
}

// noRedirects is a client to which a redirect is an answer.
var noRedirects = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// nextCall waits for the next call to be in the journal.
func (f *fixture) nextCall() *journal.Call {
	f.t.Helper()
	f.calls++
	w := f.journal.Watch()
	defer w.Close()
	deadline := time.After(5 * time.Second)
	for {
		if c := f.journal.Get(f.calls); c != nil {
			return c
		}
		select {
		case <-w.C:
		case <-deadline:
			f.t.Fatalf("call %d did not reach the journal", f.calls)
		}
	}
}

// must sends a request that has to succeed, and returns the id in the answer.
func (f *fixture) must(method, path, body string) string {
	f.t.Helper()
	a := f.do(method, path, body)
	if a.StatusCode >= 300 {
		f.t.Fatalf("%s %s: %s %s", method, path, a.Status, a.body)
	}
	return a.json().Get("id").Text()
}

func (f *fixture) createUser(userName string) string {
	f.t.Helper()
	return f.must("POST", "/Users", fmt.Sprintf(`{"schemas":["%s"],"userName":%q}`, scim.URNUser, userName))
}

func (f *fixture) createGroup(displayName string, members ...string) string {
	f.t.Helper()
	id := f.must("POST", "/Groups", fmt.Sprintf(`{"schemas":["%s"],"displayName":%q}`, scim.URNGroup, displayName))
	for _, m := range members {
		f.must("PATCH", "/Groups/"+id, patchBody(fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, m)))
	}
	return id
}

// patchBody returns a PATCH with those operations.
func patchBody(operations string) string {
	return `{"schemas":["` + scim.URNPatchOp + `"],"Operations":[` + operations + `]}`
}

// json returns the body as a tree; null where there is none.
func (a *answer) json() *scim.Value {
	a.t.Helper()
	if a.body == "" {
		return nil
	}
	v, err := scim.Parse([]byte(a.body))
	if err != nil {
		a.t.Fatalf("the answer is not JSON: %v\n%s", err, a.body)
	}
	return v
}

// at returns what the body holds at a dotted path, as compact JSON; "" for
// nothing. Numbers in the path count elements.
func (a *answer) at(path string) string {
	a.t.Helper()
	v := a.json()
	for _, name := range strings.Split(path, "/") {
		if i, err := strconv.Atoi(name); err == nil {
			v = element(v, i)
		} else {
			v = v.Get(name)
		}
	}
	if v == nil {
		return ""
	}
	return v.String()
}

func element(v *scim.Value, i int) *scim.Value {
	for e := range v.Elements() {
		if i == 0 {
			return e
		}
		i--
	}
	return nil
}

// wantError checks that a is a SCIM error (RFC 7644 section 3.12), and that
// the call tells of it too.
func (a *answer) wantError(status int, scimType scim.ErrorType, detail string) {
	a.t.Helper()
	var e struct {
		Schemas  []string
		Status   string
		ScimType scim.ErrorType
		Detail   string
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		a.t.Fatalf("%s is not a SCIM error: %v\n%s", a.Status, err, a.body)
	}
	if a.StatusCode != status || e.Status != strconv.Itoa(status) {
		a.t.Errorf("status %d, in the body %q, want %d: %s", a.StatusCode, e.Status, status, a.body)
	}
	if len(e.Schemas) != 1 || e.Schemas[0] != scim.URNError {
		a.t.Errorf("schemas %q", e.Schemas)
	}
	if e.ScimType != scimType {
		a.t.Errorf("scimType %q, want %q: %s", e.ScimType, scimType, a.body)
	}
	if !strings.Contains(e.Detail, detail) {
		a.t.Errorf("detail %q does not say %q", e.Detail, detail)
	}
	if a.call.ScimType != scimType || !strings.Contains(a.call.Error, detail) {
		a.t.Errorf("the call notes %q, %q", a.call.ScimType, a.call.Error)
	}
	a.wantHeader("Content-Type", "application/scim+json")
}

func (a *answer) wantStatus(status int) {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.body)
	}
}

func (a *answer) wantHeader(name, want string) {
	a.t.Helper()
	if got := a.Header.Get(name); got != want {
		a.t.Errorf("%s: %q, want %q", name, got, want)
	}
}

func (a *answer) wantAt(path, want string) {
	a.t.Helper()
	if got := a.at(path); got != want {
		a.t.Errorf("%s is %s, want %s, in %s", path, got, want, a.body)
	}
}
