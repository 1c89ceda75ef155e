package scimserver_test

import (
	"net/http"
	"strings"
	"testing"

	"airmock/scimserver"
)

func TestPrefer(t *testing.T) {
	const minimal, whole, none = "return=minimal", "return=representation", ""
	tests := []struct {
		name    string
		prefer  []string
		applied string
	}{
		{"nothing", nil, none},
		{"an empty header", []string{""}, none},
		{"minimal", []string{"return=minimal"}, minimal},
		{"representation", []string{"return=representation"}, whole},
		{"in another case", []string{"Return=Minimal"}, minimal},
		{"in quotes", []string{`return="minimal"`}, minimal},
		{"with blanks", []string{" return = minimal "}, minimal},
		{"with a parameter", []string{"return=minimal; foo=bar"}, minimal},
		{"with an empty parameter", []string{`return=minimal;; foo="a, return=representation"`}, minimal},
		{"in a list", []string{"respond-async, wait=10, return=minimal"}, minimal},
		{"in the second of two headers", []string{"handling=lenient", "return=representation"}, whole},
		{"twice, of which the first counts", []string{"return=minimal, return=representation"}, minimal},
		{"twice in two headers", []string{"return=representation", "return=minimal"}, whole},
		{"an unknown value", []string{"return=headers"}, none},
		{"an unknown value before a known one", []string{"return=headers, return=minimal"}, none},
		{"without a value", []string{"return"}, none},
		{"in what another preference says", []string{`foo="return=minimal"`}, none},
		{"as a parameter of another", []string{"foo; return=minimal"}, none},
	}
	writes := []struct {
		name, method, path, body string
		whole, minimal           int
		shows                    bool // by default
	}{
		{"a new user", "POST", "/Users", `{"userName":"a.kim"}`, 201, 201, true},
		{"a PUT", "PUT", "/Users/1", `{"userName":"b.simon","title":"CEO"}`, 200, 204, true},
		{"a PATCH of a user", "PATCH", "/Users/1", patchBody(`{"op":"replace","path":"title","value":"CTO"}`), 200, 204, true},
		{"a PATCH of a user that changes nothing", "PATCH", "/Users/1", patchBody(`{"op":"replace","path":"userName","value":"b.simon"}`), 200, 204, true},
		{"a new group", "POST", "/Groups", `{"displayName":"West"}`, 201, 201, true},
		{"a PUT of a group", "PUT", "/Groups/2", `{"displayName":"West"}`, 200, 204, true},
		{"a PATCH of a group", "PATCH", "/Groups/2", patchBody(`{"op":"add","path":"members","value":[{"value":"1"}]}`), 200, 204, false},
	}
	for _, test := range tests {
		for _, w := range writes {
			t.Run(test.name+" on "+w.name, func(t *testing.T) {
				f := newFixture(t)
				f.createUser("b.simon")
				f.createGroup("Sales")
				a := f.prefer(test.prefer, w.method, w.path, w.body)
				status, shows := w.whole, test.applied == whole || test.applied == none && w.shows
				if !shows {
					status = w.minimal
				}
				a.wantStatus(status)
				a.wantHeader("Preference-Applied", test.applied)
				if a.Header.Get("ETag") == "" {
					t.Error("no ETag")
				}
				if a.Header.Get("Location") == "" {
					t.Error("no Location")
				}
				if (a.body != "") != shows || (a.Header.Get("Content-Type") != "") != shows {
					t.Errorf("%s with a body of %q, of type %q", a.Status, a.body, a.Header.Get("Content-Type"))
				}
				if shows {
					a.wantAt("meta/version", `"`+escapeQuotes(a.Header.Get("ETag"))+`"`)
				}
			})
		}
	}
}

// prefer is do with headers Prefer.
func (f *fixture) prefer(values []string, method, path, body string) *answer {
	f.t.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header["Prefer"] = values
	return f.send(req)
}

func escapeQuotes(s string) string { return strings.ReplaceAll(s, `"`, `\"`) }

func TestPreferMeansNothingToReadsAndDeletes(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon")
	a := f.do("GET", "/Users/"+user, "", "Prefer", "return=minimal")
	a.wantStatus(http.StatusOK)
	a.wantAt("userName", `"b.simon"`)
	a.wantHeader("Preference-Applied", "")
	a = f.do("DELETE", "/Users/"+user, "", "Prefer", "return=representation")
	a.wantStatus(http.StatusNoContent)
	a.wantHeader("Preference-Applied", "")
	f.do("DELETE", "/Users/"+user, "", "Prefer", "return=minimal").wantError(http.StatusNotFound, "", "")
}

func TestTheTenantSaysWhatAPATCHIsAnsweredWith(t *testing.T) {
	const user, group = "/Users/1", "/Groups/2"
	tests := []struct {
		patched scimserver.PatchResponse
		path    string
		prefer  string
		status  int
	}{
		{"", user, "", 200},
		{"", group, "", 204},
		{scimserver.PatchAuto, user, "", 200},
		{scimserver.PatchAuto, group, "", 204},
		{scimserver.PatchResource, user, "", 200},
		{scimserver.PatchResource, group, "", 200},
		{scimserver.PatchNone, user, "", 204},
		{scimserver.PatchNone, group, "", 204},
		{scimserver.PatchNone, user, "return=representation", 200},
		{scimserver.PatchNone, group, "return=representation", 200},
		{scimserver.PatchResource, user, "return=minimal", 204},
		{scimserver.PatchResource, group, "return=minimal", 204},
		{scimserver.PatchNone, user + "?attributes=displayName", "", 200},
		{scimserver.PatchAuto, group + "?attributes=displayName", "", 200},
		{scimserver.PatchAuto, group + "?excludedAttributes=members", "", 204},
		{scimserver.PatchAuto, group + "?attributes=displayName", "return=minimal", 200},
	}
	for _, test := range tests {
		t.Run(string(test.patched)+" "+test.path+" "+test.prefer, func(t *testing.T) {
			f := newFixture(t, func(o *scimserver.Options) { o.Patched = test.patched })
			f.createUser("b.simon")
			f.createGroup("Sales")
			a := f.do("PATCH", test.path, patchBody(`{"op":"replace","path":"displayName","value":"New"}`), "Prefer", test.prefer)
			a.wantStatus(test.status)
			if (a.body != "") != (test.status == 200) {
				t.Errorf("%s with the body %q", a.Status, a.body)
			}
			if test.status == 200 {
				a.wantAt("displayName", `"New"`)
			}
		})
	}
}
