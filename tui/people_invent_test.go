package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/scim"
)

func TestPeopleAreInventedFromTheUsersPage(t *testing.T) {
	env, tenant := pagesEnv(t)
	page := newPeoplePage(env, PageUsers)
	form := only[FormMsg](t, pressKeys(page, "n"))
	for _, wrong := range []string{"", "-1", "many", "10001"} {
		if _, err := form.Submit(map[string]string{"users": wrong, "groups": "1"}); err == nil {
			t.Errorf("%q users are taken", wrong)
		}
		if _, err := form.Submit(map[string]string{"users": "1", "groups": wrong}); err == nil {
			t.Errorf("%q groups are taken", wrong)
		}
	}
	cmd, err := form.Submit(map[string]string{"users": " 30 ", "groups": "4"})
	if err != nil {
		t.Fatal(err)
	}
	toast := only[ToastMsg](t, []tea.Msg{cmd()})
	if toast.Bad || toast.Text != "invented 30 users and 4 groups" {
		t.Errorf("toast %+v", toast)
	}
	catalog := scim.StandardCatalog()
	if users, groups := tenant.store.Count(catalog.Type("User")), tenant.store.Count(catalog.Type("Group")); users != 30 || groups != 4 {
		t.Errorf("%d users and %d groups", users, groups)
	}
	if toast := only[ToastMsg](t, []tea.Msg{page.(*peoplePage).invent(0, 1)()}); toast.Text != "invented no users and 1 group" && toast.Text != "invented 0 users and 1 group" {
		t.Errorf("toast %+v", toast)
	}
}
