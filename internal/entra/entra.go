// Package entra says what a call means to somebody who watches Microsoft
// Entra ID provision. Pure functions over calls.
//
// Tell composes a story of three parts, each from a table of its own: what was
// asked (phrases, by operation), how it ended (ending), and why the service
// does that (reasons, by operation, and consequences, by ending).
//
// Texts hold what came over the wire, cut but not cleaned: whoever shows them
// passes them through safetext.
package entra

import (
	"airmock/internal/journal"
)

// Story is what a call means.
type Story struct {
	Text   string // one sentence: "Disable a.kim@contoso.com"; text from the wire is not made safe here
	Why    string // a longer text: why the service does this, and what comes next; may be ""
	Source string // where that is documented; may be ""
}

// Tell tells the story of a call.
func Tell(c *journal.Call) Story {
	s := &subject{Call: c}
	s.end = s.ending()
	text := s.phrase()
	if s.end.text != "" && !s.isTest() {
		text += " → " + s.end.text
	}
	why, source := s.explain()
	return Story{Text: text, Why: why, Source: source}
}
