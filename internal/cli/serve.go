package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"airmock/internal/control"
	"airmock/internal/journal"
	"airmock/internal/linelog"
	"airmock/internal/safetext"
	"airmock/internal/tenant"
	"airmock/store"
	"airmock/tui"
)

func (p *program) serveCommand() *cobra.Command {
	flags := p.tenantFlags()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve without a screen, one line a call on stdout",
		Long:  "Serves without a screen: one line a call on stdout, diagnostics on stderr.",
		Example: `# One JSON object a call, for scripts:
airmock serve --memory --token s3cret-for-scripts --log json

# Write the Tenant URL into a file once it answers:
airmock serve --listen 127.0.0.1:0 --memory --addr-file tenant-url`,
		Args: noArguments,
		RunE: p.prepare(func(cmd *cobra.Command, _ []string) error {
			return p.runLines(cmd.Context(), flags)
		}),
	}
	flags.register(cmd.Flags())
	return cmd
}

// hasScreen reports whether there is a terminal to draw on.
func (p *program) hasScreen() bool {
	return p.env.get("CI") == "" && p.env.get("TERM") != "dumb" && isTerminal(p.stdin) && isTerminal(p.stdout)
}

// isTerminal reports whether a standard stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// runLines runs a tenant with the plain face.
func (p *program) runLines(ctx context.Context, flags *tenantFlags) error {
	log := linelog.New(p.stdout, linelog.Options{
		Format: linelog.Format(flags.log.value),
		Color:  isTerminal(p.stdout) && p.env.get("NO_COLOR") == "",
	})
	// Where the reader of stdout goes, the write fails and the tenant closes in
	// order; by default the signal would kill the process.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	warn := (&diagnostics{w: p.stderr}).say
	var calls *journal.Journal
	var written bool
	err := p.withTenant(ctx, flags, warn, func(ctx context.Context, t *tenant.Tenant) (err error) {
		p.announce(t, warn)
		calls = t.Journal()
		written, err = follow(ctx, log, calls)
		return err
	})
	if err != nil || !written {
		return err
	}
	ended, end := context.WithCancel(ctx)
	end()
	_, err = follow(ended, log, calls) // the calls that completed while the server closed
	return err
}

// logGrace is how long the end of a tenant waits for a stdout that is slow.
const logGrace = 2 * time.Second

// follow is log.Run, but for a stdout that nobody reads, which must not keep a
// tenant from ending: once ctx has ended it waits for logGrace at most. written
// is false where it gave up; the log must not be run again then.
func follow(ctx context.Context, log *linelog.Logger, calls *journal.Journal) (written bool, err error) {
	ran := make(chan error, 1)
	go func() { ran <- log.Run(ctx, calls) }()
	select {
	case err := <-ran:
		return true, err
	case <-ctx.Done():
	}
	select {
	case err := <-ran:
		return true, err
	case <-time.After(logGrace):
		return false, nil
	}
}

// announce says on stderr what somebody needs who has just started a tenant.
func (p *program) announce(t *tenant.Tenant, warn func(string)) {
	s := t.Status()
	warn("Tenant URL    " + s.TenantURL)
	switch {
	case s.FixedSecret:
		warn("Secret Token  the one given with --token")
	case s.Tokens > 0:
		warn(fmt.Sprintf("Secret Token  %d in use; airmock token create makes another", s.Tokens))
	default:
		warn("Secret Token  none yet; airmock token create prints one")
	}
	data := s.DataDir
	if data == "" {
		data = "kept in memory only"
	}
	warn(fmt.Sprintf("Data          %s", data))
	warn(fmt.Sprintf("Seed          %d", s.Seed))
}

// runScreen runs a tenant with the terminal face. What would be diagnostics on
// stderr is kept until the screen is gone, which it would only spoil.
func (p *program) runScreen(ctx context.Context, flags *tenantFlags) error {
	var kept bytes.Buffer
	defer func() { _, _ = kept.WriteTo(p.stderr) }()
	warn := (&diagnostics{w: &kept}).say
	return p.withTenant(ctx, flags, warn, func(ctx context.Context, t *tenant.Tenant) error {
		return tui.Run(ctx, t, tui.Options{In: p.stdin, Out: p.stdout, Env: p.env})
	})
}

// diagnostics writes what happens beside the calls, a line each.
type diagnostics struct {
	mu sync.Mutex
	w  io.Writer
}

func (d *diagnostics) say(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.w, "airmock: %s\n", safetext.Line(text))
}

// collectorRoom is what the garbage collector is made to count as part of the heap,
// in bytes. It starts over when the heap has doubled, which of a small tenant
// under load would be many times a second. Nobody touches these bytes, so that they
// take no memory themselves; what they cost is as much garbage that waits. More of
// them would save a few percent of a flood that lasts, and cost much of one that
// begins, as the system clears each page that the heap first has, which with huge
// pages costs less.
const (
	collectorRoom     = 32 << 20
	collectorRoomHuge = 64 << 20
)

// dataSize is how large the data is that a tenant loads, in bytes.
func dataSize(c tenant.Config) int64 {
	if c.Memory {
		return 0
	}
	return store.DataSize(c.DataDir)
}

// touchedHeap is about how much memory the heap has, in bytes. The runtime takes it
// from the lowest address on.
func touchedHeap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapSys - m.HeapReleased)
}

// withTenant starts a tenant and its control socket, runs face until it
// returns, ctx ends or the tenant breaks, and closes both in order.
func (p *program) withTenant(ctx context.Context, flags *tenantFlags, warn func(string), face func(context.Context, *tenant.Tenant) error) (err error) {
	config, err := flags.config(warn)
	if err != nil {
		return err
	}
	huge, size := useHugePages(dataSize(config)), collectorRoom
	if huge.given() {
		size = collectorRoomHuge
	}
	room := make([]byte, size)
	defer runtime.KeepAlive(room)
	if host, _, _ := net.SplitHostPort(config.Listen); !isLoopback(host) {
		warn(fmt.Sprintf("%s can be reached from other machines; whoever has a Secret Token can write to this tenant", config.Listen))
	}
	bar := newProgress(p.stderr, "loading")
	config.Progress = bar.show
	t := tenant.New(config)
	err = t.Start(ctx)
	bar.clear()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	closeControl, err := p.openControl(ctx, t, config, warn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeControl()) }()
	open, err := p.openTunnel(ctx, t, flags.tunnel.value)
	if err != nil {
		return err
	}
	if open != nil {
		defer func() { err = errors.Join(err, open.Close()) }()
	}
	if err := writeAddress(flags.addrFile, t.Status().TenantURL); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	if open != nil {
		group.Go(func() error { return watchTunnel(ctx, t, open, warn) })
	}
	group.Go(func() error {
		huge.unmark(touchedHeap())
		debug.FreeOSMemory() // loading leaves a quarter as much again as it loads
		return nil
	})
	group.Go(func() error {
		defer stop()
		return face(ctx, t)
	})
	group.Go(func() error {
		defer stop()
		select {
		case <-t.Done():
		case <-ctx.Done():
		}
		return nil
	})
	return group.Wait()
}

// openControl opens the tenant's control socket. A tenant that keeps nothing
// is often one of several and does without where another has the socket. One
// with data must have it, as its commands would reach the other.
func (p *program) openControl(ctx context.Context, t *tenant.Tenant, config tenant.Config, warn func(string)) (func() error, error) {
	if config.DataDir == "" {
		warn("no control socket: the environment names no home directory, and --data no other")
		return func() error { return nil }, nil
	}
	server := control.NewServer(t, control.SocketPath(config.DataDir, p.env.get))
	err := server.Open(ctx)
	switch {
	case err == nil:
		return server.Close, nil
	case config.Memory:
		warn(fmt.Sprintf("no control socket: %v; give this tenant its own with --data", err))
		return func() error { return nil }, nil
	case errors.Is(err, control.ErrInUse): // not one with data: this one has the lock
		return nil, fmt.Errorf("%w, and keeps its data in memory; stop it, or give one of the two its own directory with --data", err)
	}
	return nil, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// writeAddress writes the Tenant URL for whoever waits for it: whole or not at
// all.
func writeAddress(file, url string) error {
	if file == "" {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("write the address file: %w", err)
	}
	_, err = io.WriteString(tmp, url)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write the address file: %w", err)
	}
	return nil
}
