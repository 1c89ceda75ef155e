package tenant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	// headerTimeout bounds how long a client may take for its headers. There
	// is no ReadTimeout: it would end the context of calls that a fault
	// delays on purpose; journal.Record bounds the reading of bodies.
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than the pauses of a tunnel's connection pool.
	idleTimeout = 2 * time.Minute
	// writeTimeout bounds a whole call, for clients that stop reading their
	// answer. It is longer than what a fault delays a call by.
	writeTimeout = 10 * time.Minute
	// maxHeader bounds a request's headers, in bytes.
	maxHeader = 64 << 10
	// drainTimeout is how long Close lets calls finish.
	drainTimeout = 5 * time.Second
)

// server is the SCIM listener and the goroutine that serves it.
type server struct {
	http *http.Server
	addr string        // host:port that is bound
	done chan struct{} // closed when serving has ended
	err  error         // why, where it was not close; read after done
}

// listen binds addr and serves h on it.
func listen(ctx context.Context, addr string, h http.Handler) (*server, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken by another program; choose one with --listen, or port 0 for any that is free", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	s := &server{
		http: &http.Server{
			Handler:           h,
			ReadHeaderTimeout: headerTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			// What clients do wrong below HTTP must not be written over the
			// screen.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		addr: ln.Addr().String(),
		done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("serve on %s: %w", s.addr, err)
		}
	}()
	return s, nil
}

// close stops listening and lets calls finish; those that take longer than
// drainTimeout are cut.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close() // cuts what is left; there is nothing more to do with its error
	}
	<-s.done
	return s.err
}
