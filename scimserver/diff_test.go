package scimserver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

var user = scim.StandardCatalog().Type("User")

func TestDifference(t *testing.T) {
	tests := []struct {
		name, before, after string
		want                []journal.Field
	}{
		{"nothing", `{"id":"1","title":"a"}`, `{"id":"1","title":"a"}`, nil},
		{"what the service provider says itself", `{"schemas":["a"],"id":"1","meta":{"version":"1"}}`, `{"schemas":["a","b"],"id":"1","meta":{"version":"2"}}`, nil},
		{"an attribute that changes", `{"title":"a"}`, `{"title":"b"}`, []journal.Field{{Name: "title", From: `"a"`, To: `"b"`}}},
		{"one that comes", `{}`, `{"active":true}`, []journal.Field{{Name: "active", To: `true`}}},
		{"one that goes", `{"active":true}`, `{}`, []journal.Field{{Name: "active", From: `true`}}},
		{"one that is spelt otherwise", `{"Shoe":9}`, `{"shoe":10}`, []journal.Field{{Name: "Shoe", From: `9`, To: `10`}}},
		{"a sub-attribute", `{"name":{"givenName":"B","familyName":"S"}}`, `{"name":{"givenName":"Bea","familyName":"S"}}`, []journal.Field{{Name: "name.givenName", From: `"B"`, To: `"Bea"`}}},
		{"a complex attribute that comes", `{}`, `{"name":{"givenName":"B","familyName":"S"}}`, []journal.Field{{Name: "name.givenName", To: `"B"`}, {Name: "name.familyName", To: `"S"`}}},
		{"an extension", `{}`, `{"urn:x:2.0:User":{"department":"R","manager":{"value":"7"}}}`, []journal.Field{{Name: "urn:x:2.0:User:department", To: `"R"`}, {Name: "urn:x:2.0:User:manager.value", To: `"7"`}}},
		{"an element of a list", `{"emails":[{"type":"work","value":"a"},{"type":"home","value":"h"}]}`, `{"emails":[{"type":"work","value":"b"},{"type":"home","value":"h"}]}`, []journal.Field{{Name: `emails[type eq "work"].value`, From: `"a"`, To: `"b"`}}},
		{"an element that comes", `{"emails":[{"type":"work","value":"a"}]}`, `{"emails":[{"type":"work","value":"a"},{"type":"home","value":"h"}]}`, []journal.Field{{Name: `emails[type eq "home"].value`, To: `"h"`}}},
		{"a list whose types are not unique", `{"emails":[{"type":"work","value":"a"},{"type":"work","value":"b"}]}`, `{}`, []journal.Field{{Name: "emails", From: `[{"type":"work","value":"a"},{"type":"work","value":"b"}]`}}},
		{"a list of text", `{"tags":["a"]}`, `{"tags":["a","b"]}`, []journal.Field{{Name: "tags", From: `["a"]`, To: `["a","b"]`}}},
		{"an object that becomes text", `{"x":{"a":1}}`, `{"x":"a"}`, []journal.Field{{Name: "x", From: `{"a":1}`, To: `"a"`}}},
		{"a list that becomes an object", `{"x":[1]}`, `{"x":{"a":1}}`, []journal.Field{{Name: "x", From: `[1]`, To: `{"a":1}`}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, difference(user, []byte(test.before), []byte(test.after), nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADifferenceIsBounded(t *testing.T) {
	var many strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&many, `,"attribute%05d":%d`, i, i)
	}
	fields := difference(user, []byte(`{"a":0`+many.String()+`}`), []byte(`{"a":1}`), nil)
	if len(fields) != maxNames {
		t.Errorf("%d fields, want %d", len(fields), maxNames)
	}
	long := difference(user, nil, []byte(`{"a":"`+strings.Repeat("ä", 1<<19)+`"}`), nil)
	if n := len(long[0].To); n > maxFieldValue+len("…") {
		t.Errorf("a value of %d bytes", n)
	}
}

// Whatever a difference tells is one, and it is told the other way round where
// the images are swapped.
func TestADifferenceIsSymmetric(t *testing.T) {
	value := rapid.SampledFrom([]string{`1`, `"a"`, `true`, `{"s":1}`, `{"s":2,"t":"x"}`, `[1]`, `[{"type":"work","value":1}]`, `[{"type":"work","value":2},{"type":"home","value":1}]`})
	image := rapid.Custom(func(t *rapid.T) []byte {
		var members []string
		for _, name := range []string{"a", "b", "urn:x:User"} {
			if rapid.Bool().Draw(t, "has "+name) {
				members = append(members, fmt.Sprintf("%q:%s", name, value.Draw(t, name)))
			}
		}
		return []byte("{" + strings.Join(members, ",") + "}")
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := image.Draw(t, "before"), image.Draw(t, "after")
		there := make(map[journal.Field]bool)
		for _, f := range difference(user, before, after, nil) {
			if f.From == f.To {
				t.Errorf("%s did not change", f.Name)
			}
			there[f] = true
		}
		back := difference(user, after, before, nil)
		for _, f := range back {
			if !there[journal.Field{Name: f.Name, From: f.To, To: f.From}] {
				t.Errorf("%+v is told one way only", f)
			}
		}
		if len(back) != len(there) {
			t.Errorf("%d one way, %d the other", len(there), len(back))
		}
		if len(back) == 0 && string(before) != string(after) {
			t.Errorf("%s and %s differ", before, after)
		}
	})
}
