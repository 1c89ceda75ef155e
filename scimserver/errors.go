package scimserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// maxDetail bounds the detail of an error, in bytes: it may quote the request.
const maxDetail = 2 << 10

// refusal is an error that knows its answer.
type refusal struct {
	status   int
	scimType scim.ErrorType // "" for none
	detail   string         // what was wrong, and what would be right
	header   fields         // of the answer
}

func (e *refusal) Error() string { return e.detail }

// notFound returns a 404 with a formatted detail.
func notFound(format string, args ...any) error {
	return &refusal{status: http.StatusNotFound, detail: fmt.Sprintf(format, args...)}
}

// typeStatus has the scimTypes whose status is not 400 (RFC 7644 section
// 3.12, table 9).
var typeStatus = map[scim.ErrorType]int{
	scim.Uniqueness: http.StatusConflict,
	scim.Sensitive:  http.StatusForbidden,
}

// sentinels are the errors that are known by their identity.
var sentinels = []struct {
	err    error
	status int
	detail string
}{
	{journal.ErrTooLarge, http.StatusRequestEntityTooLarge, "the request body is over the limit of 1 MiB; send it in several requests"},
	{journal.ErrTooSlow, http.StatusRequestTimeout, "the request body did not arrive in time; send it in one go, of the length that Content-Length says"},
	{store.ErrReadOnly, http.StatusInsufficientStorage, "the tenant is read-only because its disk refused a write; make room; it takes writes again by itself"},
	{store.ErrClosed, http.StatusServiceUnavailable, "the tenant is shutting down; try again once it is back"},
	{context.Canceled, http.StatusServiceUnavailable, "the request was given up before it was done"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "the request took too long; try again"},
}

// refusalOf is the one table from errors to answers. Whatever it does not know
// is nobody's business outside, and answered with a neutral 500.
func refusalOf(err error) *refusal {
	if known, ok := errors.AsType[*refusal](err); ok {
		return known
	}
	if e, ok := errors.AsType[*scim.Error](err); ok {
		status := http.StatusBadRequest
		if other, ok := typeStatus[e.Type]; ok {
			status = other
		}
		return &refusal{status: status, scimType: e.Type, detail: e.Detail}
	}
	if e, ok := errors.AsType[*store.ConflictError](err); ok {
		return &refusal{status: http.StatusConflict, scimType: scim.Uniqueness, detail: fmt.Sprintf(
			"the %s %q is taken by the %s with id %s; update that one, or send another %s",
			e.Attribute, clip(e.Value, 256), e.Type, e.Holder, e.Attribute)}
	}
	if e, ok := errors.AsType[*store.UnknownMemberError](err); ok {
		return &refusal{status: http.StatusBadRequest, scimType: scim.InvalidValue, detail: fmt.Sprintf(
			"no user or group has the id %q; create it before it becomes a member", clip(e.ID, 256))}
	}
	for _, known := range sentinels {
		if errors.Is(err, known.err) {
			return &refusal{status: known.status, detail: known.detail}
		}
	}
	return &refusal{status: http.StatusInternalServerError, detail: "airmock failed on this request; its journal says why"}
}

// refuse turns an error into a SCIM error, and notes it on the call.
func (q *request) refuse(err error) *response {
	if errors.Is(err, store.ErrNotFound) {
		err = q.noSuchID()
	}
	known := refusalOf(err)
	detail := clip(known.detail, maxDetail)
	q.call.ScimType = known.scimType
	q.call.Error = detail
	if known.status == http.StatusInternalServerError {
		q.call.Error = clip(err.Error(), maxDetail)
	}
	q.noteFailure()
	return &response{
		status: known.status,
		body:   scim.AppendError(nil, known.status, known.scimType, detail),
		header: known.header,
	}
}

// noSuchID is the refusal of an id. One that belongs to a resource of another
// type is a mistake that is worth telling.
func (q *request) noSuchID() error {
	id := q.call.Target.ID
	if other, err := q.Store.Lookup(id); err == nil {
		return notFound("no %s has the id %q; it belongs to a %s: %s", q.rt.Name, id, other.Type.Name, q.location(other.Type, id))
	}
	return notFound("no %s has the id %q", q.rt.Name, clip(id, 256))
}

// clip returns s, cut to about n bytes where it is longer.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
