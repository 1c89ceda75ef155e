package scimserver

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/scim"
	"airmock/store"
)

// referenceSize is about what one entry of members or groups takes.
const referenceSize = 200

// headerOf returns the headers of every answer about one resource: its entity
// tag (RFC 7644 section 3.14) and where it is, as the examples of sections 3.3
// to 3.5 have it.
func (q *request) headerOf(res *store.Resource) http.Header {
	return http.Header{"Etag": {etagOf(res)}, "Location": {q.location(res.Type, res.ID)}}
}

// resource returns an answer that is one resource.
func (q *request) resource(status int, res *store.Resource, shown *scim.Projection) (*response, error) {
	body, err := q.appendResource(nil, res, shown)
	if err != nil {
		return nil, err
	}
	return &response{status: status, body: body, header: q.headerOf(res)}, nil
}

// appendResource appends the JSON of a resource as this client sees it. Only
// an answer with chosen attributes is parsed for it.
func (q *request) appendResource(dst []byte, res *store.Resource, shown *scim.Projection) ([]byte, error) {
	if shown.IsDefault() {
		return q.appendWhole(dst, res, shown), nil
	}
	v, err := scim.Parse(q.appendWhole(nil, res, shown))
	if err != nil {
		// Not wrapped: what is wrong is here, and not in the request.
		return nil, fmt.Errorf("read the stored %s %s: %v", res.Type.Name, res.ID, err)
	}
	return shown.Apply(v).AppendJSON(dst), nil
}

// appendWhole splices what the stored image lacks into it: the references,
// where they are wanted, before its tail, and meta.location before its end.
func (q *request) appendWhole(dst []byte, res *store.Resource, shown *scim.Projection) []byte {
	dst = slices.Grow(dst, len(res.Image)+len(q.quoted)+128)
	dst = append(dst, res.Image[:res.Tail]...)
	switch {
	case res.Type.HasMembers() && shown.Includes("members"):
		dst = q.appendMembers(dst, res.ID)
	case res.Type.HasGroups() && shown.Includes("groups"):
		dst = q.appendGroups(dst, res.ID)
	}
	dst = append(dst, res.Image[res.Tail:len(res.Image)-len(`}}`)]...)
	dst = append(dst, `,"location":"`...)
	dst = q.appendLocation(dst, res.Type, res.ID)
	return append(dst, `"}}`...)
}

// appendMembers appends a group's members, an empty list too: clients loop
// over it.
func (q *request) appendMembers(dst []byte, groupID string) []byte {
	members := q.Store.Members(groupID)
	dst = append(slices.Grow(dst, len(members)*referenceSize), `,"members":[`...)
	for i, m := range members {
		dst = q.appendReference(dst, i, m)
		dst = append(dst, `,"type":"`...)
		dst = append(dst, m.Type.Name...)
		dst = append(dst, `"}`...)
	}
	return append(dst, ']')
}

// appendGroups appends the groups that a user is a direct member of, where
// there are any (RFC 7643 section 4.1.2).
func (q *request) appendGroups(dst []byte, userID string) []byte {
	groups := q.Store.GroupsOf(userID)
	if len(groups) == 0 {
		return dst
	}
	dst = append(dst, `,"groups":[`...)
	for i, g := range groups {
		dst = q.appendReference(dst, i, g)
		dst = append(dst, `,"type":"direct"}`...)
	}
	return append(dst, ']')
}

// appendReference appends the i-th entry of a list of references, open at the
// end.
func (q *request) appendReference(dst []byte, i int, res *store.Resource) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, `{"value":`...)
	dst = appendString(dst, res.ID)
	dst = append(dst, `,"$ref":"`...)
	dst = q.appendLocation(dst, res.Type, res.ID)
	dst = append(dst, `","display":`...)
	return appendString(dst, displayOf(res))
}

// displayOf is the name for people.
func displayOf(res *store.Resource) string {
	if res.DisplayName != "" {
		return res.DisplayName
	}
	return res.Name
}

// appendString appends s as a JSON string. It cannot fail: s came out of JSON.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
