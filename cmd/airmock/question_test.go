//go:build unix

package main_test

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// ask runs a command on a terminal, types answer once it has asked, and returns
// what was on the terminal and the exit code.
func ask(t *testing.T, dir, answer string, args ...string) (shown string, code int) {
	t.Helper()
	cmd := exec.Command(binary, append(args, "--data", dir)...)
	cmd.Env = append(cleanEnv(), "TERM=xterm-256color")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var all bytes.Buffer
	buf := make([]byte, 1024)
	for asked := false; ; {
		n, err := terminal.Read(buf)
		all.Write(buf[:n])
		if !asked && strings.Contains(all.String(), "[y/N] ") {
			asked = true
			if _, err := io.WriteString(terminal, answer); err != nil {
				t.Fatal(err)
			}
		}
		if bytes.Contains(buf[:n], []byte("\x1b[c")) { // which terminal this is, for the colours of an error
			_, _ = io.WriteString(terminal, "\x1b[?1;2c")
		}
		if err != nil { // EIO, once the command has ended
			break
		}
	}
	_ = cmd.Wait()
	return all.String(), cmd.ProcessState.ExitCode()
}

func TestWhatReplacesEverythingAsksOnATerminal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "one.snapshot")
	p := &process{dir: dir}
	p.run(t, "seed", "--users", "3", "--groups", "0", "--seed", "7")
	p.run(t, "snapshot", file)
	p.run(t, "seed", "--users", "1", "--groups", "0", "--seed", "8")
	tests := []struct {
		name, answer string
		args         []string
		code         int
		shown        string
		users        int
	}{
		{"a no is a no", "n\n", []string{"reset"}, 1, "the tenant has 4 users, 0 groups, 0 tokens; delete all of it? [y/N]", 4},
		{"nothing is a no", "\n", []string{"restore", file}, 1, "replace it by the snapshot taken ", 4},
		{"the end of the input is a no", "\x04", []string{"reset"}, 1, "nothing was changed", 4},
		{"ctrl-c is a no", "\x03", []string{"restore", file}, 1, "nothing was changed", 4},
		{"a yes restores", "yes\n", []string{"restore", file}, 0, "restored 3 users", 3},
		{"a y resets", "Y\n", []string{"reset", "--keep-tokens"}, 0, "deleted 3 users", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shown, code := ask(t, dir, tt.answer, tt.args...)
			if code != tt.code || !strings.Contains(shown, tt.shown) {
				t.Errorf("exit code %d, and the terminal shows\n%s", code, shown)
			}
			if n := strings.Count(p.run(t, "users"), "\n") - 1; n != tt.users {
				t.Errorf("%d users are there, want %d", n, tt.users)
			}
		})
	}
}
