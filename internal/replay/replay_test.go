package replay_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/journal"
	"airmock/internal/replay"
	"airmock/internal/scim"
	"airmock/internal/search"
	"airmock/internal/tenant"
)

const secret = "t0ken"

// begin starts a tenant in memory, below a base path.
func begin(t *testing.T, basePath string) *tenant.Tenant {
	t.Helper()
	running := tenant.New(tenant.Config{Listen: "127.0.0.1:0", BasePath: basePath, Memory: true, Secret: secret})
	if err := running.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	return running
}

// ask sends a call and returns the id in its answer.
func ask(t *testing.T, tenant *tenant.Tenant, method, path, body string) (id string) {
	t.Helper()
	_, before := tenant.Journal().Bounds()
	defer await(t, tenant.Journal(), before+1)
	req, err := http.NewRequest(method, tenant.LocalURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ ID string }
	_ = json.Unmarshal(data, &said) // a 204 says nothing
	return said.ID
}

// await waits until the journal has the call of that number: a client has its
// answer before.
func await(t *testing.T, j *journal.Journal, seq uint64) {
	t.Helper()
	w := j.Watch()
	defer w.Close()
	for {
		if _, last := j.Bounds(); last >= seq {
			return
		}
		select {
		case <-w.C:
		case <-t.Context().Done():
			t.Fatal("the call does not come")
		}
	}
}

// converse has a conversation in which later calls name what earlier ones made,
// in every place where an id can stand.
func converse(t *testing.T, on *tenant.Tenant) {
	t.Helper()
	boss := ask(t, on, "POST", "/Users", `{"userName":"boss@contoso.com","displayName":"Boss"}`)
	kim := ask(t, on, "POST", "/Users", `{"userName":"kim@contoso.com"}`)
	ask(t, on, "PATCH", "/Users/"+kim, `{"Operations":[{"op":"Add","path":"manager","value":"`+boss+`"},{"op":"Replace","path":"active","value":"False"}]}`)
	ask(t, on, "GET", "/Users/"+kim, "")
	group := ask(t, on, "POST", "/Groups", `{"displayName":"Sales","members":[{"value":"`+kim+`"}]}`)
	ask(t, on, "PATCH", "/Groups/"+group, `{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+boss+`"}]}]}`)
	ask(t, on, "PATCH", "/Groups/"+group, `{"Operations":[{"op":"Remove","path":"members[value eq \"`+kim+`\"]"}]}`)
	ask(t, on, "GET", `/Groups?filter=members%5Bvalue+eq+%22`+boss+`%22%5D`, "")
	ask(t, on, "GET", "/Groups/"+group, "")
	ask(t, on, "POST", "/Bulk", `{"Operations":[{"method":"POST","bulkId":"a","path":"/Users","data":{"userName":"lee@contoso.com"}},{"method":"PATCH","path":"/Users/`+kim+`","data":{"Operations":[{"op":"replace","path":"title","value":"Engineer"}]}}]}`)
	ask(t, on, "PUT", "/Users/"+kim, `{"userName":"kim@contoso.com","active":true}`)
	ask(t, on, "DELETE", "/Users/"+boss, "")
	ask(t, on, "GET", "/Users/"+boss, "")
}

// play replays all calls of a tenant and returns what came of each.
func play(t *testing.T, from *tenant.Tenant, run *replay.Run) []replay.Outcome {
	t.Helper()
	_, last := from.Journal().Bounds()
	calls, _ := from.Journal().Since(0, int(last))
	var all []replay.Outcome
	for _, c := range calls {
		o, err := run.Call(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func wantSame(t *testing.T, all []replay.Outcome) {
	t.Helper()
	for _, o := range all {
		if !o.Same || !o.Sent {
			t.Errorf("call %d, %s: %+v %s", o.Call, o.Story, o.Differences, o.Skipped)
		}
	}
}

func TestAConversationReplayedOnAnEmptyTenantIsTheSameAndNamesTheNewIds(t *testing.T) {
	on := begin(t, "/scim")
	converse(t, on)
	if _, err := on.Store().Reset(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	all := play(t, on, &replay.Run{Target: replay.Here(on, "")})
	wantSame(t, all)
	if _, last := on.Journal().Bounds(); last != uint64(2*len(all)) {
		t.Errorf("the journal has %d calls, want each twice: %d", last, 2*len(all))
	}
	if c := on.Journal().Get(all[0].Now); c.Request.Header.Get("Airmock-Replay-Of") != "1" {
		t.Errorf("the new call does not say what it repeats: %v", c.Request.Header)
	}
}

func TestAConversationReplayedElsewhereTakesTheOtherBasePathAndToken(t *testing.T) {
	from, to := begin(t, "/scim"), begin(t, "/another/base")
	converse(t, from)
	target, err := replay.Elsewhere(to.LocalURL()+"/?aadOptscim062020", secret, from.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	all := play(t, from, &replay.Run{Target: target})
	wantSame(t, all)
	await(t, to.Journal(), uint64(len(all)))
	c := to.Journal().Get(1)
	if c.Auth != journal.AuthOK || c.Query != "aadOptscim062020" || c.Request.Header.Get("Airmock-Replay-Of") != "" {
		t.Errorf("%v %q %v", c.Auth, c.Query, c.Request.Header)
	}
	if to.Status().Users != from.Status().Users {
		t.Errorf("%d users there, %d here", to.Status().Users, from.Status().Users)
	}
}

func TestWhatIsDifferentIsTold(t *testing.T) {
	on := begin(t, "/scim")
	kim := ask(t, on, "POST", "/Users", `{"userName":"kim","title":"Engineer","emails":[{"type":"work","value":"a@contoso.com"}]}`)
	ask(t, on, "GET", "/Users/"+kim, "")
	ask(t, on, "PATCH", "/Users/"+kim, `{"Operations":[{"op":"replace","value":{"title":"Lead","emails[type eq \"work\"].value":"b@contoso.com"}}]}`)
	run := &replay.Run{Target: replay.Here(on, "")}
	read, err := run.Call(t.Context(), on.Journal().Get(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []replay.Difference{
		{What: "title", Then: `"Engineer"`, Now: `"Lead"`},
		{What: `emails[type eq "work"].value`, Then: `"a@contoso.com"`, Now: `"b@contoso.com"`},
	}
	if diff := cmp.Diff(want, read.Differences); diff != "" {
		t.Errorf("the read (-want +got):\n%s", diff)
	}
	create, err := run.Call(t.Context(), on.Journal().Get(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, d := range create.Differences {
		what = append(what, d.What)
	}
	if diff := cmp.Diff([]string{"status", "story", "header Location", "header Etag", "body"}, what); diff != "" || create.Status != 409 {
		t.Errorf("the create, %d:\n%s", create.Status, diff)
	}
}

func TestCallsThatCannotBeSentAsTheyWereSayWhy(t *testing.T) {
	on := begin(t, "/scim")
	ask(t, on, "POST", "/Users", `{"userName":"kim","password":"hush"}`)
	ask(t, on, "PATCH", "/Users/1", `{"Operations":[{"op":"replace","path":"password","value":"hush"}]}`)
	ask(t, on, "PATCH", "/Users/1", `{"Operations":[{"op":"replace","path":"password","value":"hush"},{"op":"replace","path":"title","value":"Lead"}]}`)
	ask(t, on, "GET", "/Users?filter=password+eq+%22hush%22", "")
	ask(t, on, "POST", "/Users", `{"userName":"lee","title":"`+strings.Repeat("x", journal.MaxBody)+`"}`)
	on.Exchange(httptest.NewRequest("GET", "/elsewhere", nil))
	for seq, want := range map[uint64]struct{ body, note, skipped string }{
		1: {body: `{"userName":"kim"}`, note: "password"},
		2: {skipped: "all that it changed was a secret"},
		3: {body: `{"Operations":[{"op":"replace","path":"title","value":"Lead"}]}`, note: "password"},
		4: {skipped: "query held a secret"},
		5: {skipped: "recorded up to 64 KiB only"},
		6: {skipped: "outside the Tenant URL"},
	} {
		r, notes, err := replay.Of(on.Journal().Get(seq))
		switch {
		case want.skipped != "":
			if err == nil || !strings.Contains(err.Error(), want.skipped) {
				t.Errorf("call %d: %v, want %q", seq, err, want.skipped)
			}
		case err != nil || r.Body != want.body || !strings.Contains(strings.Join(notes, ""), want.note):
			t.Errorf("call %d: %+v %v %v", seq, r, notes, err)
		}
	}
}

func TestNothingIsSentToWhereARedirectionLeads(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	target := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer target.Close()
	on := begin(t, "/scim")
	ask(t, on, "GET", "/Users", "")
	to, err := replay.Elsewhere(target.URL, "", on.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	o, err := (&replay.Run{Target: to}).Call(t.Context(), on.Journal().Get(1), nil)
	if err != nil || o.Status != http.StatusTemporaryRedirect || asked != 0 {
		t.Errorf("%v, status %d, %d requests at the place that was not typed", err, o.Status, asked)
	}
}

func TestADryRunSendsNothing(t *testing.T) {
	on := begin(t, "/scim")
	ask(t, on, "POST", "/Users", `{"userName":"kim"}`)
	all := play(t, on, &replay.Run{Target: replay.Here(on, ""), DryRun: true})
	if _, last := on.Journal().Bounds(); last != 1 || all[0].Sent || all[0].URL != on.LocalURL()+"/Users" {
		t.Errorf("%d calls, %+v", last, all[0])
	}
}

func TestACallEndsAlsoWhereItsReplayIsInterrupted(t *testing.T) {
	on := begin(t, "/scim")
	ask(t, on, "POST", "/Users", `{"userName":"kim"}`)
	if _, err := on.Store().Reset(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, err := (&replay.Run{Target: replay.Here(on, "")}).Call(ctx, on.Journal().Get(1), nil)
	if err != nil || o.Status != http.StatusCreated {
		t.Errorf("%v, status %d", err, o.Status)
	}
}

func TestTargetsThatAreNoneAreRefused(t *testing.T) {
	for _, text := range []string{"", "example.com", "ftp://example.com", "https://kim:pass@example.com", "https://example.com/#x", "://"} {
		if _, err := replay.Elsewhere(text, "", scim.StandardCatalog()); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestCallsAreNamedByNumberRangeOrQuery(t *testing.T) {
	j := journal.New(journal.Options{MaxCalls: 4})
	for range 6 {
		j.Append(&journal.Call{Operation: scim.OpUserCreate, Method: "POST"})
	}
	for text, want := range map[string]string{
		"4": "4", "3..4": "34", "5..": "56", "..3": "3", "2..4": "34", "op:user.create": "3456", "op:user.*": "3456",
		"2": "error", "4..3": "error", "3..x": "error", "": "error", "op:nonsense": "error", "7..9": "error", "..": "error",
	} {
		calls, err := replay.Select(j, text, search.Setting{Now: time.Now()})
		got := ""
		for _, c := range calls {
			got += string(rune('0' + c.Seq))
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestCallsAreReplayedInTheOrderInWhichTheyBegan(t *testing.T) {
	j := journal.New(journal.Options{})
	now := time.Now()
	for _, begun := range []int{2, 1, 3} { // numbered as they ended
		j.Append(&journal.Call{Operation: scim.OpUserCreate, Time: now.Add(time.Duration(begun) * time.Millisecond)})
	}
	calls, err := replay.Select(j, "1..3", search.Setting{Now: now})
	if err != nil || calls[0].Seq != 2 || calls[1].Seq != 1 || calls[2].Seq != 3 {
		t.Errorf("%v, %v", calls, err)
	}
}
