package tui

import (
	"strings"
	"testing"
)

func TestRReplaysTheCallAfterAQuestionAndShowsWhatIsDifferent(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	a := newTestApp(f, 100, 30)
	_, before := f.journal.Bounds()
	typeKeys(a, "r")
	for _, want := range []string{"Replay call 5 on this tenant?", "Create user c.lee@contoso.com", "POST /Users"} {
		if !strings.Contains(shown(a), want) {
			t.Errorf("the question lacks %q:\n%s", want, shown(a))
		}
	}
	typeKeys(a, "n")
	if _, last := f.journal.Bounds(); last != before {
		t.Fatal("a no sent the call")
	}
	typeKeys(a, "r", "y")
	for _, want := range []string{"Replay of call 5", "status", "then 201", "now  409", "userName is taken"} {
		if !strings.Contains(shown(a), want) {
			t.Errorf("the result lacks %q:\n%s", want, shown(a))
		}
	}
	if c := f.journal.Get(before + 1); c == nil || c.Method != "POST" || c.Request.Header.Get("Airmock-Replay-Of") != "5" {
		t.Errorf("the journal has %+v", c)
	}
	typeKeys(a, "enter")
	if !strings.Contains(shown(a), "call 6") {
		t.Errorf("enter does not show the new call:\n%s", shown(a))
	}
}

func TestRSaysWhyACallCannotBeReplayed(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	f.journal.Get(5).Request.Truncated = true
	a := newTestApp(f, 100, 30)
	typeKeys(a, "r")
	if !strings.Contains(shown(a), "cannot replay it") {
		t.Errorf("\n%s", shown(a))
	}
}

func TestSShowsTheNumbersOfEachOperation(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	for _, width := range []int{80, 120} {
		a := newTestApp(f, width, 30)
		typeKeys(a, "s")
		for _, want := range []string{"Since the start", "user.create", "all", "p99"} {
			if !strings.Contains(shown(a), want) {
				t.Errorf("at %d columns %q is not there:\n%s", width, want, shown(a))
			}
		}
		typeKeys(a, "esc")
		if strings.Contains(shown(a), "Since the start") {
			t.Error("esc does not close it")
		}
	}
}
