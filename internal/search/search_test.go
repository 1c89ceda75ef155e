package search

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
)

// start is when the tests' clocks stand.
var start = time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC)

// filterCalls are calls by the name that the table calls them.
func filterCalls() map[string]*journal.Call {
	lost := journaltest.Create("lost@contoso.com", start)
	lost.Status, lost.Duration = 0, 61*time.Second
	missing := journaltest.Lookup("nobody@contoso.com", start)
	missing.Status, missing.Error = 404, "no such user"
	calls := map[string]*journal.Call{
		"create": journaltest.Create("b.simon@contoso.com", start),
		"lookup": journaltest.Lookup("B.Simon@contoso.com", start),
		"switch": journaltest.Disable("a.kim@contoso.com", start),
		"fault":  journaltest.Faulty(start),
		"lost":   lost,
		"404":    missing,
	}
	for _, c := range calls {
		c.Cycle = 2
	}
	calls["create"].Cycle = 1
	return calls
}

func TestFilter(t *testing.T) {
	for filter, want := range map[string][]string{
		"":                        {"404", "create", "fault", "lookup", "lost", "switch"},
		"   ":                     {"404", "create", "fault", "lookup", "lost", "switch"},
		"simon":                   {"create", "lookup"},
		"SIMON":                   {"create", "lookup"},
		"simon create":            {"create"},
		`"create user b.simon"`:   {"create"},
		`!simon`:                  {"404", "fault", "lost", "switch"},
		"!simon !lost !404":       {"404", "fault", "switch"},
		"such":                    {"404"},
		"status:404":              {"404"},
		"status:4xx":              {"404"},
		"status:>=400":            {"404", "fault"},
		"status:<300 !status:200": {"create", "lost"},
		"status:lost":             {"lost"},
		"!status:2xx":             {"404", "fault", "lost"},
		"op:user.create":          {"create", "lost"},
		"op:user.patch":           {"switch"},
		"op:group.*":              {"fault"},
		"OP:User.Disable":         {"switch"},
		"user:simon":              {"create", "lookup"},
		"user:9f2c":               {"switch"},
		"group:77aa":              {"fault"},
		"id:9f2c":                 {"switch"},
		"path:/groups":            {"fault"},
		"path:filter=":            {"404", "lookup"},
		"method:patch":            {"fault", "switch"},
		"quirk:active":            {"switch"},
		"quirk:*":                 {"switch"},
		"!quirk:* method:PATCH":   {"fault"},
		"fault:503":               {"fault"},
		"fault:r1":                {"fault"},
		"fault:*":                 {"fault"},
		"cycle:1":                 {"create"},
		"cycle:>1 simon":          {"lookup"},
		">1s":                     {"lost"},
		"<=800us":                 {"404", "fault", "lookup", "switch"},
		`user:"b.simon`:           {"create", "lookup"},
		`"status:404"`:            {},
		`!"`:                      {"404", "create", "fault", "lookup", "lost", "switch"},
	} {
		t.Run(filter, func(t *testing.T) {
			f, err := Parse(filter, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, name := range []string{"404", "create", "fault", "lookup", "lost", "switch"} {
				if f.Match(filterCalls()[name]) {
					got = append(got, name)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestABulkRequestIsFoundByItsOperations(t *testing.T) {
	c := journaltest.Bulk("b.simon@contoso.com", "9f2c", start)
	for text, want := range map[string]bool{
		"user:simon": true, "user:9f2c": true, "user:nobody": false, "group:simon": false,
		"id:9f2c": true, "id:id-of-b": true, "id:x": false,
		"path:/users/9f2c": true, "path:/groups": false,
		"simon": true, "9f2c": true, `"3 operations"`: true, `"no user has"`: true, "user.delete": true, "nobody": false,
		"op:bulk": true, "op:user.create": false, "status:200": true, "status:404": false,
	} {
		q, err := Parse(text, nil)
		if err != nil || q.Match(c) != want {
			t.Errorf("%s: %t, %v", text, !want, err)
		}
	}
}

func TestAFilterErrorNamesTheWord(t *testing.T) {
	for _, tc := range []struct {
		filter, word, reason string
	}{
		{"simon stauts:404", "stauts:404", `no such key; did you mean "status"?`},
		{"urn:ietf", "urn:ietf", "no such key; in quotes it is text"},
		{"status:", "status:", "a value is missing behind the colon"},
		{"status:4oo", "status:4oo", "a status is 404, 4xx, >=400 or lost"},
		{"!op:user.crate", "!op:user.crate", `no such operation; did you mean "user.create"?`},
		{"method:teleport", "method:teleport", "no such method"},
		{"a >fast", ">fast", "a duration is >500ms or <=2s"},
		{"cycle:x", "cycle:x", "a cycle is 3 or >=3"},
		{"cycle:x status:y", "cycle:x", "a cycle is 3 or >=3"},
	} {
		t.Run(tc.filter, func(t *testing.T) {
			_, err := Parse(tc.filter, nil)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(&Error{Word: tc.word, Reason: tc.reason}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAnyTextInQuotesIsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z:!<>*=. ]{1,20}[a-z]`).Draw(t, "name")
		f, err := Parse(`"`+name+`"`, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !f.Match(journaltest.Create("x"+name+"y", start)) {
			t.Fatalf("%q does not match a user of that name", name)
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{`simon`, `!status:>=400 "two words`, `user:"a:b" >5ms`, `!`, `:`, `!:x`, `">"`, "\xff:\x1b"} {
		f.Add(s)
	}
	c := journaltest.Disable("\x1b[31mevil\u202e\r\n\x00", start)
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text, nil)
		filter.Match(c)
		var wrong *Error
		if err != nil && (!errors.As(err, &wrong) || !strings.Contains(text, wrong.Word)) {
			t.Errorf("the error %v does not name a word of %q", err, text)
		}
	})
}
