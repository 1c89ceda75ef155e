package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// toastTime is how long a toast stays.
const toastTime = 4 * time.Second

// toast is the one line that says what came of something. A newer one takes
// its place.
type toast struct {
	text string
	bad  bool
	id   int // of the newest, so that an older one's end does not take it away
}

// toastGoneMsg ends the toast with that id.
type toastGoneMsg struct{ id int }

func (t *toast) show(msg ToastMsg) tea.Cmd {
	t.id++
	t.text, t.bad = safetext.Line(msg.Text), msg.Bad
	id := t.id
	return tea.Tick(toastTime, func(time.Time) tea.Msg { return toastGoneMsg{id} })
}

func (t *toast) end(msg toastGoneMsg) {
	if msg.id == t.id {
		t.text = ""
	}
}

// view returns the toast in exactly width cells.
func (t *toast) view(theme *Theme, width int) string {
	style, sign := theme.Good, " ✓ "
	if t.bad {
		style, sign = theme.Bad, " ✗ "
	}
	return style.Render(safetext.Fit(sign+t.text, width))
}
