// Package entra says what a call means to somebody who watches Microsoft
// Entra ID provision. Pure functions over calls.
//
// Tell composes a story of three parts, each from a table of its own: what was
// asked (phrases, by operation), how it ended (ending), and why the service
// does that (reasons, by operation, and consequences, by ending).
//
// Texts hold what came over the wire, cut and without control characters; whoever
// shows them on a terminal passes them through safetext all the same.
package entra

import (
	"strings"
	"unicode/utf8"

	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// Story is what a call means.
type Story struct {
	Text   string // one sentence: "Disable a.kim@contoso.com"
	Why    string // why the service makes such a call
	Source string // where that is documented; may be ""

	// Next is what the end of the call means, and what the service does next as
	// far as that is documented; "" where it ended as anybody would expect.
	Next       string
	NextSource string
}

// Tell tells the story of a call.
func Tell(c *journal.Call) Story {
	s := &subject{Call: c}
	s.end = s.ending()
	story := Story{Text: s.sentence()}
	reason, next := s.reason(), s.consequence()
	story.Why, story.Source = reason.text, reason.source
	story.Next, story.NextSource = next.text, next.source
	if other := s.stranger(); other != "" {
		story.Why, story.Next = ofEntra(other, story.Why), ofEntra(other, story.Next)
	}
	return story
}

// stranger is the name of the client where it says that it is another one than
// Entra.
func (s *subject) stranger() string {
	if a := agent(s.Call); a == "" || s.Request.Header.Get("Adscimversion") != "" {
		return ""
	}
	client := ClientOf([]*journal.Call{s.Call})
	if client.Sure != Certain || client.Name == nameEntra {
		return ""
	}
	return client.Name
}

// ofEntra is an explanation for a call that another client made.
func ofEntra(other, text string) string {
	if !strings.Contains(text, "Entra") {
		return text
	}
	return "Sent by " + other + ". Of Entra, the same call would mean: " + text
}

func (s *subject) sentence() string {
	text := s.phrase()
	if s.end.text != "" && !s.isTest() {
		text += " → " + s.end.text
	}
	return safe(text)
}

// safe is text with control characters as they are shown. Nearly all texts have
// none, so it looks at each byte once.
func safe(text string) string {
	for i := range len(text) {
		c := text[i]
		if c < 0x20 || c == 0x7f || c == 0xc2 && i+1 < len(text) && text[i+1] < 0xa0 { // C0, DEL, C1
			return safetext.Line(text)
		}
	}
	if !utf8.ValidString(text) {
		return safetext.Line(text)
	}
	return text
}
