//go:build !windows

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// fill creates users until one is refused, and then some, and returns the names
// of those that were acknowledged and of those that were not.
func (p *process) fill(tb testing.TB) (stored, refused []string) {
	tb.Helper()
	const most = 2000
	for i := 0; len(refused) < 5; i++ {
		if i == most {
			tb.Fatalf("%d users, and the disk is not full", most)
		}
		name := fmt.Sprintf("user%04d@contoso.com", i)
		body := fmt.Sprintf(`{"userName":%q,"title":%q}`, name, strings.Repeat("x", 8000))
		switch status, _, answer := call(tb, "POST", p.url+"/Users", secret, body); {
		case status == 201:
			stored = append(stored, name)
		case status == 507 && strings.Contains(answer, "read-only because its disk refused a write"):
			refused = append(refused, name)
		default:
			tb.Fatalf("create %d: %d %s", i, status, answer)
		}
	}
	return stored, refused
}

// holds checks what a tenant has of the names.
func (p *process) holds(tb testing.TB, stored, refused []string) {
	tb.Helper()
	count := func(name string) int { return p.total(tb, "/Users?filter=userName+eq+%22"+name+"%22") }
	for _, name := range stored {
		if count(name) != 1 {
			tb.Errorf("%s was acknowledged, and is not there", name)
		}
	}
	for _, name := range refused {
		if count(name) != 0 {
			tb.Errorf("%s was answered with 507, and is there", name)
		}
	}
}

// limited returns a program that runs the binary under a limit of ulimit.
func limited(tb testing.TB, limit string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "limited")
	script := fmt.Sprintf("#!/bin/sh\nulimit %s && exec %s \"$@\"\n", limit, binary)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		tb.Fatal(err)
	}
	return program
}

func TestATenantStartsWhereItsMemoryIsLimited(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits mean other things on other systems")
	}
	p := serveBy(t, limited(t, "-d 524288"), t.TempDir(), "--log", "none") // KiB
	if status, _, answer := call(t, "POST", p.url+"/Users", secret, `{"userName":"anna@contoso.com"}`); status != 201 {
		t.Errorf("it answers %d %s", status, answer)
	}
}

func TestAFileThatMayNotGrowIs507AndLosesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tenant")
	// ulimit counts in blocks of 512 bytes, or with some shells of 1,024.
	p := serveBy(t, limited(t, "-f 600"), dir, "--log", "none")
	stored, refused := p.fill(t)
	p.holds(t, stored, refused)
	p.kill()
	if !strings.Contains(p.stderr.String(), "the tenant is READ-ONLY") {
		t.Errorf("it does not say that it is read-only: %s", p.stderr)
	}
	serve(t, dir, "--log", "none").holds(t, stored, refused)
}

func TestAFullDiskIs507UntilThereIsRoomAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is not allowed here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "tenant")
	for _, policy := range []string{"second", "always"} {
		p := serve(t, data, "--log", "none", "--sync", policy)
		stored, refused := p.fill(t)
		p.holds(t, stored, refused)
		// A full disk can still be opened and read.
		p.kill()
		p = serve(t, data, "--log", "none", "--sync", policy)
		p.holds(t, stored, refused)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the tenant to take writes again", func() bool {
			status, _, _ := call(t, "POST", p.url+"/Users", secret, `{"userName":"again@contoso.com"}`)
			return status == 201
		})
		p.kill()
		p = serve(t, data, "--log", "none", "--sync", policy)
		p.holds(t, append(stored, "again@contoso.com"), refused)
		p.kill()
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestATenantThatIsFullSaysSoAndRecovers(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is not allowed here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<19), 0o600); err != nil {
		t.Fatal(err)
	}
	p := serve(t, filepath.Join(dir, "tenant"), "--log", "none")
	stored, refused := p.fill(t)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the tenant to be writable by itself", func() bool {
		status, _, _ := call(t, "POST", p.url+"/Users", secret, fmt.Sprintf(`{"userName":%q}`, refused[0]))
		return status == 201
	})
	p.holds(t, append(stored, refused[0]), refused[1:])
	p.stop(t)
	said := p.stderr.String()
	for _, want := range []string{"the tenant is READ-ONLY, and answers writes with 507", "no space left on device", "the disk takes writes again"} {
		if strings.Count(said, want) != 1 {
			t.Errorf("it does not say %q once: %s", want, said)
		}
	}
}

// asNobody runs the program as a user who may not write what others own. Root
// may write everything, so it becomes another user; others are that already.
func asNobody(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = cleanEnv()
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for dir := filepath.Dir(binary); len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("airmock %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestWhatMayNotBeWrittenIsToldByItsPath(t *testing.T) {
	root := t.TempDir()
	for dir := root; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(root, "tenant")
	p := serve(t, dir, "--log", "none")
	p.stop(t)
	file := filepath.Join(dir, "tenant.db")
	type modes struct{ dir, file, lock os.FileMode }
	for _, tt := range []struct {
		name  string
		modes modes
		data  string
		want  []string
	}{
		{"a read-only directory", modes{0o555, 0o666, 0o666}, dir, []string{"the data directory " + dir + " cannot be written to", "permission denied", "make it writable for this user"}},
		{"a directory that may not be made", modes{0o555, 0o666, 0o666}, filepath.Join(dir, "new"), []string{"make the data directory", dir, "permission denied", "choose another one"}},
		{"a read-only file", modes{0o777, 0o444, 0o666}, dir, []string{"open the data file", file, "permission denied", "make it readable and writable for this user"}},
		{"a file that may not be read", modes{0o777, 0, 0o666}, dir, []string{"open the data file", file, "permission denied"}},
		{"a lock that may not be read", modes{0o777, 0o666, 0}, dir, []string{"lock the data directory", filepath.Join(dir, "tenant.lock"), "permission denied"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for path, mode := range map[string]os.FileMode{file: tt.modes.file, filepath.Join(dir, "tenant.lock"): tt.modes.lock} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(dir, tt.modes.dir); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
			said := asNobody(t, "serve", "--listen", "127.0.0.1:0", "--token", secret, "--data", tt.data)
			for _, want := range tt.want {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q: %s", want, said)
				}
			}
		})
	}
	if runtime.GOOS == "linux" && os.Getuid() == 0 {
		t.Run("a read-only file system", func(t *testing.T) { readOnlyMount(t, dir) })
	}
}

func readOnlyMount(t *testing.T, dir string) {
	mounted := t.TempDir()
	for _, args := range [][]string{{"--bind", dir, mounted}, {"-o", "remount,ro,bind", mounted}} {
		if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
			t.Skipf("mounting is not allowed here: %s", out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", mounted).Run() })
	said := refused(t, mounted)
	for _, want := range []string{"the data directory " + mounted + " cannot be written to", "read-only file system", "choose another one"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	// What may only be read can be repaired elsewhere.
	to := filepath.Join(t.TempDir(), "copy")
	if code, stdout, stderr := command(t, "repair", mounted, "--to", to, "--force"); code != 0 || !strings.Contains(stdout, "saved in "+to) {
		t.Errorf("repair ended with %d: %s%s", code, stdout, stderr)
	}
}
