package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// reveal shows a new Secret Token once.
type reveal struct {
	name   string
	secret string
	copy   Binding
	close  Binding
}

func newReveal(msg RevealMsg) *reveal {
	return &reveal{
		name:   safetext.Line(msg.Name),
		secret: safetext.Line(msg.Secret),
		copy:   bind("c", "copy", "c", "y"),
		close:  bind("esc", "close for good", "esc"),
	}
}

func (r *reveal) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, r.copy):
		return false, send(CopyMsg{What: "the Secret Token " + r.name, Text: r.secret})
	case pressed(msg, r.close):
		return true, nil
	}
	return false, nil
}

func (r *reveal) paste(string) {}

func (r *reveal) keys() []Binding { return []Binding{r.copy, r.close} }

// view takes the whole width and draws no frame: the secret stands alone in
// its lines from the first column on, so that a selection with the mouse holds
// the secret and nothing else.
func (r *reveal) view(t *Theme, width, height int) string {
	rule := t.Box.Render(strings.Repeat("─", width))
	note := "It is shown this once: only its SHA-256 is kept. Press g for another where this one is lost."
	lines := []string{rule, t.Title.Render(safetext.Cut(" Secret Token "+r.name, width)), ""}
	for _, part := range strings.Split(hardWrap(r.secret, width), "\n") {
		lines = append(lines, t.Good.Render(part))
	}
	lines = append(lines, "")
	for _, l := range paragraph(note, width-2) {
		lines = append(lines, " "+t.Warn.Render(l))
	}
	lines = append(lines, " "+t.Key.Render("c")+" copy   "+t.Key.Render("esc")+" close", rule)
	return frame(lines, width, min(height, len(lines)))
}
