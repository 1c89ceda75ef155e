package safetext

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestLineShowsWhatItReplaces(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text stays", "b.simon@contoso.com", "b.simon@contoso.com"},
		{"empty text stays", "", ""},
		{"accents and CJK stay", "José 山田太郎 김철수", "José 山田太郎 김철수"},
		{"a decomposed accent is composed", "Jose\u0301", "José"},
		{"a mark without a composed form stays on its letter", "q\u0307", "q\u0307"},
		{"Hebrew and Arabic letters stay", "דוד محمد", "דוד محمد"},
		{"a colour sequence loses its escape", "\x1b[31mred", "␛[31mred"},
		{"an unterminated title does not swallow", "\x1b]0;x", "␛]0;x"},
		{"a hyperlink is spelled out", "\x1b]8;;http://evil\x07x\x1b]8;;\x07", "␛]8;;http://evil␇x␛]8;;␇"},
		{"an APC sequence is spelled out", "\x1b_Gf=100\x1b\\", "␛_Gf=100␛\\"},
		{"carriage return, newline and tab are shown", "a\r\nb\tc", "a␍␊b→c"},
		{"NUL, backspace and DEL are shown", "\x00\b\x7f", "␀␈␡"},
		{"C1 controls are named", "\u009b31m\u0085", "<U+009B>31m<U+0085>"},
		{"a raw C1 byte is invalid", "\x9b31m", "\uFFFD31m"},
		{"invalid bytes are each replaced", "a\xff\xfeb", "a\uFFFD\uFFFDb"},
		{"half a rune is replaced", "a\xe2\x82", "a\uFFFD\uFFFD"},
		{"an encoded surrogate is replaced", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
		{"the replacement character itself stays", "\uFFFD", "\uFFFD"},
		{"bidi controls are named", "a\u202egpj.exe", "a<U+202E>gpj.exe"},
		{"isolates and marks are named", "\u2066\u200e\u061c", "<U+2066><U+200E><U+061C>"},
		{"zero-width characters are named", "ad\u200bmin\u2060\ufeff", "ad<U+200B>min<U+2060><U+FEFF>"},
		{"a joiner between letters is named", "a\u200db", "a<U+200D>b"},
		{"a soft hyphen is named", "a\u00adb", "a<U+00AD>b"},
		{"line and paragraph separators are named", "a\u2028b\u2029", "a<U+2028>b<U+2029>"},
		{"tag characters are named", "a\U000e0041", "a<U+E0041>"},
		{"a selector that would widen a letter falls away", "1\ufe0f\u20e3", "1"},
		{"any other variation selector is named", "a\ufe00", "a<U+FE00>"},
		{"a Hangul filler is named", "a\u3164", "a<U+3164>"},
		{"private use is a dot", "a\ue000\U0010fffdb", "a··b"},
		{"noncharacters and unassigned are dots", "\ufdd0\uffff\u0378", "···"},
		{"a family is its first person", "👩\u200d👩\u200d👧 x", "👩 x"},
		{"a skin tone falls away", "👍🏽", "👍"},
		{"a rainbow flag is a flag", "🏳\ufe0f\u200d🌈", "🏳"},
		{"a heart has no selector", "❤\ufe0f", "❤"},
		{"a selector on a wide character falls away", "葛\U000e0100😀\ufe0f", "葛😀"},
		{"a flag of two letters stays", "🇩🇪", "🇩🇪"},
		{"a conjunct is its first letter", "क्षि", "क"},
		{"a lone mark stands on a circle", "\u0301a", "◌\u0301a"},
		{"a mark behind a control stands on a circle", "\x1b\u0338", "␛◌\u0338"},
		{"a mark behind a joiner stands on a circle", "a\u200d\u0338", "a<U+200D>◌\u0338"},
		{"a lone vowel of Hangul is a dot", "\u1161", "·"},
		{"an endless stack of marks ends", "q" + strings.Repeat("\u0307", 500) + "b", "q" + strings.Repeat("\u0307", maxMarks) + "·b"},
		{"a letter that joins what follows is a dot", "\u0d4ex", "·x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Line(tt.in); got != tt.want {
				t.Errorf("Line(%+q)\n got %+q\nwant %+q", tt.in, got, tt.want)
			}
		})
	}
}

func TestBlockKeepsLines(t *testing.T) {
	got := Block("{\r\n\t\"a\": \"\x1b[31m\"\n}")
	if want := "{␍\n    \"a\": \"␛[31m\"\n}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFitAndCut(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		width int
		fit   string
		cut   string
	}{
		{"a short text is padded", "ab", 4, "ab  ", "ab"},
		{"a text that fits stays", "abcd", 4, "abcd", "abcd"},
		{"a long text is cut", "abcdef", 4, "abc…", "abc…"},
		{"a wide character is not split", "日本語", 4, "日… ", "日…"},
		{"a wide text that fits stays", "日本", 4, "日本", "日本"},
		{"a mark stays with its letter", "q\u0307q\u0307q\u0307", 2, "q\u0307…", "q\u0307…"},
		{"one cell holds the ellipsis", "abc", 1, "…", "…"},
		{"no cells hold nothing", "abc", 0, "", ""},
		{"a negative width holds nothing", "abc", -3, "", ""},
		{"an empty text is padded", "", 2, "  ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fit(tt.in, tt.width); got != tt.fit {
				t.Errorf("Fit: got %q, want %q", got, tt.fit)
			}
			if got := Cut(tt.in, tt.width); got != tt.cut {
				t.Errorf("Cut: got %q, want %q", got, tt.cut)
			}
		})
	}
}

// Every code point there is, alone and between letters; of the large uniform
// blocks, one in a hundred.
func TestEveryRuneIsMadeSafe(t *testing.T) {
	uniform := func(r rune) bool {
		return r >= 0x3400 && r < 0xa000 || r >= 0xac00 && r < 0xf900 || r >= 0x20000 && r>>9 != 0xe0000>>9
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if uniform(r) && r%97 != 0 {
			continue
		}
		for _, s := range []string{string(r), "a" + string(r) + "b"} {
			if err := check(Line(s)); err != nil {
				t.Fatalf("%U: %v", r, err)
			}
		}
	}
}

// Runes that join, reorder, overlap or vanish, in any company.
func TestAnyMixOfDifficultRunesIsMadeSafe(t *testing.T) {
	difficult := []rune("a>q\x1b\r\n\t\u009b\u0301\u0338\u0344\u034f\u200d\u200c\ufe0f\U000e0100\U000e0067\u202e\u0600\u0d4e" +
		"कषि\u094dसते👩👧👍🏽🏳🌈❤🇩🇪日葛각ᄀ\u1161\u11a8\u20e3\ue000\uffff\u0e33ำ\u0eb3\u0903\u1b04\U000111c2\u0958\u1100דم")
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOfN(rapid.SampledFrom(difficult), 0, 12).Draw(t, "runes"))
		line := Line(s)
		if err := check(line); err != nil {
			t.Fatal(err)
		}
		width := rapid.IntRange(-1, 14).Draw(t, "width")
		if got, want := ansi.StringWidthWc(Fit(line, width)), max(width, 0); got != want {
			t.Fatalf("Fit(%+q, %d) is %d wide", line, width, got)
		}
	})
}

func TestPlainTextDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Width(Line("b.simon@contoso.com")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// check returns what makes s, a line, unfit for a terminal.
func check(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("invalid UTF-8: %q", s)
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return fmt.Errorf("%U is in %q", r, s)
		}
	}
	if again := Line(s); again != s {
		return fmt.Errorf("a second Line changes %+q to %+q", s, again)
	}
	// Padding must not change the width of what is before it.
	for _, s := range []string{s, s + " |"} {
		if g, w := ansi.StringWidth(s), ansi.StringWidthWc(s); g != w {
			return fmt.Errorf("%+q is %d wide in clusters and %d in code points", s, g, w)
		}
	}
	if got, want := ansi.StringWidth(s+" |"), ansi.StringWidth(s)+2; got != want {
		return fmt.Errorf("%+q with padding is %d wide, not %d", s, got, want)
	}
	return nil
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{
		"b.simon@contoso.com", "\x1b[2J\x1b]52;c;AAAA\x07", "\u009b31m\x9b", "a\u202eb\u2066", "👩\u200d👩\u200d👧🏳\ufe0f\u200d🌈",
		"क्षि स्ते", "\u0301\u0338>\u0338", "가\u1160\u11a8ᄀ\u200dᅡ", "🇩🇪🇩", "e\u0344\u0344\u0344\u0344\u0344\u0344", "\u0d4e\u0d4eक", "\xed\xa0\x80\xff", "a\r\nb\tc",
	} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		line := Line(s)
		if err := check(line); err != nil {
			t.Fatal(err)
		}
		for l := range strings.SplitSeq(Block(s), "\n") {
			if err := check(l); err != nil {
				t.Fatalf("in a block: %v", err)
			}
		}
		width %= 100
		if got, want := ansi.StringWidthWc(Fit(line, width)), max(width, 0); got != want {
			t.Fatalf("Fit(%+q, %d) is %d wide", line, width, got)
		}
		if got := Width(Cut(line, width)); got > max(width, 0) {
			t.Fatalf("Cut(%+q, %d) is %d wide", line, width, got)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	for _, s := range []struct{ name, text string }{{"ascii", "b.simon@contoso.com"}, {"accents", "José Ñandú Müller"}, {"hostile", "\x1b[31m\u202e👩\u200d👩\u200d👧"}} {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				Line(s.text)
			}
		})
	}
}
