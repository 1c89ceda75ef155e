package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/journal"
	"airmock/internal/replay"
	"airmock/internal/safetext"
)

// askReplay asks before the selected call is sent to this tenant again, and says
// what will be sent.
func (p *livePage) askReplay() tea.Cmd {
	c := p.current()
	if c == nil {
		return send(ToastMsg{Text: "no call is selected", Bad: true})
	}
	if p.status.Session != "" {
		return send(ToastMsg{Text: "a session has calls only: there is no tenant to replay them on", Bad: true})
	}
	plan := replay.Run{Target: replay.Here(p.env.tenant, ""), DryRun: true}
	o, err := plan.Call(context.Background(), c, nil)
	switch {
	case err != nil:
		return send(ToastMsg{Text: safetext.Line(err.Error()), Bad: true})
	case o.Skipped != "":
		return send(ToastMsg{Text: "cannot replay it: " + safetext.Line(o.Skipped), Bad: true})
	}
	question := fmt.Sprintf("Replay call %d on this tenant? %s. Sent is %s %s", c.Seq,
		safetext.Cut(safetext.Line(o.Story), 120), safetext.Line(o.Request.Method), safetext.Cut(safetext.Line(o.Request.Path), 120))
	if n := len(o.Request.Body); n > 0 {
		question += fmt.Sprintf(" with a body of %d bytes", n)
	}
	question += "; it needs no token, and armed faults strike."
	for _, note := range o.Notes {
		question += " It " + note + "."
	}
	return send(ConfirmMsg{Question: question, Yes: p.replay(c)})
}

// replay sends a call again and shows what came of it.
func (p *livePage) replay(c *journal.Call) tea.Cmd {
	return func() tea.Msg {
		run := replay.Run{Target: replay.Here(p.env.tenant, "")}
		o, err := run.Call(context.Background(), c, nil)
		if err != nil {
			return ToastMsg{Text: safetext.Line(err.Error()), Bad: true}
		}
		return ReportMsg{
			Title: fmt.Sprintf("Replay of call %d", c.Seq),
			Lines: func(t *Theme, width int) []string { return replayLines(t, o, width) },
			Next:  send(GotoMsg{Page: PageLive, Seq: o.Now}),
			Does:  "show the new call",
		}
	}
}

// replayLines tell what is different from then.
func replayLines(t *Theme, o replay.Outcome, width int) []string {
	verdict := t.Good.Render("answered as then")
	if !o.Same {
		verdict = t.Warn.Render(plural(len(o.Differences), "difference"))
	}
	lines := []string{safetext.Cut(safetext.Line(o.StoryNow), width), fmt.Sprintf("call %d · %.1f ms, then %.1f · ", o.Now, o.Millis, o.MillisThen) + verdict}
	for _, d := range o.Differences {
		lines = append(lines, "", t.Head.Render(safetext.Cut(safetext.Line(d.What), width)))
		lines = append(lines, valueLines(t, "then ", d.Then, width)...)
		lines = append(lines, valueLines(t, "now  ", d.Now, width)...)
	}
	for _, note := range o.Notes {
		lines = append(lines, "")
		for _, l := range paragraph(safetext.Line(note), width) {
			lines = append(lines, t.Dim.Render(l))
		}
	}
	return lines
}

// valueLines are a value behind its label.
func valueLines(t *Theme, label, value string, width int) []string {
	if value == "" {
		return []string{t.Key.Render(label) + t.Dim.Render("(none)")}
	}
	var lines []string
	for i, l := range paragraph(safetext.Line(value), width-len(label)) {
		if i > 0 {
			label = blanks(len(label))
		}
		lines = append(lines, t.Key.Render(label)+l)
	}
	return lines
}
