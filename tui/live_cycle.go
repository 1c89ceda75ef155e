package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
)

// kindOf says what cycles of one number are for. What is no provisioning is left
// out beside what is.
func kindOf(cycles []entra.Cycle) string {
	var kinds, rest []string
	for _, c := range cycles {
		list := &kinds
		if c.Kind == entra.CycleProbe || c.Kind == entra.CycleOther {
			list = &rest
		}
		if !slices.Contains(*list, string(c.Kind)) {
			*list = append(*list, string(c.Kind))
		}
	}
	if len(kinds) == 0 {
		kinds = rest
	}
	return strings.Join(kinds, " + ")
}

// showCycle shows the cycles to which the current call's number belongs.
func (p *livePage) showCycle() tea.Cmd {
	c := p.current()
	if c == nil {
		return nil
	}
	var lines []string
	for _, cycle := range p.cycles.Numbered(c.Cycle) {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, cycle.Summary()...)
	}
	if len(lines) == 0 {
		return nil // so many cycles came since that this one is forgotten
	}
	return send(SheetMsg{Title: "Cycle", Lines: lines})
}
