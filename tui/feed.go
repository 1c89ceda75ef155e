package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/journal"
)

const (
	// wakeGap is the least time between two wake-ups, about a frame.
	wakeGap = 33 * time.Millisecond
	// tickGap is how often counts and times are looked at without one.
	tickGap = time.Second
)

type (
	// journalChangedMsg says that there are new calls, however many: pages
	// pull them by number. One message a call would make the program's speed
	// that of the terminal.
	journalChangedMsg struct{}
	// tickMsg comes each second.
	tickMsg struct{}
)

// feed tells send of new calls, and of each second, until ctx ends. send may
// block for as long as the terminal does not take output: nobody but feed
// waits for it.
func feed(ctx context.Context, w *journal.Watcher, send func(tea.Msg)) {
	defer w.Close()
	second := time.NewTicker(tickGap)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			send(tickMsg{})
			continue
		case <-w.C:
			send(journalChangedMsg{})
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wakeGap):
		}
	}
}

// send returns a command that does nothing but send msg.
func send(msg tea.Msg) tea.Cmd {
	return func() tea.Msg { return msg }
}
