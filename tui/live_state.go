package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"airmock/internal/safetext"
	"airmock/internal/search"
	"airmock/internal/session"
)

// stateLine is the last line of the Live page: the filter and what it leaves,
// whether the list follows or stands still, and how fast calls come.
func (p *livePage) stateLine(width int) string {
	t := p.env.theme
	if p.Typing() {
		return p.filterLine(width)
	}
	left := t.Dim.Render(" " + p.countText())
	if mode := p.modeText(); mode != "" {
		// The mode has a place of its own, so that it does not dance with
		// the count.
		left = fitStyled(left, max(ansi.StringWidth(left)+2, min(34, width/3))) + mode
	}
	right := p.speedText(width - ansi.StringWidth(left) - 2)
	return spread(left, right, width)
}

// filterHelp stands beside an empty filter.
const filterHelp = "words · status:>=400 · op:user.* · user:kim · >500ms · !not"

// filterLine is the state line while the filter is typed.
func (p *livePage) filterLine(width int) string {
	t := p.env.theme
	typed := safetext.Line(p.input.Value())
	right := t.Dim.Render(fmt.Sprintf("%d of %d ", p.list.matched, p.list.total))
	if p.list.next != nil {
		right = t.Dim.Render("searching… ")
	}
	var wrong *search.Error
	switch {
	case errors.As(p.filterErr, &wrong):
		room := max(width/2, width-safetext.Width(typed)-5)
		right = t.Bad.Render(safetext.Cut("✗ "+safetext.Line(wrong.Word+": "+wrong.Reason), room) + " ")
	case typed == "":
		right = t.Dim.Render(safetext.Cut(filterHelp, width-6) + " ")
	}
	return " " + p.input.View(t, max(0, width-1-ansi.StringWidth(right))) + right
}

func (p *livePage) countText() string {
	filter := safetext.Line(p.filterText)
	switch {
	case p.list.next != nil:
		return fmt.Sprintf("/%s  searching…", filter)
	case p.list.filter.Empty():
		return plural(p.list.total, "call")
	case p.list.matched == 0:
		return fmt.Sprintf("/%s  0 of %d match · esc clears", filter, p.list.total)
	}
	return fmt.Sprintf("/%s  %d of %d", filter, p.list.matched, p.list.total)
}

func (p *livePage) modeText() string {
	t := p.env.theme
	switch {
	case p.list.paused:
		return t.Warn.Render(fmt.Sprintf("PAUSED +%d new", p.list.waiting))
	case p.list.follow:
		return t.Good.Render("FOLLOW")
	case p.list.newer() > 0:
		return t.Dim.Render(fmt.Sprintf("%d newer", p.list.newer()))
	}
	return ""
}

// speedText is the sparkline of the last minute, the rate and the 99th
// percentile of durations, as many of them as there is room for.
func (p *livePage) speedText(width int) string {
	t, now := p.env.theme, p.env.now()
	if p.list.seen == 0 {
		return ""
	}
	out := ""
	for _, part := range []string{
		rateText(p.meter.rate(now)),
		"p99 " + msText(p.meter.p99()) + " ms",
	} {
		if ansi.StringWidth(out)+safetext.Width(part)+3 <= width {
			out += t.Dim.Render(part) + "  "
		}
	}
	const cells = 20
	if ansi.StringWidth(out)+cells+2 <= width {
		out = t.Good.Render(p.meter.spark(now, cells)) + "  " + out
	}
	return out
}

// empty is what the page shows before the first call: what to do. Where height
// lines are too few, the blank ones go first.
func (p *livePage) empty(width, height int) []string {
	lines := p.firstSteps(width)
	if len(lines) > height {
		lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	}
	return fitLines(lines, height)
}

func (p *livePage) firstSteps(width int) []string {
	t := p.env.theme
	url := safetext.Line(p.status.TenantURL)
	lines := []string{"", " " + t.Title.Render("No calls yet. To see one:"), ""}
	step := func(label, text string) {
		const cells = 15
		for i, l := range paragraph(text, width-cells-2) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+t.Key.Render(safetext.Fit(label, cells))+l)
		}
	}
	step("Tenant URL", url)
	if !p.status.Public {
		step("", "This address is local: Entra needs a tunnel and --public-url.")
	}
	step("Secret Token", "press 4, then g; or run: airmock token create")
	step("In Azure", "Enterprise applications → Airstack → Provisioning → Automatic: paste both, Test Connection.")
	lines = append(lines, "", " "+t.Dim.Render("Or from a shell, with the token in $TOKEN (y copies it):"), "")
	// The command stands alone in its lines, so that the mouse can select it.
	command := hardWrap(safetext.Line(session.TryCurl(p.status.TenantURL)), width)
	return append(lines, strings.Split(command, "\n")...)
}
