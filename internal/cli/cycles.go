package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/safetext"
)

func (p *program) cyclesCommand() *cobra.Command {
	var asJSON bool
	number := 0 // of the cycle; 0 for all
	cmd := &cobra.Command{
		Use:   "cycles [NUMBER]",
		Short: "Show the provisioning cycles of the journal, and what repeats itself in them",
		Long: `Shows the cycles of the calls in the journal, oldest first: initial, incremental,
on demand, or probe only, with what became of the calls. Below the table is what
stands out: values that are written again in each cycle, creates that never
succeed, lookups that never find, ids of what is deleted. With NUMBER, that
cycle in words. A number with a dot, such as 3.2, is a second client or activity
within the same run of calls.`,
		Example: `airmock cycles
airmock cycles 3`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("cycles takes one number, but got %d words", len(args))
			}
			for _, word := range args {
				n, err := strconv.Atoi(word)
				if err != nil || n < 1 {
					return usage("%q is no number of a cycle, such as 3", word)
				}
				number = n
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the cycles as a JSON array")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		list, err := c.Cycles(ctx)
		if err != nil {
			return err
		}
		if number > 0 {
			list = slices.DeleteFunc(list, func(c control.Cycle) bool { return c.Number != number })
			if len(list) == 0 {
				return fmt.Errorf("the journal has no call of cycle %d; airmock cycles lists those that it has", number)
			}
		}
		switch {
		case asJSON:
			return p.printJSON(list)
		case number > 0:
			return p.printSummaries(list)
		}
		return p.printCycles(list)
	})
}

// printCycles prints a row each, and below them what stands out, once.
func (p *program) printCycles(list []control.Cycle) error {
	rows := table{head: []string{"CYCLE", "KIND", "STARTED", "TOOK", "CALLS", "CALLS/S", "LOOKED UP", "CREATED", "UPDATED", "DISABLED", "ENABLED", "DELETED", "MEMBERS", "FAILED", "NEW", "CLIENT"}}
	var notices []string
	for _, c := range list {
		name := strconv.Itoa(c.Number)
		if c.Part > 1 {
			name += "." + strconv.Itoa(c.Part)
		}
		numbers := []string{strconv.Itoa(c.Calls), fmt.Sprintf("%.1f", c.Rate)}
		for _, n := range []int{c.LookedUp, c.Created, c.Updated, c.Disabled, c.Enabled, c.Deleted} {
			numbers = append(numbers, strconv.Itoa(n))
		}
		members := fmt.Sprintf("+%d -%d", c.MembersAdded, c.MembersRemoved)
		row := append([]string{name, string(c.Kind), c.Started.Local().Format(time.DateTime), took(c.Duration())}, numbers...)
		rows.add(append(row, members, strconv.Itoa(c.Failed), strconv.Itoa(c.NewCount), c.Caller())...)
		for _, n := range c.Notices {
			if !slices.Contains(notices, n.Text) {
				notices = append(notices, n.Text)
			}
		}
	}
	if err := rows.print(p.stdout); err != nil {
		return err
	}
	for _, text := range notices {
		if err := p.printf("! %s\n", safetext.Line(text)); err != nil {
			return err
		}
	}
	return nil
}

func took(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func (p *program) printSummaries(list []control.Cycle) error {
	for i, c := range list {
		if i > 0 {
			if err := p.printf("\n"); err != nil {
				return err
			}
		}
		lines := c.Summary()
		lines[0] += " · started " + c.Started.Local().Format(time.DateTime)
		for i, line := range lines {
			lines[i] = safetext.Line(line)
		}
		if err := p.printf("%s\n", strings.Join(lines, "\n")); err != nil {
			return err
		}
	}
	return nil
}
