package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
	"airmock/tui/shot"
)

// The README shows the screen as it is: its picture is drawn by the real view,
// its table of keys by the real key map. -update writes both anew.

func TestThePictureOfTheReadmeIsTheRealScreen(t *testing.T) {
	const width, height = 120, 30
	f := newFakeTenant(t)
	f.status.FaultsArmed = 1
	if _, err := f.faults.Arm(fault.Spec{"kind": "status", "code": "503", "op": "user.create", "first": "2"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range pictured() {
		f.journal.Append(c)
	}
	populate(t, f)
	content := Snapshot(f, width, height, PageLive, start.Add(5*time.Minute+5*time.Second))
	same(t, filepath.Join("..", "docs", "live.svg"), shot.SVG(content, width, height, "airmock"))
}

// populate stores the users and the group of the picture, for its tabs.
func populate(t *testing.T, f *fakeTenant) {
	t.Helper()
	create := func(kind, body string) {
		rt := f.catalog.Type(kind)
		doc, err := scim.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		draft, err := rt.ReadResource(doc, &scim.Reading{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.Create(t.Context(), rt, draft); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.kim", "b.simon", "c.lee", "d.ortiz"} {
		create("User", `{"userName":"`+name+`@contoso.com"}`)
	}
	create("Group", `{"displayName":"Engineering"}`)
}

// pictured are the calls of the picture: Test Connection, a first cycle, and
// the beginning of a second one in which somebody left.
func pictured() []*journal.Call {
	at := func(d time.Duration) time.Time { return start.Add(d) }
	probe := journaltest.Lookup("cf4d78e8-cc4f-4d5d-b8b9-183561c0104a", at(0))
	probe.Operation = scim.OpProbe
	refused := journaltest.Create("b.simon@contoso.com", at(2*time.Minute+2*time.Second))
	refused.Status, refused.Effect.Change, refused.Duration = 503, "none", 300*time.Microsecond
	refused.Fault = &journal.FaultNote{Rule: "r1", Kind: "status", Text: "status 503 on user.create, first 2", Detail: "answered 503", Nth: 1}
	members := journaltest.Faulty(at(2*time.Minute + 4*time.Second))
	members.Status, members.Fault, members.Error, members.Auth = 204, nil, "", journal.AuthOK
	members.Quirks = []scim.Quirk{scim.QuirkOpCapitalised}
	members.Effect = &journal.Effect{Type: "Group", ID: members.Target.ID, Name: "Engineering", Change: "updated",
		Added: []string{"a.kim@contoso.com", "b.simon@contoso.com", "c.lee@contoso.com"}, AddedN: 3}
	return []*journal.Call{
		probe,
		journaltest.Lookup("a.kim@contoso.com", at(2*time.Minute)),
		journaltest.Create("a.kim@contoso.com", at(2*time.Minute)),
		journaltest.Lookup("b.simon@contoso.com", at(2*time.Minute+time.Second)),
		refused,
		journaltest.Create("b.simon@contoso.com", at(2*time.Minute+3*time.Second)),
		journaltest.Create("c.lee@contoso.com", at(2*time.Minute+3*time.Second)),
		members,
		journaltest.Lookup("d.ortiz@contoso.com", at(5*time.Minute)),
		journaltest.Create("d.ortiz@contoso.com", at(5*time.Minute+time.Second)),
		journaltest.Disable("a.kim@contoso.com", at(5*time.Minute+2*time.Second)),
	}
}

func TestTheKeysOfTheReadmeAreTheRealKeys(t *testing.T) {
	const begin, end = "<!-- keys -->\n", "<!-- end of keys -->"
	file := filepath.Join("..", "README.md")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no table of keys between %q and %q", file, begin, end)
	}
	same(t, file, head+begin+keyTable(newFakeTenant(t))+end+tail)
}

// keyTable is the table of keys: a row for each place.
func keyTable(tenant Tenant) string {
	var b strings.Builder
	b.WriteString("| where | keys |\n|---|---|\n")
	for _, group := range KeyGroups(tenant) {
		var keys []string
		for _, k := range group.Keys {
			keys = append(keys, fmt.Sprintf("`%s` %s", k.Help().Key, k.Help().Desc))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", group.Place, strings.Join(keys, " · "))
	}
	return b.String()
}

// same wants the file to hold text; with -update it makes it so.
func same(t *testing.T, file, text string) {
	t.Helper()
	if updating() {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile(file); err != nil || string(have) != text {
		t.Errorf("%s is not what the screen is now (%v); run go test ./tui -update and look at it", file, err)
	}
}
