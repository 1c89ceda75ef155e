package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/numbers"
	"airmock/internal/safetext"
)

// showNumbers shows what was counted of the calls, in each window.
func (p *livePage) showNumbers() tea.Cmd {
	counted := p.env.tenant.Numbers().Numbers()
	var lines []string
	for _, w := range counted.Windows {
		lines = append(lines, fmt.Sprintf("%s, times in ms", w.Title()))
		lines = append(lines, aligned(append([][]string{numbers.Head()}, w.Table()...))...)
		lines = append(lines, "")
	}
	if counted.Missed > 0 {
		lines = append(lines, fmt.Sprintf("%d calls more came, too fast to be counted by operation", counted.Missed))
	}
	return send(SheetMsg{Title: "Numbers", Lines: lines})
}

// aligned sets rows in columns one cell apart, so that they fit on 80: names
// from the left, numbers from the right.
func aligned(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], safetext.Width(cell))
		}
	}
	lines := make([]string, len(rows))
	for r, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-safetext.Width(cell))
			if i == 0 {
				lines[r] = cell + pad
			} else {
				lines[r] += " " + pad + cell
			}
		}
	}
	return lines
}
