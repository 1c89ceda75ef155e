package scimserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

const (
	userHead  = `"schemas":["` + scim.URNUser + `"]`
	groupHead = `"schemas":["` + scim.URNGroup + `"]`
	patchHead = `"schemas":["` + scim.URNPatchOp + `"]`
)

// bulkBody returns a bulk request with those operations.
func bulkBody(operations ...string) string {
	return `{"schemas":["` + scim.URNBulkRequest + `"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

// bulk sends operations that have to be processed as a whole.
func (f *fixture) bulk(operations ...string) *answer {
	f.t.Helper()
	a := f.do("POST", "/Bulk", bulkBody(operations...))
	a.wantStatus(http.StatusOK)
	if got := a.at("schemas"); got != `["`+scim.URNBulkResponse+`"]` {
		f.t.Errorf("schemas %s", got)
	}
	return a
}

// results returns the statuses in the answer to a bulk request, in order, with
// the scimType of those that failed.
func (a *answer) results() string {
	a.t.Helper()
	var all []string
	for op := range a.json().Get("Operations").Elements() {
		text := op.Get("status").Text()
		if scimType := op.Get("response").Get("scimType").Text(); scimType != "" {
			text += " " + scimType
		}
		if got := op.Get("response").Get("status"); got != nil && got.Text() != op.Get("status").Text() {
			a.t.Errorf("the error says %s, the operation %s", got, op.Get("status"))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func (a *answer) wantResults(want string) {
	a.t.Helper()
	if got := a.results(); got != want {
		a.t.Errorf("results %s, want %s\n%s", got, want, a.body)
	}
}

// idAt returns the id of the resource at the location of the i-th result.
func (a *answer) idAt(i int) string {
	a.t.Helper()
	location := strings.Trim(a.at(fmt.Sprintf("Operations/%d/location", i)), `"`)
	return location[strings.LastIndexByte(location, '/')+1:]
}

func profiles(t *testing.T, run func(t *testing.T, f *fixture)) {
	t.Run("entra", func(t *testing.T) { run(t, newFixture(t)) })
	t.Run("rfc", func(t *testing.T) { run(t, newFixture(t, strict)) })
}

// RFC 7644 section 3.7.1: two groups that are members of each other.
func TestBulkGroupsInACircle(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		a := f.bulk(
			`{"method":"POST","path":"/Groups","bulkId":"qwerty","data":{`+groupHead+`,"displayName":"Group A","members":[{"type":"Group","value":"bulkId:ytrewq"}]}}`,
			`{"method":"POST","path":"/Groups","bulkId":"ytrewq","data":{`+groupHead+`,"displayName":"Group B","members":[{"type":"Group","value":"bulkId:qwerty"}]}}`)
		a.wantResults("201, 201")
		first, second := a.idAt(0), a.idAt(1)
		a.wantAt("Operations/0", fmt.Sprintf(`{"location":"%s/Groups/%s","method":"POST","bulkId":"qwerty","version":"W/\"1\"","status":"201"}`, f.url, first))
		a.wantAt("Operations/1/bulkId", `"ytrewq"`)
		f.do("GET", "/Groups/"+first, "").wantAt("members/0/value", `"`+second+`"`)
		f.do("GET", "/Groups/"+second, "").wantAt("members/0/value", `"`+first+`"`)
		f.do("GET", "/Groups/"+first, "").wantAt("displayName", `"Group A"`)
	})
}

// RFC 7644 section 3.7.2: a new user, a group that has it, and a group that
// gets it.
func TestBulkIdentifiers(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		employees := f.createGroup("Employees")
		a := f.bulk(
			`{"method":"POST","path":"/Users","bulkId":"qwerty","data":{`+userHead+`,"userName":"Alice"}}`,
			`{"method":"POST","path":"/Groups","bulkId":"ytrewq","data":{`+groupHead+`,"displayName":"Tour Guides","members":[{"type":"User","value":"bulkId:qwerty"}]}}`,
			`{"method":"PATCH","path":"/Groups/`+employees+`","data":{`+patchHead+`,"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:qwerty"}]}]}}`)
		a.wantResults("201, 201, 204")
		for _, group := range []string{a.idAt(1), employees} {
			f.do("GET", "/Groups/"+group, "").wantAt("members/0/value", `"`+a.idAt(0)+`"`)
		}
		a.wantAt("Operations/2/location", `"`+f.url+`/Groups/`+employees+`"`)
		if got := a.at("Operations/0/response"); got != "" {
			t.Errorf("a success has the body %s", got)
		}
	})
}

// RFC 7644 section 3.7.3: one operation of each method, done and failed.
func TestBulkResponses(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		bob, dave := f.createUser("Bob"), f.createUser("Dave")
		operations := []string{
			`{"method":"POST","path":"/Users","bulkId":"qwerty","data":{` + userHead + `,"userName":"Alice"}}`,
			`{"method":"PUT","path":"/Users/` + bob + `","data":{` + userHead + `,"id":"` + bob + `","userName":"Bob","title":"Boss"}}`,
			`{"method":"PATCH","path":"/Users/` + dave + `","data":{` + patchHead + `,"Operations":[{"op":"remove","path":"nickName"},{"op":"add","path":"userName","value":"Dave2"}]}}`,
			`{"method":"DELETE","path":"/Users/` + dave + `"}`,
		}
		a := f.bulk(operations...)
		a.wantResults("201, 200, 200, 204")
		for i, id := range []string{a.idAt(0), bob, dave, dave} {
			a.wantAt(fmt.Sprintf("Operations/%d/location", i), `"`+f.url+"/Users/"+id+`"`)
		}
		a.wantAt("Operations/3/method", `"DELETE"`)

		a = f.bulk(operations...)
		a.wantResults("409 uniqueness, 200, 404, 404")
		a.wantAt("Operations/0/location", "")
		a.wantAt("Operations/0/bulkId", `"qwerty"`)
		a.wantAt("Operations/3/location", `"`+f.url+"/Users/"+dave+`"`)
		a.wantAt("Operations/3/response/schemas", `["`+scim.URNError+`"]`)
		if got := a.at("Operations/3/response/detail"); !strings.Contains(got, dave) {
			t.Errorf("detail %s", got)
		}
	})
}

// A failing operation is answered exactly as the single call is.
func TestBulkErrorsAreThoseOfSingleCalls(t *testing.T) {
	profiles(t, func(t *testing.T, f *fixture) {
		user := f.createUser("taken")
		tests := []struct{ method, path, data string }{
			{"POST", "/Users", `{` + userHead + `,"userName":"taken"}`},
			{"POST", "/Users", `{` + userHead + `}`},
			{"POST", "/Users", `{` + userHead + `,"userName":5}`},
			{"POST", "/Users", `["userName"]`},
			{"POST", "/Users/" + user, `{}`},
			{"PUT", "/Users", `{}`},
			{"PUT", "/users/nobody", `{` + userHead + `,"userName":"x"}`},
			{"PATCH", "/Users/" + user, `{` + patchHead + `,"Operations":[{"op":"add","path":"userName[","value":"x"}]}`},
			{"PATCH", "/Users/" + user, `{` + patchHead + `,"Operations":[{"op":"replace","path":"id","value":"x"}]}`},
			{"PATCH", "/Groups/" + user, `{` + patchHead + `,"Operations":[{"op":"replace","path":"displayName","value":"x"}]}`},
			{"DELETE", "/Groups/" + user, ``},
			{"POST", "/Groups", `{` + groupHead + `,"displayName":"x","members":[{"value":"ghost"}]}`},
			{"POST", "/User", `{}`},
			{"POST", "/Users?attributes=%zz", `{}`},
			{"DELETE", "/Users/a%2Fb", ``},
		}
		for _, test := range tests {
			single := f.do(test.method, test.path, test.data)
			operation := fmt.Sprintf(`{"method":%q,"bulkId":"b","path":%q`, test.method, test.path)
			if test.data != "" {
				operation += `,"data":` + test.data
			}
			a := f.bulk(operation + `}`)
			if got := a.at("Operations/0/response"); got != single.body || single.StatusCode < 400 {
				t.Errorf("%s %s %s is answered with\n%s, alone with\n%s", test.method, test.path, test.data, got, single.body)
			}
			part := a.call.Parts[0]
			if diff := cmp.Diff(single.call.Effect, part.Effect); diff != "" || part.Operation != single.call.Operation || part.Error != single.call.Error {
				t.Errorf("%s %s notes %s %q, alone %s %q: %s", test.method, test.path, part.Operation, part.Error, single.call.Operation, single.call.Error, diff)
			}
		}
	})
}

func TestBulkReferences(t *testing.T) {
	user := func(bulkID, name, more string) string {
		return `{"method":"POST","path":"/Users","bulkId":"` + bulkID + `","data":{"schemas":["` + scim.URNUser + `","` + scim.URNEnterprise + `"],"userName":"` + name + `"` + more + `}}`
	}
	manager := func(ref string) string { return `,"` + scim.URNEnterprise + `":{"manager":{"value":"` + ref + `"}}` }
	group := func(bulkID string, members ...string) string {
		for i, m := range members {
			members[i] = `{"value":"` + m + `"}`
		}
		return `{"method":"POST","path":"/Groups","bulkId":"` + bulkID + `","data":{` + groupHead + `,"displayName":"` + bulkID + `","members":[` + strings.Join(members, ",") + `]}}`
	}
	patch := func(path, operation string) string {
		return `{"method":"PATCH","path":"` + path + `","data":{` + patchHead + `,"Operations":[` + operation + `]}}`
	}
	tests := []struct {
		name       string
		operations []string
		results    string
		// what the resources made by POSTs have, in words with $i for the id of the i-th result
		get, at, want string
	}{
		{"to a later operation", []string{group("g", "bulkId:u"), user("u", "a", "")}, "201, 201", "/Groups/$0", "members/0/value", `"$1"`},
		{"along a chain, backwards", []string{group("g", "bulkId:h"), group("h", "bulkId:u"), user("u", "a", manager("bulkId:m")), user("m", "b", "")}, "201, 201, 201, 201", "/Users/$2", scim.URNEnterprise + "|manager/value", `"$3"`},
		{"two users who manage each other", []string{user("a", "a", manager("bulkId:b")), user("b", "b", manager("bulkId:a"))}, "201, 201", "/Users/$0", scim.URNEnterprise + "|manager/value", `"$1"`},
		{"a user who is their own manager", []string{user("a", "a", manager("bulkId:a"))}, "201", "/Users/$0", scim.URNEnterprise + "|manager/value", `"$0"`},
		{"a group in itself", []string{group("g", "bulkId:g")}, "400 invalidValue", "", "", ""},
		{"a circle of three with a tail", []string{group("t", "bulkId:a"), group("a", "bulkId:b"), group("b", "bulkId:c"), group("c", "bulkId:a", "bulkId:u"), user("u", "u", "")}, "201, 201, 201, 201, 201", "/Groups/$3", "members/1/value", `"$4"`},
		{"in the path of a DELETE", []string{user("u", "a", ""), `{"method":"DELETE","path":"/Users/bulkId:u"}`}, "201, 204", "", "", ""},
		{"in the path of a PATCH before the POST", []string{patch("/Users/bulkId:u", `{"op":"add","path":"title","value":"Boss"}`), user("u", "a", "")}, "200, 201", "/Users/$1", "title", `"Boss"`},
		{"in the path of a PUT", []string{user("u", "a", ""), `{"method":"PUT","path":"/Users/bulkId%3Au","data":{` + userHead + `,"userName":"z"}}`}, "201, 200", "/Users/$0", "userName", `"z"`},
		{"in the filter of a PATCH path", []string{user("u", "a", ""), group("g", "bulkId:u"), patch("/Groups/bulkId:g", `{"op":"remove","path":"members[value eq \"bulkId:u\"]"}`)}, "201, 201, 204", "/Groups/$1", "members", `[]`},
		{"in a value of a PATCH", []string{user("u", "a", ""), group("g"), patch("/Groups/bulkId:g", `{"op":"add","path":"members","value":[{"value":"bulkId:u"}]}`)}, "201, 201, 204", "/Groups/$1", "members/0/value", `"$0"`},
		{"not in a text that has the word", []string{user("u", "a", `,"title":"see bulkId:x"`)}, "201", "/Users/$0", "title", `"see bulkId:x"`},
		{"with escapes in it", []string{group("g", `bulk\u0049d:a\"b`), user(`a\"b`, "a", "")}, "201, 201", "/Groups/$0", "members/0/value", `"$1"`},

		{"to nothing", []string{group("g", "bulkId:nobody"), user("u", "a", "")}, "409 invalidValue, 201", "", "", ""},
		{"to nothing, in a path", []string{`{"method":"DELETE","path":"/Users/bulkId:nobody"}`}, "409 invalidValue", "", "", ""},
		{"to what failed", []string{group("g", "bulkId:u"), group("h", "bulkId:g"), user("u", "", ""), user("v", "v", "")}, "409 invalidValue, 409 invalidValue, 400 invalidValue, 201", "", "", ""},
		{"a circle with one that fails", []string{group("g", "bulkId:h"), group("h", "bulkId:g", "ghost"), user("v", "v", "")}, "409 invalidValue, 400 invalidValue, 201", "", "", ""},
		{"a circle with a reference to nothing", []string{group("g", "bulkId:h"), group("h", "bulkId:g", "bulkId:nobody")}, "409 invalidValue, 409 invalidValue", "", "", ""},
		{"a circle with one name twice", []string{user("a", "Ann", manager("bulkId:b")), user("b", "ann", manager("bulkId:a"))}, "409 invalidValue, 409 uniqueness", "", "", ""},
		{"to what was deleted since", []string{user("u", "a", ""), `{"method":"DELETE","path":"/Users/bulkId:u"}`, group("g", "bulkId:u")}, "201, 204, 400 invalidValue", "", "", ""},
		{"a circle through the wrong endpoint", []string{`{"method":"POST","path":"/Bulk","bulkId":"a","data":{"x":"bulkId:a"}}`, `{"method":"POST","path":"/Nothing","bulkId":"b","data":{"x":"bulkId:b"}}`}, "400 invalidPath, 404", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			profiles(t, func(t *testing.T, f *fixture) {
				a := f.bulk(test.operations...)
				a.wantResults(test.results)
				if test.get == "" {
					return
				}
				ids := func(text string) string {
					for i := range test.operations {
						if id := a.idAt(i); id != "" {
							text = strings.ReplaceAll(text, fmt.Sprintf("$%d", i), id)
						}
					}
					return text
				}
				v := f.do("GET", ids(test.get), "").json()
				path := strings.FieldsFunc(test.at, func(c rune) bool { return c == '/' || c == '|' })
				for _, name := range path {
					if v.Kind() == scim.Array {
						v = element(v, int(name[0]-'0'))
					} else {
						v = v.Get(name)
					}
				}
				if got := v.String(); got != ids(test.want) {
					t.Errorf("%s is %s, want %s", test.at, got, ids(test.want))
				}
			})
		})
	}
}

// A circle is created whole or not at all, and with it first versions.
func TestBulkCirclesAreAllOrNothing(t *testing.T) {
	f := newFixture(t)
	group := func(bulkID, member string) string {
		return `{"method":"POST","path":"/Groups","bulkId":"` + bulkID + `","data":{"displayName":"` + bulkID + `","members":[{"value":"bulkId:` + member + `"}]}}`
	}
	f.bulk(group("a", "b"), group("b", "c"), group("c", "a"), `{"method":"POST","path":"/Groups","bulkId":"d","data":{"displayName":"d","members":["bulkId:a","ghost"]}}`)
	groups := f.do("GET", "/Groups", "")
	groups.wantAt("totalResults", "3")
	groups.wantAt("Resources/0/meta/version", `"W/\"1\""`)
	f.bulk(group("x", "y"), `{"method":"POST","path":"/Groups","bulkId":"y","data":{"displayName":"y","members":["bulkId:x","ghost"]}}`).
		wantResults("409 invalidValue, 400 invalidValue")
	f.do("GET", "/Groups", "").wantAt("totalResults", "3")
}

func TestBulkRequestsThatAreBroken(t *testing.T) {
	user := `{"method":"POST","path":"/Users","bulkId":"a","data":{` + userHead + `,"userName":"a"}}`
	head := `"schemas":["` + scim.URNBulkRequest + `"]`
	many := strings.Repeat(user+",", 1000) + user
	tests := []struct {
		name, body string
		status     int
		scimType   scim.ErrorType
		says       string
	}{
		{"no body", ``, 400, scim.InvalidSyntax, "no body"},
		{"no JSON", `{"schemas"`, 400, scim.InvalidSyntax, ""},
		{"a list", `[` + user + `]`, 400, scim.InvalidSyntax, "object"},
		{"no operations", `{` + head + `}`, 400, scim.InvalidSyntax, "Operations is missing"},
		{"operations that are no list", `{` + head + `,"Operations":` + user + `}`, 400, scim.InvalidSyntax, "Operations is an object"},
		{"an empty list", `{` + head + `,"Operations":[]}`, 400, scim.InvalidSyntax, "empty"},
		{"an operation that is no object", `{` + head + `,"Operations":[` + user + `,5]}`, 400, scim.InvalidSyntax, "Operations[1]"},
		{"a bulkId twice", `{` + head + `,"Operations":[` + user + `,` + user + `]}`, 400, scim.InvalidValue, `"a" of Operations[0]`},
		{"failOnErrors of text", `{` + head + `,"failOnErrors":"1","Operations":[` + user + `]}`, 400, scim.InvalidValue, "failOnErrors"},
		{"failOnErrors below nothing", `{` + head + `,"failOnErrors":-1,"Operations":[` + user + `]}`, 400, scim.InvalidValue, "failOnErrors"},
		{"failOnErrors with a fraction", `{` + head + `,"failOnErrors":1.5,"Operations":[` + user + `]}`, 400, scim.InvalidValue, "failOnErrors"},
		{"one operation too many", `{` + head + `,"Operations":[` + many + `]}`, 413, "", "maxOperations (1000)"},
		{"a byte too many", bulkBody(user) + strings.Repeat(" ", journal.MaxRequest), 413, "", "maxPayloadSize (1048576"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			profiles(t, func(t *testing.T, f *fixture) {
				f.do("POST", "/Bulk", test.body).wantError(test.status, test.scimType, test.says)
				f.do("GET", "/Users", "").wantAt("totalResults", "0")
			})
		})
	}
}

func TestBulkOperationsThatAreBroken(t *testing.T) {
	data := `{` + userHead + `,"userName":"a"}`
	tests := []struct {
		name, operation string
		entra, strict   string
		quirk           scim.Quirk
	}{
		{"a method in lower case", `{"method":"post","bulkId":"a","path":"/Users","data":` + data + `}`, "201", "400 invalidSyntax", scim.QuirkBulkMethodCase},
		{"a POST without a bulkId", `{"method":"POST","path":"/Users","data":` + data + `}`, "201", "400 invalidSyntax", scim.QuirkBulkIDMissing},
		{"no slash in front of the path", `{"method":"POST","bulkId":"a","path":"Users","data":` + data + `}`, "201", "201", ""},
		{"an endpoint in lower case", `{"method":"POST","bulkId":"a","path":"/users","data":` + data + `}`, "201", "201", ""},
		{"members that nobody knows", `{"method":"POST","bulkId":"a","path":"/Users","data":` + data + `,"x":1}`, "201", "201", ""},
		{"no method", `{"bulkId":"a","path":"/Users","data":` + data + `}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"a method that reads", `{"method":"GET","bulkId":"a","path":"/Users"}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"a method that is a number", `{"method":1,"bulkId":"a","path":"/Users"}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"a bulkId that is a number", `{"method":"POST","bulkId":1,"path":"/Users","data":` + data + `}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"no path", `{"method":"POST","bulkId":"a","data":` + data + `}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"a path that cannot be read", `{"method":"POST","bulkId":"a","path":"/Users/%zz","data":` + data + `}`, "400 invalidPath", "400 invalidPath", ""},
		{"a path outside", `{"method":"DELETE","path":"/../../Users/1"}`, "404", "404", ""},
		{"no data", `{"method":"POST","bulkId":"a","path":"/Users"}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"data that is null", `{"method":"PUT","path":"/Users/1","data":null}`, "400 invalidSyntax", "400 invalidSyntax", ""},
		{"a bulk request inside", `{"method":"POST","bulkId":"a","path":"/Bulk","data":{}}`, "400 invalidPath", "400 invalidPath", ""},
		{"a search inside", `{"method":"POST","bulkId":"a","path":"/Users/.search","data":{}}`, "400 invalidPath", "400 invalidPath", ""},
		{"a schema", `{"method":"DELETE","path":"/Schemas/` + scim.URNUser + `"}`, "400 invalidPath", "400 invalidPath", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			a := f.bulk(test.operation)
			a.wantResults(test.entra)
			if test.quirk != "" && (len(a.call.Quirks) != 1 || a.call.Quirks[0] != test.quirk) {
				t.Errorf("quirks %q", a.call.Quirks)
			}
			newFixture(t, strict).bulk(test.operation).wantResults(test.strict)
		})
	}
}

func TestBulkWithoutSchemas(t *testing.T) {
	body := `{"Operations":[{"method":"POST","bulkId":"a","path":"/Users","data":{` + userHead + `,"userName":"a"}}]}`
	f := newFixture(t)
	a := f.do("POST", "/Bulk", body)
	a.wantResults("201")
	if diff := cmp.Diff([]scim.Quirk{scim.QuirkSchemasMissing}, a.call.Quirks); diff != "" {
		t.Error(diff)
	}
	newFixture(t, strict).do("POST", "/Bulk", body).wantError(400, scim.InvalidSyntax, "schemas is missing")
}
