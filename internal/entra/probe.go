package entra

import (
	"fmt"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// isTest reports whether the call is a lookup that cannot find anything, as
// Test Connection and the start of each activity make it.
//
// Where externalId is mapped to the object id, an ordinary match also looks up
// a random GUID. The two cannot be told apart, so a good answer to such a
// lookup is told as a lookup; a bad one matters as a test. What found something
// was no test.
func (s *subject) isTest() bool {
	switch {
	case s.Operation != scim.OpProbe || s.Results > 0:
		return false
	case s.succeeded():
		return s.ask().attribute != "externalId"
	}
	return true
}

// probe is the phrase of a lookup by a GUID. The verdict is part of it, as
// that is what somebody who presses Test Connection wants to read.
func (s *subject) probe() string {
	if !s.isTest() {
		return s.lookUp()
	}
	if s.kind() == "group" {
		return "Test Connection, groups: " + s.verdict()
	}
	return "Test Connection: " + s.verdict()
}

// verdict says whether the answer to a test is what the service wants: 200
// with an empty list.
func (s *subject) verdict() string {
	switch {
	case s.succeeded() && s.Results < 0:
		return fmt.Sprintf("failed, the answer %d is no list", s.Status)
	case s.succeeded() && s.Auth == journal.AuthOK:
		return "token accepted, empty list as expected"
	case s.succeeded():
		return "empty list as expected"
	}
	return strings.Replace(s.end.text, ": ", ", ", 1)
}
