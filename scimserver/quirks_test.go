package scimserver_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"airmock/internal/entra"
	"airmock/internal/scim"
	"airmock/scimserver"
)

// quirkCase is a request that departs from the RFC in one way. It is made on a
// user 1 with the userName b.simon, a work email and the manager 2, the user 2,
// and the group 3 with the member 1. NEXT in its path stands for the cursor behind
// the first of the users, one by one.
type quirkCase struct {
	quirk scim.Quirk
	call  string // method and path, with a filter in the query, unescaped; behind a line break, a header
	body  string // a PATCH has the operations alone
	// refused is the scimType that the request gets in the rfc profile; "" where
	// the RFC lets it pass, and it only is noted; "403" and "415" for these statuses.
	refused scim.ErrorType
}

const userSchema = `"schemas":["` + scim.URNUser + `"],"userName":"new"`

var quirkCases = []quirkCase{
	{scim.QuirkOpCapitalised, "PATCH /Users/1", `{"op":"Replace","path":"displayName","value":"B"}`, scim.InvalidSyntax},
	{scim.QuirkActiveAsString, "PATCH /Users/1", `{"op":"replace","path":"active","value":"False"}`, scim.InvalidValue},
	{scim.QuirkActiveAsString, "POST /Users", `{` + userSchema + `,"active":"True"}`, scim.InvalidValue},
	{scim.QuirkBooleanAsString, "PATCH /Users/1", `{"op":"replace","path":"emails[type eq \"work\"].primary","value":"True"}`, scim.InvalidValue},
	{scim.QuirkRemoveWithValue, "PATCH /Groups/3", `{"op":"remove","path":"members","value":[{"value":"1"}]}`, scim.InvalidValue},
	{scim.QuirkDottedKeys, "PATCH /Users/1", `{"op":"replace","value":{"name.givenName":"B"}}`, scim.InvalidSyntax},
	{scim.QuirkDottedKeys, "PATCH /Users/1", `{"op":"replace","value":{"` + enterprise + `:department":"HR"}}`, scim.InvalidSyntax},
	{scim.QuirkDottedKeys, "POST /Users", `{` + userSchema + `,"` + scim.URNUser + `":{"displayName":"B"}}`, scim.InvalidSyntax},
	{scim.QuirkUpsertByFilter, "PATCH /Users/1", `{"op":"replace","path":"addresses[type eq \"work\"].country","value":"DE"}`, scim.NoTarget},
	{scim.QuirkUpsertByFilter, "PATCH /Users/1", `{"op":"add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}`, scim.NoTarget},
	{scim.QuirkRemoveUnmatched, "PATCH /Users/1", `{"op":"remove","path":"emails[type eq \"home\"]"}`, scim.NoTarget},
	{scim.QuirkManagerAsString, "PATCH /Users/1", `{"op":"add","path":"` + enterprise + `:manager","value":"2"}`, scim.InvalidValue},
	{scim.QuirkManagerAsArray, "PATCH /Users/1", `{"op":"add","path":"` + enterprise + `:manager","value":[{"value":"2"}]}`, scim.InvalidValue},
	{scim.QuirkManagerCleared, "PATCH /Users/1", `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":""}}`, scim.InvalidValue},
	{scim.QuirkManagerCleared, "PATCH /Users/1", `{"op":"replace","path":"` + enterprise + `:manager","value":""}`, scim.InvalidValue},
	{scim.QuirkRefWithoutValue, "PATCH /Users/1", `{"op":"add","path":"` + enterprise + `:manager","value":{"$ref":"../Users/2"}}`, scim.InvalidValue},
	{scim.QuirkRefWithoutValue, "PATCH /Users/1", `{"op":"replace","path":"` + enterprise + `:manager.$ref","value":"../Users/2"}`, scim.InvalidValue},
	{scim.QuirkRefWithoutValue, "PUT /Groups/3", `{"schemas":["` + scim.URNGroup + `"],"displayName":"g","members":[{"$ref":"../Users/1"}]}`, scim.InvalidValue},
	{scim.QuirkRefContradicts, "PATCH /Users/1", `{"op":"replace","path":"` + enterprise + `:manager","value":{"value":"2","$ref":"../Users/1"}}`, scim.InvalidValue},
	{scim.QuirkRolesAsJSON, "PATCH /Users/1", `{"op":"add","path":"roles","value":[{"value":"{\"value\":\"25\",\"displayName\":\"R\"}"}]}`, ""},
	{scim.QuirkReadOnlySent, "POST /Users", `{` + userSchema + `,"id":"7","meta":{"resourceType":"User"}}`, ""},
	{scim.QuirkReadOnlySent, "PUT /Users/1", `{` + userSchema + `,"groups":[]}`, ""},
	{scim.QuirkReadOnlySent, "PATCH /Users/1", `{"op":"replace","value":{"id":"1","displayName":"B"}}`, scim.Mutability},
	{scim.QuirkNullSent, "POST /Users", `{` + userSchema + `,"title":null}`, ""},
	{scim.QuirkEmptySent, "POST /Users", `{` + userSchema + `,"title":""}`, ""},
	{scim.QuirkOldGroupSchema, "POST /Groups", `{"schemas":["` + scim.URNGroup + `","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"displayName":"New"}`, scim.InvalidSyntax},
	{scim.QuirkSchemasMissing, "POST /Users", `{"userName":"new"}`, scim.InvalidSyntax},
	{scim.QuirkSchemaMistyped, "POST /Users", `{"schemas":["` + scim.URNUser + `","urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],"userName":"new"}`, scim.InvalidSyntax},
	{scim.QuirkSchemaUnknown, "POST /Users", `{"schemas":["` + scim.URNUser + `","urn:scim:schemas:core:1.0"],"userName":"new"}`, scim.InvalidSyntax},
	{scim.QuirkSchemaUnlisted, "POST /Users", `{` + userSchema + `,"` + enterprise + `":{"department":"HR"}}`, scim.InvalidSyntax},
	{scim.QuirkURNWithDot, "PATCH /Users/1", `{"op":"replace","path":"` + enterprise + `.department","value":"HR"}`, scim.InvalidPath},
	{scim.QuirkURNWithDot, "GET /Users?filter=" + enterprise + `.department eq "HR"`, "", scim.InvalidFilter},
	{scim.QuirkBareExtension, "PATCH /Users/1", `{"op":"replace","path":"department","value":"HR"}`, scim.InvalidPath},
	{scim.QuirkBareExtension, "GET /Users?filter=" + `id eq "1" and manager eq "2"`, "", scim.InvalidFilter},
	{scim.QuirkUnknownAttribute, "POST /Users", `{` + userSchema + `,"shoeSize":42}`, scim.InvalidSyntax},
	{scim.QuirkUnknownAttribute, "PATCH /Users/1", `{"op":"replace","path":"shoeSize","value":42}`, scim.InvalidPath},
	{scim.QuirkUnknownAttribute, "PATCH /Groups/3", `{"op":"add","path":"members","value":[{"value":"2","badge":"x"}]}`, scim.InvalidSyntax},
	{scim.QuirkUnknownAttribute, "GET /Users?filter=" + `shoeSize eq 42`, "", scim.InvalidFilter},
	{scim.QuirkMemberAsString, "PATCH /Groups/3", `{"op":"add","path":"members","value":["2"]}`, scim.InvalidValue},
	{scim.QuirkUnquotedValue, "GET /Users?filter=userName eq b.simon", "", scim.InvalidFilter},
	{scim.QuirkBooleanLiteral, "GET /Users?filter=" + `roles[primary eq "True"]`, "", scim.InvalidFilter},
	{scim.QuirkBooleanLiteral, "PATCH /Users/1", `{"op":"replace","path":"emails[primary eq \"True\"].value","value":"x@y"}`, scim.InvalidFilter},
	{scim.QuirkSelectedSub, "GET /Users?filter=" + `emails[type eq "work"].value eq "x@y"`, "", scim.InvalidFilter},
	{scim.QuirkSingleAsArray, "POST /Users", `{` + userSchema + `,"displayName":["B"]}`, scim.InvalidValue},
	{scim.QuirkArrayAsSingle, "POST /Users", `{` + userSchema + `,"emails":{"value":"x@y"}}`, scim.InvalidValue},
	{scim.QuirkArrayAsSingle, "PATCH /Users/1", `{"op":"replace","path":"emails","value":{"value":"x@y"}}`, scim.InvalidValue},
	{scim.QuirkBulkMethodCase, "POST /Bulk", bulkBody(`{"method":"post","bulkId":"a","path":"/Users","data":{` + userSchema + `}}`), scim.InvalidSyntax},
	{scim.QuirkBulkIDMissing, "POST /Bulk", bulkBody(`{"method":"POST","path":"/Users","data":{` + userSchema + `}}`), scim.InvalidSyntax},
	{scim.QuirkBareETag, "GET /Users/2\nIf-None-Match: 7", "", ""},
	{scim.QuirkBareETag, "DELETE /Users/2\nIf-Match: W/1", "", ""},
	{scim.QuirkSchemasMissing, "POST /.search", `{}`, scim.InvalidSyntax},
	{scim.QuirkSchemaUnknown, "POST /Users/.search", `{"schemas":["` + scim.URNPatchOp + `"]}`, scim.InvalidSyntax},
	{scim.QuirkUnknownAttribute, "GET /Users?sortBy=shoeSize", "", scim.InvalidValue},
	{scim.QuirkArrayAsSingle, "POST /.search", `{"schemas":["` + scim.URNSearch + `"],"attributes":"userName"}`, scim.InvalidSyntax},
	{scim.QuirkNumberAsString, "POST /.search", `{"schemas":["` + scim.URNSearch + `"],"count":"1"}`, scim.InvalidSyntax},
	{scim.QuirkBothProjections, "GET /Users?attributes=name&excludedAttributes=name.givenName", "", scim.InvalidValue},
	{scim.QuirkBothPagings, "GET /Users?cursor&startIndex=1", "", scim.InvalidValue},
	{scim.QuirkCountTooLarge, "GET /Users?cursor&count=1001", "", scim.InvalidCount},
	{scim.QuirkCursorQuery, "GET /Users?count=2&cursor=NEXT", "", scim.InvalidCount},
	{scim.QuirkCursorQuery, "GET /Users?count=1&attributes=name&cursor=NEXT", "", scim.InvalidCursor},
	{scim.QuirkFilterIgnored, "GET /ServiceProviderConfig?filter=id pr", "", "403"},
	{scim.QuirkMediaType, "POST /Users\nContent-Type: text/plain", `{` + userSchema + `}`, "415"},
	{scim.QuirkNotURI, "POST /Users", `{` + userSchema + `,"profileUrl":"none yet"}`, scim.InvalidValue},
}

// Each quirk is met by a real request, noted and answered with a success; the
// same request gets the RFC's answer in the rfc profile.
func TestEveryQuirkIsMetByARequest(t *testing.T) {
	met := make(map[scim.Quirk]bool)
	for _, test := range quirkCases {
		met[test.quirk] = true
		t.Run(string(test.quirk)+" in "+test.call, func(t *testing.T) {
			a := test.on(t)
			if a.StatusCode >= 300 || !slices.Contains(a.call.Quirks, test.quirk) {
				t.Errorf("by default: %s with the quirks %q: %s", a.Status, a.call.Quirks, a.body)
			}
			a = test.on(t, strict)
			switch {
			case test.refused == "403":
				a.wantError(http.StatusForbidden, "", "")
			case test.refused == "415":
				a.wantError(http.StatusUnsupportedMediaType, "", "")
			case test.refused != "":
				if a.call.Operation == scim.OpBulk { // its operation is refused
					a.wantResults("400 " + string(test.refused))
				} else {
					a.wantError(400, test.refused, "")
				}
				if slices.Contains(a.call.Quirks, test.quirk) {
					t.Errorf("what is refused is forgiven: %q", a.call.Quirks)
				}
			case a.StatusCode >= 300:
				t.Errorf("by the RFC: %s %s", a.Status, a.body)
			}
		})
	}
	for _, quirk := range knownQuirks(t) {
		if !met[quirk] {
			t.Errorf("no request here has the quirk %s", quirk)
		}
	}
}

// on makes the request on a new tenant.
func (test quirkCase) on(t *testing.T, set ...func(*scimserver.Options)) *answer {
	t.Helper()
	f := newFixture(t, set...)
	f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`","`+enterprise+`"],"userName":"b.simon","emails":[{"value":"b@x","type":"work","primary":true}]}`)
	f.createUser("manager")
	f.must("PATCH", "/Users/1", patchBody(`{"op":"add","path":"`+enterprise+`:manager","value":{"value":"2"}}`))
	f.createGroup("Sales", "1")
	line, header, _ := strings.Cut(test.call, "\n")
	method, path, _ := strings.Cut(line, " ")
	path, filter, filtered := strings.Cut(path, "?filter=")
	if filtered {
		path += "?filter=" + url.QueryEscape(filter)
	}
	if before, after, ok := strings.Cut(path, "NEXT"); ok {
		path = before + f.do("GET", "/Users?count=1&cursor", "").cursorAt("nextCursor") + after
	}
	body := test.body
	if method == "PATCH" {
		body = patchBody(body)
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		return f.do(method, path, body, name, value)
	}
	return f.do(method, path, body)
}

// knownQuirks returns the quirks that package scim declares, in order.
func knownQuirks(t *testing.T) []scim.Quirk {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/scim/quirk.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var known []scim.Quirk
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, scim.Quirk(name))
		return false
	})
	return known
}

// docs/quirks.md is written from the explanations and from the cases above.
// UPDATE_DOCS=1 writes it anew.
func TestTheTableOfQuirksIsTrue(t *testing.T) {
	const name = "../docs/quirks.md"
	want := quirkTable(t)
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run this test with UPDATE_DOCS=1", name)
	}
}

func quirkTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Quirks

A quirk is a way in which a request departs from the RFCs. In the profile
` + "`entra`" + `, the default, it is forgiven and noted on the call: the Live page,
` + "`airmock calls --json`" + ` and the log lines name it. In the profile ` + "`rfc`" + ` the
request gets the answer in the third column.

| quirk | what it is | in the profile ` + "`rfc`" + ` | source |
|---|---|---|---|
`)
	for _, quirk := range knownQuirks(t) {
		info := entra.Quirk(quirk)
		b.WriteString("| `" + string(quirk) + "` | " + cell(info.Summary) + " | " + strings.Join(strictAnswers(quirk), ", ") + " | " + cell(info.Source) + " |\n")
	}
	return b.String()
}

// strictAnswers are what the rfc profile answers to a quirk, by the cases.
func strictAnswers(quirk scim.Quirk) []string {
	var answers []string
	for _, test := range quirkCases {
		answer := cmp.Or(string(test.refused), "passes")
		if test.quirk == quirk && !slices.Contains(answers, answer) {
			answers = append(answers, answer)
		}
	}
	return answers
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
