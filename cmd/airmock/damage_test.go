package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// command runs the program to its end and returns its exit code and output.
func command(tb testing.TB, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = cleanEnv()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = time.Second
	timer := time.AfterFunc(deadline, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// refused starts a tenant that must not come up, and returns what it says.
func refused(tb testing.TB, dir string) string {
	tb.Helper()
	code, _, stderr := command(tb, "serve", "--listen", "127.0.0.1:0", "--token", secret, "--data", dir)
	if code != 1 {
		tb.Fatalf("serve on %s ended with %d: %s", dir, code, stderr)
	}
	return stderr
}

// stop ends a tenant in order.
func (p *process) stop(tb testing.TB) {
	tb.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		tb.Fatalf("the tenant ended with %v: %s", err, p.stderr)
	}
}

// total is how many resources a list has.
func (p *process) total(tb testing.TB, path string) int {
	tb.Helper()
	status, _, body := call(tb, "GET", p.url+path, secret, "")
	var list struct{ TotalResults int }
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 {
		tb.Fatalf("GET %s: %d %s", path, status, body)
	}
	return list.TotalResults
}

// The records of a tenant's file, in the order in which filledFile makes them.
const (
	filledUsers = 40
	lastUser    = "user39@contoso.com"
)

// filledFile returns the data file of a tenant with users, a group that has
// the first two of them, and as its last record the last user.
func filledFile(t *testing.T) []byte {
	t.Helper()
	p := serve(t, t.TempDir(), "--log", "none")
	var ids []string
	for i := range filledUsers {
		if i == filledUsers-1 {
			members := fmt.Sprintf(`{"displayName":"Engineering","members":[{"value":%q},{"value":%q}]}`, ids[0], ids[1])
			if status, _, body := call(t, "POST", p.url+"/Groups", secret, members); status != 201 {
				t.Fatalf("create the group: %d %s", status, body)
			}
		}
		user := fmt.Sprintf(`{"userName":"user%02d@contoso.com","title":%q}`, i, strings.Repeat("x", 400))
		status, _, body := call(t, "POST", p.url+"/Users", secret, user)
		var created struct{ ID string }
		if err := json.Unmarshal([]byte(body), &created); err != nil || status != 201 {
			t.Fatalf("create %d: %d %s", i, status, body)
		}
		ids = append(ids, created.ID)
	}
	p.stop(t)
	data, err := os.ReadFile(filepath.Join(p.dir, "tenant.db"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// startOf returns where in a data file the record of a user starts.
func startOf(t *testing.T, data []byte, userName string) int {
	t.Helper()
	at := bytes.Index(data, []byte(`"userName":"`+userName))
	start := bytes.LastIndex(data[:max(0, at)], []byte("*3\r\n$3\r\nset\r\n"))
	if at < 0 || start < 0 {
		t.Fatalf("%s is not in the file", userName)
	}
	return start
}

// withFile returns a new data directory with that data file.
func withFile(t *testing.T, data []byte) (dir, path string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "tenant")
	path = filepath.Join(dir, "tenant.db")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

func TestACutTailIsSavedReportedAndCutOff(t *testing.T) {
	whole := filledFile(t)
	last := startOf(t, whole, lastUser)
	cut := func(n int) []byte { return whole[:len(whole)-n] }
	for _, tt := range []struct {
		name  string
		data  []byte
		tail  []byte
		users int
	}{
		{"by 1 byte", cut(1), cut(1)[last:], filledUsers - 1},
		{"by 10 bytes", cut(10), cut(10)[last:], filledUsers - 1},
		{"by 100 bytes", cut(100), cut(100)[last:], filledUsers - 1},
		{"by 160 bytes", cut(160), cut(160)[last:], filledUsers - 1},
		{"by zeros behind it", append(bytes.Clone(whole), make([]byte, 4096)...), make([]byte, 4096), filledUsers},
		{"by zeros in the middle of it", append(bytes.Clone(cut(160)), make([]byte, 4096)...), append(bytes.Clone(cut(160)[last:]), make([]byte, 4096)...), filledUsers - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := withFile(t, tt.data)
			p := serve(t, dir, "--log", "none")
			if n := p.total(t, "/Users?count=0"); n != tt.users {
				t.Errorf("%d users, want %d", n, tt.users)
			}
			copies, err := filepath.Glob(path + ".tail-*")
			if err != nil || len(copies) != 1 {
				t.Fatalf("the tail was saved as %q, %v", copies, err)
			}
			if saved, err := os.ReadFile(copies[0]); err != nil || !bytes.Equal(saved, tt.tail) {
				t.Errorf("saved %d bytes, cut off %d, %v", len(saved), len(tt.tail), err)
			}
			if status, _, body := call(t, "POST", p.url+"/Users", secret, `{"userName":"next@contoso.com"}`); status != 201 {
				t.Errorf("create behind the cut: %d %s", status, body)
			}
			p.stop(t)
			if want := fmt.Sprintf("its last %d bytes were moved to %s", len(tt.tail), copies[0]); !strings.Contains(p.stderr.String(), want) {
				t.Errorf("it does not say %q: %s", want, p.stderr)
			}
			again := serve(t, dir, "--log", "none")
			if n := again.total(t, "/Users?count=0"); n != tt.users+1 {
				t.Errorf("%d users after another start, want %d", n, tt.users+1)
			}
		})
	}
}

// TestDamageIsRefusedAndRepaired is for each damage: the tenant does not start,
// says where and what, and leaves the file alone; the command that it names
// saves all but what was hit; and a tenant starts on that.
func TestDamageIsRefusedAndRepaired(t *testing.T) {
	whole := filledFile(t)
	third, fourth := startOf(t, whole, "user02@"), startOf(t, whole, "user03@")
	const frame = len("*3\r\n$3\r\nset\r\n")
	last := startOf(t, whole, lastUser)
	length := third + bytes.LastIndexByte(whole[third:fourth], '$') // of the value, which has no dollar inside
	lastLength := last + bytes.LastIndexByte(whole[last:], '$')
	put := func(at, cut int, text string) []byte {
		return slices.Concat(whole[:at], []byte(text), whole[at+cut:])
	}
	tests := []struct {
		name  string
		data  []byte
		at    int // where the damage is told to be
		what  string
		users int // that the repair saves
	}{
		{"500 zeros between records", put(third, 0, strings.Repeat("\x00", 500)), third, "there should be a record", filledUsers},
		{"500 zeros in a record", put(third+200, 0, strings.Repeat("\x00", 500)), -1, "a string that has another one", filledUsers - 1},
		{"64 bytes of garbage over a record", put(third+200, 64, strings.Repeat("\xd7\x0a", 32)), third, "checksum", filledUsers - 1},
		{"64 bytes of garbage between records", put(third, 0, strings.Repeat("\xd7\x0a", 32)), third, "there should be a record", filledUsers},
		{"a zeroed page", put(4096, 4096, strings.Repeat("\x00", 4096)), -1, "", filledUsers - 8},
		{"another digit in a length", put(length+1, 1, "8"), length, "a string that has another one", filledUsers},
		{"a length over the records behind it", put(length, 1, "$9"), length, "a string that has another one", filledUsers},
		{"a length past the records behind it", put(length, 1, "$999"), third, "reaches past the records behind it", filledUsers},
		{"a huge length", put(length, 1, "$99999999"), length, "there should be the length of a string", filledUsers},
		{"an absurd length", put(length, 4, "$9000000000000000000"), length, "there should be the length of a string", filledUsers},
		{"an empty command", put(third, 0, "*1\r\n$0\r\n\r\n"), third, "there should be a record", filledUsers},
		{"an empty list", put(third, 0, "*0\r\n"), third, "there should be a record", filledUsers},
		{"another byte in a value", put(third+300, 1, "y"), third, "checksum", filledUsers - 1},
		{"another byte in a key", put(third+frame+8, 1, "#"), third, "checksum", filledUsers - 1},
		{"another length of the last record", put(lastLength, 1, "$9"), last, "reaches past the end of the file", filledUsers},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, path := withFile(t, tt.data)
			said := refused(t, dir)
			for _, want := range []string{path + " is damaged: at byte ", tt.what, "airmock repair " + dir} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q: %s", want, said)
				}
			}
			if want := fmt.Sprintf("at byte %d ", tt.at); tt.at >= 0 && !strings.Contains(said, want) {
				t.Errorf("it does not say %q: %s", want, said)
			}
			code, stdout, stderr := command(t, "repair", dir, "--json")
			var report struct {
				To    string
				Kinds []struct {
					Kind       string
					Kept, Lost int
				}
			}
			if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 || report.To != dir+"-repaired" {
				t.Fatalf("repair ended with %d, %v: %s%s", code, err, stdout, stderr)
			}
			if users := report.Kinds[0]; users.Kind != "users" || users.Kept < tt.users || tt.users == filledUsers && users.Lost > 0 {
				t.Errorf("of %d users: %+v", filledUsers, users)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, tt.data) {
				t.Errorf("the damaged file was changed: %v", err)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 2 {
				t.Errorf("the damaged directory has %v, %v", entries, err) // the file, and the lock of the start
			}
			p := serve(t, report.To, "--log", "none")
			if n := p.total(t, "/Users?count=0"); n != report.Kinds[0].Kept {
				t.Errorf("%d users, and the report says %d", n, report.Kinds[0].Kept)
			}
			if n := p.total(t, "/Groups?count=0"); n != 1 {
				t.Errorf("%d groups", n)
			}
		})
	}
}

func TestATornBatchServesNothingTorn(t *testing.T) {
	whole := filledFile(t)
	start := startOf(t, whole, "user00@")
	key := string(bytes.SplitN(whole[start:], []byte("\r\n"), 6)[4])
	// A user was deleted, and the kill came before the record of its membership.
	dir, _ := withFile(t, fmt.Appendf(bytes.Clone(whole), "*2\r\n$3\r\ndel\r\n$%d\r\n%s\r\n", len(key), key))
	p := serve(t, dir, "--log", "none")
	_, _, body := call(t, "GET", p.url+"/Groups", secret, "")
	if id := strings.TrimPrefix(key, "u:"); strings.Contains(body, id) || strings.Count(body, `"value"`) != 1 {
		t.Errorf("the group has a member that is gone: %s", body)
	}
	p.stop(t)
	if !strings.Contains(p.stderr.String(), "dropped 1 memberships") {
		t.Errorf("it says %s", p.stderr)
	}
}

func TestASecondTenantOnTheSameDataIsRefusedByThePidOfTheFirst(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "tenant"), "--log", "none")
	want := fmt.Sprintf("another airmock is running on %s (process %d holds tenant.lock there)", p.dir, p.cmd.Process.Pid)
	if said := refused(t, p.dir); !strings.Contains(said, want) {
		t.Errorf("it does not say %q: %s", want, said)
	}
	if code, _, stderr := command(t, "repair", p.dir); code != 1 || !strings.Contains(stderr, want) {
		t.Errorf("repair on a running tenant ended with %d: %s", code, stderr)
	}
}

func TestANewerFormatIsRefusedByNameEvenWhereItLooksDamaged(t *testing.T) {
	whole := filledFile(t)
	newer := bytes.Replace(whole, []byte(`{"format":1,`), []byte(`{"format":7,`), 1)
	for name, data := range map[string][]byte{"whole": newer, "with other frames": append(bytes.Clone(newer), "~5\r\n"...)} {
		t.Run(name, func(t *testing.T) {
			dir, path := withFile(t, data)
			if said := refused(t, dir); !strings.Contains(said, path+" has format 7, of a newer airmock") {
				t.Errorf("it says %s", said)
			}
			if code, _, stderr := command(t, "repair", dir); code != 1 || !strings.Contains(stderr, "format 7") {
				t.Errorf("repair ended with %d: %s", code, stderr)
			}
		})
	}
}
