package journal

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
)

// capture passes an answer on and keeps what the journal records of it.
type capture struct {
	http.ResponseWriter
	of       *unsealed
	status   int // 0 until the answer begins
	size     int // of the body, in bytes
	body     []byte
	hijacked bool
}

// Unwrap gives http.ResponseController its way to the server's writer.
func (w *capture) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Call is for Of.
func (w *capture) Call() *Call { return &w.of.call }

func (w *capture) WriteHeader(status int) {
	// Informational answers come before the one that counts (RFC 9110
	// section 15.2), all but 101, which ends the exchange.
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *capture) Write(p []byte) (int, error) {
	n, err := w.pass(p)
	w.body = append(w.body, p[:min(n, max(MaxBody-len(w.body), 0))]...)
	return n, err
}

// pass writes p to the client.
func (w *capture) pass(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.size += n
	return n, err
}

// WriteWhole writes a body that is not changed any more, so that what records w
// need not copy it.
func WriteWhole(w http.ResponseWriter, body []byte) (int, error) {
	c, ok := w.(*capture)
	if !ok || c.size > 0 {
		return w.Write(body)
	}
	n, err := c.pass(body)
	// Of one with much room behind it, the room would be kept too, uncounted. The
	// copy is bounded as a request is: MaxBody of it are kept, and redactBody knows
	// what to do with a text that breaks off.
	if c.body = body[:n:n]; cap(body)-n > n/4+64 {
		c.body = bytes.Clone(body[:min(n, MaxRequest)])
	}
	return n, err
}

func (w *capture) Flush() { _ = w.FlushError() }

// FlushError is what http.ResponseController calls.
func (w *capture) FlushError() error {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *capture) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.hijacked = true
	}
	return conn, rw, err
}

// answered returns the status that the client got; 0 where it got none,
// because the connection was taken over, or the client left before the handler
// answered anything.
func (w *capture) answered(ctx context.Context) int {
	switch {
	case w.hijacked:
		return 0
	case w.status != 0:
		return w.status
	case ctx.Err() != nil:
		return 0
	}
	return http.StatusOK // what net/http sends for a handler that wrote nothing
}

// message returns the answer as it was sent, which is not changed any more.
func (w *capture) message() Message {
	return Message{Header: w.Header(), Body: w.body, Size: w.size}
}
