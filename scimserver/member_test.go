package scimserver_test

import (
	"net/http"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// TestWhatAClientSaysOfAMemberIsKept holds sub-attributes of members that no
// schema knows.
func TestWhatAClientSaysOfAMemberIsKept(t *testing.T) {
	tests := []struct {
		name    string
		op      string // "" for a PUT of what was read
		want    string // of the first member, without what the server says
		changes bool
	}{
		{"put back", "", `{"note":{"a":[1,2.50]},"role":"owner"}`, false},
		{"added again without", `{"op":"add","path":"members","value":[{"value":"1"}]}`, `{"note":{"a":[1,2.50]},"role":"owner"}`, false},
		{"added again with the same", `{"op":"add","path":"members","value":[{"value":"1","role":"owner"}]}`, `{"note":{"a":[1,2.50]},"role":"owner"}`, false},
		{"added again with another", `{"op":"add","path":"members","value":[{"value":"1","ROLE":"guest"}]}`, `{"note":{"a":[1,2.50]},"ROLE":"guest"}`, true},
		{"replaced", `{"op":"replace","path":"members","value":[{"value":"1","role":"guest"}]}`, `{"role":"guest"}`, true},
		{"replaced by a plain one", `{"op":"replace","path":"members","value":[{"value":"1"}]}`, `{}`, true},
		{"replaced by itself", `{"op":"replace","path":"members[value eq \"1\"]","value":{"value":"1","role":"x"}}`, `{"role":"x"}`, true},
		{"given another role", `{"op":"replace","path":"members[value eq \"1\"].role","value":"guest"}`, `{"note":{"a":[1,2.50]},"role":"guest"}`, true},
		{"given the same role", `{"op":"replace","path":"members[role eq \"OWNER\"].role","value":"owner"}`, `{"note":{"a":[1,2.50]},"role":"owner"}`, false},
		{"given more", `{"op":"add","path":"members[type eq \"User\"]","value":{"since":"may","note":null}}`, `{"role":"owner","since":"may"}`, true},
		{"taken a role from", `{"op":"remove","path":"members[value eq \"1\"].role"}`, `{"note":{"a":[1,2.50]}}`, true},
		{"taken a role from that it lacks", `{"op":"remove","path":"members.rank"}`, `{"note":{"a":[1,2.50]},"role":"owner"}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.createUser("b.simon@contoso.com")
			f.do("POST", "/Groups", `{"displayName":"Sales","members":[{"value":"1","role":"owner","note":{"a":[1,2.50],"b":null},"display":"x","primary":true}]}`).
				wantStatus(http.StatusCreated)
			before := f.do("GET", "/Groups/2", "")
			a := before
			if test.op == "" {
				a = f.do("PUT", "/Groups/2", before.body)
			} else {
				a = f.do("PATCH", "/Groups/2", patchBody(test.op), "Prefer", "return=representation")
			}
			a.wantStatus(http.StatusOK)
			if again := f.do("GET", "/Groups/2", ""); again.body != a.body {
				t.Errorf("read %s, answered %s", again.body, a.body)
			}
			doc, err := scim.Parse([]byte(a.body))
			if err != nil {
				t.Fatal(err)
			}
			var member *scim.Value
			for member = range doc.Get("members").Elements() {
				for _, given := range []string{"value", "$ref", "display", "type"} {
					if !member.Delete(given) {
						t.Errorf("%s is missing", given)
					}
				}
			}
			if got := member.String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if changed := a.Header.Get("ETag") != before.Header.Get("ETag"); changed != test.changes {
				t.Errorf("changed: %v", changed)
			}
			if e := a.call.Effect; test.changes && (len(e.Fields) == 0 || !strings.HasPrefix(e.Fields[0].Name, `members[value eq "1"].`)) {
				t.Errorf("the call tells %+v", e.Fields)
			}
		})
	}
}

func TestWhatAClientSaysOfAMemberIsFound(t *testing.T) {
	f := newFixture(t)
	f.createUser("b.simon@contoso.com")
	f.do("POST", "/Groups", `{"displayName":"A","members":[{"value":"1","role":"owner"}]}`).wantStatus(http.StatusCreated)
	f.do("POST", "/Groups", `{"displayName":"B","members":[{"value":"1","role":"guest"}]}`).wantStatus(http.StatusCreated)
	f.do("GET", "/Groups?filter=members.role+eq+%22Guest%22", "").wantAt("Resources/0/displayName", `"B"`)
	f.do("GET", "/Groups?filter=members[value+eq+%221%22+and+role+eq+%22owner%22]", "").wantAt("Resources/0/displayName", `"A"`)
	f.do("PATCH", "/Groups/2", patchBody(`{"op":"remove","path":"members[role eq \"guest\"]"}`), "Prefer", "return=representation").wantAt("members/0/role", `"owner"`)
	f.do("PATCH", "/Groups/2", patchBody(`{"op":"remove","path":"members[role eq \"owner\"]"}`), "Prefer", "return=representation").wantAt("members/0/role", ``)
	f.do("GET", "/Groups/3?attributes=members.role", "").wantAt("members", `[{"role":"guest"}]`)
}

func TestWhatNobodyMaySayOfAMember(t *testing.T) {
	tests := []struct {
		name, op string
		scimType scim.ErrorType
		detail   string
	}{
		{"too much", `{"op":"add","path":"members","value":[{"value":"1","note":"` + strings.Repeat("x", 5000) + `"}]}`, scim.InvalidValue, "limit is 4096"},
		{"by and by", `{"op":"add","path":"members","value":[{"value":"1","a":"` + strings.Repeat("x", 3000) + `"}]},{"op":"add","path":"members","value":[{"value":"1","b":"` + strings.Repeat("x", 3000) + `"}]}`, scim.InvalidValue, "limit is 4096"},
		{"twice", `{"op":"add","path":"members","value":[{"value":"1","role":"a","ROLE":"b"}]}`, scim.InvalidSyntax, "is there twice"},
		{"of nobody", `{"op":"replace","path":"members[value eq \"9\"].role","value":"x"}`, scim.NoTarget, "no member matches"},
		{"another id", `{"op":"replace","path":"members[value eq \"1\"].value","value":"2"}`, scim.Mutability, "immutable"},
		{"nothing", `{"op":"replace","path":"members[value eq \"1\"]","value":{"display":"x"}}`, scim.InvalidValue, "a member has no value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.createUser("b.simon@contoso.com")
			f.do("POST", "/Groups", `{"displayName":"Sales","members":[{"value":"1"}]}`).wantStatus(http.StatusCreated)
			f.do("PATCH", "/Groups/2", patchBody(test.op)).wantError(http.StatusBadRequest, test.scimType, test.detail)
		})
	}
	f := newFixture(t, strict)
	f.do("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"b"}`).wantStatus(http.StatusCreated)
	f.do("POST", "/Groups", `{"schemas":["`+scim.URNGroup+`"],"displayName":"Sales","members":[{"value":"1","role":"owner"}]}`).
		wantError(http.StatusBadRequest, scim.InvalidSyntax, "no sub-attribute")
}
