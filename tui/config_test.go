package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"airmock/internal/entra"
	"airmock/internal/journal/journaltest"
	"airmock/store"
)

// configOf is the page over a tenant with three tokens: a live one, an expired
// one and a revoked one. Their ids are random, and not shown in goldens.
func configOf(t *testing.T) (*configPage, *pagesTenant) {
	t.Helper()
	e, p := pagesEnv(t)
	p.token("azure", 0)
	p.token("old", days(30))
	p.token("leaked", 0)
	if _, err := p.store.RevokeToken(context.Background(), "leaked"); err != nil {
		t.Fatal(err)
	}
	p.now = start.Add(days(31))
	page := newConfigPage(e).(*configPage)
	page.Refresh()
	return page, p
}

func (p *pagesTenant) token(name string, ttl time.Duration) (store.Token, string) {
	p.t.Helper()
	token, secret, err := p.store.CreateToken(context.Background(), name, ttl)
	if err != nil {
		p.t.Fatal(err)
	}
	return token, secret
}

// withoutIDs replaces the random ids of tokens.
func withoutIDs(p *pagesTenant, view string) string {
	for _, t := range p.store.Tokens() {
		view = strings.ReplaceAll(view, t.ID, strings.Repeat("x", len(t.ID)))
	}
	return view
}

func TestConfigGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}} {
		w, h := size[0], size[1]
		e, _ := pagesEnv(t)
		empty := newConfigPage(e)
		empty.Refresh()
		golden(t, fmt.Sprintf("config-empty-%dx%d", w, h), text(empty, w, h))

		page, p := configOf(t)
		p.status.Public, p.status.FixedSecret = false, true
		p.status.TenantURL = "http://127.0.0.1:7644/0/as/common/scim"
		page.Refresh()
		golden(t, fmt.Sprintf("config-%dx%d", w, h), withoutIDs(p, text(page, w, h)))
	}
}

func TestConfigViewsAreAsLargeAsTheyMustBe(t *testing.T) {
	e, _ := pagesEnv(t)
	empty := newConfigPage(e)
	empty.Refresh()
	checkSizes(t, empty)

	page, p := configOf(t)
	p.status.Public, p.status.FixedSecret = false, true
	population(p)
	for _, keys := range [][]string{nil, {"tab"}, {"G"}, {"pgup", "tab", "j"}} {
		pressKeys(page, keys...)
		page.Refresh()
		checkSizes(t, page)
	}
}

func TestGenerateMakesATokenThatWorksAtOnce(t *testing.T) {
	page, p := configOf(t)
	reveal := only[RevealMsg](t, pressKeys(page, "g"))
	token, ok := p.store.FindToken(reveal.Secret)
	if !ok || token.Name != reveal.Name || !token.Expires.IsZero() {
		t.Errorf("the secret belongs to %+v, the reveal says %q", token, reveal.Name)
	}
}

func TestATokenIsMadeWithNameAndExpiry(t *testing.T) {
	page, p := configOf(t)
	form := only[FormMsg](t, pressKeys(page, "n"))
	values := map[string]string{}
	for _, f := range form.Fields {
		values[f.Name] = f.Value
	}
	if values["name"] != "azure-2" || values["expires"] != "never" {
		t.Errorf("the form offers %v", values)
	}
	cmd, err := form.Submit(map[string]string{"name": " portal ", "expires": "90d"})
	if err != nil {
		t.Fatal(err)
	}
	reveal := only[RevealMsg](t, results(cmd))
	token, ok := p.store.FindToken(reveal.Secret)
	if !ok || token.Name != "portal" || reveal.Name != "portal" {
		t.Fatalf("the secret belongs to %+v, the reveal says %q", token, reveal.Name)
	}
	if got := token.Expires.Sub(p.now); got != days(90) {
		t.Errorf("expires after %s", got)
	}
	page.Refresh()
	if got := text(page, 120, 37); !strings.Contains(got, "portal") || strings.Contains(got, reveal.Secret) {
		t.Errorf("the list has not the token, or has its secret:\n%s", got)
	}
}

func TestEachLifetimeIsWhatItSays(t *testing.T) {
	for label, want := range map[string]time.Duration{"never": 0, "30d": days(30), "90d": days(90)} {
		t.Run(label, func(t *testing.T) {
			page, p := configOf(t)
			cmd, err := page.generate(map[string]string{"name": "x" + label, "expires": label})
			if err != nil {
				t.Fatal(err)
			}
			token, _ := p.store.FindToken(only[RevealMsg](t, results(cmd)).Secret)
			if want == 0 && !token.Expires.IsZero() || want > 0 && !token.Expires.Equal(p.now.Add(want)) {
				t.Errorf("expires %s", token.Expires)
			}
		})
	}
}

func TestANameThatIsTakenIsRefusedInTheForm(t *testing.T) {
	page, _ := configOf(t)
	form := only[FormMsg](t, pressKeys(page, "n"))
	_, err := form.Submit(map[string]string{"name": "Azure", "expires": "never"})
	if err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("error %v", err)
	}
	if _, err := form.Submit(map[string]string{"name": "leaked", "expires": "never"}); err != nil {
		t.Errorf("the name of a revoked token is refused: %v", err)
	}
}

func TestATokenThatCannotBeMadeSaysWhy(t *testing.T) {
	page, p := configOf(t)
	cmd, err := page.generate(map[string]string{"name": "late", "expires": "never"})
	if err != nil {
		t.Fatal(err)
	}
	p.store.Close()
	if toast := only[ToastMsg](t, results(cmd)); !toast.Bad || !strings.Contains(toast.Text, "closed") {
		t.Errorf("toast %+v", toast)
	}
}

func TestRevokeAsksAndNamesTheToken(t *testing.T) {
	page, p := configOf(t)
	confirm := only[ConfirmMsg](t, pressKeys(page, "r"))
	if !strings.Contains(confirm.Question, "azure") {
		t.Errorf("question %q", confirm.Question)
	}
	if state := p.store.Tokens()[0].State(p.now); state != "live" {
		t.Fatalf("the token is %s before the answer", state)
	}
	if toast := only[ToastMsg](t, results(confirm.Yes)); toast.Bad {
		t.Errorf("toast %+v", toast)
	}
	if state := p.store.Tokens()[0].State(p.now); state != "revoked" {
		t.Errorf("the token is %s", state)
	}
}

func TestRevokeOfWhatIsRevokedSaysSo(t *testing.T) {
	page, _ := configOf(t)
	page.View(80, 21)
	if toast := only[ToastMsg](t, pressKeys(page, "G", "r")); !toast.Bad || !strings.Contains(toast.Text, "leaked") {
		t.Errorf("toast %+v", toast)
	}
	e, _ := pagesEnv(t)
	empty := newConfigPage(e)
	empty.Refresh()
	if toast := only[ToastMsg](t, pressKeys(empty, "r")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
}

func TestLiveTokensComeFirst(t *testing.T) {
	page, _ := configOf(t)
	var names []string
	for _, token := range page.tokens.rows {
		names = append(names, token.Name)
	}
	if got := strings.Join(names, " "); got != "azure old leaked" {
		t.Errorf("tokens %s", got)
	}
	for _, want := range []string{"● live", "○ expired", "✗ revoked"} {
		if got := text(page, 80, 21); !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestTheTenantURLIsCopiedWhole(t *testing.T) {
	page, p := configOf(t)
	for _, k := range []string{"u", "y"} {
		if got := only[CopyMsg](t, pressKeys(page, k)); got.Text != p.status.TenantURL || got.What != "Tenant URL" {
			t.Errorf("%s copies %+v", k, got)
		}
	}
	if toast := only[ToastMsg](t, pressKeys(page, "c")); !toast.Bad {
		t.Errorf("toast %+v", toast)
	}
}

func TestALocalAddressWarns(t *testing.T) {
	page, p := configOf(t)
	const warning = "Azure cannot reach this address"
	if got := text(page, 120, 37); strings.Contains(got, warning) {
		t.Errorf("a public address warns:\n%s", got)
	}
	p.status.Public = false
	page.Refresh()
	if got := text(page, 120, 37); !strings.Contains(got, warning) || !strings.Contains(got, "127.0.0.1:7644") {
		t.Errorf("a local address does not warn:\n%s", got)
	}
}

func TestTheChecklistIsFedEachCallOnce(t *testing.T) {
	page, p := configOf(t)
	for range pullSize + 10 {
		p.journal.Append(journaltest.Lookup("x", p.now))
	}
	page.Refresh()
	if page.seen != pullSize+10 {
		t.Errorf("seen %d", page.seen)
	}
	p.journal.Append(journaltest.Create("b.simon@contoso.com", p.now))
	page.Refresh()
	if got := text(page, 120, 37); !strings.Contains(got, "✓ First user provisioned") {
		t.Errorf("the checklist does not tick:\n%s", got)
	}
}

func TestTheChecklistShowsTheStepThatIsToBeDone(t *testing.T) {
	page, _ := configOf(t)
	for range 20 {
		page.steps = append(page.steps, entra.Step{State: entra.StepDone, Title: "Done", Detail: "long ago"})
	}
	page.steps = append(page.steps, entra.Step{State: entra.StepFailed, Title: "Test", Detail: "no \x1b[31mtoken"})
	got := text(page, 80, 21)
	if !strings.Contains(got, "✗ Test") || !strings.Contains(got, "failed") || !strings.Contains(got, "no ␛[31mtoken") {
		t.Errorf("the failed step is not to be seen:\n%s", got)
	}
}

func TestTabGivesTheChecklistTheKeys(t *testing.T) {
	page, _ := configOf(t)
	top := func() string {
		lines := strings.Split(ansi.Strip(page.View(40, 8)), "\n")
		return strings.TrimSpace(lines[1])
	}
	pressKeys(page, "tab")
	if got := top(); !strings.HasPrefix(got, "✓ Tenant is up") {
		t.Fatalf("the checklist begins with %q", got)
	}
	pressKeys(page, "j")
	if got := top(); strings.HasPrefix(got, "✓ Tenant is up") {
		t.Error("j does not scroll the checklist")
	}
	pressKeys(page, "end")
	if got := text(page, 40, 8); !strings.Contains(got, "First user disabled") {
		t.Errorf("end does not show the end:\n%s", got)
	}
	pressKeys(page, "home")
	if got := top(); !strings.HasPrefix(got, "✓ Tenant is up") {
		t.Errorf("home shows %q", got)
	}
	pressKeys(page, "tab")
	if got := text(page, 40, 8); !strings.Contains(got, "Tenant URL") {
		t.Errorf("tab does not go back:\n%s", got)
	}
}

func TestConfigKeysAreNotDoubled(t *testing.T) {
	page, _ := configOf(t)
	checkKeys(t, page)
	pressKeys(page, "tab")
	checkKeys(t, page)
}

func TestTimesAreTold(t *testing.T) {
	tests := []struct {
		d           time.Duration
		past, ahead string
	}{
		{0, "now", "now"},
		{time.Second, "1s ago", "in 1s"},
		{59 * time.Second, "59s ago", "in 59s"},
		{90 * time.Second, "1m ago", "in 1m"},
		{3 * time.Hour, "3h ago", "in 3h"},
		{47 * time.Hour, "47h ago", "in 47h"},
		{days(2), "2d ago", "in 2d"},
		{days(800), "800d ago", "in 800d"},
	}
	for _, tt := range tests {
		t.Run(tt.d.String(), func(t *testing.T) {
			if got := ago(start, start.Add(-tt.d)); got != tt.past {
				t.Errorf("ago %q, want %q", got, tt.past)
			}
			if got := until(start, start.Add(tt.d)); got != tt.ahead {
				t.Errorf("until %q, want %q", got, tt.ahead)
			}
		})
	}
}
