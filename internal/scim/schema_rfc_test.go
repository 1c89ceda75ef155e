package scim

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rfc7643_schemas.txt holds what RFC 7643 section 8.7.1 says of each attribute,
// in its order, as far as that differs from the defaults of section 2.2. The
// RFC leaves some characteristics out (uniqueness of half of the complex
// attributes, of booleans) and gives one to x509Certificates that complex
// attributes do not have (caseExact); what is left out has its default.
func TestSchemasSayWhatRFC7643Says(t *testing.T) {
	want, err := os.ReadFile("testdata/rfc7643_schemas.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range StandardCatalog().Schemas {
		got = append(got, outlineSchema(t, mustParse(t, string(AppendSchema(nil, s, RFC, "https://example.com")))))
	}
	if diff := cmp.Diff(string(want), strings.Join(got, "\n")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// outlineSchema writes a document of /Schemas as the file has it.
func outlineSchema(t *testing.T, s *Value) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(s.Get("id").Text() + " " + s.Get("name").Text() + ": " + s.Get("description").Text() + "\n")
	outlineAttributes(t, &b, "", s.Get("attributes"))
	return b.String()
}

func outlineAttributes(t *testing.T, b *strings.Builder, indent string, attrs *Value) {
	t.Helper()
	for a := range attrs.Elements() {
		b.WriteString(indent + a.Get("name").Text() + " " + a.Get("type").Text())
		for _, flag := range []string{"multiValued", "required", "caseExact"} {
			if a.Get(flag).IsTrue() {
				b.WriteString(" " + flag)
			}
		}
		for name, usual := range defaultWords {
			if word := a.Get(name).Text(); word != usual && word != "" {
				b.WriteString(" " + name + "=" + word)
			}
		}
		for _, list := range []string{"canonicalValues", "referenceTypes"} {
			var texts []string
			for e := range a.Get(list).Elements() {
				texts = append(texts, e.Text())
			}
			if texts != nil {
				b.WriteString(" " + list + "=" + strings.Join(texts, ","))
			}
		}
		b.WriteString("\n")
		if a.Get("description").Text() == "" {
			t.Errorf("%s has no description", a.Get("name"))
		}
		outlineAttributes(t, b, indent+"  ", a.Get("subAttributes"))
	}
}

// defaultWords yields the characteristics that are words, with their defaults.
func defaultWords(yield func(name, usual string) bool) {
	_ = yield("mutability", "readWrite") && yield("returned", "default") && yield("uniqueness", "none")
}

// RFC 7643 section 4.2 has a group's displayName REQUIRED, whatever section
// 8.7.1 says in the schema.
func TestAGroupNeedsItsDisplayName(t *testing.T) {
	const groupSchemas = `"schemas":["` + URNGroup + `"]`
	for _, profile := range []Profile{Entra, RFC} {
		for _, doc := range []string{`{` + groupSchemas + `}`, `{` + groupSchemas + `,"displayName":null}`, `{` + groupSchemas + `,"displayName":""}`} {
			_, err := groupType(t).ReadResource(mustParse(t, doc), &Reading{Profile: profile})
			wantError(t, doc, err, InvalidValue, "displayName is required")
		}
		for ops, want := range map[string]ErrorType{
			`{"op":"remove","path":"displayName"}`:                              Mutability,
			`{"op":"replace","path":"displayName","value":null}`:                InvalidValue,
			`{"op":"replace","path":"displayName","value":""}`:                  InvalidValue,
			`{"op":"replace","value":{"displayName":null}}`:                     InvalidValue,
			`{"op":"remove","path":"` + URNGroup + `:displayName"}`:             Mutability,
			`{"op":"add","path":"` + URNGroup + `","value":{"displayName":""}}`: InvalidValue,
		} {
			_, err := patched(groupType(t), mustParse(t, `{"displayName":"G"}`), ops, &Reading{Profile: profile})
			wantError(t, ops, err, want, "displayName is required")
		}
	}
}
