package tui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/fault"
	"airmock/internal/journal"
)

func faultsOf(t *testing.T) (*faultsPage, *pagesTenant) {
	t.Helper()
	e, p := pagesEnv(t)
	p.faults = fault.New(fault.Options{Seed: 1, Now: e.now})
	page := newFaultsPage(e).(*faultsPage)
	page.Refresh()
	page.View(120, 37)
	return page, p
}

// selectPreset moves to a preset.
func selectPreset(t *testing.T, page *faultsPage, name string) {
	t.Helper()
	pressKeys(page, "g")
	for range page.presets.rows {
		if row, _ := page.presets.selected(); row.Name == name {
			return
		}
		pressKeys(page, "j")
	}
	t.Fatalf("no preset %s", name)
}

// provision sends creates of users through the rules and returns the statuses.
func provision(p *pagesTenant, n int) []int {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	h := p.journal.Record(p.faults.Inject(ok), journal.RecordOptions{Bases: []string{base}})
	var statuses []int
	for range n {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, base+"/Users", strings.NewReader(`{"userName":"x"}`)))
		statuses = append(statuses, w.Code)
	}
	return statuses
}

func TestFaultsGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}} {
		w, h := size[0], size[1]
		page, p := faultsOf(t)
		golden(t, fmt.Sprintf("faults-empty-%dx%d", w, h), text(page, w, h))
		selectPreset(t, page, "create-503-twice")
		pressKeys(page, "space")
		provision(p, 1)
		p.now = start.Add(90 * time.Second)
		page.Refresh()
		golden(t, fmt.Sprintf("faults-%dx%d", w, h), text(page, w, h))
		pressKeys(page, "tab")
		golden(t, fmt.Sprintf("faults-rule-%dx%d", w, h), text(page, w, h))
	}
}

func TestFaultsViewsAreAsLargeAsTheyMustBe(t *testing.T) {
	page, p := faultsOf(t)
	checkSizes(t, page)
	pressKeys(page, "tab")
	checkSizes(t, page)
	for range 30 {
		if _, err := p.faults.Arm(fault.Spec{"kind": "status", "detail": "👩‍👩‍👧 " + strings.Repeat("y", 300), "ttl": "15m"}); err != nil {
			t.Fatal(err)
		}
	}
	page.Refresh()
	checkSizes(t, page)
	pressKeys(page, "tab", "G")
	checkSizes(t, page)
}

func TestSpaceArmsThePresetAndDisarmsTheRule(t *testing.T) {
	page, p := faultsOf(t)
	selectPreset(t, page, "create-503-twice")
	toast := only[ToastMsg](t, pressKeys(page, "space"))
	if toast.Bad || !strings.HasPrefix(toast.Text, "armed: status 503 on user.create") {
		t.Errorf("toast %+v", toast)
	}
	if page.Title() != "Faults 1" {
		t.Errorf("title %q", page.Title())
	}
	if diff := cmp.Diff([]int{503, 503, 201, 201}, provision(p, 4)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	page.Refresh()
	if got := text(page, 120, 37); !strings.Contains(got, "spent") {
		t.Errorf("the rule does not say that it is spent:\n%s", got)
	}
	toast = only[ToastMsg](t, pressKeys(page, "tab", "space"))
	if toast.Bad || !strings.HasPrefix(toast.Text, "disarmed: status 503") {
		t.Errorf("toast %+v", toast)
	}
	if len(p.faults.List()) != 0 || page.Title() != "Faults" {
		t.Errorf("left %v, title %q", p.faults.List(), page.Title())
	}
}

func TestEveryPresetCanBeArmedAndExplainsItself(t *testing.T) {
	page, p := faultsOf(t)
	for _, preset := range fault.Presets() {
		selectPreset(t, page, preset.Name)
		if toast := only[ToastMsg](t, pressKeys(page, "space")); toast.Bad {
			t.Errorf("%s: %s", preset.Name, toast.Text)
		}
		form := only[FormMsg](t, pressKeys(page, "enter"))
		if !strings.Contains(form.Help, preset.Summary) || !strings.Contains(form.Help, preset.ReachesAs) {
			t.Errorf("%s explains itself as %q", preset.Name, form.Help)
		}
		values := formValues(form)
		if _, err := form.Submit(values); err != nil {
			t.Errorf("%s: the form as it stands is refused: %v", preset.Name, err)
		}
		rules := p.faults.List()
		if diff := cmp.Diff(preset.Spec, rules[len(rules)-1].Spec); diff != "" {
			t.Errorf("%s: the form armed another rule (-want +got):\n%s", preset.Name, diff)
		}
	}
}

// formValues are a form's values as they stand when it is opened: the first
// option is chosen where the value is none.
func formValues(form FormMsg) map[string]string {
	values := map[string]string{}
	for _, f := range form.Fields {
		values[f.Name] = f.Value
		if len(f.Options) > 0 && !slices.Contains(f.Options, f.Value) {
			values[f.Name] = f.Options[0]
		}
	}
	return values
}

func TestANewRuleHasWhatWasFilledInAndNothingElse(t *testing.T) {
	tests := []struct {
		name string
		fill map[string]string
		want fault.Spec
	}{
		{"nothing", nil, fault.Spec{"kind": "status"}},
		{"a status for the next two creates",
			map[string]string{"code": "503", "op": "user.create", "selector": "first", "n": "2"},
			fault.Spec{"kind": "status", "code": "503", "op": "user.create", "first": "2"}},
		{"a delay of one call in ten, five times, for a minute",
			map[string]string{"kind": "latency", "fixed": "2s", "selector": "percent", "n": "10", "times": "5", "ttl": "1m"},
			fault.Spec{"kind": "latency", "fixed": "2s", "percent": "10", "times": "5", "ttl": "1m"}},
		{"blanks are nothing", map[string]string{"code": "  ", "op": " probe "}, fault.Spec{"kind": "status", "op": "probe"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, p := faultsOf(t)
			form := only[FormMsg](t, pressKeys(page, "n"))
			values := formValues(form)
			for k, v := range tt.fill {
				values[k] = v
			}
			cmd, err := form.Submit(values)
			if err != nil {
				t.Fatal(err)
			}
			if toast := only[ToastMsg](t, results(cmd)); toast.Bad || !strings.HasPrefix(toast.Text, "armed: ") {
				t.Errorf("toast %+v", toast)
			}
			if diff := cmp.Diff(tt.want, p.faults.List()[0].Spec); diff != "" {
				t.Errorf("armed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWrongRuleIsRefusedInTheForm(t *testing.T) {
	tests := []struct {
		name string
		fill map[string]string
		want string // in the error
	}{
		{"a number that nothing takes", map[string]string{"n": "2"}, "choose first"},
		{"a selector without its number", map[string]string{"selector": "nth"}, "nth needs a number"},
		{"a value that is out of range", map[string]string{"code": "200"}, "code"},
		{"an operation that there is none", map[string]string{"op": "user.creat"}, "user.create"},
		{"a key of another kind", map[string]string{"fixed": "2s"}, "fixed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, p := faultsOf(t)
			form := only[FormMsg](t, pressKeys(page, "n"))
			values := formValues(form)
			for k, v := range tt.fill {
				values[k] = v
			}
			_, err := form.Submit(values)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if len(p.faults.List()) != 0 {
				t.Error("it is armed all the same")
			}
		})
	}
}

func TestAFormHasAFieldForEverythingInItsRule(t *testing.T) {
	base := fault.Spec{"kind": "throttle", "as": "date", "retry_after": "30s", "user": "kim", "nth": "3", "every": "2"}
	got := fault.Spec{}
	for _, f := range ruleFields(base) {
		if f.Value != "" && f.Name != "n" && f.Name != "selector" {
			got[f.Name] = f.Value
		}
		if f.Name == "n" {
			got["nth"] = f.Value
		}
	}
	if diff := cmp.Diff(base, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestEnterOnARuleArmsAnotherLikeIt(t *testing.T) {
	page, p := faultsOf(t)
	selectPreset(t, page, "lost-create")
	pressKeys(page, "space", "tab")
	form := only[FormMsg](t, pressKeys(page, "enter"))
	if _, err := form.Submit(formValues(form)); err != nil {
		t.Fatal(err)
	}
	rules := p.faults.List()
	if len(rules) != 2 || rules[0].Text != rules[1].Text {
		t.Errorf("rules %+v", rules)
	}
}

func TestDisarmingWhereNothingIsArmedSaysSo(t *testing.T) {
	page, p := faultsOf(t)
	if toast := only[ToastMsg](t, pressKeys(page, "d")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	pressKeys(page, "space")
	p.faults.Clear()
	if toast := only[ToastMsg](t, pressKeys(page, "d")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	if len(page.rules.rows) != 0 {
		t.Error("the rule is still listed")
	}
}

func TestARuleIsShownWithItsCounters(t *testing.T) {
	page, p := faultsOf(t)
	if _, err := p.faults.Arm(fault.Spec{"kind": "status", "op": "user.create", "every": "2", "times": "5", "ttl": "15m"}); err != nil {
		t.Fatal(err)
	}
	provision(p, 3)
	page.Refresh()
	pressKeys(page, "tab")
	got := text(page, 120, 37)
	for _, want := range []string{"⚡", "1/3", "matched 3 calls, fired on 1", "in 15m", "answered 503"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestFaultsKeysAreNotDoubled(t *testing.T) {
	page, _ := faultsOf(t)
	checkKeys(t, page)
	pressKeys(page, "tab")
	checkKeys(t, page)
}
