package scim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dialect is one way in which Entra writes the same facts: the body that
// creates a user, and the operations that update it.
type dialect struct{ create, update string }

const (
	patchHead = `{"schemas":["` + URNPatchOp + `"],"Operations":[`
	patchTail = `]}`
)

// dialects are Entra's default, Entra with aadOptscim062020, and what a client
// that keeps to the RFC sends, each in an order of its own.
var dialects = map[string]dialect{
	"default": {
		create: `{` + bothSchemas + `,"externalId":"x1","userName":"u@contoso.com","active":"True","emails":[{"primary":true,"type":"work","value":"u@contoso.com"}],
			"meta":{"resourceType":"User"},"name":{"formatted":"G F","familyName":"F","givenName":"G"},"roles":[],"title":null,"department":null,"manager":null}`,
		update: patchHead + `{"op":"Replace","path":"active","value":"False"},
			{"op":"Replace","path":"emails[type eq \"work\"].value","value":"n@contoso.com"},
			{"op":"Add","path":"addresses[type eq \"work\"].country","value":"Österreich"},
			{"op":"Replace","path":"name.givenName","value":"N"},
			{"op":"Add","path":"nickName","value":"Babs"},
			{"op":"Add","path":"` + URNEnterprise + `:employeeNumber","value":"7"},
			{"op":"Add","path":"` + URNEnterprise + `:manager","value":"m1"}` + patchTail,
	},
	"aadOptscim062020": {
		create: `{"name":{"givenName":"G","familyName":"F","formatted":"G F"},"emails":[{"value":"u@contoso.com","type":"work","primary":true}],
			"active":true,"userName":"u@contoso.com","externalId":"x1",` + bothSchemas + `}`,
		update: patchHead + `{"op":"replace","path":"emails[type eq \"work\"].value","value":"n@contoso.com"},
			{"op":"add","path":"addresses[type eq \"work\"].country","value":"\u00d6sterreich"},
			{"op":"replace","value":{"` + URNEnterprise + `:employeeNumber":"7","active":false,"nickName":"Babs","name.givenName":"N",
				"` + URNEnterprise + `:manager":{"value":"m1","displayName":"Jo"}}}` + patchTail,
	},
	"RFC": {
		create: `{` + userSchemas + `,"userName":"u@contoso.com","externalId":"x1","active":true,"name":{"familyName":"F","givenName":"G","formatted":"G F"},
			"emails":[{"type":"work","primary":true,"value":"u@contoso.com"}]}`,
		update: patchHead + `{"op":"add","value":{"nickName":"Babs","` + URNEnterprise + `":{"manager":{"value":"m1"},"employeeNumber":"7"}}},
			{"op":"replace","path":"name.givenName","value":"N"},
			{"op":"replace","path":"active","value":false},
			{"op":"add","path":"addresses","value":[{"country":"Österreich","type":"work"}]},
			{"op":"replace","path":"emails[type eq \"work\"].value","value":"n@contoso.com"}` + patchTail,
	},
}

func TestTheSameFactsGiveTheSameBytesInEveryDialect(t *testing.T) {
	const want = `{"schemas":["` + URNUser + `","` + URNEnterprise + `"],"id":"2819c223","externalId":"x1","userName":"u@contoso.com",` +
		`"name":{"formatted":"G F","familyName":"F","givenName":"N"},"nickName":"Babs","active":false,` +
		`"emails":[{"value":"n@contoso.com","type":"work","primary":true}],"addresses":[{"country":"Österreich","type":"work"}],` +
		`"` + URNEnterprise + `":{"employeeNumber":"7","manager":{"value":"m1"}},` +
		`"meta":{"resourceType":"User","created":"2026-11-22T20:04:11.123Z","lastModified":"2026-11-22T21:04:12.000Z","version":"W/\"3\""}}`
	for name, d := range dialects {
		t.Run(name, func(t *testing.T) {
			rt := userType(t)
			r := &Reading{}
			if name == "RFC" {
				r.Profile = RFC
			}
			draft, err := rt.ReadResource(mustParse(t, d.create), r)
			if err != nil {
				t.Fatal(err)
			}
			stored, _ := rt.Image(draft.Body, testMeta)
			body, err := rt.Body(stored)
			if err != nil {
				t.Fatal(err)
			}
			patch, err := rt.ParsePatch(mustParse(t, d.update), r)
			if err != nil {
				t.Fatal(err)
			}
			if draft, err = patch.Apply(body, r); err != nil {
				t.Fatal(err)
			}
			image, _ := rt.Image(draft.Body, testMeta)
			if diff := cmp.Diff(want, string(image)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
