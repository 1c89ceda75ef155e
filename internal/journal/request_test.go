package journal

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"airmock/internal/scim"
)

func TestABodyThatDoesNotArriveIsAnsweredAndTheConnectionEnded(t *testing.T) {
	j := New(Options{})
	var docErr error
	srv := httptest.NewServer(j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		docErr = Of(w).DocErr
		w.WriteHeader(http.StatusRequestTimeout)
	}), RecordOptions{Bases: bases, BodyTimeout: 50 * time.Millisecond}))
	defer srv.Close()

	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(conn, "POST /scim/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"a"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the client gets no answer: %v", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout || !resp.Close {
		t.Errorf("got status %d, connection to be closed %t; want 408, true", resp.StatusCode, resp.Close)
	}
	if !errors.Is(docErr, ErrTooSlow) {
		t.Errorf("DocErr is %v, want ErrTooSlow", docErr)
	}
}

func TestAnEscapedSlashIsPartOfASegment(t *testing.T) {
	tests := map[string]scim.Target{
		"/scim/Users/a%2Fb": {Endpoint: scim.EndpointUsers, ID: "a%2Fb", Base: "/scim"},
		"/scim/Users/%2f":   {Endpoint: scim.EndpointUsers, ID: "%2f", Base: "/scim"},
		"/scim/Users%2Fab":  {Base: "/scim"},
		"/scim/Users/a%20b": {Endpoint: scim.EndpointUsers, ID: "a b", Base: "/scim"},
	}
	for path, want := range tests {
		c, _ := recorded(t, nothing, httptest.NewRequest("GET", path, nil))
		if c.Target != want {
			t.Errorf("%s is about %+v, want %+v", path, c.Target, want)
		}
	}
}
