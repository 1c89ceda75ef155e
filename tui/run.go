package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// framesPerSecond is the cap on writes to the terminal.
const framesPerSecond = 30

// stallTime is how long Run waits at its end for a terminal that takes no
// output (ctrl+s, a dead connection) before it gives up on restoring it.
const stallTime = 2 * time.Second

// ErrStalled is returned where the screen could not be ended because the
// terminal took no output.
var ErrStalled = errors.New("the terminal takes no output, so it could not be restored")

// Options are the parts of a screen.
type Options struct {
	In  io.Reader        // nil: standard input
	Out io.Writer        // nil: standard output
	Env []string         // nil: the process's environment
	Now func() time.Time // nil: time.Now
}

// Run shows t on the terminal until the user quits or ctx ends; both return
// nil. SIGINT, SIGTERM and SIGHUP quit like the user does. A panic on the
// screen restores the terminal and is returned as an error whose text is safe
// to print. The caller keeps everybody else off the terminal meanwhile.
func Run(ctx context.Context, t Tenant, o Options) error {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	a := newApp(t, o.Now)
	p := tea.NewProgram(a, programOptions(ctx, o)...)

	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(ctx, t.Journal().Watch(), p.Send)
	}()
	defer func() {
		stop()
		<-fed
	}()

	ended, err := runProgram(ctx, p, stallTime)
	if !ended {
		return ErrStalled
	}
	return outcome(a.failure, err, ctx.Err() != nil)
}

// runProgram runs p and reports whether it came to an end. Where ctx ended and
// p did not follow, its goroutine hangs in a write that only the terminal can
// end: after patience it is left behind, so that the data can be closed.
func runProgram(ctx context.Context, p *tea.Program, patience time.Duration) (ended bool, err error) {
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return true, err
	case <-time.After(patience):
		return false, nil
	}
}

// outcome is what Run returns: failure is a panic of ours, err what Bubble Tea
// returned, asked whether the context had ended.
func outcome(failure, err error, asked bool) error {
	switch {
	case failure != nil:
		return failure
	case err == nil, asked && errors.Is(err, tea.ErrProgramKilled) && !errors.Is(err, tea.ErrProgramPanic):
		return nil
	}
	return fmt.Errorf("show the screen: %w", err)
}

func programOptions(ctx context.Context, o Options) []tea.ProgramOption {
	options := []tea.ProgramOption{
		tea.WithContext(ctx),
		tea.WithEnvironment(o.Env),
		tea.WithFPS(framesPerSecond),
		tea.WithoutSignalHandler(),
	}
	if o.In != nil {
		options = append(options, tea.WithInput(o.In))
	}
	if o.Out != nil {
		options = append(options, tea.WithOutput(o.Out))
	}
	if noColor(o.Env) {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	return options
}

// noColor reports whether NO_COLOR has any value but the empty one
// (https://no-color.org). colorprofile wants one that strconv.ParseBool takes.
func noColor(env []string) bool {
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "NO_COLOR="); ok && v != "" {
			return true
		}
	}
	return false
}
