package scimserver_test

import (
	"fmt"
	"strings"
	"testing"

	"airmock/internal/entra"
	"airmock/internal/scim"
	"airmock/scimserver"
)

// both runs a test in each profile.
func both(t *testing.T, test func(t *testing.T, set ...func(*scimserver.Options))) {
	t.Run("by default", func(t *testing.T) { test(t) })
	t.Run("by the RFC", func(t *testing.T) { test(t, strict) })
}

// A PATCH that the RFC allows does the same in both profiles. The user has two
// emails, the first of which is primary.
func TestPATCHesByTheRFC(t *testing.T) {
	const work, home = `{"value":"a@x","type":"work","primary":true}`, `{"value":"b@x","type":"home"}`
	tests := []struct{ name, operations, path, want string }{
		{"an add of one object adds it", `{"op":"add","path":"emails","value":{"value":"c@x","type":"other"}}`, "emails", `[` + work + `,` + home + `,{"value":"c@x","type":"other"}]`},
		{"an add of one object without a path", `{"op":"add","value":{"emails":{"value":"c@x"}}}`, "emails", `[` + work + `,` + home + `,{"value":"c@x"}]`},
		{"an add of what is there changes nothing", `{"op":"add","path":"emails","value":[` + home + `]}`, "emails", `[` + work + `,` + home + `]`},
		{"an add in another case is no second value", `{"op":"add","path":"emails","value":[{"value":"B@x","type":"Home"}]}`, "emails", `[` + work + `,{"value":"B@x","type":"Home"}]`},
		{"a new primary value takes it from the old", `{"op":"add","path":"emails","value":[{"value":"c@x","primary":true}]}`, "emails", `[{"value":"a@x","type":"work","primary":false},` + home + `,{"value":"c@x","primary":true}]`},
		{"so does the sub-attribute of a value", `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`, "emails", `[{"value":"a@x","type":"work","primary":false},{"value":"b@x","type":"home","primary":true}]`},
		{"a replace replaces all values", `{"op":"replace","path":"emails","value":[{"value":"c@x"}]}`, "emails", `[{"value":"c@x"}]`},
		{"a replace of what has no value adds", `{"op":"replace","path":"nickName","value":"N"}`, "nickName", `"N"`},
		{"a replace of a complex attribute leaves the rest", `{"op":"replace","path":"name","value":{"familyName":"F"}}`, "name", `{"familyName":"F","givenName":"G"}`},
		{"a replace by a filter", `{"op":"replace","path":"emails[type eq \"home\" and value co \"@\"].value","value":"c@x"}`, "emails", `[` + work + `,{"value":"c@x","type":"home"}]`},
		{"a remove by a filter", `{"op":"remove","path":"emails[type eq \"work\" and value ew \"x\"]"}`, "emails", `[` + home + `]`},
		{"a remove of all values by a filter", `{"op":"remove","path":"emails[value pr]"}`, "emails", ``},
		{"a remove of a sub-attribute", `{"op":"remove","path":"name.givenName"}`, "name", ``},
		{"a remove of an extension", `{"op":"remove","path":"` + enterprise + `"}`, enterprise, ``},
		{"an extension's attribute lists its schema", `{"op":"add","path":"` + enterprise + `:costCenter","value":"7"}`, "schemas", `["` + scim.URNUser + `","` + enterprise + `"]`},
		{"an extension as an object", `{"op":"replace","value":{"` + enterprise + `":{"department":"HR"}}}`, enterprise, `{"department":"HR"}`},
		{"the core schema's URN", `{"op":"replace","path":"` + strings.ToUpper(scim.URNUser) + `:NAME.givenname","value":"H"}`, "name", `{"givenName":"H"}`},
		{"later operations see earlier ones", `{"op":"remove","path":"emails"},{"op":"add","path":"emails","value":[` + home + `]}`, "emails", `[` + home + `]`},
		{"null unassigns", `{"op":"replace","path":"name","value":null}`, "name", ``},
		{"an empty list unassigns", `{"op":"replace","path":"emails","value":[]}`, "emails", ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
				f := newFixture(t, set...)
				user := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`","`+enterprise+`"],"userName":"kim","name":{"givenName":"G"},"emails":[`+work+`,`+home+`],"`+enterprise+`":{"department":"Sales"}}`)
				a := f.do("PATCH", "/Users/"+user, patchBody(test.operations))
				a.wantStatus(200)
				a.wantAt(test.path, test.want)
				f.do("GET", "/Users/"+user, "").wantAt(test.path, test.want)
			})
		})
	}
}

// What the RFC forbids is refused in both profiles, and nothing of the request
// is kept.
func TestPATCHesThatNobodyMayMake(t *testing.T) {
	tests := []struct {
		operation string
		scimType  scim.ErrorType
	}{
		{`{"op":"remove"}`, scim.NoTarget},
		{`{"op":"remove","path":"userName"}`, scim.Mutability},
		{`{"op":"remove","path":"id"}`, scim.Mutability},
		{`{"op":"replace","path":"meta.created","value":"2020-01-01T00:00:00Z"}`, scim.Mutability},
		{`{"op":"add","path":"groups","value":[{"value":"1"}]}`, scim.Mutability},
		{`{"op":"replace","path":"userName","value":null}`, scim.InvalidValue},
		{`{"op":"replace","path":"active","value":"maybe"}`, scim.InvalidValue},
		{`{"op":"replace","path":"name","value":"Kim"}`, scim.InvalidValue},
		{`{"op":"add","path":"nickName"}`, scim.InvalidValue},
		{`{"op":"add","path":"x509Certificates","value":[{"value":"%"}]}`, scim.InvalidValue},
		{`{"op":"replace","path":"user name","value":"x"}`, scim.InvalidPath},
		{`{"op":"replace","path":"userName.first","value":"x"}`, scim.InvalidPath},
		{`{"op":"replace","path":"emails[primary gt true].value","value":"x"}`, scim.InvalidFilter},
		{`{"op":"replace","path":"emails[type ne \"work\"].value","value":"x"}`, scim.NoTarget},
		{`{"op":"rename","path":"nickName","value":"x"}`, scim.InvalidSyntax},
		{`{"path":"nickName","value":"x"}`, scim.InvalidSyntax},
	}
	for _, test := range tests {
		t.Run(test.operation, func(t *testing.T) {
			both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
				f := newFixture(t, set...)
				user := f.createUser("kim")
				before := f.do("GET", "/Users/"+user, "").body
				f.do("PATCH", "/Users/"+user, patchBody(`{"op":"add","path":"displayName","value":"Kim"},`+test.operation)).wantError(400, test.scimType, "Operations[1]")
				if after := f.do("GET", "/Users/"+user, "").body; after != before {
					t.Errorf("%s became %s", before, after)
				}
			})
		})
	}
}

// By RFC 7644 section 3.5.2.2 a remove of one who is no member succeeds; a
// filter that selects nobody is a noTarget (section 3.12), and in the default
// profile no matter.
func TestGroupPATCHesByFilter(t *testing.T) {
	tests := []struct {
		name, operation string
		members         string // the ids afterwards, by default
		strict          scim.ErrorType
	}{
		{"a remove of a member", `{"op":"remove","path":"members[value eq \"1\"]"}`, "2", ""},
		{"a remove of a stranger", `{"op":"remove","path":"members[value eq \"3\"]"}`, "1 2", ""},
		{"a remove of nobody by type", `{"op":"remove","path":"members[type eq \"Group\"]"}`, "1 2", scim.NoTarget},
		{"a remove by type", `{"op":"remove","path":"members[type eq \"User\"]"}`, "", ""},
		{"a replace of a member", `{"op":"replace","path":"members[value eq \"1\"]","value":{"value":"3"}}`, "2 3", ""},
		{"a replace of a stranger", `{"op":"replace","path":"members[value eq \"3\"]","value":{"value":"3"}}`, "1 2 3", scim.NoTarget},
		{"an add of one object", `{"op":"add","path":"members","value":{"value":"3"}}`, "1 2 3", ""},
		{"an add of members who are there", `{"op":"add","path":"members","value":[{"value":"2"},{"value":"1"}]}`, "1 2", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
				f := newFixture(t, set...)
				for i := 1; i <= 3; i++ {
					f.createUser(fmt.Sprint("user", i))
				}
				group := f.createGroup("Sales", "1", "2")
				a := f.do("PATCH", "/Groups/"+group, patchBody(test.operation))
				want := test.members
				if test.strict != "" && set != nil {
					a.wantError(400, test.strict, "Operations[0]")
					want = "1 2"
				}
				var ids []string
				for m := range f.do("GET", "/Groups/"+group, "").json().Get("members").Elements() {
					ids = append(ids, m.Get("value").Text())
				}
				if got := strings.Join(ids, " "); got != want {
					t.Errorf("members %q, want %q: %s", got, want, a.body)
				}
			})
		})
	}
}

// A password is taken, and the call says that one was set; it is neither stored
// nor shown anywhere.
func TestAPasswordIsNotedAsSet(t *testing.T) {
	const pass = "t1meMa$heen"
	tests := []struct{ method, body string }{
		{"POST", `{"schemas":["` + scim.URNUser + `"],"userName":"new","password":"` + pass + `"}`},
		{"PUT", `{"schemas":["` + scim.URNUser + `"],"userName":"kim","password":"` + pass + `"}`},
		{"PATCH", patchBody(`{"op":"replace","path":"password","value":"` + pass + `"}`)},
		{"PATCH", patchBody(`{"op":"add","value":{"password":"` + pass + `"}}`)},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
				f := newFixture(t, set...)
				path := "/Users/" + f.createUser("kim")
				before := f.do("GET", path, "").at("meta/version")
				if test.method == "POST" {
					path = "/Users"
				}
				a := f.do(test.method, path, test.body)
				fields := a.call.Effect.Fields
				if n := len(fields); n == 0 || fields[n-1].Name != "password" || fields[n-1].To != `"[redacted]"` || a.call.Effect.Change == "unchanged" {
					t.Errorf("the effect is %+v", a.call.Effect)
				}
				if record := string(entra.AppendCall(nil, a.call)); strings.Contains(record, pass) || strings.Contains(a.body, "password") {
					t.Errorf("the password is in %s or in %s", a.body, record)
				}
				if test.method == "PATCH" {
					if story := entra.Tell(a.call).Text; !strings.HasPrefix(story, "Set password of kim") {
						t.Errorf("the story is %q", story)
					}
					f.do("GET", path, "").wantAt("meta/version", before)
				}
			})
		})
	}
}

// The same (type, value) pair is kept once (RFC 7643 section 2.4).
func TestAValueThatIsSentTwiceIsOne(t *testing.T) {
	both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
		f := newFixture(t, set...)
		a := f.do("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"kim","emails":[{"value":"a@x","type":"work"},{"value":"a@x","type":"work"},{"value":"a@x","type":"home"}]}`)
		a.wantStatus(201)
		a.wantAt("emails", `[{"value":"a@x","type":"work"},{"value":"a@x","type":"home"}]`)
	})
}
