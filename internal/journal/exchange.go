package journal

import "net/http"

// Exchange runs a request of this program's own through Record and returns the
// call that it became. Where next cuts the connection, its Status is 0.
func (j *Journal) Exchange(next http.Handler, o RecordOptions, r *http.Request) (c *Call) {
	var u *unsealed
	noting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if w, recorded := w.(*capture); recorded {
			u = w.of
		}
		next.ServeHTTP(w, r)
	})
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
		if u != nil {
			c = u.seal()
		}
	}()
	if r.Body == nil {
		r.Body = http.NoBody // as a server's requests have
	}
	j.Record(noting, o).ServeHTTP(unread{}, r)
	return c
}

// unread is the writer of an answer that only the journal keeps.
type unread http.Header

func (u unread) Header() http.Header         { return http.Header(u) }
func (u unread) Write(p []byte) (int, error) { return len(p), nil }
func (u unread) WriteHeader(int)             {}
