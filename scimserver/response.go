package scimserver

import (
	"net/http"
	"strconv"
)

// response is an answer that is ready to be sent.
type response struct {
	status int
	body   []byte      // nil for none
	header http.Header // beside Content-Type and Content-Length; nil for none
}

// write sends resp, with a body of that media type. A HEAD gets the headers of
// the GET alone (RFC 9110 section 9.3.2).
func (resp *response) write(w http.ResponseWriter, method, mediaType string) {
	h := w.Header()
	h.Set("Vary", "Accept")
	for name, values := range resp.header {
		h[name] = values
	}
	if resp.body != nil {
		h.Set("Content-Type", mediaType)
		h.Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if resp.body != nil && method != http.MethodHead {
		// A client that is gone cannot be told; the journal has the answer.
		_, _ = w.Write(resp.body)
	}
}
