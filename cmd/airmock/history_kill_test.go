package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"airmock/store/storetest"
)

// titled is a user whose title says which update it comes from, and of whom the
// test knows what each version is. displayName is the same text, so that a torn
// image shows.
type titled struct {
	id     string
	titles map[int]string // by version, from what was sent
	last   int            // the present version
}

// image is what the test looks at in a version.
type image struct {
	Title, DisplayName string
	Meta               struct{ Version string }
}

// version reads W/"7".
func (i image) version() (n int) {
	_, _ = fmt.Sscanf(i.Meta.Version, `W/"%d"`, &n)
	return n
}

// update changes users until the tenant is gone.
func (h *hand) update(users []*titled) {
	for {
		u := users[h.random.IntN(len(users))]
		title := fmt.Sprintf("%s %d %s", u.id, h.random.Uint64(), strings.Repeat("x", h.random.IntN(3000)))
		u.titles[u.last+1] = title // what no kill stored gives its number to the next
		var changed image
		if !h.send(200, "PATCH", "/Users/"+u.id, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"title":%q,"displayName":%q}}]}`, title, title), &changed) {
			return
		}
		u.last = changed.version()
	}
}

// check looks at the history that a kill left, and returns how many earlier
// versions it has.
func (u *titled) check(t *testing.T, p *process) int {
	t.Helper()
	var present image
	status, _, body := call(t, "GET", p.url+"/Users/"+u.id, secret, "")
	if err := json.Unmarshal([]byte(body), &present); err != nil || status != 200 {
		t.Fatalf("get %s: %d %s", u.id, status, body)
	}
	if n := present.version(); n != u.last && n != u.last+1 {
		t.Fatalf("%s is at version %d, and %d was acknowledged", u.id, n, u.last)
	}
	u.last = present.version()
	versions := p.history(t, u.id)
	if len(versions) == 0 || len(versions) > 21 || versions[0].Version != u.last {
		t.Fatalf("%s is at version %d, and its %d versions begin with %+.200v", u.id, u.last, len(versions), versions)
	}
	for i, v := range versions {
		if i > 0 && v.Version >= versions[i-1].Version {
			t.Errorf("%s: version %d follows %d", u.id, v.Version, versions[i-1].Version)
		}
		if want := u.titles[v.Version]; v.Resource.Title != want || v.Resource.DisplayName != want || v.Resource.version() != v.Version {
			t.Errorf("%s: version %d is %.80q, %.80q and says %s; sent was %.80q", u.id, v.Version, v.Resource.Title, v.Resource.DisplayName, v.Resource.Meta.Version, want)
		}
	}
	return len(versions) - 1
}

// historic is a version as the control socket tells it.
type historic struct {
	Version  int
	Resource image
}

// history asks the control socket for the versions of a resource, newest first.
func (p *process) history(t *testing.T, id string) []historic {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(p.dir, "airmock.sock"))
	}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://airmock/v1/history/" + id)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var h struct{ Versions []historic }
	if err := json.NewDecoder(resp.Body).Decode(&h); err != nil || resp.StatusCode != 200 {
		t.Fatalf("the history of %s: %d %v", id, resp.StatusCode, err)
	}
	return h.Versions
}

// TestTheHistoryIsSoundAfterEveryKill kills a tenant in the middle of updates.
// The newest steps of the history may be lost, as it is written behind; what is
// there is what was sent, in order, and no part of it.
func TestTheHistoryIsSoundAfterEveryKill(t *testing.T) {
	const clients, each = 4, 5
	dir, err := os.MkdirTemp("", "airmock") // a short name, as the socket is in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := serve(t, dir, "--log", "none")
	all := make([][]*titled, clients)
	for i := range clients * each {
		title := fmt.Sprint("first ", i)
		var created struct{ ID string }
		status, _, body := call(t, "POST", p.url+"/Users", secret, fmt.Sprintf(`{"userName":"u%d@contoso.com","title":%q,"displayName":%q}`, i, title, title))
		if err := json.Unmarshal([]byte(body), &created); err != nil || status != 201 {
			t.Fatalf("create: %d %s", status, body)
		}
		all[i%clients] = append(all[i%clients], &titled{id: created.ID, titles: map[int]string{1: title}, last: 1})
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	random := rand.New(rand.NewPCG(3, 4))
	kept := 0
	for life := range storetest.Kills(t) {
		p.updateUntilKilled(t, all, client, life, random.Int64N(100))
		p = serve(t, dir, "--log", "none", "--sync", []string{"second", "always", "never"}[life%3])
		for _, users := range all {
			for _, u := range users {
				kept += u.check(t, p)
			}
		}
		if t.Failed() {
			t.Fatalf("at kill %d", life)
		}
	}
	if kept == 0 {
		t.Error("no kill left a history")
	}
	t.Logf("%d earlier versions were looked at", kept)
}

// updateUntilKilled lets clients update a tenant and kills it so many updates
// after its history is being written.
func (p *process) updateUntilKilled(t *testing.T, all [][]*titled, client *http.Client, life int, after int64) {
	t.Helper()
	var acked atomic.Int64
	var working sync.WaitGroup
	size := p.historySize()
	for i, users := range all {
		h := &hand{p: p, client: client, random: rand.New(rand.NewPCG(uint64(life), uint64(i))), acked: &acked}
		working.Go(func() { h.update(users) })
	}
	eventually(t, "the history to be written", func() bool { return p.historySize() != size })
	until := acked.Load() + after
	eventually(t, "the next updates", func() bool { return acked.Load() >= until })
	p.kill()
	working.Wait()
}

func (p *process) historySize() int64 {
	info, err := os.Stat(filepath.Join(p.dir, "history.log"))
	if err != nil {
		return 0
	}
	return info.Size()
}
