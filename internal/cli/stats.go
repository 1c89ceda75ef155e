package cli

import (
	"context"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/numbers"
)

func (p *program) statsCommand() *cobra.Command {
	var asJSON bool
	window := choice{"all", numbers.Names()}
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show how many calls came, how they ended and how long they took",
		Long: `Shows how many calls of each operation came, how many a second, how many were
refused (4xx), failed (5xx) or lost their answer, and how long they took, in
milliseconds: what 50, 90 and 99 of 100 stayed within (2% off at most), and the
longest. A bulk request is one call. It counts from the start of airmock on, also
those calls that the journal no longer has. GET /v1/metrics on the control
socket has the same as OpenMetrics text.`,
		Example: `airmock stats
airmock stats --window 5m --json`,
		Args: noArguments,
	}
	cmd.Flags().Var(&window, "window", "which calls count: of the last minute (1m), five minutes (5m), or all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the numbers as a JSON object")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		counted, err := c.Numbers(ctx, window.value)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(counted)
		}
		rows := table{head: numbers.Head()}
		for _, w := range counted.Windows {
			for _, row := range w.Table() {
				rows.add(row...)
			}
		}
		if err := rows.print(p.stdout); err != nil {
			return err
		}
		if counted.Missed > 0 {
			return p.printf("! %d calls more came, too fast to be counted by operation\n", counted.Missed)
		}
		return nil
	})
}
