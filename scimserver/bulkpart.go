package scimserver

import (
	"net/http"
	"net/url"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// begin makes the request that an operation stands for: with the headers of
// the bulk request, a target and a call of its own. What it asks for is
// answered by the handlers that answer everything, without HTTP in between.
func (j *job) begin(p *part) error {
	base := (&url.URL{Path: j.call.Target.Base}).EscapedPath()
	address, err := url.ParseRequestURI(base + "/" + strings.TrimPrefix(p.Path, "/"))
	if err != nil {
		address = &url.URL{Path: j.call.Target.Base + "/" + strings.TrimPrefix(p.Path, "/")}
		err = scim.Errorf(scim.InvalidPath, "the path %q cannot be read; write it as in a URL, such as /Users/2819", clip(p.Path, 256))
	}
	r := j.http.WithContext(j.http.Context())
	r.Method, r.URL, r.Body = p.Method, address, http.NoBody
	r.Header = j.headerOf(p)
	p.request = &request{
		server: j.server, http: r, reading: p.Reading, base: j.base, quoted: j.quoted, whole: j.whole,
		call: &journal.Call{
			Cycle: j.call.Cycle, Time: j.call.Time, Client: j.call.Client,
			Method: p.Method, Path: address.Path, Query: address.RawQuery,
			Target: scim.TargetOf(journal.PathOf(address), j.bases, j.Catalog),
			Auth:   j.call.Auth, Token: j.call.Token, Results: -1,
		},
	}
	p.send()
	return err
}

// send gives the request its body.
func (p *part) send() {
	if p.Data != nil {
		p.call.Doc, p.call.Raw = p.Data, p.Data.AppendJSON(nil)
	}
	p.call.Operation = scim.OperationOf(&scim.Request{Method: p.Method, Target: p.call.Target, Doc: p.Data, Catalog: p.Catalog})
}

// headerOf returns the headers of an operation: those of the bulk request, but
// for those that speak of one resource or its answer. A version is a
// precondition (RFC 7644 section 3.14), but for a POST, which has none to be of.
func (j *job) headerOf(p *part) http.Header {
	h := j.http.Header.Clone()
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Prefer", "Content-Length"} {
		h.Del(name)
	}
	if p.Version != "" && p.Method != http.MethodPost {
		h.Set("If-Match", p.Version)
	}
	return h
}

// prepare finds the handler of the operation. Bulk requests are about resources
// alone.
func (p *part) prepare() (handler, error) {
	if e := p.call.Target.Endpoint; e != scim.EndpointNone && p.types[e] == nil {
		return nil, scim.Errorf(scim.InvalidPath, "%q is no place for an operation of a bulk request; name a resource, such as /Users/2819, or for a POST its endpoint, such as /Users", clip(p.Path, 256))
	}
	return p.request.prepare()
}

// place returns the URL of the resource that an operation is about; "" where a
// POST has made none, or no path was sent.
func (p *part) place() string {
	target := p.call.Target
	rt := p.types[target.Endpoint]
	switch {
	case p.Method == http.MethodPost:
		return p.made.Location
	case p.Path == "":
		return ""
	case rt != nil && target.ID != "":
		return p.location(rt, target.ID)
	}
	return p.base + "/" + strings.TrimLeft((&url.URL{Path: p.Path}).EscapedPath(), "/")
}

// note notes on the call what became of the operations.
func (j *job) note() {
	for _, p := range j.parts {
		if p.resp == nil {
			continue
		}
		p.call.Status = p.resp.status
		p.call.Quirks = p.reading.Quirks()
		p.call.Request = journal.Message{Body: p.call.Raw, Size: len(p.call.Raw)}
		for _, quirk := range p.call.Quirks {
			j.reading.Note(quirk)
		}
		j.call.Parts = append(j.call.Parts, p.call)
	}
}
