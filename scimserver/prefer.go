package scimserver

import (
	"net/http"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// PatchResponse says what a PATCH is answered with where the client does not
// say. RFC 7644 section 3.5.2 has both.
type PatchResponse string

// The answers to a PATCH.
const (
	PatchAuto     PatchResponse = "auto"     // 204 for a group, as a body with all its members is what Entra advises against; 200 for the others
	PatchResource PatchResponse = "resource" // 200 with the resource
	PatchNone     PatchResponse = "none"     // 204
)

// patchShows reports whether the answer to a PATCH holds the resource where the
// client does not say.
func (q *request) patchShows() bool {
	switch q.Patched {
	case PatchResource:
		return true
	case PatchNone:
		return false
	}
	return !q.rt.HasMembers()
}

// preference is a value of the preference "return" (RFC 7240 section 4.2).
type preference string

const (
	preferNothing        preference = ""
	preferMinimal        preference = "minimal"
	preferRepresentation preference = "representation"
)

// preferredReturn reads the header Prefer. The first mention of a preference
// counts (RFC 7240 section 2); unknown ones are ignored.
func preferredReturn(h http.Header) preference {
	for _, item := range listItems(h["Prefer"]) {
		head, _ := parameters(item)
		name, value := pair(head)
		if name != "return" {
			continue
		}
		if p := preference(strings.ToLower(value)); p == preferMinimal || p == preferRepresentation {
			return p
		}
		return preferNothing
	}
	return preferNothing
}

// written answers a write with the resource or, as the client prefers or else
// by default, without. A client that asks for certain attributes gets them:
// RFC 7644 section 3.5.2 has no exception, and Prefer is a wish.
func (q *request) written(status int, res *store.Resource, shown *scim.Projection, shows bool) (resp *response, err error) {
	applied := q.prefers
	switch {
	case q.asked.attributes != "":
		shows = true
		if applied == preferMinimal {
			applied = preferNothing
		}
	case applied != preferNothing:
		shows = applied == preferRepresentation
	}
	if shows {
		if resp, err = q.resource(status, res, shown); err != nil {
			return nil, err
		}
	} else {
		resp = q.withoutBody(status, res)
	}
	if applied != preferNothing {
		resp.header = append(resp.header, field{"Preference-Applied", "return=" + string(applied)})
	}
	return resp, nil
}

// withoutBody is resource for whoever wants only its headers. A 200 is 204 then.
func (q *request) withoutBody(status int, res *store.Resource) *response {
	if status == http.StatusOK {
		status = http.StatusNoContent
	}
	return &response{status: status, header: q.headerOf(res)}
}
