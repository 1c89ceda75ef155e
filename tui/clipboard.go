package tui

import (
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/atotto/clipboard"
)

// clipboardTime is how long the system's clipboard program may take. Some
// (xclip without a display) never end.
const clipboardTime = 2 * time.Second

var errClipboardSlow = errors.New("the clipboard program did not end")

// copyText puts text into the clipboard in both ways there are: the escape
// sequence OSC 52, which reaches the user's own machine through ssh but which
// some terminals and tmux's default drop without a word, and the system's
// clipboard program by way of native. The toast says what was copied, never
// the text, which may be a secret.
func copyText(msg CopyMsg, native func(string) error) tea.Cmd {
	return tea.Batch(
		tea.SetClipboard(msg.Text),
		func() tea.Msg { return copied(msg.What, native(msg.Text)) },
	)
}

func copied(what string, err error) ToastMsg {
	if err == nil {
		return ToastMsg{Text: "copied: " + what}
	}
	return ToastMsg{Text: "sent to the terminal: " + what + " (in tmux: set-clipboard on)"}
}

// nativeCopy runs the system's clipboard program.
func nativeCopy(text string) error {
	if clipboard.Unsupported {
		return errors.New("no clipboard program")
	}
	done := make(chan error, 1)
	go func() { done <- clipboard.WriteAll(text) }()
	select {
	case err := <-done:
		return err
	case <-time.After(clipboardTime):
		return errClipboardSlow
	}
}
