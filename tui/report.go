package tui

import tea "charm.land/bubbletea/v2"

// report shows text that may be longer than the screen.
type report struct {
	msg   ReportMsg
	top   int
	up    Binding
	down  Binding
	next  Binding
	close Binding
}

func newReport(msg ReportMsg) *report {
	return &report{
		msg:   msg,
		up:    bind("↑", "up", "up", "k", "pgup"),
		down:  bind("↓", "down", "down", "j", "pgdown", "space"),
		next:  bind("enter", msg.Does, "enter"),
		close: bind("esc", "close", "esc", "q"),
	}
}

func (r *report) key(msg tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case pressed(msg, r.next):
		return true, r.msg.Next
	case pressed(msg, r.close):
		return true, nil
	case pressed(msg, r.up):
		r.top--
	case pressed(msg, r.down):
		r.top++
	}
	return false, nil
}

func (r *report) paste(string) {}

func (r *report) keys() []Binding {
	keys := []Binding{r.close, r.up, r.down}
	if r.msg.Next != nil {
		keys = append([]Binding{r.next}, keys...)
	}
	return keys
}

func (r *report) view(t *Theme, width, height int) string {
	lines := r.msg.Lines(t, width-4)
	r.top = max(0, min(r.top, len(lines)-max(1, height-2)))
	return box(t, r.msg.Title, lines[r.top:], width, height)
}
