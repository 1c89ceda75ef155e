package scimserver_test

import (
	"net/http"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// TestWhatWasReadChangesNothing writes back what a GET returned, of every type
// and with everything that the service provider adds to it: nothing becomes a
// new version.
func TestWhatWasReadChangesNothing(t *testing.T) {
	for _, profile := range []scim.Profile{scim.Entra, scim.RFC} {
		t.Run(string(profile), func(t *testing.T) {
			f := newDevices(t, profile)
			group := func(name, members string) string {
				return f.must("POST", "/Groups", `{"schemas":["`+scim.URNGroup+`"],"displayName":"`+name+`","members":[`+members+`]}`)
			}
			member := func(id string) string { return `{"value":"` + id + `"}` }
			boss := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`"],"userName":"boss","displayName":"Boss"}`)
			user := f.must("POST", "/Users", `{"schemas":["`+scim.URNUser+`","`+scim.URNEnterprise+`","`+urnAcme+`"],"userName":"kim",
				"emails":[{"value":"k@x.org","type":"work","primary":true},{"value":"l@x.org"}],"addresses":[{"type":"work","locality":"Z"}],
				"`+scim.URNEnterprise+`":{"department":"Sales","manager":`+member(boss)+`},"`+urnAcme+`":{"badge":7}}`)
			inner := group("inner", member(user)+","+member(boss))
			middle := group("middle", member(inner))
			outer := group("outer", member(middle)+","+member(user))
			f.do("PATCH", "/Groups/"+inner, patchBody(`{"op":"add","path":"members","value":[`+member(outer)+`]}`)).wantStatus(http.StatusNoContent)
			dev := f.must("POST", "/Devices", device(`"owner":{"value":"`+user+`"},"ports":[{"value":"p","primary":true},{"value":"q","number":2}],
				"weight":1.50,"seen":"2011-05-13T04:42:34+02:00","tags":["a","b"],"sizes":[1,2],"marks":["m"],"`+urnLab+`":{"bench":1}`))
			for _, path := range []string{"/Users/" + user, "/Users/" + boss, "/Groups/" + inner, "/Groups/" + middle, "/Groups/" + outer, "/Devices/" + dev} {
				read := f.do("GET", path, "").body
				whole := read
				if profile == scim.RFC { // in a PATCH what is readOnly is refused
					doc := f.do("GET", path, "").json()
					for _, name := range []string{"id", "meta", "groups", "schemas"} {
						doc.Delete(name)
					}
					whole = doc.String()
				}
				for _, a := range []*answer{
					f.do("PUT", path, read, "Prefer", "return=representation"),
					f.do("PATCH", path, patchBody(`{"op":"replace","value":`+whole+`}`), "Prefer", "return=representation"),
					f.do("PATCH", path, patchBody(`{"op":"add","value":`+whole+`}`), "Prefer", "return=representation"),
				} {
					a.wantStatus(http.StatusOK)
					if a.body != read {
						t.Errorf("%s:\n%s became\n%s", path, read, a.body)
					}
				}
			}
		})
	}
}

// TestWhatIsRemovedAndAddedAgainIsAsBefore holds that a value which went and came
// back leaves no trace but a version, and none where both are one request.
func TestWhatIsRemovedAndAddedAgainIsAsBefore(t *testing.T) {
	f := newFixture(t)
	boss := f.createUser("boss")
	user := f.must("POST", "/Users", `{"userName":"kim","title":"CEO","name":{"givenName":"K","familyName":"L"},
		"emails":[{"value":"k@x.org","type":"work","primary":true},{"value":"l@x.org"}],"`+scim.URNEnterprise+`":{"department":"Sales","manager":{"value":"`+boss+`"}}}`)
	group := f.createGroup("Sales", user, boss)
	read := func(path string) string {
		doc := f.do("GET", path, "").json()
		doc.Delete("meta")
		return doc.String()
	}
	for _, test := range []struct{ path, attribute, value string }{
		{"/Users/" + user, "title", `"CEO"`},
		{"/Users/" + user, "name", `{"givenName":"K","familyName":"L"}`},
		{"/Users/" + user, "emails", `[{"value":"k@x.org","type":"work","primary":true},{"value":"l@x.org"}]`},
		{"/Users/" + user, scim.URNEnterprise, `{"department":"Sales","manager":{"value":"` + boss + `"}}`},
		{"/Users/" + user, scim.URNEnterprise + ":manager", `{"value":"` + boss + `"}`},
		{"/Groups/" + group, "members", `[{"value":"` + user + `"},{"value":"` + boss + `"}]`},
	} {
		remove := `{"op":"remove","path":"` + test.attribute + `"}`
		add := `{"op":"add","path":"` + test.attribute + `","value":` + test.value + `}`
		before, version := read(test.path), f.do("GET", test.path, "").Header.Get("ETag")
		f.do("PATCH", test.path, patchBody(remove+","+add)).wantHeader("ETag", version)
		f.do("PATCH", test.path, patchBody(remove))
		if is := read(test.path); is == before || strings.Contains(is, test.value) {
			t.Errorf("%s is still there: %s", test.attribute, is)
		}
		a := f.do("PATCH", test.path, patchBody(add))
		if is := read(test.path); is != before || a.Header.Get("ETag") == version {
			t.Errorf("%s: %s became %s, %s", test.attribute, before, is, a.Header.Get("ETag"))
		}
	}
}
