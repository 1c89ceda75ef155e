package people

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/scim"
	"airmock/store"
)

// TestExportedPeopleAreTheSameOnceImported holds for whatever a client may have
// stored: formulas, quotes and line breaks, values without a type or with the
// same one, attributes that no schema knows, names that no path can have.
func TestExportedPeopleAreTheSameOnceImported(t *testing.T) {
	for _, format := range []Format{JSON, CSV} {
		t.Run(string(format), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { roundTrip(t, format) })
		})
	}
}

func roundTrip(t *rapid.T, format Format) {
	from, to := memory(t), memory(t)
	users := rapid.IntRange(0, 4).Draw(t, "users")
	rows := scim.NewArray()
	for i := range users {
		rows.Append(drawUser(t, i))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
		rows.Append(drawGroup(t, i, users))
	}
	if got := importText(t, from, rows.String(), Options{}); got.Created != got.Rows {
		t.Fatalf("%s\nof %s", summary(got), rows)
	}
	file := exportText(t, from, format)
	for _, o := range []Options{{DryRun: true}, {}} {
		if got := importText(t, to, file, o); got.Created != got.Rows || got.Error != "" || len(got.Problems)+len(got.Notes) > 0 {
			t.Fatalf("%s\nof %s", summary(got), file)
		}
	}
	if diff := cmp.Diff(peopleIn(t, from), peopleIn(t, to)); diff != "" {
		t.Fatalf("what was exported (-) and imported (+):\n%s\nby %s", diff, file)
	}
	if again := importText(t, to, file, Options{Policy: Update}); again.Unchanged+again.Failed != again.Rows {
		t.Fatalf("the second time: %s\nof %s", summary(again), file)
	}
}

func drawText(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"x", "", "=1+1", "'", "''", "'=x", "-5", "+1 425", "true", "5", "null", `"q"`, "[1]", `{"value":"x"}`, "a;b", " ", "a,b", "\r\n", "\r", "@"}),
		rapid.StringOfN(rapid.SampledFrom([]rune("ab=+-@;,\"'[]{} \t\r\n1ü")), 0, 5, -1),
	).Draw(t, label)
}

func drawUser(t *rapid.T, i int) *scim.Value {
	u := object("schemas", scim.NewArray(text(scim.URNUser)), "id", text(fmt.Sprintf("u%d", i)), "userName", text(fmt.Sprintf("%d%s", i, drawText(t, "userName"))))
	maybe := func(name string, value func() *scim.Value) {
		if rapid.Bool().Draw(t, "has "+name) {
			u.Set(name, value())
		}
	}
	str := func() *scim.Value { return text(drawText(t, "text")) }
	maybe("externalId", str)
	maybe("title", str)
	maybe("nickName", str)
	maybe("active", func() *scim.Value { return scim.NewBool(rapid.Bool().Draw(t, "active")) })
	maybe("name", func() *scim.Value { return object("givenName", str(), "odd", drawAny(t, 2)) })
	for _, name := range []string{"emails", "addresses", "roles"} {
		maybe(name, func() *scim.Value { return drawValues(t) })
	}
	maybe(scim.URNEnterprise, func() *scim.Value {
		return object("department", str(), "userName", str(), "manager", object("value", text(fmt.Sprintf("u%d", rapid.IntRange(0, 3).Draw(t, "manager")))), "odd name", drawAny(t, 2))
	})
	for _, name := range []string{"unknown", "un.known", "x y", "urn:acme:2.0:User", "=name", "resourceTypes", "department2"} {
		maybe(name, func() *scim.Value { return drawAny(t, 2) })
	}
	return u
}

// drawValues draws the values of a complex multi-valued attribute.
func drawValues(t *rapid.T) *scim.Value {
	list := scim.NewArray()
	for i := range rapid.IntRange(0, 3).Draw(t, "values") {
		v := object("value", text(fmt.Sprintf("%s%d", drawText(t, "value"), i))) // those that are the same become one
		if rapid.Bool().Draw(t, "typed") {
			v.Set("type", text(rapid.SampledFrom([]string{"work", "home", `o"d]d`, "Work", ""}).Draw(t, "type")))
		}
		if rapid.Bool().Draw(t, "shown") {
			v.Set("display", text(drawText(t, "display")))
		}
		if rapid.Bool().Draw(t, "odd") {
			v.Set(rapid.SampledFrom([]string{"odd", "o d"}).Draw(t, "odd name"), drawAny(t, 1))
		}
		list.Append(v)
	}
	return list
}

func drawAny(t *rapid.T, depth int) *scim.Value {
	switch rapid.IntRange(0, 2+depth).Draw(t, "kind") {
	case 0:
		return text(drawText(t, "text"))
	case 1:
		return scim.NewInt(rapid.Int64().Draw(t, "number"))
	case 2:
		return scim.NewBool(rapid.Bool().Draw(t, "bool"))
	case 3:
		return scim.NewArray(drawAny(t, depth-1), drawAny(t, depth-1))
	}
	return object("a", drawAny(t, depth-1), "b c", text(drawText(t, "text")))
}

func drawGroup(t *rapid.T, i, users int) *scim.Value {
	name := drawText(t, "displayName")
	if strings.TrimSpace(name) == "" {
		name = "g"
	}
	g := object("schemas", scim.NewArray(text(scim.URNGroup)), "id", text(fmt.Sprintf("g%d", i)), "displayName", text(name))
	members := scim.NewArray()
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 0, 4, rapid.ID).Draw(t, "members") {
		switch {
		case n < users:
			members.Append(object("value", text(fmt.Sprintf("u%d", n))))
		case n >= 4 && n-4 < i:
			members.Append(object("value", text(fmt.Sprintf("g%d", n-4))))
		}
	}
	g.Set("members", members)
	return g
}

// peopleIn returns what is in a store, with names, or places, for ids.
func peopleIn(tb tester, s *store.Store) []string {
	tb.Helper()
	page, err := s.Query(tb.Context(), store.Query{Count: -1})
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	names := map[string]string{}
	for _, res := range page.Resources {
		names[res.ID] = res.Type.Name + " " + res.Name
	}
	for _, res := range page.Resources {
		body, err := res.Type.Body(res.Image)
		if err != nil {
			tb.Fatal(err)
		}
		if manager := body.Get(scim.URNEnterprise).Get("manager"); names[manager.Get("value").Text()] != "" {
			manager.Set("value", text(names[manager.Get("value").Text()]))
		}
		line := res.Type.Name + " " + body.String()
		var members []string
		for _, m := range s.Members(res.ID) {
			members = append(members, names[m.ID])
		}
		all = append(all, line+" "+strings.Join(members, ", "))
	}
	slices.Sort(all) // managers come first where they are imported
	return all
}
