package scimserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"airmock/internal/scim"
)

const enterprise = scim.URNEnterprise

// What the provisioning service sends in a POST, and tolerates in an answer.
func TestCreatesAsEntraSendsThem(t *testing.T) {
	tests := []struct {
		name, endpoint, body string
		want                 map[string]string // in the answer, by path; "" for absent
	}{
		{
			"a user with meta and empty roles", "/Users",
			`{"schemas":["` + scim.URNUser + `","` + enterprise + `"],"externalId":"0a21f0f2","userName":"Test_User","active":true,
			"emails":[{"primary":true,"type":"work","value":"t@testuser.com"}],"meta":{"resourceType":"User"},
			"name":{"formatted":"givenName familyName","familyName":"familyName","givenName":"givenName"},"roles":[]}`,
			map[string]string{
				"externalId": `"0a21f0f2"`, "active": `true`, "emails/0/value": `"t@testuser.com"`, "emails/0/primary": `true`,
				"name/givenName": `"givenName"`, "roles": ``, "meta/resourceType": `"User"`,
			},
		},
		{
			"a user with nulls and a mistyped schema", "/Users",
			`{"schemas":["` + scim.URNUser + `","urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],"userName":"jyoung",
			"addresses":null,"phoneNumbers":null,"title":null,"department":null,"manager":null,"displayName":"Joy"}`,
			map[string]string{"userName": `"jyoung"`, "displayName": `"Joy"`, "addresses": ``, "title": ``, enterprise: ``},
		},
		{
			"a user with active as text", "/Users",
			`{"schemas":["` + scim.URNUser + `"],"userName":"jyoung","active":"True"}`,
			map[string]string{"active": `true`},
		},
		{
			"a user without schemas", "/Users",
			`{"userName":"jyoung","password":null}`,
			map[string]string{"userName": `"jyoung"`, "schemas/0": `"` + scim.URNUser + `"`},
		},
		{
			"three phone numbers, as they were sent", "/Users",
			`{"schemas":["` + scim.URNUser + `"],"userName":"jyoung","phoneNumbers":[{"value":"55555555555","type":"work"},{"value":"1","type":"mobile"},{"value":"2","type":"fax"}]}`,
			map[string]string{"phoneNumbers/0/value": `"55555555555"`, "phoneNumbers/2/type": `"fax"`},
		},
		{
			"an extension that is not listed", "/Users",
			`{"schemas":["` + scim.URNUser + `"],"userName":"jyoung","urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User":{"CustomAttribute":"x"}}`,
			map[string]string{"urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User/CustomAttribute": `"x"`},
		},
		{
			"a group of the old schema", "/Groups",
			`{"schemas":["` + scim.URNGroup + `","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
			"externalId":"8aa1a0c0","displayName":"displayName","meta":{"resourceType":"Group"}}`,
			map[string]string{"displayName": `"displayName"`, "externalId": `"8aa1a0c0"`, "members": `[]`, "schemas": `["` + scim.URNGroup + `"]`},
		},
		{
			"a group with members null", "/Groups",
			`{"schemas":["` + scim.URNGroup + `"],"displayName":"displayName","members":null}`,
			map[string]string{"members": `[]`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			a := f.do("POST", test.endpoint, test.body)
			a.wantStatus(http.StatusCreated)
			a.wantAll(test.want)
			f.do("GET", test.endpoint+"/1", "").wantAll(test.want)
		})
	}
}

func (a *answer) wantAll(want map[string]string) {
	a.t.Helper()
	for path, json := range want {
		a.wantAt(path, json)
	}
}

// The PATCH shapes of both dialects, on a user with a userName, a work
// telephone, a role and no address.
func TestUserPATCHesAsEntraSendsThem(t *testing.T) {
	tests := []struct {
		name, operations string
		want             map[string]string
	}{
		{"a disable by default", `{"op":"Replace","path":"active","value":"False"}`, map[string]string{"active": `false`}},
		{"a disable with the flag", `{"op":"replace","path":"active","value":false}`, map[string]string{"active": `false`}},
		{"a disable in lower case", `{"op":"Replace","path":"active","value":"false"}`, map[string]string{"active": `false`}},
		{"a disable by add", `{"op":"Add","path":"active","value":"False"}`, map[string]string{"active": `false`}},
		{"a disable without a path", `{"op":"Replace","value":{"active":"False"}}`, map[string]string{"active": `false`}},
		{"an enable", `{"op":"Replace","path":"active","value":"True"}`, map[string]string{"active": `true`}},
		{"an add of one value", `{"op":"Add","path":"nickName","value":"Babs"}`, map[string]string{"nickName": `"Babs"`}},
		{"an add over a value", `{"op":"Add","path":"displayName","value":"New"}`, map[string]string{"displayName": `"New"`}},
		{
			"many attributes by default",
			`{"op":"Replace","path":"displayName","value":"Pvlo"},
			{"op":"Replace","path":"emails[type eq \"work\"].value","value":"t@test.microsoft.com"},
			{"op":"Replace","path":"name.givenName","value":"Gtfd"},
			{"op":"Replace","path":"name.familyName","value":"Pkqf"},
			{"op":"Replace","path":"externalId","value":"Eqpj"},
			{"op":"Replace","path":"` + enterprise + `:employeeNumber","value":"Eqpj"}`,
			map[string]string{
				"displayName": `"Pvlo"`, "emails/0/value": `"t@test.microsoft.com"`, "emails/0/type": `"work"`,
				"name/givenName": `"Gtfd"`, "name/familyName": `"Pkqf"`, "externalId": `"Eqpj"`, enterprise + "/employeeNumber": `"Eqpj"`,
			},
		},
		{
			"many attributes with the flag",
			`{"op":"replace","path":"emails[type eq \"work\"].value","value":"t@test.microsoft.com"},
			{"op":"replace","value":{"displayName":"Bjfe","name.givenName":"Kkom","name.familyName":"Unua","` + enterprise + `:employeeNumber":"Aklq"}}`,
			map[string]string{
				"displayName": `"Bjfe"`, "emails/0/value": `"t@test.microsoft.com"`, "name/givenName": `"Kkom"`,
				"name/familyName": `"Unua"`, enterprise + "/employeeNumber": `"Aklq"`,
			},
		},
		{
			"many attributes by add without a path",
			`{"op":"add","value":{"displayName":"D","title":"T","name.givenName":"G","name.formatted":"G F"}}`,
			map[string]string{"displayName": `"D"`, "title": `"T"`, "name/givenName": `"G"`, "name/formatted": `"G F"`},
		},
		{"an address that does not exist", `{"op":"Replace","path":"addresses[type eq \"work\"].formatted","value":"18/2111"}`, map[string]string{"addresses": `[{"formatted":"18/2111","type":"work"}]`}},
		{"an address by add", `{"op":"Add","path":"addresses[type eq \"work\"].country","value":"DE"}`, map[string]string{"addresses": `[{"country":"DE","type":"work"}]`}},
		{"an element that exists", `{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"2"}`, map[string]string{"phoneNumbers": `[{"value":"2","type":"work"}]`}},
		{"a second type beside it", `{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"3"}`, map[string]string{"phoneNumbers": `[{"value":"1","type":"work"},{"value":"3","type":"mobile"}]`}},
		{"a department", `{"op":"Add","path":"` + enterprise + `:department","value":"Retail"}`, map[string]string{enterprise + "/department": `"Retail"`, "schemas/1": `"` + enterprise + `"`}},
		{"a manager as text", `{"op":"add","path":"` + enterprise + `:manager","value":"7"}`, map[string]string{enterprise + "/manager/value": `"7"`}},
		{"a manager as a list", `{"op":"Add","path":"manager","value":[{"$ref":"http://.../scim/Users/7","value":"7"}]}`, map[string]string{enterprise + "/manager/value": `"7"`}},
		{"a manager as an object", `{"op":"Add","path":"` + enterprise + `:manager","value":{"value":"7"}}`, map[string]string{enterprise + "/manager/value": `"7"`}},
		{"a manager emptied by text", `{"op":"Add","path":"` + enterprise + `:manager","value":"7"},{"op":"Replace","path":"` + enterprise + `:manager","value":""}`, map[string]string{enterprise: ``}},
		{"a manager emptied by an object", `{"op":"Add","path":"` + enterprise + `:manager","value":"7"},{"op":"replace","path":"` + enterprise + `:manager","value":{"value":""}}`, map[string]string{enterprise: ``}},
		{"a manager removed", `{"op":"Add","path":"` + enterprise + `:manager","value":"7"},{"op":"Remove","path":"` + enterprise + `:manager"}`, map[string]string{enterprise: ``}},
		{"roles by a filter on a text", `{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"}`, map[string]string{"roles/0/value": `"Admin"`, "roles/0/primary": `true`}},
		{"roles with the flag", `{"op":"replace","path":"roles","value":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"User","value":"User"}]}`, map[string]string{"roles/0/value": `"User"`}},
		{"an attribute removed", `{"op":"Remove","path":"displayName"}`, map[string]string{"displayName": ``}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			user := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"b.simon@contoso.com","displayName":"Old","phoneNumbers":[{"value":"1","type":"work"}]}`)
			a := f.do("PATCH", "/Users/"+user, patchBody(test.operations))
			a.wantStatus(http.StatusOK)
			a.wantAll(test.want)
			f.do("GET", "/Users/"+user, "").wantAll(test.want)
		})
	}
}

// The PATCH shapes of both dialects on a group of three.
func TestGroupPATCHesAsEntraSendsThem(t *testing.T) {
	tests := []struct {
		name, operations, path string
		want                   string // the ids of the members, or what is at path
	}{
		{"a rename", `{"op":"Replace","path":"displayName","value":"New"}`, "displayName", `"New"`},
		{"an external id by add", `{"op":"Add","path":"externalId","value":"e"}`, "externalId", `"e"`},
		{"an add", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"4"}]}`, "", "1 2 3 4"},
		{"an add of one who is there", `{"op":"Add","path":"members","value":[{"value":"2"}]}`, "", "1 2 3"},
		{"an add of several", `{"op":"Add","path":"members","value":[{"value":"4"},{"value":"2"},{"value":"4"}]}`, "", "1 2 3 4"},
		{"an add of text", `{"op":"add","path":"members","value":["4"]}`, "", "1 2 3 4"},
		{"a remove by default takes those named only", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"2"}]}`, "", "1 3"},
		{"a remove of several", `{"op":"Remove","path":"members","value":[{"value":"1"},{"value":"3"}]}`, "", "2"},
		{"a remove with the flag", `{"op":"remove","path":"members[value eq \"2\"]"}`, "", "1 3"},
		{"a remove of one who is not there", `{"op":"Remove","path":"members","value":[{"value":"4"}]}`, "", "1 2 3"},
		{"a remove of all", `{"op":"remove","path":"members"}`, "", ""},
		{"a replace", `{"op":"replace","path":"members","value":[{"value":"4"}]}`, "", "4"},
		{"a remove and an add at once", `{"op":"Remove","path":"members","value":[{"value":"1"}]},{"op":"Add","path":"members","value":[{"value":"4"}]}`, "", "2 3 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			for i := 1; i <= 4; i++ {
				f.createUser(fmt.Sprint("user", i))
			}
			group := f.createGroup("Sales", "1", "2", "3")
			a := f.do("PATCH", "/Groups/"+group, patchBody(test.operations))
			a.wantStatus(http.StatusNoContent)
			if a.body != "" {
				t.Errorf("204 with %q", a.body)
			}
			a = f.do("GET", "/Groups/"+group, "")
			if test.path != "" {
				a.wantAt(test.path, test.want)
				return
			}
			var ids []string
			for m := range a.json().Get("members").Elements() {
				ids = append(ids, m.Get("value").Text())
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("members %q, want %q", got, test.want)
			}
		})
	}
}

// What the RFC forbids is refused in its profile.
func TestEntrasShapesInTheStrictProfile(t *testing.T) {
	f := newFixture(t, strict)
	user := f.createUser("b.simon@contoso.com")
	group := f.createGroup("Sales", user)
	tests := []struct {
		name, path, operations string
		status                 int
		scimType               scim.ErrorType
	}{
		{"active as text", "/Users/" + user, `{"op":"replace","path":"active","value":"False"}`, 400, scim.InvalidValue},
		{"an element that does not exist", "/Users/" + user, `{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`, 400, scim.NoTarget},
		{"a remove with a value", "/Groups/" + group, `{"op":"remove","path":"members","value":[{"value":"` + user + `"}]}`, 400, scim.InvalidValue},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			a := f.do("PATCH", test.path, patchBody(test.operations))
			if a.StatusCode != test.status || a.call.ScimType == "" {
				t.Errorf("%s %s", a.Status, a.body)
			}
			if a.call.Quirks != nil {
				t.Errorf("quirks %v are forgiven", a.call.Quirks)
			}
		})
	}
	f.do("GET", "/Groups/"+group, "").wantAt("members/0/value", `"`+user+`"`)
}

// A PUT of what was read, as Okta sends it, changes what it changes and no
// more.
func TestAPUTOfWhatWasRead(t *testing.T) {
	f := newFixture(t)
	user := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"b.simon@contoso.com","active":true,"name":{"givenName":"B"}}`)
	f.createGroup("Sales", user)
	read := f.do("GET", "/Users/"+user, "").body
	a := f.do("PUT", "/Users/"+user, read)
	a.wantStatus(http.StatusOK)
	if a.body != read {
		t.Errorf("%s became %s", read, a.body)
	}
	a = f.do("PUT", "/Users/"+user, strings.Replace(read, `"active":true`, `"active":false`, 1))
	a.wantAt("active", `false`)
	a.wantAt("groups/0/display", `"Sales"`)
}
