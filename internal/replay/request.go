package replay

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Request is what is sent for a call.
type Request struct {
	Call   uint64            `json:"call"` // the number of the call that it is made from
	Method string            `json:"method"`
	Path   string            `json:"path"` // below the Tenant URL, escaped, with the query: "/Users?count=1"
	Header map[string]string `json:"headers,omitempty"`
	Body   string            `json:"body,omitempty"`
}

// redacted stands in the journal where a secret was.
const redacted = "[redacted"

// Of returns what is sent to replay c, and notes on what was left out of it. The
// error says why c cannot be replayed.
func Of(c *journal.Call) (r Request, notes []string, err error) {
	r = Request{Call: c.Seq, Method: c.Method, Header: headerOf(c.Request.Header)}
	if r.Path, err = pathOf(c); err != nil {
		return r, nil, err
	}
	if c.Request.Truncated {
		return r, nil, fmt.Errorf("its body of %d bytes was recorded up to %d KiB only", c.Request.Size, journal.MaxBody>>10)
	}
	body, left, err := bodyOf(c.Request.Body)
	r.Body = body
	for _, name := range left {
		notes = append(notes, "left out "+name+": the journal does not keep secrets")
	}
	return r, notes, err
}

// pathOf returns the path of c below the base path, with its query.
func pathOf(c *journal.Call) (string, error) {
	below, ok := strings.CutPrefix(c.Path, c.Target.Base)
	if c.Target.Endpoint == scim.EndpointNone && c.Target.Base == "" {
		return c.Path, errors.New("its path is outside the Tenant URL, so there is no place for it below another one")
	}
	if !ok { // doubled slashes
		return c.Path, errors.New("its path cannot be told from the base path")
	}
	path := (&url.URL{Path: below}).EscapedPath()
	if c.Query != "" {
		path += "?" + c.Query
	}
	plain, err := url.QueryUnescape(path)
	switch {
	case err == nil && strings.Contains(plain, redacted), strings.Contains(path, redacted):
		return path, errors.New("its path or query held a secret, which the journal does not keep")
	case strings.HasSuffix(c.Path, "…"), strings.HasSuffix(c.Query, "…"):
		return path, errors.New("its path or query was too long to be recorded whole")
	}
	return path, nil
}

// notSent are header fields of the connection, of proxies, and of who asked, as
// they are different each time.
var notSent = []string{
	"Authorization", "Connection", "Content-Length", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Accept-Encoding", "Via", "Forwarded", "X-Real-Ip", "Airmock-Replay-Of",
}

// headerOf returns what is sent of a recorded header.
func headerOf(h http.Header) map[string]string {
	kept := make(map[string]string, len(h))
	for name, values := range h {
		value := strings.Join(values, ", ")
		if slices.Contains(notSent, http.CanonicalHeaderKey(name)) || strings.Contains(value, redacted) ||
			hasPrefixFold(name, "X-Forwarded-") || hasPrefixFold(name, "Proxy-") || hasPrefixFold(name, "Cf-") {
			continue
		}
		kept[name] = value
	}
	return kept
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// bodyOf returns a recorded body without the places where secrets were, and the
// names of those. A body without any is returned byte by byte.
func bodyOf(body []byte) (text string, left []string, err error) {
	text = string(body)
	if !strings.Contains(text, redacted) {
		return text, nil, nil
	}
	doc, err := scim.Parse(body)
	if err != nil {
		return text, nil, errors.New("its body held a secret, which the journal does not keep, and is not JSON that could be sent without it")
	}
	left = dropSecrets(doc)
	if ops := doc.Get("Operations"); ops.Kind() == scim.Array && ops.Len() == 0 {
		return text, left, errors.New("all that it changed was a secret, which the journal does not keep")
	}
	if strings.Contains(doc.String(), redacted) {
		return text, left, errors.New("a text in its body held a secret, which the journal does not keep")
	}
	return doc.String(), left, nil
}

// dropSecrets removes the members of v that are redacted, and whole operations
// of a PATCH whose value is. It returns what they are called.
func dropSecrets(v *scim.Value) (names []string) {
	v.DeleteFunc(func(child *scim.Value) bool {
		switch {
		case child.Text() == "[redacted]":
			names = append(names, child.Name())
			return true
		case v.Kind() == scim.Array && child.Get("value").Text() == "[redacted]" && child.Get("op") != nil:
			names = append(names, child.Get("path").Text())
			return true
		}
		names = append(names, dropSecrets(child)...)
		return false
	})
	return names
}
