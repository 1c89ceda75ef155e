package people

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/scim"
	"airmock/store"
)

// told is a summary in lines.
func told(r Report) []string { return strings.Split(summary(r), "\n") }

const two = "userName,displayName,title\na@contoso.com,Ann,Boss\nb@contoso.com,Bo,\n"

func TestAnImportTellsWhatBecameOfEachRow(t *testing.T) {
	tests := []struct {
		name, before, file string
		options            Options
		want               string // the first line of the summary
		problem            string // in the others
	}{
		{"into an empty tenant", "", two, Options{}, "2 rows: 2 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"a second time", two, two, Options{}, "2 rows: 0 created 0 updated 2 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"with a difference, which is left", two, "userName,displayName\nA@contoso.com,Anna\n", Options{}, "1 rows: 0 created 0 updated 0 unchanged 1 skipped 0 failed, 1 conflicts", "differs in userName, displayName, title"},
		{"with a difference, which is taken", two, "userName,displayName\na@contoso.com,Anna\n", Options{Policy: Update}, "1 rows: 0 created 1 updated 0 unchanged 0 skipped 0 failed, 1 conflicts", "1/2 User a@contoso.com updated: "},
		{"with a difference, under another name", two, "userName,displayName\na@contoso.com,Anna\n", Options{Policy: Rename}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", `a2@contoso.com created: the name "a@contoso.com" is taken`},
		{"with a difference, which ends it", two, "userName,displayName\na@contoso.com,Anna\n", Options{Policy: Fail}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 1 conflicts", "a row contradicts what is in the tenant"},
		{"the same externalId under another name", `{"userName":"a","externalId":"x"}`, `{"userName":"b","externalId":"x"}`, Options{}, "1 rows: 0 created 0 updated 0 unchanged 1 skipped 0 failed, 1 conflicts", "differs in userName"},
		{"a user twice in the file", "", "userName,title\na,x\nA,y\n", Options{}, "2 rows: 1 created 0 updated 0 unchanged 1 skipped 0 failed, 1 conflicts", "2/3 User A skipped: it is there already"},
		{"a row without a name", "", "userName,title\n,x\nb,y\n", Options{}, "2 rows: 1 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", "1/2 User  failed: userName is required"},
		{"a boolean that is none", "", "userName,active\na,perhaps\n", Options{}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", "active"},
		{"too many cells", "", "userName,title\na,x,y\n", Options{}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", "3 cells, the heading 2"},
		{"empty cells too many", "", "userName,title\na,x,,\n", Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"a type that there is not", "", "resourceType,userName\nUsr,a\n", Options{}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", `no resource type "Usr"; did you mean "User"?`},
		{"JSON that is no object", "", `[1,{"userName":"a"}]`, Options{}, "2 rows: 1 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", "must be a JSON object"},
		{"JSON that says nothing", "", `[{"title":"x"}]`, Options{}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", "nothing says what the resource is"},
		{"a column that no schema knows", "", "userName,titel\na,x\n", Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", `did you mean "title"?`},
		{"the same in the strict profile", "", "userName,titel\na,x\n", Options{Profile: scim.RFC}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 0 conflicts", `titel`},
		{"a heading that names nobody", "", "usrName,title\na,x\n", Options{}, "0 rows: 0 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", `line 1, column 1: no heading says what the rows are; users need userName (is "usrName" meant?)`},
		{"a heading twice", "", "userName,username\na,x\n", Options{}, "0 rows: 0 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", `"username" is there twice`},
		{"an empty file", "", "", Options{}, "0 rows: 0 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", "line 1, column 1: the file is empty"},
		{"JSON that breaks", "", "[{\"userName\":\"a\"},\n {\"userName\": oops}]", Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", "line 2, column 15: this is not JSON"},
		{"JSON that ends", "", "[{\"userName\":\"a\"},\n {\"userName\":", Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", "line 2, column 14: the file ends in the middle"},
		{"an empty array", "", "[]", Options{}, "0 rows: 0 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"UTF-16", "", "\xff\xfeu\x00", Options{}, "0 rows: 0 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", "UTF-16"},
		{"a byte order mark", "", "\ufeffuserName\na\n", Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"one object a line", "", "{\"userName\":\"a\"}\n{\"userName\":\"b\"}\n", Options{}, "2 rows: 2 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"a ListResponse", "", `{"totalResults":1,"Resources":[{"userName":"a"}],"startIndex":1}`, Options{}, "1 rows: 1 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts", ""},
		{"two groups of one name, and which is not said", `[{"displayName":"G"},{"displayName":"G"}]`, `[{"displayName":"G"}]`, Options{Policy: Update}, "1 rows: 0 created 0 updated 0 unchanged 0 skipped 1 failed, 1 conflicts", "2 Groups have the displayName"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := memory(t)
			if test.before != "" {
				importText(t, s, test.before, Options{Policy: Rename})
			}
			before := exportText(t, s, JSON)
			dry := test.options
			dry.DryRun = true
			rehearsed := importText(t, s, test.file, dry)
			if diff := cmp.Diff(before, exportText(t, s, JSON)); diff != "" {
				t.Errorf("the dry run changed something:\n%s", diff)
			}
			got := importText(t, s, test.file, test.options)
			lines := told(got)
			if lines[0] != test.want || !strings.Contains(strings.Join(append(lines[1:], ""), "\n"), test.problem) {
				t.Errorf("report:\n%s\nwant:\n%s\n… %s", summary(got), test.want, test.problem)
			}
			if test.problem == "" && len(lines) > 1 {
				t.Errorf("problems: %s", summary(got))
			}
			// The dry run goes on behind a conflict, to tell of all.
			if rehearsed.DryRun = false; test.options.Policy != Fail {
				anyID := regexp.MustCompile(`id [0-9a-f-]{36}`)
				sameReason := cmp.Transformer("id", func(p Problem) string { return anyID.ReplaceAllString(p.Name+p.Outcome+p.Reason, "id") })
				if diff := cmp.Diff(got, rehearsed, sameReason); diff != "" {
					t.Errorf("the dry run said something else (-real +dry):\n%s", diff)
				}
			}
		})
	}
}

func TestReferencesLeadToTheTenantsOwnIDs(t *testing.T) {
	tests := []struct{ name, before, file string }{
		{"by the ids of the file, whatever comes first", "", `[
			{"id":"g","displayName":"G","members":[{"value":"1"},{"value":"2"}]},
			{"id":"2","userName":"b","manager":{"value":"1"}},
			{"id":"1","userName":"a"}]`},
		{"by externalId", "", `[
			{"externalId":"2","userName":"b","manager":{"value":"1"}},
			{"externalId":"1","userName":"a"},
			{"displayName":"G","members":[{"value":"1"},{"value":"2"}]}]`},
		{"by userName, in any case", "", `[
			{"userName":"b","manager":"A"},
			{"userName":"a"},
			{"displayName":"G","members":[{"value":"a"},{"value":"B"}]}]`},
		{"to those that were there, by externalId and userName", `[{"userName":"a","externalId":"1"},{"userName":"b"}]`, `[
			{"userName":"b","manager":{"value":"1"}},
			{"displayName":"G","members":[{"value":"1"},{"value":"b"}]}]`},
		{"from a CSV file", "", "resourceType,id,userName,manager,displayName,members\nGroup,g,,,G,1;2\nUser,2,b,1,,\nUser,1,a,,,\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := memory(t)
			importText(t, s, test.before, Options{Policy: Rename, DryRun: test.before == ""})
			if got := importText(t, s, test.file, Options{Policy: Update}); got.Failed > 0 {
				t.Fatal(summary(got))
			}
			if again := importText(t, s, test.file, Options{Policy: Update}); again.Unchanged != again.Rows {
				t.Errorf("the second time: %s", summary(again))
			}
			ids := map[string]string{}
			for _, name := range []string{"a", "b", "G"} {
				ids[name] = idOf(t, s, name)
			}
			if manager := managerOf(t, s, ids["b"]); manager != ids["a"] {
				t.Errorf("b's manager is %q, not a", manager)
			}
			var members []string
			for _, m := range s.Members(ids["G"]) {
				members = append(members, m.Name)
			}
			if diff := cmp.Diff([]string{"a", "b"}, members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

// idOf is the id of the resource with that name.
func idOf(tb testing.TB, s *store.Store, name string) string {
	tb.Helper()
	page, err := s.Query(context.Background(), store.Query{Count: -1})
	if err != nil {
		tb.Fatal(err)
	}
	for _, res := range page.Resources {
		if res.Name == name {
			return res.ID
		}
	}
	tb.Fatalf("nobody is called %s", name)
	return ""
}

// managerOf is the id of a user's manager.
func managerOf(tb testing.TB, s *store.Store, id string) string {
	tb.Helper()
	res, err := s.Lookup(id)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := res.Type.Body(res.Image)
	if err != nil {
		tb.Fatal(err)
	}
	return body.Get(scim.URNEnterprise).Get("manager").Get("value").Text()
}

func TestCirclesAreClosedOnceAllAreThere(t *testing.T) {
	s := memory(t)
	const file = `[
		{"id":"1","userName":"a","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d","manager":{"value":"2"}}},
		{"id":"2","userName":"b","manager":{"value":"1"}},
		{"id":"3","userName":"self","manager":{"value":"3"}},
		{"id":"4","userName":"behind","manager":{"value":"1"}},
		{"id":"5","displayName":"G","members":[{"value":"6"},{"value":"1"}]},
		{"id":"6","displayName":"H","members":[{"value":"5"},{"value":"2"}]}]`
	if got := summary(importText(t, s, file, Options{})); got != "6 rows: 6 created 0 updated 0 unchanged 0 skipped 0 failed, 0 conflicts" {
		t.Fatal(got)
	}
	if again := summary(importText(t, s, file, Options{})); again != "6 rows: 0 created 0 updated 6 unchanged 0 skipped 0 failed, 0 conflicts" {
		t.Errorf("again: %s", again)
	}
	for user, manager := range map[string]string{"a": "b", "b": "a", "self": "self", "behind": "a"} {
		if got := managerOf(t, s, idOf(t, s, user)); got != idOf(t, s, manager) {
			t.Errorf("%s's manager is %q, not %s", user, got, manager)
		}
	}
	for group, want := range map[string]int{"G": 2, "H": 2} {
		if n := s.MemberCount(idOf(t, s, group)); n != want {
			t.Errorf("%s has %d members", group, n)
		}
	}
	res, _ := s.Lookup(idOf(t, s, "a"))
	if !strings.Contains(string(res.Image), `"department":"d"`) {
		t.Errorf("a lost its department: %s", res.Image)
	}
}

func TestWhatIsNowhereFailsAGroupAndStaysAManager(t *testing.T) {
	s := memory(t)
	got := importText(t, s, `[
		{"userName":"a","manager":{"value":"gone"}},
		{"displayName":"G","members":[{"value":"a"},{"value":"nobody"}]},
		{"displayName":"H","id":"h","members":[{"value":"bad"}]},
		{"id":"bad","userName":""},
		{"displayName":"I","members":[{"value":"h"}]}]`, Options{})
	want := []string{
		"5 rows: 1 created 0 updated 0 unchanged 0 skipped 4 failed, 0 conflicts",
		"4/5 User  failed: userName is required and has no value; send one",
		`2/3 Group G failed: the member "nobody" is neither in the file nor in the tenant, by id, externalId or userName`,
		`3/4 Group H failed: the member "bad" is neither in the file nor in the tenant, by id, externalId or userName`,
		`5/6 Group I failed: the member "h" is neither in the file nor in the tenant, by id, externalId or userName`,
	}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if manager := managerOf(t, s, idOf(t, s, "a")); manager != "gone" {
		t.Errorf("manager %q", manager)
	}
}

func TestAnInterruptedImportKeepsWhatItCounts(t *testing.T) {
	s := memory(t)
	rows := func(yield func(Row, error) bool) {
		n := 0
		for row, err := range Invent(2000, 0, 1) {
			if n++; n > 1500 {
				yield(Row{}, ErrInterrupted)
				return
			}
			if !yield(row, err) {
				return
			}
		}
	}
	report, err := Import(t.Context(), s, scim.StandardCatalog(), rows, Options{})
	users := s.Count(scim.StandardCatalog().Type("User"))
	if err != nil || !report.Interrupted || report.Created != 1500 || users != 1500 {
		t.Errorf("%s, interrupted %v, %d users, %v", summary(report), report.Interrupted, users, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	ending := func(yield func(Row, error) bool) {
		for row, err := range Invent(2000, 0, 2) {
			if n++; n == 1000 {
				cancel()
			}
			if !yield(row, err) {
				return
			}
		}
	}
	report, err = Import(ctx, s, scim.StandardCatalog(), ending, Options{Policy: Rename})
	if more := s.Count(scim.StandardCatalog().Type("User")) - users; err != nil || !report.Interrupted || report.Created != more || more >= 2000 {
		t.Errorf("%s, interrupted %v, %d users more, %v", summary(report), report.Interrupted, more, err)
	}
}

func TestRowsThatWaitForOthersAreToldWhenTheFileBreaks(t *testing.T) {
	report := importText(t, memory(t), "[{\"displayName\":\"G\",\"members\":[{\"value\":\"later\"}]},\n{", Options{})
	if report.Waiting != 1 || report.Created != 0 || !strings.Contains(report.Error, "line 2") {
		t.Errorf("%d wait: %s", report.Waiting, summary(report))
	}
}

func TestAStoreThatTakesNoWritesEndsAnImport(t *testing.T) {
	s := store.New(store.Options{Memory: true})
	report, err := Import(t.Context(), s, scim.StandardCatalog(), Invent(10, 0, 1), Options{})
	if !errors.Is(err, store.ErrClosed) || report.Error == "" || report.Created != 0 {
		t.Errorf("%s, %v", summary(report), err)
	}
}

func TestAReportIsBounded(t *testing.T) {
	var file strings.Builder
	file.WriteString("userName,active\n")
	for range 1000 {
		file.WriteString("a," + strings.Repeat("x", 2000) + "\n")
	}
	report := importText(t, memory(t), file.String(), Options{})
	if report.Failed != 1000 || len(report.Problems) != maxProblems || report.More != 1000-maxProblems {
		t.Errorf("%d failed, %d told, %d more", report.Failed, len(report.Problems), report.More)
	}
	for _, p := range report.Problems {
		if len(p.Reason) > maxText+len("…") {
			t.Fatalf("a reason of %d bytes", len(p.Reason))
		}
	}
}
