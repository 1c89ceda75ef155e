package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"airmock/store"
)

// maxPlaces is how many damaged places are listed for people.
const maxPlaces = 10

func (p *program) repairCommand() *cobra.Command {
	var to string
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "repair DIR",
		Short: "Save what can be read of a damaged data directory into a new one",
		Long: `Reads the data file in DIR, which is not changed, and saves every user, group,
membership and token that can be read into a new directory, which opens. Of each
the last version that can be read counts. Where nothing is wrong, nothing is
written.`,
		Example: `airmock repair ~/.local/share/airmock
airmock --data ~/.local/share/airmock-repaired`,
		Args: oneArgument("a data directory"),
	}
	cmd.Flags().StringVar(&to, "to", "", "the new directory (default DIR-repaired)")
	cmd.Flags().BoolVar(&force, "force", false, "write it even where nothing is wrong")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.RunE = p.prepare(func(cmd *cobra.Command, args []string) error {
		return p.repair(cmd.Context(), store.RepairOptions{Dir: args[0], To: to, Force: force}, asJSON)
	})
	return cmd
}

func (p *program) repair(ctx context.Context, o store.RepairOptions, asJSON bool) (err error) {
	if o.Dir, err = dataDir(o.Dir, p.env); err != nil {
		return err
	}
	if o.To != "" {
		if o.To, err = dataDir(o.To, p.env); err != nil {
			return err
		}
	}
	bar := newProgress(p.stderr, "repairing")
	o.Progress = bar.show
	report, err := store.Repair(ctx, o)
	bar.clear()
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(report)
	}
	return p.printRepair(report)
}

func (p *program) printRepair(r *store.RepairReport) error {
	rows := table{head: []string{"KIND", "KEPT", "OF THEM OLDER", "LOST"}}
	for _, k := range r.Kinds {
		rows.add(k.Kind, strconv.Itoa(k.Kept), strconv.Itoa(k.Older), strconv.Itoa(k.Lost))
	}
	if err := rows.print(p.stdout); err != nil {
		return err
	}
	if r.Dangling > 0 {
		_ = p.printf("%d of the lost memberships have no group or no member any more\n", r.Dangling)
	}
	if r.Format {
		_ = p.printf("the file did not say its format any more; the new one says this airmock's\n")
	}
	for i, d := range r.Damage {
		if i == maxPlaces {
			_ = p.printf("… and %d damaged places more\n", r.Places-maxPlaces)
			break
		}
		_ = p.printf("byte %d: %d bytes are %s%s\n", d.Offset, d.Bytes, d.What, about(d))
	}
	if r.To == "" {
		return p.printf("%s needs no repair; nothing was written\n", r.From)
	}
	return p.printf("saved in %s; %s is as it was. To continue with it: airmock --data %s\n", r.To, r.From, r.To)
}

// about says whose record a damaged place was, and whether it is lost.
func about(d store.DamagedPart) string {
	switch {
	case d.Key == "":
		return ""
	case d.Saved:
		return fmt.Sprintf(" (%q, which could be read all the same)", d.Key)
	}
	return fmt.Sprintf(" (%q)", d.Key)
}
