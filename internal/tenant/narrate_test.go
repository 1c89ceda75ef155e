package tenant

import (
	"fmt"
	"strings"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// narrator writes calls as a reader meets them on the Live page: a line for
// each, and below it, at the first call that needs them, the explanation and
// the quirks.
type narrator struct {
	strings.Builder
	told map[string]bool // explanations that were given
}

// narrate is the text of a conversation.
func narrate(calls []*journal.Call) string {
	n := &narrator{told: map[string]bool{}}
	cycle := 0
	for _, c := range calls {
		if c.Cycle != cycle {
			cycle = c.Cycle
			n.heading(c)
		}
		n.call(c)
	}
	n.WriteString("── cycles ──\n")
	var cycles entra.Cycles
	cycles.Observe(calls)
	for _, c := range cycles.List() {
		for i, line := range c.Summary() {
			fmt.Fprintf(n, "%s%s\n", map[bool]string{false: "  "}[i == 0], safetext.Line(line))
		}
	}
	n.WriteString("── who called ──\n")
	for _, client := range entra.Clients(calls) {
		fmt.Fprintf(n, "%s by %s\n", strings.TrimSuffix(fmt.Sprintf("%d calls", client.Calls), map[bool]string{true: "s"}[client.Calls == 1]), safetext.Line(client.Text()))
	}
	return n.String()
}

func (n *narrator) heading(c *journal.Call) {
	fmt.Fprintf(n, "── cycle %d · started %s ──\n", c.Cycle, c.Time.Format("15:04:05"))
}

func (n *narrator) call(c *journal.Call) {
	s := entra.Tell(c)
	n.line(c.Time.Format("15:04:05")+"  ", s.Text, c.Status)
	n.explain(s.Next, s.NextSource)
	n.explain(s.Why, s.Source)
	for _, part := range c.Parts {
		n.line("          · ", entra.Tell(part).Text, part.Status)
	}
	for one := range c.All() {
		for _, q := range one.Quirks {
			info := entra.Quirk(q)
			n.explain("~"+string(q)+": "+info.Summary, info.Source)
		}
	}
}

func (n *narrator) line(head, text string, status int) {
	answer := fmt.Sprint(status)
	if status == 0 {
		answer = "no answer"
	}
	fmt.Fprintf(n, "%s%s  [%s]\n", head, safetext.Line(text), answer)
}

// explain gives an explanation once.
func (n *narrator) explain(text, source string) {
	if text == "" || n.told[text] {
		return
	}
	n.told[text] = true
	fmt.Fprintf(n, "          | %s", safetext.Line(text))
	if source != "" {
		fmt.Fprintf(n, " (%s)", source)
	}
	n.WriteString("\n")
}
