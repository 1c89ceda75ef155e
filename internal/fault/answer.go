package fault

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// answer is the outcome that a call is answered with an error and not carried
// out.
type answer struct {
	status   int
	scimType scim.ErrorType
	detail   string                               // "" for one that says it is on purpose
	header   func(*exchange) (name, value string) // of the answer; nil for none
}

func (a *answer) serve(e *exchange) {
	detail := a.detail
	if detail == "" {
		r := e.outcome.rule
		detail = fmt.Sprintf("airmock answered %d on purpose: rule %s (%s)", a.status, r.id, r.text)
	}
	h := e.w.Header()
	h.Set("Content-Type", "application/scim+json")
	if a.header != nil {
		h.Set(a.header(e))
	}
	e.call.ScimType, e.call.Error = a.scimType, detail
	e.call.Effect = e.untouched()
	e.did("answered %d", a.status)
	e.w.WriteHeader(a.status)
	// A client that is gone is nobody's error.
	_, _ = e.w.Write(scim.AppendError(nil, a.status, a.scimType, detail))
}

// untouched is the effect of a call that is not carried out: none, on the
// resource that it names, so that its story can say whose it would have been.
func (e *exchange) untouched() *journal.Effect {
	target := e.call.Target
	rt := e.engine.types.TypeAt(target.Endpoint)
	if rt == nil || target.ID == "" {
		return nil
	}
	effect := &journal.Effect{Type: rt.Name, ID: target.ID, Name: e.engine.nameOf(target.ID), Change: "none"}
	effect.NameAsked(e.call.Raw, e.engine.nameOf)
	return effect
}

// retryAfter writes the value of Retry-After (RFC 9110 section 10.2.3): whole
// seconds, rounded up, or the date when they are over.
func retryAfter(now time.Time, wait time.Duration, date bool) string {
	seconds := int64(math.Ceil(wait.Seconds()))
	if date {
		return now.Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
	}
	return strconv.FormatInt(seconds, 10)
}
