package tui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/teatest/v2"
	"go.uber.org/goleak"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

func TestTheWholeProgram(t *testing.T) {
	f := newFakeTenant(t)
	a := newApp(f, func() time.Time { return start })
	tm := teatest.NewTestModel(t, a, teatest.WithInitialTermSize(80, 24),
		teatest.WithProgramOptions(tea.WithColorProfile(colorprofile.ASCII)))
	until := func(text string) {
		t.Helper()
		teatest.WaitFor(t, tm.Output(), func(out []byte) bool { return bytes.Contains(out, []byte(text)) },
			teatest.WithDuration(10*time.Second), teatest.WithCheckInterval(5*time.Millisecond))
	}
	until("No calls yet")
	fill(f)
	tm.Send(journalChangedMsg{})
	until("Disable a.kim@contoso.com")
	// At once: a frame between two letters would make the next one change a part
	// of "1 of 5" alone, and the output is what changes.
	tm.Type("/")
	tm.Send(tea.PasteMsg{Content: "status:503"})
	until("1 of 5")
	tm.Send(press("enter"))
	tm.Send(press("enter"))
	until("injected fault")
	tm.Type("q")
	final := tm.FinalModel(t, teatest.WithFinalTimeout(10*time.Second)).(*app)
	if got := final.pages[PageLive].(*livePage).current().Seq; got != 3 {
		t.Errorf("call %d is open, want 3", got)
	}
}

func TestRunEndsWithItsContextAndLeavesNothing(t *testing.T) {
	f := newFakeTenant(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(context.Background())
	in, keyboard := io.Pipe()
	screen := &signalWriter{want: "airmock", seen: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, f, Options{In: in, Out: screen, Env: []string{"TERM=xterm-256color", "NO_COLOR=yes"}})
	}()
	<-screen.seen
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	keyboard.Close()
	// Bubble Tea's timers run to their end, a second at most.
	var left error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if left = goleak.Find(before); left == nil {
			return
		}
	}
	t.Error(left)
}

// signalWriter closes seen once want was written to it, in whatever pieces.
type signalWriter struct {
	want string
	seen chan struct{}

	mu   sync.Mutex
	all  strings.Builder
	done bool
}

func (w *signalWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(p)
	if !w.done && strings.Contains(w.all.String(), w.want) {
		w.done = true
		close(w.seen)
	}
	return len(p), nil
}

func TestAStalledTerminalKeepsNeitherCallsNorTheEndWaiting(t *testing.T) {
	f := newFakeTenant(t)
	wall := &stalledWriter{entered: make(chan struct{}), release: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := tea.NewProgram(newApp(f, nil), append(programOptions(ctx, Options{Out: wall, In: strings.NewReader("")}),
		tea.WithWindowSize(80, 24))...)
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(ctx, f.journal.Watch(), p.Send)
	}()
	ended := make(chan bool, 1)
	go func() {
		ok, _ := runProgram(ctx, p, 20*time.Millisecond)
		ended <- ok
	}()
	<-wall.entered

	for range 5000 { // would never end if a call waited for the screen
		f.journal.Append(journaltest.Create("a@contoso.com", start))
	}
	cancel()
	<-fed
	if <-ended {
		t.Error("the program ended although the terminal takes nothing")
	}
	close(wall.release)
	p.Wait()
}

// stalledWriter takes nothing until it is released.
type stalledWriter struct {
	once             sync.Once
	entered, release chan struct{}
}

func (w *stalledWriter) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.entered) })
	<-w.release
	return len(p), nil
}

func TestFeedSendsAtMostThirtyMessagesASecondAndOneWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := journal.New(journal.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		woken, ticked := 0, 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			feed(ctx, j.Watch(), func(msg tea.Msg) {
				switch msg.(type) {
				case journalChangedMsg:
					woken++
				case tickMsg:
					ticked++
				}
			})
		}()
		synctest.Wait()
		for range 5000 {
			j.Append(&journal.Call{})
			time.Sleep(time.Second / 5000)
		}
		time.Sleep(time.Second / 2)
		synctest.Wait()
		if woken < 25 || woken > 32 {
			t.Errorf("%d wake-ups for 5,000 calls in a second", woken)
		}
		before := woken
		time.Sleep(time.Minute)
		synctest.Wait()
		if woken != before || ticked != 61 {
			t.Errorf("in a minute without a call: %d wake-ups, %d ticks in all", woken-before, ticked)
		}
		cancel()
		<-done
	})
}
