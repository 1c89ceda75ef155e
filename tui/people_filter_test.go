package tui

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/scim"
)

func TestTextIsReadAsAFilterWhereItLooksLikeOne(t *testing.T) {
	user := scim.StandardCatalog().Type("User")
	tests := []struct {
		text   string
		filter bool
	}{
		{"", false},
		{"kim", false},
		{"andrea kim", false},
		{"le grand", false},
		{"grand le", false},
		{"active", false},
		{"not here", false},
		{"title page", false},
		{`userName eq "b.simon@contoso.com"`, true},
		{`USERNAME EQ "x"`, true},
		{`userName eq`, true},
		{`(userName sw "b" or userName sw "a")`, true},
		{`not (active eq true)`, true},
		{`NOT(active eq true)`, true},
		{`active eq false`, true},
		{`title pr`, true},
		{`id eq "x"`, true},
		{`meta.created gt "2026"`, true},
		{`name.familyName co "Si"`, true},
		{`emails[type eq "work"].value pr`, true},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "R"`, true},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := looksLikeFilter(user, tt.text); got != tt.filter {
				t.Errorf("looks like a filter: %v, want %v", got, tt.filter)
			}
		})
	}
}

func TestAFilterSelects(t *testing.T) {
	_, p := pagesEnv(t)
	population(p)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing typed selects all", "", []string{"b.simon@contoso.com", "a.kim@contoso.com", "c.lee@contoso.com"}},
		{"a word in the userName", "kim@", []string{"a.kim@contoso.com"}},
		{"a word in the displayName, in any case", "CHRIS", []string{"c.lee@contoso.com"}},
		{"a word in the externalId", "bsimon", []string{"b.simon@contoso.com"}},
		{"a word in the id", "id-0003", []string{"c.lee@contoso.com"}},
		{"words that all must be there", "contoso andrea", []string{"a.kim@contoso.com"}},
		{"words of which one is nowhere", "contoso zoe", nil},
		{"a SCIM filter on a name", `userName sw "b"`, []string{"b.simon@contoso.com"}},
		{"a SCIM filter on a boolean", `active eq false`, []string{"a.kim@contoso.com"}},
		{"a SCIM filter on what no column shows", `title eq "Engineer"`, []string{"b.simon@contoso.com"}},
		{"a SCIM filter that nothing matches", `userName eq "nobody"`, nil},
	}
	user := p.catalog.Type("User")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := readPeopleFilter(user, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			found, err := f.find(context.Background(), p.store, user)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, r := range found {
				names = append(names, r.Name)
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASearchEndsWithItsContext(t *testing.T) {
	_, p := pagesEnv(t)
	population(p)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (peopleFilter{words: []string{"kim"}}).find(ctx, p.store, p.catalog.Type("User")); err == nil {
		t.Error("no error of a search that was cancelled")
	}
}

func TestAFilterThatCannotBeReadSaysWhere(t *testing.T) {
	_, err := readPeopleFilter(scim.StandardCatalog().Type("User"), `userName eq "b" xor active eq true`)
	if err == nil || !strings.Contains(problemText(err), "17") {
		t.Errorf("error %v, want one that names character 17", err)
	}
	if strings.Contains(problemText(err), "invalidFilter") {
		t.Errorf("%q has the scimType, which is for clients", problemText(err))
	}
}
