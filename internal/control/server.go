// Package control is the local control API, server and client: HTTP and JSON
// on a unix socket, for the program's own commands, scripts and CI. It is
// never reachable through the SCIM listener.
package control

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"airmock/internal/tenant"
)

// scimBase is where the SCIM endpoints are on the control socket.
const scimBase = "/v1/scim"

// openAPI describes the API for others.
//
//go:embed openapi.json
var openAPI []byte

// Server answers on a tenant's control socket.
type Server struct {
	path   string
	api    *api
	http   *http.Server
	done   chan struct{}
	cancel context.CancelFunc
}

// NewServer returns a server that does not listen yet.
func NewServer(t *tenant.Tenant, path string) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	a := &api{tenant: t}
	return &Server{
		path: path,
		api:  a,
		http: &http.Server{
			Handler:           a.handler(),
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0),
			// Streams end when the server closes.
			BaseContext: func(net.Listener) context.Context { return ctx },
		},
		done:   make(chan struct{}),
		cancel: cancel,
	}
}

// Open binds the socket and serves. The error wraps ErrInUse where another
// tenant has it.
func (s *Server) Open(ctx context.Context) error {
	ln, err := bindSocket(ctx, s.path)
	if err != nil {
		return err
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(ln) // always an error; that of Close is the expected one
	}()
	return nil
}

// Close ends the streams, lets other requests finish, and removes the socket.
// It must follow a successful Open.
func (s *Server) Close() error {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-s.done
	return err
}

// NewHandler returns the control API of t.
func NewHandler(t *tenant.Tenant) http.Handler { return (&api{tenant: t}).handler() }

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{} // of each path
	for _, r := range a.routes() {
		mux.HandleFunc(r.pattern, a.answer(r.handle))
		method, path, _ := strings.Cut(r.pattern, " ")
		methods[path] = append(methods[path], method)
	}
	for path, known := range methods {
		mux.HandleFunc(path, a.answer(wrongMethod(known))) // what the patterns above leave
	}
	mux.Handle(scimBase+"/", a.tenant.SCIM(scimBase))
	mux.HandleFunc("/", a.answer(notFound))
	return mux
}
