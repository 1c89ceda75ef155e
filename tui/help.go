package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// help lists the keys of the page and of everywhere, and the signs.
type help struct {
	page   string
	here   []Binding
	global []Binding
	top    int
	up     Binding
	down   Binding
	close  Binding
}

func newHelp(page string, here, global []Binding) *help {
	return &help{
		page: page, here: here, global: global,
		up:    bind("↑", "up", "up", "k", "pgup"),
		down:  bind("↓", "down", "down", "j", "pgdown", "space"),
		close: bind("esc", "close", "esc", "?", "q", "enter"),
	}
}

func (h *help) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, h.close):
		return true, nil
	case pressed(msg, h.up):
		h.top--
	case pressed(msg, h.down):
		h.top++
	}
	return false, nil
}

func (h *help) paste(string) {}

func (h *help) keys() []Binding { return []Binding{h.up, h.down, h.close} }

func (h *help) view(t *Theme, width, height int) string {
	lines := []string{t.Head.Render(h.page)}
	lines = append(lines, keyLines(t, h.here, width-4)...)
	lines = append(lines, "", t.Head.Render("Everywhere"))
	lines = append(lines, keyLines(t, h.global, width-4)...)
	lines = append(lines, "", t.Head.Render("Signs"),
		t.Fault.Render("⚡")+" a fault was injected   "+t.Warn.Render("~name")+" a quirk: departs from the RFC",
		"lost: the client got no answer",
		"", t.Dim.Render("ctrl+z is not bound: a stopped program answers no calls."))
	shown := max(1, height-2)
	h.top = max(0, min(h.top, len(lines)-shown))
	return box(t, "Help", lines[h.top:], width, height)
}

// keyLines sets bindings in as many columns as the width has room for.
func keyLines(t *Theme, bindings []Binding, width int) []string {
	const label, cell = 10, 30
	perLine := max(1, min(3, width/cell))
	var lines []string
	line := ""
	n := 0
	for _, b := range bindings {
		h := b.Help()
		line += t.Key.Render(safetext.Fit(h.Key, label)) + safetext.Fit(h.Desc, cell-label)
		if n++; n%perLine == 0 {
			lines = append(lines, line)
			line = ""
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
