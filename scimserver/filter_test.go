package scimserver_test

import (
	"net/url"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

// Filters as RFC 7644 section 3.4.2.2 has them, in both profiles, on the users
// kim and lee, who were last modified at 21:04:11 UTC.
func TestFiltersByTheRFC(t *testing.T) {
	const kim = `{"schemas":["` + scim.URNUser + `","` + enterprise + `"],"userName":"kim","externalId":"K1","active":true,"name":{"familyName":"O'Malley"},
		"emails":[{"value":"kim@x.org","type":"work","primary":true},{"value":"kim@home","type":"home"}],
		"x509Certificates":[{"value":"MIIDQzCC"}],"` + enterprise + `":{"department":"Sales"}}`
	const lee = `{"schemas":["` + scim.URNUser + `"],"userName":"lee","active":false,"title":"Guide"}`
	tests := []struct {
		filter string
		want   string // userNames, or the scimType
	}{
		{`userName Eq "KIM"`, "kim"},
		{`userName eq"kim"`, "kim"},
		{`userName eq "k\u0069m"`, "kim"},
		{`userName sw "k" and (title pr or emails pr)`, "kim"},
		{`userName eq "lee" or userName eq "kim" and active eq false`, "lee"},
		{`(userName eq "lee" or userName eq "kim") and active eq true`, "kim"},
		{`not (not (not (userName eq "kim")))`, "lee"},
		{`NOT(userName eq "kim") AND title PR`, "lee"},
		{`externalId eq "k1"`, ""},
		{`externalId eq "K1"`, "kim"},
		{`name.familyName co "O'Malley"`, "kim"},
		{`emails co "@home"`, "kim"},
		{`emails[type eq "work" and value co "@x.org"]`, "kim"},
		{`emails[type eq "home" and value co "@x.org"]`, ""},
		{`emails[not (type eq "home") and primary eq true and value ew "org"]`, "kim"},
		{`title eq null`, "kim"},
		{`title ne null`, "lee"},
		{`title ne "Guide"`, "kim"},
		{`emails ne "kim@x.org"`, "kim lee"},
		{`schemas eq "` + enterprise + `"`, "kim"},
		{enterprise + `:department eq "sales"`, "kim"},
		{strings.ToUpper(scim.URNUser) + `:USERNAME eq "kim"`, "kim"},
		{`meta.resourceType eq "User"`, "kim lee"},
		{`meta.lastModified ge "2026-11-22T22:04:11+01:00"`, "kim lee"},
		{`meta.lastModified gt "2026-11-22T21:04:10.999Z"`, "kim lee"},
		{`meta.lastModified lt "2026-11-22T21:04:11Z"`, ""},
		{`x509Certificates.value eq "MIIDQzCC"`, "kim"},
		{`active gt true`, "invalidFilter"},
		{`x509Certificates.value gt "MII"`, "invalidFilter"},
		{`userName regex "k"`, "invalidFilter"},
		{`userName.first eq "k"`, "invalidFilter"},
		{`name eq "k"`, "invalidFilter"},
		{`not userName eq "kim"`, "invalidFilter"},
		{`meta.lastModified gt "yesterday"`, "invalidFilter"},
		{`userName eq "kim" and`, "invalidFilter"},
		{`((userName pr)`, "invalidFilter"},
		{`userName eq "\ud83d"`, "invalidFilter"},
		{`emails[type eq "work"`, "invalidFilter"},
	}
	both(t, func(t *testing.T, set ...func(*scimserver.Options)) {
		f := newFixture(t, set...)
		f.must("POST", "/Users", kim)
		f.must("POST", "/Users", lee)
		for _, test := range tests {
			a := f.do("GET", "/Users?filter="+url.QueryEscape(test.filter), "")
			if test.want == string(scim.InvalidFilter) {
				a.wantError(400, scim.InvalidFilter, "character")
				continue
			}
			var names []string
			for user := range a.json().Get("Resources").Elements() {
				names = append(names, user.Get("userName").Text())
			}
			if got := strings.Join(names, " "); got != test.want || len(a.call.Quirks) > 0 {
				t.Errorf("%s finds %q with the quirks %q, want %q: %s", test.filter, got, a.call.Quirks, test.want, a.body)
			}
		}
	})
}
