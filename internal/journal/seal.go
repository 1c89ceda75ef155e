package journal

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxText bounds each recorded text, in bytes. What is longer ends in "…".
const maxText = 4 << 10

// maxList bounds the recorded lists of an effect.
const maxList = 32

// sealLater is up to which size, in bytes of memory, a call waits unsealed until
// somebody looks at it. In a flood most are dropped before.
const sealLater = 16 << 10

// unsealed is a call as Record makes it, with its messages as they are on the
// wire.
type unsealed struct {
	call    Call
	secrets *secrets
	once    sync.Once
}

// seal returns the call when it is fit to be kept and looked at.
func (u *unsealed) seal() *Call {
	u.once.Do(func() {
		c := &u.call
		defer func() {
			if p := recover(); p != nil { // a bug, maybe in Later; what is not sealed must not be seen
				c.blank()
			}
		}()
		client := clientOf(c.Client, c.Request.Header)
		for part := range c.All() {
			part.Client = client
			if part.Later != nil {
				part.Later()
				part.Later = nil
			}
		}
		credentials := credentialsOf(c.Request.Header)
		u.secrets.keepMessage(&c.Request, c.Token)
		u.secrets.keepMessage(&c.Response, "")
		c.strike(credentials)
		u.secrets.seal(c)
	})
	return &u.call
}

// blank takes away all that a client or a handler said.
func (c *Call) blank() {
	c.Method, c.Path, c.Query, c.Filter, c.Target.ID, c.Client, c.Token = "", "", "", "", "", "", ""
	c.Request, c.Response = Message{}, Message{}
	c.Effect, c.Fault, c.Parts, c.Later = nil, nil, nil, nil
	c.Error = "what was recorded of this call could not be redacted and is not shown: this is a bug in airmock"
}

// keepMessage makes a message fit to be kept; token is as in keepHeader.
func (s *secrets) keepMessage(m *Message, token string) {
	m.Header = keepHeader(m.Header, token)
	m.Body, m.Truncated = s.keepBody(m.Body, m.Size)
}

// seal makes c, in which s finds the secrets, fit to be kept: without what only
// matters while it is under way, without secrets, bounded, and without strings
// that would keep a whole request body alive because they are slices of it. Those
// of the request line may be: a long one is Call.ownTexts' to deal with.
func (s *secrets) seal(c *Call) {
	c.forget()
	c.Query = s.redactQuery(c.Query)
	c.Filter = s.redactFilter(c.Filter)
	for _, text := range [...]*string{&c.Method, &c.Path, &c.Query, &c.Filter, &c.Target.ID, &c.Client} {
		*text = cutText(*text)
	}
	c.Error = keepText(c.Error)
	if c.Effect != nil {
		s.sealEffect(c.Effect)
	}
	s.sealParts(c)
}

// forget drops what only matters while c is under way.
func (c *Call) forget() { c.Doc, c.DocErr, c.Raw = nil, nil, nil }

// maxPartBytes bounds what is recorded of the bodies of a bulk request's
// operations and of what they changed, over all of them. Beyond it the
// operations have names and no more.
const maxPartBytes = 256 << 10

// sealParts makes the parts of a call fit to be kept. They have no images: a
// thousand of them would fill the journal.
func (s *secrets) sealParts(c *Call) {
	c.Parts = keepFirst(c.Parts, MaxParts)
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
				p.Effect.Fields = nil
				p.Effect.Added, p.Effect.Removed, p.Effect.Left, p.Effect.Unlinked = nil, nil, nil, nil
			}
		}
		p.ownTexts() // they are parts of the body
		s.seal(p)
	}
}

// details bounds the memory of what an effect says beside names, in bytes.
func (e *Effect) details() int {
	n := 48*cap(e.Fields) + 16*(cap(e.Added)+cap(e.Removed)+cap(e.Left)+cap(e.Unlinked))
	for _, f := range e.Fields {
		n += int(textMemory(f.Name) + textMemory(f.From) + textMemory(f.To))
	}
	for _, list := range [...][]string{e.Added, e.Removed, e.Left, e.Unlinked} {
		for _, s := range list {
			n += int(textMemory(s))
		}
	}
	return n
}

func (s *secrets) sealEffect(e *Effect) {
	e.ID, e.Name = keepText(e.ID), keepText(e.Name)
	e.Fields = keepFirst(e.Fields, maxList)
	for i := range e.Fields {
		f := &e.Fields[i]
		f.From, f.To = s.hide(f.Name, f.From), s.hide(f.Name, f.To)
		f.Name, f.From, f.To = cutText(f.Name), cutText(f.From), cutText(f.To)
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
	case s.mentionText(value):
		return string(s.redactBody([]byte(value)))
	}
	return value
}

// keepText is cutText for what may be part of a long text, as of a body, which
// it must not keep alive.
func keepText(s string) string {
	if len(s) <= maxText {
		return strings.Clone(s)
	}
	return cutText(s)
}

func cutText(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// keepFirst returns at most n elements, without the memory of those behind.
func keepFirst[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	return slices.Clone(list[:n])
}

func keepList(list []string) []string {
	list = keepFirst(list, maxList)
	for i, s := range list {
		list[i] = keepText(s)
	}
	return list
}

// sizeOf bounds how much memory c holds, in bytes, with what Go's allocator and
// maps add. Bodies are counted by capacity, which is what was allocated.
func sizeOf(c *Call) int64 {
	const structs = 576 + 96 // a Call with what seals it, and its entry in the ring, which may be four times as long as what it holds
	size := int64(structs + cap(c.Quirks)*16 + cap(c.Parts)*8 + c.Request.memory() + c.Response.memory())
	for _, text := range [...]string{c.Method, c.Path, c.Query, c.Filter, c.Target.ID, c.Client, c.Token, c.Error} {
		size += textMemory(text)
	}
	if e := c.Effect; e != nil {
		size += 208 + textMemory(e.ID) + textMemory(e.Name) + int64(cap(e.Before)+cap(e.After)+e.details())
	}
	if f := c.Fault; f != nil {
		size += 80 + textMemory(f.Rule) + textMemory(f.Kind) + textMemory(f.Text) + textMemory(f.Detail)
	}
	for _, p := range c.Parts {
		size += sizeOf(p)
	}
	return size
}

// textMemory bounds the memory of a string: the allocator rounds up by less
// than a fifth, and small ones to a multiple of 16.
func textMemory(s string) int64 {
	if s == "" {
		return 0
	}
	return int64(len(s) + len(s)/5 + 16)
}

func (m *Message) memory() int {
	return cap(m.Body) + headerMemory(m.Header)
}

func headerMemory(h http.Header) int {
	if len(h) == 0 {
		return 0
	}
	const group = 400 // a map of up to eight names
	n := max(group, len(h)*96)
	for name, values := range h {
		n += int(textMemory(name))
		for _, value := range values {
			n += 16 + int(textMemory(value))
		}
	}
	return n
}
