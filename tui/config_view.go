package tui

import (
	"charm.land/lipgloss/v2"

	"airmock/internal/entra"
	"airmock/internal/safetext"
)

// stackedHeight is the least height in which tokens and checklist fit below
// each other; in less, one is to be seen, and tab goes to the other.
const stackedHeight = 14

func (p *configPage) View(width, height int) string {
	switch {
	case width <= 0 || height <= 0:
		return ""
	case width >= besideWidth:
		left, right := halves(width, 55)
		return frame(sideBySide(p.env.theme,
			p.setupView(left, height), left,
			p.stepsView(right, height), right, height), width, height)
	case height >= stackedHeight:
		return frame(p.stackedView(width, height), width, height)
	case p.onSteps:
		return frame(p.stepsView(width, height), width, height)
	}
	return frame(p.setupView(width, height), width, height)
}

func (p *configPage) stackedView(width, height int) []string {
	above := p.setupHead(width)
	rows := max(1, min(len(p.tokens.rows), 3))
	top := min(len(above)+1+rows, height*3/5)
	lines := p.setupView(width, top)
	for len(lines) < top {
		lines = append(lines, "")
	}
	return append(lines, p.stepsView(width, height-top)...)
}

// setupView is the Tenant URL and the tokens.
func (p *configPage) setupView(width, height int) []string {
	t := p.env.theme
	lines := p.setupHead(width)
	if spare := 2; len(lines) > height-spare {
		lines = lines[:max(0, height-spare)] // the tokens stay in sight
	}
	if len(p.tokens.rows) == 0 {
		return append(lines, fitStyled(" "+t.Dim.Render("none yet: press g, or run airmock token create"), width))
	}
	return append(lines, p.tokens.view(t, width, height-len(lines), !p.onSteps)...)
}

// setupHead is what stands above the tokens.
func (p *configPage) setupHead(width int) []string {
	t := p.env.theme
	var lines []string
	say := func(style lipgloss.Style, text string) {
		for _, l := range paragraph(text, max(1, width-2)) {
			lines = append(lines, " "+style.Render(l))
		}
	}
	lines = append(lines, p.heading("Tenant URL", "u copies", false, width))
	say(t.Base, safetext.Line(p.status.TenantURL))
	if !p.status.Public {
		say(t.Warn, "⚠ Azure cannot reach this address: it is on this machine only. Start a tunnel to "+
			safetext.Line(p.status.Listen)+" and pass its address with --public-url.")
	}
	lines = append(lines, "", p.heading("Secret Token", "g generates", !p.onSteps, width))
	if p.status.FixedSecret {
		say(t.Warn, "⚠ The fixed secret of --token is accepted too. It is not in this list and cannot be revoked.")
	}
	return lines
}

// heading is the line above a part of the page. The mark says that the part
// has the keys.
func (p *configPage) heading(title, hint string, focused bool, width int) string {
	t := p.env.theme
	mark := " "
	if focused {
		mark = t.Title.Render("▌")
	}
	return spread(mark+t.Title.Render(title), t.Dim.Render(hint+" "), width)
}

// stepsView is the checklist. Unless it has the keys, it scrolls by itself to
// the step that is to be done.
func (p *configPage) stepsView(width, height int) []string {
	if height <= 0 {
		return nil
	}
	lines, current := p.stepLines(width)
	p.stepsRoom = height - 1
	if !p.onSteps {
		p.stepsTop = window(p.stepsTop, current, len(lines), p.stepsRoom)
	}
	p.stepsTop = max(0, min(p.stepsTop, len(lines)-p.stepsRoom))
	below := ""
	if n := len(lines) - p.stepsTop - p.stepsRoom; n > 0 {
		below = "↓ " + plural(n, "more line")
	}
	view := []string{p.heading("Setup, step by step", below, p.onSteps, width)}
	return append(view, lines[p.stepsTop:min(len(lines), p.stepsTop+p.stepsRoom)]...)
}

// stepLines are the steps, and the last line of the one that is to be done.
// Steps that come after it are named only.
func (p *configPage) stepLines(width int) (lines []string, current int) {
	t := p.env.theme
	for _, s := range p.steps {
		glyph, word, style := stepMark(t, s.State)
		lines = append(lines, spread(" "+style.Render(glyph+" "+s.Title), style.Render(word)+" ", width))
		if s.State == entra.StepOpen {
			continue
		}
		for _, l := range paragraph(safetext.Line(s.Detail), max(1, width-4)) {
			lines = append(lines, "   "+t.Base.Render(l))
		}
		if s.State == entra.StepCurrent || s.State == entra.StepFailed {
			current = len(lines) - 1
		}
	}
	return lines, current
}

func stepMark(t *Theme, s entra.StepState) (glyph, word string, style lipgloss.Style) {
	switch s {
	case entra.StepDone:
		return "✓", "done", t.Good
	case entra.StepCurrent:
		return "●", "to do", t.Warn
	case entra.StepFailed:
		return "✗", "failed", t.Bad
	}
	return "○", "later", t.Dim
}
