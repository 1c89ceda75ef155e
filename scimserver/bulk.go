package scimserver

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// maxOperations is how many operations a bulk request may have, as
// ServiceProviderConfig says in bulk.maxOperations. Some clients size their
// PATCHes by it.
const maxOperations = journal.MaxParts

// bulk answers POST /Bulk (RFC 7644 section 3.7): each operation is run as the
// single request would be. The answer has those that were processed, in the
// order of the request, with a body only for those that failed.
func (q *request) bulk() (*response, error) {
	j, err := q.readBulk()
	if err != nil {
		return nil, err
	}
	err = j.run()
	j.note()
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusOK, body: j.appendResponse(nil)}, nil
}

// job is a bulk request on its way.
type job struct {
	*request
	parts     []*part
	posts     map[string]*part // by bulkId
	maxErrors int              // how many end it; 0 for no limit
	errors    int
}

// part is an operation of a bulk request.
type part struct {
	*scim.BulkOperation
	index    int
	*request              // that it stands for
	needs    []*part      // the POSTs that it refers to
	unknown  string       // a bulkId that it refers to and no POST has
	made     scim.Created // by a POST; an id may be chosen before
	resp     *response    // nil until it is processed
	standing              // in the order
}

// readBulk reads the request and what its operations refer to.
func (q *request) readBulk() (*job, error) {
	doc, err := q.document()
	if errors.Is(err, journal.ErrTooLarge) {
		// RFC 7644 section 3.7.4 wants the limit told.
		return nil, overLimit("the bulk request is over maxPayloadSize (%d bytes); send several", journal.MaxRequest)
	}
	if err != nil {
		return nil, err
	}
	if n := doc.Get("Operations").Len(); n > maxOperations {
		return nil, overLimit("the bulk request has %d operations, over maxOperations (%d); send several", n, maxOperations)
	}
	read, err := scim.ReadBulk(doc, &q.reading)
	if err != nil {
		return nil, err
	}
	q.call.PartsN = len(read.Operations)
	j := &job{request: q, posts: make(map[string]*part), maxErrors: read.FailOnErrors}
	for i := range read.Operations {
		p := &part{BulkOperation: &read.Operations[i], index: i}
		j.parts = append(j.parts, p)
		if p.Method == http.MethodPost && p.BulkID != "" {
			j.posts[p.BulkID] = p
		}
	}
	for _, p := range j.parts {
		for _, bulkID := range p.References() {
			if post := j.posts[bulkID]; post != nil {
				p.needs = append(p.needs, post)
			} else if p.unknown == "" {
				p.unknown = bulkID
			}
		}
	}
	return j, nil
}

func overLimit(format string, args ...any) error {
	return &refusal{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf(format, args...)}
}

// run runs the operations until they are done, too many have failed, or the
// client is gone.
func (j *job) run() error {
	for _, circle := range order(j.parts) {
		if err := j.http.Context().Err(); err != nil {
			return err
		}
		if len(circle) == 1 && !slices.Contains(circle[0].needs, circle[0]) {
			j.single(circle[0])
		} else {
			j.circle(circle)
		}
		if j.over() {
			break
		}
	}
	return nil
}

// over reports whether so many operations have failed that no other is to be
// run.
func (j *job) over() bool { return j.maxErrors > 0 && j.errors >= j.maxErrors }

// single runs an operation that no other one is needed for any more.
func (j *job) single(p *part) {
	err := p.trouble()
	if err == nil {
		p.Resolve(j.find)
	}
	if begun := j.begin(p); err == nil {
		err = begun
	}
	if err != nil {
		j.fail(p, err)
		return
	}
	handle, err := p.prepare()
	if err != nil {
		j.fail(p, err)
		return
	}
	resp, err := handle(p.request)
	if err != nil {
		j.fail(p, err)
		return
	}
	j.done(p, resp)
}

// circle runs POSTs that refer to each other, or one that refers to itself
// (RFC 7644 section 3.7.1): their ids are chosen first, and they come into
// being together, or none does.
func (j *job) circle(parts []*part) {
	for _, p := range parts {
		if err := j.join(p); err != nil {
			j.fail(p, err)
		}
	}
	if !slices.ContainsFunc(parts, (*part).failed) {
		j.createAll(parts)
	}
	i := slices.IndexFunc(parts, (*part).failed)
	for _, p := range parts {
		if i >= 0 && p.resp == nil && !j.over() {
			j.fail(p, parts[i].needed())
		}
	}
}

// join makes a part of a circle ready and chooses its id.
func (j *job) join(p *part) error {
	if err := j.begin(p); err != nil {
		return err
	}
	if err := p.trouble(); err != nil {
		return err
	}
	if _, err := p.prepare(); err != nil {
		return err
	}
	id := j.Store.NewID()
	p.made = scim.Created{ID: id, Location: p.location(p.rt, id)}
	return nil
}

// createAll creates the resources of a circle, whose ids are chosen. Where
// that cannot be, the part that is the reason has failed.
func (j *job) createAll(parts []*part) {
	all := make([]wanted, len(parts))
	news := make([]store.Creation, len(parts))
	for i, p := range parts {
		p.Resolve(j.find)
		p.send()
		var err error
		if all[i], err = p.readNew(); err != nil {
			j.fail(p, err)
			return
		}
		news[i] = store.Creation{ID: p.made.ID, Type: p.rt, Draft: all[i].draft}
	}
	changes, failed, err := j.Store.CreateAll(j.writing(), news)
	for i, p := range parts {
		var resp *response
		if err == nil {
			resp, err = p.created(changes[i], all[i])
		}
		switch {
		case err == nil:
			j.done(p, resp)
		case failed == i || failed < 0: // with none of them to blame, it is for all the same
			j.fail(p, err)
		}
	}
}

// find returns what the POST with a bulkId has made.
func (j *job) find(bulkID string) (scim.Created, bool) {
	if p := j.posts[bulkID]; p != nil && p.made.ID != "" {
		return p.made, true
	}
	return scim.Created{}, false
}

// done takes in what became of an operation. Its body and images go at once: a
// thousand large ones would fill the memory.
func (j *job) done(p *part, resp *response) {
	p.resp = &response{status: resp.status, header: resp.header}
	if e := p.call.Effect; e != nil {
		e.Before, e.After = nil, nil
	}
	if p.Method == http.MethodPost {
		p.made = scim.Created{ID: p.call.ResourceID(), Location: resp.header.get("Location")}
	}
}

func (j *job) fail(p *part, err error) {
	p.resp = p.refuse(err)
	p.made = scim.Created{}
	j.errors++
}

// failed reports whether the operation was refused.
func (p *part) failed() bool { return p.resp != nil && p.resp.status >= http.StatusBadRequest }

// trouble returns why the operation cannot be run: it is wrong in itself, or
// something that it refers to is not there. RFC 7644 section 3.7.1 has 409 for
// references that cannot be resolved.
func (p *part) trouble() error {
	if p.Err != nil {
		return p.Err
	}
	if p.unknown != "" {
		return unresolved("no POST in this request has the bulkId %q, which is referred to", p.unknown)
	}
	for _, need := range p.needs {
		if need.failed() {
			return need.needed()
		}
	}
	return nil
}

// needed is why what refers to a POST that has failed cannot be done.
func (p *part) needed() error {
	return unresolved("the POST with the bulkId %q, which is referred to, failed with %d, so nothing was done here", p.BulkID, p.resp.status)
}

func unresolved(format, bulkID string, args ...any) error {
	args = append([]any{clip(bulkID, 256)}, args...)
	return &refusal{status: http.StatusConflict, scimType: scim.InvalidValue, detail: fmt.Sprintf(format, args...)}
}

// appendResponse appends the BulkResponse (RFC 7644 section 3.7.3).
func (j *job) appendResponse(dst []byte) []byte {
	dst = append(dst, `{"schemas":["`+scim.URNBulkResponse+`"],"Operations":[`...)
	first := true
	for _, p := range j.parts {
		if p.resp == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = p.appendResult(dst)
	}
	return append(dst, `]}`...)
}

// appendResult appends what became of an operation. A POST that failed has no
// location, and nothing that failed a version (RFC 7644 section 3.7.3).
func (p *part) appendResult(dst []byte) []byte {
	version := p.resp.header.get("Etag")
	if p.failed() {
		version = ""
	}
	dst = append(dst, '{')
	for _, member := range []struct{ name, text string }{
		{"location", p.place()},
		{"method", p.Method},
		{"bulkId", p.BulkID},
		{"version", version},
	} {
		if member.text == "" {
			continue
		}
		dst = append(dst, '"')
		dst = append(dst, member.name...)
		dst = append(dst, `":`...)
		dst = appendString(dst, member.text)
		dst = append(dst, ',')
	}
	if p.failed() {
		dst = append(dst, `"response":`...)
		dst = append(dst, p.resp.body...)
		dst = append(dst, ',')
	}
	dst = append(dst, `"status":"`...)
	dst = strconv.AppendInt(dst, int64(p.resp.status), 10)
	return append(dst, `"}`...)
}
