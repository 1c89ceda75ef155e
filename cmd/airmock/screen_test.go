//go:build unix

package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// terminal is the program in a tmux of its own.
type terminal struct {
	tb     testing.TB
	socket string
	url    string // the Tenant URL
	dir    string // the data directory
}

// onScreen starts airmock with its screen in a terminal of that size. Without
// tmux the test is skipped, unless AIRMOCK_NEED_TMUX is set.
func onScreen(tb testing.TB, width, height int, args ...string) *terminal {
	tb.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("AIRMOCK_NEED_TMUX") != "" {
			tb.Fatal("there is no tmux, and AIRMOCK_NEED_TMUX is set")
		}
		tb.Skip("there is no tmux")
	}
	dir := tb.TempDir()
	file := filepath.Join(dir, "tenant-url")
	t := &terminal{tb: tb, socket: fmt.Sprintf("airmock-%d-%s", os.Getpid(), strings.ReplaceAll(filepath.Base(filepath.Dir(dir))+filepath.Base(dir), "/", "")), dir: filepath.Join(dir, "data")}
	command := append([]string{
		binary, "--listen", "127.0.0.1:0", "--token", secret, "--data", t.dir, "--addr-file", file,
	}, args...)
	t.tmux(append([]string{"new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height)}, command...)...)
	tb.Cleanup(func() { _ = exec.Command("tmux", "-L", t.socket, "kill-server").Run() })
	eventually(tb, "the address file", func() bool {
		url, err := os.ReadFile(file)
		t.url = string(url)
		return err == nil
	})
	t.waitFor("Azure Config")
	return t
}

func (t *terminal) tmux(args ...string) string {
	t.tb.Helper()
	cmd := exec.Command("tmux", append([]string{"-L", t.socket, "-f", "/dev/null"}, args...)...)
	cmd.Env = append(cleanEnv(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.tb.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// lines is what the screen shows.
func (t *terminal) lines() string {
	t.tb.Helper()
	return t.tmux("capture-pane", "-p")
}

// press sends keys by tmux's names.
func (t *terminal) press(keys ...string) {
	t.tb.Helper()
	for _, key := range keys {
		t.tmux("send-keys", key)
	}
}

// waitFor polls the screen until each text is on it, and returns the screen.
func (t *terminal) waitFor(texts ...string) string {
	t.tb.Helper()
	var screen string
	defer func() {
		if t.tb.Failed() {
			t.tb.Logf("the screen was\n%s", screen)
		}
	}()
	eventually(t.tb, fmt.Sprintf("%q on the screen", texts), func() bool {
		screen = t.lines()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
	return screen
}

var aToken = regexp.MustCompile(`airmock_[A-Za-z0-9_-]{43}`)

func newUser(name string) string {
	text, err := json.Marshal(name)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%s,"active":true}`, text)
}

func TestTheScreenShowsWhatHappens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size.width, size.height), func(t *testing.T) {
			s := onScreen(t, size.width, size.height, "--memory")

			// A generated token works.
			s.press("4", "g")
			token := aToken.FindString(s.waitFor("airmock_"))
			s.press("Escape")
			status, _, body := call(t, "GET", s.url+"/Users?filter=userName+eq+%22cf4d78e8-cc4f-4d5d-b8b9-183561c0104a%22", token, "")
			if status != 200 {
				t.Fatalf("the generated token %q is answered with %d %s", token, status, body)
			}
			s.waitFor("a random GUID was asked for")

			// A call is on the Live page with its story.
			s.press("1")
			s.waitFor("Test Connection: token accepted")

			// A preset makes exactly the next two creates fail, and says so.
			s.press("5", "Down", "Space")
			s.waitFor("1 fault armed")
			s.press("1")
			for i, want := range []int{503, 503, 201} {
				name := fmt.Sprintf("user%d@contoso.com", i)
				if status, _, body := call(t, "POST", s.url+"/Users", token, newUser(name)); status != want {
					t.Errorf("create %d: %d, want %d\n%s", i+1, status, want, body)
				}
			}
			screen := s.waitFor("user0@", "user1@", "Create user user2@")
			if n := strings.Count(screen, "503 ⚡"); n != 2 {
				t.Errorf("%d lines say that a fault answered 503, want 2:\n%s", n, screen)
			}

			// ! clears what is armed.
			s.press("5", "Space")
			s.waitFor("1 fault armed")
			s.press("!")
			eventually(t, "the faults to be cleared", func() bool { return !strings.Contains(s.lines(), "fault armed") })
			if status, _, _ := call(t, "POST", s.url+"/Users", token, newUser("kim@contoso.com")); status != 201 {
				t.Errorf("after !: %d, want 201", status)
			}
			s.press("2")
			s.waitFor("user2@contoso.com", "kim@contoso.com")
		})
	}
}

func TestAHostileNameLeavesTheRestOfTheScreenAsItWas(t *testing.T) {
	const hostile = "\x1b[31m\x1b[2J\x1b]0;title\a\u202eevil\u200b\u009b1m 👩‍👩‍👧🏳️‍🌈 \x1b]8;;http://x\x1b\\"
	plain, attacked := onScreen(t, 100, 30, "--memory"), onScreen(t, 100, 30, "--memory")
	for s, second := range map[*terminal]string{plain: "plain", attacked: hostile} {
		for _, name := range []string{"ada@contoso.com", second, "cem@contoso.com"} {
			if status, _, body := call(t, "POST", s.url+"/Users", secret, newUser(name)); status != 201 {
				t.Fatalf("create: %d %s", status, body)
			}
		}
		s.press("2")
		s.waitFor("ada@contoso.com", "cem@contoso.com", "3 users")
	}
	want, got := cellsBeside(plain.lines(), "plain"), cellsBeside(attacked.lines(), "title")
	if want != got {
		t.Errorf("beside the hostile cell the screen is\n%s\nwant\n%s", got, want)
	}
}

// cellsBeside is the body of a screen without the cell that holds text: of that
// row only the columns before the names and behind them are left.
func cellsBeside(screen, text string) string {
	const before, behind = 12, 50 // of 100 columns
	var rows []string
	for i, row := range strings.Split(screen, "\n") {
		if i < 2 {
			continue // the header tells two tenants apart
		}
		if cells := []rune(row); strings.Contains(row, text) {
			row = string(cells[:before]) + string(cells[behind:])
		}
		rows = append(rows, regexp.MustCompile(`now|\d+s ago`).ReplaceAllString(row, "<ago>"))
	}
	return strings.Join(rows, "\n")
}

func TestTheTenantOfAScreenSurvivesItsEnd(t *testing.T) {
	s := onScreen(t, 80, 24)
	if status, _, _ := call(t, "POST", s.url+"/Users", secret, newUser("kim@contoso.com")); status != 201 {
		t.Fatalf("create: %d", status)
	}
	s.waitFor("Create user kim@contoso.com")
	s.press("q")
	eventually(t, "the program to end", func() bool {
		return exec.Command("tmux", "-L", s.socket, "has-session").Run() != nil
	})
	p := &process{dir: s.dir}
	if out := p.run(t, "users"); !strings.Contains(out, "kim@contoso.com") {
		t.Errorf("after the end the users are\n%s", out)
	}
}
