package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal/journaltest"
	"airmock/internal/tenant"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

// frameSizes go from nothing to a wall.
var frameSizes = [][2]int{
	{1, 1}, {2, 30}, {39, 8}, {40, 7}, {40, 8}, {60, 12}, {79, 23}, {80, 24},
	{99, 29}, {99, 30}, {100, 24}, {120, 40}, {250, 80}, {300, 8},
}

// checkFrame fails where a view is not exactly as large as the terminal.
func checkFrame(t *testing.T, a *app) {
	t.Helper()
	content := a.View().Content
	if a.failure != nil {
		t.Fatal(a.failure)
	}
	lines := strings.Split(content, "\n")
	if len(lines) != a.height {
		t.Errorf("%d lines, want %d", len(lines), a.height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != a.width {
			t.Errorf("line %d has %d cells, want %d: %q", i, w, a.width, ansi.Strip(l))
		}
		if w := ansi.StringWidthWc(l); w != a.width {
			t.Errorf("line %d has %d cells for a terminal that counts code points, want %d: %q", i, w, a.width, ansi.Strip(l))
		}
	}
}

func TestEveryPageAndOverlayFillsEverySize(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	f.journal.Append(journaltest.Create(hostile, start.Add(5*time.Minute+2*time.Second)))
	f.status.FaultsArmed, f.status.ReadOnly = 2, true

	states := map[string]func(a *app){
		"nothing over it": func(*app) {},
		"help":            func(a *app) { typeKeys(a, "?") },
		"help, scrolled":  func(a *app) { typeKeys(a, "?", "down", "down", "down") },
		"palette":         func(a *app) { typeKeys(a, ":"); typeText(a, "us") },
		"confirm": func(a *app) {
			feedMsg(a, ConfirmMsg{Question: "Revoke the token " + hostile + "? " + strings.Repeat("It is long. ", 40)})
		},
		"menu": func(a *app) {
			feedMsg(a, MenuMsg{Title: hostile, Items: []MenuItem{{Key: "a", Label: hostile}, {Label: strings.Repeat("long ", 50)}}})
		},
		"form": func(a *app) {
			feedMsg(a, FormMsg{Title: hostile, Help: strings.Repeat("help ", 30), Fields: []FormField{
				{Name: "a", Label: hostile, Value: hostile, Hint: strings.Repeat("hint ", 30)},
				{Name: "b", Label: "b", Options: []string{"one", hostile}},
				{Name: "c", Label: strings.Repeat("label ", 30), Placeholder: hostile},
			}})
			typeKeys(a, "tab", "right")
		},
		"reveal":        func(a *app) { feedMsg(a, RevealMsg{Name: hostile, Secret: strings.Repeat("s3cret", 30)}) },
		"toast":         func(a *app) { feedMsg(a, ToastMsg{Text: hostile + strings.Repeat("x", 300), Bad: true}) },
		"enter":         func(a *app) { typeKeys(a, "enter") },
		"enter, zoomed": func(a *app) { typeKeys(a, "enter", "z") },
		"typing":        func(a *app) { typeKeys(a, "/"); typeText(a, `user:"`+strings.Repeat("é世", 40)) },
		"typing wrong":  func(a *app) { typeKeys(a, "/"); typeText(a, "stats:3") },
	}
	for name, enter := range states {
		for page := range PageFaults + 1 {
			a := newTestApp(f, 120, 40)
			feedMsg(a, GotoMsg{Page: page})
			enter(a)
			for _, size := range frameSizes {
				t.Run(fmt.Sprintf("%s on page %d at %dx%d", name, page+1, size[0], size[1]), func(t *testing.T) {
					feedMsg(a, tea.WindowSizeMsg{Width: size[0], Height: size[1]})
					checkFrame(t, a)
				})
			}
		}
	}
}

func TestEveryPageSaysWhyNothingIsWritten(t *testing.T) {
	f := newFakeTenant(t)
	f.status.ReadOnly, f.status.ReadOnlyReason = true, "no space left on device; it tries again each second"
	f.status.Notice = &tenant.Notice{At: start, Text: "something else"}
	a := newTestApp(f, 100, 24)
	for page := range PageFaults + 1 {
		feedMsg(a, GotoMsg{Page: page})
		checkFrame(t, a)
		if got := shown(a); !strings.Contains(got, "✗ no writes: "+f.status.ReadOnlyReason) || strings.Contains(got, "something else") {
			t.Errorf("page %d shows\n%s", page+1, got)
		}
	}
}

func TestANoticeStaysForAWhile(t *testing.T) {
	f := newFakeTenant(t)
	a := newTestApp(f, 100, 24)
	now := a.env.now()
	for _, tt := range []struct {
		age  time.Duration
		want bool
	}{{0, true}, {noticeTime - 1, true}, {noticeTime, false}} {
		f.status.Notice = &tenant.Notice{At: now.Add(-tt.age), Text: "the tenant was\nreset"}
		a.refresh()
		checkFrame(t, a)
		if got := strings.Contains(shown(a), "! the tenant was"); got != tt.want {
			t.Errorf("after %v it is shown: %v", tt.age, got)
		}
	}
}

func TestBelowTheLeastSizeTheScreenSaysSo(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 39, 8)
	if got := shown(a); !strings.Contains(got, "too small 39x8, need 40x8") {
		t.Errorf("it shows %q", got)
	}
	if cmd := a.key(press("q")); !quits(cmd) {
		t.Error("q does not quit")
	}
	typeKeys(a, "2")
	if a.shown != PageLive {
		t.Error("another key did something")
	}
}

// quits reports whether a command ends the program.
func quits(cmd tea.Cmd) bool {
	for _, msg := range results(cmd) {
		if _, ok := msg.(tea.QuitMsg); ok {
			return true
		}
	}
	return false
}

func TestQuit(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*fakeTenant, *app)
		keys    []string
		want    bool
	}{
		{"q quits where the data is on disk", func(f *fakeTenant, _ *app) { f.status.Users = 3 }, []string{"q"}, true},
		{"q quits an empty tenant in memory", func(f *fakeTenant, _ *app) { f.status.DataDir = "" }, []string{"q"}, true},
		{"q asks where users would be lost", func(f *fakeTenant, _ *app) { f.status.DataDir, f.status.Users = "", 3 }, []string{"q"}, false},
		{"enter on that question means no", func(f *fakeTenant, _ *app) { f.status.DataDir, f.status.Users = "", 3 }, []string{"q", "enter"}, false},
		{"y on that question means yes", func(f *fakeTenant, _ *app) { f.status.DataDir, f.status.Users = "", 3 }, []string{"q", "y"}, true},
		{"q is a letter while typing", func(_ *fakeTenant, a *app) { typeKeys(a, "/") }, []string{"q"}, false},
		{"esc never quits", func(*fakeTenant, *app) {}, []string{"esc", "esc", "esc"}, false},
		{"ctrl+c quits while typing", func(_ *fakeTenant, a *app) { typeKeys(a, "/") }, []string{"ctrl+c"}, true},
		{"ctrl+c quits from an overlay", func(_ *fakeTenant, a *app) { typeKeys(a, "?") }, []string{"ctrl+c"}, true},
		{"ctrl+z does nothing", func(*fakeTenant, *app) {}, []string{"ctrl+z"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFakeTenant(t)
			fill(f)
			f.status.Users, f.status.Groups = 0, 0
			a := newTestApp(f, 80, 24)
			tc.prepare(f, a)
			got := false
			for _, k := range tc.keys {
				got = got || quits(a.key(press(k)))
			}
			if got != tc.want {
				t.Errorf("quits: %v, want %v", got, tc.want)
			}
		})
	}
}

func TestPagesAreReachedByDigitAndTab(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	for _, step := range []struct {
		key  string
		want PageID
	}{
		{"3", PageGroups}, {"5", PageFaults}, {"1", PageLive}, {"tab", PageUsers}, {"shift+tab", PageLive}, {"shift+tab", PageFaults},
	} {
		typeKeys(a, step.key)
		if a.shown != step.want {
			t.Fatalf("after %s page %d is shown, want %d", step.key, a.shown, step.want)
		}
	}
}

func TestTabBelongsToADetailThatHasTabs(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	a := newTestApp(f, 80, 24)
	typeKeys(a, "enter", "tab")
	if a.shown != PageLive {
		t.Fatal("tab left the page")
	}
	if got := shown(a); !strings.Contains(got, "── Headers") {
		t.Errorf("tab did not turn to the request:\n%s", got)
	}
}

func TestOverlaysHaveTheKeys(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	typeKeys(a, "?", "2")
	if a.shown != PageLive {
		t.Error("a digit went past the help")
	}
	typeKeys(a, "esc", "2")
	if a.overlays.top() != nil || a.shown != PageUsers {
		t.Error("esc did not close the help alone")
	}
}

func TestThePaletteRunsACommandAsItsKeyWould(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	typeKeys(a, ":")
	typeText(a, "next theme")
	typeKeys(a, "enter")
	if got := a.env.theme.Name; got != "no colour" {
		t.Errorf("the theme is %q, want the one after 16 colours", got)
	}
	typeKeys(a, "ctrl+p")
	typeText(a, "faults")
	typeKeys(a, "enter")
	if a.shown != PageFaults {
		t.Errorf("page %d is shown", a.shown)
	}
}

func TestConfirmMeansNoUnlessYIsPressed(t *testing.T) {
	for key, want := range map[string]bool{"y": true, "n": false, "enter": false, "esc": false} {
		a := newTestApp(newFakeTenant(t), 80, 24)
		done := false
		feedMsg(a, ConfirmMsg{Question: "Revoke the token azure?", Yes: func() tea.Msg { done = true; return nil }})
		if !strings.Contains(shown(a), "Revoke the token azure?") {
			t.Error("the question is not shown")
		}
		typeKeys(a, key)
		if done != want || a.overlays.top() != nil {
			t.Errorf("%s: done %v, want %v; still open: %v", key, done, want, a.overlays.top() != nil)
		}
	}
}

func TestAFormStaysOpenWithWhatWasWrong(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	var got map[string]string
	feedMsg(a, FormMsg{
		Title: "New rule",
		Fields: []FormField{
			{Name: "kind", Label: "Kind", Options: []string{"status", "latency"}},
			{Name: "code", Label: "Code", Value: "50"},
		},
		Submit: func(v map[string]string) (tea.Cmd, error) {
			got = v
			if v["code"] != "503" {
				return nil, fmt.Errorf("code %q is no HTTP status", v["code"])
			}
			return nil, nil
		},
	})
	typeKeys(a, "right", "tab", "enter")
	if s := shown(a); !strings.Contains(s, `code "50" is no HTTP status`) {
		t.Fatalf("the error is not shown:\n%s", s)
	}
	typeText(a, "3")
	typeKeys(a, "enter")
	if diff := cmp.Diff(map[string]string{"kind": "latency", "code": "503"}, got); diff != "" {
		t.Error(diff)
	}
	if a.overlays.top() != nil {
		t.Error("the form is still open")
	}
}

func TestPasteGoesIntoTheFieldThatHasTheKeys(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	a := newTestApp(f, 80, 24)
	feedMsg(a, tea.PasteMsg{Content: "q"})
	typeKeys(a, "/")
	feedMsg(a, tea.PasteMsg{Content: "lee\x1b[2J\n"})
	if s := shown(a); !strings.Contains(s, "/lee␛[2J␊") || !strings.Contains(s, "0 of 5") {
		t.Errorf("the paste is not in the filter, made safe:\n%s", s)
	}
}

func TestASecretIsRevealedOnceAndCopiedWithoutBeingShownAgain(t *testing.T) {
	const secret = "f3c9-very-secret"
	a := newTestApp(newFakeTenant(t), 80, 24)
	copied := ""
	a.native = func(s string) error { copied = s; return nil }
	feedMsg(a, RevealMsg{Name: "azure", Secret: secret})

	alone := false
	for _, l := range strings.Split(shown(a), "\n") {
		alone = alone || l == secret
	}
	if !alone {
		t.Errorf("the secret has no line of its own:\n%s", shown(a))
	}
	typeKeys(a, "enter") // as after a form: it must not close what is shown once
	if s := shown(a); !strings.Contains(s, secret) {
		t.Errorf("enter closed it:\n%s", s)
	}
	typeKeys(a, "c", "esc")
	if copied != secret {
		t.Errorf("copied %q", copied)
	}
	s := shown(a)
	if strings.Contains(s, secret) || !strings.Contains(s, "copied: the Secret Token azure") {
		t.Errorf("the toast is not right:\n%s", s)
	}
}

func TestThemeFollowsTheTerminalUntilOneIsChosen(t *testing.T) {
	for _, tc := range []struct {
		profile     colorprofile.Profile
		known, dark bool
		want        string
	}{
		{colorprofile.TrueColor, false, false, "16 colours"},
		{colorprofile.TrueColor, true, true, "dark"},
		{colorprofile.ANSI256, true, false, "light"},
		{colorprofile.ANSI, true, true, "16 colours"},
		{colorprofile.ASCII, true, true, "no colour"},
	} {
		if got := themeFor(tc.profile, tc.known, tc.dark).Name; got != tc.want {
			t.Errorf("%v, known %v, dark %v: %s, want %s", tc.profile, tc.known, tc.dark, got, tc.want)
		}
	}
	a := newTestApp(newFakeTenant(t), 80, 24)
	typeKeys(a, "t")
	chosen := a.env.theme
	feedMsg(a, tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	if a.env.theme != chosen {
		t.Error("the terminal took back the user's choice")
	}
}

func TestNoColourMeansNoColours(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	f.status.FaultsArmed = 1
	a := newTestApp(f, 120, 40)
	feedMsg(a, tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	for _, page := range []string{"1", "2", "3", "4", "5"} {
		typeKeys(a, page)
		content := a.View().Content
		for _, sgr := range []string{"\x1b[3", "[38;", "[48;", ";3", ";4"} {
			if strings.Contains(content, sgr+"8;") || strings.Contains(content, sgr+"1m") {
				t.Errorf("page %s has a colour", page)
			}
		}
	}
}

func TestAPanicEndsTheProgramWithItsTextMadeSafe(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	feedMsg(a, ConfirmMsg{Question: "?", Yes: func() tea.Msg { panic("user \x1b]52;c;aGk=\x07") }})
	_, cmd := a.Update(press("y"))
	msgs := results(cmd)
	if len(msgs) != 1 {
		t.Fatalf("messages %v", msgs)
	}
	if _, cmd := a.Update(msgs[0]); !quits(cmd) {
		t.Error("the program goes on")
	}
	if a.failure == nil || strings.ContainsAny(a.failure.Error(), "\x1b\x07") {
		t.Errorf("failure: %q", a.failure)
	}
}

func TestOutcome(t *testing.T) {
	boom := fmt.Errorf("boom")
	killed := fmt.Errorf("%w: context canceled", tea.ErrProgramKilled)
	for _, tc := range []struct {
		name         string
		failure, err error
		asked        bool
		want         string
	}{
		{"the user quit", nil, nil, false, ""},
		{"the context ended", nil, killed, true, ""},
		{"killed by nobody we know", nil, tea.ErrProgramKilled, false, "show the screen: program was killed"},
		{"our panic", boom, nil, true, "boom"},
		{"no terminal", nil, boom, false, "show the screen: boom"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := ""
			if err := outcome(tc.failure, tc.err, tc.asked); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNoColorTakesAnyValue(t *testing.T) {
	for kv, want := range map[string]bool{"NO_COLOR=1": true, "NO_COLOR=yes": true, "NO_COLOR=": false, "NO_COLORS=1": false} {
		if got := noColor([]string{"TERM=xterm", kv}); got != want {
			t.Errorf("%s: %v, want %v", kv, got, want)
		}
	}
}

func TestSnapshotIsAFrameOfTheRealScreen(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	got := Snapshot(f, 120, 30, PageLive, start.Add(6*time.Minute))
	lines := strings.Split(got, "\n")
	if len(lines) != 30 || ansi.StringWidth(lines[0]) != 120 {
		t.Errorf("%d lines of %d cells", len(lines), ansi.StringWidth(lines[0]))
	}
	if !strings.Contains(ansi.Strip(got), "Disable a.kim@contoso.com") || !strings.Contains(got, "\x1b[") {
		t.Error("the calls are missing, or the colours")
	}
}

func TestKeyGroupsNameEveryPage(t *testing.T) {
	f := newFakeTenant(t)
	var got []string
	for _, g := range KeyGroups(f) {
		got = append(got, g.Place)
		if len(g.Keys) == 0 {
			t.Errorf("%s has no keys", g.Place)
		}
	}
	want := []string{"Everywhere", "Live", "Live, detail", "Users", "Groups", "Azure Config", "Faults"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, p := range newApp(f, nil).pages {
		if !strings.HasPrefix(p.Title(), pageNames()[i]) {
			t.Errorf("page %d is called %q and %q", i, p.Title(), pageNames()[i])
		}
	}
}

func TestAnEscThatIsFollowedAtOnceByAKeyIsBoth(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	feedMsg(a, RevealMsg{Name: "azure", Secret: "f3c9"})
	feedMsg(a, tea.KeyPressMsg{Code: '2', Mod: tea.ModAlt})
	if a.overlays.top() != nil || a.shown != PageUsers {
		t.Errorf("page %d is shown, under %v", a.shown, a.overlays.top())
	}
}
