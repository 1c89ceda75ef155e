package session

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
	"airmock/internal/scim"
)

// The types are those of HAR 1.2. Fields that begin with an underscore are ours,
// as the specification wants it.
type (
	harEntry struct {
		Started  string         `json:"startedDateTime"` // ISO 8601, with milliseconds
		Time     float64        `json:"time"`            // in milliseconds, the sum of the timings
		Request  harRequest     `json:"request"`
		Response harResponse    `json:"response"`
		Cache    struct{}       `json:"cache"`
		Timings  harTimings     `json:"timings"`
		Comment  string         `json:"comment,omitempty"`  // the story
		Airmock  jsontext.Value `json:"_airmock,omitempty"` // what HAR has no place for: entra.AppendMeaning, and exact
	}
	harRequest struct {
		Method      string       `json:"method"`
		URL         string       `json:"url"`
		HTTPVersion string       `json:"httpVersion"`
		Cookies     []harPair    `json:"cookies"`
		Headers     []harPair    `json:"headers"`
		QueryString []harPair    `json:"queryString"`
		PostData    *harPostData `json:"postData,omitempty"`
		HeadersSize int          `json:"headersSize"` // -1: not known
		BodySize    int          `json:"bodySize"`
	}
	harPostData struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Comment  string `json:"comment,omitempty"`
	}
	harResponse struct {
		Status      int        `json:"status"` // 0: no answer came
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		Comment     string     `json:"comment,omitempty"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"` // "base64"
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// writeHAR writes an entry on each line.
func writeHAR(w io.Writer, calls []*journal.Call, o Options) error {
	out := bufio.NewWriter(w)
	creator, err := json.Marshal(struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{"airmock", cmp.Or(o.Version, "(devel)")}, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, _ = out.WriteString(`{"log":{"version":"1.2","creator":` + string(creator) + `,"pages":[],"entries":[`)
	for i, c := range calls {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		entry, err := harOf(c, o)
		if err != nil {
			return err
		}
		_, _ = out.WriteString("\n" + string(entry))
	}
	_, _ = out.WriteString("\n]}}\n")
	return out.Flush()
}

func harOf(c *journal.Call, o Options) ([]byte, error) {
	millis := float64(c.Duration.Microseconds()) / 1000
	e := harEntry{
		Started: c.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		Time:    millis, Timings: harTimings{Wait: millis},
		Request: harRequest{
			Method: c.Method, URL: URL(c, o.TenantURL), HTTPVersion: "HTTP/1.1",
			Cookies: []harPair{}, Headers: harHeaders(c.Request.Header), QueryString: harQuery(c.Query),
			HeadersSize: -1, BodySize: c.Request.Size,
		},
		Response: harResponse{
			Status: c.Status, StatusText: http.StatusText(c.Status), HTTPVersion: "HTTP/1.1",
			Cookies: []harPair{}, Headers: harHeaders(c.Response.Header), Content: harContentOf(&c.Response),
			RedirectURL: "", HeadersSize: -1, BodySize: c.Response.Size,
		},
		Comment: entra.Tell(c).Text,
	}
	if c.Request.Size > 0 || len(c.Request.Body) > 0 {
		e.Request.PostData = &harPostData{MimeType: c.Request.Header.Get("Content-Type"), Text: string(c.Request.Body)}
		if c.Request.Truncated {
			e.Request.PostData.Comment = "cut off: airmock keeps the first 64 KiB of a body"
		}
	}
	if c.Status == 0 {
		e.Response.Comment = "no answer reached the client"
	}
	var err error
	// The reader sees the entry as it is in the file: with what is no UTF-8 replaced.
	written, err := json.Marshal(e, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, err
	}
	var read harEntry
	if err := json.Unmarshal(written, &read); err != nil {
		return nil, err
	}
	f, err := read.form()
	if err != nil {
		return nil, err
	}
	if e.Airmock, err = withExact(entra.AppendMeaning(nil, c), c, f, o); err != nil {
		return nil, err
	}
	if written, err = json.Marshal(e, jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, err
	}
	return safetext.JSON(written), nil
}

func harHeaders(h http.Header) []harPair {
	pairs := []harPair{}
	for _, name := range sortedNames(h) {
		for _, value := range h[name] {
			pairs = append(pairs, harPair{name, value})
		}
	}
	return pairs
}

// harQuery is a raw query in pairs, decoded where it can be.
func harQuery(query string) []harPair {
	pairs := []harPair{}
	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, harPair{unescape(name), unescape(value)})
		}
	}
	return pairs
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func harContentOf(m *journal.Message) harContent {
	c := harContent{Size: m.Size, MimeType: cmp.Or(m.Header.Get("Content-Type"), "x-unknown"), Text: string(m.Body)}
	if !utf8.Valid(m.Body) {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString(m.Body), "base64"
	}
	return c
}

// form is what of a call an entry tells by itself.
func (e *harEntry) form() (*form, error) {
	at, err := time.Parse(time.RFC3339Nano, e.Started)
	if err != nil {
		return nil, &fieldError{"startedDateTime", e.Started, "a time such as 2026-11-22T21:04:11.123Z"}
	}
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return nil, &fieldError{"request.url", e.Request.URL, "a URL"}
	}
	f := &form{
		Time: at, DurationMs: e.Time, Method: e.Request.Method, Path: u.Path, whole: true, Query: u.RawQuery, Status: e.Response.Status,
		header: [2]http.Header{headerOf(e.Request.Headers), headerOf(e.Response.Headers)},
	}
	if e.Request.PostData != nil {
		f.Request.Body = e.Request.PostData.Text
	}
	f.Response.Body = e.Response.Content.Text
	if e.Response.Content.Encoding == "base64" {
		body, err := base64.StdEncoding.DecodeString(e.Response.Content.Text)
		if err != nil {
			return nil, &fieldError{"response.content.text", e.Response.Content.Text, "base64, as its encoding says"}
		}
		f.Response.Body = string(body)
	}
	return f, nil
}

// headerOf reads header fields; nil for none. Those of HTTP/2 that are no header
// fields, such as :path, are left out.
func headerOf(pairs []harPair) http.Header {
	var h http.Header
	for _, p := range pairs {
		if strings.HasPrefix(p.Name, ":") {
			continue
		}
		if h == nil {
			h = make(http.Header, len(pairs))
		}
		h.Add(p.Name, p.Value)
	}
	return h
}

// baseOf finds the base path in a path of a service that offers catalog: what is
// before the first endpoint. ok is false where there is none.
func baseOf(path string, catalog *scim.Catalog) (base string, ok bool) {
	for i := 0; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		target := scim.TargetOf(path, []string{path[:i]}, catalog)
		if target.Endpoint != scim.EndpointNone && target.Endpoint != scim.EndpointRoot {
			return path[:i], true
		}
	}
	return "", false
}
