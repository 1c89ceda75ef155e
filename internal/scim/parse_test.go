package scim

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestParseKeepsOrderSpellingAndNumbers(t *testing.T) {
	for in, want := range map[string]string{
		" {\t\"b\" : 1 ,\r\n\"a\":[ ]}\n":     `{"b":1,"a":[]}`,
		`{"n":12345678901234567890,"f":1.50}`: `{"n":12345678901234567890,"f":1.50}`,
		`{"USERNAME":"x"}`:                    `{"USERNAME":"x"}`,
		`["\u00e9","\/","\u001b","é","\\"]`:   `["é","/","\u001b","é","\\"]`,
		`{"\u0061b":1}`:                       `{"ab":1}`,
		"\xEF\xBB\xBF{\"a\":-1e-9}":           `{"a":-1e-9}`,
		`"lone"`:                              `"lone"`,
		`null`:                                `null`,
		`[true,false,null,[],{}]`:             `[true,false,null,[],{}]`,
	} {
		if got := mustParse(t, in).String(); got != want {
			t.Errorf("Parse(%q) renders %s, want %s", in, got, want)
		}
	}
}

func TestParseRefusesWithAPlaceAndAReason(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nothing":                  {"", "no body"},
		"blanks":                   {" \n", "no body"},
		"a second value":           {`{} {"a":1}`, `byte 3 (line 1, column 4)`},
		"junk behind":              {"{}\n junk", `"junk" at byte 4 (line 2, column 2)`},
		"an open object":           {`{"a":1`, "ends too early, at byte 6 (line 1, column 7)"},
		"an open string":           {`{"a":"b`, "ends too early"},
		"an open array":            {`[1,`, "ends too early"},
		"a word cut off":           {`nul`, "ends too early"},
		"a missing colon":          {"{\"a\":1,\n \"b\" 2}", "expecting ':'), at byte 13 (line 2, column 6)"},
		"a missing comma":          {`{"a":1 "b":2}`, "expecting ',' or '}'), at byte 7"},
		"single quotes":            {`{'a':1}`, "at byte 1"},
		"a comma too many":         {`[1,]`, "at byte 2"},
		"a leading zero":           {`{"n":01}`, "at byte 6"},
		"a raw control character":  {"{\"a\":\"b\x1b[31m\"}", `'\x1b' in string`},
		"a lone surrogate":         {`{"a":"\ud800"}`, "surrogate"},
		"a bad escape":             {`{"a":"\x"}`, `\x`},
		"columns count characters": {"{\"é🙂\" 1}", "column 7"},
		"the same name twice":      {`{"a":1,"a":2}`, `"a" is there twice in one object, again at byte 7`},
		"the same name, escaped":   {`{"a":1,"\u0061":2}`, `"a" is there twice`},
		"twice, further down":      {`{"x":[{"b":1,"b":2}]}`, `"b" is there twice`},
		"invalid UTF-8":            {"{\"a\":\"\xff\"}", "the byte 0xff at byte 6 (line 1, column 7) is not UTF-8"},
		"UTF-8 cut off":            {"{\"a\":\"\xe2\x82\"}", "not UTF-8"},
		"UTF-16":                   {"\xFF\xFE{\x00}\x00", "UTF-16"},
		"a NUL behind":             {"{}\x00", `goes on`},
		"too deep":                 {strings.Repeat("[", 65) + strings.Repeat("]", 65), "deeper than 64 levels"},
		"too deep and open":        {strings.Repeat(`{"a":`, 500), "deeper than 64 levels"},
		"far too deep":             {strings.Repeat("[", 1<<20), "deeper than 64 levels"},
		"too many members":         {"{" + manyMembers(1001) + "}", "more than 1000 members"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := Parse([]byte(tt.in))
			refused, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("Parse = %v, %v; want an *Error", v, err)
			}
			if refused.Type != InvalidSyntax || !strings.Contains(refused.Detail, tt.want) {
				t.Errorf("got %v\nwant invalidSyntax with %q", refused, tt.want)
			}
			if len(refused.Detail) > 400 {
				t.Errorf("the detail has %d bytes", len(refused.Detail))
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(appendQuoted(nil, strings.Repeat("k", i+1))) + ":1")
	}
	return b.String()
}

func TestParseTakesWhatIsJustWithinItsLimits(t *testing.T) {
	mustParse(t, strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth))
	mustParse(t, "{"+manyMembers(maxMembers)+"}")
	if n := mustParse(t, "["+strings.Repeat("1,", 100_000)+"1]").Len(); n != 100_001 {
		t.Errorf("a long list has %d elements", n)
	}
}

func TestParseErrorsHoldNothingThatActsOnATerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		for _, doc := range [][]byte{data, append([]byte(`{"a":`), data...), append([]byte(`{"a":1,"a":"`), data...)} {
			if _, err := Parse(doc); err != nil && strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Fatalf("Parse(%q): %q", doc, err)
			}
		}
	})
}
