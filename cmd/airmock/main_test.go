package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// binary is the program, built once for all tests of this package.
var binary string

func TestMain(m *testing.M) {
	if answer, ok := os.LookupEnv(bareServer); ok {
		os.Exit(runBare(answer))
	}
	dir, err := os.MkdirTemp("", "airmock-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "airmock")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	code := 1
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// secret is the Secret Token of the tenants in these tests.
const secret = "s3cret-for-scripts"

// deadline bounds every wait in these tests. It is long, so that a busy
// machine fails none of them.
const deadline = 30 * time.Second

// eventually polls until ok is true, and fails the test where that takes too
// long.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(deadline); !ok(); {
		if time.Now().After(end) {
			tb.Fatalf("waited %v in vain: %s", deadline, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// process is a running tenant.
type process struct {
	url    string // the Tenant URL
	dir    string // its data directory
	cmd    *exec.Cmd
	stderr *bytes.Buffer // for a test that fails
}

// serve starts "airmock serve" on a free port with the data directory dir, and
// waits until it answers.
func serve(tb testing.TB, dir string, args ...string) *process {
	tb.Helper()
	return serveBy(tb, binary, dir, args...)
}

// serveBy is serve with another program that runs the binary.
func serveBy(tb testing.TB, program, dir string, args ...string) *process {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "tenant-url")
	p := &process{dir: dir, stderr: new(bytes.Buffer)}
	p.cmd = exec.Command(program, append([]string{
		"serve", "--listen", "127.0.0.1:0", "--token", secret, "--data", dir, "--addr-file", file,
	}, args...)...)
	p.cmd.Env = cleanEnv()
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.kill() })
	eventually(tb, "the address file", func() bool {
		url, err := os.ReadFile(file)
		p.url = string(url)
		return err == nil
	})
	return p
}

// cleanEnv is the environment without what would change the program.
func cleanEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AIRMOCK_") && !strings.HasPrefix(v, "CI=") {
			env = append(env, v)
		}
	}
	return env
}

// kill ends the process with SIGKILL, if it is still there.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// run runs a command against the data directory and returns its stdout.
func (p *process) run(tb testing.TB, args ...string) string {
	tb.Helper()
	cmd := exec.Command(binary, append(args, "--data", p.dir)...)
	cmd.Env = cleanEnv()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("airmock %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// call sends a request with the token and returns its status, headers and body.
func call(tb testing.TB, method, url, token, body string) (int, http.Header, string) {
	tb.Helper()
	header := map[string]string{}
	if body != "" {
		header["Content-Type"] = "application/scim+json; charset=utf-8"
	}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	return send(tb, method, url, header, body)
}

// send sends a request and returns its status, headers and body.
func send(tb testing.TB, method, url string, header map[string]string, body string) (int, http.Header, string) {
	tb.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}
