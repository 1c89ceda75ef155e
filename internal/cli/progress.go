package cli

import (
	"fmt"
	"io"
)

// progress is a line on a terminal that says how far a long command is.
type progress struct {
	w     io.Writer // nil where there is no terminal
	what  string
	shown int // percent
}

func newProgress(w io.Writer, what string) *progress {
	if !isTerminal(w) {
		w = nil
	}
	return &progress{w: w, what: what}
}

// show draws the line anew where it says something else; done goes from 0 to 1.
func (p *progress) show(done float64) {
	if percent := int(100 * done); p.w != nil && percent > p.shown {
		p.shown = percent
		fmt.Fprintf(p.w, "\rairmock: %s, %d %%", p.what, percent)
	}
}

// clear takes the line away.
func (p *progress) clear() {
	if p.w != nil && p.shown > 0 {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
