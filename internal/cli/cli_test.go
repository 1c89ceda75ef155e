package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/goleak"

	"airmock/internal/control"
	"airmock/internal/journal"
	"airmock/internal/linelog"
	"airmock/internal/tenant"
	"airmock/scimserver"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// os/signal keeps one goroutine for the process once it was used.
		goleak.IgnoreAnyFunction("github.com/tidwall/buntdb.(*DB).backgroundManager"), // ends at its next tick
		goleak.IgnoreTopFunction("os/signal.loop"), goleak.IgnoreTopFunction("os/signal.signal_recv"))
}

// run runs the program as Run does, with nothing of this process's own
// environment, and returns what it wrote.
func run(t *testing.T, ctx context.Context, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	code = Run(ctx, args, env, strings.NewReader(""), &out, &diagnostics)
	return code, out.String(), diagnostics.String()
}

func TestWithoutATerminalTheProgramServesAndPrintsLines(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	dir := t.TempDir()
	file := filepath.Join(dir, "tenant-url")
	go func() { // the one who calls, and then ends it
		defer stop()
		var url []byte
		for len(url) == 0 && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
			url, _ = os.ReadFile(file)
		}
		req, err := http.NewRequestWithContext(ctx, "GET", string(url)+"/Users?filter=userName+eq+%22kim%40contoso.com%22", nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer t0ken")
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	}()
	code, stdout, stderr := run(t, ctx, []string{"AIRMOCK_MEMORY=1", "AIRMOCK_TOKEN=t0ken"},
		"--listen", "127.0.0.1:0", "--addr-file", file, "--data", dir, "--seed", "42")
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if strings.Count(stdout, "\n") != 1 || !strings.Contains(stdout, "kim@contoso.com") || !strings.Contains(stdout, "GET") || !strings.Contains(stdout, "200") {
		t.Errorf("stdout is not one line about the call:\n%s", stdout)
	}
	if !strings.Contains(stderr, "Tenant URL    http://127.0.0.1:") || !strings.Contains(stderr, "Seed          42") || strings.Contains(stderr, "t0ken") {
		t.Errorf("stderr:\n%s", stderr)
	}
}

func TestTheEnvironmentCountsBehindTheFlagAndBeforeTheDefault(t *testing.T) {
	p := &program{}
	flags := p.tenantFlags()
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.register(set)
	if err := set.Parse([]string{"--listen", "127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	env := environment{
		"AIRMOCK_LISTEN=127.0.0.1:2", "AIRMOCK_BASE_PATH=/x", "AIRMOCK_SYNC=ALWAYS", "AIRMOCK_MEMORY=true", "AIRMOCK_LOG=", "AIRMOCK_PATCH_RESPONSE=none",
		"AIRMOCK_HELP=me", "AIRMOCK_VERSION=1.2", // questions, which the environment does not ask
	}
	set.Bool("help", false, "")
	set.Bool("version", false, "")
	if err := fromEnvironment(set, env); err != nil {
		t.Fatal(err)
	}
	if flags.listen != "127.0.0.1:1" || flags.basePath != "/x" || flags.sync.value != "always" || !flags.memory || flags.log.value != "text" {
		t.Errorf("flags %+v", flags)
	}
	config, err := flags.config(nil)
	if err != nil || config.Patched != scimserver.PatchNone {
		t.Errorf("patches are answered with %q, %v", config.Patched, err)
	}
}

func TestALifetimeIsReadInDaysToo(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		var l lifetime
		if err := l.Set(text); err != nil || time.Duration(l) != want {
			t.Errorf("Set(%q) = %v, %v, want %v", text, time.Duration(l), err, want)
		}
	}
	for _, wrong := range []string{"", "soon", "0d", "-3d", "-1h", "1.5d", "99999d"} {
		var l lifetime
		if err := l.Set(wrong); err == nil {
			t.Errorf("Set(%q) is taken for %v", wrong, time.Duration(l))
		}
	}
}

func TestTheDataDirectoryFollowsTheEnvironment(t *testing.T) {
	if got := (environment{"HOME=/home/kim", "XDG_DATA_HOME=relative"}).dataDir(); !strings.HasPrefix(got, "/home/kim/") || filepath.Base(got) != "airmock" {
		t.Errorf("dataDir = %q", got)
	}
	if got := (environment{}).dataDir(); got != "" {
		t.Errorf("dataDir without a home = %q", got)
	}
	if _, err := dataDir("", environment{}); exitCode(err) != exitUsage || !strings.Contains(err.Error(), "--data") {
		t.Errorf("no directory at all: %v", err)
	}
}

func TestErrorsBecomeExitCodes(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"none", nil, exitDone},
		{"any other", errors.New("broken"), exitFailed},
		{"wrong usage, wrapped", fmt.Errorf("so: %w", usage("wrong")), exitUsage},
		{"a request that the tenant found wrong", &control.RefusedError{Status: 400}, exitUsage},
		{"a request that the tenant could not do", &control.RefusedError{Status: 409}, exitFailed},
		{"a wait in vain", fmt.Errorf("%w after 1s", errTimedOut), exitTimedOut},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := exitCode(test.err); got != test.want {
				t.Errorf("exitCode = %d, want %d", got, test.want)
			}
		})
	}
}

func TestTheAddressFileIsReplacedWhole(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tenant-url")
	for _, url := range []string{"http://127.0.0.1:1/scim", "http://127.0.0.1:2/scim"} {
		if err := writeAddress(file, url); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != url {
			t.Errorf("the file holds %q, %v", got, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	if err := writeAddress(filepath.Join(dir, "no", "such"), "x"); err == nil {
		t.Error("a directory that is not there was written to")
	}
}

func TestATableIsAsWideAsItsText(t *testing.T) {
	rows := table{head: []string{"NAME", "ID"}}
	rows.add("山本", "1")
	rows.add("a\x1b[31mb", "2")
	var out bytes.Buffer
	if err := rows.print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("an escape sequence came through: %q", out.String())
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "NAME ") || !strings.HasSuffix(lines[1], "  1") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestAStdoutThatNobodyReadsDoesNotKeepATenantFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, stdout := io.Pipe()
		defer reader.Close() // the write ends at last
		calls := journal.New(journal.Options{})
		calls.Append(&journal.Call{Method: "GET", Path: "/Users"})
		ctx, stop := context.WithCancel(t.Context())
		stop()
		written, err := follow(ctx, linelog.New(stdout, linelog.Options{}), calls)
		if written || err != nil {
			t.Errorf("follow = %v, %v", written, err)
		}
	})
}

func TestFollowingWithoutThePastShowsWhatComes(t *testing.T) {
	dir := t.TempDir()
	running := tenant.New(tenant.Config{Listen: "127.0.0.1:0", BasePath: "/scim", Memory: true})
	if err := running.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := control.NewServer(running, control.SocketPath(dir, environment{}.get))
	if err := server.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(server.Close(), running.Close()); err != nil {
			t.Error(err)
		}
	}()
	running.Journal().Append(&journal.Call{Method: "GET", Path: "/Users/past"})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	reader, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"calls", "--follow", "--limit", "0", "--json", "--data", dir}, nil, strings.NewReader(""), stdout, io.Discard)
		stdout.Close()
	}()
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(reader); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for tick := time.NewTicker(5 * time.Millisecond); ; { // calls that come before it follows are the past, too
		select {
		case line := <-lines:
			if !strings.Contains(line, "/Users/next") {
				t.Errorf("first it shows %s", line)
			}
			stop()
			for range lines { // what came meanwhile
			}
			if code := <-ended; code != exitDone {
				t.Errorf("exit code %d", code)
			}
			return
		case <-tick.C:
			running.Journal().Append(&journal.Call{Method: "GET", Path: "/Users/next"})
		}
	}
}
