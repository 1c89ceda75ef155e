package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// sheet shows a text that scrolls.
type sheet struct {
	title string
	text  []string
	top   int
	up    Binding
	down  Binding
	close Binding
}

func newSheet(msg SheetMsg) *sheet {
	s := &sheet{
		title: safetext.Line(msg.Title),
		up:    bind("↑", "up", "up", "k", "pgup"),
		down:  bind("↓", "down", "down", "j", "pgdown", "space"),
		close: bind("esc", "close", "esc", "q", "enter", "c"),
	}
	for _, line := range msg.Lines {
		s.text = append(s.text, safetext.Line(line))
	}
	return s
}

func (s *sheet) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, s.close):
		return true, nil
	case pressed(msg, s.up):
		s.top--
	case pressed(msg, s.down):
		s.top++
	}
	return false, nil
}

func (s *sheet) paste(string) {}

func (s *sheet) keys() []Binding { return []Binding{s.up, s.down, s.close} }

// maxSheet is how wide a text is set, in cells.
const maxSheet = 90

func (s *sheet) view(t *Theme, width, height int) string {
	var lines []string
	for _, text := range s.text {
		if text == "" {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, paragraph(text, min(maxSheet, width-4))...)
	}
	s.top = max(0, min(s.top, len(lines)-max(1, height-2)))
	return box(t, s.title, lines[s.top:], width, height)
}
