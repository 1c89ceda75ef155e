package callsfile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"airmock/internal/journal"
)

// maxBody is the cap on each body that is kept across a restart, in bytes. It
// is as much as a story looks into, so that no story changes with a restart.
const maxBody = 16 << 10

// maxElements bounds the lists of a call that is read. No call has longer ones:
// the longest is that of its header fields, with a byte or more for each.
const maxElements = 32 << 10

// coder writes calls, or reads them: each method does to its argument the one
// or the other, so that there is one list of what a call has, and writing and
// reading cannot differ.
//
// A number is in decimal, with a blank behind it. A text is its length, a colon
// and its bytes, whatever they are; one with a carriage return, which no value
// in the file may have, is "=", a length, a colon and its base64. An optional
// struct has 1 before it, or is 0. A list has its length before it.
type coder struct {
	reading bool
	data    []byte // what is written, or what is left to read
	err     error  // of reading, the first
}

// appendCall appends c, without its number, to dst.
func appendCall(dst []byte, c *journal.Call) []byte {
	w := coder{data: dst}
	w.call(c)
	return w.data
}

// call is a whole call, but for its number.
func (c *coder) call(call *journal.Call) {
	c.part(call)
	c.list(len(call.Parts), func(i int) {
		if c.reading {
			call.Parts = append(call.Parts, new(journal.Call))
		}
		c.part(call.Parts[i])
	})
	number(c, &call.PartsN)
}

// part is what a call and an operation of a bulk request have alike. The
// operation has no parts of its own.
func (c *coder) part(call *journal.Call) {
	number(c, &call.Cycle)
	c.time(&call.Time)
	number(c, &call.Duration)
	c.text(&call.Client)
	c.text(&call.Method)
	c.text(&call.Path)
	c.text(&call.Query)
	named(c, &call.Target.Endpoint)
	c.text(&call.Target.ID)
	c.text(&call.Target.Base)
	c.text(&call.Filter)
	named(c, &call.Operation)
	number(c, &call.Status)
	named(c, &call.Auth)
	c.text(&call.Token)
	each(c, &call.Quirks, named)
	number(c, &call.Results)
	optional(c, &call.Effect, (*coder).effect)
	optional(c, &call.Fault, (*coder).fault)
	named(c, &call.ScimType)
	c.text(&call.Error)
	c.message(&call.Request)
	c.message(&call.Response)
}

func (c *coder) effect(e *journal.Effect) {
	c.text(&e.Type)
	c.text(&e.ID)
	c.text(&e.Name)
	c.text(&e.Change)
	each(c, &e.Fields, (*coder).field)
	each(c, &e.Added, (*coder).text)
	each(c, &e.Removed, (*coder).text)
	each(c, &e.Left, (*coder).text)
	each(c, &e.Unlinked, (*coder).text)
	number(c, &e.AddedN)
	number(c, &e.RemovedN)
	number(c, &e.LeftN)
	number(c, &e.UnlinkedN)
	c.text(&e.Plan)
	c.body(&e.Before) // whole: a cut one would show differences that there were not
	c.body(&e.After)
}

func (c *coder) field(f *journal.Field) {
	c.text(&f.Name)
	c.text(&f.From)
	c.text(&f.To)
}

func (c *coder) fault(f *journal.FaultNote) {
	c.text(&f.Rule)
	c.text(&f.Kind)
	c.text(&f.Text)
	c.text(&f.Detail)
	number(c, &f.Nth)
}

func (c *coder) message(m *journal.Message) {
	c.header(&m.Header)
	body, truncated := m.Body, m.Truncated // of a call that others read
	if len(body) > maxBody {
		body, truncated = body[:maxBody], true
	}
	c.body(&body)
	number(c, &m.Size)
	c.flag(&truncated)
	if c.reading {
		m.Body, m.Truncated = body, truncated
	}
}

func (c *coder) header(h *http.Header) {
	if !c.reading {
		c.count(len(*h))
		for name, values := range *h {
			c.text(&name)
			each(c, &values, (*coder).text)
		}
		return
	}
	c.list(0, func(int) {
		if *h == nil {
			*h = make(http.Header)
		}
		var name string
		var values []string
		c.text(&name)
		each(c, &values, (*coder).text)
		(*h)[name] = values
	})
}

func (c *coder) time(t *time.Time) {
	seconds, nanos := t.Unix(), t.Nanosecond()
	number(c, &seconds)
	number(c, &nanos)
	if c.reading {
		*t = time.Unix(seconds, int64(nanos))
	}
}

func (c *coder) flag(b *bool) {
	n := 0
	if *b {
		n = 1
	}
	number(c, &n)
	*b = n == 1
}

// list is n elements, or when reading as many as are there.
func (c *coder) list(n int, element func(i int)) {
	c.count(n)
	if c.reading {
		if n = int(c.number()); n < 0 || n > maxElements {
			c.fail("there should be a list, and is one of %d elements", n)
		}
	}
	for i := 0; i < n && c.err == nil; i++ {
		element(i)
	}
}

// count writes the length of a list.
func (c *coder) count(n int) {
	if !c.reading {
		c.data = append(strconv.AppendInt(c.data, int64(n), 10), ' ')
	}
}

func each[T any](c *coder, list *[]T, element func(*coder, *T)) {
	c.list(len(*list), func(i int) {
		if c.reading {
			*list = append(*list, *new(T))
		}
		element(c, &(*list)[i])
	})
}

func optional[T any](c *coder, p **T, fields func(*coder, *T)) {
	there := *p != nil
	c.flag(&there)
	if !there || c.err != nil {
		return
	}
	if c.reading {
		*p = new(T)
	}
	fields(c, *p)
}

func number[T ~int | ~int64 | ~uint64](c *coder, p *T) {
	if c.reading {
		*p = T(c.number())
		return
	}
	c.data = append(strconv.AppendInt(c.data, int64(*p), 10), ' ')
}

func (c *coder) text(p *string) { named(c, p) }

func named[T ~string](c *coder, p *T) {
	if c.reading {
		*p = T(c.bytes())
		return
	}
	appendText(c, *p)
}

func (c *coder) body(p *[]byte) {
	if !c.reading {
		appendText(c, *p)
	} else if text := c.bytes(); len(text) > 0 {
		*p = bytes.Clone(text)
	}
}

func appendText[T ~string | ~[]byte](c *coder, text T) {
	before := len(c.data)
	c.data = append(strconv.AppendInt(c.data, int64(len(text)), 10), ':')
	c.data = append(c.data, text...)
	if bytes.IndexByte(c.data[before:], '\r') < 0 {
		return
	}
	c.data = append(c.data[:before], '=')
	c.data = append(strconv.AppendInt(c.data, int64(base64.StdEncoding.EncodedLen(len(text))), 10), ':')
	c.data = base64.StdEncoding.AppendEncode(c.data, []byte(text))
}

// number reads a number.
func (c *coder) number() int64 {
	n, err := strconv.ParseInt(c.until(' '), 10, 64)
	if err != nil {
		c.fail("there should be a number: %w", err)
	}
	return n
}

// bytes reads a text. They share c's memory.
func (c *coder) bytes() []byte {
	length, encoded := c.until(':'), false
	if len(length) > 0 && length[0] == '=' {
		length, encoded = length[1:], true
	}
	n, err := strconv.ParseUint(length, 10, 31)
	if err != nil || n > uint64(len(c.data)) {
		c.fail("there should be a text of %.20q bytes, and %d are left", length, len(c.data))
		return nil
	}
	text := c.data[:n]
	c.data = c.data[n:]
	if encoded {
		if text, err = base64.StdEncoding.AppendDecode(nil, text); err != nil {
			c.fail("there should be a text in base64: %w", err)
		}
	}
	return text
}

// until reads what is before the next end byte, and that.
func (c *coder) until(end byte) string {
	const longest = 24 // "-9223372036854775808 "
	i := bytes.IndexByte(c.data[:min(len(c.data), longest)], end)
	if i < 0 {
		c.fail("there should be a number before %q, and is %.20q", end, c.data)
		return ""
	}
	text := string(c.data[:i])
	c.data = c.data[i+1:]
	return text
}

// fail keeps the first error, and leaves nothing to read.
func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
	c.data = nil
}
