package tui

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

// crashMsg reports a panic in a command.
type crashMsg struct{ err error }

// crashed turns what recover returned into an error. Its text may hold
// anything, also text from the wire, so it is made safe to print.
func crashed(r any) error {
	return fmt.Errorf("the screen failed: %s\n%s",
		safetext.Line(fmt.Sprint(r)), safetext.Block(string(debug.Stack())))
}

// guard returns cmd with its panics reported as a crashMsg, so that the
// program ends with the terminal restored. Bubble Tea would restore it too,
// but print the panic's text as it is.
func guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = crashMsg{crashed(r)}
			}
		}()
		msg = cmd()
		batch, ok := msg.(tea.BatchMsg)
		if !ok {
			return msg
		}
		guarded := make(tea.BatchMsg, len(batch))
		for i, c := range batch {
			guarded[i] = guard(c)
		}
		return guarded
	}
}
