package scim

import (
	"strings"
	"testing"
)

const filterUser = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"id": "2819c223-7f76-453a-919d-413861904646",
	"externalId": "Bjensen",
	"userName": "bjensen@Example.com",
	"name": {"familyName": "O'Malley", "givenName": "Barbara"},
	"title": "",
	"active": true,
	"nickName": null,
	"emails": [
		{"value": "bjensen@example.com", "type": "work", "primary": true},
		{"value": "babs@jensen.org", "type": "home"}
	],
	"roles": [{"value": "Admin", "primary": true}],
	"phoneNumbers": [],
	"loginCount": 12345678901234567890,
	"ratio": 1.50,
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
		"department": "Tour Operations",
		"manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}
	},
	"urn:example:params:custom:2.0:User": {"badge": "B-7"},
	"meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34.5Z"}
}`

func userType(tb testing.TB) *ResourceType  { tb.Helper(); return StandardCatalog().Type("User") }
func groupType(tb testing.TB) *ResourceType { tb.Helper(); return StandardCatalog().Type("Group") }

func mustFilter(tb testing.TB, text string) Expr {
	tb.Helper()
	e, err := userType(tb).ParseFilter(text, &Reading{})
	if err != nil {
		tb.Fatalf("ParseFilter(%s): %v", text, err)
	}
	return e
}

func TestMatch(t *testing.T) {
	user := mustParse(t, filterUser)
	tests := []struct {
		filter string
		want   bool
	}{
		{`userName eq "BJENSEN@example.COM"`, true},
		{`USERNAME EQ "bjensen@example.com"`, true},
		{`userName eq "bjensen"`, false},
		{`userName ne "bjensen"`, true},
		{`externalId eq "Bjensen"`, true},
		{`externalId eq "bjensen"`, false},
		{`id eq "2819C223-7F76-453A-919D-413861904646"`, false},
		{`id eq 2819c223-7f76-453a-919d-413861904646`, true},
		{`id eq "2819c223-7f76-453a-919d-413861904646" and manager eq "26118915-6090-4610-87e4-49d8ca9f808d"`, true},
		{`manager eq 26118915-6090-4610-87e4-49d8ca9f808d and id eq 2819c223-7f76-453a-919d-413861904646`, true},
		{`manager eq "nobody"`, false},
		{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "BJ"`, true},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:DEPARTMENT eq "tour operations"`, true},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department co "tour"`, true},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr`, true},
		{`urn:example:params:custom:2.0:User:badge eq "b-7"`, true},
		{`name.familyName co "O'Malley"`, true},
		{`name.familyName ew "LEY"`, true},
		{`name pr`, true},
		{`title pr`, false},
		{`nickName pr`, false},
		{`phoneNumbers pr`, false},
		{`nickName eq null`, true},
		{`userName eq null`, false},
		{`userName ne null`, true},
		{`nickName ne "x"`, true},
		{`nickName eq "x"`, false},
		{`active eq true`, true},
		{`active eq "True"`, true},
		{`active eq False`, false},
		{`active ne false`, true},
		{`emails pr`, true},
		{`emails co "JENSEN.org"`, true},
		{`emails eq "babs@jensen.org"`, true},
		{`emails.type eq "home" and emails.primary eq true`, true},
		{`emails[type eq "home" and primary eq true]`, false},
		{`emails[type eq "home" and primary eq false]`, true},
		{`emails[type eq "work" and primary eq false]`, false},
		{`emails[type eq "home" and primary ne false]`, false},
		{`emails[type eq "home" and primary pr]`, false},
		{`emails.primary eq false`, true},
		{`roles.primary eq false`, false},
		{`photos.primary eq false`, false},
		{`emails[type eq "work" and value co "@example"]`, true},
		{`emails[not (type eq "work") and value co "@example"]`, false},
		{`emails[(type eq "home" or type eq "other") and value co "babs"]`, true},
		{`emails[type eq "work"].value eq "bjensen@example.com"`, true},
		{`emails[type eq "home"].value eq "bjensen@example.com"`, false},
		{`emails[type eq "work"].value eq bjensen@example.com`, true},
		{`roles[primary eq "True"].value eq "admin"`, true},
		{`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`, true},
		{`schemas[value ew ":User"]`, true},
		{`meta.lastModified gt "2011-05-13T04:42:34Z"`, true},
		{`meta.lastModified eq "2011-05-13T06:42:34.500+02:00"`, true},
		{`meta.lastModified lt "2011-05-13T04:42:34Z"`, false},
		{`meta.created ge "2010-01-23T04:56:22"`, true},
		{`meta.lastModified sw "2011-05"`, true},
		{`loginCount eq 12345678901234567890`, true},
		{`loginCount gt 12345678901234567889`, true},
		{`loginCount eq 1.234567890123456789e19`, true},
		{`ratio eq 1.5`, true},
		{`ratio lt 1e999999999999`, true},
		{`ratio gt -1`, true},
		{`userName sw "b" and title pr or active eq true`, true},
		{`active eq true or title pr and userName eq "x"`, true},
		{`(active eq true or title pr) and userName eq "x"`, false},
		{`not (title pr) and active eq true`, true},
		{`not (title pr and active eq true)`, true},
		{`not(not(active eq true))`, true},
		{"  userName\t\n eq    \"bjensen@example.com\"  ", true},
		{`(userName eq "bjensen@example.com")and(active eq true)`, true},
		{`userName gt "a"`, true},
		{`userName ge "BJENSEN@EXAMPLE.COM"`, true},
		{`userName le "bjensen@example.com"`, true},
		{`userName lt "bjensen@example.com"`, false},
		{`userName eq "b\u006aensen@example.com"`, true},
	}
	for _, tt := range tests {
		if got := Match(mustFilter(t, tt.filter), user); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.filter, got, tt.want)
		}
	}
	if !Match(nil, user) {
		t.Error("a nil filter does not match")
	}
}

func TestMatchOfMembersAsTheCallerPutsThem(t *testing.T) {
	group := mustParse(t, `{"id":"g1","displayName":"All","members":[{"value":"u1","type":"User"},{"value":"u2"}]}`)
	for filter, want := range map[string]bool{
		`id eq "g1" and members eq "u2"`:                    true,
		`members eq u1 and id eq g1`:                        true,
		`members eq "u3"`:                                   false,
		`members[value eq "u1" and type eq "user"]`:         true,
		`members.value eq "u2"`:                             true,
		`members[type eq "User"].value eq "u2"`:             false,
		`displayName eq "ALL" and not (members eq "u3")`:    true,
		`members[value eq "u1"] and members[value eq "u2"]`: true,
	} {
		e, err := groupType(t).ParseFilter(filter, &Reading{})
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := Match(e, group); got != want {
			t.Errorf("%s: got %t, want %t", filter, got, want)
		}
	}
}

func TestFilterErrorsNameThePlaceAndWhatWasExpected(t *testing.T) {
	tests := []struct{ filter, want string }{
		{``, `character 1: expected an attribute's name, found the end`},
		{`userName`, `character 9: expected an operator`},
		{`userName eqq "x"`, `character 10: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr) after "userName", found "eqq"; did you mean "eq"?`},
		{`userName == "x"`, `did you mean "eq"?`},
		{`userName contains "x"`, `did you mean "co"?`},
		{`userName eq`, `character 12: expected a value after eq`},
		{`userName eq "x`, `character 13: the string that begins here has no closing quote`},
		{`userName eq "\x"`, `is not a valid JSON string`},
		{`userName eq 'x'`, `text stands in double quotes`},
		{`userName eq "x" adn active eq true`, `character 17: expected and, or, or the end of the filter, found "adn"; did you mean "and"?`},
		{`displayName eq All Users`, `a value with blanks in it needs double quotes`},
		{`userName eq "x" and`, `character 20: expected an attribute's name, found the end`},
		{`(userName eq "x"`, `expected ) for the ( at character 1, found the end`},
		{`userName eq "x")`, `character 16: expected and, or, or the end of the filter, found ")"`},
		{`not userName eq "x"`, `character 5: expected ( after not, found "userName"`},
		{`emails[type eq "work"`, `expected and, or, or ] for the [ at character 7, found the end`},
		{`emails[type eq "work" value eq "x"]`, `character 23`},
		{`emails[emails[type eq "x"]]`, `a [ may not stand within brackets`},
		{`emails.value[type eq "x"]`, `write emails[…].value`},
		{`userName[value eq "x"]`, `has a single value`},
		{`emails[type eq "work"].nope.more eq "x"`, `expected the name of a sub-attribute`},
		{`name eq "x"`, `compare one of its sub-attributes: formatted, familyName`},
		{`name.first.more eq "x"`, `a path has at most two levels`},
		{`userName.x eq "x"`, `userName has no sub-attributes`},
		{`active gt true`, `character 8: active is a boolean, which has no order and no text; use eq, ne or pr`},
		{`active co "t"`, `is a boolean`},
		{`active eq "yes"`, `character 11: active is a boolean, true or false; found "yes"`},
		{`active eq 1`, `is a boolean`},
		{`emails[primary gt true]`, `character 16: primary is a boolean`},
		{`x509Certificates.value gt "a"`, `is binary, which has no order`},
		{`meta.created gt "yesterday"`, `is a dateTime such as`},
		{`userName gt null`, `null can only be compared with eq and ne`},
		{`somethingNew gt true`, `a boolean can only be compared`},
		{`urn:ietf:params:scim:schemas:core:2.0:User pr`, `is a schema; add a colon`},
		{`1abc eq "x"`, `is not an attribute's name`},
		{`"userName" eq "x"`, `character 1: expected an attribute's name, found`},
		{"userName eq \xff", `not valid UTF-8`},
		{`userName eq "` + strings.Repeat("x", maxFilterLength) + `"`, `the limit is 16384`},
		{strings.Repeat("(", 1000) + `userName pr` + strings.Repeat(")", 1000), `nest deeper than 48 levels`},
		{`ü eq "x" and`, `character 1`},
		{`userName eq "üü" x`, `character 18`},
	}
	for _, tt := range tests {
		_, err := userType(t).ParseFilter(tt.filter, &Reading{})
		wantError(t, tt.filter, err, InvalidFilter, tt.want)
	}
}

// wantError checks an *Error's type and a part of its detail.
func wantError(t *testing.T, what string, err error, wantType ErrorType, want string) {
	t.Helper()
	if len(what) > 200 {
		what = what[:200] + "…"
	}
	e, ok := err.(*Error)
	if !ok {
		t.Errorf("%s: got error %v, want an *Error with %s", what, err, wantType)
		return
	}
	if e.Type != wantType || !strings.Contains(e.Detail, want) {
		t.Errorf("%s:\n got %s: %s\nwant %s: …%s…", what, e.Type, e.Detail, wantType, want)
	}
}

func TestFilterQuirksAreNotedInEntraAndRefusedInRFC(t *testing.T) {
	tests := []struct {
		filter string
		want   Quirk
	}{
		{`userName eq jyoung`, QuirkUnquotedValue},
		{`externalId eq 701984`, QuirkUnquotedValue},
		{`active eq "True"`, QuirkBooleanLiteral},
		{`roles[primary eq "True" and value eq "x"]`, QuirkBooleanLiteral},
		{`emails[type eq "work"].value eq "x"`, QuirkSelectedSub},
		{`manager eq "x"`, QuirkBareExtension},
		{`shoeSize eq 43`, QuirkUnknownAttribute},
		{`name.first eq "x"`, QuirkUnknownAttribute},
		{`emails[kind eq "x"]`, QuirkUnknownAttribute},
	}
	for _, tt := range tests {
		r := &Reading{}
		if _, err := userType(t).ParseFilter(tt.filter, r); err != nil {
			t.Errorf("%s in the Entra profile: %v", tt.filter, err)
		}
		if q := r.Quirks(); len(q) != 1 || q[0] != tt.want {
			t.Errorf("%s: quirks %v, want %s", tt.filter, q, tt.want)
		}
		_, err := userType(t).ParseFilter(tt.filter, &Reading{Profile: RFC})
		wantError(t, tt.filter, err, InvalidFilter, "character")
	}
	for _, filter := range []string{
		`emails[type eq "work" and value co "@x"] or not (name.givenName pr)`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"`,
		`meta.lastModified ge "2011-05-13T04:42:34Z" and schemas eq "x" and emails co "x"`,
	} {
		r := &Reading{Profile: RFC}
		if _, err := userType(t).ParseFilter(filter, r); err != nil || len(r.Quirks()) > 0 {
			t.Errorf("%s in the RFC profile: %v, quirks %v", filter, err, r.Quirks())
		}
	}
}

func TestFilterStringIsCanonical(t *testing.T) {
	for filter, want := range map[string]string{
		`USERNAME  EQ  "x"`:             `userName eq "x"`,
		`(a pr)`:                        `a pr`,
		`a pr and (b pr and c pr)`:      `a pr and (b pr and c pr)`,
		`(a pr and b pr) and c pr`:      `a pr and b pr and c pr`,
		`a pr or (b pr or c pr)`:        `a pr or (b pr or c pr)`,
		`(a pr or b pr) and c pr`:       `(a pr or b pr) and c pr`,
		`NOT(a pr)`:                     `not (a pr)`,
		`emails[TYPE eq work].Value pr`: `emails[type eq "work" and value pr]`,
		`emails eq x`:                   `emails.value eq "x"`,
		`manager eq x`:                  URNEnterprise + `:manager.value eq "x"`,
		`userName eq "\u0061\""`:        `userName eq "a\""`,
		`active eq "TRUE"`:              `active eq true`,
	} {
		if got := mustFilter(t, filter).String(); got != want {
			t.Errorf("%s renders as %s, want %s", filter, got, want)
		}
	}
}

func TestEqualityOn(t *testing.T) {
	tests := []struct {
		filter, name, want string
		ok                 bool
	}{
		{`userName eq "Bob"`, "userName", "Bob", true},
		{`userName eq "Bob"`, "USERNAME", "Bob", true},
		{`userName ne "Bob"`, "userName", "", false},
		{`userName co "Bob"`, "userName", "", false},
		{`not (userName eq "Bob")`, "userName", "", false},
		{`userName eq "Bob" or active eq true`, "userName", "", false},
		{`active eq true and userName eq "Bob"`, "userName", "Bob", true},
		{`id eq X and manager eq Y`, "id", "X", true},
		{`manager eq Y and id eq X`, URNEnterprise + ":manager.value", "Y", true},
		{`emails[type eq "work"].value eq "a@b"`, "emails.value", "a@b", true},
		{`emails[type eq "work" or value eq "a@b"]`, "emails.value", "", false},
		{`emails eq "a@b"`, "emails.value", "a@b", true},
		{`emails[value eq "a@b"]`, "emails", "", false},
		{`userName eq null`, "userName", "", false},
		{`active eq true`, "active", "", false},
	}
	for _, tt := range tests {
		text, ok := EqualityOn(mustFilter(t, tt.filter), tt.name)
		if text != tt.want || ok != tt.ok {
			t.Errorf("EqualityOn(%s, %s) = %q, %t; want %q, %t", tt.filter, tt.name, text, ok, tt.want, tt.ok)
		}
	}
}

func TestCompareNumbers(t *testing.T) {
	ascending := []string{"-1e400", "-12", "-1.2", "-0.012", "0", "1e-400", "0.012", "1.2", "12", "12.000000000000000001", "1e400", "1e99999999999999999999"}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := compareNumbers(a, b); got != want {
				t.Errorf("compareNumbers(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"1", "1.0"}, {"100", "1e2"}, {"-0", "0e5"}, {"0.001", "1E-3"}, {"12.50", "125e-1"}, {"1e+2", "1e2"}} {
		if compareNumbers(same[0], same[1]) != 0 {
			t.Errorf("%s and %s differ", same[0], same[1])
		}
	}
}
