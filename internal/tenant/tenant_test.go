package tenant

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"airmock/internal/scim"
	"airmock/scimserver"
	"airmock/store"
)

func TestMain(m *testing.M) {
	// BuntDB's own goroutine sees only at its next tick that it is closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/tidwall/buntdb.(*DB).backgroundManager"))
}

const base = "/0/as/common/scim"

func start(t *testing.T, c Config) *Tenant {
	t.Helper()
	c.Listen, c.BasePath, c.Secret = "127.0.0.1:0", base, "t0ken"
	tenant := New(c)
	if err := tenant.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tenant.Close(); err != nil {
			t.Error(err)
		}
	})
	return tenant
}

func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t0ken")
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestAStartedTenantAnswersAndTellsItsStatus(t *testing.T) {
	tenant := start(t, Config{Memory: true, Version: "v1", Seed: 7, Profile: scim.RFC})
	root := strings.TrimSuffix(tenant.Status().TenantURL, base)
	if status, body := send(t, "GET", root+"/healthz", ""); status != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", status, body)
	}
	for _, path := range []string{base + "/Users", "/scim/Users", "/scim/v2//Users/"} {
		if status, body := send(t, "GET", root+path, ""); status != 200 {
			t.Errorf("GET %s: %d %s", path, status, body)
		}
	}
	if status, body := send(t, "POST", root+base+"/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"kim"}`); status != 201 {
		t.Fatalf("create: %d %s", status, body)
	}
	s := tenant.Status()
	if s.Users != 1 || s.Calls != 4 || s.Cycle != 1 || !s.FixedSecret || s.Public || s.Profile != "rfc" || s.Seed != 7 || s.Version != "v1" || s.DataDir != "" {
		t.Errorf("status %+v", s)
	}
}

func TestTheTenantSaysHowAPATCHIsAnswered(t *testing.T) {
	for patched, want := range map[scimserver.PatchResponse]int{"": 204, scimserver.PatchAuto: 204, scimserver.PatchNone: 204, scimserver.PatchResource: 200} {
		tenant := start(t, Config{Memory: true, Patched: patched})
		url := tenant.Status().TenantURL + "/Groups"
		_, body := send(t, "POST", url, `{"displayName":"Sales"}`)
		group, err := scim.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		status, body := send(t, "PATCH", url+"/"+group.Get("id").Text(), `{"Operations":[{"op":"replace","path":"displayName","value":"West"}]}`)
		if status != want {
			t.Errorf("%q: %d %s", patched, status, body)
		}
	}
}

func TestATenantThatLoadsSaysSo(t *testing.T) {
	handler := New(Config{Memory: true, BasePath: base}).handler()
	for path, want := range map[string]string{"/healthz": "loading\n", base + "/Users": `"status":"503"`} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestHealthIsToldWhileTheDataLoadsAndAfter(t *testing.T) {
	var tenant *Tenant
	health := func(want int) {
		t.Helper()
		if status, body := send(t, "GET", "http://"+tenant.Status().Listen+"/healthz", ""); status != want {
			t.Errorf("%d %s, want %d", status, body, want)
		}
	}
	var told []float64
	tenant = New(Config{Listen: "127.0.0.1:0", BasePath: base, DataDir: t.TempDir(), Progress: func(done float64) {
		told = append(told, done)
		health(http.StatusServiceUnavailable)
	}})
	if err := tenant.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	if len(told) == 0 || !slices.IsSorted(told) || told[len(told)-1] > 1 {
		t.Errorf("the progress was %v", told)
	}
	health(http.StatusOK)
}

func TestACallOnlyCountsWhenItIsNoHealthCheck(t *testing.T) {
	tenant := start(t, Config{Memory: true})
	send(t, "GET", strings.TrimSuffix(tenant.Status().TenantURL, base)+"/healthz", "")
	if n := tenant.Status().Calls; n != 0 {
		t.Errorf("%d calls after a health check", n)
	}
}

func TestThePublicURLIsTheTenantURL(t *testing.T) {
	tenant := start(t, Config{Memory: true, PublicURL: "https://quick-fox.trycloudflare.com"})
	if s := tenant.Status(); s.TenantURL != "https://quick-fox.trycloudflare.com"+base || !s.Public {
		t.Errorf("status %+v", s)
	}
	_, body := send(t, "POST", "http://"+tenant.Status().Listen+base+"/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"kim"}`)
	if !strings.Contains(body, `"location":"https://quick-fox.trycloudflare.com`+base+`/Users/`) {
		t.Errorf("the location is not public: %s", body)
	}
}

func TestASecondTenantOnTheSameDataIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, Config{DataDir: dir, Sync: store.SyncNever})
	second := New(Config{Listen: "127.0.0.1:0", BasePath: base, DataDir: dir, Sync: store.SyncNever})
	if err := second.Start(t.Context()); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("second start: %v, want an error that names the directory", err)
	}
}

func TestATakenAddressIsNamed(t *testing.T) {
	first := start(t, Config{Memory: true})
	addr := first.Status().Listen
	second := New(Config{Listen: addr, BasePath: base, Memory: true})
	if err := second.Start(t.Context()); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("second start: %v, want an error that names the address", err)
	}
}

func TestWhatIsDoneHereIsDoneWithoutACall(t *testing.T) {
	tenant := start(t, Config{Memory: true})
	url := tenant.Status().TenantURL
	_, body := send(t, "POST", url+"/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"kim","active":true}`)
	doc, err := scim.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	id := doc.Get("id").Text()
	if err := tenant.SetActive(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if _, body := send(t, "GET", url+"/Users/"+id, ""); !strings.Contains(body, `"active":false`) {
		t.Errorf("after SetActive(false): %s", body)
	}
	if err := tenant.DeleteResource(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := tenant.DeleteResource(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("second delete: %v", err)
	}
	if err := tenant.SetActive(t.Context(), id, true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SetActive of nobody: %v", err)
	}
	if n := tenant.Status().Calls; n != 2 {
		t.Errorf("%d calls, want the 2 that were sent", n)
	}
}

func TestAVersionIsMadeInTheNameOfAWholeCall(t *testing.T) {
	tenant := start(t, Config{Memory: true})
	url := tenant.Status().TenantURL
	_, body := send(t, "POST", url+"/Users", `{"userName":"kim"}`)
	var user struct{ ID string }
	if err := json.Unmarshal([]byte(body), &user); err != nil {
		t.Fatal(err)
	}
	patch := func(title string) string {
		return `{"schemas":["` + scim.URNPatchOp + `"],"Operations":[{"op":"replace","path":"title","value":"` + title + `"}]}`
	}
	send(t, "PATCH", url+"/Users/"+user.ID, patch("Engineer"))
	send(t, "POST", url+"/Bulk", `{"schemas":["`+scim.URNBulkRequest+`"],"Operations":[{"method":"PATCH","path":"/Users/`+user.ID+`","data":`+patch("Boss")+`}]}`)
	send(t, "PUT", url+"/Users/"+user.ID, `{"userName":"kim","title":"Engineer"}`)
	send(t, "DELETE", url+"/Users/"+user.ID, "")
	var got []string
	for _, m := range History(tenant.Store(), tenant.Journal(), user.ID) {
		if m.Call == nil {
			t.Errorf("version %d names no call", m.Number)
			continue
		}
		got = append(got, string(m.Call.Operation))
	}
	if diff := cmp.Diff([]string{"user.delete", "user.replace", "bulk", "user.patch", "user.create"}, got); diff != "" {
		t.Errorf("the versions are made by, newest first, -want +got:\n%s", diff)
	}
}

func TestThePublicURLIsReadAsPeoplePasteIt(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"none is none", "", ""},
		{"a tunnel's address", "https://quick-fox.trycloudflare.com", "https://quick-fox.trycloudflare.com"},
		{"a slash at the end does no harm", "https://quick-fox.trycloudflare.com/", "https://quick-fox.trycloudflare.com"},
		{"the whole Tenant URL", "https://quick-fox.trycloudflare.com" + base, "https://quick-fox.trycloudflare.com"},
		{"a path before the base path", "https://example.com/fake", "https://example.com/fake"},
		{"plain http, for tests", "http://localhost:8080", "http://localhost:8080"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CleanPublicURL(test.text, base)
			if err != nil || got != test.want {
				t.Errorf("CleanPublicURL(%q) = %q, %v, want %q", test.text, got, err, test.want)
			}
		})
	}
	for _, wrong := range []string{"quick-fox.trycloudflare.com", "ftp://x", "https://", "https://x/?aadOptscim062020", "https://me@x", "://"} {
		if got, err := CleanPublicURL(wrong, base); err == nil {
			t.Errorf("CleanPublicURL(%q) = %q, want an error", wrong, got)
		}
	}
}

func TestTheBasePathIsCleaned(t *testing.T) {
	for text, want := range map[string]string{"": "", "/": "", "scim": "/scim", "/scim/v2/": "/scim/v2", "//a//b": "/a/b"} {
		if got, err := CleanBasePath(text); err != nil || got != want {
			t.Errorf("CleanBasePath(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := CleanBasePath("/scim?x"); err == nil {
		t.Error("a query in the base path is taken")
	}
}
