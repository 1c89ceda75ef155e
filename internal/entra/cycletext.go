package entra

import (
	"fmt"
	"strings"
	"time"
)

// Title names the cycle: "cycle 3 · incremental".
func (c *Cycle) Title() string {
	if c.Part > 1 {
		return fmt.Sprintf("cycle %d.%d · %s", c.Number, c.Part, c.Kind)
	}
	return fmt.Sprintf("cycle %d · %s", c.Number, c.Kind)
}

// Outcome is what the calls came to, less what there was none of: "2 looked up,
// 1 created, 3 members added".
func (n *Counts) Outcome() string {
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words))
		}
	}
	if n.Probes > 0 {
		parts = append(parts, count(n.Probes, "probe"))
	}
	add(n.LookedUp, "looked up")
	add(n.Read, "read")
	add(n.Listed, "listed")
	add(n.Created, "created")
	add(n.Updated, "updated")
	add(n.Disabled, "disabled")
	add(n.Enabled, "enabled")
	add(n.Deleted, "deleted")
	add(n.Unchanged, "written without a difference")
	add(n.Other, "other")
	if n.MembersAdded > 0 {
		parts = append(parts, count(n.MembersAdded, "member")+" added")
	}
	if n.MembersRemoved > 0 {
		parts = append(parts, count(n.MembersRemoved, "member")+" removed")
	}
	add(n.Failed, "failed")
	return strings.Join(parts, ", ")
}

// Pace is how many calls there were and how fast they came: "12 calls in 1.2 s,
// 10 a second".
func (c *Cycle) Pace() string {
	text := count(c.Calls, "call")
	d := c.Duration()
	switch {
	case d >= time.Minute:
		text += " in " + d.Round(time.Second).String()
	case d > 0:
		text += fmt.Sprintf(" in %.1f s", d.Seconds())
	}
	if rate := c.Rate(); rate > 0 {
		text += fmt.Sprintf(", %s a second", trimZero(rate))
	}
	return text
}

func trimZero(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

// Caller names the client: its token and how it calls itself.
func (c *Cycle) Caller() string {
	text := "no token that is known"
	if c.Token != "" {
		text = "token " + shorten(c.Token, maxName)
	}
	if c.UserAgent != "" {
		text += ", " + c.UserAgent
	}
	return text
}

// Summary tells the cycle in some lines, the first of which is its title; the
// last are what stands out, each with its reason below it. Text from the wire is not made safe here.
func (c *Cycle) Summary() []string {
	lines := []string{
		c.Title(),
		c.Pace() + ", by " + c.Caller(),
		c.Outcome(),
		"taken for " + string(c.Kind) + ": " + c.Because,
	}
	for _, story := range c.New {
		lines = append(lines, "new: "+story)
	}
	if more := c.NewCount - len(c.New); more > 0 {
		lines = append(lines, fmt.Sprintf("new: and %d more", more))
	}
	if c.NewCount == 0 {
		lines = append(lines, "nothing new")
	}
	told := map[string]bool{}
	for _, n := range c.Notices {
		text := "! " + n.Text
		if !strings.HasSuffix(text, "…") { // as an id that is cut short ends
			text += "."
		}
		lines = append(lines, text)
		if !told[n.Why] { // the same reason once, where several things stand out by it
			lines = append(lines, "  "+n.because())
		}
		told[n.Why] = true
	}
	return lines
}

// because is the reason for a notice, with the page that says so.
func (n *Notice) because() string {
	if n.Source == "" {
		return n.Why
	}
	return n.Why + " (" + n.Source + ")"
}
