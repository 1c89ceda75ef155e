package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/replay"
	"airmock/internal/safetext"
)

// errDifferent is wrapped by the error of a command whose expectation was not
// met.
var errDifferent = errors.New("not as it was")

func (p *program) replayCommand() *cobra.Command {
	var asked control.Replay
	var tokenEnv string
	var edit, asJSON bool
	cmd := &cobra.Command{
		Use:   "replay CALL|FROM..TO|QUERY",
		Short: "Send recorded calls again, and show what is different from then",
		Long: `Sends recorded calls again, one after the other, and shows what is different from
then: status, story, headers that matter, and attributes; ids, times and versions
are set aside. Ids that were made in the range are replaced by the new ones in
the calls that follow.

Without --target they go to this tenant, where no token is asked for and armed
faults strike; with it to that Tenant URL and nowhere else. The journal keeps no
secrets: a token for the target is taken from the variable of the environment
that --token-env names, passwords are left out, and a call that cannot be sent as
it was says why and is not sent.

--edit opens the requests in $EDITOR first; those that are removed there are not
sent. Ctrl-c ends between two calls.

The exit code is 0 where every call was answered as then, 3 where something is
different, and 1 where a call could not be sent.`,
		Example: `airmock replay 12
airmock replay 12..40 --target https://example.com/scim --token-env TOKEN --rate 5
airmock replay 'op:user.create status:>=400' --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || strings.TrimSpace(strings.Join(args, " ")) == "" {
				return usage("%s wants the calls to replay: a number (12), a range (12..40), or a query (op:user.create)", cmd.CommandPath())
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&asked.Target, "target", "", "send to this Tenant URL (default this tenant)")
	flags.StringVar(&tokenEnv, "token-env", "", "name of the environment variable that holds the Secret Token to send (default none is sent)")
	flags.BoolVar(&edit, "edit", false, "edit the requests in $VISUAL or $EDITOR first")
	flags.BoolVar(&asked.DryRun, "dry-run", false, "print what would be sent, and send nothing")
	flags.Float64Var(&asked.Rate, "rate", 0, "calls a second at most; 0 for as fast as they are answered")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object a call")
	return p.onTenant(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		asked.Calls = strings.Join(args, " ")
		if tokenEnv != "" {
			if asked.Token = p.env.get(tokenEnv); asked.Token == "" {
				return usage("--token-env: the environment has no %s, or it is empty", tokenEnv)
			}
		}
		if edit {
			if err := p.editReplay(ctx, c, &asked); err != nil {
				return err
			}
		}
		told := replayed{program: p, json: asJSON, dryRun: asked.DryRun}
		err := c.Replay(ctx, asked, told.tell)
		return told.end(ctx, err)
	})
}

// editReplay lets the user edit what is sent.
func (p *program) editReplay(ctx context.Context, c *control.Client, asked *control.Replay) error {
	ask := *asked
	ask.DryRun = true
	text := []byte("# Edit what is sent; what is removed is not sent. Save and close to go on.\n\n")
	err := c.Replay(ctx, ask, func(o replay.Outcome) error {
		if o.Skipped != "" {
			fmt.Fprintf(p.stderr, "airmock: call %d is left out: %s\n", o.Call, safetext.Line(o.Skipped))
			return nil
		}
		text = replay.AppendHTTP(text, o.Request, o.Story)
		return nil
	})
	if err != nil {
		return err
	}
	if text, err = p.editText(ctx, "replay.http", text); err != nil {
		return err
	}
	if asked.Requests, err = replay.ParseHTTP(string(text)); err != nil {
		return fmt.Errorf("nothing was sent: %w", err)
	}
	if len(asked.Requests) == 0 {
		return errors.New("nothing was sent: no request is left")
	}
	return nil
}

// replayed tells of a replay.
type replayed struct {
	*program
	json, dryRun           bool
	same, different, unfit int
}

func (r *replayed) tell(o replay.Outcome) error {
	switch {
	case o.Skipped != "":
		r.unfit++
	case o.Same:
		r.same++
	case o.Sent:
		r.different++
	}
	if r.json {
		return json.NewEncoder(r.stdout).Encode(o)
	}
	if r.dryRun && o.Skipped == "" {
		req := o.Request
		req.Path = o.URL
		return r.printf("%s%s", noted("# ", o.Notes), replay.AppendHTTP(nil, req, o.Story))
	}
	return r.printf("%s", outcomeText(o))
}

func noted(before string, notes []string) string {
	text := ""
	for _, note := range notes {
		text += before + safetext.Line(note) + "\n"
	}
	return text
}

// outcomeText is what came of a call, in lines.
func outcomeText(o replay.Outcome) string {
	what := "same"
	switch {
	case o.Skipped != "":
		what = "not sent"
	case !o.Same:
		what = "DIFFERENT"
	}
	text := fmt.Sprintf("call %d  %-9s  %s\n", o.Call, what, safetext.Line(o.Story))
	if o.Skipped != "" {
		return text + "  " + safetext.Line(o.Skipped) + "\n"
	}
	for _, d := range o.Differences {
		text += fmt.Sprintf("  %s: %s → %s\n", safetext.Line(d.What), orNone(d.Then), orNone(d.Now))
	}
	return text + noted("  ", o.Notes)
}

func orNone(value string) string {
	if value == "" {
		return "(none)"
	}
	return safetext.Line(value)
}

// end says how the replay went as a whole. err is why it ended early.
func (r *replayed) end(ctx context.Context, err error) error {
	sent := r.same + r.different
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted; %d calls were sent", sent)
	case err != nil && sent > 0:
		return fmt.Errorf("%w (after %d calls)", err, sent)
	case err != nil:
		return err
	case !r.dryRun && !r.json:
		if err := r.printf("%d sent: %d same, %d different; %d not sent\n", sent, r.same, r.different, r.unfit); err != nil {
			return err
		}
	}
	switch {
	case r.unfit > 0:
		return fmt.Errorf("%d calls cannot be sent as they were", r.unfit)
	case r.different > 0:
		return fmt.Errorf("%d of %d calls: %w", r.different, sent, errDifferent)
	}
	return nil
}
