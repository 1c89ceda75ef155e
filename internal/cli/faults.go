package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/fault"
)

func (p *program) faultCommand() *cobra.Command {
	return group("fault", "Make calls fail on purpose",
		p.faultArm(), p.faultList(), p.faultExplain(), p.faultPresets(), p.faultKinds(), p.faultDisarm(), p.faultClear())
}

func (p *program) faultArm() *cobra.Command {
	var spec fault.Spec
	cmd := &cobra.Command{
		Use:   "arm NAME [key=value …]",
		Short: "Arm a kind of fault, or a preset; prints the rule",
		Long: `Arms a kind of fault ("airmock fault kinds") with keys that say which calls it
matches and when it fires, or a preset ("airmock fault presets"), whose own
keys may be overridden.`,
		Example: `# 503 for the next two creates of users:
airmock fault arm status code=503 op=user.create first=2

# Store the first create, and lose its answer:
airmock fault arm lost-create`,
		Args: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) == 0 {
				return usage("%s wants a kind or a preset; airmock fault kinds and airmock fault presets list them", cmd.CommandPath())
			}
			if spec, err = fault.ParseSpec(args); err != nil {
				return &usageError{err.Error()}
			}
			return nil
		},
	}
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		rule, err := c.Arm(ctx, spec)
		if err != nil {
			return err
		}
		return p.printf("%s  %s\n", rule.ID, rule.Text)
	})
}

func (p *program) faultList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the rules, what each did, and what it can still do", Args: noArguments}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		rules, err := c.Faults(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(rules)
		}
		rows := table{head: []string{"ID", "RULE", "FIRED", "MATCHED", "LEFT", "EXPIRES", "LAST"}}
		for _, r := range rules {
			left := "–"
			if r.Left >= 0 {
				left = fmt.Sprint(r.Left)
			}
			rows.add(r.ID, r.Text, fmt.Sprint(r.Fired), fmt.Sprint(r.Matched), left, moment(r.Expires), r.Last)
		}
		return rows.print(p.stdout)
	})
}

func (p *program) faultDisarm() *cobra.Command {
	cmd := &cobra.Command{Use: "disarm ID", Short: "Remove one rule", Args: oneArgument("a rule's id, as airmock fault list shows it")}
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		if err := c.Disarm(ctx, args[0]); err != nil {
			return err
		}
		return p.printf("disarmed %s\n", args[0])
	})
}

func (p *program) faultClear() *cobra.Command {
	cmd := &cobra.Command{Use: "clear", Short: "Remove all rules", Args: noArguments}
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		n, err := c.ClearFaults(ctx)
		if err != nil {
			return err
		}
		return p.printf("cleared %d\n", n)
	})
}

// The two commands that explain the language of rules need no tenant.

func (p *program) faultPresets() *cobra.Command {
	return &cobra.Command{
		Use: "presets", Short: "List the presets", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			var out strings.Builder
			group := ""
			for _, preset := range fault.Presets() {
				if preset.Group != group {
					group = preset.Group
					fmt.Fprintf(&out, "%s:\n", group)
				}
				fmt.Fprintf(&out, "  %-24s %s\n", preset.Name, preset.Summary)
				fmt.Fprintf(&out, "  %-24s changes are %s; reaches Entra as %s\n", "", storedOrNot(preset.Commits), preset.ReachesAs)
			}
			return p.printf("%s", out.String())
		},
	}
}

func (p *program) faultKinds() *cobra.Command {
	return &cobra.Command{
		Use: "kinds", Short: "List the kinds of faults and the keys of a rule", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			var out strings.Builder
			for _, kind := range fault.Kinds() {
				fmt.Fprintf(&out, "%s: %s\n", kind.Name, kind.Summary)
				explain(&out, kind.Params)
			}
			out.WriteString("which calls a rule matches:\n")
			explain(&out, fault.MatchParams())
			out.WriteString("when it fires:\n")
			explain(&out, fault.SelectParams())
			return p.printf("%s", out.String())
		},
	}
}

// explain writes a line for each key.
func explain(out *strings.Builder, params []fault.Param) {
	for _, param := range params {
		example := param.Name + "=" + param.Example
		if strings.ContainsAny(example, " *|") {
			example = "'" + example + "'" // as a shell wants it
		}
		fmt.Fprintf(out, "  %-30s %s", example, param.Summary)
		if param.Default != "" {
			fmt.Fprintf(out, " (default: %s)", param.Default)
		}
		out.WriteByte('\n')
	}
}

func storedOrNot(commits bool) string {
	if commits {
		return "stored"
	}
	return "not stored"
}
