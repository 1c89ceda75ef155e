package people

import (
	"io"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/store"
)

// invented imports an invention into a store.
func invented(t *testing.T, s *store.Store, users, groups int, seed uint64) Report {
	t.Helper()
	report, err := Import(t.Context(), s, scim.StandardCatalog(), Invent(users, groups, seed), Options{Policy: Rename, Profile: scim.RFC})
	if err != nil || report.Created != users+groups || report.Failed > 0 {
		t.Fatalf("%s, %v", summary(report), err)
	}
	return report
}

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	file := func(seed uint64) string {
		text, err := io.ReadAll(Encode(Invent(300, 30, seed)))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := file(7)
	if file(7) != first {
		t.Error("seed 7 gives other people the second time")
	}
	if file(8) == first {
		t.Error("seeds 7 and 8 give the same people")
	}
}

func TestInventedPeopleAreACompany(t *testing.T) {
	s := memory(t)
	invented(t, s, 500, 30, 1)
	catalog := scim.StandardCatalog()
	users, err := s.Query(t.Context(), store.Query{Type: catalog.Type("User"), Count: -1})
	if err != nil {
		t.Fatal(err)
	}
	bosses, member := 0, 0
	for _, u := range users.Resources {
		if !strings.Contains(u.Name, "@contoso.com") && !strings.Contains(u.Name, "@fabrikam.com") {
			t.Errorf("a user is called %q", u.Name)
		}
		manager := managerOf(t, s, u.ID)
		if manager == "" {
			bosses++
		} else if boss, err := s.Lookup(manager); err != nil || boss.Seq >= u.Seq {
			t.Errorf("the manager of %s is %v, %v, and not somebody above", u.Name, boss, err)
		}
		if len(s.GroupsOf(u.ID)) > 0 {
			member++
		}
		if u.Version != 1 {
			t.Errorf("%s was written %d times", u.Name, u.Version)
		}
	}
	if bosses != 1 || member != len(users.Resources)-1 {
		t.Errorf("%d users have no manager, %d of %d are in a group", bosses, member, len(users.Resources))
	}
	groups, err := s.Query(t.Context(), store.Query{Type: catalog.Type("Group"), Count: -1})
	if err != nil {
		t.Fatal(err)
	}
	nested := 0
	for _, g := range groups.Resources {
		for _, m := range s.Members(g.ID) {
			if m.Type.Name == "Group" {
				nested++
			}
		}
	}
	if want := 30 - len(departments()); nested != want {
		t.Errorf("%d groups are in groups, want %d", nested, want)
	}
}

func TestASecondInventionComesBesideTheFirst(t *testing.T) {
	s := memory(t)
	for range 3 {
		invented(t, s, 200, 12, 7)
	}
	page, err := s.Query(t.Context(), store.Query{Count: -1})
	if err != nil || len(page.Resources) != 3*212 {
		t.Fatalf("%d resources, %v", len(page.Resources), err)
	}
	names := map[string]bool{}
	for _, res := range page.Resources {
		if names[res.Name] {
			t.Errorf("two are called %q", res.Name)
		}
		names[res.Name] = true
		body, _ := res.Type.Body(res.Image)
		for mail := range body.Get("emails").Elements() {
			if mail.Get("value").Text() != res.Name {
				t.Errorf("the address of %s is %s", res.Name, mail.Get("value").Text())
			}
		}
	}
}

func TestSmallInventions(t *testing.T) {
	for _, n := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 40}, {3, 100}, {9, 9}, {10, 10}} {
		s := memory(t)
		invented(t, s, n[0], n[1], 3)
	}
	for users, want := range map[int]int{0: 0, 9: 0, 50: 5, 5000: 100} {
		if got := GroupsFor(users); got != want {
			t.Errorf("GroupsFor(%d) = %d, want %d", users, got, want)
		}
	}
}
