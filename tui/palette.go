package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// command is a line of the palette.
type command struct {
	label string
	key   string // how it is done without the palette
	cmd   tea.Cmd
}

// palette finds a command by typing parts of its name.
type palette struct {
	all    []command
	found  []command
	field  textField
	at     int
	top    int
	choose Binding
	up     Binding
	down   Binding
	close  Binding
}

func newPalette(all []command) *palette {
	return &palette{
		all: all, found: all,
		field:  newTextField("", "type to search"),
		choose: bind("enter", "run", "enter"),
		up:     bind("↑", "up", "up", "ctrl+p"),
		down:   bind("↓", "down", "down", "ctrl+n", "tab"),
		close:  bind("esc", "close", "esc"),
	}
}

func (p *palette) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, p.close):
		return true, nil
	case pressed(msg, p.choose):
		if len(p.found) == 0 {
			return false, nil
		}
		return true, p.found[p.at].cmd
	case pressed(msg, p.up):
		p.at = max(0, p.at-1)
	case pressed(msg, p.down):
		p.at = max(0, min(p.at+1, len(p.found)-1))
	default:
		if p.field.key(msg) {
			p.search()
		}
	}
	return false, nil
}

func (p *palette) paste(text string) {
	p.field.paste(text)
	p.search()
}

// search finds the commands that have every typed word in them.
func (p *palette) search() {
	p.found, p.at = nil, 0
	words := strings.Fields(strings.ToLower(p.field.value()))
	for _, c := range p.all {
		if hasWords(strings.ToLower(c.label), words) {
			p.found = append(p.found, c)
		}
	}
}

func hasWords(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (p *palette) keys() []Binding { return []Binding{p.choose, p.up, p.down, p.close} }

func (p *palette) view(t *Theme, width, height int) string {
	const keyCells = 10
	inner := max(1, min(56, width-4))
	label := max(0, inner-keyCells-2)
	shown := max(1, height-4)
	p.top = window(p.top, p.at, len(p.found), shown)
	lines := []string{t.Key.Render(": ") + p.field.view(t, inner-2), ""}
	for i, c := range p.found[p.top:min(len(p.found), p.top+shown)] {
		text := safetext.Fit(safetext.Line(c.label), label)
		if p.top+i == p.at {
			lines = append(lines, t.Selected.Render("▌ "+text+safetext.Fit(c.key, keyCells)))
			continue
		}
		lines = append(lines, "  "+text+t.Key.Render(safetext.Fit(c.key, keyCells)))
	}
	if len(p.found) == 0 {
		lines = append(lines, t.Dim.Render(safetext.Fit("no such command", inner)))
	}
	return box(t, "Commands", lines, width, height)
}
