package safetext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestJSONMeansTheSameWithoutControlCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("\x7f\u0080\u009b\u009f\u00a0é\"\\\x1b")))).Draw(t, "text")
		quoted, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		before := string(quoted)
		safe := JSON(quoted)
		if strings.ContainsFunc(string(safe), unicode.IsControl) {
			t.Fatalf("a control character is left: %q", safe)
		}
		var got string
		if err := json.Unmarshal(safe, &got); err != nil || got != want {
			t.Fatalf("%s is read as %q (%v), want %q", safe, got, err, want)
		}
		if string(quoted) != before {
			t.Fatal("the text itself was changed")
		}
	})
}
