package entra

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

func quirky(quirks ...scim.Quirk) func(*journal.Call) {
	return func(c *journal.Call) { c.Quirks = quirks }
}

func method(name string) func(*journal.Call) { return func(c *journal.Call) { c.Method = name } }

func TestClientOf(t *testing.T) {
	probe := call(scim.OpProbe, 200, filter(`userName eq "`+guid+`"`, 0))
	entraSays := call(scim.OpUserGet, 200, header("ADSCIMVersion", "5.0"))
	tests := []struct {
		name  string
		calls []*journal.Call
		want  string
	}{
		{"nobody", nil, "an unknown client: it sent nothing that tells who it is"},
		{"a read tells nothing", []*journal.Call{call(scim.OpUserGet, 200)}, "an unknown client: it sent nothing that tells who it is"},
		{"Entra by its header", []*journal.Call{entraSays}, "Microsoft Entra ID, dialect not known yet (certain: the header ADSCIMVersion)"},
		{"Entra by one probe", []*journal.Call{probe}, "Microsoft Entra ID, dialect not known yet (guess: a lookup by a random GUID)"},
		{"Entra by shapes, default dialect", []*journal.Call{probe, call(scim.OpUserDisable, 200, method("PATCH"), quirky(scim.QuirkOpCapitalised, scim.QuirkActiveAsString))},
			`Microsoft Entra ID, dialect default (likely: a lookup by a random GUID, operations written Add, Replace, Remove, active as the text "True" or "False" in a PATCH)`},
		{"Entra with the flag forwarded", []*journal.Call{call(scim.OpUserGet, 200, query("aadOptscim062020"))}, "Microsoft Entra ID, dialect aadOptscim062020 (certain: aadOptscim062020 in the URL)"},
		{"Entra with the flag, by shapes", []*journal.Call{probe, call(scim.OpUserPatch, 200, method("PATCH"), quirky(scim.QuirkDottedKeys))},
			"Microsoft Entra ID, dialect aadOptscim062020 (likely: a lookup by a random GUID, operations in lower case without a path and with dotted names)"},
		{"a list of five", []*journal.Call{call(scim.OpUserList, 200, query("startIndex=6&count=5"))}, "Microsoft's SCIM validator, neither of Entra's dialects (guess: lists of five, page by page)"},
		{"Okta by its name", []*journal.Call{call(scim.OpUserGet, 200, header("User-Agent", "Okta SCIM Client 1.0.0"))}, "Okta, neither of Entra's dialects (certain: it names itself in User-Agent)"},
		{"Okta by a shape", []*journal.Call{call(scim.OpUserQuery, 200, query("filter=x&startIndex=1&count=100"))}, "Okta, neither of Entra's dialects (guess: lookups with startIndex=1 and count=100)"},
		{"OneLogin by its name", []*journal.Call{call(scim.OpUserGet, 200, header("User-Agent", "scim/1 (onelogin)"))}, "OneLogin, neither of Entra's dialects (certain: it names itself in User-Agent)"},
		{"JumpCloud by its name", []*journal.Call{call(scim.OpUserGet, 200, header("User-Agent", "JumpCloud/2"))}, "JumpCloud, neither of Entra's dialects (certain: it names itself in User-Agent)"},
		{"curl", []*journal.Call{call(scim.OpUserGet, 200, header("User-Agent", "curl/8.5.0"))}, "curl, neither of Entra's dialects (certain: it names itself in User-Agent)"},
		{"curl that plays a test", []*journal.Call{call(scim.OpProbe, 200, header("User-Agent", "curl/8.5.0"))}, "curl, neither of Entra's dialects (certain: it names itself in User-Agent, a lookup by a random GUID)"},
		{"a browser", []*journal.Call{call(scim.OpUnknown, 404, header("User-Agent", "Mozilla/5.0 (X11) Firefox/128.0"))}, "a browser, neither of Entra's dialects (certain: User-Agent is a browser's)"},
		{"curl that speaks as the service does", []*journal.Call{call(scim.OpUserPatch, 200, header("User-Agent", "curl/8.5.0"), quirky(scim.QuirkOpCapitalised))}, "curl, dialect default (certain: it names itself in User-Agent, operations written Add, Replace, Remove)"},
		{"a library", []*journal.Call{call(scim.OpUserGet, 200, header("User-Agent", "python-requests/2.31.0"))}, "a program that uses python-requests, neither of Entra's dialects (guess: User-Agent is that of a library)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ClientOf(tt.calls).Text(); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestClientsAreToldApart(t *testing.T) {
	var calls []*journal.Call
	for i, agent := range []string{"", "curl/8.5.0", "", "Okta SCIM Client 1.0.0", "curl/8.5.0"} {
		c := call(scim.OpUserGet, 200, header("User-Agent", agent))
		c.Seq = uint64(i + 1)
		calls = append(calls, c)
	}
	var got []string
	for _, c := range Clients(calls) {
		got = append(got, fmt.Sprintf("%s %d", c.Name, c.Calls))
	}
	if text := strings.Join(got, ", "); text != "curl 2, Okta 1,  2" {
		t.Errorf("got %s", text)
	}
	for i := range 100 { // names without end
		calls = append(calls, call(scim.OpUserGet, 200, header("User-Agent", fmt.Sprint("bot", i))))
	}
	if n := len(Clients(calls)); n != maxClients {
		t.Errorf("%d clients", n)
	}
}

func TestTheCallsAroundTellWhoMadeACall(t *testing.T) {
	read, patch := call(scim.OpUserGet, 200), call(scim.OpUserPatch, 200, quirky(scim.QuirkOpCapitalised), method(http.MethodPatch))
	other := call(scim.OpUserGet, 200, header("User-Agent", "curl/8.5.0"))
	if got := ClientAmong(read, []*journal.Call{patch, other, read}); got.Name != nameEntra || got.Dialect != DialectDefault || got.Calls != 2 {
		t.Errorf("got %+v", got)
	}
	if got := ClientAmong(read, nil); got.Name != "" || got.Calls != 1 {
		t.Errorf("got %+v", got)
	}
}
