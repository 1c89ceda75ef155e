package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"airmock/internal/safetext"
)

// The least screen that everything fits on.
const (
	minWidth  = 40
	minHeight = 8
)

const (
	chromeTop    = 2 // header and tab line
	chromeBottom = 1 // footer
)

// The breakpoints of the Live page.
const (
	besideWidth = 100 // from here on the detail stands at the right of the list
	belowHeight = 30  // from here on it takes the lower half of a narrower screen
)

// fitStyled returns a styled line in exactly width cells: cut with an ellipsis
// or padded with blanks. Its text must be safe.
func fitStyled(s string, width int) string {
	if width <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > width {
		s = ansi.Truncate(s, width, "…")
		n = ansi.StringWidth(s)
	}
	return s + blanks(width-n)
}

// blanks returns n spaces, none where n is negative.
func blanks(n int) string {
	return strings.Repeat(" ", max(0, n))
}

// frame returns lines as exactly height lines of exactly width cells.
func frame(lines []string, width, height int) string {
	out := make([]string, 0, height)
	for i := range height {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		out = append(out, fitStyled(line, width))
	}
	return strings.Join(out, "\n")
}

// fitLines returns lines as exactly n lines.
func fitLines(lines []string, n int) []string {
	out := make([]string, max(0, n))
	copy(out, lines)
	return out
}

// spread puts left and right at the two ends of a line of width cells. Where
// both do not fit, right wins and left is cut.
func spread(left, right string, width int) string {
	room := width - ansi.StringWidth(right)
	if room <= 0 {
		return fitStyled(right, width)
	}
	return fitStyled(left, room) + right
}

// fitURL shortens a safe URL to at most width cells. The host is what tells
// one tenant from another, so the scheme goes first, then the path from its
// middle, and only then the host's end.
func fitURL(url string, width int) string {
	if safetext.Width(url) <= width {
		return url
	}
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if safetext.Width(url) <= width {
		return url
	}
	host, path, _ := strings.Cut(url, "/")
	room := width - safetext.Width(host+"/…")
	if path == "" || room < 0 {
		return safetext.Cut(host, width)
	}
	return host + "/…" + lastCells(path, room)
}

// lastCells returns the end of the safe text s in at most width cells.
func lastCells(s string, width int) string {
	return ansi.TruncateLeft(s, max(0, safetext.Width(s)-width), "")
}

// panes is where the parts of the Live page are. A part with no height or no
// width is not shown.
type panes struct {
	listWidth, listHeight     int
	detailWidth, detailHeight int
	beside                    bool // the detail is at the right, behind a rule one cell wide
}

// livePanes divides a body of width x height cells. open says whether the
// detail was asked for, zoomed whether it takes everything.
func livePanes(width, height int, open, zoomed bool) panes {
	switch {
	case open && zoomed:
		return panes{detailWidth: width, detailHeight: height}
	case width >= besideWidth:
		detail := width * 40 / 100
		return panes{
			listWidth: width - detail - 1, listHeight: height,
			detailWidth: detail, detailHeight: height, beside: true,
		}
	case !open:
		return panes{listWidth: width, listHeight: height}
	case height+chromeTop+chromeBottom >= belowHeight:
		list := height / 2
		return panes{
			listWidth: width, listHeight: list,
			detailWidth: width, detailHeight: height - list,
		}
	}
	return panes{detailWidth: width, detailHeight: height}
}

// columns are the widths of the columns of the Live list; 0 for one that has
// fallen away. One cell for the cursor stands before them.
type columns struct {
	time, what, op, status, ms int
}

const (
	timeCells   = 8  // 21:04:11
	opCells     = 19 // group.member.remove
	statusCells = 6  // "503 ⚡"
	msCells     = 6  // "1234.5" below ten seconds
	gap         = 2
)

// liveColumns chooses the columns for a list of width cells, by priority: what
// happened, status, time, duration, the operation.
func liveColumns(width int) columns {
	c := columns{time: timeCells, status: statusCells}
	rest := width - 1 - timeCells - gap - statusCells - 1
	if width >= 52 {
		c.ms = msCells
		rest -= msCells + 2 // a blank before it, and one at the edge
	}
	if width >= 110 {
		c.op = opCells
		rest -= opCells + gap
	}
	c.what = max(0, rest)
	return c
}
