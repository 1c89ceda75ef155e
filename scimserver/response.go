package scimserver

import (
	"net/http"
	"strconv"

	"airmock/internal/journal"
)

// field is a header field of an answer, its name in canonical form.
type field struct{ name, value string }

// fields are some of an answer's header.
type fields []field

// get returns the value of the field by that name, or "".
func (f fields) get(name string) string {
	for _, field := range f {
		if field.name == name {
			return field.value
		}
	}
	return ""
}

// response is an answer that is ready to be sent.
type response struct {
	status int
	body   []byte // nil for none; never changed
	header fields // beside Vary, Content-Type and Content-Length
}

// write sends resp, with a body of that media type. A HEAD gets the headers of
// the GET alone (RFC 9110 section 9.3.2).
func (resp *response) write(w http.ResponseWriter, method, mediaType string) {
	header := append(make(fields, 0, 6), field{"Vary", "Accept"})
	header = append(header, resp.header...)
	if resp.body != nil {
		header = append(header, field{"Content-Type", mediaType}, field{"Content-Length", strconv.Itoa(len(resp.body))})
	}
	header.set(w.Header())
	w.WriteHeader(resp.status)
	if resp.body != nil && method != http.MethodHead {
		// A client that is gone cannot be told; the journal has the answer.
		_, _ = journal.WriteWhole(w, resp.body)
	}
}

// set puts the fields into h. Their values share one array: Header.Set makes
// one for each.
func (f fields) set(h http.Header) {
	values := make([]string, len(f))
	for i, field := range f {
		values[i] = field.value
		h[field.name] = values[i : i+1 : i+1]
	}
}
