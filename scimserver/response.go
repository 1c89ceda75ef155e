package scimserver

import (
	"net/http"
	"strconv"
)

// contentType is the media type of every answer (RFC 7644 section 8.1). It is
// sent without a charset, as JSON is UTF-8 and the type has no such parameter.
const contentType = "application/scim+json"

// response is an answer that is ready to be sent.
type response struct {
	status int
	body   []byte      // nil for none
	header http.Header // beside Content-Type and Content-Length; nil for none
}

// write sends resp. A HEAD gets the headers of the GET alone (RFC 9110
// section 9.3.2).
func (resp *response) write(w http.ResponseWriter, method string) {
	h := w.Header()
	for name, values := range resp.header {
		h[name] = values
	}
	if resp.body != nil {
		h.Set("Content-Type", contentType)
		h.Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if resp.body != nil && method != http.MethodHead {
		// A client that is gone cannot be told; the journal has the answer.
		_, _ = w.Write(resp.body)
	}
}
