package fault

import (
	"fmt"
	"net/http"
	"time"

	"airmock/internal/scim"
)

// maxDelay bounds how long a rule holds up a call: far beyond any client's
// patience.
const maxDelay = time.Hour

// maxTTL bounds how long a rule stays armed.
const maxTTL = 366 * 24 * time.Hour

// kind is a Kind and how a rule of it is read.
type kind struct {
	Kind
	op     string // the default of the key op
	opText string // the same in words
	read   func(f *fields) effect
}

// Kinds returns all kinds.
func Kinds() []Kind {
	var list []Kind
	for _, k := range kinds() {
		list = append(list, k.Kind)
	}
	return list
}

func kinds() []*kind {
	return []*kind{
		{
			Kind: Kind{
				Name:      "status",
				Summary:   "answers with an error status and a SCIM error; the call is not carried out",
				ReachesAs: "that status, with the SCIM error",
				Params: []Param{
					{Name: "code", Summary: "the HTTP status, 400 to 599", Example: "503", Default: "503"},
					{Name: "scim_type", Summary: "the scimType of the error", Example: "uniqueness", Default: "none"},
					{Name: "detail", Summary: "the detail of the error", Example: "down for maintenance", Default: "says that it is on purpose"},
				},
			},
			op: "*", opText: "every call", read: readStatus,
		},
		{
			Kind: Kind{
				Name:      "throttle",
				Summary:   "answers 429 with Retry-After; the call is not carried out",
				ReachesAs: "429 with Retry-After; whether Entra waits as long as it says is not documented",
				Params: []Param{
					{Name: "retry_after", Summary: "how long the client shall wait, or none", Example: "30s", Default: "30s"},
					{Name: "as", Summary: "how Retry-After is written: seconds or date", Example: "date", Default: "seconds"},
				},
			},
			op: "*", opText: "every call", read: readThrottle,
		},
		{
			Kind: Kind{
				Name:      "latency",
				Summary:   "holds the call up, then carries it out",
				Commits:   true,
				ReachesAs: "a slow answer; from about 60 s on Entra, or the tunnel, gives up first",
				Params: []Param{
					{Name: "fixed", Summary: "how long", Example: "2s", Default: "2s"},
					{Name: "jitter", Summary: "by how much longer or shorter, at most", Example: "500ms", Default: "0s"},
				},
			},
			op: "*", opText: "every call", read: readLatency,
		},
		{
			Kind: Kind{
				Name:      "lost_response",
				Summary:   "carries the call out, then cuts the connection instead of answering",
				Commits:   true,
				ReachesAs: "502 from the tunnel, although the change is stored; a tunnel may send a GET again",
			},
			op: "*.create|*.replace|*.patch|*.delete|bulk", opText: "every write", read: readLostResponse,
		},
		{
			Kind: Kind{
				Name:      "token_expired",
				Summary:   "answers 401, as if the Secret Token had expired; the call is not carried out",
				ReachesAs: "401; Entra puts the provisioning job into quarantine at once",
			},
			op: "*", opText: "every call", read: readTokenExpired,
		},
	}
}

var scimTypes = []string{
	string(scim.InvalidFilter), string(scim.TooMany), string(scim.Uniqueness), string(scim.Mutability),
	string(scim.InvalidSyntax), string(scim.InvalidPath), string(scim.NoTarget), string(scim.InvalidValue),
	string(scim.InvalidVers), string(scim.Sensitive),
	string(scim.InvalidCursor), string(scim.ExpiredCursor), string(scim.InvalidCount),
}

func readStatus(f *fields) effect {
	code := f.number("code", http.StatusServiceUnavailable, 400, 599)
	return effect{
		text: fmt.Sprintf("status %d", code),
		outcome: &answer{
			status:   code,
			scimType: scim.ErrorType(f.choice("scim_type", "", scimTypes)),
			detail:   f.spec["detail"],
		},
	}
}

func readThrottle(f *fields) effect {
	a := &answer{status: http.StatusTooManyRequests}
	as := f.choice("as", "seconds", []string{"seconds", "date"})
	if f.spec["retry_after"] == "none" {
		if f.has("as") {
			f.fail("as says how Retry-After is written, and retry_after=none leaves it out; give one of them")
		}
		return effect{text: "throttle without Retry-After", outcome: a}
	}
	wait := f.seconds("retry_after", 30*time.Second, 0, maxTTL)
	a.header = func(e *exchange) (string, string) {
		return "Retry-After", retryAfter(e.engine.now(), wait, as == "date")
	}
	text := "throttle, Retry-After " + shortDuration(wait)
	if as == "date" {
		text += " as a date"
	}
	return effect{text: text, outcome: a}
}

func readLatency(f *fields) effect {
	e := effect{
		fixed:  f.duration("fixed", 2*time.Second, 0, maxDelay),
		jitter: f.duration("jitter", 0, 0, maxDelay),
	}
	if e.jitter > e.fixed {
		f.wrong("jitter", "it is more than fixed, %s, and time does not run backwards", shortDuration(e.fixed))
	}
	e.text = "latency " + shortDuration(e.fixed)
	if e.jitter > 0 {
		e.text += " ± " + shortDuration(e.jitter)
	}
	return e
}

func readLostResponse(*fields) effect {
	return effect{text: "lost response", outcome: lostResponse{}}
}

// The header is the one that scimserver sends for a token that did expire
// (RFC 6750 section 3).
func readTokenExpired(*fields) effect {
	return effect{text: "token expired", outcome: &answer{
		status: http.StatusUnauthorized,
		header: func(e *exchange) (string, string) {
			return "WWW-Authenticate", `Bearer realm="airmock", error="invalid_token", ` +
				`error_description="this Secret Token expired; airmock says so on purpose, rule ` + e.outcome.rule.id + `"`
		},
	}}
}
