package scimserver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/scimserver"
)

func TestBases(t *testing.T) {
	tests := []struct {
		basePath string
		want     []string
	}{
		{"/0/as/common/scim", []string{"/0/as/common/scim", "/scim/v2", "/scim"}},
		{"0/as/", []string{"/0/as", "/scim/v2", "/scim"}},
		{"/scim/", []string{"/scim", "/scim/v2"}},
		{"/", []string{"", "/scim/v2", "/scim"}},
		{"", []string{"", "/scim/v2", "/scim"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, scimserver.Bases(test.basePath)); diff != "" {
			t.Errorf("Bases(%q): %s", test.basePath, diff)
		}
	}
}

func TestPathsThatLeadToTheSamePlace(t *testing.T) {
	f := newFixture(t)
	id := f.createUser("b.simon@contoso.com")
	paths := []string{
		basePath + "/Users/" + id,
		basePath + "/Users/" + id + "/",
		basePath + "//Users//" + id,
		basePath + "/users/" + id,
		basePath + "/USERS/" + id + "?aadOptscim062020",
		basePath + "/Users/" + id + "?aadOptscim062020=&unknown=%zz&;",
		"//0/as/common/scim/Users/" + id,
		"/scim/Users/" + id,
		"/scim/v2/Users/" + id,
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			f.t = t
			req, err := http.NewRequest("GET", f.root+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			a := f.send(req)
			a.wantStatus(http.StatusOK)
			a.wantAt("userName", `"b.simon@contoso.com"`)
		})
	}
}

func TestCollectionsTakeSlashesWithoutARedirect(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/Users", "/Users/", "//Users", "//Users//", "/users", "/Groups/", "/groups"} {
		f.do("GET", path, "").wantStatus(http.StatusOK)
	}
	f.do("POST", "/Users/", `{"userName":"a"}`).wantStatus(http.StatusCreated)
	f.do("POST", "//users", `{"userName":"b"}`).wantStatus(http.StatusCreated)
}

func TestLocationsFollowTheBasePathThatTheClientUsed(t *testing.T) {
	f := newFixture(t)
	id := f.createUser("b.simon@contoso.com")
	f.url = f.root + "/scim/v2"
	f.do("GET", "/Users/"+id, "").wantAt("meta/location", `"`+f.root+`/scim/v2/Users/`+id+`"`)
}

func TestPathsThatLeadNowhere(t *testing.T) {
	f := newFixture(t)
	tests := []struct{ name, path, says string }{
		{"a misspelt endpoint", basePath + "/User", "did you mean " + f.url + "/Users?"},
		{"a misspelt endpoint below an alias", "/scim/Groupes/1", "did you mean " + f.root + "/scim/Groups/{id}?"},
		{"an endpoint like no other", basePath + "/Teapot", "there are /.search, /Bulk, /Groups"},
		{"something below a resource", basePath + "/Users/1/emails/2", "nothing is at /Users/1/emails/2; did you mean " + f.url + "/Users/{id}?"},
		{"a version behind the base path", basePath + "/v2/Users", "nothing is at /v2/Users; the Tenant URL is " + f.url + ", without /v2 at its end"},
		{"the base path twice", basePath + basePath + "/users/1", "the Tenant URL is " + f.url + ", without " + basePath + " at its end"},
		{"an endpoint behind the base path", basePath + "/Users/Users", "the Tenant URL is " + f.url + ", without /Users at its end"},
		{"the wrong endpoint behind an alias", "/scim/users/Groups/1", "the Tenant URL is " + f.root + "/scim, without /users at its end"},
		{"something below the configuration", basePath + "/ServiceProviderConfig/x", "did you mean " + f.url + "/ServiceProviderConfig?"},
		{"outside of the base paths", "/api/Users", "its Tenant URL is " + f.url},
		{"the root", "/", "its Tenant URL is " + f.url},
		{"half of the base path", "/0/as/Users", "its Tenant URL is " + f.url},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			req, err := http.NewRequest("GET", f.root+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			f.send(req).wantError(http.StatusNotFound, "", test.says)
		})
	}
}

func TestABasePathAtTheRoot(t *testing.T) {
	f := newFixture(t, func(o *scimserver.Options) { o.BasePath = "/" })
	id := f.createUser("b.simon@contoso.com")
	f.do("GET", "/Users/"+id, "").wantAt("meta/location", `"`+f.root+`/Users/`+id+`"`)
	f.do("GET", "/User", "").wantError(http.StatusNotFound, "", "did you mean "+f.root+"/Users?")
}

func TestMethodsThatAreNotAllowed(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		path  string
		allow string
	}{
		{"/Users", "GET, HEAD, POST"},
		{"/Groups", "GET, HEAD, POST"},
		{"/Users/1", "DELETE, GET, HEAD, PATCH, PUT"},
		{"/Groups/1", "DELETE, GET, HEAD, PATCH, PUT"},
		{"/ServiceProviderConfig", "GET, HEAD"},
		{"/ResourceTypes", "GET, HEAD"},
		{"/ResourceTypes/User", "GET, HEAD"},
		{"/Schemas", "GET, HEAD"},
		{"/Schemas/x", "GET, HEAD"},
		{"/Bulk", "POST"},
		{"/.search", "POST"},
		{"/Users/.search", "POST"},
		{"", "GET, HEAD"},
		{"/", "GET, HEAD"},
	}
	for _, test := range tests {
		allowed := strings.Split(test.allow, ", ")
		use := "use one of " + test.allow
		if len(allowed) == 1 {
			use = "use " + test.allow
		}
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FROBNICATE"} {
			if slices.Contains(allowed, method) {
				continue
			}
			t.Run(method+" "+test.path, func(t *testing.T) {
				f.t = t
				a := f.do(method, test.path, "{}")
				a.wantError(http.StatusMethodNotAllowed, "", use)
				a.wantHeader("Allow", test.allow)
			})
		}
	}
}

func TestPartsThatAreNotOffered(t *testing.T) {
	f := newFixture(t)
	tests := []struct{ method, path string }{
		{"GET", "/Me"},
		{"PATCH", "/Me"},
	}
	for _, test := range tests {
		f.do(test.method, test.path, "{}").wantError(http.StatusNotImplemented, "", "is not offered here")
	}
}

func TestAMethodOverrideIsIgnored(t *testing.T) {
	f := newFixture(t)
	id := f.createUser("b.simon@contoso.com")
	f.do("GET", "/Users/"+id, "", "X-HTTP-Method-Override", "DELETE").wantStatus(http.StatusOK)
	f.do("GET", "/Users/"+id, "").wantStatus(http.StatusOK)
}

func TestHEADIsGETWithoutABody(t *testing.T) {
	f := newFixture(t)
	id := f.createUser("b.simon@contoso.com")
	for _, path := range []string{"/Users/" + id, "/Users", "/Schemas", "/Users/nobody"} {
		get, head := f.do("GET", path, ""), f.do("HEAD", path, "")
		if head.StatusCode != get.StatusCode || head.ContentLength != int64(len(get.body)) || head.body != "" {
			t.Errorf("HEAD %s: %s, Content-Length %d, body %q; GET: %s, %d bytes", path, head.Status, head.ContentLength, head.body, get.Status, len(get.body))
		}
		head.wantHeader("Content-Type", "application/scim+json")
	}
}
