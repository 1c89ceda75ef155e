package scimserver

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/scim"
	"airmock/store"
)

// headerOf returns the headers of every answer about one resource: its entity
// tag (RFC 7644 section 3.14) and where it is, as the examples of sections 3.3
// to 3.5 have it.
func (q *request) headerOf(res *store.Resource) fields {
	return fields{{"Etag", etagOf(res)}, {"Location", q.location(res.Type, res.ID)}}
}

// resource returns an answer that is one resource.
func (q *request) resource(status int, res *store.Resource, shown *scim.Projection) (*response, error) {
	body, err := q.render(func(dst []byte) ([]byte, error) { return q.appendResource(dst, res, shown) })
	if err != nil {
		return nil, err
	}
	return &response{status: status, body: body, header: q.headerOf(res)}, nil
}

// maxScratch is the most memory that render keeps for the next answer, in bytes:
// a page of a thousand users fits.
const maxScratch = 2 << 20

// render returns what fill appends, in as much memory as it takes: what is
// answered stays in the journal, and how large it gets is known only at its end.
func (s *server) render(fill func(dst []byte) ([]byte, error)) ([]byte, error) {
	scratch, used := s.scratch.Get().(*[]byte)
	if !used {
		scratch = new([]byte)
	}
	b, err := fill((*scratch)[:0])
	body := bytes.Clone(b)
	if cap(b) <= maxScratch {
		*scratch = b
		s.scratch.Put(scratch)
	}
	return body, err
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

// appendWhole appends all of a resource, but for the members or groups that are
// not wanted: a large group's members are worth not rendering.
func (q *request) appendWhole(dst []byte, res *store.Resource, shown *scim.Projection) []byte {
	return q.Store.AppendJSON(dst, res, store.Show{
		Locate:  q.appendLocation,
		Members: shown.Includes("members"),
		Groups:  shown.Includes("groups"),
	})
}

// appendString appends s as a JSON string. It cannot fail: s came out of JSON.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
