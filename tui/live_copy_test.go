package tui

import (
	"os/exec"
	"strings"
	"testing"

	"airmock/internal/journal/journaltest"
	"pgregory.net/rapid"
)

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":              `''`,
		"plain":         `'plain'`,
		"it's $HOME":    `'it'\''s $HOME'`,
		"a\nb":          `$'a\012b'`,
		"\x1b[201~rm":   `$'\033[201~rm'`,
		"\u202e'\\\xff": `$'\342\200\256\'\\\377'`,
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestAShellReadsBackWhatWasQuoted(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	texts := []string{hostile, "'", `\'`, "$(reboot)`id`!!", "é\u0301世"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "start") + strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", "")
		quoted := shellQuote(text)
		if strings.ContainsFunc(quoted, isControl) {
			t.Fatalf("%q has control characters", quoted)
		}
		out, err := exec.Command(bash, "-c", "printf %s "+quoted).Output()
		if err != nil || string(out) != text {
			t.Fatalf("%q came back as %q (%v)", text, out, err)
		}
	})
}

func TestCurl(t *testing.T) {
	c := journaltest.Disable("a.kim@contoso.com", start)
	c.Request.Body = []byte(`{"a":"it's"}`)
	want := `curl -i -X 'PATCH' -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json'` +
		` --data-raw '{"a":"it'\''s"}' 'https://quick-fox.trycloudflare.com/0/as/common/scim/Users/9f2c0000-0000-4000-8000-000000000001'`
	if got := curl(c, "https://quick-fox.trycloudflare.com/0/as/common/scim"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	hostileCall := journaltest.Lookup(hostile, start)
	hostileCall.Path = "/Users/" + hostile
	if got := curl(hostileCall, "https://host/scim"); strings.ContainsFunc(got, isControl) {
		t.Errorf("control characters in %q", got)
	}
}

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
