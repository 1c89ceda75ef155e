package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"airmock/internal/control"
)

func (p *program) tokenCommand() *cobra.Command {
	return group("token", "Make, list and revoke Secret Tokens", p.tokenCreate(), p.tokenList(), p.tokenRevoke())
}

func (p *program) tokenCreate() *cobra.Command {
	var name string
	var expires lifetime
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Print a new Secret Token on stdout, and nothing else there",
		Long: `Prints a new Secret Token on stdout, and nothing else there. It is shown this
once: only its SHA-256 is kept.`,
		Example: "airmock token create --name azure --expires 90d",
		Args:    noArguments,
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the token (default azure, azure-2, …)")
	cmd.Flags().Var(&expires, "expires", "how long it is good for, such as 90d or 12h (default for ever)")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		token, err := c.CreateToken(ctx, name, time.Duration(expires))
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "airmock: made the token %s (%s)\n", token.Name, token.ID)
		_, err = fmt.Fprintln(p.stdout, token.Secret)
		return err
	})
}

func (p *program) tokenList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "List the Secret Tokens, without their secrets", Args: noArguments}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return p.onData(cmd, func(ctx context.Context, c *control.Client, _ []string) error {
		tokens, err := c.Tokens(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(tokens)
		}
		rows := table{head: []string{"NAME", "ID", "STATE", "CREATED", "LAST USED", "EXPIRES"}}
		for _, t := range tokens {
			rows.add(t.Name, t.ID, t.State, moment(t.Created), moment(t.LastUsed), moment(t.Expires))
		}
		return rows.print(p.stdout)
	})
}

func (p *program) tokenRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke NAME|ID",
		Short: "Revoke a Secret Token; calls with it get 401 from then on",
		Args:  oneArgument("a token's name or id"),
	}
	return p.onData(cmd, func(ctx context.Context, c *control.Client, args []string) error {
		token, err := c.RevokeToken(ctx, args[0])
		if err != nil {
			return err
		}
		return p.printf("revoked the token %s (%s)\n", token.Name, token.ID)
	})
}

// lifetime is a duration on the command line: as Go writes it, or in days.
type lifetime time.Duration

func (l *lifetime) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

func (l *lifetime) Type() string { return "lifetime" }

func (l *lifetime) Set(text string) error {
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 15) // 2^15 days fit a Duration
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is not a time from now on, such as 90d or 12h", text)
	}
	*l = lifetime(d)
	return nil
}

// moment is a time for people; a dash for never.
func moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}
