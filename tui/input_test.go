package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func typed(text string) *lineInput {
	in := newLineInput("/")
	in.Open()
	in.Paste(text)
	return &in
}

func TestEnterKeepsWhatWasTyped(t *testing.T) {
	in := typed("kim")
	if in.Key(press("enter")) {
		t.Error("enter changed the text")
	}
	if in.Typing() || in.Value() != "kim" {
		t.Errorf("typing %v, value %q", in.Typing(), in.Value())
	}
}

func TestEscClearsWhatWasTyped(t *testing.T) {
	in := typed("kim")
	if !in.Key(press("esc")) {
		t.Error("esc did not report the change")
	}
	if in.Typing() || in.Value() != "" {
		t.Errorf("typing %v, value %q", in.Typing(), in.Value())
	}
}

func TestTypingGoesOnBehindTheFormerText(t *testing.T) {
	in := typed("kim")
	in.Key(press("enter"))
	in.Open()
	if !in.Key(tea.KeyPressMsg{Code: 'x', Text: "x"}) || in.Value() != "kimx" {
		t.Errorf("value %q, want kimx", in.Value())
	}
	if in.Key(press("left")) {
		t.Error("moving the cursor changed the text")
	}
}

func TestAVeryLongPasteIsBounded(t *testing.T) {
	if got := len([]rune(typed(strings.Repeat("x", 10*maxInput)).Value())); got != maxInput {
		t.Errorf("%d code points, want %d", got, maxInput)
	}
}

func TestALineIsExactlyAsWideAsItMustBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := typed(rapid.String().Draw(t, "text"))
		width := rapid.IntRange(0, 60).Draw(t, "width")
		for range rapid.IntRange(0, 5).Draw(t, "left") {
			in.Key(press("left"))
		}
		if got := ansi.StringWidth(in.View(darkTheme(), width)); got != width {
			t.Fatalf("typing %q: %d cells, want %d", in.Value(), got, width)
		}
		in.Key(press("enter"))
		if got := ansi.StringWidth(in.View(darkTheme(), width)); got != width {
			t.Fatalf("showing %q: %d cells, want %d", in.Value(), got, width)
		}
	})
}
