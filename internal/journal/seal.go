package journal

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxText bounds each recorded text, in bytes. What is longer ends in "…".
const maxText = 4 << 10

// maxList bounds the recorded lists of an effect.
const maxList = 32

// seal makes c, in which s finds the secrets, fit to be kept: without what only
// matters while it is under way, without secrets, bounded, and without strings
// that would keep a whole request body alive because they are slices of it.
func (s *secrets) seal(c *Call) {
	c.Doc, c.DocErr, c.Raw = nil, nil, nil
	c.Query = keepText(s.redactQuery(c.Query))
	c.Filter = keepText(s.redactFilter(c.Filter))
	for _, text := range []*string{&c.Method, &c.Path, &c.Target.ID, &c.Client, &c.Error} {
		*text = keepText(*text)
	}
	if c.Effect != nil {
		s.sealEffect(c.Effect)
	}
	s.sealParts(c)
}

// maxPartBytes bounds what is recorded of the bodies of a bulk request's
// operations and of what they changed, over all of them. Beyond it the
// operations have names and no more.
const maxPartBytes = 256 << 10

// sealParts makes the parts of a call fit to be kept. They have no images: a
// thousand of them would fill the journal.
func (s *secrets) sealParts(c *Call) {
	c.Parts = c.Parts[:min(len(c.Parts), MaxParts)]
	left := maxPartBytes
	for _, p := range c.Parts {
		body, size := p.Request.Body, len(p.Request.Body)
		p.Request.Body = nil
		if e := p.Effect; e != nil {
			e.Before, e.After = nil, nil
			size += e.details()
		}
		if left -= size; left >= 0 {
			p.Request.Body, p.Request.Truncated = s.keepBody(body, p.Request.Size)
		} else {
			p.Request.Truncated = p.Request.Size > 0
			if p.Effect != nil {
				p.Effect.Fields, p.Effect.Added, p.Effect.Removed = nil, nil, nil
			}
		}
		s.seal(p)
	}
}

// details returns the size of what an effect says beside names, in bytes.
func (e *Effect) details() int {
	n := 0
	for _, f := range e.Fields {
		n += 48 + len(f.Name) + len(f.From) + len(f.To)
	}
	for _, list := range [][]string{e.Added, e.Removed, e.Left, e.Unlinked} {
		for _, s := range list {
			n += 16 + len(s)
		}
	}
	return n
}

func (s *secrets) sealEffect(e *Effect) {
	e.ID, e.Name = keepText(e.ID), keepText(e.Name)
	e.Fields = e.Fields[:min(len(e.Fields), maxList)]
	for i := range e.Fields {
		f := &e.Fields[i]
		f.From, f.To = s.hide(f.Name, f.From), s.hide(f.Name, f.To)
		f.Name, f.From, f.To = keepText(f.Name), keepText(f.From), keepText(f.To)
	}
	e.Added, e.Removed = keepList(e.Added), keepList(e.Removed)
	e.Left, e.Unlinked = keepList(e.Left), keepList(e.Unlinked)
	e.Before, _ = s.keepBody(e.Before, len(e.Before))
	e.After, _ = s.keepBody(e.After, len(e.After))
}

// hide returns the value of an attribute without secrets.
func (s *secrets) hide(name, value string) string {
	switch {
	case value == "":
		return ""
	case s.named(name):
		return `"` + redacted + `"`
	case mentionsSecret(s, value):
		return string(s.redactBody([]byte(value)))
	}
	return value
}

func keepText(s string) string {
	if len(s) <= maxText {
		return strings.Clone(s)
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func keepList(list []string) []string {
	list = list[:min(len(list), maxList)]
	for i, s := range list {
		list[i] = keepText(s)
	}
	return list
}

// sizeOf estimates how much memory c holds, in bytes.
func sizeOf(c *Call) int64 {
	const structs = 1024 // Call, its Effect and Fault, and what the runtime adds
	n := structs + len(c.Method) + len(c.Path) + len(c.Query) + len(c.Filter) + len(c.Target.ID) +
		len(c.Client) + len(c.Token) + len(c.Error) + 16*len(c.Quirks)
	n += c.Request.memory() + c.Response.memory()
	if e := c.Effect; e != nil {
		n += len(e.ID) + len(e.Name) + cap(e.Before) + cap(e.After) + e.details()
	}
	if f := c.Fault; f != nil {
		n += len(f.Rule) + len(f.Kind) + len(f.Text) + len(f.Detail)
	}
	size := int64(n)
	for _, p := range c.Parts {
		size += sizeOf(p)
	}
	return size
}

func (m *Message) memory() int {
	return cap(m.Body) + headerMemory(m.Header)
}

func headerMemory(h http.Header) int {
	n := 0
	for name, values := range h {
		n += 64 + len(name) // the map's slot
		for _, value := range values {
			n += 16 + len(value)
		}
	}
	return n
}
