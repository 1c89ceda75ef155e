package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/safetext"
)

func (p *program) timelineCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "timeline USER|GROUP",
		Short: "Show everything that happened to a user or group",
		Long: `Shows every call that touched a user or group, what each changed, memberships
that came and went, and the versions that no call of the journal made; and where
it is now: active, disabled, waiting for the DELETE that Entra sends after 30
days, deleted, or seen again. USER|GROUP is a userName, a displayName or an id;
one that is deleted is found too.`,
		Example: `airmock timeline a.kim@contoso.com`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usage("timeline takes one userName, displayName or id, but got %d words", len(args))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the timelines as a JSON array, one for each id that had the name")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		list, err := c.Timelines(ctx, args[0])
		switch {
		case err != nil:
			return err
		case asJSON:
			return p.printJSON(list)
		}
		for i, t := range list {
			if i > 0 {
				if err := p.printf("\n"); err != nil {
					return err
				}
			}
			if err := p.printTimeline(t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *program) printTimeline(t control.Timeline) error {
	head := []string{fmt.Sprintf("%s %s · %s", t.Type, t.Name, t.State)}
	if !t.Since.IsZero() {
		head[0] += " since " + t.Since.Local().Format(time.DateTime)
	}
	if !t.Due.IsZero() {
		head[0] += " · due " + t.Due.Local().Format(time.DateOnly)
	}
	head = append(head, "id "+t.ID)
	if t.Note != "" {
		head = append(head, t.Note)
	}
	for _, ev := range t.Events {
		head = append(head, eventLines(ev)...)
	}
	for i, line := range head {
		head[i] = safetext.Line(line)
	}
	return p.printf("%s\n", strings.Join(head, "\n"))
}

// eventLines is a line for what happened, and one for each difference.
func eventLines(ev control.Event) []string {
	from := ""
	if ev.Call > 0 {
		from = fmt.Sprintf(" (call %d)", ev.Call)
	}
	status := "    "
	switch {
	case ev.Status != nil && *ev.Status == 0:
		status = "lost"
	case ev.Status != nil:
		status = fmt.Sprintf("%-4d", *ev.Status)
	}
	story := ev.Story
	if ev.Status == nil {
		story = ev.Change + " " + story
	}
	lines := []string{fmt.Sprintf("%s  %s %s%s", ev.Time.Local().Format(time.DateTime), status, story, from)}
	const indent = "                          "
	for _, f := range ev.Fields {
		lines = append(lines, indent+f.Name+": "+valueText(f.From)+" → "+valueText(f.To))
	}
	if ev.AddedCount > 0 {
		lines = append(lines, indent+"+ "+listText(ev.Added, ev.AddedCount))
	}
	if ev.RemovedCount > 0 {
		lines = append(lines, indent+"- "+listText(ev.Removed, ev.RemovedCount))
	}
	return lines
}

func valueText(v json.RawMessage) string {
	if len(v) == 0 {
		return "(none)"
	}
	return safetext.Cut(safetext.Line(string(v)), maxCell)
}

func listText(names []string, n int) string {
	text := strings.Join(names, ", ")
	if more := n - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
