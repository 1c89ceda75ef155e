package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// bareServer tells the test binary to be the baseline of the benchmarks: bare
// handlers of net/http, which answer GET with the message in this variable (see
// bareAnswer) and everything else with what they were sent.
const bareServer = "AIRMOCK_TEST_BARE_SERVER"

// bareRecorded tells the baseline to have its calls recorded ("on"), or to do what
// else is done with a body, which is to parse it ("off").
const bareRecorded = "AIRMOCK_TEST_BARE_RECORDED"

// bareAnswer is an answer as a text: its headers, but for those that net/http
// adds to every answer, an empty line, and its body.
func bareAnswer(header http.Header, body string) string {
	var b strings.Builder
	_ = header.WriteSubset(&b, map[string]bool{"Date": true, "Content-Length": true}) // a Builder takes everything
	return b.String() + "\r\n" + body
}

// readBareAnswer reads what bareAnswer has written.
func readBareAnswer(text string) (header http.Header, body []byte, err error) {
	r := bufio.NewReader(strings.NewReader(text))
	head, err := textproto.NewReader(r).ReadMIMEHeader()
	if err != nil {
		return nil, nil, err
	}
	body, err = io.ReadAll(r)
	return http.Header(head), body, err
}

// runBare serves on a free port, which it prints.
func runBare(text string) int {
	header, answer, err := readBareAnswer(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("http://" + ln.Addr().String())
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := answer
		for name, values := range header {
			w.Header()[name] = values
		}
		if r.Method != http.MethodGet {
			var err error
			if body, err = bodyOf(w, r); err != nil {
				return
			}
		}
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
