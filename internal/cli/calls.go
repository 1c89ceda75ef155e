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
Live page: words, and keys such as op: status: user: group: id: path: quirk:
fault: cycle: and >500ms, each with ! to turn it round.`,
		Example: `airmock calls 'op:user.disable status:>=400'
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
		calls, err := session.Choice{Query: strings.Join(args, " ")}.Of(s.Calls, nil)
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
