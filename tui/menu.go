package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// menu is a list of choices. A choice with a key is taken by it at once.
type menu struct {
	title  string
	items  []MenuItem
	at     int
	top    int
	choose Binding
	up     Binding
	down   Binding
	close  Binding
}

func newMenu(msg MenuMsg) *menu {
	return &menu{
		title:  safetext.Line(msg.Title),
		items:  msg.Items,
		choose: bind("enter", "choose", "enter"),
		up:     bind("↑", "up", "up", "shift+tab", "ctrl+p"),
		down:   bind("↓", "down", "down", "tab", "ctrl+n"),
		close:  bind("esc", "close", "esc"),
	}
}

func (m *menu) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	for _, item := range m.items {
		if item.Key != "" && msg.String() == item.Key {
			return true, item.Cmd
		}
	}
	switch {
	case pressed(msg, m.close), len(m.items) == 0:
		return true, nil
	case pressed(msg, m.choose):
		return true, m.items[m.at].Cmd
	case pressed(msg, m.up), msg.String() == "k":
		m.at = (m.at + len(m.items) - 1) % len(m.items)
	case pressed(msg, m.down), msg.String() == "j":
		m.at = (m.at + 1) % len(m.items)
	}
	return false, nil
}

func (m *menu) paste(string) {}

func (m *menu) keys() []Binding { return []Binding{m.choose, m.up, m.down, m.close} }

func (m *menu) view(t *Theme, width, height int) string {
	shown := max(1, height-2)
	m.top = window(m.top, m.at, len(m.items), shown)
	label := 0
	for _, item := range m.items {
		label = max(label, safetext.Width(safetext.Line(item.Label)))
	}
	label = min(label, max(0, width-10))
	lines := make([]string, 0, len(m.items))
	for i, item := range m.items[m.top:] {
		text := safetext.Fit(safetext.Line(item.Label), label)
		letter := safetext.Fit(item.Key, 2)
		if m.top+i == m.at {
			lines = append(lines, t.Selected.Render("▌"+letter+" "+text+" "))
			continue
		}
		lines = append(lines, " "+t.Key.Render(letter)+" "+text+" ")
	}
	return box(t, m.title, lines, width, height)
}
