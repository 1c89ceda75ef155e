package main_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// bareServer tells the test binary to be the baseline of the benchmarks: bare
// handlers of net/http, which answer GET with the text in this variable and
// everything else with what they were sent.
const bareServer = "AIRMOCK_TEST_BARE_SERVER"

// bareRecorded tells the baseline to have its calls recorded ("on"), or to do what
// else is done with a body, which is to parse it ("off").
const bareRecorded = "AIRMOCK_TEST_BARE_RECORDED"

// runBare serves on a free port, which it prints.
func runBare(text string) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("http://" + ln.Addr().String())
	answer := []byte(text)
	room := make([]byte, 64<<20) // that the garbage collector has beside the program's heap too
	defer runtime.KeepAlive(room)
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answer
		if r.Method != http.MethodGet {
			var err error
			if body, err = bodyOf(w, r); err != nil {
				return
			}
		}
		w.Header().Set("Content-Type", "application/scim+json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = journal.WriteWhole(w, body) // as the program does
	}))
	if os.Getenv(bareRecorded) == "on" {
		handler = journal.New(journal.Options{}).Record(handler, journal.RecordOptions{Bases: []string{"/scim"}, Catalog: scim.StandardCatalog()})
	}
	fmt.Fprintln(os.Stderr, http.Serve(ln, handler))
	return 1
}

// bodyOf reads a body, unless that is recorded.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if c := journal.Of(w); c != nil {
		return c.Raw, c.DocErr
	}
	body, err := io.ReadAll(r.Body)
	if err == nil && os.Getenv(bareRecorded) == "off" {
		_, err = scim.Parse(body)
	}
	return body, err
}
