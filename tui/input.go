package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// maxInput bounds what is typed or pasted into a line, in code points.
const maxInput = 1000

// lineInput is the filter line of a page: a text field that is typed in at
// times, and shows what was typed at others.
type lineInput struct {
	field  textField
	prompt string
	typing bool
}

func newLineInput(prompt string) lineInput {
	in := lineInput{field: newTextField("", ""), prompt: prompt}
	in.field.input.CharLimit = maxInput
	return in
}

// Open begins typing behind the text that is there.
func (in *lineInput) Open() {
	in.typing = true
	in.field.input.CursorEnd()
}

// Typing reports whether the line has the keys.
func (in *lineInput) Typing() bool { return in.typing }

// Value returns the text.
func (in *lineInput) Value() string { return in.field.value() }

// Set replaces the text.
func (in *lineInput) Set(text string) { in.field.set(text) }

// Key handles a key while typing and reports whether the text changed: enter
// keeps the text and ends typing, esc clears it and ends typing.
func (in *lineInput) Key(msg tea.KeyPressMsg) (changed bool) {
	before := in.Value()
	switch msg.String() {
	case "enter":
		in.typing = false
	case "esc":
		in.typing = false
		in.Set("")
	default:
		in.field.key(msg)
	}
	return in.Value() != before
}

// Paste inserts text at the cursor and reports whether that changed anything.
func (in *lineInput) Paste(text string) (changed bool) {
	before := in.Value()
	in.field.paste(text)
	return in.Value() != before
}

// View draws the line in exactly width cells.
func (in *lineInput) View(t *Theme, width int) string {
	room := width - safetext.Width(in.prompt)
	text := t.Base.Render(safetext.Fit(in.Value(), room))
	if in.typing && room > 0 {
		text = in.field.view(t, room)
	}
	return fitStyled(t.Key.Render(in.prompt)+text, width)
}

// Keys are the bindings while typing.
func (in *lineInput) Keys() []Binding {
	return []Binding{bind("enter", "keep", "enter"), bind("esc", "clear", "esc")}
}
