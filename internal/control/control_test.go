package control

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/tenant"
)

func TestMain(m *testing.M) {
	// BuntDB's own goroutine sees only at its next tick that it is closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/tidwall/buntdb.(*DB).backgroundManager"))
}

// running starts a tenant with a control socket and returns a client of it.
func running(t *testing.T) (*tenant.Tenant, *Client) {
	t.Helper()
	tenant, client, _ := served(t)
	return tenant, client
}

// served is running, with the server.
func served(t *testing.T) (*tenant.Tenant, *Client, *Server) {
	t.Helper()
	running := tenant.New(tenant.Config{Listen: "127.0.0.1:0", BasePath: "/scim", Memory: true, Secret: "t0ken"})
	if err := running.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	server := NewServer(running, path)
	if err := server.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := Dial(path)
	t.Cleanup(func() {
		client.Close()
		if err := errors.Join(server.Close(), running.Close()); err != nil {
			t.Error(err)
		}
	})
	return running, client, server
}

// create sends the call that creates a user.
func create(t *testing.T, url, name string) {
	t.Helper()
	if err := tryCreate(url, name); err != nil {
		t.Fatal(err)
	}
}

func tryCreate(url, name string) error {
	req, err := http.NewRequest("POST", url+"/Users", strings.NewReader(`{"userName":"`+name+`"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer t0ken")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return errors.New(resp.Status)
	}
	return nil
}

func TestTheClientDoesWhatTheServerOffers(t *testing.T) {
	running, client := running(t)
	ctx := t.Context()
	status, err := client.Status(ctx)
	if err != nil || status.TenantURL != running.Status().TenantURL {
		t.Fatalf("status %+v, %v", status, err)
	}
	made, err := client.CreateToken(ctx, "ci", time.Hour)
	if err != nil || !strings.HasPrefix(made.Secret, "airmock_") || made.Expires.IsZero() {
		t.Fatalf("token %+v, %v", made, err)
	}
	var refused *RefusedError
	if _, err := client.CreateToken(ctx, "ci", 0); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("a second token ci: %v", err)
	}
	tokens, err := client.Tokens(ctx)
	if err != nil || len(tokens) != 1 || tokens[0].Secret != "" || tokens[0].State != "live" {
		t.Errorf("tokens %+v, %v", tokens, err)
	}
	if revoked, err := client.RevokeToken(ctx, "ci"); err != nil || revoked.State != "revoked" {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	if _, err := client.RevokeToken(ctx, "no such/one"); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("revoke nobody: %v", err)
	}
	rule, err := client.Arm(ctx, fault.Spec{"kind": "status", "code": "503"})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := client.Faults(ctx); err != nil || len(list) != 1 || list[0].ID != rule.ID {
		t.Errorf("faults %+v, %v", list, err)
	}
	if _, err := client.Arm(ctx, fault.Spec{"kind": "statsu"}); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.Contains(err.Error(), "status") {
		t.Errorf("arm nonsense: %v", err)
	}
	if err := client.Disarm(ctx, rule.ID); err != nil {
		t.Errorf("disarm: %v", err)
	}
	if err := client.Disarm(ctx, rule.ID); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("disarm again: %v", err)
	}
	if n, err := client.ClearFaults(ctx); err != nil || n != 0 {
		t.Errorf("clear: %d, %v", n, err)
	}
}

func TestResourcesAreReadOverAllPagesWithoutATokenOrACall(t *testing.T) {
	running, client := running(t)
	for _, name := range []string{"ada@contoso.com", "ben@contoso.com", "cem@contoso.com"} {
		create(t, running.Status().TenantURL, name)
	}
	calls := running.Status().Calls
	all, err := client.Resources(t.Context(), "Users", "")
	if err != nil || len(all) != 3 {
		t.Fatalf("%d users, %v", len(all), err)
	}
	some, err := client.Resources(t.Context(), "Users", `userName sw "b"`)
	if err != nil || len(some) != 1 || some[0].Get("userName").Text() != "ben@contoso.com" {
		t.Fatalf("filtered: %v, %v", some, err)
	}
	var refused *RefusedError
	if _, err := client.Resources(t.Context(), "Users", "userName is b"); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
		t.Errorf("a wrong filter: %v", err)
	}
	if now := running.Status().Calls; now != calls {
		t.Errorf("%d calls were recorded of looks through the control socket", now-calls)
	}
}

func TestCallsAreAnsweredAndStreamedByQuery(t *testing.T) {
	running, client := running(t)
	url := running.Status().TenantURL
	create(t, url, "ada@contoso.com")
	list, err := client.Calls(t.Context(), "op:user.create ada", 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("calls %s, %v", list, err)
	}
	var refused *RefusedError
	if _, err := client.Calls(t.Context(), "opp:user.create", 10); !errors.As(err, &refused) || !strings.Contains(err.Error(), `"op"`) {
		t.Errorf("a wrong query: %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	create(t, url, "ben@contoso.com")
	var names []string
	late := make(chan error, 1)
	err = client.Stream(ctx, "op:user.create", 0, func(raw json.RawMessage) error {
		var call struct{ Effect struct{ Name string } }
		if err := json.Unmarshal(raw, &call); err != nil {
			return err
		}
		names = append(names, call.Effect.Name)
		switch len(names) {
		case 2:
			go func() { late <- tryCreate(url, "cem@contoso.com") }() // comes while the stream waits
		case 3:
			stop()
		}
		return nil
	})
	if err != nil || strings.Join(names, " ") != "ada@contoso.com ben@contoso.com cem@contoso.com" {
		t.Errorf("streamed %v, %v", names, err)
	}
	if err := <-late; err != nil {
		t.Errorf("the late call: %v", err)
	}
}

func TestTheNewestOfManyHitsAreSelected(t *testing.T) {
	j := journal.New(journal.Options{})
	for range 5 {
		j.Append(&journal.Call{})
	}
	odd := func(c *journal.Call) bool { return c.Seq%2 == 1 }
	got := selected(j, 1, 1, odd)
	if len(got) != 1 || got[0].Seq != 5 {
		t.Errorf("selected %v", got)
	}
	if got := selected(j, 1, 9, odd); len(got) != 2 || got[0].Seq != 3 || got[1].Seq != 5 {
		t.Errorf("selected %v", got)
	}
}

func TestWithoutATenantTheClientSaysSo(t *testing.T) {
	client := Dial(filepath.Join(t.TempDir(), "s"))
	if _, err := client.Status(t.Context()); !errors.Is(err, ErrNoTenant) {
		t.Errorf("status: %v", err)
	}
}

func TestASocketThatAKilledProcessLeftIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := bindSocket(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket's mode is %v, %v", info.Mode(), err)
	}
	if _, err := bindSocket(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second bind: %v", err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // as nobody unlinks it for a killed process
	ln.Close()
	again, err := bindSocket(t.Context(), path)
	if err != nil {
		t.Fatalf("a bind after the kill: %v", err)
	}
	again.Close()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bindSocket(t.Context(), path); err == nil {
		t.Error("a file in the socket's place was taken for one")
	}
}

func TestTheSocketMovesWhereItsPathWouldBeTooLong(t *testing.T) {
	getenv := func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": "/run/user/1000"}[name] }
	if got := SocketPath("/data", getenv); got != "/data/airmock.sock" {
		t.Errorf("short: %s", got)
	}
	long := "/" + strings.Repeat("d", 120)
	got := SocketPath(long, getenv)
	if filepath.Dir(got) != "/run/user/1000" || len(got) > maxSocketPath {
		t.Errorf("long: %s", got)
	}
	if other := SocketPath(long+"e", getenv); other == got {
		t.Error("two data directories have the same socket")
	}
}

func TestANameIsNeverTakenForAPath(t *testing.T) {
	running, client := running(t)
	ctx := t.Context()
	if _, err := client.Arm(ctx, fault.Spec{"kind": "status"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{".", "..", "../faults", "./", "%2E", "r1/.."} {
		var refused *RefusedError
		if err := client.Disarm(ctx, id); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
			t.Errorf("disarm %q: %v", id, err)
		}
	}
	if n := running.Faults().Active(); n != 1 {
		t.Errorf("%d rules are left, want 1", n)
	}
	for _, name := range []string{"..", "a.b", "a/b ü%"} {
		if _, err := client.CreateToken(ctx, name, 0); err != nil {
			t.Fatal(err)
		}
		if token, err := client.RevokeToken(ctx, name); err != nil || token.Name != name {
			t.Errorf("revoke %q: %+v, %v", name, token, err)
		}
	}
}

func TestBodiesAreReadStrictly(t *testing.T) {
	running, _ := running(t)
	handler := NewHandler(running)
	tests := []struct {
		path, body string
		status     int
		text       string
	}{
		{"/v1/faults", `{"kind":"status","code":500,"first":2}`, 201, `"text":"status 500 on every call, first 2"`},
		{"/v1/faults", `{"kind":"status","code":[500]}`, 400, "code is neither a string nor a number"},
		{"/v1/faults", `{"kind":"status","cod":500}`, 400, `did you mean \"code\"?`},
		{"/v1/tokens", `{"name":"a"}`, 201, `"secret":"airmock_`},
		{"/v1/tokens", `{"name":"a"}`, 409, "has the name"},
		{"/v1/tokens", `{"name":"b"} {"name":"c"}`, 400, "something follows"},
		{"/v1/tokens", `{"nam":"b"}`, 400, "nam"},
		{"/v1/tokens", ``, 400, "the body is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.body, func(t *testing.T) {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body)))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.text) {
				t.Errorf("%d %s\nwant %d %s", w.Code, w.Body, tt.status, tt.text)
			}
		})
	}
	if n := len(running.Store().Tokens()); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
}

func TestAStreamSaysHowManyCallsItMissed(t *testing.T) {
	j := journal.New(journal.Options{MaxCalls: 2})
	for range 5 {
		j.Append(&journal.Call{})
	}
	w := httptest.NewRecorder()
	events := &eventWriter{w: w, calls: j, match: func(*journal.Call) bool { return true }, seq: 1}
	if err := events.send(); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	if !strings.HasPrefix(body, "event: missed\ndata: {\"missed\":2}\n\nid: 4\n") || strings.Count(body, "id: ") != 2 {
		t.Errorf("events:\n%s", body)
	}
}

func TestAWrongMethodOrPathSaysWhatIsThere(t *testing.T) {
	handler := NewHandler(tenant.New(tenant.Config{Memory: true}))
	for _, test := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"PUT", "/v1/tokens", http.StatusMethodNotAllowed, "GET, POST"},
		{"GET", "/v1/faults/r1", http.StatusMethodNotAllowed, "DELETE"},
		{"GET", "/v1/nothing", http.StatusNotFound, "openapi.json"},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s %s: %d %s, want %d with %q", test.method, test.path, w.Code, w.Body, test.status, test.says)
		}
	}
}

func TestTheStatusSaysWhoCalled(t *testing.T) {
	running, client := running(t)
	create(t, running.Status().TenantURL, "b.simon@contoso.com")
	var status Status
	if err := client.do(t.Context(), http.MethodGet, "/v1/status", nil, &status); err != nil {
		t.Fatal(err)
	}
	if len(status.Clients) != 1 || status.Clients[0].Calls != 1 || status.Clients[0].Name != "a program that uses Go-http-client" || status.Clients[0].Sure != "guess" {
		t.Errorf("got %+v", status.Clients)
	}
}
