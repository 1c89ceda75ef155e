package scimserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// Every form of RFC 7644 section 3.9, on every answer that holds a resource.
func TestAttributesAreChosenOnEveryAnswer(t *testing.T) {
	const user = `{"schemas":["` + scim.URNUser + `","` + scim.URNEnterprise + `"],"userName":"dave","displayName":"Dave","title":"Boss",` +
		`"name":{"givenName":"Dave","familyName":"Zorn"},"emails":[{"value":"d@x.org","type":"work"}],"` + scim.URNEnterprise + `":{"department":"Retail","costCenter":"7"}}`
	const always = `"schemas":["` + scim.URNUser + `","` + scim.URNEnterprise + `"],"id":"ID"`
	tests := []struct{ name, query, want string }{
		{"an attribute", "attributes=userName", `,"userName":"dave"`},
		{"attributes in any case, with blanks", "attributes=USERNAME,%20Title", `,"userName":"dave","title":"Boss"`},
		{"a sub-attribute", "attributes=name.familyName", `,"name":{"familyName":"Zorn"}`},
		{"a sub-attribute of many values", "attributes=emails.value", `,"emails":[{"value":"d@x.org"}]`},
		{"with the URN of the core schema", "attributes=" + scim.URNUser + ":title", `,"title":"Boss"`},
		{"of an extension", "attributes=" + scim.URNEnterprise + ":department", `,"` + scim.URNEnterprise + `":{"department":"Retail"}`},
		{"of an extension in any case", "attributes=" + strings.ToUpper(scim.URNEnterprise) + ":DEPARTMENT", `,"` + scim.URNEnterprise + `":{"department":"Retail"}`},
		{"an extension as a whole", "attributes=" + scim.URNEnterprise, `,"` + scim.URNEnterprise + `":{"department":"Retail","costCenter":"7"}`},
		{"the id alone", "attributes=id", ``},
		{"what is not there", "attributes=nickName,nonsense", ``},
		{"what is never returned", "attributes=password", ``},
		{"the groups", "attributes=groups.display", `,"groups":[{"display":"Sales"}]`},
		{"where it is", "attributes=meta.location", `,"meta":{"location":"LOCATION"}`},
		{"without some", "excludedAttributes=name,emails,meta,groups," + scim.URNEnterprise, `,"userName":"dave","displayName":"Dave","title":"Boss"`},
		{"without sub-attributes", "excludedAttributes=name.givenName,emails,meta,groups,displayName,title," + scim.URNEnterprise + ":department", `,"userName":"dave","name":{"familyName":"Zorn"},"` + scim.URNEnterprise + `":{"costCenter":"7"}`},
		{"without what is always there", "excludedAttributes=id,schemas,userName,name,emails,meta,groups,displayName,title," + scim.URNEnterprise, ``},
		{"both", "attributes=name,title&excludedAttributes=name.givenName", `,"title":"Boss","name":{"familyName":"Zorn"}`},
		{"both, and one is empty", "attributes=title&excludedAttributes=", `,"title":"Boss"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			id := f.must("POST", "/Users", user)
			f.createGroup("Sales", id)
			want, err := scim.Parse([]byte(strings.NewReplacer(`"ID"`, `"`+id+`"`, "LOCATION", f.url+"/Users/"+id).Replace("{" + always + test.want + "}")))
			if err != nil {
				t.Fatal(err)
			}
			same := func(how string, got *scim.Value) {
				t.Helper()
				if !scim.Equal(got, want) {
					t.Errorf("%s: %s\nwant %s", how, got, want)
				}
			}
			same("GET", f.do("GET", "/Users/"+id+"?"+test.query, "").json())
			same("list", element(f.do("GET", "/Users?"+test.query, "").json().Get("Resources"), 0))
			same("root", element(f.do("GET", "/?filter=userName+pr&"+test.query, "").json().Get("Resources"), 0))
			same("PUT", f.do("PUT", "/Users/"+id+"?"+test.query, user).json())
			same("PATCH", f.do("PATCH", "/Users/"+id+"?"+test.query, patchBody(`{"op":"replace","path":"title","value":"Boss"}`)).json())
			same("search", element(f.do("POST", "/Users/.search", searchBody(t, test.query)).json().Get("Resources"), 0))
			created := f.do("POST", "/Users?"+test.query, strings.Replace(user, `"dave"`, `"other"`, 1))
			created.wantStatus(http.StatusCreated)
			if got, want := created.json().Get("title").Text(), want.Get("title").Text(); got != want {
				t.Errorf("POST: the title is %q, want %q", got, want)
			}
			if created.json().Get("id").Text() == "" || created.json().Get("schemas").Len() == 0 {
				t.Errorf("POST: no id or no schemas in %s", created.body)
			}
		})
	}
}

// searchBody makes a search request of a query's attributes.
func searchBody(t *testing.T, query string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	body := scim.NewObject()
	body.Set("schemas", scim.NewArray(scim.NewString(scim.URNSearch)))
	for name, value := range values {
		list := scim.NewArray()
		for part := range strings.SplitSeq(value[0], ",") {
			list.Append(scim.NewString(part))
		}
		body.Set(name, list)
	}
	return body.String()
}

func TestBothProjectionsAreRefusedStrictly(t *testing.T) {
	f := newFixture(t, strict)
	id := f.createUser("dave")
	for _, path := range []string{"/Users", "/Users/" + id, "/"} {
		f.do("GET", path+"?attributes=title&excludedAttributes=name", "").wantError(http.StatusBadRequest, scim.InvalidValue, "mutually exclusive")
	}
}

// What an answer shows can be asked for: addresses and memberships, although
// they are not stored with the resource.
func TestFiltersSeeWhatAnswersShow(t *testing.T) {
	f := newFixture(t)
	user, other := f.createUser("dave"), f.createUser("alice")
	group := f.createGroup("Sales", user)
	for _, test := range []struct{ path, filter, want string }{
		{"/Users", `meta.location eq "` + f.url + `/Users/` + other + `"`, "alice"},
		{"/Users", `meta.location ew "/` + user + `"`, "dave"},
		{"/Users", `groups.$ref eq "` + f.url + `/Groups/` + group + `"`, "dave"},
		{"/Users", `groups[type eq "direct" and display eq "Sales"]`, "dave"},
		{"/Users", `not (groups pr)`, "alice"},
		{"/Groups", `members.$ref ew "/Users/` + user + `"`, "Sales"},
		{"/Groups", `members[type eq "User"]`, "Sales"},
		{"/", `meta.location co "/Users/"`, "dave alice"},
		{"/", `meta.version pr and meta.lastModified gt "2020-01-01T00:00:00Z"`, "dave alice Sales"},
	} {
		if got := f.do("GET", test.path+"?filter="+url.QueryEscape(test.filter), "").names(); got != test.want {
			t.Errorf("%s with %s finds %q, want %q", test.path, test.filter, got, test.want)
		}
	}
	if got := f.do("GET", "/Users?sortBy=meta.location&sortOrder=descending", "").names(); got != "alice dave" {
		t.Errorf("sorted by location: %s", got)
	}
}
