package main_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
)

// bareServer tells the test binary to be the baseline of the benchmarks: bare
// handlers of net/http, which answer GET with the text in this variable and
// everything else with what they were sent.
const bareServer = "AIRMOCK_TEST_BARE_SERVER"

// runBare serves on a free port, which it prints.
func runBare(text string) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("http://" + ln.Addr().String())
	answer := []byte(text)
	err = http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answer
		if r.Method != http.MethodGet {
			if body, err = io.ReadAll(r.Body); err != nil {
				return
			}
		}
		w.Header().Set("Content-Type", "application/scim+json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	fmt.Fprintln(os.Stderr, err)
	return 1
}
