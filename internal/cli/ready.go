package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"

	"airmock/internal/control"
)

// readyPoll is how often a waiting airmock ready asks.
const readyPoll = 50 * time.Millisecond

func (p *program) readyCommand() *cobra.Command {
	var data string
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:     "ready",
		Short:   "Exit with 0 when the tenant answers; for scripts and health checks",
		Example: "airmock ready --wait --timeout 30s",
		Args:    noArguments,
	}
	registerData(cmd.Flags(), &data)
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until it answers; exit with 3 when it does not in time")
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to wait")
	cmd.RunE = p.prepare(func(cmd *cobra.Command, _ []string) error {
		dir, err := dataDir(data, p.env)
		if err != nil {
			return err
		}
		client := control.Dial(control.SocketPath(dir, p.env.get))
		defer client.Close()
		url, err := p.askReady(cmd.Context(), client, wait, timeout)
		if err != nil {
			return err
		}
		return p.printf("ready %s\n", url)
	})
	return cmd
}

// askReady returns the Tenant URL of the tenant when it answers.
func (p *program) askReady(ctx context.Context, client *control.Client, wait bool, timeout time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		status, err := client.Status(ctx)
		switch {
		case err == nil:
			return status.TenantURL, nil
		case errors.Is(err, control.ErrNoTenant) && !wait:
			return "", errNotRunning
		case !errors.Is(err, control.ErrNoTenant) && ctx.Err() == nil:
			return "", err
		}
		select {
		case <-time.After(readyPoll):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return "", fmt.Errorf("%w: %w after %v", errTimedOut, control.ErrNoTenant, timeout)
			}
			return "", ctx.Err()
		}
	}
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			return p.printf("airmock %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}

// version is the module's version, or what was built from when it is a
// checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return fmt.Errorf("build the manual page: %w", err)
			}
			_, err = fmt.Fprint(p.stdout, page.Build(roff.NewDocument()))
			return err
		},
	}
}
