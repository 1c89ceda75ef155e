package fault

import (
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
)

func TestAnExplanationSaysWhatARuleWouldHaveHit(t *testing.T) {
	at := time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC)
	var calls []*journal.Call
	for i, c := range []*journal.Call{
		journaltest.Lookup("a.kim@contoso.com", at), journaltest.Create("a.kim@contoso.com", at),
		journaltest.Create("b.lee@contoso.com", at), journaltest.Disable("a.kim@contoso.com", at),
		journaltest.Create("c.lee@contoso.com", at),
	} {
		c.Seq = uint64(i + 1)
		calls = append(calls, c)
	}
	e := New(Options{Seed: 1})
	for _, tt := range []struct {
		name    string
		rule    string
		matched int
		hits    string // numbers of calls
		fires   string
		does    string
	}{
		{"all of an operation", "status op=user.create", 3, "235", "every match", "error status"},
		{"the first of them", "status code=503 op=user.create first=2", 3, "23", "first 2", "503 for the next 2"},
		{"those behind the first", "status op=user.create after=1 times=1", 3, "3", "every match, after 1, at most 1×", "error status"},
		{"by the name in a body", "status user=*lee*", 2, "35", "every match", "error status"},
		{"by the name in a filter or behind an id", "status user=a.kim* op=user.query|user.patch", 2, "14", "every match", "error status"},
		{"a preset", "lost-create", 3, "2", "first 1", "the next user is created"},
		{"a preset that is changed", "lost-create first=3 ttl=1h", 3, "235", "first 3, for 1h from when it is armed", "cuts the connection"},
		{"nothing", "status op=group.*", 0, "", "every match", "error status"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec, err := ParseSpec(strings.Fields(tt.rule))
			if err != nil {
				t.Fatal(err)
			}
			x, err := e.Explain(spec, calls)
			if err != nil {
				t.Fatal(err)
			}
			hits := ""
			for _, c := range x.Hits {
				hits += string(rune('0' + c.Seq))
			}
			if x.Matched != tt.matched || hits != tt.hits || x.Fired != len(x.Hits) || x.Looked != 5 {
				t.Errorf("of %d matched %d, fired %d for %s; want %d and %s", x.Looked, x.Matched, x.Fired, hits, tt.matched, tt.hits)
			}
			if x.Fires != tt.fires || !strings.Contains(x.Does, tt.does) {
				t.Errorf("fires for %q, does %q", x.Fires, x.Does)
			}
		})
	}
	if _, err := e.Explain(Spec{"kind": "status", "op": "user.craete"}, calls); err == nil || !strings.Contains(err.Error(), "user.create") {
		t.Errorf("a wrong rule: %v", err)
	}
	if len(e.List()) != 0 {
		t.Error("a rule is armed now")
	}
	if calls[1].Doc != nil {
		t.Error("a call of the journal was changed")
	}
}

func TestChanceIsExplainedAsItWillBeDrawn(t *testing.T) {
	var calls []*journal.Call
	for i := range 40 {
		calls = append(calls, &journal.Call{Seq: uint64(i + 1), Operation: scim.OpUserCreate})
	}
	e := New(Options{Seed: 7})
	spec := Spec{"kind": "status", "percent": "50"}
	x, err := e.Explain(spec, calls)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Arm(spec); err != nil {
		t.Fatal(err)
	}
	var fired []*journal.Call
	for _, c := range calls {
		if e.plan(c, *e.rules.Load()).outcome != nil {
			fired = append(fired, c)
		}
	}
	if len(fired) != len(x.Hits) || len(fired) == 0 || len(fired) == len(calls) {
		t.Fatalf("fired for %d, explained as %d", len(fired), len(x.Hits))
	}
	for i := range fired {
		if fired[i] != x.Hits[i] {
			t.Errorf("fired for call %d, explained as %d", fired[i].Seq, x.Hits[i].Seq)
		}
	}
}
