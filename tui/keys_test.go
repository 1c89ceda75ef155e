package tui

import (
	"slices"
	"strings"
	"testing"

	"airmock/internal/journal/journaltest"
	tea "charm.land/bubbletea/v2"
)

func TestNoKeyMeansTwoThingsInOneContext(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	contexts := map[string][]Binding{}
	page := func(name string, keys ...string) {
		a := newTestApp(f, 120, 40)
		typeKeys(a, keys...)
		contexts[name] = a.page().Keys()
		if !a.page().Typing() {
			contexts[name] = slices.Concat(contexts[name], withoutTabs(a.keys.Global))
		}
		if top := a.overlays.top(); top != nil {
			contexts[name] = top.keys()
		}
	}
	page("live list")
	page("live detail", "enter")
	page("live filter", "/")
	page("users", "2")
	page("groups", "3")
	page("config", "4")
	page("faults", "5")
	page("help", "?")
	page("palette", ":")
	page("menu", "y")

	for name, bindings := range contexts {
		means := map[string]string{}
		for _, b := range bindings {
			for _, k := range b.Keys() {
				if other, taken := means[k]; taken {
					t.Errorf("%s: %s means both %q and %q", name, k, other, b.Help().Desc)
				}
				means[k] = b.Help().Desc
			}
			if h := b.Help(); h.Key == "" || h.Desc == "" {
				t.Errorf("%s: the binding of %v has no help", name, b.Keys())
			}
		}
	}
}

// withoutTabs are the global keys but for those that pages may take.
func withoutTabs(k GlobalKeys) []Binding {
	return slices.DeleteFunc(k.all(), func(b Binding) bool {
		return b.Help() == k.Next.Help() || b.Help() == k.Prev.Help()
	})
}

func TestPressIsTheKeyOfThatName(t *testing.T) {
	a := newTestApp(newFakeTenant(t), 80, 24)
	all := slices.Concat(a.keys.Global.all(), a.keys.Live.list(), a.keys.Live.detail(true), a.keys.Live.typing())
	for _, b := range all {
		for _, k := range b.Keys() {
			if got := press(k).String(); got != k {
				t.Errorf("press(%q) is %q", k, got)
			}
		}
	}
	if got := tea.KeyPressMsg(press("ctrl+alt+x")).String(); got != "ctrl+alt+x" {
		t.Errorf("press(ctrl+alt+x) is %q", got)
	}
}

// TestEveryKeyThatIsShownDoesSomething presses each binding of the Live page
// in a state in which it has something to do.
func TestEveryKeyThatIsShownDoesSomething(t *testing.T) {
	f := newFakeTenant(t)
	fill(f)
	f.journal.Append(journaltest.Create(strings.Repeat("long.", 40)+"@contoso.com", start))
	f.journal.Append(journaltest.Create("d.ray@contoso.com", start))

	for name, enter := range map[string][]string{
		"list":   {"/", "e", "enter", "k"},
		"detail": {"k", "enter", "j", "]", "[", "j"},
	} {
		for _, width := range []int{80, 120} {
			probe := newTestApp(f, width, 24)
			typeKeys(probe, enter...)
			for _, b := range probe.page().Keys() {
				for _, k := range b.Keys() {
					a := newTestApp(f, width, 24)
					typeKeys(a, enter...)
					before, page := shown(a), a.shown
					typeKeys(a, k)
					if shown(a) == before && a.shown == page {
						t.Errorf("%s at %d columns: %s (%s) changes nothing", name, width, k, b.Help().Desc)
					}
				}
			}
		}
	}
}
