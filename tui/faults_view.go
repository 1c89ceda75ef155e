package tui

import (
	"fmt"
	"strconv"
	"strings"

	"airmock/internal/fault"
	"airmock/internal/safetext"
)

func (p *faultsPage) View(width, height int) string {
	switch {
	case width <= 0 || height <= 0:
		return ""
	case width >= besideWidth:
		left, right := halves(width, 48)
		return frame(sideBySide(p.env.theme,
			p.rulesView(left, height), left,
			p.presetsView(right, height), right, height), width, height)
	case height >= stackedHeight:
		return frame(p.stackedView(width, height), width, height)
	case p.onPresets:
		return frame(p.presetsView(width, height), width, height)
	}
	return frame(p.rulesView(width, height), width, height)
}

// stackedView has the rules above the presets. What has the keys gets the most
// room, and explains its selected row.
func (p *faultsPage) stackedView(width, height int) []string {
	top := min(2+max(1, len(p.rules.rows)), height/3)
	if !p.onPresets {
		top = height * 3 / 5
	}
	lines := p.rulesView(width, top)
	for len(lines) < top {
		lines = append(lines, "")
	}
	return append(lines, p.presetsView(width, height-top)...)
}

// withAbout puts the explanation of a selected row below its table, where
// there is room for both.
func withAbout(lines, about []string, height int) []string {
	room := height - len(about)
	if len(about) == 0 || room < 5 {
		return lines
	}
	lines = lines[:min(len(lines), room)]
	for len(lines) < room {
		lines = append(lines, "")
	}
	return append(lines, about...)
}

// partHeight is the height of a table that has about lines below it.
func partHeight(height, about int) int {
	if height-about < 5 {
		return height
	}
	return height - about
}

func (p *faultsPage) heading(title string, focused bool) string {
	mark := " "
	if focused {
		mark = p.env.theme.Title.Render("▌")
	}
	return mark + p.env.theme.Title.Render(title)
}

func (p *faultsPage) rulesView(width, height int) []string {
	t := p.env.theme
	lines := []string{p.heading("Armed rules", !p.onPresets)}
	if len(p.rules.rows) == 0 {
		for _, l := range paragraph("none: everything works as it should. space arms a preset, n makes a rule.", max(1, width-2)) {
			lines = append(lines, " "+t.Dim.Render(l))
		}
		return lines[:min(len(lines), max(0, height))]
	}
	var about []string
	if rule, ok := p.rules.selected(); ok && !p.onPresets {
		about = p.aboutRule(rule, width)
	}
	lines = append(lines, p.rules.view(t, width, partHeight(height, len(about))-1, !p.onPresets)...)
	return withAbout(lines, about, height)
}

func (p *faultsPage) presetsView(width, height int) []string {
	t := p.env.theme
	var about []string
	if row, ok := p.presets.selected(); ok && p.onPresets {
		about = p.aboutPreset(row.Preset, width)
	}
	lines := []string{p.heading("Presets", p.onPresets)}
	lines = append(lines, p.presets.view(t, width, partHeight(height, len(about))-1, p.onPresets)...)
	return withAbout(lines, about, height)
}

func (p *faultsPage) ruleColumns() []column[fault.Status] {
	dim := func(text string) cell { return cell{text, p.env.theme.Dim} }
	return []column[fault.Status]{
		{width: 2, cell: func(s fault.Status, _ int) cell {
			if s.Left == 0 {
				return dim("○")
			}
			return cell{"⚡", p.env.theme.Bad}
		}},
		{title: "RULE", width: 30, grow: 3, cell: func(s fault.Status, _ int) cell {
			return cell{safetext.Line(s.Text), p.env.theme.Base}
		}},
		{title: "FIRED", width: 7, drop: 2, right: true, cell: func(s fault.Status, _ int) cell {
			return dim(fmt.Sprintf("%d/%d", s.Fired, s.Matched))
		}},
		{title: "LEFT", width: 5, drop: 1, right: true, cell: func(s fault.Status, _ int) cell {
			return dim(leftText(s))
		}},
		{title: "ENDS", width: 6, drop: 3, right: true, cell: func(s fault.Status, _ int) cell {
			return dim(p.endsText(s))
		}},
		{title: "LAST", width: 24, grow: 2, drop: 4, cell: func(s fault.Status, _ int) cell {
			return dim(safetext.Line(s.Last))
		}},
	}
}

// endsText is when a rule disarms itself.
func (p *faultsPage) endsText(s fault.Status) string {
	if s.Expires.IsZero() {
		return "never"
	}
	return until(p.env.now(), s.Expires)
}

// leftText is how often a rule can still fire.
func leftText(s fault.Status) string {
	switch {
	case s.Left < 0:
		return "∞"
	case s.Left == 0:
		return "spent"
	}
	return strconv.Itoa(s.Left)
}

func (p *faultsPage) presetColumns() []column[presetRow] {
	dim := func(text string) cell { return cell{safetext.Line(text), p.env.theme.Dim} }
	return []column[presetRow]{
		{title: "NAME", width: 18, cell: func(r presetRow, _ int) cell {
			return cell{r.Name, p.env.theme.Key}
		}},
		{title: "WHAT IT DOES", width: 28, grow: 3, cell: func(r presetRow, _ int) cell {
			return cell{safetext.Line(r.Summary), p.env.theme.Base}
		}},
		{title: "STATE", width: 10, drop: 1, cell: func(r presetRow, _ int) cell {
			if r.Commits {
				return dim("stored")
			}
			return dim("not stored")
		}},
		{title: "REACHES ENTRA AS", width: 34, grow: 2, drop: 2, cell: func(r presetRow, _ int) cell {
			return dim(r.ReachesAs)
		}},
	}
}

// explain is all that there is to say about a preset.
func explain(preset fault.Preset) []string {
	state := "State: nothing is stored."
	if preset.Commits {
		state = "State: writes are stored, whatever the client sees."
	}
	return []string{
		safetext.Line(preset.Summary),
		state,
		"Reaches Entra as: " + safetext.Line(preset.ReachesAs),
	}
}

func (p *faultsPage) aboutPreset(preset fault.Preset, width int) []string {
	t := p.env.theme
	lines := []string{p.ruleLine(preset.Name, width)}
	for _, text := range explain(preset) {
		for _, l := range paragraph(text, max(1, width-2)) {
			lines = append(lines, " "+t.Base.Render(l))
		}
	}
	for _, l := range paragraph(specText(preset.Spec), max(1, width-2)) {
		lines = append(lines, " "+t.Key.Render(l))
	}
	return lines
}

// ruleLine is the line between a table and what is said about its row.
func (p *faultsPage) ruleLine(title string, width int) string {
	t := p.env.theme
	title = safetext.Cut(safetext.Line(title), max(0, width-6))
	rest := strings.Repeat("─", max(0, width-5-safetext.Width(title)))
	return t.Rule.Render(" ── ") + t.Head.Render(title) + t.Rule.Render(" "+rest)
}

func (p *faultsPage) aboutRule(s fault.Status, width int) []string {
	t := p.env.theme
	lines := []string{p.ruleLine(s.ID, width)}
	say := func(text string) {
		for _, l := range paragraph(text, max(1, width-2)) {
			lines = append(lines, " "+t.Base.Render(l))
		}
	}
	say(safetext.Line(s.Text))
	say(fmt.Sprintf("matched %s, fired on %d · left: %s · ends: %s", plural(s.Matched, "call"), s.Fired, leftText(s), p.endsText(s)))
	if s.Last != "" {
		say(safetext.Line(s.Last) + ", " + ago(p.env.now(), s.LastAt))
	}
	return lines
}
