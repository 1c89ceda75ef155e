package journal

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"airmock/internal/scim"
)

// RecordOptions are the parts of the recording handler.
type RecordOptions struct {
	Bases   []string                 // base paths, for scim.TargetOf
	Catalog *scim.Catalog            // what the service offers, and which of its attributes are secrets; nil: the standard one
	Skip    func(*http.Request) bool // calls that are not recorded (/healthz); nil: none
	// BodyTimeout bounds how long a client may take to send its body; 0: 30 s.
	// The server's own ReadTimeout would run on while a handler works, and end
	// the context of a call that a fault delays on purpose.
	BodyTimeout time.Duration
	// Panicked is told of each panic of a handler, with the stack at the
	// place; nil: nobody.
	Panicked func(c *Call, stack []byte)
}

// Record returns the outermost handler: it reads the bounded body, names the
// operation, runs next with a writer that knows the call (see Of), recovers its
// panics as 500, and appends the call. The headers of both messages, and a body
// given to WriteWhole, must not be changed afterwards.
func (j *Journal) Record(next http.Handler, o RecordOptions) http.Handler {
	if o.BodyTimeout == 0 {
		o.BodyTimeout = 30 * time.Second
	}
	secrets := newSecrets(o.Catalog.SecretNames())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.Skip != nil && o.Skip(r) {
			next.ServeHTTP(w, r)
			return
		}
		start := j.now()
		u := &unsealed{secrets: secrets}
		c := &u.call
		*c = Call{
			Cycle:   j.begin(start),
			Time:    start,
			Client:  r.RemoteAddr,
			Method:  r.Method,
			Path:    r.URL.Path,
			Query:   r.URL.RawQuery,
			Results: -1,
		}
		out := &capture{ResponseWriter: w, of: u}
		defer func() {
			abort := out.recovered(recover(), c, o)
			c.Status = out.answered(r.Context())
			if abort {
				c.Status = 0
			}
			c.Duration = j.now().Sub(start)
			c.Request.Header, c.Response = r.Header, out.message()
			if len(r.RequestURI) > maxText {
				c.ownTexts()
			}
			j.end(u)
			if abort {
				// net/http cuts the connection on this value, quietly.
				panic(http.ErrAbortHandler)
			}
		}()
		c.readBody(w, r, o.BodyTimeout)
		c.name(r, o)
		next.ServeHTTP(out, r)
	})
}

// readBody fills Raw, Doc, DocErr and the recorded body.
func (c *Call) readBody(w http.ResponseWriter, r *http.Request, timeout time.Duration) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	// A writer that knows no deadlines is a test's, and needs none.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(timeout))
	// MaxBytesReader wants the server's own writer: over the limit it makes
	// the server close the connection, so that nobody reads the rest.
	var err error
	c.Raw, err = readAll(http.MaxBytesReader(w, r.Body, MaxRequest), r.ContentLength)
	if err == nil {
		// After an error the deadline stays: before it answers, the server
		// looks for the rest of the body, and would wait for that for ever.
		_ = connection.SetReadDeadline(time.Time{})
	}
	size := len(c.Raw)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		c.DocErr = ErrTooLarge
		size = max(size+1, int(r.ContentLength))
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.DocErr = ErrTooSlow
	case err != nil:
		c.DocErr = scim.Errorf(scim.InvalidSyntax, "the body broke off after %d bytes: %v", size, err)
	case size > 0:
		c.Doc, c.DocErr = scim.Parse(c.Raw)
	}
	c.Request.Body, c.Request.Size = c.Raw, size
}

// firstRead bounds what is set aside for a body by what its sender says of its
// length, in bytes.
const firstRead = 64 << 10

// readAll reads r to its end, as io.ReadAll does, into no more memory than it
// needs where its length is known; -1 where it is not.
func readAll(r io.Reader, length int64) ([]byte, error) {
	size := int64(512)
	if length > 0 {
		size = min(length, firstRead)
	}
	b := make([]byte, 0, size)
	for {
		if len(b) == cap(b) {
			b = slices.Grow(b, 1)
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// name says what the request asks for.
func (c *Call) name(r *http.Request, o RecordOptions) {
	c.Filter = filterOf(c.Query)
	c.Target = scim.TargetOf(PathOf(r.URL), o.Bases, o.Catalog)
	if c.Target.Endpoint == scim.EndpointSearch {
		c.Filter = strings.Clone(c.Doc.Get("filter").Text()) // RFC 7644 section 3.4.3
	}
	c.Operation = scim.OperationOf(&scim.Request{
		Method: c.Method, Target: c.Target, Filter: c.Filter, Doc: c.Doc, Catalog: o.Catalog,
	})
}

// ownTexts ends the sharing of memory with a request line, or what stands for
// one, that is too long to be kept whole.
func (c *Call) ownTexts() {
	for _, text := range [...]*string{&c.Method, &c.Path, &c.Query, &c.Filter, &c.Target.ID} {
		*text = strings.Clone(*text)
	}
}

// PathOf returns the path of u for scim.TargetOf: decoded, unless a slash in it
// is escaped and thereby part of a segment (RFC 3986 section 2.2).
func PathOf(u *url.URL) string {
	if u.RawPath == "" { // the usual encoding, which escapes no slash
		return u.Path
	}
	if escaped := u.EscapedPath(); strings.Contains(strings.ToLower(escaped), "%2f") {
		return escaped
	}
	return u.Path
}

// filterOf returns the decoded parameter filter of a raw query, whose name
// compares without case, or "". Unlike url.ParseQuery it keeps a value with a
// raw semicolon: without its filter a call would seem to ask for everybody.
func filterOf(query string) string {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(name, "filter") {
			continue
		}
		if text, err := url.QueryUnescape(value); err == nil {
			return text
		}
		return value
	}
	return ""
}

// recovered deals with what a handler panicked with, and reports whether the
// connection must be cut: when the handler asked for that, or when it panicked
// after a part of its answer was sent.
func (w *capture) recovered(p any, c *Call, o RecordOptions) (abort bool) {
	if p == nil {
		return false
	}
	if p == http.ErrAbortHandler {
		return !w.hijacked
	}
	c.Error = fmt.Sprintf("the handler panicked: %v", p)
	if o.Panicked != nil {
		o.Panicked(c, debug.Stack())
	}
	if w.hijacked {
		return false
	}
	if w.status != 0 {
		return true
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(scim.AppendError(nil, http.StatusInternalServerError, "", "airmock failed on this request: this is a bug in airmock and not in the request"))
	return false
}

// clientOf returns the address of who called with the header h from the peer
// remote. Behind a tunnel that is not the peer, which is the tunnel's agent on
// this machine, but who the agent says. Only an agent on this machine is believed.
func clientOf(remote string, h http.Header) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !peer.IsLoopback() {
		return host
	}
	forwarded, _, _ := strings.Cut(h.Get("X-Forwarded-For"), ",")
	for _, text := range []string{h.Get("Cf-Connecting-Ip"), forwarded} {
		if addr, err := netip.ParseAddr(strings.TrimSpace(text)); err == nil {
			return addr.Unmap().String()
		}
	}
	return host
}
