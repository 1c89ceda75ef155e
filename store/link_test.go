package store

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"airmock/internal/scim"
)

const manager = scim.URNEnterprise + ":manager"

// reportBody is a user with a manager.
func reportBody(name, managerID string) string {
	return fmt.Sprintf(`{"userName":%q,%q:{"department":"d","manager":{"value":%q}}}`, name, scim.URNEnterprise, managerID)
}

// careCatalog is the standard one, with an extension of users and groups that
// has links to many.
func careCatalog(tb testing.TB) *scim.Catalog {
	tb.Helper()
	s, err := scim.ParseSchema([]byte(`{"id":"urn:example:care","name":"Care","attributes":[{"name":"owners","type":"complex","multiValued":true,"subAttributes":[
		{"name":"value","type":"string"},{"name":"$ref","type":"reference","referenceTypes":["User","Group"]},
		{"name":"display","type":"string","mutability":"readOnly"},{"name":"type","type":"string","mutability":"readOnly"}]}]}`))
	if err != nil {
		tb.Fatal(err)
	}
	c := *scim.StandardCatalog()
	c.Schemas = append(append([]*scim.Schema(nil), c.Schemas...), s)
	c.ResourceTypes = nil
	for _, rt := range scim.StandardCatalog().ResourceTypes {
		extended := *rt
		extended.Extensions = append(append([]scim.Extension(nil), rt.Extensions...), scim.Extension{Schema: s})
		c.ResourceTypes = append(c.ResourceTypes, &extended)
	}
	return &c
}

// locate is a client's view of addresses.
func locate(dst []byte, rt *scim.ResourceType, id string) []byte {
	return append(dst, "https://x.example"+rt.Endpoint+"/"+url.PathEscape(id)...)
}

// shown returns what an answer shows of a resource at a name, or below an
// extension's.
func shown(tb testing.TB, s *Store, id string, names ...string) string {
	tb.Helper()
	r, err := s.Lookup(id)
	if err != nil {
		tb.Fatal(err)
	}
	text := s.AppendJSON(nil, r, Show{Locate: locate, Members: true, Groups: true})
	if !json.Valid(text) {
		tb.Fatalf("%s is no JSON", text)
	}
	v, err := scim.Parse(text) // finds duplicate names
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	for _, name := range names {
		v = v.Get(name)
	}
	if v == nil {
		return ""
	}
	return v.String()
}

// indirectGroups returns the groups that id is in through another.
func indirectGroups(s *Store, id string) []*Resource {
	nodes, direct := s.model.Load().allGroupsOf(id)
	return resourcesOf(nodes[direct:])
}

func mustDelete(tb testing.TB, s *Store, rt *scim.ResourceType, id string) Change {
	tb.Helper()
	c, err := s.Delete(tb.Context(), rt, id, nil)
	if err != nil {
		tb.Fatalf("delete %s: %v", id, err)
	}
	return c
}

func TestALinkShowsWhatItLeadsTo(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, NewID: counterIDs(), Catalog: careCatalog(t)})
	boss := mustCreate(t, s, users(s), `{"userName":"boss@contoso.com","displayName":"The \"Boss\" ☃"}`).ID
	plain := mustCreate(t, s, users(s), userBody("plain@contoso.com")).ID
	g := mustCreate(t, s, groups(s), groupBody("Sales", boss)).ID
	tests := []struct{ name, body, manager, owners string }{
		{"no links", userBody("a"), "", ""},
		{"a manager with a displayName", reportBody("b", boss), `{"value":"` + boss + `","$ref":"https://x.example/Users/` + boss + `","displayName":"The \"Boss\" ☃"}`, ""},
		{"a manager without one", reportBody("c", plain), `{"value":"` + plain + `","$ref":"https://x.example/Users/` + plain + `"}`, ""},
		{"a manager that is not there", reportBody("d", "later"), `{"value":"later"}`, ""},
		{"many, of both types, and one that is not there", `{"userName":"e","urn:example:care":{"owners":[{"value":"` + g + `"},{"value":"x"},{"value":"` + plain + `"}]}}`, "",
			`[{"value":"` + g + `","$ref":"https://x.example/Groups/` + g + `","display":"Sales","type":"Group"},{"value":"x"},` +
				`{"value":"` + plain + `","$ref":"https://x.example/Users/` + plain + `","display":"plain@contoso.com","type":"User"}]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := mustCreate(t, s, users(s), tt.body).ID
			if diff := cmp.Diff(tt.manager, shown(t, s, id, scim.URNEnterprise, "manager")); diff != "" {
				t.Errorf("manager: %s", diff)
			}
			if diff := cmp.Diff(tt.owners, shown(t, s, id, "urn:example:care", "owners")); diff != "" {
				t.Errorf("owners: %s", diff)
			}
			r, _ := s.Lookup(id)
			if strings.Contains(string(r.Image), "$ref") {
				t.Errorf("an address is stored: %s", r.Image)
			}
			// A PUT of what was shown changes nothing.
			text := s.AppendJSON(nil, r, Show{Locate: locate, Members: true, Groups: true})
			c, err := replace(t, s, users(s), id, string(text))
			if err != nil || c.Changed() {
				t.Errorf("a PUT of the answer: changed %v, %v", c.Changed(), err)
			}
		})
	}
	if _, err := replace(t, s, users(s), boss, `{"userName":"boss@contoso.com","displayName":"New"}`); err != nil {
		t.Fatal(err)
	}
	page, err := s.Query(t.Context(), Query{Type: users(s), Filter: filter(t, users(s), manager+`.displayName eq "new"`), Count: -1})
	if err != nil || page.Total != 1 || page.Resources[0].Version != 1 {
		t.Errorf("after the manager got another name: %v, %v", ids(page.Resources), err)
	}
}

func TestADeletedResourceIsTakenOutOfAllLinks(t *testing.T) {
	c := newClock()
	s := mustOpen(t, Options{Memory: true, NewID: counterIDs(), Now: c.now, Catalog: careCatalog(t)})
	boss := mustCreate(t, s, users(s), userBody("boss")).ID
	other := mustCreate(t, s, users(s), userBody("other")).ID
	a := mustCreate(t, s, users(s), reportBody("a", boss)).ID
	b := mustCreate(t, s, users(s), reportBody("b", other)).ID
	owned := mustCreate(t, s, users(s), fmt.Sprintf(`{"userName":"owned","urn:example:care":{"owners":[{"value":%q},{"value":%q},{"value":%[1]q}]}}`, boss, other)).ID
	own := mustCreate(t, s, users(s), reportBody("own", "later")).ID
	// A group that has the boss as a member, an owner, and both at once.
	g := mustCreate(t, s, groups(s), fmt.Sprintf(`{"displayName":"g","members":[{"value":%q},{"value":%q}],"urn:example:care":{"owners":[{"value":%[1]q}]}}`, boss, a)).ID
	if _, err := replace(t, s, users(s), boss, reportBody("boss", boss)); err != nil { // a circle of one
		t.Fatal(err)
	}
	before := map[string]*Resource{}
	for _, id := range []string{a, b, owned, own, g, other} {
		before[id], _ = s.Lookup(id)
	}
	c.advance(time.Minute)
	change := mustDelete(t, s, users(s), boss)
	if diff := cmp.Diff([]string{g}, change.Left); diff != "" {
		t.Errorf("left: %s", diff)
	}
	if diff := cmp.Diff([]string{a, owned, g}, change.Unlinked); diff != "" {
		t.Errorf("unlinked: %s", diff)
	}
	for id, was := range before {
		is, err := s.Lookup(id)
		if err != nil {
			t.Fatal(err)
		}
		touched := id == a || id == owned || id == g
		if touched != (is.Version == was.Version+1) || touched != is.LastModified.Equal(c.now().UTC()) || !touched && is != was {
			t.Errorf("%s went from version %d to %d, %s", is.Name, was.Version, is.Version, is.LastModified)
		}
	}
	for _, want := range []struct{ id, urn, name, value string }{
		{a, scim.URNEnterprise, "manager", ""},
		{a, scim.URNEnterprise, "department", `"d"`},
		{b, scim.URNEnterprise, "manager", `{"value":"` + other + `","$ref":"https://x.example/Users/` + other + `"}`},
		{owned, "urn:example:care", "owners", `[{"value":"` + other + `","$ref":"https://x.example/Users/` + other + `","display":"other","type":"User"}]`},
		{g, "urn:example:care", "owners", ""},
	} {
		if diff := cmp.Diff(want.value, shown(t, s, want.id, want.urn, want.name)); diff != "" {
			t.Errorf("%s of %s: %s", want.name, want.id, diff)
		}
	}
	if got := shown(t, s, g, "schemas"); got != `["urn:ietf:params:scim:schemas:core:2.0:Group"]` {
		t.Errorf("schemas of a group without owners: %s", got)
	}
	if diff := cmp.Diff([]string{a}, ids(s.Members(g))); diff != "" {
		t.Errorf("members: %s", diff)
	}
	if change := mustDelete(t, s, users(s), other); len(change.Unlinked) != 2 {
		t.Errorf("the other was unlinked from %v", change.Unlinked)
	}
}

// One batch has all of these, so each must see the ones before.
func TestLinksAndDeletesOfOneBatch(t *testing.T) {
	s := memoryStore(t)
	boss := mustCreate(t, s, users(s), userBody("boss")).ID
	kept := mustCreate(t, s, users(s), reportBody("kept", boss)).ID
	m := s.model.Load()
	b := newBatch(m)
	table := m.tables["User"]
	run := func(plan func(d *delta) error) {
		t.Helper()
		d := delta{at: time.Now().UTC(), lastSeq: b.lastSeq}
		if err := plan(&d); err != nil {
			t.Fatal(err)
		}
		b.add(d)
	}
	put := func(id, body string) func(*delta) error {
		return func(d *delta) error {
			_, err := planPut(b, d, table, b.resource(id), id, draft(t, users(s), body))
			return err
		}
	}
	run(put("new", reportBody("new", boss)))
	run(put("new", `{"title":"t",`+reportBody("new", boss)[1:])) // the link is the one from before
	run(put(kept, userBody("kept")))
	run(func(d *delta) error {
		c, err := planDelete(b, d, table, boss, nil)
		if diff := cmp.Diff([]string{"new"}, c.Unlinked); diff != "" {
			t.Errorf("unlinked: %s", diff)
		}
		return err
	})
	run(put("late", reportBody("late", boss))) // to one that is gone: it stays, and leads nowhere
	b.apply()
	for id, want := range map[string]string{"new": "", kept: "", "late": `{"value":"` + boss + `"}`} {
		if diff := cmp.Diff(want, shown(t, s, id, scim.URNEnterprise, "manager")); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
	if n := len(m.linkers.one) + len(m.linkers.many); n != 1 {
		t.Errorf("%d ids are in the index, want that of the one link", n)
	}
}

func TestAChangeTellsWhetherLinksAreOthers(t *testing.T) {
	s := mustOpen(t, Options{Memory: true, Catalog: careCatalog(t)})
	boss := mustCreate(t, s, users(s), userBody("boss")).ID
	other := mustCreate(t, s, users(s), userBody("other")).ID
	owned := fmt.Sprintf(`{"userName":"x","urn:example:care":{"owners":[{"value":%q}]}}`, boss)
	for _, test := range []struct {
		name, before, after string // "" for none
		want                bool
	}{
		{"a report is created", "", reportBody("x", boss), true},
		{"somebody without a manager is created", "", userBody("x"), false},
		{"a report is deleted", reportBody("x", boss), "", true},
		{"somebody gets a manager", userBody("x"), reportBody("x", boss), true},
		{"a report loses its manager", reportBody("x", boss), userBody("x"), true},
		{"a report gets another manager", reportBody("x", boss), reportBody("x", other), true},
		{"the manager becomes the owner", reportBody("x", boss), owned, true},
		{"a report gets a title before its manager", reportBody("x", boss), `{"title":"t",` + reportBody("x", boss)[1:], false},
		{"somebody without a manager gets a title", userBody("x"), `{"title":"t",` + userBody("x")[1:], false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var change Change
			if test.before != "" {
				change.After = mustCreate(t, s, users(s), test.before)
			}
			switch {
			case test.after == "":
				change = mustDelete(t, s, users(s), change.After.ID)
			case test.before == "":
				change.After = mustCreate(t, s, users(s), test.after)
			default:
				var err error
				if change, err = replace(t, s, users(s), change.After.ID, test.after); err != nil {
					t.Fatal(err)
				}
			}
			if got := change.Relinked(); got != test.want {
				t.Errorf("relinked: %t, want %t", got, test.want)
			}
			if change.After != nil {
				mustDelete(t, s, users(s), change.After.ID)
			}
		})
	}
}

func TestThousandsOfReportsLoseTheirManager(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Sync: SyncNever, NewID: counterIDs()})
	boss := mustCreate(t, s, users(s), userBody("boss")).ID
	const n = 3000
	for i := range n {
		mustCreate(t, s, users(s), reportBody(fmt.Sprint("u", i), boss))
	}
	count := func() int {
		page, err := s.Query(t.Context(), Query{Type: users(s), Filter: filter(t, users(s), manager+` eq "`+boss+`"`), Count: 0})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	if got := count(); got != n {
		t.Fatalf("%d reports before", got)
	}
	if c := mustDelete(t, s, users(s), boss); len(c.Unlinked) != n {
		t.Errorf("%d lost their manager", len(c.Unlinked))
	}
	for range 2 {
		if got := count(); got != 0 {
			t.Errorf("%d have the one who is gone as their manager", got)
		}
		mustClose(t, s)
		s = mustOpen(t, Options{Dir: dir, Sync: SyncNever})
	}
}

// A schema may come to have an attribute that was unknown, or no link, when it
// was written.
func TestWhatWasStoredBeforeItWasALink(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, NewID: counterIDs()})
	boss := mustCreate(t, s, users(s), userBody("boss")).ID
	const urn = "urn:example:care"
	id := mustCreate(t, s, users(s), `{"userName":"a","`+urn+`":{"Owners":[{"value":"`+boss+`","$ref":"https://old.example/1","display":"old"},"text",{"value":7}]}}`).ID
	was, _ := s.Lookup(id)
	mustClose(t, s)

	s = mustOpen(t, Options{Dir: dir, Catalog: careCatalog(t)})
	want := `[{"value":"` + boss + `","$ref":"https://x.example/Users/` + boss + `","display":"boss","type":"User"},"text",{"value":7}]`
	if diff := cmp.Diff(want, shown(t, s, id, urn, "owners")); diff != "" {
		t.Error(diff)
	}
	if is, _ := s.Lookup(id); is.Version != was.Version || !is.LastModified.Equal(was.LastModified) {
		t.Errorf("version %d became %d", was.Version, is.Version)
	}
	if c := mustDelete(t, s, users(s), boss); len(c.Unlinked) != 1 {
		t.Errorf("unlinked %v", c.Unlinked)
	}
}

func TestGroupsOfGroups(t *testing.T) {
	s := memoryStore(t)
	u := mustCreate(t, s, users(s), userBody("u")).ID
	in := func(name string, members ...string) string {
		return mustCreate(t, s, groups(s), groupBody(name, members...)).ID
	}
	team := in("team", u)
	dept := in("dept", team)
	all := in("all", dept, u) // u directly too
	top := in("top", all)
	alone := in("alone")
	for _, g := range []string{team, dept} { // a circle: all is in both
		if _, err := change(t.Context(), s, g, membersOp(scim.MembersAdd, top)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{team, all}, ids(s.GroupsOf(u))); diff != "" {
		t.Errorf("direct: %s", diff)
	}
	if diff := cmp.Diff([]string{dept, top}, ids(indirectGroups(s, u))); diff != "" {
		t.Errorf("indirect: %s", diff)
	}
	if diff := cmp.Diff([]string{all, top}, ids(indirectGroups(s, team))); diff != "" { // and not itself
		t.Errorf("indirect, of a group in a circle: %s", diff)
	}
	entry := func(id, name, kind string) string {
		return fmt.Sprintf(`{"value":%q,"$ref":"https://x.example/Groups/%s","display":%q,"type":%q}`, id, id, name, kind)
	}
	want := "[" + strings.Join([]string{entry(team, "team", "direct"), entry(all, "all", "direct"), entry(dept, "dept", "indirect"), entry(top, "top", "indirect")}, ",") + "]"
	if diff := cmp.Diff(want, shown(t, s, u, "groups")); diff != "" {
		t.Error(diff)
	}
	if got := shown(t, s, team, "groups"); got != "" {
		t.Errorf("a group has groups: %s", got) // RFC 7643 section 4.1.2: users do
	}
	for text, want := range map[string][]string{
		`groups.value eq "` + top + `"`:                                 {u},
		`groups[value eq "` + top + `" and type eq "direct"]`:           nil,
		`groups[value eq "` + all + `" and type eq "direct"]`:           {u},
		`groups.value eq "` + alone + `"`:                               nil,
		`groups.$ref eq "https://x.example/Groups/` + top + `"`:         {u},
		`meta.location ew "/Users/` + u + `"`:                           {u},
		`groups.display eq "TOP" and groups.type eq "indirect"`:         {u},
		`groups.value eq "` + top + `" and userName eq "somebody else"`: nil,
	} {
		page, err := s.Query(t.Context(), Query{Type: users(s), Filter: filter(t, users(s), text), Count: -1, Locate: locate})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, ids(page.Resources), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	mustDelete(t, s, groups(s), dept)
	if diff := cmp.Diff([]string{top}, ids(indirectGroups(s, u))); diff != "" {
		t.Errorf("indirect after a delete: %s", diff)
	}
	mustDelete(t, s, groups(s), all)
	if got := ids(indirectGroups(s, u)); len(got) > 0 {
		t.Errorf("indirect after what led there is gone: %v", got)
	}
}
