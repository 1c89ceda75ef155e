package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/entra"
	"airmock/internal/linelog"
	"airmock/internal/search"
	"airmock/internal/session"
)

func (p *program) callsCommand() *cobra.Command {
	var asJSON, follow bool
	var limit int
	var file string
	cmd := &cobra.Command{
		Use:   "calls [QUERY]",
		Short: "Show the calls of the journal",
		Long: `Shows the calls of the journal, oldest first. QUERY is in the language of the
Live page; all of its words must hold:

  simon "no such"          in the story, the path, names, ids, an error
  op:user.create           the operation; op:user.* is a family of them
  status:404               also 4xx, >=400, and lost where no answer arrived
  user:kim group:eng       who it is about, by name or id
  id:9f2c path:/Users method:patch
  quirk:active fault:503   any is quirk:* and fault:*
  token:azure              its name; also missing, unknown, expired, revoked
  cycle:3 cycle:>=3
  after:10m before:21:04   when it began; also 2026-11-22T21:04:05Z
  ">500ms" "<=2s"          how long it took; the shell wants these in quotes

! turns a word round, | stands between several values (op:user.create|user.patch),
* for anything (user:a.kim@*), quotes are for blanks and colons (user:"b simon"),
which the shell is kept from with quotes of its own. A bulk request is selected
where one of its operations has all that is asked for, and none what is not.`,
		Example: `airmock calls 'op:user.disable status:>=400'
airmock calls 'user:"b simon" !op:*.query after:10m'
airmock calls --follow --json
airmock calls --session colleague.har status:>=400`,
		Args: func(*cobra.Command, []string) error {
			if follow && file != "" {
				return usage("--follow waits for calls, and a session gets no more")
			}
			if limit < 0 {
				return usage("--limit %d is less than none", limit)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a call")
	cmd.Flags().BoolVar(&follow, "follow", false, "go on with calls as they come, until interrupted")
	cmd.Flags().IntVar(&limit, "limit", 1000, "show at most so many, the newest")
	cmd.Flags().StringVar(&file, "session", "", "the calls of this exported session, not those of a tenant")
	p.onTenant(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		query := strings.Join(args, " ")
		print := p.printCall
		if asJSON {
			print = p.printCallJSON
		}
		calls, err := c.Calls(ctx, query, limit)
		if err != nil {
			return err
		}
		var last struct{ Seq uint64 }
		for _, call := range calls {
			if err := print(call); err != nil {
				return err
			}
		}
		if !follow {
			return nil
		}
		switch {
		case len(calls) > 0:
			if err := json.Unmarshal(calls[len(calls)-1], &last); err != nil {
				return fmt.Errorf("read a call: %w", err)
			}
		case limit == 0: // none of the past
			status, err := c.Status(ctx)
			if err != nil {
				return err
			}
			last.Seq = status.Calls
		}
		return c.Stream(ctx, query, last.Seq, print)
	})
	return p.orSession(cmd, &file, func(s *session.Session, args []string) error {
		calls, err := session.Choice{Query: strings.Join(args, " ")}.Of(s.Calls, search.Setting{Now: time.Now()})
		if err != nil {
			return err
		}
		for _, call := range calls[max(0, len(calls)-limit):] {
			text := entra.AppendCall(nil, call)
			if asJSON {
				err = p.printCallJSON(text)
			} else {
				err = p.printCall(text)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *program) printCallJSON(call json.RawMessage) error {
	_, err := fmt.Fprintf(p.stdout, "%s\n", call)
	return err
}

func (p *program) printCall(call json.RawMessage) error {
	line, err := linelog.LineOfJSON(call, time.Local)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, line)
	return err
}
