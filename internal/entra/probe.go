package entra

import (
	"fmt"
	"net/http"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Verdict says how a Test Connection went: a lookup of a user or group that
// cannot exist, which the service makes when the button is pressed, and at the
// start of each cycle too.
type Verdict struct {
	OK        bool   // the answer was the right one: 200, a list, nobody in it
	Attribute string // the matching attribute: "userName", "externalId", "emails"; "" where the filter names none
	Text      string // one line: "token accepted, empty list as expected", or why it failed
}

// VerdictOf judges a call as a Test Connection; ok is false where it is none. A
// match by object id looks the same as one, and is judged as one.
func VerdictOf(c *journal.Call) (v Verdict, ok bool) {
	s := &subject{Call: c}
	if c.Results > 0 || c.Operation != scim.OpProbe && !s.isAstray() {
		return Verdict{}, false
	}
	s.end = s.ending()
	return Verdict{
		OK:        s.succeeded() && c.Results == 0,
		Attribute: s.ask().attribute,
		Text:      safe(s.verdict()),
	}, true
}

// isTest reports whether the call is a lookup that cannot find anything, as
// Test Connection and the start of each activity make it.
//
// Where externalId is mapped to the object id, an ordinary match also looks up
// a random GUID. The two cannot be told apart, so a good answer to such a
// lookup is told as a lookup; a bad one matters as a test. What found something
// was no test.
func (s *subject) isTest() bool {
	switch {
	case s.isAstray():
		return true
	case s.Operation != scim.OpProbe || s.Results > 0:
		return false
	case s.succeeded():
		return s.ask().attribute != "externalId"
	}
	return true
}

// isAstray reports whether the call is a test that a wrong Tenant URL led to
// where nothing is served.
func (s *subject) isAstray() bool {
	return s.Operation == scim.OpUnknown && s.Method == http.MethodGet && s.Filter != "" && s.Status == http.StatusNotFound &&
		scim.IsGUID(s.ask().value)
}

// probe is the phrase of a lookup by a GUID. The verdict is part of it, as
// that is what somebody who presses Test Connection wants to read.
func (s *subject) probe() string {
	if !s.isTest() {
		return s.lookUp()
	}
	return s.probeText()
}

func (s *subject) probeText() string {
	if s.kind() == "group" {
		return "Test Connection, groups: " + s.verdict()
	}
	return "Test Connection: " + s.verdict()
}

// verdict says whether the answer to a test is what the service wants: 200
// with an empty list; and if it is not, why.
func (s *subject) verdict() string {
	text := strings.Replace(s.end.text, ": ", ", ", 1)
	switch {
	case s.succeeded() && s.Results < 0:
		return fmt.Sprintf("failed, the answer %d is no list", s.Status)
	case s.succeeded():
		text = "empty list as expected"
		if s.Auth == journal.AuthOK {
			text = "token accepted, " + text
		}
		if attribute := s.ask().attribute; attribute != "" {
			text += " (by " + shorten(attribute, maxValue) + ")"
		}
	case s.end.outcome == endNoPath:
		text = "failed, " + shorten(s.Error, 2*maxDetail) // it names what is nearest
	case s.Fault != nil && s.disturbed():
		text = "failed, a fault is armed: " + s.end.text
	}
	if s.isPlain() {
		text += "; it came over plain http, and the Tenant URL in Azure has to begin with https"
	}
	return text
}

// isPlain reports whether the client came to the tunnel by plain http, as the
// tunnel says. A tunnel that redirects it to https makes it lose its token.
func (s *subject) isPlain() bool {
	first, _, _ := strings.Cut(s.Request.Header.Get("X-Forwarded-Proto"), ",")
	return strings.EqualFold(strings.TrimSpace(first), "http")
}
