package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/numbers"
)

func (p *program) statsCommand() *cobra.Command {
	var asJSON bool
	var window string
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show how many calls came, how they ended and how long they took",
		Long: `Shows by operation how many calls came since the tenant started, or within the
last minutes: calls a second, errors (statuses of 400 and more, and calls without
an answer), and the times within which 50, 90 and 99 of 100 were answered, in
milliseconds and right to 3 %.

For Prometheus and others, GET /v1/metrics on the control socket has the numbers
as OpenMetrics text.`,
		Example: `airmock stats --window 5m
curl --unix-socket "$DATA/airmock.sock" http://airmock/v1/metrics`,
		Args: noArguments,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&window, "window", "all", "how far back: a duration up to 5m, or all since the start")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		t, err := c.Numbers(ctx, window)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(t)
		}
		rows := table{head: []string{"OPERATION", "CALLS", "A SECOND", "ERRORS", "P50", "P90", "P99", "MAX", "STATUSES"}}
		for _, row := range append(t.Operations, t.Total) {
			rows.add(numberCells(row)...)
		}
		return rows.print(p.stdout)
	})
}

func numberCells(row numbers.Row) []string {
	name := row.Operation
	if name == "" {
		name = "all"
	}
	var statuses []string
	for _, status := range slices.Sorted(maps.Keys(row.Statuses)) {
		statuses = append(statuses, fmt.Sprintf("%s×%d", status, row.Statuses[status]))
	}
	ms := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	return []string{
		name, strconv.FormatUint(row.Calls, 10), strconv.FormatFloat(row.Rate, 'f', 2, 64), strconv.FormatUint(row.Errors, 10),
		ms(row.P50), ms(row.P90), ms(row.P99), ms(row.Max), strings.Join(statuses, " "),
	}
}
