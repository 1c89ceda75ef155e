package fault

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestAnswersSayThatTheyAreOnPurpose(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC)
	tests := []struct {
		words  string
		code   int
		detail string
		header map[string]string
	}{
		{"status", 503, "airmock answered 503 on purpose: rule r1 (status 503 on every call)", nil},
		{"status code=409 scim_type=uniqueness detail=taken", 409, "taken", nil},
		{"throttle", 429, "airmock answered 429 on purpose: rule r1 (throttle, Retry-After 30s on every call)", map[string]string{"Retry-After": "30"}},
		{"throttle retry_after=1500ms", 429, "", map[string]string{"Retry-After": "2"}},
		{"throttle retry_after=90 as=date", 429, "", map[string]string{"Retry-After": "Sun, 22 Nov 2026 21:05:41 GMT"}},
		{"throttle retry_after=none", 429, "", map[string]string{"Retry-After": ""}},
		{"token_expired", 401, "", map[string]string{"WWW-Authenticate": `Bearer realm="airmock", error="invalid_token", error_description="this Secret Token expired; airmock says so on purpose, rule r1"`}},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			b := newBench(Options{Now: func() time.Time { return now }})
			status := b.arm(t, tt.words)
			w := b.send(`POST /Users {"userName":"a"}`)
			body, err := scim.Parse(w.Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.code || body.Get("status").Text() != fmt.Sprint(tt.code) ||
				body.Get("schemas").String() != `["`+scim.URNError+`"]` || w.Header().Get("Content-Type") != "application/scim+json" {
				t.Errorf("answered %d %s %s", w.Code, w.Header(), body)
			}
			if got := body.Get("detail").Text(); tt.detail != "" && got != tt.detail || got == "" {
				t.Errorf("detail %q, want %q", got, tt.detail)
			}
			if got, want := body.Get("scimType").Text(), status.Spec["scim_type"]; got != want {
				t.Errorf("scimType %q, want %q", got, want)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			kind := status.Spec["kind"]
			if got := w.Header().Get("X-Airmock-Fault"); got != kind+" r1" {
				t.Errorf("X-Airmock-Fault: %s", got)
			}
			if b.served.Load() != 0 {
				t.Error("the call was carried out all the same")
			}
			c := b.lastCall()
			want := &journal.FaultNote{Rule: "r1", Kind: kind, Text: status.Text, Detail: fmt.Sprint("answered ", tt.code), Nth: 1}
			if diff := cmp.Diff(want, c.Fault); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if c.Status != tt.code || c.Error != body.Get("detail").Text() || string(c.ScimType) != body.Get("scimType").Text() {
				t.Errorf("the call has %d %q %q", c.Status, c.ScimType, c.Error)
			}
			if s := b.List()[0]; s.Last != fmt.Sprint("user.create: answered ", tt.code) || !s.LastAt.Equal(now) {
				t.Errorf("last: %q at %v", s.Last, s.LastAt)
			}
		})
	}
}

func TestCallsThatNobodyRecordsPass(t *testing.T) {
	e := New(Options{})
	if _, err := e.Arm(Spec{"kind": "status"}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	e.Inject(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("answered %d", w.Code)
	}
}

// Over real HTTP: the handler runs once, and the client sees nothing of what
// it answered.
func TestALostResponseIsStoredAndCut(t *testing.T) {
	tests := []struct {
		name   string
		answer int
		detail string
	}{
		{"of a call that succeeds", 201, "carried out (201), then cut the connection"},
		{"of a call that is refused", 409, "was refused (409); cut the connection"},
		{"of a call that is answered without a status", 0, "carried out (200), then cut the connection"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stored atomic.Int64
			store := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				stored.Add(1)
				w.Header().Set("Location", "/x")
				if tt.answer != 0 {
					w.WriteHeader(tt.answer)
				}
				fmt.Fprint(w, `{"id":"1"}`)
			})
			e, j := New(Options{}), journal.New(journal.Options{})
			srv := httptest.NewServer(j.Record(e.Inject(store), journal.RecordOptions{Bases: []string{"/scim"}}))
			defer srv.Close()
			if _, err := e.Arm(parse(t, "lost-create")); err != nil {
				t.Fatal(err)
			}
			post := func() (int, error) {
				res, err := srv.Client().Post(srv.URL+"/scim/Users", "application/scim+json", strings.NewReader("{}"))
				if err != nil {
					return 0, err
				}
				return res.StatusCode, res.Body.Close()
			}
			if code, err := post(); err == nil {
				t.Errorf("the client got %d, want a connection that is cut", code)
			}
			if stored.Load() != 1 {
				t.Errorf("the handler ran %d times", stored.Load())
			}
			c := waitFor(t, j, 1)
			if c.Status != 0 || c.Fault == nil || c.Fault.Detail != tt.detail {
				t.Errorf("recorded as %d, %+v; want 0 and %q", c.Status, c.Fault, tt.detail)
			}
			if _, err := post(); err != nil {
				t.Errorf("the second create: %v", err)
			}
		})
	}
}

// Without op every request that may write is one, and a bulk request is.
func TestWhichResponsesAreLostByDefault(t *testing.T) {
	e, j := New(Options{}), journal.New(journal.Options{})
	srv := httptest.NewServer(j.Record(e.Inject(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), journal.RecordOptions{Bases: []string{"/scim"}}))
	defer srv.Close()
	if _, err := e.Arm(parse(t, "lost_response")); err != nil {
		t.Fatal(err)
	}
	for request, lost := range map[string]bool{
		"POST /Users": true, "PUT /Users/1": true, "PATCH /Groups/1": true, "DELETE /Groups/1": true, "POST /Bulk": true,
		"GET /Users": false, "POST /.search": false, "POST /Users/.search": false, "GET /": false,
	} {
		method, path, _ := strings.Cut(request, " ")
		r, err := http.NewRequest(method, srv.URL+"/scim"+path, strings.NewReader(`{"Operations":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		res, err := srv.Client().Do(r)
		if got := err != nil; got != lost {
			t.Errorf("%s: lost %t, want %t", request, got, lost)
		}
		if err == nil {
			res.Body.Close()
		}
	}
}

// waitFor returns the call with that number once it is there.
func waitFor(t testing.TB, j *journal.Journal, seq uint64) *journal.Call {
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

func TestWithoutATakeOverALostResponseAbortsTheHandler(t *testing.T) {
	b := newBench(Options{})
	b.arm(t, "lost_response")
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panicked with %v, want http.ErrAbortHandler", p)
		}
		if c := b.lastCall(); c.Status != 0 || b.served.Load() != 1 {
			t.Errorf("recorded as %d, served %d", c.Status, b.served.Load())
		}
	}()
	b.send("POST /Users {}") // the recorder cannot be hijacked
}

func TestLatencyDelaysThenServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Options{Seed: 3})
		b.arm(t, "latency fixed=61s")
		b.arm(t, "latency fixed=2s jitter=1s")
		start := time.Now()
		w := b.send("GET /Users")
		took := time.Since(start)
		if w.Code != 200 || took < 62*time.Second || took > 64*time.Second {
			t.Errorf("answered %d after %s", w.Code, took)
		}
		if diff := cmp.Diff([]string{"latency r1", "latency r2"}, w.Header()["X-Airmock-Fault"]); diff != "" {
			t.Errorf("X-Airmock-Fault -want +got:\n%s", diff)
		}
		want := "delayed by " + rounded(took) + " (rules r1, r2)"
		if c := b.lastCall(); c.Fault.Rule != "r1" || c.Fault.Detail != want || c.Duration < 62*time.Second {
			t.Errorf("noted %+v in %s, want %q", c.Fault, c.Duration, want)
		}
	})
}

func TestJitterStaysInItsBoundsAndDependsOnTheSeed(t *testing.T) {
	r, err := compile(parse(t, "latency fixed=2s jitter=1s"), operations{})
	if err != nil {
		t.Fatal(err)
	}
	r.dice = newDice(1, r.spec, 0)
	seen := map[time.Duration]bool{}
	for n := range 1000 {
		d := r.delay(n)
		seen[d] = true
		if d < time.Second || d > 3*time.Second || d != r.delay(n) {
			t.Fatalf("match %d is delayed by %s", n, d)
		}
	}
	if len(seen) < 900 {
		t.Errorf("only %d different delays in 1000", len(seen))
	}
}

func TestAnOutcomeComesAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Options{})
		b.arm(t, "latency fixed=2s")
		b.arm(t, "status code=500")
		start := time.Now()
		w := b.send("GET /Users")
		if took := time.Since(start); w.Code != 500 || took != 2*time.Second {
			t.Errorf("answered %d after %s", w.Code, took)
		}
		c := b.lastCall()
		want := &journal.FaultNote{Rule: "r2", Kind: "status", Text: "status 500 on every call", Detail: "answered 500, delayed by 2s", Nth: 1}
		if diff := cmp.Diff(want, c.Fault); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestAClientThatLeavesEndsTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(Options{})
		b.arm(t, "latency fixed=61s")
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		defer cancel()
		start := time.Now()
		b.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/scim/Users", nil))
		c := b.lastCall()
		if took := time.Since(start); took != 60*time.Second || c.Status != 0 || b.served.Load() != 0 {
			t.Errorf("after %s: status %d, served %d", took, c.Status, b.served.Load())
		}
		if want := "the client left 1m into a delay of 1m1s"; c.Fault.Detail != want {
			t.Errorf("noted %q, want %q", c.Fault.Detail, want)
		}
	})
}

func TestDisarmingLetsCallsGo(t *testing.T) {
	for name, release := range map[string]func(*bench){
		"disarm": func(b *bench) { b.Disarm("r1") },
		"clear":  func(b *bench) { b.Clear() },
		"close":  func(b *bench) { b.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(Options{})
				b.arm(t, "latency fixed=1h")
				start := time.Now()
				time.AfterFunc(3*time.Second, func() { release(b) })
				w := b.send("GET /Users")
				if took := time.Since(start); w.Code != 200 || took != 3*time.Second {
					t.Errorf("answered %d after %s", w.Code, took)
				}
				if want := "delayed by 3s of 1h"; b.lastCall().Fault.Detail != want {
					t.Errorf("noted %q, want %q", b.lastCall().Fault.Detail, want)
				}
			})
		})
	}
}
