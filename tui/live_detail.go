package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// detailTab is a part of the detail.
type detailTab int

const (
	tabStory detailTab = iota
	tabRequest
	tabResponse
	tabDiff
	detailTabs
)

func (t detailTab) String() string {
	return [...]string{"story", "request", "response", "diff"}[t]
}

// detail shows one call. Its lines are made once for a call, tab, width and
// theme; scrolling only cuts out others of them.
type detail struct {
	keys   LiveKeys
	tab    detailTab
	top    int
	noWrap bool
	zoomed bool
	page   int // lines that were visible in the last frame
	made   detailKey
	lines  []string
	around func(*journal.Call) []*journal.Call // the calls before and after one, which tell who made it; nil: none
}

// around returns the calls before and after c.
func (e *env) around(c *journal.Call) []*journal.Call {
	const reach = 100
	calls, _ := e.tenant.Journal().Since(c.Seq-min(c.Seq, reach), 2*reach)
	return calls
}

// detailKey is what the lines depend on.
type detailKey struct {
	seq    uint64
	tab    detailTab
	width  int
	noWrap bool
	theme  *Theme
}

// detailChrome is how many lines stand above the text.
const detailChrome = 3

// key handles the keys that move about in the detail, and reports whether msg
// was one.
func (d *detail) key(msg tea.KeyPressMsg) bool {
	k := d.keys
	switch {
	case pressed(msg, k.Tabs):
		d.show((d.tab + 1) % detailTabs)
	case pressed(msg, k.TabBack):
		d.show((d.tab + detailTabs - 1) % detailTabs)
	case pressed(msg, k.Wrap):
		d.noWrap = !d.noWrap
	case pressed(msg, k.Zoom):
		d.zoomed = !d.zoomed
	default:
		n, moves := k.move.steps(msg, d.page)
		d.top += n
		return moves
	}
	return true
}

// show turns to a tab, at its beginning.
func (d *detail) show(tab detailTab) { d.tab, d.top = tab, 0 }

// view draws c in height lines of width cells. focused marks the pane that
// has the keys.
func (d *detail) view(t *Theme, c *journal.Call, zone *time.Location, focused bool, width, height int) []string {
	if c == nil || height <= 0 || width <= 0 {
		return nil
	}
	key := detailKey{c.Seq, d.tab, width, d.noWrap, t}
	if d.made != key {
		if d.made.seq != key.seq {
			d.top = 0
		}
		d.made = key
		doc := newDetailDoc(t, c, zone, width-2, d.noWrap)
		if d.around != nil {
			doc.around = d.around(c)
		}
		d.lines = doc.build(d.tab)
	}
	d.page = max(1, height-detailChrome)
	d.top = max(0, min(d.top, len(d.lines)-d.page))
	lines := append(make([]string, 0, height), d.head(t, c, focused, width)...)
	for _, l := range d.lines[d.top:min(len(d.lines), d.top+d.page)] {
		lines = append(lines, " "+l)
	}
	return lines[:min(len(lines), height)]
}

// head is what stays above the text while that is scrolled.
func (d *detail) head(t *Theme, c *journal.Call, focused bool, width int) []string {
	mark := " "
	if focused {
		mark = t.Title.Render("▌")
	}
	ended := " " + statusStyle(t, c.Status).Render(statusText(c.Status)) + t.Dim.Render(" in "+msText(c.Duration)+" ms ")
	request := mark + t.Title.Render(safetext.Line(c.Method+" "+shortPath(c)))
	about := t.Dim.Render(fmt.Sprintf(" %s · cycle %d · call %d", c.Operation, c.Cycle, c.Seq))
	return []string{
		spread(request, ended, width),
		fitStyled(about, width),
		spread(d.tabs(t), d.more(t), width),
	}
}

func (d *detail) tabs(t *Theme) string {
	line := ""
	for tab := range detailTabs {
		style := t.Tab
		if tab == d.tab {
			style = t.TabOn
		}
		line += style.Render(" " + tab.String() + " ")
	}
	return line
}

// more says how much there is below.
func (d *detail) more(t *Theme) string {
	below := len(d.lines) - d.top - d.page
	if below <= 0 {
		return ""
	}
	return t.Dim.Render(fmt.Sprintf("↓ %d more ", below))
}

// shortPath is the path below the base path, with the query.
func shortPath(c *journal.Call) string {
	path := c.Path
	if n := len(c.Target.Base); n > 0 && n <= len(path) {
		path = path[n:]
	}
	if c.Query != "" {
		path += "?" + c.Query
	}
	return path
}

// hardWrap breaks a styled text into lines of at most width cells, wherever
// that is.
func hardWrap(s string, width int) string {
	return ansi.Hardwrap(s, max(1, width), true)
}
