package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/numbers"
	"airmock/internal/safetext"
)

// showNumbers shows how many calls came and how long they took, by operation.
func (p *livePage) showNumbers() tea.Cmd {
	late, all := p.env.tenant.Numbers(numbers.MaxWindow), p.env.tenant.Numbers(0)
	return send(ReportMsg{
		Title: "Numbers",
		Lines: func(t *Theme, width int) []string {
			lines := append([]string{t.Head.Render("The last 5 minutes")}, numberLines(t, late, width)...)
			lines = append(lines, "", t.Head.Render("Since the start, "+stretch(all.Seconds)))
			return append(lines, numberLines(t, all, width)...)
		},
	})
}

func stretch(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

// numberLines is a table; the name of the operation has what room is left.
func numberLines(t *Theme, table numbers.Table, width int) []string {
	if table.Total.Calls == 0 {
		return []string{t.Dim.Render("no calls")}
	}
	const numbersWidth = 53
	room := max(8, min(24, width-numbersWidth))
	line := func(name, calls, rate, errors, p50, p90, p99, most string) string {
		return safetext.Fit(safetext.Cut(name, room), room) +
			fmt.Sprintf("%8s%9s%7s%7s%7s%7s%8s", calls, rate, errors, p50, p90, p99, most)
	}
	lines := []string{t.Dim.Render(line("operation", "calls", "rate", "errors", "p50", "p90", "p99", "max ms"))}
	for _, row := range append(table.Operations, table.Total) {
		name := row.Operation
		if name == "" {
			name = "all"
		}
		style := t.Base
		if row.Errors > 0 {
			style = t.Warn
		}
		lines = append(lines, style.Render(line(safetext.Line(name), fmt.Sprint(row.Calls), rateText(row.Rate), fmt.Sprint(row.Errors),
			ms(row.P50), ms(row.P90), ms(row.P99), ms(row.Max))))
	}
	return lines
}

func ms(v float64) string { return msText(time.Duration(v * float64(time.Millisecond))) }
