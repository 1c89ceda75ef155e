package scimserver_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

func TestPaging(t *testing.T) {
	f := newFixture(t)
	for i := 1; i <= 7; i++ {
		f.createUser(fmt.Sprintf("user%d", i))
	}
	tests := []struct {
		name, query           string
		total, start, perPage int
		first                 string // userName of the first
	}{
		{"no paging", "", 7, 1, 7, "user1"},
		{"empty numbers", "startIndex=&count=", 7, 1, 7, "user1"},
		{"the first page", "startIndex=1&count=5", 7, 1, 5, "user1"},
		{"the second page", "startIndex=6&count=5", 7, 6, 2, "user6"},
		{"beyond the end", "startIndex=100&count=5", 7, 100, 0, ""},
		{"totals only", "count=0", 7, 1, 0, ""},
		{"a negative count is 0", "count=-3", 7, 1, 0, ""},
		{"a startIndex of 0 is 1", "startIndex=0&count=2", 7, 1, 2, "user1"},
		{"a negative startIndex is 1", "startIndex=-9223372036854775809", 7, 1, 7, "user1"},
		{"a count beyond all bounds", "count=99999999999999999999", 7, 1, 7, "user1"},
		{"a startIndex beyond all bounds", "startIndex=99999999999999999999", 7, 1<<31 - 1, 0, ""},
		{"names in another case", "STARTINDEX=3&Count=1", 7, 3, 1, "user3"},
		{"a filter", "filter=userName+sw+%22user%22&startIndex=2&count=2", 7, 2, 2, "user2"},
		{"a filter that matches one", "filter=userName+eq+%22USER4%22", 1, 1, 1, "user4"},
		{"an empty filter", "filter=", 7, 1, 7, "user1"},
		{"the flag of Entra", "aadOptscim062020&count=2", 7, 1, 2, "user1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do("GET", "/Users?"+test.query, "")
			a.wantStatus(http.StatusOK)
			a.wantAt("schemas", `["`+scim.URNListResponse+`"]`)
			a.wantAt("totalResults", fmt.Sprint(test.total))
			a.wantAt("startIndex", fmt.Sprint(test.start))
			a.wantAt("itemsPerPage", fmt.Sprint(test.perPage))
			list := a.json().Get("Resources")
			if list.Kind() != scim.Array || list.Len() != test.perPage {
				t.Errorf("Resources holds %d: %s", list.Len(), a.body)
			}
			if got := element(list, 0).Get("userName").Text(); got != test.first {
				t.Errorf("the first is %q, want %q", got, test.first)
			}
		})
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	f := newFixture(t)
	f.createUser("b.simon@contoso.com")
	tests := []struct {
		name, query string
		scimType    scim.ErrorType
		says        string
	}{
		{"a count that is no number", "count=all", scim.InvalidValue, `count is "all"`},
		{"a count with a fraction", "count=1.5", scim.InvalidValue, "whole number"},
		{"a count given twice", "count=1&count=2", scim.InvalidValue, `"1,2"`},
		{"a startIndex that is no number", "startIndex=0x10", scim.InvalidValue, "startIndex"},
		{"a filter that is broken", "filter=userName+eq", scim.InvalidFilter, ""},
		{"a filter of blanks and a word", "filter=+nonsense+", scim.InvalidFilter, ""},
		{"a filter that is not percent-encoded", "filter=userName+eq+%22100%zz%22", scim.InvalidValue, "percent"},
		{"a filter with a raw semicolon", `filter=userName+eq+"a;b`, scim.InvalidFilter, ""},
		{"a filter as long as a header may be", "filter=" + strings.Repeat("(", 60_000), scim.InvalidFilter, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			f.do("GET", "/Users?"+test.query, "").wantError(http.StatusBadRequest, test.scimType, test.says)
		})
	}
}

func TestAFilterWithARawSemicolonIsNotLost(t *testing.T) {
	f := newFixture(t)
	f.createUser("a;b")
	f.createUser("c")
	f.do("GET", `/Users?filter=userName+eq+"a;b"`, "").wantAt("totalResults", "1")
}

func TestACountIsCapped(t *testing.T) {
	f := newFixture(t)
	for i := range 1001 {
		f.createUser(fmt.Sprint("user", i))
	}
	for query, want := range map[string]string{"": "100", "?count=1000": "1000", "?count=5000": "1000", "?startIndex=1001&count=5000": "1"} {
		a := f.do("GET", "/Users"+query, "")
		a.wantAt("totalResults", "1001")
		a.wantAt("itemsPerPage", want)
	}
}

// The lookups that Entra sends, sections 1, 2.2 and 2.6 of its facts.
func TestLookups(t *testing.T) {
	f := newFixture(t)
	boss := f.createUser("boss@contoso.com")
	user := f.must("POST", "/Users", `{"userName":"b.simon@contoso.com","externalId":"e-1","active":false,"emails":[{"type":"work","value":"b@contoso.com"}],"`+scim.URNEnterprise+`":{"manager":{"value":"`+boss+`"}}}`)
	group := f.createGroup("Sales", user)
	tests := []struct{ name, endpoint, filter, rest, id string }{
		{"a random user, as Test Connection asks", "/Users", `userName eq "cf4d78e8-cc4f-4d5d-b8b9-183561c0104a"`, "", ""},
		{"a random external id", "/Users", `externalId eq "9edf3db5-f590-4367-a7b6-d76747c0a509"`, "", ""},
		{"a random group", "/Groups", `displayName eq "9edf3db5-f590-4367-a7b6-d76747c0a509"`, "&excludedAttributes=members", ""},
		{"a userName, although disabled", "/Users", `userName eq "B.Simon@contoso.com"`, "", user},
		{"an external id", "/Users", `externalId eq "e-1"`, "", user},
		{"a work address", "/Users", `emails[type eq "work"].value eq "b@contoso.com"`, "", user},
		{"an unquoted value", "/Users", `externalId eq e-1`, "", user},
		{"a manager", "/Users", `id eq "` + user + `" and manager eq "` + boss + `"`, "&attributes=id", user},
		{"a manager, the other way round", "/Users", `manager eq "` + boss + `" and id eq "` + user + `"`, "&attributes=id", user},
		{"another manager", "/Users", `id eq "` + user + `" and manager eq "` + user + `"`, "&attributes=id", ""},
		{"a group by name", "/Groups", `displayName eq "sales"`, "&excludedAttributes=members", group},
		{"a member", "/Groups", `id eq "` + group + `" and members eq "` + user + `"`, "", group},
		{"no member", "/Groups", `id eq "` + group + `" and members eq "` + boss + `"`, "", ""},
	}
	for _, test := range tests {
		for _, encode := range []func(string) string{url.QueryEscape, url.PathEscape} {
			t.Run(test.name, func(t *testing.T) {
				f.t = t
				a := f.do("GET", test.endpoint+"?filter="+encode(test.filter)+test.rest, "")
				a.wantStatus(http.StatusOK)
				a.wantAt("schemas", `["`+scim.URNListResponse+`"]`)
				if test.id == "" {
					a.wantAt("totalResults", "0")
					a.wantAt("Resources", "[]")
					return
				}
				a.wantAt("totalResults", "1")
				a.wantAt("Resources/0/id", `"`+test.id+`"`)
				if strings.Contains(test.rest, "excludedAttributes=members") {
					a.wantAt("Resources/0/members", "")
				}
			})
		}
	}
}

// Paging through resources that do not fit into one answer visits each once.
func TestAPageIsBoundedInBytes(t *testing.T) {
	f := newFixture(t)
	scimserver.SetMaxPage(f.serve, 2000)
	var members []string
	for i := range 20 {
		members = append(members, f.createUser(fmt.Sprint("user", i)))
	}
	for i := range 5 {
		f.createGroup(fmt.Sprint("group", i), members...)
	}
	var seen []string
	for len(seen) < 5 {
		a := f.do("GET", fmt.Sprintf("/Groups?startIndex=%d", len(seen)+1), "")
		a.wantAt("totalResults", "5")
		list := a.json().Get("Resources")
		a.wantAt("itemsPerPage", fmt.Sprint(list.Len()))
		if list.Len() != 1 {
			t.Fatalf("%d groups on a page, want 1, as one is beyond the bound", list.Len())
		}
		seen = append(seen, element(list, 0).Get("displayName").Text())
	}
	if got := strings.Join(seen, " "); got != "group0 group1 group2 group3 group4" {
		t.Errorf("paging visits %s", got)
	}
}
