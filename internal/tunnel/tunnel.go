// Package tunnel starts a tunnel program, which lets the internet reach a port
// of this machine, and reads the public address from what the program prints.
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// startTimeout is how long a program may take to name its address. Quick
	// tunnels take seconds.
	startTimeout = 40 * time.Second
	// stopTimeout is how long a program may take to end when it is asked to.
	stopTimeout = 3 * time.Second
	// keptLines is how much of a program's output an error quotes.
	keptLines = 5
)

// Options are the parts of a Tunnel.
type Options struct {
	Provider string                       // one of Providers
	Addr     string                       // host:port to be reached
	Env      []string                     // of the program, as os.Environ returns it
	LookPath func(string) (string, error) // nil: exec.LookPath
	Timeout  time.Duration                // until the address is known; 0: 40 s
}

// Providers returns the names of the tunnels that are known.
func Providers() []string {
	var names []string
	for _, p := range providers() {
		names = append(names, p.name)
	}
	return names
}

// Tunnel is a tunnel program that runs.
type Tunnel struct {
	opts     Options
	provider provider
	cmd      *exec.Cmd
	up       chan string   // gets the address, once
	done     chan struct{} // closed when the program has ended
	err      error         // why; read after done

	mu    sync.Mutex
	url   string
	ready bool
	told  bool     // up has its value
	last  []string // the newest lines, at most keptLines
}

// New returns a tunnel that is not started.
func New(o Options) *Tunnel {
	if o.LookPath == nil {
		o.LookPath = exec.LookPath
	}
	if o.Timeout == 0 {
		o.Timeout = startTimeout
	}
	return &Tunnel{opts: o, up: make(chan string, 1), done: make(chan struct{})}
}

// Start starts the program and returns the public address, without a trailing
// slash, as soon as the program says that it is connected. On an error nothing
// is left running; the error ends with what the program said last.
func (t *Tunnel) Start(ctx context.Context) (url string, err error) {
	if err := t.launch(); err != nil {
		return "", err
	}
	timer := time.NewTimer(t.opts.Timeout)
	defer timer.Stop()
	select {
	case url := <-t.up:
		return url, nil
	case <-t.done:
		return "", t.complain("%s ended before it had an address", t.provider.program)
	case <-timer.C:
		err = t.complain("%s named no address within %v", t.provider.program, t.opts.Timeout)
	case <-ctx.Done():
		err = ctx.Err()
	}
	return "", errors.Join(err, t.Close())
}

func (t *Tunnel) launch() error {
	i := slices.IndexFunc(providers(), func(p provider) bool { return p.name == t.opts.Provider })
	if i < 0 {
		return fmt.Errorf("no tunnel is called %q; known are %s", t.opts.Provider, strings.Join(Providers(), ", "))
	}
	t.provider = providers()[i]
	_, port, err := net.SplitHostPort(t.opts.Addr)
	if err != nil {
		return fmt.Errorf("a tunnel to %s: %w", t.opts.Addr, err)
	}
	program, err := t.opts.LookPath(t.provider.program)
	if err != nil {
		return fmt.Errorf("%s is not installed, or not in PATH (%s); or start a tunnel yourself and pass its address with --public-url", t.provider.program, t.provider.home)
	}
	t.cmd = exec.Command(program, t.provider.args(t.opts.Addr, port)...)
	t.cmd.Env = t.opts.Env
	out := &lineWriter{line: t.read}
	t.cmd.Stdout, t.cmd.Stderr = out, out
	// What the program started itself may hold its output open.
	t.cmd.WaitDelay = stopTimeout
	ownGroup(t.cmd)
	if err := t.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", t.provider.program, err)
	}
	go func() {
		t.err = t.cmd.Wait()
		close(t.done)
	}()
	return nil
}

// Done is closed when the program has ended. It must be called after Start.
func (t *Tunnel) Done() <-chan struct{} { return t.done }

// Close ends the program and what it started, and waits for it. It must follow
// a successful Start.
func (t *Tunnel) Close() error {
	terminate(t.cmd)
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-t.done:
	case <-timer.C:
	}
	kill(t.cmd) // also what the program left behind
	<-t.done
	return nil
}

// read takes in one line of the program's output.
func (t *Tunnel) read(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, line)
	if len(t.last) > keptLines {
		t.last = t.last[1:]
	}
	_, port, _ := net.SplitHostPort(t.opts.Addr)
	if url := t.provider.address(line, port); url != "" && t.url == "" {
		t.url = strings.TrimRight(url, "/")
	}
	t.ready = t.ready || strings.Contains(line, t.provider.connected)
	if t.url != "" && t.ready && !t.told {
		t.told = true
		t.up <- t.url
	}
}

// complain returns an error that ends with what the program said last.
func (t *Tunnel) complain(format string, args ...any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if len(t.last) == 0 {
		return errors.New(text + " and said nothing")
	}
	return errors.New(text + "; it said:\n  " + strings.Join(t.last, "\n  "))
}
