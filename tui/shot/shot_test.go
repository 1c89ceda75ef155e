package shot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"airmock/tui/shot"
)

const nbsp = "\u00a0"

func TestSVG(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		want, wantNot []string
	}{
		{"plain text stands in its place with a fixed length", "ab",
			[]string{`x="14" y="48.5" textLength="18"`, ">ab</text>"}, nil},
		{"the second line is a cell lower", "\nb",
			[]string{`x="14" y="67.5"`}, nil},
		{"markup is escaped", `<&">`,
			[]string{"&lt;&amp;&#34;&gt;"}, []string{`<&">`}},
		{"blanks do not collapse", "a  b",
			[]string{"a" + nbsp + nbsp + "b"}, nil},
		{"a colour is the text's fill", "\x1b[38;2;1;2;3mx\x1b[m",
			[]string{`fill="#010203"`}, nil},
		{"a background is a rectangle", "\x1b[48;2;1;2;3m  \x1b[m",
			[]string{`width="18" height="19" fill="#010203"`}, nil},
		{"reversal swaps the colours", "\x1b[7mx\x1b[m",
			[]string{`fill="#d8dee9"/>`, `fill="#14171f">x<`}, nil},
		{"weight, slant, faintness and underline are kept", "\x1b[1;3;2;4mx\x1b[m",
			[]string{`font-weight="bold"`, `font-style="italic"`, `opacity="0.6"`, `text-decoration="underline"`}, nil},
		{"a wide cell is an element of its own", "a世b",
			[]string{`textLength="9" lengthAdjust="spacingAndGlyphs" fill="#d8dee9">a<`, `textLength="18" lengthAdjust="spacingAndGlyphs" fill="#d8dee9">世<`}, nil},
		{"a control character is left out", "a\x07b",
			[]string{"<svg"}, []string{"\x07"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := shot.SVG(tc.content, 10, 3, "a title")
			wellFormed(t, got)
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("no %q in\n%s", w, got)
				}
			}
			for _, w := range tc.wantNot {
				if strings.Contains(got, w) {
					t.Errorf("%q in\n%s", w, got)
				}
			}
		})
	}
}

func FuzzSVG(f *testing.F) {
	f.Add("plain", 10, 3)
	f.Add("\x1b[31mred\x1b]8;;http://x\x07link", 3, 1)
	f.Add("\xff\xfe\u202e👩‍👩‍👧", 5, 2)
	f.Fuzz(func(t *testing.T, content string, width, height int) {
		wellFormed(t, shot.SVG(content, width%200, height%100, content))
	})
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%q", err, svg)
		}
	}
}
