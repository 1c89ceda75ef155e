package scim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const patchUser = `{"userName":"kim","name":{"familyName":"Kim","givenName":"A"},"displayName":"A Kim","active":true,` +
	`"emails":[{"value":"a@home","type":"home","primary":true}],"roles":[{"value":"r1","primary":true},{"value":"r2"}],` +
	`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","manager":{"value":"m1","$ref":"../Users/m1"}}}`

// patched applies operations to a body and returns what becomes of it.
func patched(rt *ResourceType, body *Value, ops string, r *Reading) (Draft, error) {
	doc, err := Parse([]byte(`{"schemas":["` + URNPatchOp + `"],"Operations":[` + ops + `]}`))
	if err != nil {
		return Draft{}, err
	}
	p, err := rt.ParsePatch(doc, r)
	if err != nil {
		return Draft{}, err
	}
	return p.Apply(body, r)
}

func TestPatchOfAUser(t *testing.T) {
	const ext = URNEnterprise
	tests := []struct {
		name, ops string
		at        string // top-level member, or ext, that the operations change
		want      string // "" where it is to be gone
		quirks    []Quirk
	}{
		{"Replace with a capital", `{"op":"Replace","path":"displayName","value":"B"}`, "displayName", `"B"`, []Quirk{QuirkOpCapitalised}},
		{"REPLACE in capitals", `{"op":"REPLACE","path":"displayName","value":"B"}`, "displayName", `"B"`, []Quirk{QuirkOpCapitalised}},
		{"add on a single-valued attribute replaces", `{"op":"add","path":"displayName","value":"B"}`, "displayName", `"B"`, nil},
		{"replace of a missing attribute adds", `{"op":"replace","path":"nickName","value":"B"}`, "nickName", `"B"`, nil},
		{"remove", `{"op":"remove","path":"displayName"}`, "displayName", "", nil},
		{"remove of a missing attribute", `{"op":"remove","path":"nickName"}`, "nickName", "", nil},
		{"replace with null unassigns", `{"op":"replace","path":"displayName","value":null}`, "displayName", "", []Quirk{QuirkNullSent}},
		{"replace with an empty text unassigns", `{"op":"replace","path":"displayName","value":""}`, "displayName", "", []Quirk{QuirkEmptySent}},

		{"active as the text False", `{"op":"Replace","path":"active","value":"False"}`, "active", `false`, []Quirk{QuirkOpCapitalised, QuirkActiveAsString}},
		{"active as the text false, added", `{"op":"add","path":"active","value":"false"}`, "active", `false`, []Quirk{QuirkActiveAsString}},
		{"active without a path", `{"op":"replace","value":{"active":false}}`, "active", `false`, nil},
		{"active as the text True", `{"op":"Add","path":"active","value":"True"}`, "active", `true`, []Quirk{QuirkOpCapitalised, QuirkActiveAsString}},

		{"sub-attribute", `{"op":"replace","path":"name.givenName","value":"B"}`, "name", `{"familyName":"Kim","givenName":"B"}`, nil},
		{"sub-attribute of a missing attribute", `{"op":"remove","path":"name"},{"op":"add","path":"name.givenName","value":"B"}`, "name", `{"givenName":"B"}`, nil},
		{"the last sub-attribute goes with its attribute", `{"op":"remove","path":"name.givenName"},{"op":"remove","path":"name.familyName"}`, "name", "", nil},
		{"complex value keeps what it does not name", `{"op":"replace","path":"name","value":{"givenName":"B","formatted":"B Kim"}}`, "name", `{"formatted":"B Kim","familyName":"Kim","givenName":"B"}`, nil},
		{"null inside a complex value unassigns", `{"op":"replace","path":"name","value":{"givenName":null}}`, "name", `{"familyName":"Kim"}`, []Quirk{QuirkNullSent}},

		{"unknown sub-attribute inside a complex value", `{"op":"add","path":"name","value":{"nick":"K"}}`, "name", `{"familyName":"Kim","givenName":"A","nick":"K"}`, []Quirk{QuirkUnknownAttribute}},

		{"upsert by filter", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@work"}`, "emails",
			`[{"value":"a@home","type":"home","primary":true},{"value":"a@work","type":"work"}]`, []Quirk{QuirkUpsertByFilter}},
		{"upsert by filter with add", `{"op":"add","path":"emails[type eq \"work\"].value","value":"a@work"}`, "emails",
			`[{"value":"a@home","type":"home","primary":true},{"value":"a@work","type":"work"}]`, []Quirk{QuirkUpsertByFilter}},
		{"upsert moves primary", `{"op":"add","path":"emails[type eq \"work\" and primary eq true].value","value":"a@work"}`, "emails",
			`[{"value":"a@home","type":"home","primary":false},{"value":"a@work","type":"work","primary":true}]`, []Quirk{QuirkUpsertByFilter}},
		{"upsert of a whole value", `{"op":"add","path":"emails[type eq \"work\"]","value":{"value":"a@work","display":"W"}}`, "emails",
			`[{"value":"a@home","type":"home","primary":true},{"value":"a@work","display":"W","type":"work"}]`, []Quirk{QuirkUpsertByFilter}},
		{"upsert into an attribute that is not there", `{"op":"replace","path":"addresses[type eq \"work\"].locality","value":"Oslo"},{"op":"replace","path":"addresses[type eq \"work\"].country","value":"NO"}`, "addresses",
			`[{"locality":"Oslo","country":"NO","type":"work"}]`, []Quirk{QuirkUpsertByFilter}},
		{"unassigning in a value that is not there", `{"op":"replace","path":"emails[type eq \"work\"].value","value":null}`, "emails",
			`[{"value":"a@home","type":"home","primary":true}]`, []Quirk{QuirkNullSent, QuirkRemoveUnmatched}},
		{"filter that finds a value", `{"op":"replace","path":"emails[type eq \"HOME\"].value","value":"b@home"}`, "emails", `[{"value":"b@home","type":"home","primary":true}]`, nil},
		{"value path merges", `{"op":"replace","path":"emails[type eq \"home\"]","value":{"display":"H","primary":null}}`, "emails", `[{"value":"a@home","display":"H","type":"home"}]`, []Quirk{QuirkNullSent}},
		{"value path with a list of one", `{"op":"replace","path":"emails[type eq \"home\"]","value":[{"display":"H"}]}`, "emails", `[{"value":"a@home","display":"H","type":"home","primary":true}]`, []Quirk{QuirkSingleAsArray}},
		{"primary as text in the filter", `{"op":"replace","path":"roles[primary eq \"True\"].value","value":"r3"}`, "roles", `[{"value":"r3","primary":true},{"value":"r2"}]`, []Quirk{QuirkBooleanLiteral}},
		{"primary as text in the filter, upserted", `{"op":"remove","path":"roles"},{"op":"add","path":"roles[primary eq \"True\"].value","value":"r3"}`, "roles", `[{"value":"r3","primary":true}]`, []Quirk{QuirkBooleanLiteral, QuirkUpsertByFilter}},
		{"primary moves", `{"op":"replace","path":"roles[value eq \"r2\"].primary","value":true}`, "roles", `[{"value":"r1","primary":false},{"value":"r2","primary":true}]`, nil},
		{"sub-attribute of all values", `{"op":"replace","path":"roles.display","value":"R"}`, "roles", `[{"value":"r1","display":"R","primary":true},{"value":"r2","display":"R"}]`, nil},
		{"remove by filter", `{"op":"remove","path":"roles[value eq \"r1\"]"}`, "roles", `[{"value":"r2"}]`, nil},
		{"remove of every value unassigns", `{"op":"remove","path":"roles[value sw \"r\"]"}`, "roles", "", nil},
		{"remove by a filter without a match", `{"op":"remove","path":"roles[value eq \"r9\"]"}`, "roles", `[{"value":"r1","primary":true},{"value":"r2"}]`, []Quirk{QuirkRemoveUnmatched}},
		{"remove of a sub-attribute by filter", `{"op":"add","path":"emails[type eq \"home\"].display","value":"H"},{"op":"remove","path":"emails[type eq \"home\"].display"}`, "emails", `[{"value":"a@home","type":"home","primary":true}]`, nil},
		{"a value without anything but its labels goes", `{"op":"remove","path":"emails[type eq \"home\"].value"}`, "emails", "", nil},
		{"remove with a value removes that one", `{"op":"Remove","path":"roles","value":[{"value":"r1"}]}`, "roles", `[{"value":"r2"}]`, []Quirk{QuirkOpCapitalised, QuirkRemoveWithValue}},
		{"remove with a value that has only a type", `{"op":"remove","path":"emails","value":[{"type":"home"}]}`, "emails", "", []Quirk{QuirkRemoveWithValue}},
		{"remove with a value that is not there", `{"op":"remove","path":"roles","value":[{"value":"r9","primary":true}]}`, "roles", `[{"value":"r1","primary":true},{"value":"r2"}]`, []Quirk{QuirkRemoveWithValue}},
		{"remove with an empty list removes none", `{"op":"remove","path":"roles","value":[]}`, "roles", `[{"value":"r1","primary":true},{"value":"r2"}]`, []Quirk{QuirkRemoveWithValue}},
		{"remove with a value on one value", `{"op":"remove","path":"displayName","value":"other"}`, "displayName", "", []Quirk{QuirkRemoveWithValue}},

		{"add appends", `{"op":"add","path":"emails","value":[{"value":"b@work","type":"work"}]}`, "emails", `[{"value":"a@home","type":"home","primary":true},{"value":"b@work","type":"work"}]`, nil},
		{"add of what is there", `{"op":"add","path":"emails","value":[{"value":"a@home","type":"home","primary":true}]}`, "emails", `[{"value":"a@home","type":"home","primary":true}]`, nil},
		{"add moves primary", `{"op":"add","path":"emails","value":[{"value":"b@work","type":"work","primary":true}]}`, "emails", `[{"value":"a@home","type":"home","primary":false},{"value":"b@work","type":"work","primary":true}]`, nil},
		{"add of one value without a list", `{"op":"add","path":"roles","value":{"value":"r3"}}`, "roles", `[{"value":"r1","primary":true},{"value":"r2"},{"value":"r3"}]`, nil},
		{"add of null adds nothing", `{"op":"add","path":"roles","value":null}`, "roles", `[{"value":"r1","primary":true},{"value":"r2"}]`, []Quirk{QuirkNullSent}},
		{"replace of all values", `{"op":"replace","path":"roles","value":[{"value":"r3"},{"value":"r3"}]}`, "roles", `[{"value":"r3"}]`, nil},
		{"replace of all values by none", `{"op":"replace","path":"roles","value":[]}`, "roles", "", nil},

		{"role as a JSON string", `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"06b0\",\"value\":\"25\",\"displayName\":\"Role1234\"}"}]}`, "roles",
			`[{"value":"r1","primary":true},{"value":"r2"},{"value":"25","display":"Role1234","id":"06b0"}]`, []Quirk{QuirkOpCapitalised, QuirkRolesAsJSON, QuirkUnknownAttribute}},

		{"manager as a text", `{"op":"Add","path":"manager","value":"m2"}`, ext, `{"department":"Sales","manager":{"value":"m2"}}`, []Quirk{QuirkOpCapitalised, QuirkBareExtension, QuirkManagerAsString}},
		{"manager as a list", `{"op":"add","path":"manager","value":[{"$ref":"http://x/Users/m2","value":"m2"}]}`, ext, `{"department":"Sales","manager":{"value":"m2"}}`, []Quirk{QuirkBareExtension, QuirkManagerAsArray}},
		{"manager as an object", `{"op":"replace","path":"` + ext + `:manager","value":{"value":"m2"}}`, ext, `{"department":"Sales","manager":{"value":"m2"}}`, nil},
		{"manager cleared by an empty text", `{"op":"replace","path":"` + ext + `:manager","value":""}`, ext, `{"department":"Sales"}`, []Quirk{QuirkManagerCleared}},
		{"manager cleared by an empty value", `{"op":"replace","path":"` + ext + `:manager","value":{"value":""}}`, ext, `{"department":"Sales"}`, []Quirk{QuirkManagerCleared}},
		{"manager cleared by an empty value, added", `{"op":"Add","path":"manager","value":[{"value":""}]}`, ext, `{"department":"Sales"}`, []Quirk{QuirkOpCapitalised, QuirkBareExtension, QuirkManagerAsArray, QuirkManagerCleared}},
		{"manager removed", `{"op":"remove","path":"manager"}`, ext, `{"department":"Sales"}`, []Quirk{QuirkBareExtension}},
		{"manager removed with a value", `{"op":"Remove","path":"` + ext + `:manager","value":{"value":"m1"}}`, ext, `{"department":"Sales"}`, []Quirk{QuirkOpCapitalised, QuirkRemoveWithValue}},
		{"manager by its sub-attribute", `{"op":"replace","path":"` + ext + `:manager.value","value":"m2"}`, ext, `{"department":"Sales","manager":{"value":"m2"}}`, nil},
		{"manager cleared by its sub-attribute", `{"op":"replace","path":"` + ext + `:manager.value","value":""}`, ext, `{"department":"Sales"}`, []Quirk{QuirkEmptySent}},

		{"extension attribute by its URN", `{"op":"Add","path":"` + ext + `:employeeNumber","value":"7"}`, ext, `{"employeeNumber":"7","department":"Sales","manager":{"value":"m1","$ref":"../Users/m1"}}`, []Quirk{QuirkOpCapitalised}},
		{"whole extension as a path", `{"op":"add","path":"` + ext + `","value":{"department":"HR"}}`, ext, `{"department":"HR","manager":{"value":"m1","$ref":"../Users/m1"}}`, nil},
		{"whole extension as a key", `{"op":"replace","value":{"` + ext + `":{"department":"HR","manager":{"value":"m2"}}}}`, ext, `{"department":"HR","manager":{"value":"m2"}}`, nil},
		{"whole extension removed", `{"op":"remove","path":"` + ext + `"}`, ext, "", nil},
		{"whole extension as null", `{"op":"replace","value":{"` + ext + `":null}}`, ext, "", nil},

		{"dotted key", `{"op":"replace","value":{"name.givenName":"B","name.familyName":"Lee"}}`, "name", `{"familyName":"Lee","givenName":"B"}`, []Quirk{QuirkDottedKeys}},
		{"URN key", `{"op":"replace","value":{"` + ext + `:department":"HR"}}`, ext, `{"department":"HR","manager":{"value":"m1","$ref":"../Users/m1"}}`, []Quirk{QuirkDottedKeys}},
		{"filtered key", `{"op":"add","value":{"emails[type eq \"work\"].value":"a@work"}}`, "emails", `[{"value":"a@home","type":"home","primary":true},{"value":"a@work","type":"work"}]`, []Quirk{QuirkDottedKeys, QuirkUpsertByFilter}},
		{"attributes below the core URN", `{"op":"add","value":{"` + URNUser + `":{"title":"Boss"}}}`, "title", `"Boss"`, []Quirk{QuirkDottedKeys}},
		{"core URN in a path", `{"op":"add","path":"` + URNUser + `:title","value":"Boss"}`, "title", `"Boss"`, nil},
		{"whole resource as it was read", `{"op":"replace","value":{"schemas":["` + URNUser + `"],"id":"1","meta":{"resourceType":"User"},"groups":[],"title":"Boss"}}`, "title", `"Boss"`, []Quirk{QuirkReadOnlySent}},
		{"schemas as a path", `{"op":"add","path":"schemas","value":["` + ext + `"]}`, "schemas", "", nil},

		{"unknown attribute", `{"op":"add","path":"shoeSize","value":43}`, "shoeSize", `43`, []Quirk{QuirkUnknownAttribute}},
		{"unknown list grows", `{"op":"add","path":"hobbies","value":["a"]},{"op":"add","path":"hobbies","value":["a","b"]}`, "hobbies", `["a","b"]`, []Quirk{QuirkUnknownAttribute}},
		{"unknown extension", `{"op":"add","path":"urn:example:custom:2.0:User:badge","value":"B-7"}`, "urn:example:custom:2.0:User", `{"badge":"B-7"}`, []Quirk{QuirkUnknownAttribute}},
		{"remove from an extension that is not there", `{"op":"remove","path":"urn:example:custom:2.0:User:badge"}`, "urn:example:custom:2.0:User", "", []Quirk{QuirkUnknownAttribute}},
		{"password is taken and not kept", `{"op":"replace","path":"password","value":"secret"}`, "password", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, r := mustParse(t, patchUser), &Reading{}
			draft, err := patched(userType(t), body, tt.ops, r)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if v := draft.Body.Get(tt.at); v != nil {
				got = v.String()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.at, diff)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks (-want +got):\n%s", diff)
			}
			others := mustParse(t, patchUser)
			others.Delete(tt.at)
			draft.Body.Delete(tt.at)
			if diff := cmp.Diff(others.String(), draft.Body.String()); diff != "" {
				t.Errorf("another attribute changed too (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchErrors(t *testing.T) {
	tests := []struct {
		ops      string
		wantType ErrorType
		want     string
	}{
		{``, InvalidSyntax, `Operations is empty`},
		{`"x"`, InvalidSyntax, `Operations[0]: an operation is an object`},
		{`{"path":"displayName","value":"x"}`, InvalidSyntax, `op is missing; use add, remove or replace`},
		{`{"op":"replce","path":"displayName","value":"x"}`, InvalidSyntax, `op is "replce"; use add, remove or replace; did you mean "replace"?`},
		{`{"op":"move","path":"displayName","value":"x"}`, InvalidSyntax, `use add, remove or replace`},
		{`{"op":1,"path":"displayName","value":"x"}`, InvalidSyntax, `op is a number`},
		{`{"op":"replace","path":"displayName"}`, InvalidValue, `value is missing; replace needs one`},
		{`{"op":"add","path":7,"value":"x"}`, InvalidPath, `path is a number`},
		{`{"op":"add","path":"name[","value":"x"}`, InvalidFilter, `Operations[0]: path, character 6`},
		{`{"op":"add","path":"user name","value":"x"}`, InvalidPath, `character 6`},
		{`{"op":"add","value":"x"}`, InvalidValue, `must be an object of attributes`},
		{`{"op":"remove"}`, NoTarget, `a remove needs a path`},
		{`{"op":"remove","path":"` + URNUser + `"}`, NoTarget, `needs a path`},
		{`{"op":"replace","path":"id","value":"x"}`, Mutability, `id is read-only`},
		{`{"op":"remove","path":"id"}`, Mutability, `id is read-only`},
		{`{"op":"replace","path":"meta.created","value":"x"}`, Mutability, `meta.created is read-only`},
		{`{"op":"add","path":"groups","value":[{"value":"g1"}]}`, Mutability, `groups is read-only`},
		{`{"op":"remove","path":"groups[value eq \"g1\"]"}`, Mutability, `read-only`},
		{`{"op":"replace","path":"manager.displayName","value":"x"}`, Mutability, `manager.displayName is read-only`},
		{`{"op":"remove","path":"userName"}`, Mutability, `userName is required and cannot be removed; replace it`},
		{`{"op":"replace","path":"userName","value":null}`, InvalidValue, `userName is required`},
		{`{"op":"replace","path":"userName","value":""}`, InvalidValue, `userName is required`},
		{`{"op":"replace","path":"active","value":"maybe"}`, InvalidValue, `Operations[0]: active must be true or false`},
		{`{"op":"replace","path":"displayName","value":7}`, InvalidValue, `displayName must be a string`},
		{`{"op":"replace","path":"displayName","value":"x"},{"op":"replace","path":"emails","value":"x"}`, InvalidValue, `Operations[1]: emails`},
		{`{"op":"replace","path":"emails[type ne \"home\"].value","value":"x"}`, NoTarget, `no value of emails matches`},
		{`{"op":"replace","path":"emails[type eq \"work\" or type eq \"other\"].value","value":"x"}`, NoTarget, `no value of emails matches`},
		{`{"op":"replace","path":"emails[type eq \"work\"].type","value":"other"}`, NoTarget, `no value of emails matches`},
		{`{"op":"replace","path":"emails[type eq \"home\"]","value":"x"}`, InvalidValue, `must be an object`},
		{`{"op":"replace","path":"name[givenName eq \"A\"].familyName","value":"x"}`, InvalidPath, `write name without brackets`},
		{`{"op":"replace","value":{"name.givenName.x":"B"}}`, InvalidPath, `at most two levels`},
		{`{"op":"replace","value":{"` + URNEnterprise + `":"x"}}`, InvalidValue, `must be an object`},
		{`{"op":"add","path":"roles","value":[` + strings.Repeat(`{"value":"x","display":"1"},`, 1) + manyRoles(1001) + `]}`, InvalidValue, `the limit is 1000`},
		{strings.Repeat(`{"op":"remove","path":"title"},`, maxOperations) + `{"op":"remove","path":"title"}`, InvalidValue, `the limit is 5000`},
	}
	for _, tt := range tests {
		_, err := patched(userType(t), mustParse(t, patchUser), tt.ops, &Reading{})
		wantError(t, tt.ops, err, tt.wantType, tt.want)
	}
}

func manyRoles(n int) string {
	roles := make([]string, n)
	for i := range roles {
		roles[i] = `{"value":"` + strings.Repeat("x", i) + `"}`
	}
	return strings.Join(roles, ",")
}

func TestPatchMessageErrors(t *testing.T) {
	const op = `[{"op":"add","path":"title","value":"x"}]`
	tests := []struct {
		doc  string
		want string
		rfc  bool // whether it is an error in the RFC profile only
	}{
		{`[]`, `a PATCH wants a JSON object`, false},
		{`{"schemas":["` + URNPatchOp + `"]}`, `Operations is missing`, false},
		{`{"schemas":["` + URNPatchOp + `"],"Operations":{}}`, `Operations is an object`, false},
		{`{"Operations":` + op + `}`, `schemas is missing`, true},
		{`{"schemas":[],"operations":` + op + `}`, `schemas is missing`, true},
		{`{"schemas":["` + URNUser + `"],"Operations":` + op + `}`, `schemas does not list`, true},
		{`{"schemas":"` + URNPatchOp + `","Operations":` + op + `}`, `send a list of values`, true},
	}
	for _, tt := range tests {
		_, err := userType(t).ParsePatch(mustParse(t, tt.doc), &Reading{Profile: RFC})
		wantError(t, tt.doc, err, InvalidSyntax, tt.want)
		if _, err = userType(t).ParsePatch(mustParse(t, tt.doc), &Reading{}); (err == nil) != tt.rfc {
			t.Errorf("%s in the Entra profile: %v", tt.doc, err)
		}
	}
	if _, err := userType(t).ParsePatch(nil, &Reading{}); err == nil {
		t.Error("no body at all is read as a PATCH")
	}
}

func TestPatchInTheRFCProfileRefusesTheDialect(t *testing.T) {
	tests := []struct {
		ops      string
		wantType ErrorType
	}{
		{`{"op":"Replace","path":"displayName","value":"B"}`, InvalidSyntax},
		{`{"op":"replace","path":"active","value":"False"}`, InvalidValue},
		{`{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`, NoTarget},
		{`{"op":"add","path":"emails[type eq \"work\"].value","value":"x"}`, NoTarget},
		{`{"op":"remove","path":"emails[type eq \"work\"]"}`, NoTarget},
		{`{"op":"remove","path":"roles","value":[{"value":"r1"}]}`, InvalidValue},
		{`{"op":"replace","value":{"name.givenName":"B"}}`, InvalidSyntax},
		{`{"op":"replace","value":{"id":"1"}}`, Mutability},
		{`{"op":"replace","path":"manager","value":{"value":"m2"}}`, InvalidPath},
		{`{"op":"replace","path":"shoeSize","value":43}`, InvalidPath},
		{`{"op":"add","path":"name","value":{"nick":"K"}}`, InvalidPath},
		{`{"op":"replace","path":"roles[value eq \"r1\"]","value":[{"display":"R"}]}`, InvalidValue},
		{`{"op":"replace","path":"` + URNEnterprise + `:manager","value":"m2"}`, InvalidValue},
		{`{"op":"replace","path":"` + URNEnterprise + `:manager","value":{"value":""}}`, InvalidValue},
		{`{"op":"replace","path":"emails[primary eq \"True\"].value","value":"x"}`, InvalidFilter},
	}
	for _, tt := range tests {
		_, err := patched(userType(t), mustParse(t, patchUser), tt.ops, &Reading{Profile: RFC})
		wantError(t, tt.ops, err, tt.wantType, "Operations[0]: ")
	}
	r := &Reading{Profile: RFC}
	_, err := patched(userType(t), mustParse(t, patchUser),
		`{"op":"add","path":"emails","value":[{"value":"b","type":"work"}]},{"op":"replace","path":"emails[type eq \"work\"].value","value":"c"},`+
			`{"op":"replace","value":{"displayName":"B","`+URNEnterprise+`":{"department":"HR"}}},{"op":"remove","path":"roles[value eq \"r1\"]"},`+
			`{"op":"add","path":"emails","value":{"value":"d","type":"other"}},{"op":"add","value":{"roles":{"value":"r9"}}}`, r)
	if err != nil || len(r.Quirks()) > 0 {
		t.Errorf("a PATCH by the book: %v, quirks %v", err, r.Quirks())
	}
}

func TestPatchCanBeAppliedAgainAndToOthers(t *testing.T) {
	doc := mustParse(t, `{"schemas":["`+URNPatchOp+`"],"Operations":[
		{"op":"add","path":"addresses","value":[{"type":"work","locality":"Oslo"}]},
		{"op":"add","path":"addresses[type eq \"work\"].locality","value":"Bergen"},
		{"op":"replace","value":{"name":{"givenName":"B"},"urn:example:x:2.0:User":{"deep":{"a":1}}}},
		{"op":"replace","path":"name.givenName","value":"C"},
		{"op":"replace","path":"urn:example:x:2.0:User:deep.a","value":2}]}`)
	r := &Reading{}
	p, err := userType(t).ParsePatch(doc, r)
	if err != nil {
		t.Fatal(err)
	}
	var results []string
	for _, body := range []string{`{"userName":"a"}`, `{"userName":"a"}`, `{"userName":"a","name":{"givenName":"Z"},"addresses":[{"type":"work","locality":"Voss"}]}`} {
		draft, err := p.Apply(mustParse(t, body), r)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, draft.Body.String())
	}
	if results[0] != results[1] {
		t.Errorf("the second time it makes\n%s of what was\n%s the first time", results[1], results[0])
	}
	if want := `"name":{"givenName":"C"}`; !strings.Contains(results[2], want) {
		t.Errorf("%s lacks %s", results[2], want)
	}
}

func TestPatchInBothEntraDialectsEndsInTheSameBytes(t *testing.T) {
	const created = `{"schemas":["` + URNUser + `"],"userName":"kim","emails":[{"value":"old","type":"work"}],"active":true}`
	dialects := []string{
		`{"op":"Replace","path":"displayName","value":"B"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"new"},
		 {"op":"Add","path":"name.givenName","value":"G"},{"op":"Add","path":"name.familyName","value":"F"},
		 {"op":"Add","path":"` + URNEnterprise + `:employeeNumber","value":"7"},{"op":"Add","path":"manager","value":"m1"},
		 {"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"},{"op":"Replace","path":"active","value":"False"}`,
		`{"op":"replace","path":"emails[type eq \"work\"].value","value":"new"},{"op":"add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"},
		 {"op":"replace","path":"` + URNEnterprise + `:manager","value":{"value":"m1"}},
		 {"op":"replace","value":{"name.familyName":"F","active":false,"` + URNEnterprise + `:employeeNumber":"7","name.givenName":"G","displayName":"B"}}`,
	}
	var images []string
	for _, ops := range dialects {
		rt := userType(t)
		draft, err := rt.ReadResource(mustParse(t, created), &Reading{})
		if err != nil {
			t.Fatal(err)
		}
		image, _ := rt.Image(draft.Body, Meta{ID: "1", Version: 1})
		body, err := rt.Body(image)
		if err != nil {
			t.Fatal(err)
		}
		if draft, err = patched(rt, body, ops, &Reading{}); err != nil {
			t.Fatal(err)
		}
		image, _ = rt.Image(draft.Body, Meta{ID: "1", Version: 2})
		images = append(images, string(image))
	}
	if diff := cmp.Diff(images[0], images[1]); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{`"active":false`, `"value":"new"`, `"manager":{"value":"m1"}`, `"employeeNumber":"7"`, `"type":"mobile"`} {
		if !strings.Contains(images[0], want) {
			t.Errorf("%s lacks %s", images[0], want)
		}
	}
}
