package session

import (
	"os/exec"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

const hostile = "\x1b[31m\x1b]52;c;x\x07\u202ea\u009b2J\x7f`$(reboot)'\r\n"

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":               `''`,
		"plain":          `'plain'`,
		"it's $HOME":     `'it'\''s $HOME'`,
		"a\nb":           `"$(printf 'a\012b')"`,
		"\x1b[201~rm 1%": `"$(printf '\033[201~rm 1%%')"`,
		"\u202e'\\\xff":  `"$(printf '\342\200\256\047\134\377')"`,
	} {
		if got := ShellQuote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestAShellReadsBackWhatWasQuoted(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh here")
	}
	texts := []string{hostile, "'", `\'`, "-n", "%d", "$(reboot)`id`!!", "é\u0301世"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "start") + strings.ReplaceAll(rapid.String().Draw(t, "text"), "\x00", "")
		text = strings.TrimRight(text, "\n")
		quoted := ShellQuote(text)
		if strings.ContainsFunc(quoted, isControl) {
			t.Fatalf("%q has control characters", quoted)
		}
		out, err := exec.Command(sh, "-c", "printf %s "+quoted).Output()
		if err != nil || string(out) != text {
			t.Fatalf("%q came back as %q (%v)", text, out, err)
		}
	})
}

func TestCurl(t *testing.T) {
	c := journaltest.Disable("a.kim@contoso.com", start)
	c.Request.Body = []byte("{\n\t\"a\": \"it's \u202e\"\n}")
	c.Request.Header = map[string][]string{"If-Match": {`W/"3"`}, "User-Agent": {"x"}}
	want := `curl -i -X 'PATCH' -H "Authorization: Bearer $TOKEN" -H 'If-Match: W/"3"' -H 'Content-Type: application/scim+json'` +
		` --data-raw '{"a":"it'\''s \u202e"}' 'https://quick-fox.trycloudflare.com/0/as/common/scim/Users/9f2c0000-0000-4000-8000-000000000001'`
	if got := CurlOf(c, tenantURL); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.Request.Body = []byte("no JSON\x00\n")
	if got := CurlOf(c, tenantURL); !strings.HasPrefix(got, `printf 'no JSON\000\012' | curl -i `) || !strings.Contains(got, " --data-binary @- ") {
		t.Errorf("of a body that is no JSON it is %s", got)
	}
}

// What is pasted into a terminal or a ticket holds nothing that acts there, and
// no export holds a secret, whatever the calls are.
func TestNoExportHoldsASecretOrAControlCharacter(t *testing.T) {
	const secret = "Sesame-77-Q"
	redactor := journal.NewRedactor(nil)
	rapid.Check(t, func(t *rapid.T) {
		c := anyCall(t)
		c.Seq = 1
		c.Request.Header = map[string][]string{"Authorization": {"Bearer " + secret}, "Cookie": {secret}}
		c.Request.Body = []byte(`{"userName":"a","password":"` + secret + `","Operations":[{"op":"add","path":"password","value":"` + secret + `"}]}`)
		c.Query = "access_token=" + secret + "&filter=password+eq+%22" + secret + "%22"
		c.Filter = `password eq "` + secret + `"`
		c.Effect = &journal.Effect{Fields: []journal.Field{{Name: "password", To: `"` + secret + `"`}}, After: []byte(`{"password":"` + secret + `"}`)}
		redactor.Call(c) // as recording does
		for _, f := range []Format{HAR, NDJSON, Curl, Markdown} {
			file := string(written(t, f, []*journal.Call{c}, Options{TenantURL: tenantURL, RedactPeople: rapid.Bool().Draw(t, "redact people")}))
			if strings.Contains(file, secret) {
				t.Fatalf("%s holds the secret: %s", f, file)
			}
			if strings.ContainsFunc(strings.ReplaceAll(file, "\n", ""), unicode.IsControl) {
				t.Fatalf("%s holds a control character: %q", f, file)
			}
			if f == Markdown && strings.Contains(file, "<b>") {
				t.Fatalf("markup of a call is markup of the report: %s", file)
			}
		}
	})
}

func TestAReportTellsWhatHappened(t *testing.T) {
	calls := finished()
	report := string(written(t, Markdown, calls, Options{TenantURL: tenantURL, Version: "1.0"}))
	for _, want := range []string{
		"# airmock: cycle 1\n", "6 calls, 2026-11-22 21:04:11 to 21:04:11 UTC", "airmock 1.0",
		"\n## What happened\n", "| 3 | 21:04:11.123 | PATCH | 200 | 0.7 | Disable a.kim@contoso.com |",
		"\n## Failures\n", "**Call 4**, PATCH /0/as/common/scim/Groups/", "Detail: Injected by airmock", "**Call 5**, an operation of it, DELETE",
		"| active-as-string | 1 | ",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is missing in\n%s", want, report)
		}
	}
}
