package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"airmock/internal/session"
	"airmock/internal/tenant"
	"airmock/tui"
)

func (p *program) openCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "open FILE",
		Short: "Look at an exported session on the screen",
		Long: `Opens the calls of an exported session on the Live page, with their detail and
the search: HAR and NDJSON of airmock export, a log of airmock serve --log json,
or HAR of a browser or proxy as far as there is SCIM in it.

Nothing is served and nothing is changed. Without a screen, use airmock calls
--session FILE.`,
		Example: `airmock open colleague.har
airmock calls --session colleague.har 'status:>=400'`,
		Args: oneArgument("a file that airmock export --format har or ndjson wrote"),
	}
	cmd.RunE = p.prepare(func(cmd *cobra.Command, args []string) error {
		if !p.hasScreen() {
			return usage("there is no terminal to draw on; airmock calls --session %s prints the calls", args[0])
		}
		file, err := p.openInput(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		defer file.close()
		return p.lookAt(cmd.Context(), file, args[0])
	})
	return cmd
}

// lookAt shows a session on the screen, or says what is in it where there is
// none.
func (p *program) lookAt(ctx context.Context, file *input, name string) error {
	s, err := readSession(file, name)
	if err != nil {
		return err
	}
	if !p.hasScreen() {
		return p.tellSession(s, name)
	}
	past, err := tenant.Look(ctx, tenant.Config{
		Version: version(), BasePath: baseOf(s), PublicURL: originOf(s),
	}, s.Calls, filepath.Base(name))
	if err != nil {
		return err
	}
	defer past.Close()
	return tui.Run(ctx, past, tui.Options{In: p.stdin, Out: p.stdout, Env: p.env})
}

// tellSession says what is in a session.
func (p *program) tellSession(s *session.Session, name string) error {
	failed := 0
	for _, c := range s.Calls {
		if c.Status == 0 || c.Status >= 400 {
			failed++
		}
	}
	text := fmt.Sprintf("%s is a session (%s): %d calls, %d failed\n", name, s.Format, len(s.Calls), failed)
	if s.Skipped > 0 {
		text += fmt.Sprintf("%d entries in it are no calls of a SCIM service\n", s.Skipped)
	}
	if s.Missed > 0 {
		text += fmt.Sprintf("%d calls are missing in it: they were dropped before they could be written\n", s.Missed)
	}
	return p.printf("%snothing was imported; look at it with airmock open, or airmock calls --session\n", text)
}

// orSession makes cmd work on the session in *file, where one is named.
func (p *program) orSession(cmd *cobra.Command, file *string, run func(s *session.Session, args []string) error) *cobra.Command {
	onTenant := cmd.RunE
	cmd.RunE = p.prepare(func(cmd *cobra.Command, args []string) error {
		if *file == "" {
			return onTenant(cmd, args)
		}
		in, err := p.openInput(cmd.Context(), *file)
		if err != nil {
			return err
		}
		defer in.close()
		s, err := readSession(in, *file)
		if err != nil {
			return err
		}
		return run(s, args)
	})
	return cmd
}

func readSession(in *input, name string) (*session.Session, error) {
	s, err := session.Read(in, nil)
	in.bar.clear()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return s, nil
}

// originOf is the scheme and host of the calls, as far as the session tells.
func originOf(s *session.Session) string {
	if s.Origin != "" {
		return s.Origin
	}
	return "http://127.0.0.1:7644"
}

func baseOf(s *session.Session) string {
	for _, c := range s.Calls {
		if c.Target.Base != "" {
			return c.Target.Base
		}
	}
	return defaultBasePath
}

func tenantURLOf(s *session.Session) string { return originOf(s) + baseOf(s) }
