package scim

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// defOf returns the definition of a dotted name below the core schema or the
// enterprise extension.
func defOf(tb testing.TB, dotted string) *Attribute {
	tb.Helper()
	rt := userType(tb)
	name, sub, isSub := strings.Cut(dotted, ".")
	_, def := rt.attribute("", name)
	if def == nil {
		_, def = rt.extensionAttribute(name)
	}
	if isSub {
		def = def.Sub(sub)
	}
	if def == nil {
		tb.Fatalf("no attribute %s", dotted)
	}
	return def
}

func TestCanonicalInTheEntraProfile(t *testing.T) {
	tests := map[string]struct {
		attr, in, want string
		quirks         []Quirk
	}{
		"a string stays":                         {"title", `"Tour Guide"`, `"Tour Guide"`, nil},
		"a phone number stays as it was written": {"phoneNumbers.value", `"+1 (425) 555-0100"`, `"+1 (425) 555-0100"`, nil},
		"a boolean stays":                        {"active", `false`, `false`, nil},
		"active as Entra's default sends it":     {"active", `"False"`, `false`, []Quirk{QuirkActiveAsString}},
		"active in lower case":                   {"active", `"true"`, `true`, []Quirk{QuirkActiveAsString}},
		"active in upper case":                   {"active", `"TRUE"`, `true`, []Quirk{QuirkActiveAsString}},
		"another boolean as a string":            {"emails.primary", `"True"`, `true`, []Quirk{QuirkBooleanAsString}},
		"null is unassigned":                     {"title", `null`, `null`, []Quirk{QuirkNullSent}},
		"an empty string is unassigned":          {"title", `""`, `null`, []Quirk{QuirkEmptySent}},
		"an empty string for a required one":     {"userName", `""`, `""`, nil},
		"an empty string for a list":             {"emails", `""`, `null`, []Quirk{QuirkEmptySent}},
		"an empty list stays for tidy to drop":   {"emails", `[]`, `[]`, nil},
		"an empty list for one value":            {"title", `[]`, `null`, nil},
		"one value in a list":                    {"title", `["Guide"]`, `"Guide"`, []Quirk{QuirkSingleAsArray}},
		"one null in a list":                     {"title", `[null]`, `null`, []Quirk{QuirkSingleAsArray, QuirkNullSent}},
		"a value where a list is meant":          {"emails", `{"value":"a@b"}`, `[{"value":"a@b"}]`, []Quirk{QuirkArrayAsSingle}},
		"names in the schema's case":             {"name", `{"GIVENNAME":"B","Familyname":"J"}`, `{"familyName":"J","givenName":"B"}`, nil},
		"nulls inside":                           {"name", `{"givenName":"B","middleName":null}`, `{"givenName":"B"}`, []Quirk{QuirkNullSent}},
		"nothing but nulls inside":               {"name", `{"givenName":null}`, `null`, []Quirk{QuirkNullSent}},
		"null elements":                          {"emails", `[null,{"value":"a"}]`, `[{"value":"a"}]`, []Quirk{QuirkNullSent}},
		"several of one type stay":               {"emails", `[{"value":"a","type":"work"},{"value":"b","type":"work"}]`, `[{"value":"a","type":"work"},{"value":"b","type":"work"}]`, nil},
		"unknown sub-attributes are kept":        {"emails", `[{"value":"a","verified":true}]`, `[{"value":"a","verified":true}]`, []Quirk{QuirkUnknownAttribute}},
		"primary on an address":                  {"addresses", `[{"country":"DE","primary":"true"}]`, `[{"country":"DE","primary":true}]`, []Quirk{QuirkBooleanAsString}},
		"manager as an object":                   {"manager", `{"value":"m1"}`, `{"value":"m1"}`, nil},
		"manager as a bare id":                   {"manager", `"m1"`, `{"value":"m1"}`, []Quirk{QuirkManagerAsString}},
		"manager as a list of one":               {"manager", `[{"$ref":null,"value":"m1"}]`, `{"value":"m1"}`, []Quirk{QuirkManagerAsArray, QuirkNullSent}},
		"manager as a list of one bare id":       {"manager", `["m1"]`, `{"value":"m1"}`, []Quirk{QuirkManagerAsArray, QuirkManagerAsString}},
		"manager as an empty list":               {"manager", `[]`, `null`, nil},
		"manager cleared by an empty string":     {"manager", `""`, `null`, []Quirk{QuirkManagerCleared}},
		"manager cleared by an empty value":      {"manager", `{"value":""}`, `null`, []Quirk{QuirkManagerCleared}},
		"manager cleared by a null value":        {"manager", `{"value":null}`, `null`, []Quirk{QuirkNullSent}},
		"manager's display name is ours to say":  {"manager", `{"value":"m1","displayName":"Jo"}`, `{"value":"m1"}`, []Quirk{QuirkReadOnlySent}},
		"a role packed as text": {"roles", `[{"value":"{\"id\":\"06b0\",\"value\":\"25\",\"displayName\":\"Role1234\"}"}]`,
			`[{"value":"25","display":"Role1234","id":"06b0"}]`, []Quirk{QuirkRolesAsJSON, QuirkUnknownAttribute}},
		"a packed role keeps what stands beside": {"roles", `[{"primary":"True","display":"X","value":"{\"value\":\"25\",\"displayName\":\"Y\"}"}]`,
			`[{"value":"25","display":"X","primary":true}]`, []Quirk{QuirkRolesAsJSON, QuirkBooleanAsString}},
		"a role that merely looks packed": {"roles", `[{"value":"{admin}"}]`, `[{"value":"{admin}"}]`, nil},
		"a packed role without a value":   {"roles", `[{"value":"{\"id\":\"06b0\"}"}]`, `[{"value":"{\"id\":\"06b0\"}"}]`, nil},
		"a certificate":                   {"x509Certificates.value", `"MIIDQzCCAqygAwIBAg=="`, `"MIIDQzCCAqygAwIBAg=="`, nil},
		"any text as a URI":               {"profileUrl", `"not a uri"`, `"not a uri"`, []Quirk{QuirkNotURI}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Reading{Profile: Entra}
			got, err := canonical(defOf(t, tt.attr), mustParse(t, tt.in), tt.attr, r)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks -want +got\n%s", diff)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	tests := map[string]struct {
		profile        Profile
		attr, in, want string
	}{
		"a number for a string":           {Entra, "title", `5`, `title must be a string, not 5`},
		"a boolean for a string":          {Entra, "title", `true`, `title must be a string, not true`},
		"an object for a string":          {Entra, "title", `{"value":"x"}`, `title must be a string, not an object`},
		"a word for a boolean":            {Entra, "active", `"yes"`, `active must be true or false, not "yes"`},
		"a number for a boolean":          {Entra, "active", `1`, `active must be true or false, not 1`},
		"a string for an object":          {Entra, "name", `"Babs"`, `name must be an object with sub-attributes such as {"formatted": …}, not "Babs"`},
		"a string for an e-mail":          {Entra, "emails", `["a@b"]`, `emails[0] must be an object`},
		"several where there is one":      {Entra, "title", `["a","b"]`, `title has one value, not a list of 2`},
		"the place in a list":             {Entra, "emails", `[{"value":"a"},{"value":7}]`, `emails[1].value must be a string, not 7`},
		"a list in a list":                {Entra, "emails", `[[{"value":"a"}]]`, `emails[0] must be an object`},
		"what is no base64":               {Entra, "x509Certificates", `[{"value":"***"}]`, `x509Certificates[0].value must be a string of base64, not "***"`},
		"hostile text is quoted and cut":  {Entra, "active", `"\u001b[31m` + strings.Repeat("x", 90) + `"`, `not "\x1b[31m` + strings.Repeat("x", 35) + `"…`},
		"RFC: a boolean as a string":      {RFC, "active", `"False"`, `active is a boolean; send false, without quotes`},
		"RFC: manager as a bare id":       {RFC, "manager", `"m1"`, `manager is an object; send {"value":"m1"}`},
		"RFC: manager in a list":          {RFC, "manager", `[{"value":"m1"}]`, `manager has one value; send it without the brackets`},
		"RFC: manager cleared by nothing": {RFC, "manager", `{"value":""}`, `manager.value must not be empty; remove manager`},
		"RFC: a value for a list":         {RFC, "emails", `{"value":"a"}`, `emails is multi-valued; send a list`},
		"RFC: an unknown sub-attribute":   {RFC, "name", `{"givenNam":"B"}`, `name has no sub-attribute "givenNam"; did you mean "givenName"?`},
		"RFC: what is no URI":             {RFC, "profileUrl", `"not a uri"`, `profileUrl must be a string that is a URI`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Reading{Profile: tt.profile}
			got, err := canonical(defOf(t, tt.attr), mustParse(t, tt.in), tt.attr, r)
			refused, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("canonical = %s, %v; want a refusal", got, err)
			}
			if !strings.Contains(refused.Detail, tt.want) || refused.Type != InvalidValue && refused.Type != InvalidSyntax {
				t.Errorf("got %v\nwant %s", refused, tt.want)
			}
		})
	}
}

func TestCanonicalInTheRFCProfileKeepsWhatIsAValue(t *testing.T) {
	for in, attr := range map[string]string{
		`""`:                               "title",
		`[{"value":"{\"value\":\"25\"}"}]`: "roles",
		`[{"value":"a","type":""}]`:        "emails",
	} {
		r := &Reading{Profile: RFC}
		got, err := canonical(defOf(t, attr), mustParse(t, in), attr, r)
		if err != nil || got.String() != in || len(r.Quirks()) > 0 {
			t.Errorf("%s: canonical(%s) = %s, %v with quirks %v", attr, in, got, err, r.Quirks())
		}
	}
}

func TestCanonicalChecksTypesThatNoStandardAttributeHas(t *testing.T) {
	tests := []struct {
		attrType, good, bad string
	}{
		{"integer", `-42`, `4.2`},
		{"integer", `0`, `1e3`},
		{"integer", `7`, `"7"`},
		{"decimal", `4.20`, `"4.2"`},
		{"decimal", `1e3`, `true`},
		{"dateTime", `"2011-05-13T04:42:34Z"`, `"2011-05-13"`},
		{"dateTime", `"2011-05-13T04:42:34.123+02:00"`, `"yesterday"`},
		{"dateTime", `"2011-05-13T04:42:34"`, `1305261754`},
		{"binary", `"_-8="`, `"a b"`},
		{"reference", `"../Users/1"`, `7`},
	}
	for _, tt := range tests {
		def := &Attribute{Name: "x", Type: tt.attrType}
		if got, err := canonical(def, mustParse(t, tt.good), "x", &Reading{}); err != nil || got.String() != tt.good {
			t.Errorf("%s %s: %s, %v", tt.attrType, tt.good, got, err)
		}
		if got, err := canonical(def, mustParse(t, tt.bad), "x", &Reading{}); err == nil {
			t.Errorf("%s took %s as %s", tt.attrType, tt.bad, got)
		}
	}
}

func TestCanonicalKeepsWhatNoSchemaKnows(t *testing.T) {
	const in = `{"a":[1,null],"b":"True"}`
	got, err := canonical(nil, mustParse(t, in), "x", &Reading{})
	if err != nil || got.String() != in {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := canonical(nil, nil, "x", &Reading{}); got != nil || err != nil {
		t.Errorf("of nothing it made %s, %v", got, err)
	}
}

func TestTidy(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"the schema's order": {`{"emails":[{"primary":true,"type":"work","value":"a"}],"name":{"givenName":"G","formatted":"F"},"userName":"u","externalId":"e"}`,
			`{"externalId":"e","userName":"u","name":{"formatted":"F","givenName":"G"},"emails":[{"value":"a","type":"work","primary":true}]}`},
		"extensions behind, with their order": {`{"` + URNEnterprise + `":{"manager":{"$ref":"r","value":"m"},"department":"d"},"userName":"u"}`,
			`{"userName":"u","` + URNEnterprise + `":{"department":"d","manager":{"value":"m","$ref":"r"}}}`},
		"unknown ones last, by name": {`{"zulu":1,"urn:acme:2.0:X":{"b":1,"a":2},"Alpha":2,"userName":"u","beta":3}`,
			`{"userName":"u","Alpha":2,"beta":3,"urn:acme:2.0:X":{"a":2,"b":1},"zulu":1}`},
		"unknown sub-attributes last":     {`{"name":{"zz":1,"aa":2,"formatted":"F"}}`, `{"name":{"formatted":"F","aa":2,"zz":1}}`},
		"what is unassigned goes":         {`{"userName":"u","title":null,"emails":[],"name":{},"x":null,"y":{"z":null}}`, `{"userName":"u"}`},
		"extensions with nothing go":      {`{"userName":"u","` + URNEnterprise + `":{"manager":null}}`, `{"userName":"u"}`},
		"password is not kept":            {`{"userName":"u","password":"secret"}`, `{"userName":"u"}`},
		"labels without anything go":      {`{"emails":[{"type":"work"},{"value":"a","type":"home"}],"phoneNumbers":[{"type":"fax","primary":true}]}`, `{"emails":[{"value":"a","type":"home"}]}`},
		"lists of the unknown stay whole": {`{"x":[null,{"type":"a"},[],{}]}`, `{"x":[null,{"type":"a"},[],{}]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body := mustParse(t, tt.in)
			userType(t).tidy(body)
			if diff := cmp.Diff(tt.want, body.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTidyGivesTheSameBytesInWhateverOrder(t *testing.T) {
	rt := userType(t)
	rapid.Check(t, func(t *rapid.T) {
		body := mustParse(t, benchUser)
		body.Set("zz", anyValue(2).Draw(t, "unknown"))
		body.Set("aa", anyValue(2).Draw(t, "unknown"))
		shuffled := shuffle(t, body)
		rt.tidy(body)
		rt.tidy(shuffled)
		if body.String() != shuffled.String() {
			t.Fatalf("%s\nis not\n%s", shuffled, body)
		}
		again := body.Clone()
		if rt.tidy(again); again.String() != body.String() {
			t.Fatalf("tidying again made %s of %s", again, body)
		}
	})
}

// shuffle returns a copy of v with the members of all objects in another order.
func shuffle(t *rapid.T, v *Value) *Value {
	out := &Value{kind: v.kind, name: v.name, text: v.text}
	var children []*Value
	for c := range v.children() {
		children = append(children, shuffle(t, c))
	}
	if v.kind == Object && len(children) > 1 {
		children = rapid.Permutation(children).Draw(t, "order")
	}
	for _, c := range children {
		out.link(c)
	}
	return out
}
