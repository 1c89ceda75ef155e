package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/fault"
	"airmock/internal/safetext"
)

func (p *program) faultExplain() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain ID|NAME [key=value …]",
		Short: "Say what a rule would do, how Entra copes, and which calls it would have hit",
		Long: `Says what a rule does, when it fires, how that reaches Entra and what Entra does
then, and for which calls of the journal it would have fired, had it been armed
before them. The rule is one that is armed, by its id, or is written as for
airmock fault arm. Nothing is armed.`,
		Example: `airmock fault explain r1
airmock fault explain status code=503 op=user.create first=2`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("%s wants the id of a rule, or a kind or preset with its keys", cmd.CommandPath())
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		spec, err := ruleOf(ctx, c, args)
		if err != nil {
			return err
		}
		x, err := c.Explain(ctx, spec)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(x)
		}
		return p.printExplanation(x)
	})
}

// ruleOf returns the rule that is armed by that id, or is written there.
func ruleOf(ctx context.Context, c *control.Client, args []string) (fault.Spec, error) {
	if len(args) == 1 {
		armed, err := c.Faults(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range armed {
			if strings.EqualFold(r.ID, args[0]) {
				return r.Spec, nil
			}
		}
	}
	spec, err := fault.ParseSpec(args)
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	return spec, nil
}

func (p *program) printExplanation(x control.Explanation) error {
	lines := [][2]string{
		{"does", x.Does},
		{"changes", "are " + storedOrNot(x.Commits)},
		{"fires for", x.Fires},
		{"reaches Entra as", x.ReachesAs},
		{"Entra then", x.Entra},
		{"", x.Source},
	}
	var out strings.Builder
	fmt.Fprintln(&out, x.Text)
	for _, l := range lines {
		if l[1] != "" {
			fmt.Fprintf(&out, "  %-18s%s\n", l[0], l[1])
		}
	}
	fmt.Fprintf(&out, "of the %d calls in the journal it matches %d, and would have fired for %d", x.Looked, x.Matched, x.Fired)
	switch {
	case x.Fired > len(x.Calls):
		fmt.Fprintf(&out, "; the newest %d:\n", len(x.Calls))
	case x.Fired > 0:
		out.WriteString(":\n")
	default:
		out.WriteString("\n")
	}
	if _, err := fmt.Fprint(p.stdout, safetext.Block(out.String())); err != nil {
		return err
	}
	for _, call := range x.Calls {
		if err := p.printCall(call); err != nil {
			return err
		}
	}
	return nil
}
