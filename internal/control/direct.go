package control

import (
	"io"
	"net/http"

	"airmock/internal/tenant"
)

// Direct returns a client for a tenant in this process, which was opened and
// not started.
func Direct(t *tenant.Tenant) *Client {
	return &Client{http: &http.Client{Transport: direct{NewHandler(t)}}}
}

// direct answers requests by a handler in this process. An answer can be read
// while it is being written, as over a socket.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody // as a server's requests have
	}
	in, out := io.Pipe()
	a := &answer{header: http.Header{}, begun: make(chan struct{}), out: out}
	resp := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1, Request: r, Trailer: http.Header{},
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.handler.ServeHTTP(a, r)
		a.WriteHeader(http.StatusOK) // where nothing was written
		_ = r.Body.Close()
		for name, values := range a.header {
			resp.Trailer[name] = values // those of the beginning too, which nobody takes for trailers
		}
		_ = out.Close() // from here on the client looks at the trailers
	}()
	<-a.begun
	resp.Status, resp.StatusCode, resp.Header = http.StatusText(a.status), a.status, a.sent
	resp.Body = &directBody{in, ended}
	return resp, nil
}

// directBody is the body of an answer. Closing it ends the handler.
type directBody struct {
	*io.PipeReader
	ended chan struct{}
}

func (b *directBody) Close() error {
	_ = b.PipeReader.Close()
	<-b.ended
	return nil
}

// answer is the http.ResponseWriter of a direct client.
type answer struct {
	header http.Header
	sent   http.Header // as it was when the answer began
	status int         // 0 until then
	begun  chan struct{}
	out    *io.PipeWriter
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status, a.sent = status, a.header.Clone()
	close(a.begun)
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.out.Write(p)
}

// Flush implements http.Flusher: what was written was read.
func (a *answer) Flush() { a.WriteHeader(http.StatusOK) }
