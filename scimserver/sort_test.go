package scimserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// people creates the users that the tests of queries look at, in this order.
func people(f *fixture) {
	for _, body := range []string{
		`{"userName":"dave","displayName":"Dave","active":true,"shoeSize":10,"emails":[{"value":"z@x.org","type":"work"},{"value":"b@x.org","type":"home","primary":true}],"externalId":"b"}`,
		`{"userName":"Alice","displayName":"alice","active":false,"shoeSize":9.5,"name":{"familyName":"Zorn"},"externalId":"B"}`,
		`{"userName":"bob","emails":[{"value":"C@x.org"}],"shoeSize":1e1,"name":{"familyName":"adams"},"` + scim.URNEnterprise + `":{"department":"Retail"}}`,
		`{"userName":"Carol","displayName":"Älice","active":true,"emails":[{"value":"a@x.org"}],"externalId":"a","` + scim.URNEnterprise + `":{"department":"accounting"}}`,
	} {
		f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],`+body[1:])
	}
}

// names returns the userNames, or else displayNames, of a list answer.
func (a *answer) names() string {
	a.t.Helper()
	a.wantStatus(http.StatusOK)
	var names []string
	for r := range a.json().Get("Resources").Elements() {
		name := r.Get("userName").Text()
		if name == "" {
			name = r.Get("displayName").Text()
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestSorting(t *testing.T) {
	f := newFixture(t)
	people(f)
	tests := []struct{ name, query, want string }{
		{"without regard to case", "sortBy=userName", "Alice bob Carol dave"},
		{"ascending, said", "sortBy=userName&sortOrder=ascending", "Alice bob Carol dave"},
		{"descending", "sortBy=userName&sortOrder=descending", "dave Carol bob Alice"},
		{"in any case", "SORTBY=USERNAME&SORTORDER=Descending", "dave Carol bob Alice"},
		{"by a name with its URN", "sortBy=" + scim.URNUser + ":userName", "Alice bob Carol dave"},
		{"no value comes last", "sortBy=displayName", "Alice dave Carol bob"},
		{"no value comes first when descending", "sortBy=displayName&sortOrder=descending", "bob Carol dave Alice"},
		{"by a caseExact attribute", "sortBy=externalId", "Alice Carol dave bob"},
		{"by the primary address, or else the first", "sortBy=emails", "Carol dave bob Alice"},
		{"by the value of the addresses", "sortBy=emails.value&sortOrder=descending", "Alice bob dave Carol"},
		{"by the type of the primary address", "sortBy=emails.type", "dave Alice bob Carol"},
		{"by a sub-attribute", "sortBy=name.familyName", "bob Alice dave Carol"},
		{"by an attribute of an extension", "sortBy=" + scim.URNEnterprise + ":department", "Carol bob dave Alice"},
		{"by an attribute of an extension without its URN", "sortBy=department", "Carol bob dave Alice"},
		{"by a boolean, ties in order of creation", "sortBy=active", "Alice dave Carol bob"},
		{"by a boolean, descending, ties in order of creation", "sortBy=active&sortOrder=descending", "bob dave Carol Alice"},
		{"by a number that no schema knows", "sortBy=shoeSize", "Alice dave bob Carol"},
		{"by what nobody has", "sortBy=nickName", "dave Alice bob Carol"},
		{"by an attribute that no schema knows", "sortBy=nonsense", "dave Alice bob Carol"},
		{"by the id", "sortBy=id&sortOrder=descending", "Carol bob Alice dave"},
		{"by creation", "sortBy=meta.created&sortOrder=descending", "dave Alice bob Carol"}, // the clock stands still
		{"by the version", "sortBy=meta.version", "dave Alice bob Carol"},
		{"by the schemas", "sortBy=schemas", "dave Alice bob Carol"},
		{"an order without an attribute", "sortOrder=descending", "dave Alice bob Carol"},
		{"an empty attribute", "sortBy=&sortOrder=", "dave Alice bob Carol"},
		{"what a filter leaves", "sortBy=userName&sortOrder=descending&filter=active+eq+true", "dave Carol"},
		{"a page", "sortBy=userName&startIndex=2&count=2", "bob Carol"},
		{"a page beyond the end", "sortBy=userName&startIndex=5&count=2", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			if got := f.do("GET", "/Users?"+test.query, "").names(); got != test.want {
				t.Errorf("%s: %q, want %q", test.query, got, test.want)
			}
		})
	}
}

func TestSortsThatAreRefused(t *testing.T) {
	tests := []struct {
		name, query, says string
		strictly          bool // only where the RFC is read strictly
	}{
		{"an order like no other", "sortBy=userName&sortOrder=up", "ascending or descending", false},
		{"a misspelt order", "sortBy=userName&sortOrder=desending", `did you mean "descending"?`, false},
		{"a wrong order alone", "sortOrder=up", "ascending or descending", false},
		{"a complex attribute without a value", "sortBy=name", "name.", false},
		{"a whole schema", "sortBy=" + scim.URNUser, "is a schema", false},
		{"two attributes", "sortBy=userName,displayName", "", false},
		{"a value path", `sortBy=emails[type+eq+"work"]`, "one attribute", false},
		{"an unknown attribute", "sortBy=userNam", `did you mean "userName"?`, true},
		{"an unknown sub-attribute", "sortBy=name.nick", "no sub-attribute", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lenient, rfc := newFixture(t), newFixture(t, strict)
			rfc.do("GET", "/Users?"+test.query, "").wantError(http.StatusBadRequest, scim.InvalidValue, test.says[:strings.IndexAny(test.says+".", ".")])
			a := lenient.do("GET", "/Users?"+test.query, "")
			if !test.strictly {
				a.wantError(http.StatusBadRequest, scim.InvalidValue, "")
				return
			}
			a.wantStatus(http.StatusOK)
			if len(a.call.Quirks) != 1 || a.call.Quirks[0] != scim.QuirkUnknownAttribute {
				t.Errorf("quirks %v", a.call.Quirks)
			}
		})
	}
}

func TestGroupsAreSortedByTheirMembers(t *testing.T) {
	f := newFixture(t)
	people(f)
	f.createGroup("first", "3")
	f.createGroup("empty")
	f.createGroup("last", "1")
	if got := f.do("GET", "/Groups?sortBy=members", "").names(); got != "last first empty" {
		t.Errorf("sorted by members: %s", got)
	}
	if got := f.do("GET", "/Groups?sortBy=members.display", "").names(); got != "first last empty" {
		t.Errorf("sorted by the names of members: %s", got)
	}
}

func TestASearchIsAQueryInABody(t *testing.T) {
	f := newFixture(t)
	people(f)
	f.createGroup("Sales", "1")
	search := func(path, members string) *answer {
		t.Helper()
		return f.do("POST", path, `{"schemas":["`+scim.URNSearch+`"]`+members+`}`)
	}
	tests := []struct{ name, path, members, get string }{
		{"everything", "/Users/.search", "", "/Users"},
		{"in any case", "/users/.SEARCH", `,"SortBy":"userName"`, "/Users?sortBy=userName"},
		{"a filter", "/Users/.search", `,"filter":"displayName pr"`, "/Users?filter=displayName+pr"},
		{"an order", "/Users/.search", `,"sortBy":"userName","sortOrder":"descending"`, "/Users?sortBy=userName&sortOrder=descending"},
		{"a page", "/Users/.search", `,"startIndex":2,"count":2`, "/Users?startIndex=2&count=2"},
		{"totals", "/Users/.search", `,"count":0`, "/Users?count=0"},
		{"numbers below what makes sense", "/Users/.search", `,"startIndex":-1,"count":-1`, "/Users?startIndex=-1&count=-1"},
		{"attributes", "/Users/.search", `,"attributes":["userName","name.familyName"]`, "/Users?attributes=userName,name.familyName"},
		{"without attributes", "/Users/.search", `,"excludedAttributes":["emails"],"attributes":[]`, "/Users?excludedAttributes=emails"},
		{"nulls", "/Users/.search", `,"filter":null,"attributes":null,"count":null,"cursor":null`, "/Users"},
		{"what means nothing", "/Users/.search?filter=userName+eq+%22x%22", `,"nonsense":[1]`, "/Users"},
		{"groups", "/Groups/.search", `,"filter":"members[value eq \"1\"]"`, "/Groups?filter=members.value+eq+%221%22"},
		{"all types", "/.search", "", "/"},
		{"all types, a filter", "/.search", `,"filter":"displayName co \"a\"","sortBy":"displayName"`, "/?filter=displayName+co+%22a%22&sortBy=displayName"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			got, want := search(test.path, test.members), f.do("GET", test.get, "")
			got.wantStatus(http.StatusOK)
			if got.body != want.body {
				t.Errorf("a search gives %s\nGET %s gives %s", got.body, test.get, want.body)
			}
			if got.call.Operation != scim.OpSearch || got.call.Results != want.call.Results {
				t.Errorf("the call notes %s with %d", got.call.Operation, got.call.Results)
			}
		})
	}
	if c := search("/Users/.search", `,"filter":"userName eq \"bob\""`).call; c.Filter != `userName eq "bob"` || c.Effect.Name != "bob" || c.ResourceID() != "3" {
		t.Errorf("the call notes the filter %q and found %+v", c.Filter, c.Effect)
	}
	if c := search("/Users/.search", `,"filter":"password eq \"geheim\""`).call; strings.Contains(c.Filter+string(c.Request.Body), "geheim") {
		t.Errorf("the call keeps %s and %s", c.Filter, c.Request.Body)
	}
	if c := search("/Users/.search", "").call; c.ResourceID() != "" {
		t.Errorf("a search is about the resource %q", c.ResourceID())
	}
}

func TestSearchesThatAreRefused(t *testing.T) {
	schemas := `"schemas":["` + scim.URNSearch + `"]`
	tests := []struct {
		name, body string
		scimType   scim.ErrorType
		says       string
		forgiven   scim.Quirk // in the Entra profile; "" for refused there too
	}{
		{"no body", ``, scim.InvalidSyntax, "no body", ""},
		{"a list", `[]`, scim.InvalidSyntax, "send a JSON object", ""},
		{"no JSON", `{`, scim.InvalidSyntax, "not valid JSON", ""},
		{"no schemas", `{}`, scim.InvalidSyntax, scim.URNSearch, scim.QuirkSchemasMissing},
		{"other schemas", `{"schemas":["` + scim.URNListResponse + `"]}`, scim.InvalidSyntax, scim.URNSearch, scim.QuirkSchemaUnknown},
		{"attributes as a string", `{` + schemas + `,"attributes":"userName,emails"}`, scim.InvalidSyntax, "list of names", scim.QuirkArrayAsSingle},
		{"attributes that are no names", `{` + schemas + `,"attributes":[1]}`, scim.InvalidSyntax, "list of names", ""},
		{"attributes that cannot be names", `{` + schemas + `,"attributes":["a b"]}`, scim.InvalidValue, "no attribute's name", ""},
		{"a filter that is an object", `{` + schemas + `,"filter":{}}`, scim.InvalidSyntax, "send a string", ""},
		{"a filter that is broken", `{` + schemas + `,"filter":"userName"}`, scim.InvalidFilter, "", ""},
		{"a count as a string", `{` + schemas + `,"count":"2"}`, scim.InvalidSyntax, "send a number", scim.QuirkNumberAsString},
		{"a count with a fraction", `{` + schemas + `,"count":1.5}`, scim.InvalidValue, "whole number", ""},
		{"a count that is true", `{` + schemas + `,"count":true}`, scim.InvalidSyntax, "send a number", ""},
		{"a startIndex that is text", `{` + schemas + `,"startIndex":"x"}`, "", "", ""},
		{"both projections", `{` + schemas + `,"attributes":["userName"],"excludedAttributes":["emails"]}`, scim.InvalidValue, "mutually exclusive", scim.QuirkBothProjections},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lenient, rfc := newFixture(t), newFixture(t, strict)
			for _, path := range []string{"/.search", "/Users/.search"} {
				a, b := lenient.do("POST", path, test.body), rfc.do("POST", path, test.body)
				switch {
				case test.scimType == "":
					a.wantError(http.StatusBadRequest, scim.InvalidValue, "whole number")
					b.wantError(http.StatusBadRequest, scim.InvalidSyntax, "send a number")
					continue
				case test.forgiven == "":
					a.wantError(http.StatusBadRequest, test.scimType, test.says)
				default:
					a.wantStatus(http.StatusOK)
					if len(a.call.Quirks) != 1 || a.call.Quirks[0] != test.forgiven {
						t.Errorf("quirks %v, want %s", a.call.Quirks, test.forgiven)
					}
				}
				b.wantError(http.StatusBadRequest, test.scimType, test.says)
			}
		})
	}
}

// RFC 7644 section 3.4.2.1.
func TestAQueryAtTheRootIsAboutAllTypes(t *testing.T) {
	f := newFixture(t, strict)
	f.createUser("dave")
	f.createGroup("Carol")
	f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"Alice","displayName":"carol","title":"Boss"}`)
	f.createGroup("bob", "1")
	tests := []struct{ name, query, want string }{
		{"without a filter, in order of creation", "", "dave Carol Alice bob"},
		{"a name that all types know", `filter=displayName eq "carol"`, "Carol Alice"},
		{"a name that one type knows", `filter=userName pr`, "dave Alice"},
		{"names of several types", `filter=userName eq "dave" or members.value eq "1"`, "dave bob"},
		{"a name with the URN of one type", `filter=` + scim.URNUser + `:title eq "boss"`, "Alice"},
		{"a name of an extension", `filter=not (` + scim.URNEnterprise + `:department pr)`, "dave Carol Alice bob"},
		{"what a type does not have is not equal", `filter=userName ne "dave"`, "Carol Alice bob"},
		{"by type", `filter=meta.resourceType eq "Group"`, "Carol bob"},
		{"by types", `filter=(meta.resourceType eq "User") or (meta.resourceType eq "Group")`, "dave Carol Alice bob"},
		{"by schema", `filter=schemas eq "` + scim.URNGroup + `"`, "Carol bob"},
		{"by id", `filter=id eq "3"`, "Alice"},
		{"a value path", `filter=members[value eq "1"]`, "bob"},
		{"a page", "startIndex=2&count=2", "Carol Alice"},
		{"a page beyond the end", "startIndex=9&count=2", ""},
		{"sorted", "sortBy=displayName", "bob Carol Alice dave"},
		{"sorted by what one type has", "sortBy=userName&sortOrder=descending", "Carol bob dave Alice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			name, value, _ := strings.Cut(test.query, "=")
			query := test.query
			if name == "filter" {
				query = "filter=" + url.QueryEscape(value)
			}
			for _, root := range []string{"?", "/?", "//?"} {
				a := f.do("GET", root+query, "")
				if got := a.names(); got != test.want {
					t.Errorf("%q, want %q", got, test.want)
				}
				if a.call.Operation != scim.OpSearch {
					t.Errorf("the operation is %s", a.call.Operation)
				}
			}
		})
	}
	f.t = t
	a := f.do("GET", "/", "")
	a.wantAt("totalResults", "4")
	a.wantAt("Resources/0/schemas", `["`+scim.URNUser+`"]`)
	a.wantAt("Resources/0/meta/location", `"`+f.url+`/Users/1"`)
	a.wantAt("Resources/3/members/0/value", `"1"`)
	f.do("GET", "/?attributes=title,members.value", "").wantAt("Resources/3", `{"schemas":["`+scim.URNGroup+`"],"id":"4","members":[{"value":"1"}]}`)
	f.do("GET", "/?filter="+url.QueryEscape(`nonsense pr`), "").wantError(http.StatusBadRequest, scim.InvalidFilter, "nonsense")
	f.do("GET", "/?sortBy=nonsense", "").wantError(http.StatusBadRequest, scim.InvalidValue, "nonsense")
	f.do("HEAD", "/", "").wantStatus(http.StatusOK)
}

// An attribute that a client made up for one type is not that of another.
func TestANameOfAnotherTypeMatchesNothing(t *testing.T) {
	f := newFixture(t)
	f.must("POST", "/Groups", `{"displayName":"Sales","userName":"dave"}`)
	f.do("GET", "/Groups?filter=userName+eq+%22dave%22", "").wantAt("totalResults", "1")
	f.do("GET", "/?filter=userName+eq+%22dave%22", "").wantAt("totalResults", "0")
}
