package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// startBare starts the baseline, whose GET answers text, with more in its
// environment.
func startBare(b *testing.B, text string, env ...string) *process {
	b.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(append(cleanEnv(), bareServer+"="+text), env...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	p.url = strings.TrimSpace(line)
	return p
}

// cpu returns the processor time that the process has used, in clock ticks.
func (p *process) cpu(b *testing.B) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	var ticks float64
	for _, field := range fields[11:13] { // utime and stime, see proc(5)
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += float64(n)
	}
	return ticks
}

// benchUser is a user of about 1.2 KB, as it is sent.
func benchUser(i int64) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
		`"externalId":"e-%[1]d","userName":"user%[1]d@contoso.com","active":true,"displayName":"User %[1]d","title":"Engineer","preferredLanguage":"en-US",`+
		`"name":{"formatted":"Given Family","familyName":"Family","givenName":"Given"},"emails":[{"primary":true,"type":"work","value":"user%[1]d@contoso.com"}],`+
		`"addresses":[{"type":"work","streetAddress":"1 Main Street","locality":"Redmond","region":"WA","postalCode":"98052","country":"US","formatted":"18/2111"}],`+
		`"phoneNumbers":[{"value":"555 0100","type":"work"},{"value":"555 0101","type":"mobile"},{"value":"555 0102","type":"fax"}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%[1]d","department":"Retail","costCenter":"4130","division":"Theme Park"}}`, i)
}

// request is a request as it goes over the wire.
func request(method, address, body string) string {
	u, _ := url.Parse(address) // made by the benchmarks
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n", method, u.RequestURI(), u.Host, secret)
	if body != "" {
		head += fmt.Sprintf("Content-Type: application/scim+json\r\nContent-Length: %d\r\n", len(body))
	}
	return head + "\r\n" + body
}

// exchange sends a request and reads its answer. net/http's client would cost
// more than the servers that are measured.
func exchange(conn net.Conn, r *bufio.Reader, text string) error {
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	status, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if !strings.HasPrefix(status, "HTTP/1.1 2") {
		rest, _ := r.Peek(min(length, r.Buffered()))
		return fmt.Errorf("%s %s", status, rest)
	}
	_, err = r.Discard(length)
	return err
}

// drive sends requests over so many keep-alive connections for a span of time,
// and returns how many were answered.
func drive(b *testing.B, p *process, clients int, span time.Duration, next func() string) int64 {
	b.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		b.Fatal(err)
	}
	// With a thread more, the client would not send more: what that has to do is
	// little, and in between it would look for work, where the server has some.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var answered atomic.Int64
	var all sync.WaitGroup
	end := time.Now().Add(span)
	for range clients {
		all.Go(func() {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			r := bufio.NewReaderSize(conn, 64<<10)
			for time.Now().Before(end) {
				if err := exchange(conn, r, next()); err != nil {
					b.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	all.Wait()
	return answered.Load()
}

// subject is a server with what it is sent.
type subject struct {
	server  *process
	clients int
	next    func() string
}

// rate is what a server does under load.
type rate struct{ requests, ticks float64 }

func (r *rate) measure(b *testing.B, s subject) {
	before := s.server.cpu(b)
	r.requests += float64(drive(b, s.server, s.clients, time.Second, s.next))
	r.ticks += s.server.cpu(b) - before
}

// settle waits until a server does hardly anything any more of what it does after
// its calls, such as to keep them in a file, so that another one has the machine.
func (p *process) settle(b *testing.B) {
	b.Helper()
	used, since := p.cpu(b), time.Now()
	eventually(b, "a server without work", func() bool {
		if now := p.cpu(b); now > used+1 {
			used, since = now, time.Now()
		}
		return time.Since(since) > 300*time.Millisecond
	})
}

// race runs two servers by turns, second for second, and reports the requests
// of the first as a part of those of the second, and the processor time that
// one of its requests takes as a multiple.
func race(b *testing.B, first, second subject, against string) {
	first.server.settle(b)
	var of [2]rate
	for range 2 * b.N {
		of[1].measure(b, second)
		second.server.settle(b)
		of[0].measure(b, first)
		first.server.settle(b)
	}
	b.ReportMetric(of[0].requests/of[1].requests, "x-requests-of-"+against)
	b.ReportMetric(of[0].ticks/of[0].requests/(of[1].ticks/of[1].requests), "x-cpu-of-"+against)
	b.ReportMetric(of[0].requests/float64(2*b.N), "requests/s")
}

// benchCase is a kind of call to the running program, and to a baseline, which has
// the answer to it.
type benchCase struct {
	name, answer string
	ours         func() string
	bare         func(url string) string
}

// benchProgram runs the program with users, and 16 connections for each case.
func benchProgram(b *testing.B) (*process, []benchCase) {
	const users = 1000
	p := serve(b, b.TempDir(), "--log", "none")
	var made atomic.Int64
	var ids []string
	for range users {
		_, _, body := call(b, "POST", p.url+"/Users", secret, benchUser(made.Add(1)))
		var user struct{ ID string }
		if err := json.Unmarshal([]byte(body), &user); err != nil {
			b.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	var turn atomic.Int64
	any := func() int64 { return turn.Add(7919) % users }
	lookup := func(base string) string {
		return base + "/Users?filter=" + url.QueryEscape(fmt.Sprintf(`userName eq "user%d@contoso.com"`, 1+any()))
	}
	patch := func() string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"%s"}]}`,
			[...]string{"False", "True"}[turn.Load()/users%2])
	}
	answerTo := func(method, url, body string) string {
		_, header, text := call(b, method, url, secret, body)
		return bareAnswer(header, text)
	}
	oneUser, list := answerTo("GET", p.url+"/Users/"+ids[0], ""), answerTo("GET", lookup(p.url), "")
	both := func(name, answer string, next func(url string) string) benchCase {
		return benchCase{name, answer, func() string { return next(p.url) }, next}
	}
	return p, []benchCase{
		both("get", oneUser, func(url string) string { return request("GET", url+"/Users/"+ids[any()], "") }),
		both("userName eq", list, func(url string) string { return request("GET", lookup(url), "") }),
		{"create", oneUser, func() string { return request("POST", p.url+"/Users", benchUser(made.Add(1))) },
			func(url string) string { return request("POST", url+"/Users", benchUser(any())) }},
		both("patch active", oneUser, func(url string) string { return request("PATCH", url+"/Users/"+ids[any()], patch()) }),
	}
}

// benchClients is how many connections calls come over.
const benchClients = 16

// BenchmarkThroughput holds the running program, journal and all, against bare
// handlers of net/http that write the same bytes, headers included.
func BenchmarkThroughput(b *testing.B) {
	p, cases := benchProgram(b)
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			bare := startBare(b, bb.answer)
			race(b, subject{p, benchClients, bb.ours}, subject{bare, benchClients, func() string { return bb.bare(bare.url) }}, "bare")
		})
	}
}

// BenchmarkRecording runs by turns the program, a bare handler whose calls are
// recorded, and the same without, which parses the bodies itself. What a call to
// the bare handlers takes more with recording than without is what recording
// takes. It reports that as a part of what a call to the program takes, which is
// the part of its throughput that recording costs (x-of-throughput); the same of
// the processor time of the servers alone; and the bare handlers' requests with
// and without, which says how recording compares with doing nothing.
func BenchmarkRecording(b *testing.B) {
	p, cases := benchProgram(b)
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			bare := func(recorded string) subject {
				server := startBare(b, bb.answer, bareRecorded+"="+recorded)
				return subject{server, benchClients, func() string { return bb.bare(server.url + "/scim") }}
			}
			var of [3]rate
			// Each time with other processes: where one has its memory makes as
			// much of a difference as recording does.
			for range 2 * b.N {
				subjects := [...]subject{{p, benchClients, bb.ours}, bare("on"), bare("off")}
				for i, s := range subjects {
					for range 3 { // until the journal is full and the heap as large as it gets
						new(rate).measure(b, s)
					}
					of[i].measure(b, s)
					s.server.settle(b)
				}
				subjects[1].server.kill()
				subjects[2].server.kill()
			}
			took := func(r rate) float64 { return 1 / r.requests } // all had as much time, and all of the machine
			b.ReportMetric((took(of[1])-took(of[2]))/took(of[0]), "x-of-throughput")
			cost := func(r rate) float64 { return r.ticks / r.requests }
			b.ReportMetric((cost(of[1])-cost(of[2]))/cost(of[0]), "x-cpu-of-the-program")
			b.ReportMetric(of[1].requests/of[2].requests, "x-requests-of-unrecorded")
		})
	}
}

// BenchmarkSyncAlways holds creates by 64 clients that wait for the disk
// against such that do not.
func BenchmarkSyncAlways(b *testing.B) {
	always := serve(b, b.TempDir(), "--log", "none", "--sync", "always")
	second := serve(b, b.TempDir(), "--log", "none", "--sync", "second")
	var made atomic.Int64
	creates := func(p *process) subject {
		return subject{p, 64, func() string { return request("POST", p.url+"/Users", benchUser(made.Add(1))) }}
	}
	race(b, creates(always), creates(second), "second")
}
