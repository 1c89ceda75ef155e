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
		"":                                      {"404", "create", "fault", "lookup", "lost", "switch"},
		"   ":                                   {"404", "create", "fault", "lookup", "lost", "switch"},
		"simon":                                 {"create", "lookup"},
		"SIMON":                                 {"create", "lookup"},
		"simon create":                          {"create"},
		`"create user b.simon"`:                 {"create"},
		`!simon`:                                {"404", "fault", "lost", "switch"},
		"!simon !lost !404":                     {"404", "fault", "switch"},
		"such":                                  {"404"},
		"status:404":                            {"404"},
		"status:4xx":                            {"404"},
		"status:>=400":                          {"404", "fault"},
		"status:<300 !status:200":               {"create"},
		"status:40*":                            {"404"},
		"status:404|lost":                       {"404", "lost"},
		"status:0":                              {"lost"},
		"!status:<600":                          {"lost"},
		"op:user.create|user.*":                 {"404", "create", "lookup", "lost", "switch"},
		"op:!user.*":                            {"fault"},
		"!op:!user.*":                           {"404", "create", "lookup", "lost", "switch"},
		"op:user.query|user.get":                {"404", "lookup"},
		"user:b.simon@*":                        {"create", "lookup"},
		"user:simon@*":                          {},
		"user:*@contoso.com":                    {"404", "create", "lookup", "lost", "switch"},
		"user:b.*@*.com":                        {"create", "lookup"},
		"user:kim|simon":                        {"create", "lookup", "switch"},
		`user:"b.*"`:                            {},
		"id:9f2c*":                              {"switch"},
		"id:*":                                  {"create", "fault", "lost", "switch"},
		"path:/Users":                           {"404", "create", "lookup", "lost", "switch"},
		"path:/users/*":                         {"switch"},
		"path:/Groups|/Users/*":                 {"fault", "switch"},
		"path:/0/as/*/Users":                    {"404", "create", "lookup", "lost"},
		"token:azure !op:*.query":               {"create", "lost", "switch"},
		"token:ok":                              {"404", "create", "lookup", "lost", "switch"},
		"token:a*":                              {"404", "create", "lookup", "lost", "switch"},
		"!token:*":                              {"fault"},
		"quirk:op-*":                            {"switch"},
		"fault:status|latency":                  {"fault"},
		"after:21:04":                           {"404", "create", "fault", "lookup", "lost", "switch"},
		"after:21:04:11":                        {},
		"before:21:04:11 simon":                 {"create", "lookup"},
		"after:10s simon":                       {"create", "lookup"},
		"before:10s":                            {},
		"before:1d":                             {},
		"!before:2026-11-22":                    {"404", "create", "fault", "lookup", "lost", "switch"},
		"after:2026-11-22T21:04:10Z simon":      {"create", "lookup"},
		"after:2026-11-22t22:04:10+01:00 simon": {"create", "lookup"},
		"simon|kim":                             {"create", "lookup", "switch"},
		"cre*simon":                             {"create"},
		"*":                                     {"404", "create", "fault", "lookup", "lost", "switch"},
		"!*":                                    {},
		">30s|<450us":                           {"fault", "lost"},
		"!>1s simon\tcreate":                    {"create"},
		`"create"" user"`:                       {"create", "lost"},
		"status:lost":                           {"lost"},
		"!status:2xx":                           {"404", "fault", "lost"},
		"op:user.create":                        {"create", "lost"},
		"op:user.patch":                         {"switch"},
		"op:group.*":                            {"fault"},
		"OP:User.Disable":                       {"switch"},
		"user:simon":                            {"create", "lookup"},
		"user:9f2c":                             {"switch"},
		"group:77aa":                            {"fault"},
		"id:9f2c":                               {"switch"},
		"path:/groups":                          {"fault"},
		"path:filter=":                          {"404", "lookup"},
		"method:patch":                          {"fault", "switch"},
		"quirk:active":                          {"switch"},
		"quirk:*":                               {"switch"},
		"!quirk:* method:PATCH":                 {"fault"},
		"fault:503":                             {"fault"},
		"fault:r1":                              {"fault"},
		"fault:*":                               {"fault"},
		"cycle:1":                               {"create"},
		"cycle:>1 simon":                        {"lookup"},
		">1s":                                   {"lost"},
		"<=800us":                               {"404", "fault", "lookup", "switch"},
		`user:"b.simon`:                         {"create", "lookup"},
		`"status:404"`:                          {},
		`!"`:                                    {"404", "create", "fault", "lookup", "lost", "switch"},
	} {
		t.Run(filter, func(t *testing.T) {
			f, err := Parse(filter, Setting{Now: start.Add(2 * time.Second)})
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
		"path:/users/9f2c": true, "path:/groups": false, "path:/Users": true, "path:/Bulk": true,
		"simon": true, "9f2c": true, `"3 operations"`: true, `"no user has"`: true, "user.delete": true, "nobody": false,
		"op:bulk": true, "op:user.create": true, "op:user.get": false, "op:group.*": false,
		"status:200": true, "status:404": true, "status:201": true, "status:500": false,
		"method:post": true, "method:delete": true, "method:get": false,
		// One operation must have all that is asked for.
		"op:user.create status:201": true, "op:user.create status:404": false,
		"op:user.delete status:4xx user:9f2c": true, "op:user.delete user:simon": false,
		// What the operations share with the request holds for each of them.
		"op:bulk status:404": true, "op:bulk user:simon": true, "bulk simon": true, "path:/bulk status:201": true,
		"user:simon >2ms": true, "user:simon token:azure": true, "simon 9f2c": false,
		// What is not to be must be in none of them.
		"!op:user.create": false, "!op:bulk": false, "!op:user.get": true, "!status:404": false, "!simon": false,
		"op:user.create !status:404": false, "op:user.create !status:409": true, "op:bulk !status:5xx": true,
	} {
		q, err := Parse(text, Setting{})
		if err != nil || q.Match(c) != want {
			t.Errorf("%s: %t, %v", text, !want, err)
		}
	}
}

func TestAnErrorPointsAtTheWord(t *testing.T) {
	const listed = "; there are op, status, user, group, id, path, method, quirk, fault, cycle, token, after, before; in quotes it is text"
	const moment = "a time is 10m (ago), 21:04, 2026-11-22 or 2026-11-22T21:04:05Z"
	for _, tc := range []struct {
		query, word string
		column      int
		reason      string
	}{
		{"simon stauts:404", "stauts:404", 7, `no such key; did you mean "status"?`},
		{"müller  stauts:404", "stauts:404", 9, `no such key; did you mean "status"?`},
		{"urn:ietf", "urn:ietf", 1, "no such key" + listed},
		{":x", ":x", 1, "no such key" + listed},
		{"status:", "status:", 1, "a value is missing behind the colon"},
		{`user:""`, `user:""`, 1, "a value is missing behind the colon"},
		{"user:|", "user:|", 1, "a value is missing behind the colon"},
		{"status:4oo", "status:4oo", 1, "a status is 404, 4xx, >=400 or lost"},
		{"status:40", "status:40", 1, "a status is 404, 4xx, >=400 or lost"},
		{"status:4044", "status:4044", 1, "a status is 404, 4xx, >=400 or lost"},
		{"status:lots", "status:lots", 1, `a status is 404, 4xx, >=400 or lost; did you mean "lost"?`},
		{"!op:user.crate", "!op:user.crate", 1, `no such operation; did you mean "user.create"?`},
		{"op:user.create|user.crate", "op:user.create|user.crate", 1, `"user.crate": no such operation; did you mean "user.create"?`},
		{"op:user", "op:user", 1, `no such operation; did you mean "user.*"?`},
		{"op:create", "op:create", 1, `no such operation; did you mean "*.create"?`},
		{"op:[", "op:[", 1, "no such operation; all of a kind are user.*"},
		{"method:teleport", "method:teleport", 1, "no such method"},
		{"method:PATHC", "method:PATHC", 1, `no such method; did you mean "PATCH"?`},
		{"quirk:activ-as-string", "quirk:activ-as-string", 1, `no such quirk; did you mean "active-as-string"?`},
		{"quirk:schmas", "quirk:schmas", 1, `no such quirk; did you mean "schemas"?`},
		{"quirk:zzz", "quirk:zzz", 1, "no such quirk; any is quirk:*"},
		{"a >fast", ">fast", 3, "a duration is >500ms or <=2s"},
		{"a >500", ">500", 3, "a duration is >500ms or <=2s"},
		{"cycle:x", "cycle:x", 1, "a cycle is 3 or >=3"},
		{"cycle:x status:y", "cycle:x", 1, "a cycle is 3 or >=3"},
		{"after:25:00", "after:25:00", 1, moment},
		{"before:-5m", "before:-5m", 1, moment},
		{"before:tomorrow", "before:tomorrow", 1, moment},
	} {
		t.Run(tc.query, func(t *testing.T) {
			_, err := Parse(tc.query, Setting{Now: start})
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(&Error{Word: tc.word, Column: tc.column, Reason: tc.reason}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAClockTimeIsTheLastThatWas(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, berlin)
	for text, want := range map[string]time.Time{
		"09:30":                  now,
		"9:30":                   now,
		"09:29:59":               now.Add(-time.Second),
		"09:31":                  time.Date(2026, 2, 28, 9, 31, 0, 0, berlin),
		"21:04":                  time.Date(2026, 2, 28, 21, 4, 0, 0, berlin),
		"90s":                    now.Add(-90 * time.Second),
		"2d":                     time.Date(2026, 2, 27, 9, 30, 0, 0, berlin),
		"2026-02-03":             time.Date(2026, 2, 3, 0, 0, 0, 0, berlin),
		"2026-02-03 04:05":       time.Date(2026, 2, 3, 4, 5, 0, 0, berlin),
		"2026-02-03T04:05":       time.Date(2026, 2, 3, 4, 5, 0, 0, berlin),
		"2026-02-03T04:05:06.7Z": time.Date(2026, 2, 3, 4, 5, 6, 700_000_000, time.UTC),
	} {
		if got, err := Moment(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestAnyTextInQuotesIsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z:!<>*=."|\\ ]{1,20}[a-z]`).Draw(t, "name")
		for _, text := range []string{Quote(name), "user:" + Quote(name)} {
			q, err := Parse(text, Setting{})
			if err != nil {
				t.Fatal(err)
			}
			if !q.Match(journaltest.Create("x"+name+"y", start)) {
				t.Fatalf("%s does not match a user of the name %q", text, name)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{`simon`, `!status:>=400 "two words`, `user:"a:b\"" >5ms`, `!`, `:`, `!:x`, `">"`, "\xff:\x1b", `op:!a|user.*|"b"`, `after:2d|21:04 *a*`} {
		f.Add(s)
	}
	c := journaltest.Disable("\x1b[31mevil\u202e\r\n\x00", start)
	bulk := journaltest.Bulk("a", "b", start)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text, Setting{Now: start})
		q.Match(c)
		q.Match(bulk)
		if !q.Narrows(q) || !q.Narrows(Query{}) {
			t.Errorf("%q does not narrow itself", text)
		}
		var wrong *Error
		if err != nil && (!errors.As(err, &wrong) || !strings.HasPrefix(string([]rune(text)[wrong.Column-1:]), string([]rune(wrong.Word)))) {
			t.Errorf("the error %v does not point at a word of %q", err, text)
		}
	})
}
