package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/people"
)

// maxExportedCalls is how many calls the tenant gives at once.
const maxExportedCalls = 10_000

func (p *program) exportCommand() *cobra.Command {
	format := choice{"json", []string{"json", "csv", "ndjson"}}
	var filter, output string
	cmd := &cobra.Command{
		Use:   "export [users|groups]",
		Short: "Write users and groups, or the calls, to stdout or a file",
		Long: `Writes users, groups or both as JSON or CSV, in the form that airmock import
reads; or with --format ndjson the calls of the journal, an object a line.

JSON is a SCIM ListResponse. CSV has the columns that the people need, headed
with the paths of attributes: userName, emails[type eq "work"].value,
department. Lists, such as the ids of members, stand in a cell with semicolons
between. A text that a spreadsheet would run as a formula has an apostrophe in
front, which import takes away.`,
		Example: `airmock export --output people.json
airmock export users --format csv --filter 'active eq false'`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usage("%s takes one kind of people, but got %d words; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
			case format.value == "ndjson" && (len(args) > 0 || filter != ""):
				return usage("--format ndjson is of calls; users and groups are json or csv")
			case filter != "" && len(args) == 0:
				return usage("--filter is about users or groups; name one: %s users --filter …", cmd.CommandPath())
			}
			return nil
		},
	}
	cmd.Flags().Var(&format, "format", "json or csv for people, ndjson for calls")
	cmd.Flags().StringVar(&filter, "filter", "", "only those that match this SCIM filter")
	cmd.Flags().StringVar(&output, "output", "", "write into this file, whole or not at all (default stdout)")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		return p.toOutput(output, func(out io.Writer) error {
			if format.value == "ndjson" {
				return exportCalls(ctx, c, out)
			}
			return c.Export(ctx, out, people.Format(format.value), strings.Join(args, ""), filter)
		})
	})
}

// exportCalls writes the calls of a running tenant as airmock calls --json does.
func exportCalls(ctx context.Context, c *control.Client, out io.Writer) error {
	switch status, err := c.Status(ctx); {
	case err != nil:
		return err
	case status.Listen == "": // its data was opened, and has no calls
		return errNotRunning
	}
	calls, err := c.Calls(ctx, "", maxExportedCalls)
	if err != nil {
		return err
	}
	for _, call := range calls {
		if _, err := fmt.Fprintf(out, "%s\n", call); err != nil {
			return err
		}
	}
	return nil
}

// toOutput lets write write into the file with that name, which is there whole
// or not at all, or into stdout for "".
func (p *program) toOutput(name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return write(p.stdout)
	}
	return writeWhole(name, true, write)
}

func (p *program) importCommand() *cobra.Command {
	format := choice{"", []string{"json", "csv"}}
	policy := choice{string(people.Skip), []string{string(people.Skip), string(people.Update), string(people.Rename), string(people.Fail)}}
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take users and groups from a JSON or CSV file",
		Long: `Takes users and groups from a file, or from stdin for -. JSON is an array, a SCIM
ListResponse, one resource, or one after the other; CSV has a line of headings,
which are paths of attributes, such as userName, name.givenName,
emails[type eq "work"].value, department, manager, or members.

Each row is read as a POST of it would be. Ids are new; managers and members
follow, whether they are named by id, externalId or userName. A row is of somebody
who is there already if the id, the name or else the externalId is the same.
Where the two differ, --on-conflict says what becomes of it:

  skip    the tenant stays as it is
  update  the row replaces what is there, as a PUT does: what it lacks is gone
  rename  the row becomes somebody else, with a number behind the name
  fail    nothing is imported unless every row can be

Importing a file twice changes nothing the second time.`,
		Example: `airmock import people.csv --dry-run
airmock export | airmock import - --data other --on-conflict update`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := oneArgument("a file, or - for stdin")(cmd, args); err != nil {
				return err
			}
			if args[0] == "-" && policy.value == string(people.Fail) && !dry {
				return usage("--on-conflict fail reads the file twice, which stdin cannot be; import a file")
			}
			return nil
		},
	}
	cmd.Flags().Var(&format, "format", "json or csv (default by what is in the file)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, and report what would be")
	cmd.Flags().Var(&policy, "on-conflict", "what becomes of a row that contradicts what is there: skip, update, rename or fail")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		file, err := p.openInput(ctx, args[0])
		if err != nil {
			return err
		}
		defer file.close()
		send := func(what string, dry bool) (people.Report, error) {
			file.bar = newProgress(p.stderr, what)
			defer file.bar.clear()
			return c.Import(ctx, file, people.Format(format.value), people.Options{Policy: people.Policy(policy.value), DryRun: dry})
		}
		var report people.Report
		if policy.value != string(people.Fail) || dry {
			report, err = send("importing", dry)
		} else if report, err = send("checking", true); err == nil && !incomplete(&report) {
			if err = file.rewind(); err == nil {
				report, err = send("importing", false)
			}
		}
		if err != nil {
			return err
		}
		return p.tellReport(report, args[0], asJSON)
	})
}

// incomplete reports whether the dry run before an import that takes everything or
// nothing found something that it would not take. The report says so then.
func incomplete(report *people.Report) bool {
	if report.Error == "" && report.Conflicts+report.Failed > 0 {
		report.Error = "nothing was imported, as not every row can be"
	}
	return report.Error != "" || report.Interrupted
}
