package tui

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// textField is one line of text that is being typed. What gets into it, typed,
// pasted or set, is made safe first, so it can be drawn as it is.
type textField struct{ input textinput.Model }

func newTextField(value, placeholder string) textField {
	m := textinput.New()
	m.Prompt = ""
	m.Placeholder = safetext.Line(placeholder)
	m.KeyMap.Paste = key.NewBinding() // the terminal's own paste arrives as a message
	m.Focus()
	f := textField{m}
	f.set(value)
	return f
}

func (f *textField) value() string { return f.input.Value() }

// set replaces the text and puts the cursor behind it.
func (f *textField) set(value string) {
	f.input.SetValue(safetext.Line(value))
	f.input.CursorEnd()
}

// key handles a key and reports whether the text changed.
func (f *textField) key(msg tea.KeyPressMsg) (changed bool) {
	before := f.value()
	f.input, _ = f.input.Update(msg) // its command would blink the cursor
	return f.value() != before
}

// paste puts text in at the cursor.
func (f *textField) paste(text string) {
	f.input, _ = f.input.Update(tea.PasteMsg{Content: safetext.Line(text)})
}

// view draws the field in width cells.
func (f *textField) view(t *Theme, width int) string {
	state := textinput.StyleState{Text: t.Base, Placeholder: t.Dim, Suggestion: t.Dim, Prompt: t.Key}
	f.input.SetStyles(textinput.Styles{Focused: state, Blurred: state})
	f.input.SetWidth(max(1, width-1))
	return fitStyled(f.input.View(), width)
}
