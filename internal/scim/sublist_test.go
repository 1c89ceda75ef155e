package scim

import "testing"

// TestSubAttributesMayHaveSeveralValues holds filters and PATCH against
// sub-attributes that a schema file makes multi-valued.
func TestSubAttributesMayHaveSeveralValues(t *testing.T) {
	schemas, err := ReadSchemas("box.json", []byte(`[{"id":"urn:acme:2.0:User","attributes":[
		{"name":"box","type":"complex","subAttributes":[{"name":"size","type":"integer"},{"name":"tags","multiValued":true}]},
		{"name":"ports","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"levels","type":"integer","multiValued":true}]}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := StandardCatalog().With(schemas, nil)
	if err != nil {
		t.Fatal(err)
	}
	rt := catalog.ResourceTypes[0]
	const before = `{"userName":"a","urn:acme:2.0:User":{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}}`
	parse := func(text string) *Value {
		v, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for filter, want := range map[string]bool{
		`urn:acme:2.0:User:box.tags eq "Y"`:                     true,
		`urn:acme:2.0:User:box.tags eq "z"`:                     false,
		`urn:acme:2.0:User:ports.levels gt 1`:                   true,
		`urn:acme:2.0:User:ports.levels gt 2`:                   false,
		`urn:acme:2.0:User:ports[value eq "p" and levels eq 2]`: true,
		`urn:acme:2.0:User:ports[value eq "q" and levels pr]`:   false,
		`urn:acme:2.0:User:ports.levels eq null`:                true,
	} {
		e, err := rt.ParseFilter(filter, &Reading{Profile: RFC})
		if err != nil {
			t.Fatal(err)
		}
		if got := Match(e, parse(before)); got != want {
			t.Errorf("%s: %v", filter, got)
		}
	}
	for op, want := range map[string]string{
		`{"op":"add","path":"urn:acme:2.0:User:box.tags","value":["X","z"]}`:                 `{"box":{"size":1,"tags":["x","y","z"]},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}`,
		`{"op":"add","path":"urn:acme:2.0:User:box.tags","value":"z"}`:                       `{"box":{"size":1,"tags":["x","y","z"]},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}`,
		`{"op":"add","path":"urn:acme:2.0:User:box.tags","value":[]}`:                        `{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}`,
		`{"op":"replace","path":"urn:acme:2.0:User:box.tags","value":["z"]}`:                 `{"box":{"size":1,"tags":["z"]},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}`,
		`{"op":"replace","path":"urn:acme:2.0:User:box.tags","value":[]}`:                    `{"box":{"size":1},"ports":[{"value":"p","levels":[1,2]},{"value":"q"}]}`,
		`{"op":"add","path":"urn:acme:2.0:User:ports[value eq \"p\"].levels","value":[2,3]}`: `{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"p","levels":[1,2,3]},{"value":"q"}]}`,
		`{"op":"add","path":"urn:acme:2.0:User:ports.levels","value":[3]}`:                   `{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"p","levels":[1,2,3]},{"value":"q","levels":[3]}]}`,
		`{"op":"remove","path":"urn:acme:2.0:User:ports[value eq \"p\"].levels"}`:            `{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"p"},{"value":"q"}]}`,
		`{"op":"replace","path":"urn:acme:2.0:User:ports[levels eq 2].value","value":"r"}`:   `{"box":{"size":1,"tags":["x","y"]},"ports":[{"value":"r","levels":[1,2]},{"value":"q"}]}`,
	} {
		r := &Reading{Profile: RFC}
		patch, err := rt.ParsePatch(parse(`{"schemas":["`+URNPatchOp+`"],"Operations":[`+op+`]}`), r)
		if err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		draft, err := patch.Apply(parse(before), r)
		if err != nil {
			t.Errorf("%s: %v", op, err)
			continue
		}
		if got := draft.Body.Get("urn:acme:2.0:User").String(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", op, got, want)
		}
	}
}
