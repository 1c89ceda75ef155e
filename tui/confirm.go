package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// confirm asks a question. Only y means yes.
type confirm struct {
	question string
	yes      tea.Cmd
	yesKey   Binding
	noKey    Binding
}

func newConfirm(msg ConfirmMsg) *confirm {
	return &confirm{
		question: safetext.Line(msg.Question),
		yes:      msg.Yes,
		yesKey:   bind("y", "yes", "y"),
		noKey:    bind("n/esc", "no", "n", "N", "esc", "enter", "q"),
	}
}

func (c *confirm) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, c.yesKey):
		return true, c.yes
	case pressed(msg, c.noKey):
		return true, nil
	}
	return false, nil
}

func (c *confirm) paste(string) {}

func (c *confirm) keys() []Binding { return []Binding{c.yesKey, c.noKey} }

func (c *confirm) view(t *Theme, width, height int) string {
	lines := paragraph(c.question, min(60, width-4))
	lines = append(lines, "", t.Key.Render("y")+" yes    "+t.TabOn.Render(" n ")+" no")
	return box(t, "Sure?", lines, width, height)
}
