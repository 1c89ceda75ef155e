package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"airmock/internal/safetext"
)

// overlay is something that lies over the page and has the keys.
type overlay interface {
	// key handles a key and reports whether the overlay is done.
	key(msg tea.KeyPressMsg) (done bool, cmd tea.Cmd)
	// paste handles pasted text.
	paste(text string)
	// view draws the overlay in at most width x height cells.
	view(t *Theme, width, height int) string
	// keys are the overlay's bindings, for the footer.
	keys() []Binding
}

// overlays is the stack of what lies over the page. The top one has the keys.
type overlays []overlay

func (o *overlays) push(x overlay) { *o = append(*o, x) }

func (o overlays) top() overlay {
	if len(o) == 0 {
		return nil
	}
	return o[len(o)-1]
}

// key gives the key to the top overlay, and takes that away once it is done.
func (o *overlays) key(msg tea.KeyPressMsg) tea.Cmd {
	top := o.top()
	done, cmd := top.key(msg)
	if done {
		o.remove(top)
	}
	return cmd
}

func (o *overlays) remove(x overlay) {
	for i, y := range *o {
		if x == y {
			*o = append((*o)[:i:i], (*o)[i+1:]...)
			return
		}
	}
}

// view draws the top overlay in the middle of base, a body of width x height.
func (o overlays) view(t *Theme, base string, width, height int) string {
	box := o.top().view(t, width, height)
	w, h := lipgloss.Size(box)
	x, y := max(0, (width-w)/2), max(0, (height-h)/3)
	lines := strings.Split(base, "\n")
	for i, line := range strings.Split(box, "\n") {
		if y+i >= len(lines) {
			break
		}
		under := lines[y+i]
		right := ansi.TruncateLeft(under, x+w, "")
		lines[y+i] = fitStyled(ansi.Truncate(under, x, ""), x) + fitStyled(line, w) + fitStyled(right, width-x-w)
	}
	return strings.Join(lines, "\n")
}

// box frames lines with a title, in at most width x height cells. Lines that
// do not fit are cut at the end.
func box(t *Theme, title string, lines []string, width, height int) string {
	inner := ansi.StringWidth(title) + 2
	for _, l := range lines {
		inner = max(inner, ansi.StringWidth(l))
	}
	inner = max(0, min(inner, width-4))
	lines = lines[:max(0, min(len(lines), height-2))]

	head := safetext.Cut(title, max(0, inner-1))
	out := make([]string, 0, len(lines)+2)
	out = append(out, t.Box.Render("╭─ ")+t.Title.Render(head)+
		t.Box.Render(" "+strings.Repeat("─", max(0, inner-safetext.Width(head)-1))+"╮"))
	for _, l := range lines {
		out = append(out, t.Box.Render("│ ")+fitStyled(l, inner)+t.Box.Render(" │"))
	}
	out = append(out, t.Box.Render("╰"+strings.Repeat("─", inner+2)+"╯"))
	return strings.Join(out, "\n")
}

// paragraph breaks a safe text into lines of at most width cells, at words
// where it can.
func paragraph(text string, width int) []string {
	if width <= 0 {
		return nil
	}
	return strings.Split(ansi.Wrap(text, width, ""), "\n")
}

// window is where a list of n lines is scrolled so that line at is among the
// height visible ones, with top where it was if that will do.
func window(top, at, n, height int) int {
	top = min(top, at)
	top = max(top, at-height+1)
	return max(0, min(top, n-height))
}
