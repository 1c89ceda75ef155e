package scim

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	typoURN     = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"
	oldGroupURN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
	acmeURN     = "urn:ietf:params:scim:schemas:extension:Acme:2.0:User"
	userSchemas = `"schemas":["` + URNUser + `"]`
	bothSchemas = `"schemas":["` + URNUser + `","` + URNEnterprise + `"]`
)

func TestReadResourceInTheEntraProfile(t *testing.T) {
	tests := map[string]struct {
		in, want string
		quirks   []Quirk
	}{
		"a user as Entra creates it": {
			`{` + bothSchemas + `,"externalId":"0a21f0f2","userName":"Test_User","active":true,` +
				`"emails":[{"primary":true,"type":"work","value":"t@testuser.com"}],"meta":{"resourceType":"User"},` +
				`"name":{"formatted":"givenName familyName","familyName":"familyName","givenName":"givenName"},"roles":[]}`,
			`{"externalId":"0a21f0f2","userName":"Test_User","name":{"formatted":"givenName familyName","familyName":"familyName","givenName":"givenName"},` +
				`"active":true,"emails":[{"value":"t@testuser.com","type":"work","primary":true}]}`,
			[]Quirk{QuirkReadOnlySent}},
		"nulls and the mistyped extension of Microsoft's page": {
			`{"schemas":["` + URNUser + `","` + typoURN + `"],"userName":"u","addresses":null,"phoneNumbers":null,"title":null,"department":null,"manager":null}`,
			`{"userName":"u"}`, []Quirk{QuirkNullSent, QuirkSchemaMistyped}},
		"names in any case": {
			`{"SCHEMAS":["` + strings.ToUpper(URNUser) + `"],"USERNAME":"u","Name":{"GIVENNAME":"G"},"ID":"x"}`,
			`{"userName":"u","name":{"givenName":"G"}}`, []Quirk{QuirkReadOnlySent}},
		"a body without schemas": {`{"userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkSchemasMissing}},
		"schemas that is null":   {`{"schemas":null,"userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkSchemasMissing}},
		"schemas that is empty":  {`{"schemas":[],"userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkSchemasMissing}},
		"schemas that is one string": {`{"schemas":"` + URNUser + `","userName":"u"}`, `{"userName":"u"}`,
			[]Quirk{QuirkArrayAsSingle}},
		"schemas that lists only the extension": {`{"schemas":["` + URNEnterprise + `"],"userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkSchemaUnlisted}},
		"a schema that nobody knows":            {`{"schemas":["` + URNUser + `","` + acmeURN + `"],"userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkSchemaUnknown}},
		"an extension that schemas does not list": {
			`{` + userSchemas + `,"userName":"u","` + URNEnterprise + `":{"department":"d"}}`,
			`{"userName":"u","` + URNEnterprise + `":{"department":"d"}}`, []Quirk{QuirkSchemaUnlisted}},
		"an extension in another case": {
			`{` + bothSchemas + `,"userName":"u","` + strings.ToLower(URNEnterprise) + `":{"DEPARTMENT":"d"}}`,
			`{"userName":"u","` + URNEnterprise + `":{"department":"d"}}`, nil},
		"a mistyped extension": {
			`{` + bothSchemas + `,"userName":"u","` + typoURN + `":{"department":"d"}}`,
			`{"userName":"u","` + URNEnterprise + `":{"department":"d"}}`, []Quirk{QuirkSchemaMistyped}},
		"an extension that is null":  {`{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `":null}`, `{"userName":"u"}`, []Quirk{QuirkNullSent}},
		"an extension that is empty": {`{` + userSchemas + `,"userName":"u","` + URNEnterprise + `":{}}`, `{"userName":"u"}`, nil},
		"a client's own extension": {
			`{` + userSchemas + `,"userName":"u","` + acmeURN + `":{"tag":"x","level":3}}`,
			`{"userName":"u","` + acmeURN + `":{"level":3,"tag":"x"}}`, []Quirk{QuirkUnknownAttribute}},
		"flat keys of an extension": {
			`{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `:employeeNumber":"7","` + URNEnterprise + `:manager.value":"m"}`,
			`{"userName":"u","` + URNEnterprise + `":{"employeeNumber":"7","manager":{"value":"m"}}}`, []Quirk{QuirkDottedKeys}},
		"flat keys beside the extension": {
			`{` + bothSchemas + `,"` + typoURN + `:division":"x","userName":"u","` + URNEnterprise + `":{"department":"d"}}`,
			`{"userName":"u","` + URNEnterprise + `":{"division":"x","department":"d"}}`, []Quirk{QuirkSchemaMistyped, QuirkDottedKeys}},
		"flat keys of a client's own extension": {
			`{` + userSchemas + `,"userName":"u","` + acmeURN + `:tag":"x"}`,
			`{"userName":"u","` + acmeURN + `":{"tag":"x"}}`, []Quirk{QuirkUnknownAttribute, QuirkDottedKeys}},
		"dotted keys": {
			`{` + userSchemas + `,"userName":"u","name.givenName":"G","name.familyName":"F","NAME.formatted":"G F"}`,
			`{"userName":"u","name":{"formatted":"G F","familyName":"F","givenName":"G"}}`, []Quirk{QuirkDottedKeys}},
		"dotted keys beside the object": {
			`{` + userSchemas + `,"userName":"u","name":{"givenName":"G"},"name.familyName":"F"}`,
			`{"userName":"u","name":{"familyName":"F","givenName":"G"}}`, []Quirk{QuirkDottedKeys}},
		"dotted keys below what is read-only": {`{` + userSchemas + `,"userName":"u","meta.version":"7"}`, `{"userName":"u"}`, []Quirk{QuirkDottedKeys, QuirkReadOnlySent}},
		"attributes below the core schema's own URN": {
			`{` + userSchemas + `,"` + URNUser + `":{"userName":"u","title":"T"}}`,
			`{"userName":"u","title":"T"}`, []Quirk{QuirkDottedKeys}},
		"the core schema's flat keys": {`{` + userSchemas + `,"` + URNUser + `:userName":"u"}`, `{"userName":"u"}`, []Quirk{QuirkDottedKeys}},
		"an extension's attributes without its URN": {
			`{` + bothSchemas + `,"userName":"u","manager":"m","department":"d"}`,
			`{"userName":"u","` + URNEnterprise + `":{"department":"d","manager":{"value":"m"}}}`, []Quirk{QuirkBareExtension, QuirkManagerAsString}},
		"what no schema knows": {`{` + userSchemas + `,"userName":"u","shoeSize":42,"x.y":"z"}`, `{"userName":"u","shoeSize":42,"x.y":"z"}`, []Quirk{QuirkUnknownAttribute}},
		"a password":           {`{` + userSchemas + `,"userName":"u","password":"t1meMa$heen"}`, `{"userName":"u"}`, nil},
		"no password":          {`{` + userSchemas + `,"userName":"u","password":null}`, `{"userName":"u"}`, []Quirk{QuirkNullSent}},
		"what Okta echoes": {
			`{` + userSchemas + `,"id":"1","userName":"u","active":false,"groups":[],"meta":{"version":"W/\"1\""}}`,
			`{"userName":"u","active":false}`, []Quirk{QuirkReadOnlySent}},
		"an empty title, as scimgateway sends": {`{` + userSchemas + `,"userName":"u","title":"","phoneNumbers":null}`, `{"userName":"u"}`, []Quirk{QuirkEmptySent, QuirkNullSent}},
		"a value that is there twice": {`{` + userSchemas + `,"userName":"u","emails":[{"value":"a@b","type":"work"},{"value":"a@b","type":"home"},{"value":"A@b","type":"Work","primary":true}]}`,
			`{"userName":"u","emails":[{"value":"A@b","type":"Work","primary":true},{"value":"a@b","type":"home"}]}`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Reading{}
			draft, err := userType(t).ReadResource(mustParse(t, tt.in), r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, draft.Body.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks -want +got\n%s", diff)
			}
			if draft.Members != nil {
				t.Errorf("a user has members: %v", draft.Members)
			}
		})
	}
}

func TestReadResourceRefusesInEveryProfile(t *testing.T) {
	tests := map[string]struct {
		typ, in  string
		wantType ErrorType
		want     string
	}{
		"a list":                          {"User", `[]`, InvalidSyntax, "the body must be a JSON object with the attributes of a User, not a list"},
		"a string":                        {"User", `"x"`, InvalidSyntax, `not "x"`},
		"null":                            {"User", `null`, InvalidSyntax, "not null"},
		"no userName":                     {"User", `{` + userSchemas + `,"displayName":"x"}`, InvalidValue, "userName is required"},
		"an empty userName":               {"User", `{` + userSchemas + `,"userName":""}`, InvalidValue, "userName is required"},
		"a userName that is null":         {"User", `{` + userSchemas + `,"userName":null}`, InvalidValue, "userName is required"},
		"no displayName":                  {"Group", `{"schemas":["` + URNGroup + `"],"externalId":"x"}`, InvalidValue, "displayName is required"},
		"a name that is a number":         {"User", `{` + userSchemas + `,"userName":5}`, InvalidValue, "userName must be a string, not 5"},
		"a mistake in an extension":       {"User", `{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `":{"department":7}}`, InvalidValue, URNEnterprise + ":department must be a string, not 7"},
		"an extension that is none":       {"User", `{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `":"x"}`, InvalidValue, "must be an object"},
		"one attribute in two cases":      {"User", `{` + userSchemas + `,"userName":"a","USERNAME":"b"}`, InvalidSyntax, `"userName" is there twice`},
		"one sub-attribute in two cases":  {"User", `{` + userSchemas + `,"userName":"a","name":{"givenName":"a","givenname":"b"}}`, InvalidSyntax, `name."givenName" is there twice`},
		"two primary e-mails":             {"User", `{` + userSchemas + `,"userName":"a","emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, InvalidValue, "emails has 2 values with primary true"},
		"schemas with a number":           {"User", `{"schemas":[5],"userName":"a"}`, InvalidSyntax, "schemas must hold the URNs of schemas, not 5"},
		"schemas that is an object":       {"User", `{"schemas":{},"userName":"a"}`, InvalidSyntax, "schemas"},
		"a password that is a number":     {"User", `{` + userSchemas + `,"userName":"a","password":5}`, InvalidValue, "password must be a string"},
		"a member without a value":        {"Group", `{"schemas":["` + URNGroup + `"],"displayName":"g","members":[{"value":"1"},{"display":"x"}]}`, InvalidValue, `members[1] has no value; a member is {"value": id}`},
		"a member that is a number":       {"Group", `{"schemas":["` + URNGroup + `"],"displayName":"g","members":[7]}`, InvalidValue, "members[0] must be an object"},
		"a member whose id is a number":   {"Group", `{"schemas":["` + URNGroup + `"],"displayName":"g","members":[{"value":7}]}`, InvalidValue, "members[0].value must be a string, not 7"},
		"an e-mail that is a bare string": {"User", `{` + userSchemas + `,"userName":"a","emails":["a@b"]}`, InvalidValue, "emails[0] must be an object"},
	}
	for name, tt := range tests {
		for _, profile := range []Profile{Entra, RFC} {
			t.Run(name+" "+profile.String(), func(t *testing.T) {
				rt := StandardCatalog().Type(tt.typ)
				draft, err := rt.ReadResource(mustParse(t, tt.in), &Reading{Profile: profile})
				wantRefusal(t, err, tt.wantType, tt.want)
				if draft.Body != nil {
					t.Errorf("and it returned %s", draft.Body)
				}
			})
		}
	}
}

func TestReadResourceKeepsABodyWithinBounds(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"too many attributes":     {`{"userName":"u",` + manyMembers(maxBodyMembers) + `}`, "an object would have 501 attributes"},
		"too many sub-attributes": {`{"userName":"u","x":{` + manyMembers(maxBodyMembers+1) + `}}`, "an object would have 501 attributes"},
		"too deep":                {`{"userName":"u","x":` + strings.Repeat("[", maxBodyDepth) + "1" + strings.Repeat("]", maxBodyDepth) + `}`, "nest deeper than 32 levels"},
		"too long":                {`{"userName":"` + strings.Repeat("u", maxBodySize) + `"}`, "the User would take 10485"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := userType(t).ReadResource(mustParse(t, tt.in), &Reading{})
			wantRefusal(t, err, InvalidValue, tt.want)
		})
	}
}

func wantRefusal(t *testing.T, err error, wantType ErrorType, want string) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v, want a refusal with %q", err, want)
	}
	if wantType != "" && refused.Type != wantType || !strings.Contains(refused.Detail, want) {
		t.Errorf("got %v\nwant %s with %q", refused, wantType, want)
	}
}

func TestReadResourceInTheRFCProfileRefuses(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"no schemas":                    {`{"userName":"u"}`, `schemas is missing; send "schemas": ["` + URNUser + `"]`},
		"an unlisted core schema":       {`{"schemas":["` + URNEnterprise + `"],"userName":"u"}`, URNUser + ", which schemas does not list"},
		"an unlisted extension":         {`{` + userSchemas + `,"userName":"u","` + URNEnterprise + `":{"department":"d"}}`, URNEnterprise + ", which schemas does not list"},
		"an unknown schema":             {`{"schemas":["` + URNUser + `","` + URNGroup + `"],"userName":"u"}`, `User has no schema "urn:ietf:params:scim:schemas:core:2.0:Gr`},
		"a mistyped schema":             {`{"schemas":["` + URNUser + `","` + typoURN + `"],"userName":"u"}`, "write " + URNEnterprise},
		"a mistyped extension":          {`{` + bothSchemas + `,"userName":"u","` + typoURN + `":{"department":"d"}}`, "write " + URNEnterprise},
		"an unknown attribute":          {`{` + userSchemas + `,"userName":"u","preferedLanguage":"d"}`, `User has no attribute "preferedLanguage"; did you mean "preferredLanguage"?`},
		"an unknown one of a extension": {`{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `":{"departement":"d"}}`, URNEnterprise + ` has no attribute "departement"; did you mean "department"?`},
		"a client's own extension":      {`{` + userSchemas + `,"userName":"u","` + acmeURN + `":{"a":1}}`, "User has no schema for"},
		"a dotted key":                  {`{` + userSchemas + `,"userName":"u","name.givenName":"G"}`, `"name.givenName" is a path, not a name; send "name": {"givenName": …}`},
		"a flat key":                    {`{` + bothSchemas + `,"userName":"u","` + URNEnterprise + `:department":"d"}`, "is a path, not a name"},
		"attributes below the core URN": {`{` + userSchemas + `,"` + URNUser + `":{"userName":"u"}}`, "belong into the body itself"},
		"a bare extension attribute":    {`{` + bothSchemas + `,"userName":"u","department":"d"}`, `department belongs into "` + URNEnterprise},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := userType(t).ReadResource(mustParse(t, tt.in), &Reading{Profile: RFC})
			wantRefusal(t, err, "", tt.want)
		})
	}
}

func TestReadResourceTakesTheRFCsOwnExampleInTheRFCProfile(t *testing.T) {
	data, err := os.ReadFile("testdata/rfc7643_enterprise_user.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &Reading{Profile: RFC}
	draft, err := userType(t).ReadResource(mustParse(t, string(data)), r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Quirk{QuirkReadOnlySent}, r.Quirks()); diff != "" {
		t.Errorf("quirks -want +got\n%s", diff)
	}
	wantSame := mustParse(t, string(data))
	for _, name := range []string{"schemas", "id", "meta", "groups", "password"} {
		wantSame.Delete(name)
	}
	wantSame.Get(URNEnterprise).Get("manager").Delete("$ref")
	wantSame.Get(URNEnterprise).Get("manager").Delete("displayName")
	if !Equal(wantSame, draft.Body) {
		t.Errorf("-want +got\n%s", cmp.Diff(wantSame.String(), draft.Body.String()))
	}
}

func TestReadResourceTakesAGroupsMembersOut(t *testing.T) {
	group := func(members string) string {
		return `{"schemas":["` + URNGroup + `","` + oldGroupURN + `"],"displayName":"g"` + members + `}`
	}
	tests := map[string]struct {
		in     string
		want   []Member
		quirks []Quirk
	}{
		"none":                   {group(``), nil, []Quirk{QuirkOldGroupSchema}},
		"null":                   {group(`,"members":null`), nil, []Quirk{QuirkNullSent, QuirkOldGroupSchema}},
		"an empty list":          {group(`,"members":[]`), nil, []Quirk{QuirkOldGroupSchema}},
		"objects":                {group(`,"members":[{"value":"1","$ref":"../Users/1","type":"User","display":"One"},{"VALUE":"2"}]`), []Member{{Value: "1"}, {Value: "2"}}, []Quirk{QuirkOldGroupSchema}},
		"bare ids":               {group(`,"members":["1","2"]`), []Member{{Value: "1"}, {Value: "2"}}, []Quirk{QuirkMemberAsString, QuirkOldGroupSchema}},
		"the same one again":     {group(`,"members":[{"value":"1"},{"value":"2"},{"value":"1"}]`), []Member{{Value: "1"}, {Value: "2"}}, []Quirk{QuirkOldGroupSchema}},
		"one that is not a list": {group(`,"members":{"value":"1"}`), []Member{{Value: "1"}}, []Quirk{QuirkArrayAsSingle, QuirkOldGroupSchema}},
		"a null $ref":            {group(`,"Members":[{"$ref":null,"value":"1"}]`), []Member{{Value: "1"}}, []Quirk{QuirkNullSent, QuirkOldGroupSchema}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Reading{}
			draft, err := groupType(t).ReadResource(mustParse(t, tt.in), r)
			if err != nil {
				t.Fatal(err)
			}
			want := []MemberOp{{Kind: MembersReplace, Members: tt.want}}
			if diff := cmp.Diff(want, draft.Members); diff != "" {
				t.Errorf("members -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.quirks, r.Quirks()); diff != "" {
				t.Errorf("quirks -want +got\n%s", diff)
			}
			if draft.Body.String() != `{"displayName":"g"}` {
				t.Errorf("the body is %s", draft.Body)
			}
		})
	}
}

func TestReadResourceLeavesUsersMembersAlone(t *testing.T) {
	draft, err := userType(t).ReadResource(mustParse(t, `{`+userSchemas+`,"userName":"u","members":["x"]}`), &Reading{})
	if err != nil || draft.Body.String() != `{"userName":"u","members":["x"]}` || draft.Members != nil {
		t.Errorf("got %s with %v, %v", draft.Body, draft.Members, err)
	}
}

var testMeta = Meta{
	ID: "2819c223", Version: 3,
	Created:      time.Date(2026, 11, 22, 21, 4, 11, 123456789, time.FixedZone("", 3600)),
	LastModified: time.Date(2026, 11, 22, 21, 4, 12, 0, time.UTC),
}

func TestImage(t *testing.T) {
	const meta = `,"meta":{"resourceType":"User","created":"2026-11-22T20:04:11.123Z","lastModified":"2026-11-22T21:04:12.000Z","version":"W/\"3\""}}`
	tests := map[string]struct{ body, want string }{
		"a user": {`{"externalId":"e","userName":"u"}`, `{"schemas":["` + URNUser + `"],"id":"2819c223","externalId":"e","userName":"u"`},
		"with extensions": {`{"userName":"u","` + URNEnterprise + `":{"department":"d"},"` + acmeURN + `":{"a":1}}`,
			`{"schemas":["` + URNUser + `","` + URNEnterprise + `","` + acmeURN + `"],"id":"2819c223","userName":"u","` + URNEnterprise + `":{"department":"d"},"` + acmeURN + `":{"a":1}`},
		"with nothing": {`{}`, `{"schemas":["` + URNUser + `"],"id":"2819c223"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			image, tail := userType(t).Image(mustParse(t, tt.body), testMeta)
			if diff := cmp.Diff(tt.want+meta, string(image)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if string(image[tail:]) != meta {
				t.Errorf("tail is at %s", image[tail:])
			}
			if !strings.HasSuffix(string(image), "}}") || !json.Valid(image) {
				t.Errorf("%s is no image", image)
			}
		})
	}
	if etag := testMeta.ETag(); etag != `W/"3"` {
		t.Errorf("ETag is %s", etag)
	}
}

func TestBodyIsWhatImageWasGiven(t *testing.T) {
	rt := userType(t)
	rapid.Check(t, func(t *rapid.T) {
		body := mustParse(t, benchUser)
		body.Delete("schemas")
		body.Set("title", NewString(rapid.String().Draw(t, "title")))
		body.Set("x "+rapid.String().Draw(t, "unknown"), anyValue(2).Draw(t, "value"))
		rt.tidy(body)
		meta := Meta{ID: rapid.String().Draw(t, "id"), Version: rapid.Uint64().Draw(t, "version")}
		image, _ := rt.Image(body, meta)
		again, err := rt.Body(image)
		if err != nil {
			t.Fatal(err)
		}
		if again.String() != body.String() {
			t.Fatalf("%s\nbecame\n%s", body, again)
		}
		if rt.tidy(again); again.String() != body.String() {
			t.Fatalf("%s\nwas not tidy", body)
		}
	})
}

func TestBodyRefusesWhatIsNoImage(t *testing.T) {
	for _, image := range []string{``, `[]`, `{"a":`, `{"a":1}}`, "{\"a\":1}\x00"} {
		if body, err := userType(t).Body([]byte(image)); err == nil {
			t.Errorf("Body(%q) = %s", image, body)
		}
	}
}

func TestReadingARenderedResourceAgainChangesNothing(t *testing.T) {
	for _, profile := range []Profile{Entra, RFC} {
		rt := userType(t)
		first, err := rt.ReadResource(mustParse(t, benchUser), &Reading{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		image, _ := rt.Image(first.Body, testMeta)
		second, err := rt.ReadResource(mustParse(t, string(image)), &Reading{Profile: profile})
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := rt.Image(second.Body, testMeta); string(again) != string(image) {
			t.Errorf("-first +second\n%s", cmp.Diff(string(image), string(again)))
		}
	}
}
