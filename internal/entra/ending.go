package entra

import (
	"fmt"
	"net/http"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// outcome is a way in which a call ends.
type outcome uint8

const (
	ended        outcome = iota // as asked
	endFound                    // a lookup with hits
	endNotFound                 // a lookup without
	endUnchanged                // a write that made no difference
	endInjected                 // failure injection answered
	endLost                     // stored, and failure injection kept the answer back
	endCut                      // no answer reached the client
	endNoToken
	endWrongToken
	endRevokedToken
	endExpiredToken
	endForbidden
	endTaken     // a unique value is taken
	endGone      // no resource has the id
	endDeleted   // none has it any more
	endNoPath    // the path names nothing
	endStale     // a version precondition failed
	endTooBig    // the body is over the limit
	endInvalid   // the request is refused for what it says
	endBadLookup // so is a lookup
	endThrottled
	endUnsupported
	endBroken // airmock itself failed
)

// ending is how a call ended, and the words for it; no words where it ended as
// anybody would expect.
type ending struct {
	outcome outcome
	text    string
}

// refusals are the endings that the status alone tells.
var refusals = map[int]outcome{
	http.StatusForbidden:             endForbidden,
	http.StatusMethodNotAllowed:      endUnsupported,
	http.StatusNotImplemented:        endUnsupported,
	http.StatusConflict:              endTaken,
	http.StatusPreconditionFailed:    endStale,
	http.StatusRequestEntityTooLarge: endTooBig,
	http.StatusTooManyRequests:       endThrottled,
}

// ending judges the call's answer.
func (s *subject) ending() ending {
	switch {
	case s.Fault != nil && s.disturbed():
		return s.faulted()
	case s.Status == 0:
		return ending{endCut, "no answer reached the client"}
	case s.succeeded():
		return s.wentWell()
	case s.Status == http.StatusNotModified:
		return ending{ended, "not modified since it was read"}
	case s.Status == http.StatusUnauthorized:
		return s.tokenEnding()
	case s.Status == http.StatusNotFound:
		return s.missing()
	case s.Status >= 500 && s.Status != http.StatusNotImplemented:
		return ending{endBroken, s.failure("failed")}
	}
	end, ok := refusals[s.Status]
	if !ok {
		end = endInvalid
		if verb := s.Operation.Verb(); verb == "query" || s.Operation == scim.OpProbe {
			end = endBadLookup
		}
	}
	return ending{end, s.failure("refused")}
}

// disturbed reports whether the fault on the call decided its answer. A rule
// that only delays leaves the answer as it was.
func (s *subject) disturbed() bool {
	return s.Fault.Kind != "latency" && (s.Status == 0 || s.Status >= 400)
}

// faulted words an answer that failure injection made.
func (s *subject) faulted() ending {
	rule := " (rule " + s.Fault.Rule + ")"
	switch {
	case s.changed() && s.Status == 0:
		return ending{endLost, "stored, but the answer was lost on purpose" + rule}
	case s.changed():
		return ending{endLost, fmt.Sprintf("stored, but answered %d on purpose%s", s.Status, rule)}
	case s.Status == 0:
		return ending{endInjected, "the answer was lost on purpose" + rule}
	}
	return ending{endInjected, fmt.Sprintf("%d injected%s", s.Status, rule)}
}

// wentWell words a good answer.
func (s *subject) wentWell() ending {
	switch {
	case s.isLookup() && s.Results >= 0:
		return s.looked()
	case s.Effect != nil && s.Effect.Change == "unchanged":
		return ending{endUnchanged, s.unchanged()}
	}
	return ending{outcome: ended}
}

// tokenEnding words a 401 by what was wrong with the token.
func (s *subject) tokenEnding() ending {
	switch s.Auth {
	case journal.AuthMissing:
		if s.Request.Header.Get("Authorization") != "" {
			return ending{endNoToken, "refused: its Authorization header is no Bearer token"}
		}
		return ending{endNoToken, "refused: it carries no token"}
	case journal.AuthRevoked:
		return ending{endRevokedToken, "refused: the token" + named(s.Token) + " is revoked"}
	case journal.AuthExpired:
		return ending{endExpiredToken, "refused: the token" + named(s.Token) + " has expired"}
	}
	text := "refused: the token" + named(s.Token) + " is wrong"
	if why, _, ok := strings.Cut(s.Error, "; "); ok && strings.HasPrefix(why, "the token ") { // it says more than that it is unknown
		text += ": " + strings.Replace(why, "the token", "it", 1)
	}
	return ending{endWrongToken, text}
}

// named is a token's name behind a word, where it has one.
func named(token string) string {
	if token == "" {
		return ""
	}
	return " " + shorten(token, maxName)
}

// missing words a 404.
func (s *subject) missing() ending {
	switch {
	case s.Target.Base == "":
		return ending{endNoPath, "not found"}
	case s.Target.Endpoint == scim.EndpointNone, s.Target.ID == "":
		return ending{endNoPath, s.failure("not found")}
	}
	if s.Effect != nil && s.Effect.Change == "gone" {
		return ending{endDeleted, "not found: this is the cached id of a deleted " + s.kind()}
	}
	return ending{endGone, "not found"}
}

// unchanged words a write that made no difference.
func (s *subject) unchanged() string {
	switch s.Operation {
	case scim.OpUserDisable:
		return "it was disabled already"
	case scim.OpUserEnable:
		return "it was active already"
	case scim.OpGroupMemberAdd:
		return "nothing changed: in the group already"
	case scim.OpGroupMemberRemove:
		return "nothing changed: not in the group"
	}
	return "nothing changed"
}

// uniques are the attributes that a 409 is about most often. Its detail names
// one, before it quotes the value.
var uniques = [...]string{"userName", "externalId", "displayName"}

// failure words a refusal: verdict and the reason in as few words as tell it.
func (s *subject) failure(verdict string) string {
	switch s.Status {
	case http.StatusConflict:
		if s.ScimType == scim.Uniqueness {
			return verdict + ": " + s.takenAttribute() + " is taken"
		}
	case http.StatusPreconditionFailed:
		if s.Request.Header.Get("If-Match") == "" && s.Request.Header.Get("If-None-Match") != "" {
			return verdict + ": its version is one that If-None-Match excludes"
		}
		return verdict + ": the version has changed since it was read"
	case http.StatusRequestEntityTooLarge:
		if s.Operation != scim.OpBulk { // which has two limits
			return verdict + ": the body is over the limit of 1 MiB"
		}
	case http.StatusTooManyRequests:
		return verdict + ": too many requests"
	}
	switch {
	case s.Error != "":
		return verdict + ": " + clause(s.Error)
	case s.ScimType != "":
		return verdict + ": " + string(s.ScimType)
	}
	return fmt.Sprintf("%s: %d %s", verdict, s.Status, http.StatusText(s.Status))
}

// takenAttribute is the attribute that a 409 names: our own begin with it, as in
// `the serial "A-1" is taken`.
func (s *subject) takenAttribute() string {
	if rest, ok := strings.CutPrefix(s.Error, "the "); ok {
		if name, _, ok := strings.Cut(rest, ` "`); ok && !strings.Contains(name, " ") {
			return label(name)
		}
	}
	named, first := "userName", len(s.Error)
	if s.kind() == "group" {
		named = "displayName"
	}
	for _, name := range uniques {
		if i := strings.Index(s.Error, name); i >= 0 && i < first {
			named, first = name, i
		}
	}
	return named
}

// clause is a detail, or of a long one the first thing that it says.
func clause(detail string) string {
	short := shorten(detail, maxDetail)
	if len(short) == len(detail) {
		return detail
	}
	for _, end := range [...]string{"; ", " (", ", "} {
		if i := strings.LastIndex(short, end); i > maxDetail/3 {
			return short[:i]
		}
	}
	return short
}
