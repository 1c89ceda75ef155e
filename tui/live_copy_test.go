package tui

import (
	"strings"
	"testing"

	"airmock/internal/journal/journaltest"
)

func TestTheCopyMenuOffersWhatThereIs(t *testing.T) {
	f := newFakeTenant(t)
	a := newTestApp(f, 80, 24)
	copied := ""
	a.native = func(s string) error { copied = s; return nil }
	typeKeys(a, "y", "u")
	if copied != f.status.TenantURL {
		t.Errorf("without a call y u copies %q", copied)
	}
	arrive(f, a, journaltest.Create("b.simon@contoso.com", start))
	typeKeys(a, "y", "s")
	if copied != "Create user b.simon@contoso.com" {
		t.Errorf("y s copies %q", copied)
	}
	typeKeys(a, "y", "i")
	if copied != "id-of-b.simon@contoso.com" {
		t.Errorf("y i copies %q", copied)
	}
	typeKeys(a, "y", "b")
	if !strings.Contains(copied, "\n  \"userName\": \"b.simon@contoso.com\"") {
		t.Errorf("y b copies %q", copied)
	}
	if s := shown(a); !strings.Contains(s, "copied: the request's body") {
		t.Errorf("nothing says what was copied:\n%s", s)
	}
}

func TestACopiedBodyHoldsNoControlCharacters(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1}`:                  "{\n  \"a\": 1\n}",
		"{\"a\":\"\u202e\u009b\"}": "{\n  \"a\": \"\\u202e\\u009b\"\n}",
		"\x1b[201~rm\r":            "\\u001b[201~rm\\u000d",
		"\U000e0001":               `\udb40\udc01`,
	} {
		if got := plainJSON([]byte(body)); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}
