package cli

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/people"
	"airmock/internal/search"
	"airmock/internal/session"
	"airmock/internal/tenant"
)

func (p *program) exportCommand() *cobra.Command {
	formats := append([]string{"json", "csv"}, session.Formats()...)
	format := choice{"json", formats}
	var filter, output, file string
	var chosen session.Choice
	var redactPeople bool
	cmd := &cobra.Command{
		Use:   "export [users|groups|QUERY]",
		Short: "Write users and groups, or the calls, to stdout or a file",
		Long: `Writes users, groups or both as JSON or CSV, in the form that airmock import
reads; or the calls, of which QUERY, as on the Live page, --cycle and --call
choose some:

  har       HTTP Archive 1.2, for the viewers of browsers and others
  ndjson    an object a line, as airmock calls --json, and all there is beside
  curl      commands that send the calls again; the token is $TOKEN
  markdown  a report for a ticket: what happened, what failed, quirks, numbers

Secrets are redacted. --redact-people replaces names, addresses, telephone
numbers and whatever else may name somebody: the same person by the same
invented one throughout the file; ids stay, where they are UUIDs. A colleague
looks at har and ndjson with airmock open.

JSON is a SCIM ListResponse. CSV has the columns that the people need, headed
with the paths of attributes: userName, emails[type eq "work"].value,
department. Lists, such as the ids of members, stand in a cell with semicolons
between. A text that a spreadsheet would run as a formula has an apostrophe in
front, which import takes away.`,
		Example: `airmock export --output people.json
airmock export users --format csv --filter 'active eq false'
airmock export --format har --redact-people -o session.har
airmock export --format markdown --cycle 3
airmock export --format curl --call 12`,
		Args: func(cmd *cobra.Command, args []string) error {
			ofCalls := slices.Contains(session.Formats(), format.value)
			switch {
			case ofCalls && filter != "":
				return usage("--filter is about users or groups; calls are chosen by a QUERY")
			case ofCalls && len(args) == 1 && (args[0] == "users" || args[0] == "groups"):
				return usage("--format %s is of calls; users and groups are json or csv", format.value)
			case ofCalls:
				return nil
			case chosen != session.Choice{} || file != "" || redactPeople:
				return usage("--cycle, --call, --session and --redact-people are about calls; name their format with --format %s", strings.Join(session.Formats(), "|"))
			case len(args) > 1:
				return usage("%s takes one kind of people, but got %d words; see %s --help", cmd.CommandPath(), len(args), cmd.CommandPath())
			case filter != "" && len(args) == 0:
				return usage("--filter is about users or groups; name one: %s users --filter …", cmd.CommandPath())
			}
			return nil
		},
	}
	cmd.Flags().Var(&format, "format", "json or csv for people; har, ndjson, curl or markdown for calls")
	cmd.Flags().StringVar(&filter, "filter", "", "only those people that match this SCIM filter")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write into this file, whole or not at all (default stdout)")
	cmd.Flags().IntVar(&chosen.Cycle, "cycle", 0, "only the calls of this cycle")
	cmd.Flags().Uint64Var(&chosen.Call, "call", 0, "only the call with this number")
	cmd.Flags().BoolVar(&redactPeople, "redact-people", false, "replace whatever may name somebody in calls")
	cmd.Flags().StringVar(&file, "session", "", "the calls of this exported session, not those of a tenant")
	calls := func(t *tenant.Tenant) {
		if slices.Contains(session.Formats(), format.value) {
			t.OpenCalls()
		}
	}
	p.onDataAnd(cmd, calls, func(ctx context.Context, c *control.Client, args []string) error {
		if !slices.Contains(session.Formats(), format.value) {
			return p.toOutput(output, func(out io.Writer) error {
				return c.Export(ctx, out, people.Format(format.value), strings.Join(args, ""), filter)
			})
		}
		chosen.Query = strings.Join(args, " ")
		return p.toOutput(output, func(out io.Writer) error {
			return c.Session(ctx, out, session.Format(format.value), chosen, redactPeople)
		})
	})
	return p.orSession(cmd, &file, func(s *session.Session, args []string) error {
		chosen.Query = strings.Join(args, " ")
		calls, err := chosen.Of(s.Calls, search.Setting{Now: time.Now()})
		if err != nil {
			return err
		}
		return p.toOutput(output, func(out io.Writer) error {
			return session.Write(out, session.Format(format.value), calls, session.Options{
				Version: version(), TenantURL: tenantURLOf(s), Journal: s.Calls, RedactPeople: redactPeople,
			})
		})
	})
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
		Short: "Take users and groups from a JSON or CSV file, or look at a session",
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

Importing a file twice changes nothing the second time.

An exported session (HAR or NDJSON) is known by what is in it. It changes nothing
here: it opens on the screen, as with airmock open, or without a screen it is
said what is in it.`,
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
	var file *input
	p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		send := func(what string, dry bool) (people.Report, error) {
			file.bar = newProgress(p.stderr, what)
			defer file.bar.clear()
			return c.Import(ctx, file, people.Format(format.value), people.Options{Policy: people.Policy(policy.value), DryRun: dry})
		}
		var report people.Report
		var err error
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
	ofPeople := cmd.RunE
	cmd.RunE = p.prepare(func(cmd *cobra.Command, args []string) (err error) {
		if file, err = p.openInput(cmd.Context(), args[0]); err != nil {
			return err
		}
		defer file.close()
		head, err := file.head()
		if err != nil {
			return err
		}
		if format.value == "" && session.Sniff(head) != "" {
			return p.lookAt(cmd.Context(), file, args[0])
		}
		return ofPeople(cmd, args)
	})
	return cmd
}

// incomplete reports whether the dry run before an import that takes everything or
// nothing found something that it would not take. The report says so then.
func incomplete(report *people.Report) bool {
	if report.Error == "" && report.Conflicts+report.Failed > 0 {
		report.Error = "nothing was imported, as not every row can be"
	}
	return report.Error != "" || report.Interrupted
}
