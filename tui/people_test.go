package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"airmock/internal/journal/journaltest"
	"airmock/internal/scim"
	"airmock/internal/search"
)

// peopleOf is a page over three users and two groups, drawn once.
func peopleOf(t *testing.T, id PageID, width, height int) (*peoplePage, *pagesTenant) {
	t.Helper()
	e, p := pagesEnv(t)
	population(p)
	page := newPeoplePage(e, id).(*peoplePage)
	page.Refresh()
	page.View(width, height)
	return page, p
}

func TestPeopleGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}} {
		w, h := size[0], size[1]
		for id, name := range map[PageID]string{PageUsers: "users", PageGroups: "groups"} {
			page, _ := peopleOf(t, id, w, h)
			golden(t, fmt.Sprintf("people-%s-%dx%d", name, w, h), text(page, w, h))
			pressKeys(page, "enter")
			golden(t, fmt.Sprintf("people-%s-detail-%dx%d", name, w, h), text(page, w, h))
			e, _ := pagesEnv(t)
			golden(t, fmt.Sprintf("people-%s-empty-%dx%d", name, w, h), text(newPeoplePage(e, id), w, h))
		}
	}
}

func TestPeopleViewsAreAsLargeAsTheyMustBe(t *testing.T) {
	states := map[string][]string{
		"list":            nil,
		"detail":          {"enter"},
		"back in list":    {"enter", "tab"},
		"end of detail":   {"enter", "G"},
		"typing":          {"/"},
		"filter matches":  {"/", "k", "i", "m", "enter"},
		"filter does not": {"/", "z", "z", "enter"},
		"filter is wrong": {"/", "i", "d", "space", "e", "q", "space", "(", "enter"},
	}
	for name, keys := range states {
		for _, id := range []PageID{PageUsers, PageGroups} {
			t.Run(fmt.Sprintf("%s on page %d", name, id), func(t *testing.T) {
				page, _ := peopleOf(t, id, 120, 37)
				pressKeys(page, keys...)
				checkSizes(t, page)
			})
		}
	}
	t.Run("empty", func(t *testing.T) {
		e, _ := pagesEnv(t)
		checkSizes(t, newPeoplePage(e, PageUsers))
		checkSizes(t, newPeoplePage(e, PageGroups))
	})
}

// hostileNames are names that a page must not be harmed by.
var hostileNames = []string{
	"\x1b[31mred\x1b[7m", "\x1b]0;title\x07", "\x1b]8;;http://evil\x1b\\link", "line\r\nbreak\ttab",
	"\u202egnp.exe\u2066", "👩‍👩‍👧👍🏽❤️🏳️‍🌈", "क्षि山田太郎" + strings.Repeat("\u0301", 40), "\u009b31m\u200b\u2060",
	"\x1bPq\x1b\\\x1b_G\x1b\\", strings.Repeat("long", 200),
}

func TestHostileNamesLeaveOtherCellsAsTheyWere(t *testing.T) {
	const width, height = 100, 20
	shown := func(names []string) []string {
		e, p := pagesEnv(t)
		for i, name := range names {
			p.user(fmt.Sprint(name, i), "externalId", "e")
		}
		page := newPeoplePage(e, PageUsers)
		page.Refresh()
		return strings.Split(ansi.Strip(page.View(width, height)), "\n")
	}
	harmless := make([]string, len(hostileNames))
	for i := range harmless {
		harmless[i] = "user"
	}
	want, got := shown(harmless), shown(hostileNames)
	from := strings.Index(want[0], "USERNAME")
	to := strings.Index(want[0], "DISPLAYNAME")
	for i := range want {
		w := ansi.Cut(want[i], 0, from) + "|" + ansi.Cut(want[i], to, width)
		g := ansi.Cut(got[i], 0, from) + "|" + ansi.Cut(got[i], to, width)
		if w != g {
			t.Errorf("line %d beside the name:\n%q, want\n%q", i, g, w)
		}
		if strings.ContainsFunc(got[i], func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u202e' }) {
			t.Errorf("line %d has control characters: %q", i, got[i])
		}
	}
}

func TestHostileAttributesAreSafeInTheDetail(t *testing.T) {
	e, p := pagesEnv(t)
	for i, name := range hostileNames {
		id := p.user(fmt.Sprint(name, i), "displayName", name, "externalId", name, "title", name)
		p.group(name+"group", id)
		p.journal.Append(updated(id, name, start))
	}
	page := newPeoplePage(e, PageUsers)
	page.Refresh()
	for range hostileNames {
		pressKeys(page, "enter")
		for _, l := range strings.Split(ansi.Strip(page.View(120, 60)), "\n") {
			if strings.ContainsFunc(l, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u202e' }) {
				t.Errorf("a line has control characters: %q", l)
			}
		}
		pressKeys(page, "esc", "j")
	}
}

func TestTheFilterWorksWithEachLetter(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	pressKeys(page, "/")
	if !page.Typing() {
		t.Fatal("/ does not begin typing")
	}
	typeInto(page, "kim")
	if got := text(page, 80, 21); !strings.Contains(got, "1 of 3 match") || strings.Contains(got, "simon") {
		t.Errorf("while typing:\n%s", got)
	}
	pressKeys(page, "enter")
	if page.Typing() || len(page.list.rows) != 1 {
		t.Errorf("after enter: typing %v, %d rows", page.Typing(), len(page.list.rows))
	}
	pressKeys(page, "/")
	typeInto(page, "zz")
	if got := text(page, 80, 21); !strings.Contains(got, "0 of 3 match · esc clears") {
		t.Errorf("without a match:\n%s", got)
	}
	pressKeys(page, "esc")
	if got := text(page, 80, 21); page.Typing() || !strings.Contains(got, "3 users") {
		t.Errorf("after esc:\n%s", got)
	}
}

func TestEscClearsAKeptFilter(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	pressKeys(page, "/")
	typeInto(page, "kim")
	pressKeys(page, "enter", "esc")
	if len(page.list.rows) != 3 || page.search.input.Value() != "" {
		t.Errorf("%d rows, filter %q", len(page.list.rows), page.search.input.Value())
	}
}

func TestAPasteIsTyped(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	pressKeys(page, "/")
	page.Update(tea.PasteMsg{Content: `userName sw "c"`})
	if len(page.list.rows) != 1 {
		t.Errorf("%d rows, want one", len(page.list.rows))
	}
}

func TestAWrongFilterIsExplainedAndHidesNothing(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	pressKeys(page, "/")
	typeInto(page, `userName eq "kim" xor`)
	got := text(page, 80, 21)
	for _, want := range []string{"✗ ", "character 19", "not filtered", "b.simon"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	for range " xor" {
		pressKeys(page, "backspace")
	}
	if got := text(page, 80, 21); strings.Contains(got, "✗") {
		t.Errorf("the error stays after it was mended:\n%s", got)
	}
}

func TestRefreshSeesWhatChanged(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 21)
	p.user("d.new@contoso.com")
	page.Refresh()
	if len(page.list.rows) != 4 || page.Title() != "Users 4" {
		t.Errorf("%d rows, title %q", len(page.list.rows), page.Title())
	}
}

func TestRefreshAsksOnlyWhereSomethingChanged(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	before := page.search.number
	page.Refresh()
	if page.search.number != before {
		t.Error("it asked again though nothing changed")
	}
}

func TestADetailShowsAttributesGroupsAndHistory(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 40)
	pressKeys(page, "enter")
	got := text(page, 80, 40)
	for _, want := range []string{
		"b.simon@contoso.com", "● active", "displayName  Britta Simon", "Member of 1 group", "→ Engineering",
		"21:04:11 200", `title  (none) → "Engineer"`, "Add 2 members to Engineering",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	newest, older := strings.Index(got, "21:04:12"), strings.Index(got, "21:04:11")
	if newest > older {
		t.Error("the newest call is not first")
	}
	if strings.Contains(got, "c.lee") {
		t.Error("below 100 columns the detail does not take the whole body")
	}
}

func TestADetailTakesInNewCalls(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 40)
	pressKeys(page, "enter")
	p.journal.Append(journaltest.Create("somebody@else", start))
	p.journal.Append(updated("id-0001", "b.simon@contoso.com", start.Add(time.Minute)))
	page.Refresh()
	if n := len(page.detail.calls); n != 3 || page.detail.calls[0].Seq != 4 {
		t.Errorf("%d calls, want the new one before the two", n)
	}
}

func TestADetailFindsTheBulkRequestThatTouchedIt(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 60)
	pressKeys(page, "enter")
	whole := journaltest.Bulk("somebody@else", "id-0001", start.Add(time.Minute))
	whole.Parts = append(whole.Parts, updated("id-0001", "b.simon@contoso.com", start.Add(time.Minute)))
	p.journal.Append(whole)
	page.Refresh()
	if n := len(page.detail.calls); n != 4 || page.detail.calls[0].Seq != whole.Seq {
		t.Fatalf("%d calls, want the two operations before the two calls", n)
	}
	got := text(page, 80, 60)
	if !strings.Contains(got, "404") || strings.Count(got, "(in bulk)") != 2 || strings.Contains(got, "somebody@else") {
		t.Errorf("the operations are not told:\n%s", got)
	}
	if to := page.detail.lines[slices.IndexFunc(page.detail.lines, func(l detailLine) bool { return strings.Contains(l.plain, "(in bulk)") })].to; to.Seq != whole.Seq {
		t.Errorf("the line leads to call %d", to.Seq)
	}
}

func TestNestedAttributesAreATree(t *testing.T) {
	e, p := pagesEnv(t)
	doc, err := scim.Parse([]byte(`{"userName":"x","name":{"givenName":"Britta","familyName":"Simon"},
		"emails":[{"value":"a@x","type":"work"},{"value":"b@x","type":"home"}],
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D"}}`))
	if err != nil {
		t.Fatal(err)
	}
	p.create("User", doc)
	page := newPeoplePage(e, PageUsers)
	page.Refresh()
	pressKeys(page, "enter")
	got := text(page, 90, 60)
	for _, want := range []string{
		"\n name\n   familyName  Simon\n   givenName   Britta\n", "\n emails\n   • value  a@x\n     type   work\n   • value  b@x\n     type   home\n",
		"\n urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\n   department  R&D",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestEnterOnAMembershipGoesThere(t *testing.T) {
	users, _ := peopleOf(t, PageUsers, 80, 40)
	pressKeys(users, "enter")
	to := followLine(t, users, "→ Engineering")
	if to != (GotoMsg{Page: PageGroups, ID: "id-0004"}) {
		t.Errorf("goes to %+v", to)
	}
	groups, _ := peopleOf(t, PageGroups, 80, 40)
	if sent := deliver(groups, groups.Update(to)); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
	if to := followLine(t, groups, "→ a.kim"); to != (GotoMsg{Page: PageUsers, ID: "id-0002"}) {
		t.Errorf("goes to %+v", to)
	}
	if to := followLine(t, users, "21:04:11"); to != (GotoMsg{Page: PageLive, Seq: 1}) {
		t.Errorf("goes to %+v", to)
	}
}

// followLine moves the detail's cursor to a line and presses enter.
func followLine(t *testing.T, page *peoplePage, line string) GotoMsg {
	t.Helper()
	pressKeys(page, "g")
	for range 100 {
		view := text(page, 80, 40)
		if strings.Contains(view, "▌"+line) {
			return only[GotoMsg](t, pressKeys(page, "enter"))
		}
		pressKeys(page, "j")
	}
	t.Fatalf("no line %q", line)
	return GotoMsg{}
}

func TestEnterOnALineThatLeadsNowhereDoesNothing(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 40)
	if sent := pressKeys(page, "enter", "enter"); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestTheCursorStaysOnItsCallWhenOthersCome(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 40)
	pressKeys(page, "enter")
	followLine(t, page, "21:04:11")
	p.journal.Append(updated("id-0001", "b.simon@contoso.com", start.Add(time.Minute)))
	page.Refresh()
	page.View(80, 40)
	if to := only[GotoMsg](t, pressKeys(page, "enter")); to.Seq != 1 {
		t.Errorf("the cursor is on call %d, want 1", to.Seq)
	}
}

func TestADeletedResourceKeepsItsHistory(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 40)
	if err := p.DeleteResource(context.Background(), "id-0001"); err != nil {
		t.Fatal(err)
	}
	page.Refresh()
	page.Update(GotoMsg{Page: PageUsers, ID: "id-0001"})
	got := text(page, 80, 40)
	for _, want := range []string{"b.simon@contoso.com", "✗ deleted", "21:04:11"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if toast := only[ToastMsg](t, pressKeys(page, "a")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	if to := only[GotoMsg](t, pressKeys(page, "o")); to.Filter != "id:id-0001" {
		t.Errorf("goes to %+v", to)
	}
}

func TestBesideTheListTheDetailFollowsTheCursor(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 120, 37)
	pressKeys(page, "enter", "tab", "j")
	page.View(120, 37)
	if got := page.detail.id; got != "id-0002" {
		t.Errorf("the detail shows %s, want id-0002", got)
	}
	pressKeys(page, "tab", "j")
	if page.detail.id != "id-0002" || page.detail.cursor == 0 {
		t.Error("with the keys, the detail does not move its own cursor")
	}
	pressKeys(page, "esc")
	if page.detail != nil {
		t.Error("esc does not close the detail")
	}
}

func TestActsOnAUser(t *testing.T) {
	page, p := peopleOf(t, PageUsers, 80, 21)
	user := p.catalog.Type("User")

	menu := only[MenuMsg](t, pressKeys(page, "a"))
	if toast := only[ToastMsg](t, choose(t, menu, "d")); toast.Text != "disabled b.simon@contoso.com" {
		t.Errorf("toast %+v", toast)
	}
	if r, _ := p.store.Get(user, "id-0001"); r.Active {
		t.Error("the user is still active")
	}
	page.Refresh()
	menu = only[MenuMsg](t, pressKeys(page, "a"))
	choose(t, menu, "e")
	if r, _ := p.store.Get(user, "id-0001"); !r.Active {
		t.Error("the user is still disabled")
	}

	confirm := only[ConfirmMsg](t, choose(t, menu, "x"))
	if !strings.Contains(confirm.Question, "b.simon@contoso.com") {
		t.Errorf("question %q does not name the user", confirm.Question)
	}
	if _, err := p.store.Get(user, "id-0001"); err != nil {
		t.Fatal("deleted before the answer")
	}
	if toast := only[ToastMsg](t, results(confirm.Yes)); toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	if _, err := p.store.Get(user, "id-0001"); err == nil {
		t.Error("the user is still there")
	}
	if toast := only[ToastMsg](t, results(confirm.Yes)); !toast.Bad || !strings.Contains(toast.Text, "not found") {
		t.Errorf("toast of a second delete %+v", toast)
	}
}

func TestAGroupCanOnlyBeDeleted(t *testing.T) {
	page, _ := peopleOf(t, PageGroups, 80, 21)
	menu := only[MenuMsg](t, pressKeys(page, "a"))
	if len(menu.Items) != 1 || menu.Items[0].Key != "x" || menu.Title != "Engineering" {
		t.Errorf("menu %+v", menu)
	}
}

func TestCopies(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	menu := only[MenuMsg](t, pressKeys(page, "y"))
	for key, want := range map[string]string{"i": "id-0001", "u": "b.simon@contoso.com", "e": "bsimon", "j": `"title": "Engineer"`} {
		if got := only[CopyMsg](t, choose(t, menu, key)); !strings.Contains(got.Text, want) {
			t.Errorf("%s copies %q, want %q", key, got.Text, want)
		}
	}
}

func TestAnEmptyPageCopiesTheCommandsThatFillIt(t *testing.T) {
	e, _ := pagesEnv(t)
	page := newPeoplePage(e, PageGroups)
	page.Refresh()
	copied := only[CopyMsg](t, pressKeys(page, "y"))
	for _, want := range []string{"airmock token create\n", "displayName", "/0/as/common/scim/Groups'"} {
		if !strings.Contains(copied.Text, want) && !strings.Contains(copied.Text, strings.ReplaceAll(want, "create\n", "create)\n")) {
			t.Errorf("no %q in %q", want, copied.Text)
		}
	}
	if toast := only[ToastMsg](t, pressKeys(page, "a")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	if sent := pressKeys(page, "enter", "j", "G"); len(sent) != 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestTheCallsOfAResourceAreFoundByItsName(t *testing.T) {
	tests := []struct{ name, userName, want string }{
		{"a plain name", "kim@x.com", "user:kim@x.com"},
		{"a name with a blank is quoted", "kim lee", `user:"kim lee"`},
		{"a name with a quote is quoted", `kim"lee`, `user:"kim\"lee"`},
		{"a name with a star is quoted", "kim*", `user:"kim*"`},
		{"a name that is not shown as it is gives way to the id", "kim\x1b", "id:id-0001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, p := pagesEnv(t)
			p.user(tt.userName)
			page := newPeoplePage(e, PageUsers)
			page.Refresh()
			to := only[GotoMsg](t, pressKeys(page, "o"))
			if to != (GotoMsg{Page: PageLive, Filter: tt.want}) {
				t.Errorf("goes to %+v", to)
			}
			if _, err := search.Parse(to.Filter, search.Setting{}); err != nil {
				t.Errorf("the Live page refuses the filter: %v", err)
			}
		})
	}
}

func TestGotoClearsAFilterThatHidesTheResource(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 80, 21)
	page.Update(GotoMsg{Page: PageUsers, Filter: "kim"})
	if len(page.list.rows) != 1 {
		t.Fatalf("%d rows, want one", len(page.list.rows))
	}
	page.Update(GotoMsg{Page: PageUsers, ID: "id-0003"})
	if page.detail == nil || page.detail.name != "c.lee@contoso.com" || page.list.selectedID() != "id-0003" {
		t.Errorf("detail %+v, selected %q", page.detail, page.list.selectedID())
	}
}

// crowd is a page over so many users that a SCIM filter is searched for beside
// the screen.
func crowd(t *testing.T) (*peoplePage, *pagesTenant) {
	e, p := pagesEnv(t)
	for i := range directFiltered + 1 {
		p.user(fmt.Sprintf("user%04d", i))
	}
	page := newPeoplePage(e, PageUsers).(*peoplePage)
	page.Refresh()
	return page, p
}

// pasteFilter pastes a filter into a page and returns the search.
func pasteFilter(page *peoplePage, filter string) tea.Cmd {
	page.search.input.Set("")
	page.search.input.Open()
	return page.Update(tea.PasteMsg{Content: filter})
}

func TestALongSearchIsDoneBesideTheScreen(t *testing.T) {
	page, _ := crowd(t)
	search := pasteFilter(page, `userName eq "user0007"`)
	if search == nil {
		t.Fatal("the search was done at once")
	}
	if got := text(page, 80, 21); !strings.Contains(got, "searching…") {
		t.Errorf("nothing says that it searches:\n%s", got)
	}
	page.Update(search())
	if len(page.list.rows) != 1 || page.list.selectedID() == "" {
		t.Errorf("%d rows", len(page.list.rows))
	}
}

func TestALateAnswerIsDropped(t *testing.T) {
	page, _ := crowd(t)
	first := pasteFilter(page, `userName eq "user0007"`)
	second := pasteFilter(page, `userName sw "user000"`)
	page.Update(second())
	page.Update(first())
	if len(page.list.rows) != 10 || page.search.problem != "" {
		t.Errorf("%d rows, problem %q", len(page.list.rows), page.search.problem)
	}
}

func TestAnAnswerForTheOtherPageIsNotTaken(t *testing.T) {
	page, _ := crowd(t)
	page.Update(peopleAnswerMsg{page: PageGroups, number: page.search.number})
	if len(page.list.rows) != directFiltered+1 {
		t.Errorf("%d rows", len(page.list.rows))
	}
}

func TestAFailedSearchSaysSo(t *testing.T) {
	page, _ := crowd(t)
	pasteFilter(page, `userName eq "user0007"`)
	page.Update(peopleAnswerMsg{page: PageUsers, number: page.search.number, err: errors.New("out of \x1bluck")})
	if got := text(page, 80, 21); !strings.Contains(got, "✗ the search failed: out of ␛luck") {
		t.Errorf("got:\n%s", got)
	}
}

func TestALongListIsSearchedAgainOnceASecond(t *testing.T) {
	page, p := crowd(t)
	page.Update(pasteFilter(page, `userName sw "user000"`)())
	p.user("user000x")
	page.Refresh()
	if len(page.list.rows) != 10 {
		t.Fatal("it searched between frames")
	}
	again, ok := page.Update(peopleTickMsg{PageUsers})().(tea.BatchMsg)
	if !ok {
		t.Fatal("the tick did not search")
	}
	page.Update(again[1]())
	if len(page.list.rows) != 11 {
		t.Errorf("%d rows, want 11", len(page.list.rows))
	}
}

func TestAHugeGroupShowsItsFirstMembers(t *testing.T) {
	e, p := pagesEnv(t)
	var ids []string
	for i := range maxRelated + 5 {
		ids = append(ids, p.user(fmt.Sprintf("user%04d", i)))
	}
	p.group("All", ids...)
	page := newPeoplePage(e, PageGroups)
	page.Refresh()
	pressKeys(page, "enter")
	got := text(page, 80, maxRelated+40)
	for _, want := range []string{"305 members", "user0299", "and 5 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(got, "user0300") {
		t.Error("it lists more than the first members")
	}
}

func TestAHugeGroupIsLookedAtOnceASecond(t *testing.T) {
	e, p := pagesEnv(t)
	d := newResourceDetail(e, p.catalog.Type("Group"), p.group("All"))
	d.refresh()
	d.relatedN = directRows + 1
	p.user("somebody")
	d.refresh()
	if d.version != 1 {
		t.Error("looked at again at once")
	}
	p.now = p.now.Add(searchGap)
	d.refresh()
	if d.version != 2 {
		t.Error("not looked at again after a second")
	}
}

func TestALongListIsThereFromTheStart(t *testing.T) {
	e, p := pagesEnv(t)
	for i := range directRows + 1 {
		p.user(fmt.Sprintf("user%04d", i))
	}
	page := newPeoplePage(e, PageUsers).(*peoplePage)
	cmds := page.Init()().(tea.BatchMsg)
	page.Update(cmds[1]())
	if len(page.list.rows) != directRows+1 {
		t.Errorf("%d rows", len(page.list.rows))
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	e, p := pagesEnv(t)
	id := p.user("b.simon@contoso.com")
	for range maxHistory + pullSize {
		p.journal.Append(updated(id, "b.simon@contoso.com", start))
	}
	d := newResourceDetail(e, p.catalog.Type("User"), id)
	d.refresh()
	if len(d.calls) != maxHistory || d.calls[0].Seq != maxHistory+pullSize {
		t.Errorf("%d calls, the first is %d", len(d.calls), d.calls[0].Seq)
	}
}

func TestPeopleKeysAreNotDoubled(t *testing.T) {
	page, _ := peopleOf(t, PageUsers, 120, 37)
	for _, keys := range [][]string{nil, {"enter"}, {"tab"}, {"esc", "/"}} {
		pressKeys(page, keys...)
		checkKeys(t, page)
	}
}

// checkKeys fails where two of a page's bindings have a key in common.
func checkKeys(t *testing.T, page Page) {
	t.Helper()
	var seen []string
	for _, b := range page.Keys() {
		for _, k := range b.Keys() {
			if slices.Contains(seen, k) {
				t.Errorf("%s is bound twice", k)
			}
			seen = append(seen, k)
		}
	}
}

func TestVersionsThatTheJournalLacksAreInTheHistory(t *testing.T) {
	e, p := pagesEnv(t)
	id := p.user("b.simon@contoso.com", "title", "Engineer")
	group := p.group("Sales", id)
	p.now = start.Add(time.Minute)
	if err := p.SetActive(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	p.journal.Append(updated(id, "b.simon@contoso.com", start.Add(2*time.Minute)))
	p.now = start.Add(3 * time.Minute)
	if err := p.DeleteResource(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.now = start.Add(24 * time.Hour)
	history := func(kind, id string) string {
		d := newResourceDetail(e, p.catalog.Type(kind), id)
		d.refresh()
		return ansi.Strip(strings.Join(d.view(e.theme, true, 90, 40), "\n"))
	}
	got := history("User", id)
	at := 0
	for _, want := range []string{
		"✗ deleted", "Attributes before the deletion", "Engineer",
		"21:07:10 v3   Deleted, by no call of the journal, on 22 November",
		"21:06:10 200",
		"21:05:10 v2   Updated (before the journal), on 22 November",
		"active  (none) → false",
		"21:04:10 v1   Created (before the journal), on 22 November",
	} {
		next := strings.Index(got[at:], want)
		if next < 0 {
			t.Fatalf("no %q behind the others in:\n%s", want, got)
		}
		at += next
	}
	if got := history("Group", group); !strings.Contains(got, "- "+id) {
		t.Errorf("the member that went is not named:\n%s", got)
	}
}
