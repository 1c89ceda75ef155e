package entra

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/journal"
	"airmock/internal/safetext"
	"airmock/internal/scim"
)

// AppendCall appends the JSON form of a call, one object without a newline.
//
// The path is the one below the base path, which stands beside it as "base".
// Values of changed attributes are JSON as they are stored. Bodies are
// strings, as not every body is JSON; what is no UTF-8 in them is replaced, and
// control characters are escaped, those too that JSON would allow. A
// bulk request has its operations as "parts", a Test Connection its "verdict".
func AppendCall(dst []byte, c *journal.Call) []byte {
	begin := len(dst)
	o := object{dst: append(dst, '{')}
	o.number("seq", int64(c.Seq))
	o.key("time")
	o.dst = append(o.dst, '"')
	o.dst = c.Time.UTC().AppendFormat(o.dst, "2006-01-02T15:04:05.000Z")
	o.dst = append(o.dst, '"')
	o.key("durationMs")
	o.dst = appendMillis(o.dst, c.Duration)
	o.text("client", c.Client)
	o.text("method", c.Method)
	o.text("path", pathBelow(c))
	o.text("query", c.Query)
	o.meaning(c)
	o.message("request", &c.Request)
	o.message("response", &c.Response)
	o.beside(c)
	o.dst = append(o.dst, '}')
	return append(o.dst[:begin], safetext.JSON(o.dst[begin:])...)
}

// AppendMeaning appends what of AppendCall a plain HTTP exchange does not say:
// all but time, request and response.
func AppendMeaning(dst []byte, c *journal.Call) []byte {
	o := object{dst: append(dst, '{')}
	o.number("seq", int64(c.Seq))
	o.text("client", c.Client)
	o.meaning(c)
	o.beside(c)
	return append(o.dst, '}')
}

// meaning is what a call meant and did.
func (o *object) meaning(c *journal.Call) {
	o.text("operation", string(c.Operation))
	o.number("status", int64(c.Status))
	o.text("story", Tell(c).Text)
	o.key("quirks")
	o.dst = appendList(o.dst, c.Quirks)
	o.fault(c.Fault)
	o.effect(c.Effect)
	o.number("cycle", int64(c.Cycle))
}

// beside is what not every call has.
func (o *object) beside(c *journal.Call) {
	if v, ok := VerdictOf(c); ok {
		o.verdict(v)
	}
	o.optional("base", c.Target.Base)
	o.optional("auth", string(c.Auth))
	o.optional("token", c.Token)
	o.optional("scimType", string(c.ScimType))
	o.optional("error", c.Error)
	if c.Operation == scim.OpBulk {
		o.parts(c)
	}
}

// verdict is how a Test Connection went.
func (o *object) verdict(v Verdict) {
	o.key("verdict")
	o.dst = append(o.dst, `{"ok":`...)
	o.dst = strconv.AppendBool(o.dst, v.OK)
	o.text("attribute", v.Attribute)
	o.text("text", v.Text)
	o.dst = append(o.dst, '}')
}

// parts lists the operations of a bulk request that were processed, in its
// order, and says how many it has: partsCount is more where failOnErrors ended
// it. Each part has those members of a call that it can have.
func (o *object) parts(c *journal.Call) {
	o.key("parts")
	o.dst = append(o.dst, '[')
	for i, p := range c.Parts {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = append(o.dst, '{')
		o.text("method", p.Method)
		o.text("path", pathBelow(p))
		o.text("operation", string(p.Operation))
		o.number("status", int64(p.Status))
		o.text("story", Tell(p).Text)
		o.key("quirks")
		o.dst = appendList(o.dst, p.Quirks)
		o.effect(p.Effect)
		o.optional("scimType", string(p.ScimType))
		o.optional("error", p.Error)
		o.dst = append(o.dst, '}')
	}
	o.dst = append(o.dst, ']')
	o.number("partsCount", int64(c.PartsN))
}

// pathBelow is the call's path below the base path, or the whole of it where
// it is below none.
func pathBelow(c *journal.Call) string {
	below, ok := strings.CutPrefix(c.Path, c.Target.Base)
	switch {
	case !ok:
		return c.Path
	case below == "":
		return "/"
	}
	return below
}

// object is a JSON object that is being appended.
type object struct {
	dst []byte
}

func (o *object) key(name string) {
	if last := o.dst[len(o.dst)-1]; last != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

func (o *object) text(key, s string) {
	o.key(key)
	o.dst = appendText(o.dst, s)
}

// optional is text that is left out where it is empty.
func (o *object) optional(key, s string) {
	if s != "" {
		o.text(key, s)
	}
}

func (o *object) number(key string, n int64) {
	o.key(key)
	o.dst = strconv.AppendInt(o.dst, n, 10)
}

func (o *object) fault(f *journal.FaultNote) {
	o.key("fault")
	if f == nil {
		o.dst = append(o.dst, "null"...)
		return
	}
	o.dst = append(o.dst, '{')
	o.text("rule", f.Rule)
	o.text("kind", f.Kind)
	o.text("text", f.Text)
	o.text("detail", f.Detail)
	o.dst = append(o.dst, '}')
}

func (o *object) effect(e *journal.Effect) {
	o.key("effect")
	if e == nil {
		o.dst = append(o.dst, "null"...)
		return
	}
	o.dst = append(o.dst, '{')
	o.text("type", e.Type)
	o.text("id", e.ID)
	o.text("name", e.Name)
	o.text("change", e.Change)
	if e.Plan != "" {
		o.text("plan", e.Plan)
	}
	if len(e.Fields) > 0 {
		o.fields(e.Fields)
	}
	o.members("added", e.Added, e.AddedN)
	o.members("removed", e.Removed, e.RemovedN)
	o.members("left", e.Left, e.LeftN)
	o.members("unlinked", e.Unlinked, e.UnlinkedN)
	o.dst = append(o.dst, '}')
}

func (o *object) fields(fields []journal.Field) {
	o.key("fields")
	o.dst = append(o.dst, '[')
	for i, f := range fields {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		o.dst = append(o.dst, '{')
		o.text("name", f.Name)
		o.value("from", f.From)
		o.value("to", f.To)
		o.dst = append(o.dst, '}')
	}
	o.dst = append(o.dst, ']')
}

// value is an attribute's value as the JSON it is, in one line; one that was
// cut off, and is none any more, becomes a string.
func (o *object) value(key, text string) {
	if text == "" {
		return
	}
	v := jsontext.Value(text)
	if err := v.Compact(); err != nil {
		o.text(key, text)
		return
	}
	o.key(key)
	o.dst = append(o.dst, v...)
}

// members lists the names of members that came or went, and how many they
// are, as the list may be cut.
func (o *object) members(key string, names []string, n int) {
	if n == 0 {
		return
	}
	o.key(key)
	o.dst = appendList(o.dst, names)
	o.number(key+"Count", int64(n))
}

func (o *object) message(key string, m *journal.Message) {
	o.key(key)
	o.dst = append(o.dst, '{')
	o.key("headers")
	o.dst = append(o.dst, '{')
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		o.header(name, m.Header)
	}
	o.dst = append(o.dst, '}')
	o.text("body", string(m.Body))
	if m.Truncated {
		o.key("truncated")
		o.dst = append(o.dst, "true"...)
	}
	o.dst = append(o.dst, '}')
}

// header is one field; several lines of one name mean the same as one line
// with commas (RFC 9110 section 5.3).
func (o *object) header(name string, h http.Header) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = appendText(o.dst, name)
	o.dst = append(o.dst, ':')
	o.dst = appendText(o.dst, strings.Join(h[name], ", "))
}

func appendList[S ~string](dst []byte, list []S) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, string(s))
	}
	return append(dst, ']')
}

// appendText appends s as a JSON string. Invalid UTF-8 is replaced.
func appendText(dst []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(dst, strings.ToValidUTF8(s, "\uFFFD")) // valid now
	}
	return quoted
}

// appendMillis appends d in milliseconds, to the microsecond.
func appendMillis(dst []byte, d time.Duration) []byte {
	return strconv.AppendFloat(dst, float64(d.Microseconds())/1000, 'f', -1, 64)
}
