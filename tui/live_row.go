package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// rowPainter draws the rows of the Live list and remembers them: a call does
// not change, so its row is drawn once for a width and a theme.
type rowPainter struct {
	theme *Theme
	width int
	zone  *time.Location
	cols  columns
	memo  map[uint64]string
}

// maxRowMemo bounds the memory of drawn rows; it is some screens high.
const maxRowMemo = 1024

// prepare readies the painter for a frame.
func (p *rowPainter) prepare(t *Theme, width int, zone *time.Location) {
	if p.memo != nil && p.theme == t && p.width == width && p.zone == zone && len(p.memo) < maxRowMemo {
		return
	}
	*p = rowPainter{theme: t, width: width, zone: zone, cols: liveColumns(width), memo: make(map[uint64]string)}
}

// head is the line of column headings.
func (p *rowPainter) head() string {
	c := p.cols
	line := " " + safetext.Fit("TIME", c.time+gap) + safetext.Fit("WHAT HAPPENED", c.what) + " "
	if c.op > 0 {
		line += safetext.Fit("OPERATION", c.op+gap)
	}
	line += safetext.Fit("STATUS", c.status)
	if c.ms > 0 {
		line += " " + strings.Repeat(" ", c.ms-2) + "MS "
	}
	return p.theme.Head.Render(safetext.Fit(line, p.width))
}

// rule is the rule above the first call of a cycle, which began at started, or
// after a restart. kind is what the cycle is for.
func (p *rowPainter) rule(r row, kind string, started time.Time) string {
	name := fmt.Sprintf("cycle %d", r.cycle)
	if kind != "" {
		name += " · " + kind
	}
	at := started.In(p.zone).Format(time.TimeOnly)
	text := fmt.Sprintf(" ── %s · started %s ", name, at)
	if safetext.Width(text) > p.width {
		text = fmt.Sprintf(" ── %s · %s ", name, at)
	}
	switch {
	case r.restarted && r.goesOn:
		text = fmt.Sprintf(" ── airmock was restarted · %s goes on ", name)
	case r.restarted:
		text = " ── airmock was restarted" + strings.Replace(text, " ──", " ·", 1)
	}
	line := text + strings.Repeat("─", max(0, p.width-safetext.Width(text)))
	return p.theme.Rule.Render(safetext.Fit(line, p.width))
}

// call draws the row of a call.
func (p *rowPainter) call(c *journal.Call, selected bool) string {
	if selected {
		return p.theme.Selected.Render(p.draw(c, "▌", func(_ lipgloss.Style, s string) string { return s }))
	}
	if line, ok := p.memo[c.Seq]; ok {
		return line
	}
	line := p.draw(c, " ", func(st lipgloss.Style, s string) string { return st.Render(s) })
	p.memo[c.Seq] = line
	return line
}

// draw lays out a row; paint puts a style on one cell of it. A selected row
// has one style for all, so that its background has no holes.
func (p *rowPainter) draw(c *journal.Call, cursor string, paint func(lipgloss.Style, string) string) string {
	t, cols := p.theme, p.cols
	var b strings.Builder
	b.WriteString(cursor)
	b.WriteString(paint(t.Dim, safetext.Fit(c.Time.In(p.zone).Format(time.TimeOnly), cols.time+gap)))

	story, quirk := storyCells(c, cols.what)
	b.WriteString(paint(t.Base, story) + paint(t.Warn, quirk))
	b.WriteByte(' ')
	if cols.op > 0 {
		b.WriteString(paint(t.Dim, safetext.Fit(string(c.Operation), cols.op+gap)))
	}
	p.drawStatus(&b, c, paint)
	if cols.ms > 0 {
		ms := msText(c.Duration)
		b.WriteString(paint(t.Dim, " "+strings.Repeat(" ", max(0, cols.ms-len(ms)))+ms+" "))
	}
	return b.String()
}

func (p *rowPainter) drawStatus(b *strings.Builder, c *journal.Call, paint func(lipgloss.Style, string) string) {
	status := statusText(c.Status)
	b.WriteString(paint(statusStyle(p.theme, c.Status), status))
	rest := p.cols.status - len(status)
	if c.Fault != nil && rest >= 2 {
		sign := "⚡"
		if rest > 2 {
			b.WriteByte(' ')
			rest--
		}
		b.WriteString(paint(p.theme.Fault, sign))
		rest -= safetext.Width(sign)
	}
	b.WriteString(blanks(rest))
}

// statusText is the status code, or "lost" where the client got no answer.
func statusText(status int) string {
	if status == 0 {
		return "lost"
	}
	return strconv.Itoa(status)
}

func statusStyle(t *Theme, status int) lipgloss.Style {
	switch {
	case status == 0 || status >= 500:
		return t.Bad
	case status >= 400:
		return t.Warn
	}
	return t.Good
}

// storyCells divides width cells between the story of a call and its quirks,
// which stand at the right. The story comes first: where there is no room for
// the quirk's name, the sign says that there is one.
func storyCells(c *journal.Call, width int) (story, quirk string) {
	story = safetext.Line(entra.Tell(c).Text)
	for _, names := range []bool{true, false} {
		quirk = quirkText(c, names)
		if safetext.Width(story)+safetext.Width(quirk) <= width {
			break
		}
	}
	return safetext.Fit(story, max(0, width-safetext.Width(quirk))), quirk
}

// quirkText names the first quirk behind a blank, and counts the others:
// " ~op-capitalised +1". Without names it is the sign and how many there are.
func quirkText(c *journal.Call, names bool) string {
	n := len(c.Quirks)
	switch {
	case n == 0:
		return ""
	case n == 1 && names:
		return " ~" + safetext.Line(string(c.Quirks[0]))
	case names:
		return fmt.Sprintf(" ~%s +%d", safetext.Line(string(c.Quirks[0])), n-1)
	case n == 1:
		return " ~"
	}
	return fmt.Sprintf(" ~%d", n)
}
