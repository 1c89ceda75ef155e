package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/scim"
)

func (p *program) waitCommand() *cobra.Command {
	var want control.Wait
	var timeout time.Duration
	var after uint64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "wait [QUERY]",
		Short: "Wait for a call that matches, or for a user or group that does",
		Long: `Waits until a call matches QUERY, a user matches --user or a group --group,
whichever comes first, and prints it. QUERY is in the language of airmock calls,
the filters are SCIM filters, which may be true already.

Only calls that come from now on count. A script that starts something and then
waits may be late for its call: --since 10s takes calls of the last ten seconds
too, and --after N those with numbers above N, the oldest first, so that a loop
with the number of the last one ("seq" in --json) misses none.

The exit code is 0 when something matched, 3 when nothing did in time, 2 for a
query that cannot be read, and 1 where no tenant runs or it stops.`,
		Example: `airmock wait 'op:user.disable user:a.kim@*' --timeout 5m
airmock wait --user 'userName eq "a.kim@contoso.com" and active eq false'
airmock wait 'op:group.member.add group:Engineering status:2xx' --since 10s --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case strings.TrimSpace(strings.Join(args, " ")) == "" && want.User == "" && want.Group == "":
				return usage("%s wants a query, --user or --group; any call is '*'; see %s --help", cmd.CommandPath(), cmd.CommandPath())
			case timeout < 0:
				return usage("--timeout %v is less than none", timeout)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&want.User, "user", "", "a SCIM filter: a user that matches it ends the waiting")
	cmd.Flags().StringVar(&want.Group, "group", "", "a SCIM filter: a group that matches it ends the waiting")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "how long to wait, up to 24h; 0 looks once")
	cmd.Flags().StringVar(&want.Since, "since", "", "also take calls that began since then: 10s ago, or at 21:04")
	cmd.Flags().Uint64Var(&after, "after", 0, "take calls with numbers above this, old ones too")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the call or the resource as JSON")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		want.Query, want.Timeout = strings.TrimSpace(strings.Join(args, " ")), timeout.String()
		if cmd.Flags().Changed("after") {
			want.After = &after
		}
		found, err := c.Wait(ctx, want)
		if err != nil {
			return waitedInVain(ctx, err)
		}
		return p.printFound(found, asJSON)
	})
}

// waitedInVain is the error of a wait in the terms of the command.
func waitedInVain(ctx context.Context, err error) error {
	var refused *control.RefusedError
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; nothing matched until now")
	case errors.As(err, &refused) && refused.Status == http.StatusRequestTimeout:
		return fmt.Errorf("%w: %w", errTimedOut, err)
	}
	return err
}

// printFound prints a call as airmock calls does, and a resource as airmock
// users and groups do.
func (p *program) printFound(found control.Found, asJSON bool) error {
	switch {
	case found.Call != nil && asJSON:
		return p.printCallJSON(found.Call)
	case found.Call != nil:
		return p.printCall(found.Call)
	case asJSON:
		return p.printCallJSON(found.Resource)
	}
	resource, err := scim.Parse(found.Resource)
	if err != nil {
		return fmt.Errorf("read the %s that was found: %w", found.Type, err)
	}
	return listings()[found.Type].print(p.stdout, []*scim.Value{resource})
}
