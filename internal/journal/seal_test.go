package journal

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// send sends a request of that body through Record to a journal, and leaves the
// call unseen.
func send(j *Journal, body string, h http.HandlerFunc) {
	r := httptest.NewRequest("POST", "/scim/Users", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer s3cret-of-some-length")
	j.Record(h, RecordOptions{Bases: bases}).ServeHTTP(httptest.NewRecorder(), r)
}

// open returns how many calls of the ring are not sealed, and fails where the
// sizes do not add up.
func open(t *testing.T, j *Journal) (n int) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	var sum int64
	for _, e := range j.ring[j.head:] {
		if sum += e.size; e.open != nil {
			n++
		}
	}
	if sum != j.bytes {
		t.Errorf("the calls take %d bytes, and %d are counted", sum, j.bytes)
	}
	return n
}

func TestACallIsSealedWhenSomebodyLooks(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"token":"t0p"}`) }
	tests := []struct {
		name string
		look func(*Journal)
		left int // of four calls
	}{
		{"nobody", func(*Journal) {}, 4},
		{"who counts calls", func(j *Journal) { j.Outcomes(0, 10) }, 4},
		{"one call", func(j *Journal) { j.Get(2) }, 3},
		{"some calls", func(j *Journal) { j.Since(1, 2) }, 2},
		{"all calls, and again", func(j *Journal) { j.Since(0, 10); j.Since(0, 10) }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := New(Options{})
			for range 4 {
				send(j, `{"password":"hunter2","title":"s3cret-of-some-length"}`, answer)
			}
			tt.look(j)
			if left := open(t, j); left != tt.left {
				t.Errorf("%d calls are left unsealed, want %d", left, tt.left)
			}
			calls, _ := j.Since(0, 10)
			for _, c := range calls {
				if text := fmt.Sprint(c.Request.Header, string(c.Request.Body), string(c.Response.Body)); strings.Contains(text, "hunter2") ||
					strings.Contains(text, "t0p") || strings.Contains(text, "s3cret") {
					t.Errorf("call %d tells a secret: %s", c.Seq, text)
				}
			}
		})
	}
}

func TestALargeCallIsSealedAtOnce(t *testing.T) {
	j := New(Options{})
	send(j, `{"title":"`+strings.Repeat("x", sealLater)+`"}`, nothing)
	if open(t, j) != 0 {
		t.Error("it is left unsealed")
	}
}

func TestWhatIsNotedLaterIsThereForWhoLooksFirst(t *testing.T) {
	j := New(Options{})
	times := 0
	send(j, `{}`, func(w http.ResponseWriter, r *http.Request) {
		c := Of(w)
		for _, c := range []*Call{c, {}} {
			c.Effect = &Effect{Fields: []Field{{Name: "password", To: `"[redacted]"`}}}
			c.Later = func() {
				times++
				c.Effect.Fields = append([]Field{{Name: "title", To: `"s3cret-of-some-length"`}}, c.Effect.Fields...)
			}
			if c.Time.IsZero() {
				Of(w).Parts = []*Call{c}
			}
		}
	})
	if times != 0 {
		t.Error("it was noted before anybody looked")
	}
	for range 2 {
		for c := range j.Get(1).All() {
			if fields := c.Effect.Fields; len(fields) != 2 || fields[0].To != `"[redacted]"` {
				t.Errorf("the fields are %q", fields)
			}
		}
	}
	if times != 2 {
		t.Errorf("it was noted %d times, want once for the call and once for its part", times)
	}
}

func TestACallThatCannotBeSealedTellsNothing(t *testing.T) {
	j := New(Options{})
	send(j, `{"password":"hunter2"}`, func(w http.ResponseWriter, _ *http.Request) {
		Of(w).Later = func() { panic("a bug") }
	})
	for range 2 {
		c := j.Get(1)
		if text := fmt.Sprintf("%+v", *c); strings.Contains(text, "hunter2") || strings.Contains(text, "s3cret") || !strings.Contains(c.Error, "bug in airmock") {
			t.Errorf("the call is %s", text)
		}
	}
}

func TestACallKeepsNeitherTheRoomBehindItsAnswerNorTheDocumentsOfItsParts(t *testing.T) {
	const calls = 100
	before := heap()
	j := New(Options{})
	for range calls {
		send(j, `{}`, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = WriteWhole(w, append(make([]byte, 0, 1<<20), "{}"...))
			Of(w).Parts = []*Call{{Raw: make([]byte, 1<<20)}}
		})
	}
	if got := heap() - before; got > calls*sealLater {
		t.Errorf("%d calls of a few bytes keep %d bytes", calls, got)
	}
	runtime.KeepAlive(j)
}

func TestManyLookWhileCallsCome(t *testing.T) {
	j := New(Options{MaxCalls: 50})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 200 {
				send(j, fmt.Sprintf(`{"password":"hunter%d"}`, i), nothing)
			}
		})
		all.Go(func() {
			for seen := uint64(0); seen < 800; {
				calls, _ := j.Since(seen, 7)
				for _, c := range calls {
					if seen = c.Seq; strings.Contains(string(c.Request.Body), "hunter") {
						t.Errorf("call %d tells a password: %s", seen, c.Request.Body)
					}
				}
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	if left := open(t, j); left != 0 {
		t.Errorf("%d calls are left unsealed", left)
	}
}

func TestUnseenCallsStayUnderTheBoundInBytesToo(t *testing.T) {
	for name, most := range map[string]int{"small ones": 4, "of any size": 16} {
		t.Run(name, func(t *testing.T) {
			const bound = 4 << 20
			random := rand.New(rand.NewPCG(3, 4))
			text := func(most int) string { return strings.Repeat("x", random.IntN(1<<random.IntN(most))) }
			before := heap()
			j := New(Options{MaxCalls: 100_000, MaxBytes: bound})
			h := j.Record(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Etag", text(4))
				WriteWhole(w, []byte(text(most)))
			}), RecordOptions{Bases: bases})
			for range 4_000 {
				// A password of one letter grows when it is redacted.
				r := httptest.NewRequest("POST", "/scim/Users?filter="+text(most/2), strings.NewReader(`{"a":"`+text(most)+`","password":"x"}`))
				for i := range random.IntN(9) {
					r.Header.Set(fmt.Sprintf("X-Field-%d", i), text(most/2))
				}
				h.ServeHTTP(httptest.NewRecorder(), r)
				if random.IntN(100) == 0 {
					_, last := j.Bounds()
					j.Since(last-min(last, 20), 10)
				}
			}
			got := heap() - before
			t.Logf("%d calls, %d of them unsealed, in %.1f MiB, counted as %.1f", len(j.ring)-j.head, open(t, j), float64(got)/(1<<20), float64(j.bytes)/(1<<20))
			if got > bound {
				t.Errorf("%d bytes are kept, bound %d", got, bound)
			}
			runtime.KeepAlive(j)
		})
	}
}
