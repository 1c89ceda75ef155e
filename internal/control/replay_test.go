package control

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"airmock/internal/fault"
	"airmock/internal/replay"
	"airmock/internal/tenant"
)

// recorded waits until the journal has so many calls: a client has its answer
// before.
func recorded(t *testing.T, on *tenant.Tenant, calls uint64) {
	t.Helper()
	w := on.Journal().Watch()
	defer w.Close()
	for on.Status().Calls < calls {
		select {
		case <-w.C:
		case <-t.Context().Done():
			t.Fatal("a call does not come")
		}
	}
}

// replayed asks for a replay and returns what came of each call.
func replayed(t *testing.T, c *Client, asked Replay) []replay.Outcome {
	t.Helper()
	var all []replay.Outcome
	err := c.Replay(t.Context(), asked, func(o replay.Outcome) error {
		all = append(all, o)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestCallsAreReplayedOnTheTenantAsTheyWereOrEdited(t *testing.T) {
	running, client := running(t)
	create(t, running.LocalURL(), "kim")
	recorded(t, running, 1)
	create(t, running.LocalURL(), "lee")
	recorded(t, running, 2)
	planned := replayed(t, client, Replay{Calls: "1..2", DryRun: true})
	if len(planned) != 2 || planned[0].Sent || running.Status().Calls != 2 {
		t.Fatalf("a dry run: %+v", planned)
	}
	edited := planned[1].Request
	edited.Body = `{"userName":"ada"}`
	all := replayed(t, client, Replay{Calls: "1..2", Requests: []replay.Request{edited}, Rate: 1000})
	if len(all) != 1 || all[0].Status != http.StatusCreated || all[0].Call != 2 || all[0].Now != 3 || all[0].Same || running.Status().Users != 3 {
		t.Errorf("%+v", all)
	}
	if all = replayed(t, client, Replay{Calls: "user:kim"}); len(all) != 1 || all[0].Status != http.StatusConflict {
		t.Errorf("%+v", all)
	}
	// A token that is not known is checked, as one was given.
	if all = replayed(t, client, Replay{Calls: "1", Token: "wrong"}); len(all) != 1 || all[0].Status != http.StatusUnauthorized {
		t.Errorf("%+v", all)
	}
}

func TestAReplayMeetsTheFaultsThatAreArmed(t *testing.T) {
	running, client := running(t)
	create(t, running.LocalURL(), "kim")
	recorded(t, running, 1)
	if _, err := client.Arm(t.Context(), fault.Spec{"kind": "lost_response", "op": "user.create"}); err != nil {
		t.Fatal(err)
	}
	all := replayed(t, client, Replay{Calls: "1"})
	if len(all) != 1 || all[0].Status != 0 || all[0].Same {
		t.Errorf("%+v", all)
	}
}

func TestAReplayThatCannotBeIsRefused(t *testing.T) {
	running, client := running(t)
	create(t, running.LocalURL(), "kim")
	recorded(t, running, 1)
	for _, c := range []struct {
		asked  Replay
		status int
	}{
		{Replay{Calls: ""}, 400},
		{Replay{Calls: "op:nonsense"}, 400},
		{Replay{Calls: "7"}, 404},
		{Replay{Calls: "1", Rate: -1}, 400},
		{Replay{Calls: "1", Target: "ftp://example"}, 400},
		{Replay{Calls: "1", Target: "no address at all"}, 400},
	} {
		err := client.Replay(t.Context(), c.asked, func(replay.Outcome) error { return nil })
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Status != c.status {
			t.Errorf("%+v: %v, want %d", c.asked, err, c.status)
		}
	}
	err := client.Replay(t.Context(), Replay{Calls: "1", Target: "http://127.0.0.1:1/scim"}, func(replay.Outcome) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "replay call 1") {
		t.Errorf("nobody listens there: %v", err)
	}
}

func TestAReplayEndsWhenItsClientGoes(t *testing.T) {
	running, client := running(t)
	for _, name := range []string{"a", "b", "c"} {
		create(t, running.LocalURL(), name)
	}
	recorded(t, running, 3)
	ctx, cancel := context.WithCancel(t.Context())
	sent := 0
	err := client.Replay(ctx, Replay{Calls: "1..3", Rate: 0.01}, func(replay.Outcome) error {
		sent++
		cancel()
		return nil
	})
	if err == nil || sent != 1 || running.Status().Calls != 4 {
		t.Errorf("%v, %d outcomes, %d calls", err, sent, running.Status().Calls)
	}
}

func TestNumbersAndMetricsCountWhatTheJournalHasDropped(t *testing.T) {
	running, client := running(t)
	for _, name := range []string{"a", "b", "c"} {
		create(t, running.LocalURL(), name)
	}
	recorded(t, running, 3)
	table, err := client.Numbers(t.Context(), "1m")
	if err != nil || table.Total.Calls != 3 || table.Operations[0].Operation != "user.create" || table.Operations[0].Statuses["201"] != 3 {
		t.Errorf("%+v, %v", table, err)
	}
	for _, window := range []string{"1h", "-1s", "soon"} {
		if _, err := client.Numbers(t.Context(), window); err == nil || !strings.Contains(err.Error(), "5m") {
			t.Errorf("%s: %v", window, err)
		}
	}
	resp, err := client.send(t.Context(), http.MethodGet, "/v1/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/openmetrics-text; version=1.0.0; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
	for _, want := range []string{`airmock_calls_total{operation="user.create",status="201"} 3`, `airmock_resources{type="User"} 3`, "airmock_journal_calls 3"} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}
