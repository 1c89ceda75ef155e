package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

// hostile is a user's name that would take the screen apart: it recolours,
// clears, rings, overwrites, links, reorders, swallows what follows, and is
// wider or narrower than it looks.
const hostile = "\x1b[31m\x1b[2J\x1b[H\x07A\rB\nC\tD\x08\x1b]0;title\x1b\\\x1b]8;;http://evil\x07link\x1b]8;;\x07" +
	"\u202eevil\u2066\u200b\u200d👩‍👩‍👧👍🏽🏳️‍🌈❤️क्षिe\u0301\u0301\u0301\u009b31m\x9b31m\x1bP+q\xff\xfe\x1b]0;unended"

func liveApp(t testing.TB, width, height int) (*fakeTenant, *app, *livePage) {
	f := newFakeTenant(t)
	fill(f)
	a := newTestApp(f, width, height)
	return f, a, a.pages[PageLive].(*livePage)
}

// arrive appends calls and wakes the screen.
func arrive(f *fakeTenant, a *app, calls ...*journal.Call) {
	for _, c := range calls {
		f.journal.Append(c)
	}
	feedMsg(a, journalChangedMsg{})
}

func TestLiveGoldens(t *testing.T) {
	for _, tc := range []struct {
		name          string
		width, height int
		empty         bool
		keys          []string
	}{
		{"empty-80x24", 80, 24, true, nil},
		{"40x8", 40, 8, false, nil},
		{"80x24", 80, 24, false, nil},
		{"120x40", 120, 40, false, []string{"k"}},
		{"200x24", 200, 24, false, nil},
		{"detail-80x24", 80, 24, false, []string{"k", "enter"}},
		{"detail-below-80x40", 80, 40, false, []string{"k", "enter"}},
		{"request-80x24", 80, 24, false, []string{"k", "enter", "]"}},
		{"diff-80x24", 80, 24, false, []string{"k", "d"}},
		{"fault-80x24", 80, 24, false, []string{"k", "k", "enter"}},
		{"copy-80x24", 80, 24, false, []string{"y"}},
		{"help-80x24", 80, 24, false, []string{"?"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFakeTenant(t)
			if !tc.empty {
				fill(f)
				f.status.FaultsArmed = 1
			}
			a := newTestApp(f, tc.width, tc.height)
			typeKeys(a, tc.keys...)
			golden(t, "live-"+tc.name, shown(a))
		})
	}
}

func TestAHostileNameLeavesEveryOtherCellAsItWas(t *testing.T) {
	for _, size := range [][2]int{{40, 8}, {80, 24}, {120, 40}} {
		frames := make(map[string][]string)
		for name, user := range map[string]string{"plain": "b.simon@contoso.com", "hostile": hostile} {
			f := newFakeTenant(t)
			a := newTestApp(f, size[0], size[1])
			arrive(f, a, journaltest.Create("before@contoso.com", start), journaltest.Create(user, start), journaltest.Create("after@contoso.com", start))
			frames[name] = strings.Split(shown(a), "\n")
		}
		for y, want := range frames["plain"] {
			got := frames["hostile"][y]
			if strings.Contains(want, "Create user b.simon") {
				want, got = withoutStory(want), withoutStory(got)
			}
			if got != want {
				t.Errorf("%dx%d line %d:\n got %q\nwant %q", size[0], size[1], y, got, want)
			}
		}
	}
}

// withoutStory returns a row's cells before and behind the story.
func withoutStory(line string) string {
	runes := []rune(line)
	return string(runes[:11]) + "|" + line[strings.LastIndex(line, "201"):]
}

func TestTheDetailOfAHostileCallIsSafe(t *testing.T) {
	f := newFakeTenant(t)
	a := newTestApp(f, 80, 24)
	c := journaltest.Create(hostile, start)
	c.Path += "/" + hostile
	c.Query = hostile
	c.Request.Body = []byte(hostile)
	c.Request.Header["X-Evil"] = []string{hostile}
	c.Effect.Fields = []journal.Field{{Name: hostile, From: hostile, To: hostile}}
	c.Effect.Added = []string{hostile}
	c.Fault = &journal.FaultNote{Rule: hostile, Text: hostile, Detail: hostile}
	c.Error, c.Token, c.Client = hostile, hostile, hostile
	arrive(f, a, c)
	typeKeys(a, "enter", "z")
	for range detailTabs {
		for range 10 {
			checkFrame(t, a)
			for _, bad := range []string{"\x1b]", "\x1bP", "\x07", "\r", "\u202e", "\u009b", "\x1b[2J"} {
				if strings.Contains(a.View().Content, bad) {
					t.Fatalf("%q reaches the terminal", bad)
				}
			}
			typeKeys(a, "pgdown")
		}
		typeKeys(a, "]")
	}
}

func TestFollowEndsWithAnyUpwardMoveAndComesBack(t *testing.T) {
	f, a, p := liveApp(t, 80, 24)
	if c := p.list.selected(); c.Seq != 5 {
		t.Fatalf("call %d is selected at start, want the newest", c.Seq)
	}
	arrive(f, a, journaltest.Create("six@contoso.com", start))
	if c := p.list.selected(); c.Seq != 6 {
		t.Fatalf("call %d is selected, want the newest", c.Seq)
	}
	typeKeys(a, "k")
	for _, back := range []string{"f", "G", "end"} {
		typeKeys(a, "k")
		at := p.list.selected()
		arrive(f, a, journaltest.Create("more@contoso.com", start))
		if p.list.selected() != at {
			t.Fatal("the selection moved under the cursor")
		}
		typeKeys(a, back)
		_, last := f.journal.Bounds()
		if c := p.list.selected(); c.Seq != last || !p.list.follow {
			t.Errorf("%s: call %d is selected, want %d; follow %v", back, c.Seq, last, p.list.follow)
		}
	}
}

func TestTheCursorStaysOnItsCallWhenOldOnesFallOut(t *testing.T) {
	f := newFakeTenant(t)
	f.journal = journal.New(journal.Options{MaxCalls: 20, Now: func() time.Time { return start }})
	a := newTestApp(f, 80, 24)
	p := a.pages[PageLive].(*livePage)
	for i := range 20 {
		f.journal.Append(journaltest.Create(fmt.Sprint("u", i), start))
	}
	feedMsg(a, journalChangedMsg{})
	typeKeys(a, "k", "k")
	at := p.list.selected()
	for i := range 10 {
		arrive(f, a, journaltest.Create(fmt.Sprint("v", i), start))
	}
	if p.list.selected() != at {
		t.Errorf("call %d is selected, want %d", p.list.selected().Seq, at.Seq)
	}
	if p.list.matched != 20 || p.list.rows[0].call != nil {
		t.Errorf("%d calls, want 20, and the rule above the first one kept", p.list.matched)
	}
	typeKeys(a, "enter")
	for i := range 30 {
		arrive(f, a, journaltest.Create(fmt.Sprint("w", i), start))
	}
	if p.current() != at {
		t.Error("the open call changed when it fell out of the journal")
	}
	checkFrame(t, a)
}

func TestPauseFreezesTheViewAndNotTheCapture(t *testing.T) {
	f, a, p := liveApp(t, 80, 24)
	later := start.Add(6 * time.Minute)
	typeKeys(a, "space")
	before := strings.Split(shown(a), "\n")
	arrive(f, a, journaltest.Create("six@contoso.com", later), journaltest.Lookup("seven@contoso.com", later))
	after := strings.Split(shown(a), "\n")
	for y := 2; y < 22; y++ {
		if before[y] != after[y] {
			t.Errorf("line %d changed: %q", y, after[y])
		}
	}
	if !strings.Contains(after[22], "PAUSED +2 new") {
		t.Errorf("the state line is %q", after[22])
	}
	typeKeys(a, "space")
	if c := p.list.selected(); c.Seq != 7 || p.list.matched != 7 {
		t.Errorf("after the pause call %d of %d is selected", c.Seq, p.list.matched)
	}
}

func TestAFilterIsInForceWhileItIsTyped(t *testing.T) {
	f, a, p := liveApp(t, 80, 24)
	typeKeys(a, "/")
	typeText(a, "simon")
	if p.list.matched != 2 || !strings.Contains(shown(a), "2 of 5") {
		t.Errorf("%d match:\n%s", p.list.matched, shown(a))
	}
	typeKeys(a, "enter")
	arrive(f, a, journaltest.Create("simon.two@contoso.com", start), journaltest.Create("other@contoso.com", start))
	if s := shown(a); p.list.matched != 3 || !strings.Contains(s, "/simon  3 of 7") {
		t.Errorf("new calls were not filtered:\n%s", s)
	}
	typeKeys(a, "/")
	typeText(a, " nobody")
	typeKeys(a, "enter")
	if s := shown(a); !strings.Contains(s, "0 of 7 match · esc clears") {
		t.Errorf("nothing says that nothing matches:\n%s", s)
	}
	typeKeys(a, "esc")
	if p.list.matched != 7 {
		t.Errorf("%d calls after esc, want all", p.list.matched)
	}
}

func TestAWordOfAFilterThatMakesNoSenseIsLeftOutAndExplained(t *testing.T) {
	_, a, p := liveApp(t, 80, 24)
	typeKeys(a, "/")
	typeText(a, "op:user.create")
	typeText(a, " stauts:4xx")
	if p.list.matched != 2 {
		t.Errorf("%d match, want what op:user.create matches", p.list.matched)
	}
	if s := shown(a); !strings.Contains(s, `did you mean "status"?`) {
		t.Errorf("the error is not shown:\n%s", s)
	}
	typeKeys(a, "enter")
	if !p.Typing() {
		t.Error("enter kept a filter that cannot be read")
	}
	typeKeys(a, "esc")
	if p.Typing() || p.list.matched != 5 {
		t.Error("esc did not clear it")
	}
}

func TestGoto(t *testing.T) {
	_, a, p := liveApp(t, 80, 24)
	typeKeys(a, "2")
	feedMsg(a, GotoMsg{Page: PageLive, Filter: "user:kim"})
	if a.shown != PageLive || p.list.matched != 1 || p.list.selected().Seq != 4 {
		t.Errorf("page %d, %d match", a.shown, p.list.matched)
	}
	feedMsg(a, GotoMsg{Page: PageLive, Seq: 4})
	if !p.inDetail || p.current().Seq != 4 {
		t.Error("the call is not open")
	}
	msgs := results(p.Key(press("o")))
	if len(msgs) != 1 || msgs[0] != (GotoMsg{Page: PageUsers, ID: "9f2c0000-0000-4000-8000-000000000001"}) {
		t.Errorf("o sends %v", msgs)
	}
}

func TestTheStateLineFitsWithEverythingOn(t *testing.T) {
	f, a, _ := liveApp(t, 40, 8)
	typeKeys(a, "/")
	typeText(a, "contoso")
	typeKeys(a, "enter", "space")
	arrive(f, a, journaltest.Create("x@contoso.com", start))
	if s := shown(a); !strings.Contains(s, "PAUSED +1 new") {
		t.Errorf("the mode fell away first:\n%s", s)
	}
	checkFrame(t, a)
}

// BenchmarkView draws the screen after each wake-up while 5,000 calls a second
// arrive, and as a baseline while none do. The reported ratio is what the load
// costs a frame.
func BenchmarkView(b *testing.B) {
	const perFrame = 5000 / framesPerSecond
	f := newFakeTenant(b)
	a := newTestApp(f, 120, 40)
	fresh := func() *journal.Call { return journaltest.Disable("a.kim@contoso.com", start) }
	for range 10_000 {
		f.journal.Append(fresh())
	}
	a.refresh()

	var busy, idle time.Duration
	for i := 0; i < b.N; i++ {
		for k := 0; k < perFrame; k++ {
			f.journal.Append(fresh())
		}
		begin := time.Now()
		a.Update(journalChangedMsg{})
		a.View()
		busy += time.Since(begin)

		begin = time.Now()
		a.Update(journalChangedMsg{})
		a.View()
		idle += time.Since(begin)
	}
	b.ReportMetric(float64(busy.Microseconds())/float64(b.N), "µs/busy-frame")
	b.ReportMetric(float64(busy)/float64(idle), "busy/idle")
}

func TestTheDetailTellsTheOperationsOfABulkRequest(t *testing.T) {
	c := journaltest.Bulk("b.simon@contoso.com", "9f2c", start)
	for tab, wants := range map[detailTab][]string{
		tabStory: {"Bulk: 3 operations, 1 done, 1 failed, 1 not tried", "201  Create user b.simon@contoso.com", "404  Delete user 9f2c → not found", "1 operation not tried"},
		tabDiff:  {"on the tab story"},
	} {
		got := ansi.Strip(strings.Join(newDetailDoc(darkTheme(), c, time.UTC, 100, false).build(tab), "\n"))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in:\n%s", tab, want, got)
			}
		}
	}
}

func TestTheCycleOfACallIsTold(t *testing.T) {
	f := newFakeTenant(t)
	a := newTestApp(f, 100, 30)
	arrive(f, a,
		journaltest.Lookup("ann@contoso.com", start), journaltest.Create("ann@contoso.com", start.Add(time.Second)),
		journaltest.Lookup("bob@contoso.com", start.Add(2*time.Second)), journaltest.Create(hostile, start.Add(3*time.Second)))
	typeKeys(a, "c")
	got := shown(a)
	for _, want := range []string{"cycle 1 · initial", "2 looked up, 2 created", "4 calls in 3.0 s", "new: Create user ann@contoso.com", "the first of this client"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	checkFrame(t, a)
	typeKeys(a, "j", "esc")
	if got := shown(a); !strings.Contains(got, "── cycle 1 · initial · started 21:04:10 ") || strings.Contains(got, "new: ") {
		t.Errorf("the list is not as it was:\n%s", got)
	}
}

func TestTheNumbersOfTheCallsAreTold(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	for _, width := range []int{80, 120} {
		a := newTestApp(f, width, 40)
		typeKeys(a, "s")
		got := shown(a)
		for _, want := range []string{"The last 5 minutes", "Since the start", "operation", "group.member.add", "user.create", "errors"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in:\n%s", want, got)
			}
		}
		checkFrame(t, a)
		typeKeys(a, "esc")
		if got := shown(a); strings.Contains(got, "Since the start") {
			t.Errorf("the numbers stay:\n%s", got)
		}
	}
}
