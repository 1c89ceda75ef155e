package scimserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestAUserFromCreateToDelete(t *testing.T) {
	f := newFixture(t)

	a := f.do("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"b.simon@contoso.com","active":true}`)
	a.wantStatus(http.StatusCreated)
	a.wantHeader("Content-Type", "application/scim+json")
	a.wantHeader("Location", f.url+"/Users/1")
	want := `{"schemas":["` + scim.URNUser + `"],"id":"1","userName":"b.simon@contoso.com","active":true,` +
		`"meta":{"resourceType":"User","created":"2026-11-22T21:04:11.000Z","lastModified":"2026-11-22T21:04:11.000Z","version":"W/\"1\"","location":"` + f.url + `/Users/1"}}`
	if diff := cmp.Diff(want, a.body); diff != "" {
		t.Error(diff)
	}

	f.do("GET", "/Users/1", "").wantAt("userName", `"b.simon@contoso.com"`)

	a = f.do("PUT", "/Users/1", `{"schemas":["`+scim.URNUser+`"],"userName":"b.simon@contoso.com","title":"CEO"}`)
	a.wantStatus(http.StatusOK)
	a.wantAt("title", `"CEO"`)
	a.wantAt("active", ``)
	a.wantAt("meta/version", `"W/\"2\""`)

	a = f.do("PATCH", "/Users/1", patchBody(`{"op":"replace","path":"active","value":false}`))
	a.wantStatus(http.StatusOK)
	a.wantAt("active", `false`)
	a.wantAt("title", `"CEO"`)

	a = f.do("DELETE", "/Users/1", "")
	a.wantStatus(http.StatusNoContent)
	if a.body != "" || a.Header.Get("Content-Type") != "" {
		t.Errorf("204 with %q, %q", a.Header.Get("Content-Type"), a.body)
	}
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		body := `{"userName":"b.simon@contoso.com"}`
		if method == "PATCH" {
			body = patchBody(`{"op":"replace","path":"active","value":false}`)
		}
		f.do(method, "/Users/1", body).wantError(http.StatusNotFound, "", `no User has the id "1"`)
	}
}

func TestAGroupFromCreateToDelete(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")

	a := f.do("POST", "/Groups", `{"schemas":["`+scim.URNGroup+`"],"displayName":"Sales","members":[{"value":"`+user+`"}]}`)
	a.wantStatus(http.StatusCreated)
	group := a.json().Get("id").Text()
	a.wantHeader("Location", f.url+"/Groups/"+group)
	member := `{"value":"` + user + `","$ref":"` + f.url + `/Users/` + user + `","display":"b.simon@contoso.com","type":"User"}`
	a.wantAt("members", `[`+member+`]`)

	f.do("GET", "/Users/"+user, "").wantAt("groups",
		`[{"value":"`+group+`","$ref":"`+f.url+`/Groups/`+group+`","display":"Sales","type":"direct"}]`)

	a = f.do("PATCH", "/Groups/"+group, patchBody(`{"op":"remove","path":"members","value":[{"value":"`+user+`"}]}`))
	a.wantStatus(http.StatusNoContent)
	f.do("GET", "/Groups/"+group, "").wantAt("members", `[]`)

	a = f.do("PUT", "/Groups/"+group, `{"schemas":["`+scim.URNGroup+`"],"displayName":"Sales West","members":[{"value":"`+user+`"}]}`)
	a.wantStatus(http.StatusOK)
	a.wantAt("displayName", `"Sales West"`)
	a.wantAt("members", `[`+member+`]`)

	f.do("DELETE", "/Groups/"+group, "").wantStatus(http.StatusNoContent)
	f.do("GET", "/Users/"+user, "").wantAt("groups", ``)
}

func TestAGroupPATCHThatAsksForAttributesGetsThem(t *testing.T) {
	f := newFixture(t)
	group := f.createGroup("Sales")
	a := f.do("PATCH", "/Groups/"+group+"?attributes=displayName", patchBody(`{"op":"replace","path":"displayName","value":"West"}`))
	a.wantStatus(http.StatusOK)
	a.wantAt("displayName", `"West"`)
	a.wantAt("members", ``)
}

func TestChosenAttributes(t *testing.T) {
	f := newFixture(t)
	user := f.must("POST", "/Users", `{"userName":"b.simon@contoso.com","displayName":"B","title":"CEO","emails":[{"type":"work","value":"b@contoso.com"}]}`)
	group := f.createGroup("Sales", user)
	tests := []struct {
		name, path    string
		has, lacks    []string
		patchAttrUser bool
	}{
		{name: "everything", path: "/Users/" + user, has: []string{"userName", "title", "groups", "meta", "emails"}},
		{name: "an empty list of attributes is none", path: "/Users/" + user + "?attributes=", has: []string{"userName", "title"}},
		{name: "one attribute, with what is always returned", path: "/Users/" + user + "?attributes=title", has: []string{"schemas", "id", "title"}, lacks: []string{"displayName", "groups", "meta"}},
		{name: "groups alone", path: "/Users/" + user + "?attributes=groups", has: []string{"groups"}, lacks: []string{"title", "meta"}},
		{name: "without groups", path: "/Users/" + user + "?excludedAttributes=groups", has: []string{"title", "meta"}, lacks: []string{"groups"}},
		{name: "a name in another case", path: "/Users/" + user + "?ATTRIBUTES=TITLE", has: []string{"title"}, lacks: []string{"displayName"}},
		{name: "the location alone", path: "/Users/" + user + "?attributes=meta.location", has: []string{"meta/location"}, lacks: []string{"meta/version", "title"}},
		{name: "a group without its members", path: "/Groups/" + group + "?excludedAttributes=members", has: []string{"displayName", "meta/location"}, lacks: []string{"members"}},
		{name: "a group with its members", path: "/Groups/" + group, has: []string{"members/0/value"}},
		{name: "the ids of members", path: "/Groups/" + group + "?attributes=members.value", has: []string{"members/0/value"}, lacks: []string{"members/0/display"}},
		{name: "a list of ids", path: "/Users?attributes=id", has: []string{"Resources/0/id"}, lacks: []string{"Resources/0/title", "Resources/0/groups"}},
		{name: "two lists of attributes", path: "/Users/" + user + "?attributes=title&attributes=displayName", has: []string{"title", "displayName"}, lacks: []string{"emails"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do("GET", test.path, "")
			a.wantStatus(http.StatusOK)
			for _, path := range test.has {
				if a.at(path) == "" {
					t.Errorf("no %s in %s", path, a.body)
				}
			}
			for _, path := range test.lacks {
				if a.at(path) != "" {
					t.Errorf("%s in %s", path, a.body)
				}
			}
		})
	}
	a := f.do("PATCH", "/Users/"+user+"?attributes=title", patchBody(`{"op":"replace","path":"title","value":"CTO"}`))
	a.wantAt("title", `"CTO"`)
	a.wantAt("emails", ``)
}

func TestWritesThatAreRefused(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")
	other := f.createUser("a.kim@contoso.com")
	group := f.createGroup("Sales")
	tests := []struct {
		name, method, path, body string
		status                   int
		scimType                 scim.ErrorType
		says                     string
	}{
		{"a userName that is taken", "POST", "/Users", `{"userName":"B.SIMON@contoso.com"}`, 409, scim.Uniqueness, "taken by the User with id " + user},
		{"a PATCH to a userName that is taken", "PATCH", "/Users/" + other, patchBody(`{"op":"replace","path":"userName","value":"b.simon@contoso.com"}`), 409, scim.Uniqueness, "id " + user},
		{"a PUT of a userName that is taken", "PUT", "/Users/" + other, `{"userName":"b.simon@contoso.com"}`, 409, scim.Uniqueness, "id " + user},
		{"a user without a userName", "POST", "/Users", `{"displayName":"B"}`, 400, scim.InvalidValue, "userName"},
		{"a member that does not exist", "PATCH", "/Groups/" + group, patchBody(`{"op":"add","path":"members","value":[{"value":"ghost"}]}`), 400, scim.InvalidValue, `no user or group has the id "ghost"`},
		{"a group with a member that does not exist", "POST", "/Groups", `{"displayName":"G","members":[{"value":"ghost"}]}`, 400, scim.InvalidValue, "ghost"},
		{"a PATCH without operations", "PATCH", "/Users/" + user, `{"schemas":["` + scim.URNPatchOp + `"]}`, 400, scim.InvalidSyntax, "Operations"},
		{"a PATCH with an unknown op", "PATCH", "/Users/" + user, patchBody(`{"op":"upsert","path":"title","value":"x"}`), 400, scim.InvalidSyntax, "upsert"},
		{"a PATCH with a broken path", "PATCH", "/Users/" + user, patchBody(`{"op":"replace","path":"emails..value","value":"x"}`), 400, scim.InvalidPath, "path"},
		{"a group's id at /Users", "GET", "/Users/" + group, ``, 404, "", "it belongs to a Group: " + f.url + "/Groups/" + group},
		{"a user's id at /Groups", "DELETE", "/Groups/" + user, ``, 404, "", "it belongs to a User"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do(test.method, test.path, test.body)
			a.wantError(test.status, test.scimType, test.says)
			if a.call.Effect == nil || a.call.Effect.Change != "none" {
				t.Errorf("the call notes the effect %+v", a.call.Effect)
			}
		})
	}
	f.do("GET", "/Users/"+other, "").wantAt("meta/version", `"W/\"1\""`)
}

func TestIdsThatNobodyHas(t *testing.T) {
	f := newFixture(t)
	for _, id := range []string{"nobody", "a%2Fb", "%2F", "%00", "..", "%2e%2e", "%F0%9F%A6%8A", "%ff", "'; DROP TABLE users", strings.Repeat("x", 8000), "a?b"} {
		f.do("GET", "/Users/"+strings.ReplaceAll(id, " ", "%20"), "").wantError(http.StatusNotFound, "", "")
	}
}

func TestWhatTheCallNotes(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")
	group := f.createGroup("Sales")

	tests := []struct {
		name, method, path, body string
		quirks                   []scim.Quirk
		want                     journal.Effect
	}{
		{
			name: "a create", method: "POST", path: "/Users", body: `{"schemas":["` + scim.URNUser + `"],"userName":"a.kim@contoso.com","title":"CEO"}`,
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "created", Fields: []journal.Field{
				{Name: "userName", To: `"a.kim@contoso.com"`}, {Name: "title", To: `"CEO"`},
			}},
		},
		{
			name: "a read", method: "GET", path: "/Users/3",
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "found"},
		},
		{
			name: "a read of nobody", method: "GET", path: "/Users/99",
			want: journal.Effect{Type: "User", ID: "99", Change: "none"},
		},
		{
			name: "a create that is refused", method: "POST", path: "/Users", body: `{"schemas":["` + scim.URNUser + `"],"userName":"A.Kim@contoso.com"}`,
			want: journal.Effect{Type: "User", Name: "A.Kim@contoso.com", Change: "none"},
		},
		{
			name: "Entra's disable", method: "PATCH", path: "/Users/3", body: patchBody(`{"op":"Replace","path":"active","value":"False"}`),
			quirks: []scim.Quirk{scim.QuirkOpCapitalised, scim.QuirkActiveAsString},
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "updated", Fields: []journal.Field{
				{Name: "active", To: `false`},
			}},
		},
		{
			name: "the same once more", method: "PATCH", path: "/Users/3", body: patchBody(`{"op":"replace","path":"active","value":false}`),
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "unchanged"},
		},
		{
			name: "an element that is made by a filter", method: "PATCH", path: "/Users/3", body: patchBody(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@contoso.com"}`),
			quirks: []scim.Quirk{scim.QuirkUpsertByFilter},
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "updated", Fields: []journal.Field{
				{Name: `emails[type eq "work"].value`, To: `"a@contoso.com"`},
			}},
		},
		{
			name: "a member that comes", method: "PATCH", path: "/Groups/" + group, body: patchBody(`{"op":"add","path":"members","value":[{"value":"` + user + `"},{"value":"3"}]}`),
			want: journal.Effect{Type: "Group", ID: group, Name: "Sales", Change: "updated", Added: []string{"b.simon@contoso.com", "a.kim@contoso.com"}, AddedN: 2},
		},
		{
			name: "a member that goes", method: "PATCH", path: "/Groups/" + group, body: patchBody(`{"op":"remove","path":"members","value":[{"value":"3"}]}`),
			quirks: []scim.Quirk{scim.QuirkRemoveWithValue},
			want:   journal.Effect{Type: "Group", ID: group, Name: "Sales", Change: "updated", Removed: []string{"a.kim@contoso.com"}, RemovedN: 1},
		},
		{
			name: "a lookup that finds", method: "GET", path: `/Users?filter=userName+eq+"b.simon@contoso.com"`,
			want: journal.Effect{Type: "User", ID: user, Name: "b.simon@contoso.com", Change: "found", Plan: "index userName eq, then filter"},
		},
		{
			name: "a lookup that does not", method: "GET", path: `/Groups?filter=displayName+eq+"nobody"`,
			want: journal.Effect{Type: "Group", Change: "none", Plan: "index displayName eq, then filter"},
		},
		{
			name: "a list", method: "GET", path: `/Users`,
			want: journal.Effect{Type: "User", Change: "found", Plan: "order of creation"},
		},
		{
			name: "a delete", method: "DELETE", path: "/Users/3",
			want: journal.Effect{Type: "User", ID: "3", Name: "a.kim@contoso.com", Change: "deleted", Fields: []journal.Field{
				{Name: "userName", From: `"a.kim@contoso.com"`},
				{Name: "title", From: `"CEO"`},
				{Name: `emails[type eq "work"].value`, From: `"a@contoso.com"`},
				{Name: "active", From: `false`},
			}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do(test.method, test.path, test.body)
			if diff := cmp.Diff(&test.want, a.call.Effect, cmpopts.IgnoreFields(journal.Effect{}, "Before", "After"), cmpopts.SortSlices(func(x, y journal.Field) bool { return x.Name < y.Name })); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.quirks, a.call.Quirks); diff != "" {
				t.Error(diff)
			}
			wantImages(t, a.call.Effect)
		})
	}
}

// wantImages checks that an effect holds the images that its change has.
func wantImages(t *testing.T, e *journal.Effect) {
	t.Helper()
	before := e.Change == "updated" || e.Change == "deleted" || e.Change == "unchanged"
	after := e.Change == "updated" || e.Change == "created" || e.Change == "unchanged"
	if (e.Before != nil) != before || (e.After != nil) != after {
		t.Errorf("%s with images %s, %s", e.Change, e.Before, e.After)
	}
}

func TestListsNoteHowManyTheyHold(t *testing.T) {
	f := newFixture(t)
	f.createUser("a")
	f.createUser("b")
	for path, want := range map[string]int{"/Users": 2, "/Users?count=1": 1, "/Users?count=0": 0, "/Groups": 0, "/Users/1": -1, "/Schemas": 3} {
		if got := f.do("GET", path, "").call.Results; got != want {
			t.Errorf("GET %s notes %d results, want %d", path, got, want)
		}
	}
}
