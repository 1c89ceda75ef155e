package tui

import (
	"strings"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

func TestASessionHasTheLivePageAndNothingElse(t *testing.T) {
	f := newFakeTenant(t)
	f.status.Session = "colleague.har"
	calls := []*journal.Call{journaltest.Create("b.simon@contoso.com", start), journaltest.Disable("b.simon@contoso.com", start)}
	calls[0].Seq, calls[1].Seq = 7, 12 // a choice of calls has gaps
	past, err := journal.Session(calls)
	if err != nil {
		t.Fatal(err)
	}
	f.journal = past
	a := newTestApp(f, 100, 24)
	s := shown(a)
	for _, want := range []string{"session colleague.har", "read-only", "1 Live", "Create user b.simon@contoso.com", "Disable b.simon@contoso.com"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is missing:\n%s", want, s)
		}
	}
	if strings.Contains(s, "Azure Config") {
		t.Errorf("there is a page of a tenant that runs:\n%s", s)
	}
	for _, key := range []string{"2", "5", "g"} {
		typeKeys(a, key)
		if s := shown(a); !strings.Contains(s, "1 Live") {
			t.Errorf("%s leaves the Live page:\n%s", key, s)
		}
	}
	typeKeys(a, "tab", "esc", "/")
	typeText(a, "op:user.disable")
	typeKeys(a, "enter", "enter")
	if s := shown(a); !strings.Contains(s, "call 12") || strings.Contains(s, "Create user") {
		t.Errorf("the search does not find the call:\n%s", s)
	}
}
