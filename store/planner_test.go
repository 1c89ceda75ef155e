package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"airmock/internal/scim"
)

func TestAPlanUsesTheIndexesThatAFilterAllows(t *testing.T) {
	s := memoryStore(t)
	for i := range 20 {
		mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":"u%d","displayName":"Kim","active":%t}`, i, i%2 == 0))
	}
	user, group, both := users(s), groups(s), (*scim.ResourceType)(nil)
	tests := []struct {
		rt           *scim.ResourceType
		filter, want string
	}{
		{user, ``, "order of creation"},
		{user, `userName eq "u1"`, "index userName eq, then filter"},
		{user, `USERNAME eq "u1"`, "index userName eq, then filter"},
		{user, `id eq "id-0001"`, "index id eq, then filter"},
		{user, `externalId eq "x"`, "index externalId eq, then filter"},
		{user, `displayName eq "Kim"`, "index displayName eq, then filter"},
		{user, `emails.value eq "x"`, "index emails.value eq, then filter"},
		{user, `emails eq "x"`, "index emails.value eq, then filter"},
		{user, `emails[type eq "work" and value eq "x"]`, "index emails.value eq, then filter"},
		{user, `emails[type eq "work"].value eq "x"`, "index emails.value eq, then filter"},
		{user, `emails[value eq "x" or type eq "work"]`, "scan, then filter"},
		{user, `emails[not (value eq "x")]`, "scan, then filter"},
		{user, `groups.value eq "g"`, "index groups.value eq, then filter"},
		{user, `groups[value eq "g"]`, "index groups.value eq, then filter"},
		{user, `active eq true`, "index active eq"},
		{user, `active eq false`, "index active eq"},
		{user, `active eq true and title eq "x"`, "index active eq, then filter"},
		{user, `active eq true and displayName eq "Kim"`, "index active eq, then filter"}, // 10 against 20
		{user, `displayName eq "Kim" and active eq true and userName eq "u1"`, "index userName eq, then filter"},
		{user, `title eq "x" and userName eq "u1"`, "index userName eq, then filter"},
		{user, `userName eq "u1" or externalId eq "x"`, "index userName eq or index externalId eq, then filter"},
		{user, `userName eq "u1" or title eq "x"`, "scan, then filter"},
		{user, `active eq true or active eq false`, "index active eq or index active eq, then filter"},
		{user, `(userName eq "u1" or userName eq "u2") and active eq true`, "index userName eq or index userName eq, then filter"},
		{user, `userName sw "U1"`, "index userName sw, then filter"},
		{user, `userName co "u1"`, "scan, then filter"},
		{user, `displayName sw "K"`, "scan, then filter"},
		{user, `not (userName eq "u1")`, "scan, then filter"},
		{user, `userName ne "u1"`, "scan, then filter"},
		{user, `userName eq ""`, "scan, then filter"},
		{user, `userName sw ""`, "scan, then filter"},
		{user, `externalId eq null`, "scan, then filter"},
		{user, scim.URNEnterprise + `:department eq "x"`, "scan, then filter"},
		{user, scim.URNEnterprise + `:manager.value eq "x"`, "index manager.value eq, then filter"},
		{group, `displayName eq "x"`, "index displayName eq, then filter"},
		{group, `displayName sw "x"`, "index displayName sw, then filter"},
		{group, `members.value eq "u"`, "index members.value eq, then filter"},
		{group, `members[value eq "u"]`, "index members.value eq, then filter"},
		{both, ``, "Group: order of creation; User: order of creation"},
		{both, `userName eq "u1"`, "Group: nothing, then filter; User: index userName eq, then filter"},
		{both, `displayName eq "Kim"`, "Group: index displayName eq, then filter; User: index displayName eq, then filter"},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			q := Query{Type: tt.rt, Count: -1}
			types := []*scim.ResourceType{tt.rt}
			if tt.rt == nil {
				types = []*scim.ResourceType{user, group}
			}
			if tt.filter != "" {
				var err error
				if q.Filter, err = scim.ParseFilterOver(types, tt.filter, &scim.Reading{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := s.Explain(q); got != tt.want {
				t.Errorf("Explain = %q, want %q", got, tt.want)
			}
			page, err := s.Query(t.Context(), q)
			if err != nil || page.Plan != tt.want {
				t.Errorf("the query was answered by %q, %v", page.Plan, err)
			}
		})
	}
}

func TestAPlanSaysThatItSorts(t *testing.T) {
	s := memoryStore(t)
	sort, err := scim.ParseSort([]*scim.ResourceType{users(s)}, "title", "", &scim.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		``:                 "scan, then sort",
		`active eq true`:   "index active eq, then sort",
		`title eq "x"`:     "scan, then filter, then sort",
		`userName eq "u1"`: "index userName eq, then filter, then sort",
	} {
		q := Query{Type: users(s), Sort: sort}
		if text != "" {
			q.Filter = filter(t, users(s), text)
		}
		if got := s.Explain(q); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestAPrefixThatMostNamesHaveIsScannedFor(t *testing.T) {
	s := memoryStore(t)
	for i := range 2 * scanChunk {
		mustCreate(t, s, users(s), userBody(fmt.Sprintf("u%d", i)))
	}
	for text, want := range map[string]string{
		`userName sw "u"`:                        "scan, then filter",
		`userName sw "u1"`:                       "index userName sw, then filter",
		`userName sw "u" and displayName eq "x"`: "index displayName eq, then filter",
	} {
		if got := s.Explain(Query{Type: users(s), Filter: filter(t, users(s), text)}); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestAKeyIsTheSameForAllThatAFilterTakesForEqual looks at every rune there is,
// as an index that tells two texts apart which a filter takes for one would
// hide resources.
func TestAKeyIsTheSameForAllThatAFilterTakesForEqual(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xD800 <= r && r <= 0xDFFF { // no runes but halves of some in UTF-16
			continue
		}
		text := string(r)
		for _, same := range []string{strings.ToLower(text), string(unicode.SimpleFold(r))} {
			if alike(text) != alike(same) {
				t.Errorf("%q and %q are one to a filter and two to an index", text, same)
			}
		}
	}
}

// The texts of the property tests: few, so that they meet, and some that are
// alike in ways that lower case does not tell.
var planTexts = []string{"a", "A", "ab", "aB", "b", "k", "\u212A", "i", "\u0130", "ß", "s", "\u017F", "ab c"}

func drawText(t *rapid.T) string { return rapid.SampledFrom(planTexts).Draw(t, "text") }

// planTenant is a tenant for the property tests.
type planTenant struct {
	store *Store
	ids   []string
	made  int // users, whose names that makes unique
}

func (p *planTenant) userBody(t *rapid.T) string {
	var members []string
	for _, name := range []string{"displayName", "externalId", "title"} {
		if rapid.Bool().Draw(t, "has "+name) {
			members = append(members, fmt.Sprintf("%q:%q", name, drawText(t)))
		}
	}
	if rapid.Bool().Draw(t, "has active") {
		members = append(members, fmt.Sprintf(`"active":%t`, rapid.Bool().Draw(t, "active")))
	}
	var emails []string
	for range rapid.IntRange(0, 3).Draw(t, "emails") {
		emails = append(emails, fmt.Sprintf(`{"type":%q,"value":%q}`,
			rapid.SampledFrom([]string{"work", "home"}).Draw(t, "type"), drawText(t)))
	}
	members = append(members, `"emails":[`+strings.Join(emails, ",")+`]`)
	if len(p.ids) > 0 && rapid.Bool().Draw(t, "has manager") {
		members = append(members, fmt.Sprintf(`%q:{"manager":{"value":%q}}`, scim.URNEnterprise, rapid.SampledFrom(p.ids).Draw(t, "manager")))
	}
	p.made++
	name := fmt.Sprintf("%s%d", drawText(t), p.made)
	return fmt.Sprintf(`{"userName":%q,%s}`, name, strings.Join(members, ","))
}

func (p *planTenant) drawIDs(t *rapid.T) []string {
	if len(p.ids) == 0 {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(p.ids), 0, 4, rapid.ID).Draw(t, "members")
}

// Change creates, replaces or deletes something.
func (p *planTenant) Change(tb testing.TB, t *rapid.T) {
	s := p.store
	switch what := rapid.IntRange(0, 9).Draw(t, "change"); {
	case what < 4 || len(p.ids) == 0:
		p.ids = append(p.ids, mustCreate(tb, s, users(s), p.userBody(t)).ID)
	case what < 6:
		p.ids = append(p.ids, mustCreate(tb, s, groups(s), groupBody(drawText(t), p.drawIDs(t)...)).ID)
	default:
		id := rapid.SampledFrom(p.ids).Draw(t, "id")
		r, err := s.Lookup(id)
		if err != nil {
			t.Fatal(err)
		}
		body := p.userBody(t)
		if r.Type.HasMembers() {
			body = groupBody(drawText(t), slices.DeleteFunc(p.drawIDs(t), func(x string) bool { return x == id })...)
		}
		if what == 9 {
			_, err = s.Delete(tb.Context(), r.Type, id, nil)
			p.ids = slices.DeleteFunc(p.ids, func(x string) bool { return x == id })
		} else {
			_, err = replace(tb, s, r.Type, id, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *planTenant) filter(t *rapid.T, rt *scim.ResourceType, depth int) string {
	if depth > 0 {
		left := func() string { return "(" + p.filter(t, rt, depth-1) + ")" }
		switch rapid.IntRange(0, 5).Draw(t, "rule") {
		case 0, 1:
			return left() + " and " + left()
		case 2, 3:
			return left() + " or " + left()
		case 4:
			return "not " + left()
		}
	}
	id := rapid.SampledFrom(append(slices.Clone(p.ids), "ghost")).Draw(t, "id")
	text := drawText(t)
	op := rapid.SampledFrom([]string{"eq", "eq", "eq", "sw", "co", "ne", "ew"}).Draw(t, "op")
	choices := []string{
		fmt.Sprintf(`id eq %q`, id),
		fmt.Sprintf(`displayName %s %q`, op, text),
		fmt.Sprintf(`externalId %s %q`, op, text),
		`displayName eq null`,
	}
	if rt.HasMembers() {
		choices = append(choices, fmt.Sprintf(`members.value %s %q`, op, id),
			fmt.Sprintf(`members[value eq %q and type eq "User"]`, id), fmt.Sprintf(`members eq %q`, id))
	} else {
		choices = append(choices, fmt.Sprintf(`userName %s %q`, op, text+fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "number"))),
			fmt.Sprintf(`userName sw %q`, text), fmt.Sprintf(`title %s %q`, op, text),
			fmt.Sprintf(`emails.value %s %q`, op, text), fmt.Sprintf(`emails[type eq "work" and value %s %q]`, op, text),
			fmt.Sprintf(`emails[type eq "work"].value eq %q`, text), fmt.Sprintf(`emails[not (value eq %q)]`, text),
			fmt.Sprintf(`active eq %t`, rapid.Bool().Draw(t, "active")), `active ne true`,
			fmt.Sprintf(scim.URNEnterprise+`:manager.value %s %q`, op, id), fmt.Sprintf(scim.URNEnterprise+`:manager[value eq %q]`, id),
			fmt.Sprintf(`groups.value %s %q`, op, id), fmt.Sprintf(`groups[value eq %q]`, id))
	}
	return rapid.SampledFrom(choices).Draw(t, "comparison")
}

// scanned answers a query without any index.
func scanned(t *rapid.T, s *Store, q Query) Page {
	m := s.model.Load()
	tables, err := m.tablesOf(q.Type)
	if err != nil {
		t.Fatal(err)
	}
	var plan []access
	for _, table := range tables {
		plan = append(plan, access{source: (*ordered)(&table.order), table: table, filter: scim.ForType(q.Filter, table.rt)})
	}
	q.Start = max(q.Start, 1)
	page, err := m.find(t.Context(), plan, q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestAPlannedQueryFindsWhatAScanFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := &planTenant{store: memoryStore(t)}
		for range rapid.IntRange(1, 30).Draw(rt, "changes") {
			p.Change(t, rt)
		}
		for range 5 {
			typ := rapid.SampledFrom([]*scim.ResourceType{users(p.store), groups(p.store)}).Draw(rt, "type")
			text := p.filter(rt, typ, rapid.IntRange(0, 3).Draw(rt, "depth"))
			q := Query{
				Type: typ, Filter: filter(t, typ, text),
				Start: rapid.IntRange(1, 4).Draw(rt, "start"), Count: rapid.IntRange(-1, 4).Draw(rt, "count"),
			}
			page, err := p.store.Query(t.Context(), q)
			if err != nil {
				rt.Fatal(err)
			}
			want := scanned(rt, p.store, q)
			if diff := cmp.Diff(ids(want.Resources), ids(page.Resources), cmpopts.EquateEmpty()); diff != "" || page.Total != want.Total {
				rt.Fatalf("%s by %s: %d in all, a scan finds %d\n%s", text, page.Plan, page.Total, want.Total, diff)
			}
		}
	})
}

// TestAPlanHoldsWhileWritesGoOn has users change all the time in what does not
// matter to a filter, and others in what does. The first are always found, and
// nobody is found twice or in a version that the filter refuses.
func TestAPlanHoldsWhileWritesGoOn(t *testing.T) {
	s := memoryStore(t)
	const n = 3 * scanChunk
	all, body := make([]string, n), func(i, turn int) string {
		active, name := true, "kim"
		if i%2 == 1 && turn%2 == 1 {
			active, name = false, "lee"
		}
		return fmt.Sprintf(`{"userName":"u%[1]d","displayName":%[4]q,"externalId":"x-%[2]d","active":%[3]t,"title":"%[2]d","emails":[{"value":%[4]q}]}`,
			i, turn, active, name)
	}
	var stay []string
	for i := range all {
		if all[i] = mustCreate(t, s, users(s), body(i, 0)).ID; i%2 == 0 {
			stay = append(stay, all[i])
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for turn := 1; turn < 5; turn++ {
			for i, id := range all {
				if _, err := replace(t, s, users(s), id, body(i, turn)); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	filters := []string{`active eq true`, `displayName eq "kim"`, `emails.value eq "KIM"`, `active eq true and title pr`,
		`active eq true or emails[value eq "kim"]`, `userName sw "u" and active eq true`}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for _, text := range filters {
			e := filter(t, users(s), text)
			page, err := s.Query(t.Context(), Query{Type: users(s), Filter: e, Count: -1})
			if err != nil {
				t.Fatal(err)
			}
			checkFound(t, text, e, page, stay)
		}
	}
}

// checkFound holds a page against what has to be on it.
func checkFound(t *testing.T, text string, e scim.Expr, page Page, stay []string) {
	t.Helper()
	seen := make(map[string]bool)
	last := uint64(0)
	for _, r := range page.Resources {
		tree, err := r.Type.ParseImage(r.Image)
		if err != nil {
			t.Fatal(err)
		}
		if r.Seq <= last || !scim.Match(e, tree) {
			t.Fatalf("%s by %s: %s after %d, in a version that matches: %t", text, page.Plan, r.ID, last, scim.Match(e, tree))
		}
		last, seen[r.ID] = r.Seq, true
	}
	for _, id := range stay {
		if !seen[id] {
			t.Fatalf("%s by %s: %s is missing", text, page.Plan, id)
		}
	}
	if page.Total != len(page.Resources) && !strings.Contains(page.Plan, "active eq") {
		t.Fatalf("%s by %s: %d of %d", text, page.Plan, len(page.Resources), page.Total)
	}
}
