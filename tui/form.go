package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// form is a list of fields that are filled in together.
type form struct {
	title  string
	help   string
	fields []formField
	submit func(map[string]string) (tea.Cmd, error)
	err    string
	at     int
	top    int
	send   Binding
	next   Binding
	prev   Binding
	turn   Binding
	close  Binding
}

type formField struct {
	FormField
	text   textField
	chosen int // of Options
}

func newForm(msg FormMsg) *form {
	f := &form{
		title:  safetext.Line(msg.Title),
		help:   safetext.Line(msg.Help),
		submit: msg.Submit,
		send:   bind("enter", "done", "enter"),
		next:   bind("tab", "next field", "tab", "down"),
		prev:   bind("shift+tab", "previous", "shift+tab", "up"),
		turn:   bind("←/→", "choose", "left", "right"),
		close:  bind("esc", "cancel", "esc"),
	}
	for _, field := range msg.Fields {
		f.fields = append(f.fields, newFormField(field))
	}
	return f
}

func newFormField(field FormField) formField {
	if field.Placeholder != "" {
		// Without colours an example would look like a value.
		field.Placeholder = "such as " + field.Placeholder
	}
	return formField{
		FormField: field,
		text:      newTextField(field.Value, field.Placeholder),
		chosen:    max(0, slices.Index(field.Options, field.Value)),
	}
}

func (f *form) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	n := len(f.fields)
	switch {
	case pressed(msg, f.close):
		return true, nil
	case pressed(msg, f.send):
		return f.done()
	case n == 0:
	case pressed(msg, f.next):
		f.at = (f.at + 1) % n
	case pressed(msg, f.prev):
		f.at = (f.at + n - 1) % n
	default:
		f.err = ""
		f.fields[f.at].key(msg)
	}
	return false, nil
}

// done hands in the values; where they are refused the form stays open.
func (f *form) done() (bool, tea.Cmd) {
	values := make(map[string]string, len(f.fields))
	for i := range f.fields {
		values[f.fields[i].Name] = f.fields[i].value()
	}
	cmd, err := f.submit(values)
	if err != nil {
		f.err = safetext.Line(err.Error())
		return false, nil
	}
	return true, cmd
}

func (f *formField) value() string {
	if len(f.Options) > 0 {
		return f.Options[f.chosen]
	}
	return f.text.value()
}

func (f *formField) key(msg tea.KeyPressMsg) {
	n := len(f.Options)
	switch {
	case n == 0:
		f.text.key(msg)
	case msg.String() == "left":
		f.chosen = (f.chosen + n - 1) % n
	case msg.String() == "right", msg.String() == "space":
		f.chosen = (f.chosen + 1) % n
	}
}

func (f *form) paste(text string) {
	if len(f.fields) > 0 && len(f.fields[f.at].Options) == 0 {
		f.err = ""
		f.fields[f.at].text.paste(text)
	}
}

func (f *form) keys() []Binding {
	if len(f.fields) > 0 && len(f.fields[f.at].Options) > 0 {
		return []Binding{f.send, f.next, f.turn, f.close}
	}
	return []Binding{f.send, f.next, f.prev, f.close}
}

func (f *form) view(t *Theme, width, height int) string {
	inner := max(1, min(64, width-4))
	label := 0
	for _, field := range f.fields {
		label = max(label, safetext.Width(safetext.Line(field.Label)))
	}
	label = min(label, inner/2)

	var below []string
	if len(f.fields) > 0 {
		for _, l := range paragraph(safetext.Line(f.fields[f.at].Hint), inner) {
			below = append(below, t.Dim.Render(l))
		}
	}
	if f.err != "" {
		below = nil
		for _, l := range paragraph("✗ "+f.err, inner) {
			below = append(below, t.Bad.Render(l))
		}
	}
	room := height - 2
	if f.help != "" && room > len(f.fields)+len(below)+3 {
		above := paragraph(f.help, inner)
		return box(t, f.title, slices.Concat(above, []string{""}, f.fieldLines(t, label, inner, len(f.fields)), []string{""}, below), width, height)
	}
	shown := max(1, min(len(f.fields), room-len(below)))
	return box(t, f.title, slices.Concat(f.fieldLines(t, label, inner, shown), below), width, height)
}

// fieldLines draws n of the fields, with the one that has the keys among them.
func (f *form) fieldLines(t *Theme, label, inner, n int) []string {
	f.top = window(f.top, f.at, len(f.fields), n)
	var lines []string
	for i := f.top; i < min(len(f.fields), f.top+n); i++ {
		field := &f.fields[i]
		name := safetext.Fit(safetext.Line(field.Label), label)
		mark, style := "  ", t.Dim
		if i == f.at {
			mark, style = t.Key.Render("▌ "), t.Title
		}
		lines = append(lines, fitStyled(mark+style.Render(name)+"  "+field.view(t, i == f.at, inner-label-4), inner))
	}
	return lines
}

// view draws the field's value in at most width cells.
func (f *formField) view(t *Theme, focused bool, width int) string {
	value := safetext.Line(f.value())
	switch {
	case len(f.Options) > 0 && focused:
		return t.Key.Render("◂ ") + value + t.Key.Render(" ▸")
	case len(f.Options) > 0:
		return "  " + value
	case focused:
		return f.text.view(t, width)
	case value == "":
		return t.Dim.Render(safetext.Cut(safetext.Line(f.Placeholder), width))
	}
	return safetext.Cut(value, width)
}
