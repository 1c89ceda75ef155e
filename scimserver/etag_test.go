package scimserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"airmock/internal/scim"
)

func TestEveryAnswerThatIsOneResourceHasItsEntityTag(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, method, path, body, want string
	}{
		{"a new user", "POST", "/Users", `{"userName":"b.simon"}`, `W/"1"`},
		{"a read", "GET", "/Users/1", ``, `W/"1"`},
		{"its head", "HEAD", "/Users/1", ``, `W/"1"`},
		{"a read of certain attributes", "GET", "/Users/1?attributes=userName", ``, `W/"1"`},
		{"a PUT", "PUT", "/Users/1", `{"userName":"b.simon","title":"CEO"}`, `W/"2"`},
		{"a PATCH", "PATCH", "/Users/1", patchBody(`{"op":"replace","path":"title","value":"CTO"}`), `W/"3"`},
		{"a PATCH that changes nothing", "PATCH", "/Users/1", patchBody(`{"op":"replace","path":"title","value":"CTO"}`), `W/"3"`},
		{"a new group", "POST", "/Groups", `{"displayName":"Sales"}`, `W/"1"`},
		{"a PATCH without a body in its answer", "PATCH", "/Groups/2", patchBody(`{"op":"add","path":"members","value":[{"value":"1"}]}`), `W/"2"`},
		{"a delete", "DELETE", "/Users/1", ``, ``},
		{"a list", "GET", "/Users", ``, ``},
		{"a schema", "GET", "/Schemas/" + scim.URNUser, ``, ``},
		{"an error", "GET", "/Users/1", ``, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do(test.method, test.path, test.body)
			a.wantHeader("ETag", test.want)
			if got := a.call.Response.Header.Get("ETag"); got != test.want {
				t.Errorf("the journal has the ETag %q, want %q", got, test.want)
			}
			if v := a.json().Get("meta").Get("version"); v != nil && v.Text() != test.want {
				t.Errorf("meta.version is %s", v)
			}
		})
	}
}

// The user of these tests is at W/"2".
func TestPreconditions(t *testing.T) {
	tests := []struct {
		name, header, value string
		get, write          int // statuses of GET, and of PUT, PATCH and DELETE, which is 204 where write is 200
		bare                bool
	}{
		{name: "no precondition", header: "X-Nothing", value: "1", get: 200, write: 200},
		{name: "the current version", header: "If-Match", value: `W/"2"`, get: 200, write: 200},
		{name: "an old version", header: "If-Match", value: `W/"1"`, get: 412, write: 412},
		{name: "any version", header: "If-Match", value: `*`, get: 200, write: 200},
		{name: "a list with the current version", header: "If-Match", value: `"x,y" , W/"1",,W/"2"`, get: 200, write: 200},
		{name: "a list without it", header: "If-Match", value: `"W/2, 2", W/"1"`, get: 412, write: 412},
		{name: "the current version as a strong tag", header: "If-Match", value: `"2"`, get: 200, write: 200},
		{name: "an old version as a strong tag", header: "If-Match", value: `"1"`, get: 412, write: 412},
		{name: "the current version without quotes", header: "If-Match", value: `2`, get: 200, write: 200, bare: true},
		{name: "the current weak version without quotes", header: "If-Match", value: `W/2`, get: 200, write: 200, bare: true},
		{name: "a w in lower case", header: "If-Match", value: `w/"2"`, get: 200, write: 200},
		{name: "half of the quotes", header: "If-Match", value: `W/"2`, get: 412, write: 412},
		{name: "nonsense", header: "If-Match", value: `W/`, get: 412, write: 412, bare: true},
		{name: "what is no number", header: "If-Match", value: `"abc\"def"`, get: 412, write: 412},
		{name: "an empty tag", header: "If-Match", value: `W/""`, get: 412, write: 412},
		{name: "an empty header", header: "If-Match", value: ` , `, get: 200, write: 200},

		{name: "unless it is the current version", header: "If-None-Match", value: `W/"2"`, get: 304, write: 412},
		{name: "unless it is an old version", header: "If-None-Match", value: `W/"1"`, get: 200, write: 200},
		{name: "unless there is any", header: "If-None-Match", value: `*`, get: 304, write: 412},
		{name: "unless it is one of a list", header: "If-None-Match", value: `"1", "2"`, get: 304, write: 412},
		{name: "unless it is the version without quotes", header: "If-None-Match", value: `2`, get: 304, write: 412, bare: true},
		{name: "unless it is nonsense", header: "If-None-Match", value: `"""`, get: 200, write: 200},

		{name: "unless it is unmodified", header: "If-Modified-Since", value: `Sun, 22 Nov 2043 21:04:11 GMT`, get: 200, write: 200},
		{name: "unless it was modified", header: "If-Unmodified-Since", value: `Sun, 22 Nov 2009 21:04:11 GMT`, get: 200, write: 200},
	}
	requests := []struct{ method, body string }{
		{"GET", ``},
		{"HEAD", ``},
		{"PATCH", patchBody(`{"op":"replace","path":"title","value":"CTO"}`)},
		{"PUT", `{"schemas":["` + scim.URNUser + `"],"userName":"b.simon","title":"CFO"}`},
		{"DELETE", ``},
	}
	for _, test := range tests {
		for _, r := range requests {
			t.Run(test.header+" "+test.name+" on "+r.method, func(t *testing.T) {
				f := newFixture(t, strict)
				user := f.createUser("b.simon")
				f.must("PATCH", "/Users/"+user, patchBody(`{"op":"replace","path":"title","value":"CEO"}`))
				a := f.do(r.method, "/Users/"+user, r.body, test.header, test.value)
				want := test.write
				switch {
				case r.method == "GET" || r.method == "HEAD":
					want = test.get
				case r.method == "DELETE" && want == http.StatusOK:
					want = http.StatusNoContent
				}
				a.wantStatus(want)
				switch {
				case want == http.StatusPreconditionFailed && r.method != "HEAD":
					a.wantError(want, "", `is W/"2"`)
					fallthrough
				case want == http.StatusPreconditionFailed, want == http.StatusNotModified:
					a.wantHeader("ETag", `W/"2"`)
					f.do("GET", "/Users/"+user, "").wantAt("meta/version", `"W/\"2\""`)
				}
				if want == http.StatusNotModified && a.body != "" {
					t.Errorf("304 with the body %s", a.body)
				}
				if bare := len(a.call.Quirks) == 1 && a.call.Quirks[0] == scim.QuirkBareETag; bare != test.bare {
					t.Errorf("the call notes %q", a.call.Quirks)
				}
				f.do(r.method, "/Users/nobody", r.body, test.header, test.value).wantStatus(http.StatusNotFound)
			})
		}
	}
}

func TestSeveralHeadersAreOneList(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon")
	req, err := http.NewRequest("GET", f.url+"/Users/"+user, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["If-None-Match"] = []string{`W/"7"`, `W/"1"`}
	f.send(req).wantStatus(http.StatusNotModified)
}

func TestIfMatchComesBeforeIfNoneMatch(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon")
	f.do("GET", "/Users/"+user, "", "If-Match", `W/"7"`, "If-None-Match", `W/"1"`).wantError(http.StatusPreconditionFailed, "", "If-Match")
	f.do("GET", "/Users/"+user, "", "If-Match", `W/"1"`, "If-None-Match", `W/"1"`).wantStatus(http.StatusNotModified)
}

// A request that would be refused anyway is refused for that (RFC 9110 section
// 13.2.1).
func TestPreconditionsComeAfterTheRequestItself(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon")
	f.do("PATCH", "/Users/"+user, `{`, "If-Match", `W/"7"`).wantError(http.StatusBadRequest, scim.InvalidSyntax, "JSON")
	f.do("PUT", "/Users/"+user, `{"title":"CEO"}`, "If-Match", `W/"7"`).wantError(http.StatusBadRequest, scim.InvalidValue, "userName")
	f.do("DELETE", "/Users", ``, "If-Match", `W/"7"`).wantError(http.StatusMethodNotAllowed, "", "")
}

func TestPreconditionsMeanNothingWhereThereIsNoVersion(t *testing.T) {
	f := newFixture(t)
	for _, header := range []string{"If-Match", "If-None-Match"} {
		for i, value := range []string{`*`, `W/"1"`} {
			f.do("GET", "/Users", "", header, value).wantStatus(http.StatusOK)
			f.do("GET", "/Schemas", "", header, value).wantStatus(http.StatusOK)
			f.do("GET", "/ServiceProviderConfig", "", header, value).wantStatus(http.StatusOK)
			f.do("POST", "/Users", fmt.Sprintf(`{"userName":"%s %d"}`, header, i), header, value).wantStatus(http.StatusCreated)
		}
	}
}

// Of all who change the same version, one succeeds.
func TestOneOfManyWritersOnAVersionSucceeds(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon")
	const writers = 20
	statuses := make([]int, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			req, err := http.NewRequest("PATCH", f.url+"/Users/"+user, strings.NewReader(patchBody(`{"op":"replace","path":"title","value":"`+string(rune('A'+i))+`"}`)))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+secret)
			req.Header.Set("If-Match", `W/"1"`)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			statuses[i] = resp.StatusCode
		})
	}
	all.Wait()
	counts := make(map[int]int)
	for _, s := range statuses {
		counts[s]++
	}
	if counts[http.StatusOK] != 1 || counts[http.StatusPreconditionFailed] != writers-1 {
		t.Errorf("statuses %v", counts)
	}
	if res, err := f.store.Lookup(user); err != nil || res.Version != 2 {
		t.Errorf("version %+v, %v", res, err)
	}
}
