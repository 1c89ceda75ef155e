package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"airmock/internal/control"
	"airmock/internal/safetext"
	"airmock/internal/scim"
	"airmock/internal/tenant"
	"airmock/store"
)

// errNotRunning is what a command says that needs a running tenant.
var errNotRunning = fmt.Errorf("%w with this data directory; start one with airmock, or airmock serve", control.ErrNoTenant)

// clientFunc is what a command does with a tenant.
type clientFunc func(ctx context.Context, c *control.Client, args []string) error

// onTenant gives cmd the flag that finds a running tenant, and run as what it
// does with it.
func (p *program) onTenant(cmd *cobra.Command, run clientFunc) *cobra.Command {
	return p.bind(cmd, run, func(context.Context, string, clientFunc, []string) error { return errNotRunning })
}

// onData is onTenant for what can be done to the data of a tenant that is not
// running, too.
func (p *program) onData(cmd *cobra.Command, run clientFunc) *cobra.Command {
	return p.onDataAnd(cmd, func(*tenant.Tenant) {}, run)
}

// onDataAnd is onData for what wants more opened than the state.
func (p *program) onDataAnd(cmd *cobra.Command, more func(*tenant.Tenant), run clientFunc) *cobra.Command {
	var files catalogFlags
	files.register(cmd.Flags())
	return p.bind(cmd, run, func(ctx context.Context, dir string, run clientFunc, args []string) error {
		catalog, err := files.catalog()
		if err != nil {
			return err
		}
		return p.openData(ctx, dir, catalog, more, run, args)
	})
}

// bind makes run the work of cmd. Where no tenant runs on the directory,
// otherwise is asked.
func (p *program) bind(cmd *cobra.Command, run clientFunc, otherwise func(ctx context.Context, dir string, run clientFunc, args []string) error) *cobra.Command {
	var data string
	registerData(cmd.Flags(), &data)
	cmd.RunE = p.prepare(func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		dir, err := dataDir(data, p.env)
		if err != nil {
			return err
		}
		client := control.Dial(control.SocketPath(dir, p.env.get))
		defer client.Close()
		switch _, err := client.Status(ctx); {
		case errors.Is(err, control.ErrNoTenant):
			return otherwise(ctx, dir, run, args)
		case err != nil:
			return err
		}
		return run(ctx, client, args)
	})
	return cmd
}

// openData runs a command on the data of a tenant that is not running.
func (p *program) openData(ctx context.Context, dir string, catalog *scim.Catalog, more func(*tenant.Tenant), run clientFunc, args []string) (err error) {
	bar := newProgress(p.stderr, "loading")
	t := tenant.New(tenant.Config{
		Version: version(), BasePath: defaultBasePath, DataDir: dir, Sync: store.SyncAlways, Catalog: catalog,
		Warn: (&diagnostics{w: p.stderr}).say, Progress: bar.show,
	})
	err = t.Open(ctx)
	bar.clear()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	more(t)
	return run(ctx, control.Direct(t), args)
}

// printf writes to stdout what is made safe for a terminal.
func (p *program) printf(format string, args ...any) error {
	_, err := io.WriteString(p.stdout, safetext.Block(fmt.Sprintf(format, args...)))
	return err
}

// printJSON writes v to stdout, indented.
func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
