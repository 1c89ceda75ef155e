package linelog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func disable(name string) *journal.Call {
	return &journal.Call{
		Time: time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC), Duration: 840 * time.Microsecond,
		Method: "PATCH", Operation: scim.OpUserDisable, Status: 200, Results: -1,
		Target: scim.Target{Endpoint: scim.EndpointUsers, ID: "9f"},
		Quirks: []scim.Quirk{scim.QuirkActiveAsString},
		Effect: &journal.Effect{Type: "User", ID: "9f", Name: name, Change: "updated"},
	}
}

func TestLine(t *testing.T) {
	lost := disable("a")
	lost.Status, lost.Duration = 0, 61*time.Second
	lost.Fault = &journal.FaultNote{Rule: "r1", Kind: "lost_response", Text: "lost_response on user.*"}
	tests := []struct {
		name string
		call *journal.Call
		want string
	}{
		{"a call", disable("a.kim@contoso.com"), "21:04:11  PATCH  200     0.8ms  Disable a.kim@contoso.com  ~active-as-string"},
		{"a fault", lost, "21:04:11  PATCH  ---  61000.0ms  Disable a → stored, but the answer was lost on purpose (rule r1)  ~active-as-string  ⚡ lost_response on user.*"},
		{"a hostile name", disable("\x1b[31mx\r\n\u202e\x9b"), "21:04:11  PATCH  200     0.8ms  Disable ␛[31mx␍␊<U+202E>\uFFFD  ~active-as-string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Line(tt.call, time.UTC)
			if got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
			fromJSON, err := LineOfJSON(entra.AppendCall(nil, tt.call), time.UTC)
			if err != nil || fromJSON != got {
				t.Errorf("from JSON: %q, %v", fromJSON, err)
			}
		})
	}
	if line, err := LineOfJSON([]byte(`{"missed":12}`), time.UTC); err != nil || line != "… 12 calls dropped" {
		t.Errorf("missed calls are told as %q, %v", line, err)
	}
	if _, err := LineOfJSON([]byte(`{"status":"x"}`), time.UTC); err == nil {
		t.Error("a call that is none has a line")
	}
}

func TestColourIsOnlyWhereItWasAskedFor(t *testing.T) {
	for _, color := range []bool{false, true} {
		got := string(rowOf(disable("\x1b[7mx")).append(nil, time.UTC, color))
		if strings.Contains(got, "\x1b") != color {
			t.Errorf("color %v: %q", color, got)
		}
		if strings.Contains(got, "\x1b[7m") {
			t.Errorf("a name brought a colour of its own: %q", got)
		}
	}
}

func TestRunWritesEveryCall(t *testing.T) {
	j := journal.New(journal.Options{})
	j.Append(disable("before"))
	var out lockedBuffer
	stop := start(t, New(&out, Options{Location: time.UTC}), j)
	out.await(t, "before")
	for i := range 500 {
		j.Append(disable(fmt.Sprintf("user%d", i)))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	// All that was appended before the end is there, in order and once.
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 501 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines[1:] {
		if !strings.Contains(l, fmt.Sprintf("Disable user%d ", i)) {
			t.Fatalf("line %d is %q", i, l)
		}
	}
}

func TestRunGoesOnWhereItStopped(t *testing.T) {
	j := journal.New(journal.Options{})
	var out bytes.Buffer
	l := New(&out, Options{Location: time.UTC})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"first", "second"} {
		j.Append(disable(name))
		if err := l.Run(ended, j); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || strings.Count(got, "first") != 1 {
		t.Errorf("got %q", got)
	}
}

func TestFormats(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	j := journal.New(journal.Options{MaxCalls: 2})
	for range 5 {
		j.Append(disable("a\nb"))
	}
	tests := []struct {
		format Format
		lines  int
		first  string
	}{
		{Text, 3, "… 3 calls dropped"},
		{"", 3, "… 3 calls dropped"},
		{JSON, 3, `{"missed":3}`},
		{None, 0, ""},
	}
	for _, tt := range tests {
		t.Run(string(tt.format), func(t *testing.T) {
			var out bytes.Buffer
			if err := New(&out, Options{Format: tt.format}).Run(ended, j); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(out.String(), "\n")
			if len(lines)-1 != tt.lines || lines[0] != tt.first {
				t.Errorf("got %q", out.String())
			}
			if tt.format != JSON {
				return
			}
			for _, l := range lines[:tt.lines] {
				if !json.Valid([]byte(l)) {
					t.Errorf("invalid: %s", l)
				}
			}
		})
	}
}

func TestASlowWriterHoldsUpNobody(t *testing.T) {
	j := journal.New(journal.Options{MaxCalls: 10})
	stalled := &stalledWriter{entered: make(chan struct{}), release: make(chan struct{})}
	stop := start(t, New(stalled, Options{Location: time.UTC}), j)
	j.Append(disable("first"))
	<-stalled.entered // and there it stays
	for i := range 1000 {
		j.Append(disable(fmt.Sprintf("user%d", i)))
	}
	close(stalled.release)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	out := stalled.out.String()
	if !strings.Contains(out, "… 990 calls dropped\n") || !strings.Contains(out, "user999 ") {
		t.Errorf("got %s", out)
	}
}

func TestAFailingWriterEndsRun(t *testing.T) {
	j := journal.New(journal.Options{})
	j.Append(disable("a"))
	err := New(failingWriter{}, Options{}).Run(t.Context(), j)
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "log of calls") {
		t.Errorf("got %v", err)
	}
}

// start runs l until the returned function is called, which returns Run's
// error.
func start(t *testing.T, l *Logger, j *journal.Journal) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, j) }()
	return func() error {
		cancel()
		return <-done
	}
}

var errFull = errors.New("full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// stalledWriter stays in its first Write until it is released.
type stalledWriter struct {
	out     bytes.Buffer
	once    sync.Once
	entered chan struct{}
	release chan struct{}
}

func (w *stalledWriter) Write(p []byte) (int, error) {
	w.once.Do(func() {
		close(w.entered)
		<-w.release
	})
	return w.out.Write(p)
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *lockedBuffer) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !strings.Contains(b.String(), text) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was not written: %q", text, b.String())
		}
		time.Sleep(time.Millisecond)
	}
}
