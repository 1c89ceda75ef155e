package entra

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// hostileText is what somebody may send who wants to be seen on another's
// screen.
var hostileText = []string{"", "a", "\x1b[31mred", "\x1b]52;c;AAAA\a", "\xff\xfe", "\u009b2J", "\u202e", "\r\nSet-Cookie: x", strings.Repeat("長", 3000), `"`, `\`, "%00", "${x}", "9edf3db5-f590-4367-a7b6-d76747c0a509"}

// No text about a call holds a token, a password or a control character, whatever
// the client sent, and all of them are short.
func TestNoTextHoldsASecretOrAControlCharacter(t *testing.T) {
	const token, password = "s3cr3t-t0k3n-0123456789", "hunter2-hunter2"
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(hostileText)
		j := journal.New(journal.Options{})
		status := rapid.SampledFrom([]int{200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 500, 501, 503, 507}).Draw(t, "status")
		auth := rapid.SampledFrom([]journal.Auth{journal.AuthOK, journal.AuthMissing, journal.AuthUnknown, journal.AuthRevoked, journal.AuthExpired}).Draw(t, "auth")
		handler := j.Record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := journal.Of(w)
			c.Auth, c.Token = auth, text.Draw(t, "token's name")
			c.Error = text.Draw(t, "error")
			if rapid.Bool().Draw(t, "effect") {
				c.Effect = &journal.Effect{Type: text.Draw(t, "type"), ID: text.Draw(t, "id"), Name: text.Draw(t, "name"),
					Change: rapid.SampledFrom([]string{"created", "updated", "unchanged", "none", "gone", "deleted"}).Draw(t, "change"),
					Added:  []string{text.Draw(t, "member")}, Fields: []journal.Field{
						{Name: "password", To: `"` + password + `"`}, {Name: text.Draw(t, "field"), From: text.Draw(t, "from"), To: text.Draw(t, "to")}}}
			}
			w.WriteHeader(status)
		}), journal.RecordOptions{Bases: []string{"/scim"}})
		r := httptest.NewRequest(rapid.SampledFrom([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"}).Draw(t, "method"), "/", strings.NewReader(hostileBody(t, text, password)))
		r.URL.Path = rapid.SampledFrom([]string{"/scim/Users", "/scim/Users/", "/scim/Groups/1", "/scim/Bulk", "/scim/.search", "/", ""}).Draw(t, "path") + text.Draw(t, "below")
		r.URL.RawQuery = "token=" + token + "&filter=" + rapid.SampledFrom([]string{"password+eq+%22" + password + "%22", "userName+eq+%22" + guid + "%22", ""}).Draw(t, "filter") + text.Draw(t, "query")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("User-Agent", text.Draw(t, "agent"))
		handler.ServeHTTP(httptest.NewRecorder(), r)

		c := j.Get(1)
		s := Tell(c)
		verdict, _ := VerdictOf(c)
		client := ClientOf([]*journal.Call{c})
		for _, told := range []string{s.Text, s.Why, s.Next, verdict.Text, client.Text()} {
			switch {
			case strings.Contains(told, token) || strings.Contains(told, password):
				t.Fatalf("a secret: %q", told)
			case strings.ContainsFunc(told, unicode.IsControl) || !utf8.ValidString(told):
				t.Fatalf("a control character: %q", told)
			case utf8.RuneCountInString(told) > 1000:
				t.Fatalf("%d characters: %q", utf8.RuneCountInString(told), told)
			}
		}
	})
}

// hostileBody is a body with a password in it.
func hostileBody(t *rapid.T, text *rapid.Generator[string], password string) string {
	quoted := scim.NewString(text.Draw(t, "text")).String()
	return rapid.SampledFrom([]string{
		`{"userName":` + quoted + `,"password":"` + password + `"}`,
		`{"Operations":[{"op":"replace","path":"password","value":"` + password + `"}]}`,
		`{"Operations":[{"op":"replace","value":{"password":"` + password + `","title":` + quoted + `}}]}`,
		`{"Operations":[{"op":` + quoted + `,"path":` + quoted + `,"value":` + quoted + `}]}`,
		`{"Operations":[{"op":"add","path":"members","value":[{"value":` + quoted + `}]}]}`,
		`{"filter":"password eq \"` + password + `\""}`,
		"", "{",
	}).Draw(t, "body")
}

// BenchmarkTellAgainstParsing reports what a story costs against the parsing of a
// small body, which each call with one pays anyway.
func BenchmarkTellAgainstParsing(b *testing.B) {
	c := call(scim.OpUserPatch, 400, on(userA), did("none", "b"), sent(patchTitle), refused(scim.InvalidValue, "no"))
	begin := time.Now()
	for range b.N {
		Tell(c)
	}
	told := time.Since(begin)
	for range b.N {
		_, _ = scim.Parse(c.Request.Body)
	}
	b.ReportMetric(float64(told)/float64(max(time.Since(begin)-told, 1)), "told/parsed")
	b.ReportMetric(float64(told.Nanoseconds())/float64(b.N), "ns/story")
}
