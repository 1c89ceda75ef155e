package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// begun is a command that is under way.
type begun struct {
	cmd            *exec.Cmd
	stdin          io.WriteCloser
	stdout, stderr bytes.Buffer
}

// begin starts the program.
func begin(tb testing.TB, args ...string) *begun {
	tb.Helper()
	b := &begun{cmd: exec.Command(binary, args...)}
	b.cmd.Env = cleanEnv()
	b.cmd.Stdout, b.cmd.Stderr = &b.stdout, &b.stderr
	b.cmd.WaitDelay = time.Second
	var err error
	if b.stdin, err = b.cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return b
}

// interrupt sends SIGINT, as Ctrl+C does, and returns the exit code. The stdin
// stays open meanwhile: who waits for more of it is to stop waiting.
func (b *begun) interrupt(tb testing.TB) int {
	tb.Helper()
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil {
		tb.Logf("it was over already: %v", err)
	}
	timer := time.AfterFunc(deadline, func() { _ = b.cmd.Process.Kill() })
	defer timer.Stop()
	_ = b.cmd.Wait()
	return b.cmd.ProcessState.ExitCode()
}

// mustRun runs the program to its end and returns its stdout.
func mustRun(tb testing.TB, args ...string) string {
	tb.Helper()
	code, stdout, stderr := command(tb, args...)
	if code != 0 {
		tb.Fatalf("airmock %s ended with %d: %s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// TestAnInterruptInTheMiddleLeavesEverythingSound sends SIGINT to the commands
// that take long, on a tenant that runs and on one that does not.
func TestAnInterruptInTheMiddleLeavesEverythingSound(t *testing.T) {
	const people = 1500
	filled := filepath.Join(t.TempDir(), "filled")
	mustRun(t, "seed", "--users", fmt.Sprint(people), "--groups", "5", "--seed", "3", "--data", filled)
	snapshot := filepath.Join(t.TempDir(), "filled.snapshot")
	mustRun(t, "snapshot", snapshot, "--data", filled)
	saved, err := os.ReadFile(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	exported := mustRun(t, "export", "--data", filled)
	for _, runs := range []bool{false, true} {
		// tenant is a new one, which runs or does not; check ends it and looks at
		// what is there.
		tenant := func(t *testing.T, seed ...string) (dir string, check func() string) {
			dir = filepath.Join(t.TempDir(), "tenant")
			if seed != nil {
				mustRun(t, append(seed, "--data", dir)...)
			}
			end := func() {}
			if runs {
				p := serve(t, dir, "--log", "none")
				end = func() { p.stop(t) }
			}
			return dir, func() string {
				t.Helper()
				end()
				if code, _, stderr := command(t, "repair", dir); code != 0 {
					t.Errorf("repair ended with %d: %s", code, stderr)
				}
				if _, err := os.Stat(dir + "-repaired"); err == nil {
					t.Error("there was something to repair")
				}
				return mustRun(t, "export", "--data", dir)
			}
		}
		words := map[bool]string{false: "of a tenant that does not run", true: "of a tenant that runs"}[runs]
		t.Run("restore "+words, func(t *testing.T) {
			dir, check := tenant(t, "seed", "--users", "20", "--seed", "5")
			was := mustRun(t, "export", "--data", dir)
			b := begin(t, "restore", "-", "--yes", "--data", dir)
			if _, err := b.stdin.Write(saved[:len(saved)-1000]); err != nil { // far more than a pipe holds
				t.Fatal(err)
			}
			if code := b.interrupt(t); code != 1 || !strings.Contains(b.stderr.String(), "interrupted; the tenant is as it was") {
				t.Errorf("it ended with %d: %s", code, &b.stderr)
			}
			if now := check(); now != was {
				t.Errorf("before: %s\nafter: %s", was, now)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "tenant.db?*")); len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
		t.Run("import "+words, func(t *testing.T) {
			dir, check := tenant(t)
			b := begin(t, "import", "-", "--json", "--data", dir)
			if _, err := b.stdin.Write([]byte(exported[:len(exported)/2])); err != nil {
				t.Fatal(err)
			}
			code := b.interrupt(t)
			var report struct {
				Created     int
				Interrupted bool
			}
			if err := json.Unmarshal(b.stdout.Bytes(), &report); err != nil || code != 1 || !report.Interrupted {
				t.Fatalf("it ended with %d, %v: %s%s", code, err, &b.stdout, &b.stderr)
			}
			now := check()
			if n := strings.Count(now, `"userName"`); n != report.Created || n == 0 || n >= people {
				t.Errorf("%d users are there, and the report says %d", n, report.Created)
			}
			importAll(t, dir, exported, people)
		})
		t.Run("seed "+words, func(t *testing.T) {
			dir, check := tenant(t)
			size := func() int64 {
				info, err := os.Stat(filepath.Join(dir, "tenant.db"))
				if err != nil {
					return 0
				}
				return info.Size()
			}
			b := begin(t, "seed", "--users", "100000", "--seed", "3", "--json", "--data", dir)
			eventually(t, "the first people", func() bool { return size() > 100_000 })
			if code := b.interrupt(t); code != 1 || !strings.Contains(b.stdout.String()+b.stderr.String(), "interrupted") {
				t.Errorf("it ended with %d: %s", code, &b.stderr)
			}
			if n := strings.Count(check(), `"userName"`); n == 0 || n >= 100_000 {
				t.Errorf("%d users are there", n)
			}
			importAll(t, dir, exported, people)
		})
		t.Run("snapshot "+words, func(t *testing.T) {
			dir, check := tenant(t, "restore", snapshot, "--yes")
			to := t.TempDir()
			file := filepath.Join(to, "new.snapshot")
			b := begin(t, "snapshot", file, "--data", dir)
			eventually(t, "the beginning of the snapshot", func() bool {
				entries, err := os.ReadDir(to)
				return err == nil && len(entries) > 0
			})
			code := b.interrupt(t)
			entries, err := os.ReadDir(to)
			switch {
			case err != nil:
				t.Fatal(err)
			case code == 0: // the signal came too late
				mustRun(t, "restore", file, "--yes", "--data", filepath.Join(t.TempDir(), "other"))
			case code != 1 || len(entries) > 0 || !strings.Contains(b.stderr.String(), "no whole snapshot is written"):
				t.Errorf("it ended with %d, and left %v: %s", code, entries, &b.stderr)
			}
			if check() != exported {
				t.Error("the tenant is another one")
			}
		})
	}
}

// importAll imports what was interrupted again, to its end.
func importAll(t *testing.T, dir, exported string, users int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "people.json")
	if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "import", file, "--on-conflict", "update", "--data", dir)
	if n := strings.Count(mustRun(t, "export", "--data", dir), `"userName"`); n < users {
		t.Errorf("%d users after another import, want %d", n, users)
	}
}
