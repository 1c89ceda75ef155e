package scim

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPatchWithOneAddOrReplaceGivesTheSameTwice(t *testing.T) {
	values := map[string][]string{
		`displayName`:                      {`"B"`, `""`, `null`},
		`active`:                           {`"False"`, `true`},
		`name`:                             {`{"givenName":"B"}`, `{"familyName":null,"formatted":"F"}`, `null`},
		`name.formatted`:                   {`"F"`, `null`},
		`emails`:                           {`[{"value":"x","type":"work","primary":true},{"value":"y","primary":true}]`, `{"value":"a@home","type":"home"}`, `[]`, `[{"value":"x"},{"value":"x"},{"display":"d"}]`},
		`addresses`:                        {`[{"locality":"Oslo","type":"work"},{"locality":"Oslo","type":"work","primary":true}]`, `[{"type":"work"}]`},
		`emails.display`:                   {`"D"`, `null`},
		`emails.primary`:                   {`true`, `"False"`},
		`emails[type eq \"work\"].value`:   {`"x"`, `null`, `""`},
		`emails[type eq \"home\"].value`:   {`"x"`, `null`},
		`emails[type eq \"home\"]`:         {`{"value":"x","primary":true}`, `{"primary":null}`},
		`roles[primary eq \"True\"].value`: {`"x"`},
		`roles[value eq \"r2\"].primary`:   {`true`, `"True"`},
		`hobbies`:                          {`["a","b"]`, `"a"`, `{"a":1}`, `[{"a":1}]`},
		`manager`:                          {`"m2"`, `""`, `{"value":"m2"}`, `[{"value":"m2","$ref":"x"}]`},
		URNEnterprise + `:manager.value`:   {`"m2"`, `""`},
		URNEnterprise:                      {`{"department":"HR","manager":"m2"}`, `{"department":null}`},
		``:                                 {`{"name.givenName":"B","active":"False","emails[type eq \"work\"].value":"x"}`, `{"roles":[{"value":"r9"}],"id":"1"}`},
	}
	paths := slices.Sorted(maps.Keys(values))
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(t, "path")
		ops := fmt.Sprintf(`{"op":%q,"path":"%s","value":%s}`,
			rapid.SampledFrom([]string{"add", "Add", "replace", "Replace"}).Draw(t, "op"), path, rapid.SampledFrom(values[path]).Draw(t, "value"))
		start, err := Parse([]byte(rapid.SampledFrom([]string{patchUser, `{"userName":"kim"}`, `{"userName":"kim","hobbies":["b"],"emails":[{"value":"x","type":"work"}]}`}).Draw(t, "start")))
		if err != nil {
			t.Fatal(err)
		}
		rt := StandardCatalog().Type("User")
		once, err := patched(rt, start, ops, &Reading{})
		if err != nil {
			t.Fatalf("%s: %v", ops, err)
		}
		want := once.Body.String()
		twice, err := patched(rt, once.Body, ops, &Reading{})
		if err != nil {
			t.Fatalf("%s the second time: %v", ops, err)
		}
		if got := twice.Body.String(); got != want {
			t.Fatalf("%s makes\n%s once and\n%s twice", ops, want, got)
		}
	})
}
