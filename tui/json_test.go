package tui

import (
	"strings"
	"testing"
)

func TestIndentJSON(t *testing.T) {
	for _, tc := range []struct{ name, body, want, err string }{
		{"an object", `{"b":1,"a":[true,null]}`, "{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null\n  ]\n}", ""},
		{"duplicate names stay", `{"a":1,"a":2}`, "{\n  \"a\": 1,\n  \"a\": 2\n}", ""},
		{"spelling stays", `{"a":1e0,"b":"\u0041"}`, "{\n  \"a\": 1e0,\n  \"b\": \"\\u0041\"\n}", ""},
		{"a cut body is indented as far as it goes", `{"a":{"b":"c`, "{\n  \"a\": {\n    \"b\":\"c", "not JSON from byte 9 on"},
		{"no JSON at all", "<html>", "<html>", "not JSON from byte 0 on"},
		{"nothing", "", "", ""},
		{"empty ones stay short", `{"a":{ },"b":[ ]}`, "{\n  \"a\": {},\n  \"b\": []\n}", ""},
		{"a broken middle", `{"a":1,,"b":2}`, "{\n  \"a\": 1,,\"b\":2}", "not JSON from byte 6 on"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, rest, err := indentJSON([]byte(tc.body), asIs)
			message := ""
			if err != nil {
				message = err.Error()
			}
			if got+rest != tc.want || message != tc.err {
				t.Errorf("got %q, %q\nwant %q, %q", got, message, tc.want, tc.err)
			}
		})
	}
}

func FuzzIndentJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x"]}`, `{"a":{"b":"c`, "\xff", `"` + strings.Repeat(`\\`, 50), "[1,,2]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text, rest, _ := indentJSON(body, asIs)
		strip := func(s string) string {
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), "")
		}
		if strip(text+rest) != strip(string(body)) {
			t.Errorf("%q lost something: %q", body, text)
		}
	})
}

func TestJSONPartsAreTold(t *testing.T) {
	paint := func(part jsonPart, text string) string {
		return [...]string{"name", "string", "number", "word"}[part] + "(" + text + ")"
	}
	got, _, err := indentJSON([]byte(`{"a" : ["b:", -1.5e3, true, null, {"c": "\\"}]}`), paint)
	want := `{
  name("a"): [
    string("b:"),
    number(-1.5e3),
    word(true),
    word(null),
    {
      name("c"): string("\\")
    }
  ]
}`
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestDeepNestingIsNotLaidOutIntoMegabytes(t *testing.T) {
	const deep = 9000
	text, _, err := indentJSON([]byte(strings.Repeat("[", deep)+strings.Repeat("]", deep)), asIs)
	if err != nil || len(text) > 2*deep*(2*maxIndent+2) {
		t.Errorf("%d bytes (%v)", len(text), err)
	}
}
