package entra

import (
	"fmt"
	"strings"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func TestChecklist(t *testing.T) {
	const url = "https://fox.example/0/as/common/scim"
	setup := Setup{TenantURL: url, Public: true, Tokens: []string{"azure"}}
	good := call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0))
	wrong := call(scim.OpProbe, 401, filter(`userName eq "`+guid+`"`, -1), auth(journal.AuthUnknown, ""))
	astray := call(scim.OpUnknown, 404, at("/scimm/Users"), auth("", ""), refused("", "/scimm/Users is no part of this SCIM service; its Tenant URL is "+url))
	created := call(scim.OpUserCreate, 201, did("created", "b.simon@contoso.com"))

	tests := []struct {
		name  string
		setup Setup
		calls []*journal.Call
		marks string // one for each step
		step  int    // the step whose detail is looked at
		want  string // a part of it
	}{
		{"nothing yet", Setup{TenantURL: url}, nil, "✓●○○○○○○", 0, "--public-url"},
		{"a token", setup, nil, "✓✓●○○○○○", 1, `"azure"`},
		{"a fixed token that works", Setup{TenantURL: url}, []*journal.Call{good}, "✓✓✓✓●○○○", 1, "accepted"},
		{"a good test", setup, []*journal.Call{good}, "✓✓✓✓●○○○", 3, "a random GUID was asked for, and the list was empty (by userName, 21:04:11)"},
		{"a wrong token", setup, []*journal.Call{wrong}, "✓✓✓✗○○○○", 3, "paste it whole"},
		{"no token", setup, []*journal.Call{call(scim.OpUserList, 401, auth(journal.AuthMissing, ""))}, "✓✓✓✗○○○○", 3, "no token came along"},
		{"a revoked token", setup, []*journal.Call{call(scim.OpProbe, 401, auth(journal.AuthRevoked, "azure"))}, "✓✓✓✗○○○○", 3, "revoked"},
		{"an expired token", setup, []*journal.Call{call(scim.OpProbe, 401, auth(journal.AuthExpired, "azure"))}, "✓✓✓✗○○○○", 3, "expired"},
		{"a wrong path", setup, []*journal.Call{astray}, "✓✓✓✗○○○○", 3, "its Tenant URL is " + url + " (GET /scimm/Users, 21:04:11)"},
		{"a stray browser", setup, []*journal.Call{call(scim.OpUnknown, 401, at("/favicon.ico"), auth(journal.AuthMissing, ""))}, "✓✓●○○○○○", 3, "a lookup of a user that cannot exist"},
		{"a fault in the way", setup, []*journal.Call{call(scim.OpProbe, 503, broken("status", "answered 503"))}, "✓✓✓✗○○○○", 3, "clear it"},
		{"a test that is repaired", setup, []*journal.Call{astray, wrong, good}, "✓✓✓✓●○○○", 3, "the list was empty"},
		{"a test that worked and fails", setup, []*journal.Call{good, wrong}, "✓✓✓✗○○○○", 3, "none of this tenant's"},
		{"a stranger after a good test", setup, []*journal.Call{good, call(scim.OpUserList, 401, auth(journal.AuthUnknown, "")), astray}, "✓✓✓✓●○○○", 3, "the list was empty"},
		{"a first user", setup, []*journal.Call{good, created}, "✓✓✓✓✓✓●○", 5, "b.simon@contoso.com at 21:04:11"},
		{"a user without a test seen", setup, []*journal.Call{created}, "✓✓✓✓✓✓●○", 3, "not seen"},
		{"a create that failed", setup, []*journal.Call{good, call(scim.OpUserCreate, 409, did("none", ""))}, "✓✓✓✓●○○○", 4, "Provisioning Status"},
		{"what happened before the calls that are kept", setup, []*journal.Call{later(call(scim.OpUserEnable, 200, on(userA), did("updated", "a.kim@contoso.com", journal.Field{Name: "active", From: "false", To: "true"})))}, "✓✓✓✓✓✓●✓", 5, "before the first call that is kept"},
		{"everything", setup, []*journal.Call{good, created, call(scim.OpGroupCreate, 201, did("created", "Engineering")), call(scim.OpUserDisable, 200, did("updated", "a.kim@contoso.com"))}, "✓✓✓✓✓✓✓✓", 7, "a.kim@contoso.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var list Checklist
			for _, c := range tt.calls { // one by one, as they come
				list.Observe([]*journal.Call{c})
			}
			steps := list.Steps(tt.setup)
			marks := ""
			for _, s := range steps {
				marks += map[StepState]string{StepOpen: "○", StepCurrent: "●", StepDone: "✓", StepFailed: "✗"}[s.State]
			}
			if marks != tt.marks {
				t.Errorf("got %s, want %s:%s", marks, tt.marks, listing(steps))
			}
			if got := steps[tt.step].Detail; !strings.Contains(got, tt.want) {
				t.Errorf("step %d says %q, not %q", tt.step, got, tt.want)
			}
		})
	}
}

func listing(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "\n  %d %s: %s", s.State, s.Title, s.Detail)
	}
	return b.String()
}

// later is a call before which others were dropped.
func later(c *journal.Call) *journal.Call {
	c.Seq = 20_001
	return c
}
