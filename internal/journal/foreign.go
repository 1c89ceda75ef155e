package journal

import (
	"fmt"
	"slices"

	"airmock/internal/scim"
)

// Redactor makes calls that were read from a file fit to be kept, as Record
// makes those that it recorded: without secrets, and bounded.
type Redactor struct{ secrets *secrets }

// NewRedactor returns a redactor that knows, beside the names of secrets that
// everybody uses, those of c.
func NewRedactor(c *scim.Catalog) *Redactor {
	return &Redactor{newSecrets(c.SecretNames())}
}

// Call redacts c. A call that was recorded here stays as it is.
func (r *Redactor) Call(c *Call) {
	parts := slices.DeleteFunc(c.Parts, func(p *Call) bool { return p == nil })
	c.Parts = nil
	credentials := credentialsOf(c.Request.Header)
	r.one(c)
	for _, p := range keepFirst(parts, MaxParts) {
		p.Parts = nil
		r.one(p)
		c.Parts = append(c.Parts, p)
	}
	c.strike(credentials)
}

// one redacts a call without parts. What it says of its bodies, their size and
// that they are cut, is of the bodies as they were sent.
func (r *Redactor) one(c *Call) {
	c.Request.Header = keepHeader(c.Request.Header, c.Token)
	c.Response.Header = keepHeader(c.Response.Header, "")
	for _, m := range []*Message{&c.Request, &c.Response} {
		body, cut := r.secrets.keepBody(m.Body, len(m.Body))
		m.Body, m.Truncated = body, m.Truncated || cut
	}
	c.Token = keepText(c.Token)
	r.secrets.seal(c)
}

// FilterOf returns the decoded parameter filter of a raw query, or "", as
// Record reads it.
func FilterOf(query string) string { return filterOf(query) }

// Session returns a journal of calls from elsewhere, to look at. They keep
// their numbers, which must rise and may have gaps, and are never dropped.
func Session(calls []*Call) (*Journal, error) {
	j := New(Options{MaxCalls: len(calls)})
	for i, c := range calls {
		if c.Seq <= j.last {
			return nil, fmt.Errorf("call %d has the number %d behind %d; numbers must rise", i+1, c.Seq, j.last)
		}
		j.last, j.cycle = c.Seq, max(j.cycle, c.Cycle)
		j.ring = append(j.ring, entry{call: c})
	}
	j.restored = j.last
	return j, nil
}
