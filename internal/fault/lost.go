package fault

import (
	"net/http"

	"airmock/internal/journal"
)

// lostResponse is the outcome that a call is carried out, and the connection
// cut instead of answered.
type lostResponse struct{}

func (lostResponse) serve(e *exchange) {
	unsent := &unsentWriter{call: e.call, header: make(http.Header)}
	e.next.ServeHTTP(unsent, e.r)
	switch {
	case unsent.status >= 400:
		e.did("was refused (%d); cut the connection", unsent.status)
	default:
		e.did("carried out (%d), then cut the connection", max(unsent.status, http.StatusOK))
	}
	cut(e.w)
}

// cut ends a connection at once, without the rest of an answer and with a
// reset where the transport can, as when a machine on the way goes down.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Over HTTP/2 nothing can be taken over; this resets the stream.
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0) // only how it closes depends on this
	}
	_ = conn.Close()
}

// unsentWriter takes an answer that nobody gets.
type unsentWriter struct {
	call   *journal.Call
	header http.Header
	status int
}

// Call is for journal.Of.
func (w *unsentWriter) Call() *journal.Call { return w.call }

func (w *unsentWriter) Header() http.Header { return w.header }

func (w *unsentWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *unsentWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(p), nil
}
