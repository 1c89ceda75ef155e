package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/scim"
)

var bases = []string{"/scim"}

// recorded runs one request through Record before h and returns the call and
// the answer.
func recorded(t testing.TB, h http.HandlerFunc, r *http.Request) (*Call, *httptest.ResponseRecorder) {
	t.Helper()
	j := New(Options{})
	w := httptest.NewRecorder()
	j.Record(h, RecordOptions{Bases: bases}).ServeHTTP(w, r)
	c := j.Get(1)
	if c == nil {
		t.Fatal("the call is not in the journal")
	}
	return c, w
}

func nothing(http.ResponseWriter, *http.Request) {}

func TestACallIsRecorded(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC)
	j := New(Options{Now: func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	}})
	body := `{"userName":"a@b.c","password":"hunter2"}`
	h := func(w http.ResponseWriter, r *http.Request) {
		c := Of(w)
		if c.Doc.Get("password").Text() != "hunter2" || string(c.Raw) != body {
			t.Errorf("the handler sees Doc %v and Raw %q", c.Doc, c.Raw)
		}
		c.Token = "azure"
		w.Header().Set("Content-Type", "application/scim+json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":"1",`)
		_, _ = io.WriteString(w, `"token":"t"}`)
	}
	r := httptest.NewRequest("POST", "/scim//Users/?a=1", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer s3cret")
	j.Record(http.HandlerFunc(h), RecordOptions{Bases: bases}).ServeHTTP(httptest.NewRecorder(), r)

	kept, answer := `{"userName":"a@b.c","password":"[redacted]"}`, `{"id":"1","token":"[redacted]"}`
	want := &Call{
		Seq: 1, Cycle: 1,
		Time: now.Add(-time.Millisecond), Duration: time.Millisecond,
		Client: "192.0.2.1", Method: "POST", Path: "/scim//Users/", Query: "a=1",
		Target:    scim.Target{Endpoint: scim.EndpointUsers, Base: "/scim"},
		Operation: scim.OpUserCreate,
		Status:    http.StatusCreated, Token: "azure", Results: -1,
		Request:  Message{Header: http.Header{"Authorization": {"Bearer [token azure]"}}, Body: []byte(kept), Size: len(body)},
		Response: Message{Header: http.Header{"Content-Type": {"application/scim+json"}}, Body: []byte(answer), Size: len(`{"id":"1","token":"t"}`)},
	}
	if diff := cmp.Diff(want, j.Get(1)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBodiesAreReadOnce(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", MaxBody) + `"}`
	tests := []struct {
		name      string
		body      io.Reader
		doc       bool
		err       string // part of DocErr; "" for none
		size      int
		truncated bool
	}{
		{"no body", nil, false, "", 0, false},
		{"an empty body", strings.NewReader(""), false, "", 0, false},
		{"JSON", strings.NewReader(`{"a":1}`), true, "", 7, false},
		{"no JSON", strings.NewReader(`<html>`), false, "not valid JSON", 6, false},
		{"more than is recorded", strings.NewReader(big), true, "", len(big), true},
		{"exactly the limit", strings.NewReader(`"` + strings.Repeat("x", MaxRequest-2) + `"`), true, "", MaxRequest, true},
		{"one byte over the limit", strings.NewReader(`"` + strings.Repeat("x", MaxRequest-1) + `"`), false, ErrTooLarge.Error(), MaxRequest + 1, true},
		{"a body that breaks off", io.MultiReader(strings.NewReader(`{"a"`), errReader{}), false, "broke off after 4 bytes", 4, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var doc *scim.Value
			var err error
			c, _ := recorded(t, func(w http.ResponseWriter, r *http.Request) {
				c := Of(w)
				doc, err = c.Doc, c.DocErr
			}, httptest.NewRequest("POST", "/scim/Users", tt.body))
			if (doc != nil) != tt.doc {
				t.Errorf("Doc = %.40v, want one: %v", doc, tt.doc)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("DocErr = %v, want %q", err, tt.err)
			}
			if c.Request.Size != tt.size || c.Request.Truncated != tt.truncated || len(c.Request.Body) > MaxBody {
				t.Errorf("recorded %d bytes of %d, truncated %v; want size %d, truncated %v",
					len(c.Request.Body), c.Request.Size, c.Request.Truncated, tt.size, tt.truncated)
			}
			if c.Doc != nil || c.DocErr != nil || c.Raw != nil {
				t.Error("the journal keeps Doc, DocErr or Raw")
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A client that sends without end gets its answer and a closed connection.
func TestAnEndlessBodyIsNotReadToItsEnd(t *testing.T) {
	j := New(Options{})
	srv := httptest.NewServer(j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if errors.Is(Of(w).DocErr, ErrTooLarge) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}), RecordOptions{Bases: bases}))
	defer srv.Close()
	body := endlessReader{}
	res, err := srv.Client().Post(srv.URL+"/scim/Users", "", body)
	if err == nil { // the server may close before the client has read the answer
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close {
			t.Errorf("answered %d, close %v; want 413 and a closed connection", res.StatusCode, res.Close)
		}
	}
	if c := waitFor(t, j, 1); c.Status != http.StatusRequestEntityTooLarge || !c.Request.Truncated {
		t.Errorf("recorded as %d, truncated %v", c.Status, c.Request.Truncated)
	}
}

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// waitFor returns the call with that number once it is there.
func waitFor(t testing.TB, j *Journal, seq uint64) *Call {
	t.Helper()
	w := j.Watch()
	defer w.Close()
	for deadline := time.After(5 * time.Second); ; {
		if c := j.Get(seq); c != nil {
			return c
		}
		select {
		case <-w.C:
		case <-deadline:
			t.Fatalf("call %d did not come", seq)
		}
	}
}

func TestFiltersAreDecoded(t *testing.T) {
	c, _ := recorded(t, nothing, httptest.NewRequest("GET", "/scim/Users?filter=userName+eq%20%22a%2Bb%40c.d%22&count=1", nil))
	if want := `userName eq "a+b@c.d"`; c.Filter != want || c.Operation != scim.OpUserQuery {
		t.Errorf("%s with filter %q, want %q", c.Operation, c.Filter, want)
	}
}

func TestTheClientIsWhoCallsThroughTheTunnel(t *testing.T) {
	tests := []struct {
		name, peer string
		header     http.Header
		want       string
	}{
		{"a peer", "192.0.2.7:1234", nil, "192.0.2.7"},
		{"an IPv6 peer", "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"a peer that says it is another", "192.0.2.7:1", http.Header{"X-Forwarded-For": {"10.0.0.1"}}, "192.0.2.7"},
		{"a tunnel", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"20.1.2.3, 10.0.0.1"}}, "20.1.2.3"},
		{"an IPv6 tunnel", "[::1]:1", http.Header{"X-Forwarded-For": {"::ffff:20.1.2.3"}}, "20.1.2.3"},
		{"cloudflared", "127.0.0.1:1", http.Header{"Cf-Connecting-Ip": {"20.9.9.9"}, "X-Forwarded-For": {"1.1.1.1"}}, "20.9.9.9"},
		{"a tunnel that says nonsense", "127.0.0.1:1", http.Header{"X-Forwarded-For": {"\x1b[31mred"}}, "127.0.0.1"},
		{"no address", "@", nil, "@"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/scim/Users", nil)
			r.RemoteAddr = tt.peer
			for name, values := range tt.header {
				r.Header[name] = values
			}
			if c, _ := recorded(t, nothing, r); c.Client != tt.want {
				t.Errorf("Client = %q, want %q", c.Client, tt.want)
			}
		})
	}
}

func TestLongAnswersAreCappedInTheJournalOnly(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 50_000)
	c, w := recorded(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = w.Write(chunk)
		}
	}, httptest.NewRequest("GET", "/scim/Users", nil))
	if w.Body.Len() != 150_000 {
		t.Errorf("the client got %d bytes, want 150000", w.Body.Len())
	}
	if m := c.Response; len(m.Body) != MaxBody || m.Size != 150_000 || !m.Truncated || c.Status != 200 {
		t.Errorf("recorded %d of %d bytes, truncated %v, status %d", len(m.Body), m.Size, m.Truncated, c.Status)
	}
}

func TestCallsThatAreSkippedLeaveNoTrace(t *testing.T) {
	j := New(Options{})
	h := j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Of(w) != nil {
			t.Error("a skipped call is under way")
		}
	}), RecordOptions{Skip: func(r *http.Request) bool { return r.URL.Path == "/healthz" }})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/healthz", nil))
	if _, last := j.Bounds(); last != 0 {
		t.Errorf("%d calls recorded, want none", last)
	}
}

func TestWhatBecameOfTheAnswer(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		sees    int // status at the client, 0 for a cut connection
		status  int
		err     string
	}{
		{"a handler that writes nothing", nothing, 200, 200, ""},
		{"a body without a status", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, 200, 200, ""},
		{"a status that is sent twice", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNotFound)
		}, 404, 404, ""},
		{"a flush", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("flush: %v", err)
			}
		}, 200, 200, ""},
		{"a panic", func(http.ResponseWriter, *http.Request) { panic("boom") }, 500, 500, "the handler panicked: boom"},
		{"a panic in the middle of an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			panic(fmt.Errorf("boom"))
		}, 0, 0, "the handler panicked: boom"},
		{"an abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, 0, ""},
		{"a connection that is taken over", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Errorf("hijack: %v", err)
				return
			}
			_ = conn.Close()
		}, 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := New(Options{})
			srv := httptest.NewServer(j.Record(tt.handler, RecordOptions{Bases: bases}))
			defer srv.Close()
			sees := 0
			res, err := srv.Client().Post(srv.URL+"/scim/Users", "", strings.NewReader("{}"))
			if err == nil {
				sees = res.StatusCode
				_ = res.Body.Close()
			}
			c := waitFor(t, j, 1)
			if sees != tt.sees || c.Status != tt.status || c.Error != tt.err {
				t.Errorf("the client sees %d, the journal says %d %q; want %d, %d %q", sees, c.Status, c.Error, tt.sees, tt.status, tt.err)
			}
		})
	}
}

func TestAPanicIsAnsweredAsASCIMErrorAndToldWithItsPlace(t *testing.T) {
	j := New(Options{})
	var stack []byte
	h := j.Record(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }),
		RecordOptions{Panicked: func(_ *Call, s []byte) { stack = s }})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/scim/Users", nil))
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/scim+json" || !strings.Contains(w.Body.String(), scim.URNError) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "boom") {
		t.Error("the answer tells what the handler panicked with")
	}
	if !strings.Contains(string(stack), "TestAPanicIsAnswered") {
		t.Errorf("the stack does not name the place:\n%s", stack)
	}
}

func TestAClientThatLeftGotNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := recorded(t, func(http.ResponseWriter, *http.Request) { cancel() },
		httptest.NewRequestWithContext(ctx, "GET", "/scim/Users", nil))
	if c.Status != 0 {
		t.Errorf("recorded as %d, want 0", c.Status)
	}
}

func TestManyCallsAtOnceAreAllRecorded(t *testing.T) {
	j := New(Options{})
	h := j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Of(w).Effect = &Effect{Name: "x"}
	}), RecordOptions{Bases: bases})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PATCH", "/scim/Users/1", strings.NewReader(`{"password":1}`)))
			}
		})
	}
	all.Wait()
	if calls, _ := j.Since(0, 1000); len(calls) != 400 || j.underWay != 0 {
		t.Errorf("%d calls recorded, %d under way; want 400 and none", len(calls), j.underWay)
	}
}

// BenchmarkRecord measures what recording costs a call over loopback HTTP,
// against the same handler without it. The ratio is what matters.
func BenchmarkRecord(b *testing.B) {
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b.simon@contoso.com","externalId":"` +
		strings.Repeat("x", 900) + `"}`
	plain := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := Of(w)
		if c == nil { // without Record somebody else has to read and parse
			raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequest))
			if err != nil {
				b.Error(err)
			}
			doc, err := scim.Parse(raw)
			if err != nil {
				b.Error(err)
			}
			target := scim.TargetOf(r.URL.Path, bases, nil)
			scim.OperationOf(&scim.Request{Method: r.Method, Target: target, Doc: doc})
		}
		w.Header().Set("Content-Type", "application/scim+json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, body)
	})
	run := func(h http.Handler, n int) time.Duration {
		srv := httptest.NewServer(h)
		defer srv.Close()
		start := time.Now()
		for range n {
			res, err := srv.Client().Post(srv.URL+"/scim/Users", "application/scim+json", strings.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		return time.Since(start)
	}
	var without, with time.Duration
	for left := b.N; left > 0; { // alternate, so that both meet the same machine
		n := min(left, 500)
		without += run(plain, n)
		with += run(New(Options{}).Record(plain, RecordOptions{Bases: bases}), n)
		left -= n
	}
	b.ReportMetric(float64(with)/float64(without), "recorded/plain")
}

// BenchmarkAppend measures the hold on the journal's lock, with watchers that
// never look.
func BenchmarkAppend(b *testing.B) {
	j := New(Options{})
	for range 4 {
		defer j.Watch().Close()
	}
	body := bytes.Repeat([]byte("x"), 1000)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			j.Append(&Call{Path: "/scim/Users", Request: Message{Body: body}, Response: Message{Body: body}})
		}
	})
}

// A body that is written whole is not copied, so what is recorded of it must
// neither change it nor let others change what is recorded.
func TestABodyThatIsWrittenWholeIsLeftAlone(t *testing.T) {
	for _, test := range []struct{ name, body, then, want string }{
		{"alone", `{"title":"a"}`, ``, `{"title":"a"}`},
		{"with more behind it", `{"title":"a"}`, ` `, `{"title":"a"} `},
		{"with a secret", `{"password":"hunter2"}`, ``, `{"password":"[redacted]"}`},
		{"longer than what is recorded", strings.Repeat("x", MaxBody+9), `y`, strings.Repeat("x", MaxBody)},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := append(make([]byte, 0, 2*MaxBody), test.body...)
			c, w := recorded(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = WriteWhole(w, body)
				_, _ = io.WriteString(w, test.then)
			}, httptest.NewRequest("GET", "/scim/Users/1", nil))
			if string(c.Response.Body) != test.want || c.Response.Size != len(test.body)+len(test.then) {
				t.Errorf("recorded are %d bytes of %d: %.99s", len(c.Response.Body), c.Response.Size, c.Response.Body)
			}
			if w.Body.String() != test.body+test.then || !bytes.Equal(body, []byte(test.body)) {
				t.Error("the answer was changed")
			}
			if cap(c.Response.Body) > len(c.Response.Body)*5/4+64 {
				t.Errorf("%d bytes are kept for %d", cap(c.Response.Body), len(c.Response.Body))
			}
		})
	}
}
