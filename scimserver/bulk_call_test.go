package scimserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/scimserver"
)

// RFC 7644 section 3.7.3: what was not processed is not in the answer.
func TestBulkFailOnErrors(t *testing.T) {
	good := func(name string) string {
		return `{"method":"POST","path":"/Users","bulkId":"` + name + `","data":{"userName":"` + name + `"}}`
	}
	bad := `{"method":"DELETE","path":"/Users/nobody"}`
	tests := []struct {
		name       string
		failOn     string
		operations []string
		want       string
	}{
		{"not given", "null", []string{bad, bad, good("a"), bad}, "404, 404, 201, 404"},
		{"zero is not given", "0", []string{bad, good("a"), bad}, "404, 201, 404"},
		{"at the first", "1", []string{good("a"), bad, good("b"), bad}, "201, 404"},
		{"at the second", "2", []string{bad, good("a"), bad, good("b")}, "404, 201, 404"},
		{"never reached", "3", []string{bad, good("a"), bad, good("b")}, "404, 201, 404, 201"},
		{"by an operation that another one waits for", "1", []string{
			`{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"g","members":["bulkId:u"]}}`, good("a"),
			`{"method":"POST","path":"/Users","bulkId":"u","data":{}}`,
		}, "201, 400 invalidValue"},
		{"in a circle", "1", []string{
			`{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"g","members":["bulkId:h"]}}`,
			`{"method":"POST","path":"/Groups","bulkId":"h","data":{"displayName":"h","members":["bulkId:g","ghost"]}}`, good("a"),
		}, "400 invalidValue"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			a := f.do("POST", "/Bulk", `{"failOnErrors":`+test.failOn+`,"Operations":[`+strings.Join(test.operations, ",")+`]}`)
			a.wantStatus(http.StatusOK)
			a.wantResults(test.want)
			if a.call.PartsN != len(test.operations) || len(a.call.Parts) != strings.Count(test.want, ",")+1 {
				t.Errorf("the call notes %d of %d operations", len(a.call.Parts), a.call.PartsN)
			}
		})
	}
}

// What a part of a bulk request changed is found out while its images are at hand:
// with a thousand large ones waiting, the memory would not do.
func TestPartsOfABulkRequestLeaveNothingForLater(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("kim")
	var parts []*journal.Call
	h := f.journal.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.serve.ServeHTTP(w, r)
		parts = journal.Of(w).Parts
		for _, p := range parts {
			if p.Later != nil || p.Effect.Before != nil || p.Effect.After != nil || len(p.Effect.Fields) == 0 {
				t.Errorf("when the answer is written, %s %s has the effect %+v, and something for later: %v", p.Method, p.Path, p.Effect, p.Later != nil)
			}
		}
	}), journal.RecordOptions{Bases: scimserver.Bases(basePath), Catalog: scim.StandardCatalog()})
	serveOnce(h, "POST", "/Bulk", `{"schemas":["`+scim.URNBulkRequest+`"],"Operations":[`+
		`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"ada"}},`+
		`{"method":"PATCH","path":"/Users/`+user+`","data":{`+patchHead+`,"Operations":[{"op":"replace","path":"title","value":"Boss"}]}}]}`)
	if len(parts) != 2 {
		t.Errorf("the call has %d parts, want 2", len(parts))
	}
}

func TestWhatABulkCallNotes(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")
	a := f.bulk(
		`{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"Sales","members":["`+user+`"]}}`,
		`{"method":"PATCH","path":"/Users/`+user+`","data":{`+patchHead+`,"Operations":[{"op":"Replace","path":"active","value":"False"},{"op":"replace","path":"password","value":"hunter2"}]}}`,
		`{"method":"DELETE","path":"/Users/nobody"}`)
	a.wantResults("201, 200, 404")
	c := a.call
	if c.Operation != scim.OpBulk || c.Effect != nil || c.PartsN != 3 || len(c.Parts) != 3 {
		t.Fatalf("%s %v %d %d", c.Operation, c.Effect, c.PartsN, len(c.Parts))
	}
	if diff := cmp.Diff([]scim.Quirk{scim.QuirkMemberAsString, scim.QuirkSchemasMissing, scim.QuirkOpCapitalised, scim.QuirkActiveAsString}, c.Quirks); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, p := range c.Parts {
		got = append(got, fmt.Sprintf("%s %s %d %s %s", p.Operation, strings.TrimPrefix(p.Path, basePath), p.Status, p.Effect.Change, p.Effect.Name))
	}
	want := []string{"group.create /Groups 201 created Sales", "user.disable /Users/" + user + " 200 updated b.simon@contoso.com", "user.delete /Users/nobody 404 none "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := string(c.Request.Body) + string(c.Parts[1].Request.Body); strings.Contains(text, "hunter2") || !strings.Contains(text, "[redacted]") {
		t.Errorf("the password is recorded: %s", text)
	}
}

// Whoever is gone gets no more work done.
func TestABulkEndsWithItsClient(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", basePath+"/Bulk", strings.NewReader(bulkBody(
		`{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"a"}}`)))
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	c := f.nextCall()
	if w.Code != http.StatusServiceUnavailable || len(c.Parts) != 0 || c.PartsN != 1 {
		t.Errorf("%d %s, %d of %d operations", w.Code, w.Body, len(c.Parts), c.PartsN)
	}
	f.do("GET", "/Users", "").wantAt("totalResults", "0")
}

// RFC 7644 section 3.7: the version of an operation is its If-Match.
func TestBulkVersions(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		user, group := f.createUser("Bob"), f.createGroup("Sales")
		put := func(version string) string {
			return `{"method":"PUT","path":"/Users/` + user + `","version":` + version + `,"data":{` + userHead + `,"userName":"Bob","title":` + version + `}}`
		}
		a := f.do("POST", "/Bulk", bulkBody(
			put(`"W/\"1\""`), put(`"W/\"1\""`), put(`"W/\"2\""`),
			`{"method":"PATCH","path":"/Groups/`+group+`","version":"W/\"1\"","data":{`+patchHead+`,"Operations":[{"op":"replace","path":"displayName","value":"Sales2"}]}}`,
			`{"method":"DELETE","path":"/Groups/`+group+`","version":"W/\"1\""}`,
			`{"method":"POST","path":"/Users","bulkId":"a","version":"W/\"7\"","data":{`+userHead+`,"userName":"Ann"}}`,
			`{"method":"DELETE","path":"/Users/`+user+`","version":"*"}`,
		), "If-Match", `W/"99"`)
		a.wantStatus(http.StatusOK)
		a.wantResults("200, 412, 200, 204, 412, 201, 204")
		for i, want := range []string{`"W/\"2\""`, ``, `"W/\"3\""`, `"W/\"2\""`, ``, `"W/\"1\""`, ``} {
			a.wantAt(fmt.Sprintf("Operations/%d/version", i), want)
		}
		a.wantAt("Operations/1/location", `"`+f.url+"/Users/"+user+`"`)
		if part := a.call.Parts[1]; part.Status != http.StatusPreconditionFailed || part.Effect.Change != "none" {
			t.Errorf("%d %+v", part.Status, part.Effect)
		}
	})
}
