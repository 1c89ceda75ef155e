package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/tenant"
)

// waitLimit is how long the tests wait for what must come.
const waitLimit = "30s"

// waiting begins to wait, for calls from the first on, and returns once the
// server has n waiters.
func waiting(t *testing.T, server *Server, client *Client, n int32, w Wait) <-chan any {
	t.Helper()
	if w.Query != "" {
		w.After = new(uint64)
	}
	answer := make(chan any, 1)
	go func() {
		found, err := client.Wait(context.Background(), w)
		if err != nil {
			answer <- err
			return
		}
		answer <- found
	}()
	waitersAre(t, server, n)
	return answer
}

func waitersAre(t *testing.T, server *Server, n int32) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); server.api.waiters.Load() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d wait, not %d", server.api.waiters.Load(), n)
		}
	}
}

// seqOf is the number of the call that was found.
func seqOf(t *testing.T, answer any) int {
	t.Helper()
	found, ok := answer.(Found)
	if !ok {
		t.Fatalf("answered %v", answer)
	}
	var call struct{ Seq int }
	if err := json.Unmarshal(found.Call, &call); err != nil {
		t.Fatalf("%v in %s", err, found.Call)
	}
	return call.Seq
}

func TestSeveralWaitForDifferentCalls(t *testing.T) {
	running, client, server := served(t)
	url := running.Status().TenantURL
	ada := waiting(t, server, client, 1, Wait{Query: "op:user.create user:ada*", Timeout: waitLimit})
	ben := waiting(t, server, client, 2, Wait{Query: "op:user.create user:ben*", Timeout: waitLimit})
	any := waiting(t, server, client, 3, Wait{Query: "*"})
	create(t, url, "ben@contoso.com")
	create(t, url, "ada@contoso.com")
	if a, b, c := seqOf(t, <-ada), seqOf(t, <-ben), seqOf(t, <-any); a != 2 || b != 1 || c != 1 {
		t.Errorf("found the calls %d, %d and %d", a, b, c)
	}
}

func TestAWaitBeginsWhereItIsTold(t *testing.T) {
	running, client := running(t)
	for _, name := range []string{"ada1", "ada2", "ada3"} {
		create(t, running.Status().TenantURL, name)
	}
	number := func(n uint64) *uint64 { return &n }
	running.Journal().Append(&journal.Call{Path: "/ada-of-long-ago", Time: time.Now().Add(-time.Hour)})
	for _, tt := range []struct {
		name string
		wait Wait
		want int // the number of the call; 0 where the time ends
	}{
		{"with what comes", Wait{Query: "ada"}, 0},
		{"with what has come since", Wait{Query: "ada", Since: "1m"}, 1},
		{"with what began later than that", Wait{Query: "long-ago", Since: "1m"}, 0},
		{"with what began in two hours", Wait{Query: "long-ago", Since: "2h"}, 4},
		{"behind a number", Wait{Query: "ada", After: number(1)}, 2},
		{"with all calls", Wait{Query: "ada", After: number(0)}, 1},
		{"behind a number that is to come", Wait{Query: "ada", After: number(100)}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.wait.Timeout = "0s"
			found, err := client.Wait(t.Context(), tt.wait)
			if tt.want > 0 {
				if err != nil || seqOf(t, found) != tt.want {
					t.Errorf("found %s, %v", found.Call, err)
				}
				return
			}
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Status != http.StatusRequestTimeout {
				t.Errorf("found %s, %v", found.Call, err)
			}
		})
	}
	if _, err := client.Wait(t.Context(), Wait{Query: "ada", Timeout: "0s"}); err == nil || !strings.Contains(err.Error(), "call 4 matches and had come before") {
		t.Errorf("who came too late is told %v", err)
	}
}

func TestAWaitForAResourceSeesEveryChange(t *testing.T) {
	running, client, server := served(t)
	filter := `userName eq "ada@contoso.com" and active eq true`
	answer := waiting(t, server, client, 1, Wait{User: filter, Group: `displayName eq "none"`, Timeout: waitLimit})
	create(t, running.Status().TenantURL, "ben@contoso.com")
	// A change that is no call: through the control socket.
	resp, err := client.send(t.Context(), "POST", scimBase+"/Users", strings.NewReader(`{"userName":"ada@contoso.com","active":true}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if found, ok := (<-answer).(Found); !ok || found.Type != "User" || !strings.Contains(string(found.Resource), `"ada@contoso.com"`) {
		t.Errorf("found %s %s", found.Type, found.Resource)
	}
	found, err := client.Wait(t.Context(), Wait{User: filter, Timeout: "0s"})
	if err != nil || found.Type != "User" {
		t.Errorf("what is true already: %s, %v", found.Type, err)
	}
}

func TestAWaitThatCannotBeReadIsRefused(t *testing.T) {
	_, client := running(t)
	number := uint64(3)
	for _, tt := range []struct {
		name string
		wait Wait
		want string
	}{
		{"nothing to wait for", Wait{}, "nothing to wait for"},
		{"a query", Wait{Query: "ada stauts:4"}, `stauts:4: no such key; did you mean "status"? (at column 5)`},
		{"a long query", Wait{Query: strings.Repeat("a ", maxQuery)}, "4096 are the most"},
		{"a filter", Wait{User: "userName is x"}, "the filter of a User"},
		{"a group's filter", Wait{Group: "displayName eq"}, "the filter of a Group"},
		{"a time", Wait{Query: "a", Since: "soon"}, `since "soon"`},
		{"a duration", Wait{Query: "a", Timeout: "5"}, `timeout "5"`},
		{"a negative duration", Wait{Query: "a", Timeout: "-5s"}, `timeout "-5s"`},
		{"a long duration", Wait{Query: "a", Timeout: "25h"}, `timeout "25h"`},
		{"two beginnings", Wait{Query: "a", Since: "5s", After: &number}, "give one"},
		{"a beginning of no calls", Wait{User: `userName eq "a"`, Since: "5s"}, "need a query"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := client.Wait(t.Context(), tt.wait)
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Status != http.StatusBadRequest || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAWaitEndsWithTheTenantAndWithTheClient(t *testing.T) {
	on := tenant.New(tenant.Config{Listen: "127.0.0.1:0", BasePath: "/scim", Memory: true})
	if err := on.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/s"
	server := NewServer(on, path)
	if err := server.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := Dial(path)
	defer client.Close()
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := client.Wait(ctx, Wait{Query: "nobody"})
		gone <- err
	}()
	stays := waiting(t, server, client, 2, Wait{Query: "nobody"})
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	waitersAre(t, server, 1)
	if err := errors.Join(server.Close(), on.Close()); err != nil {
		t.Error(err)
	}
	var refused *RefusedError
	if err, _ := (<-stays).(error); !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || !strings.Contains(err.Error(), "has stopped") {
		t.Errorf("who stayed got %v", err)
	}
}

func TestWaitersAreBounded(t *testing.T) {
	running, client, server := served(t)
	var answers []<-chan any
	for i := range maxWaiters {
		answers = append(answers, waiting(t, server, client, int32(i+1), Wait{Query: fmt.Sprintf("user:u%d", i%2), Timeout: waitLimit}))
	}
	var refused *RefusedError
	if _, err := client.Wait(t.Context(), Wait{Query: "one-more"}); !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
		t.Errorf("one more: %v", err)
	}
	create(t, running.Status().TenantURL, "u0")
	create(t, running.Status().TenantURL, "u1")
	for i, answer := range answers {
		if got := seqOf(t, <-answer); got != i%2+1 {
			t.Errorf("waiter %d found call %d", i, got)
		}
	}
}
