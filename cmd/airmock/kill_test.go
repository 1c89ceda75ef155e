package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"airmock/store/storetest"
)

// person is a user of whom the test knows what was acknowledged, and what was
// under way when the kill came and may have happened or not.
type person struct {
	name, id      string
	title         string // acknowledged
	member, gone  bool   // acknowledged
	nextTitle     string // under way
	joins, leaves bool   // under way; leaves the tenant
	came          bool   // the create was acknowledged
}

// hand is one client, with people of its own, so that what it knows of them is
// all that happens to them.
type hand struct {
	p      *process
	client *http.Client
	group  string
	random *rand.Rand
	people []*person
	acked  *atomic.Int64 // of all hands
	killAt int64         // this many kill the tenant
}

// send reports whether a request was answered with that status. A broken
// connection is a no.
func (h *hand) send(want int, method, path, body string, into any) bool {
	req, err := http.NewRequest(method, h.p.url+path, strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := h.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return false
	}
	if into != nil && json.NewDecoder(resp.Body).Decode(into) != nil {
		return false // cut off: not acknowledged
	}
	if h.acked.Add(1) == h.killAt {
		_ = h.p.cmd.Process.Kill() // while the others are in the middle of something
	}
	return true
}

// work makes and changes people until the tenant is gone.
func (h *hand) work(prefix string) {
	for i := 0; ; i++ {
		u := &person{name: fmt.Sprintf("%s-%d@contoso.com", prefix, i), title: "0"}
		h.people = append(h.people, u)
		var created struct{ ID string }
		body := fmt.Sprintf(`{"userName":%q,"title":"0","displayName":%q}`, u.name, strings.Repeat("d", h.random.IntN(2000)))
		if u.came = h.send(201, "POST", "/Users", body, &created); !u.came {
			return
		}
		u.id = created.ID
		for range h.random.IntN(3) {
			u.nextTitle = strconv.Itoa(h.random.IntN(1000))
			if !h.send(200, "PATCH", "/Users/"+u.id, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":%q}]}`, u.nextTitle), &struct{}{}) {
				return
			}
			u.title, u.nextTitle = u.nextTitle, ""
		}
		if u.joins = h.random.IntN(2) == 0; u.joins {
			if !h.send(204, "PATCH", "/Groups/"+h.group, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, u.id), nil) {
				return
			}
			u.member, u.joins = true, false
		}
		if u.leaves = h.random.IntN(4) == 0; u.leaves {
			if !h.send(204, "DELETE", "/Users/"+u.id, "", nil) {
				return
			}
			u.gone, u.leaves = true, false
		}
	}
}

// check compares a person with what the tenant has after a restart, and takes
// over what it does have where the test could not know.
func (u *person) check(t *testing.T, p *process, members map[string]bool) {
	t.Helper()
	status, _, body := call(t, "GET", p.url+"/Users?filter="+url.QueryEscape(`userName eq "`+u.name+`"`), secret, "")
	var list struct {
		Resources []struct{ ID, Title string }
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 {
		t.Fatalf("look for %s: %d %s", u.name, status, body)
	}
	switch {
	case len(list.Resources) == 0 && u.came && !u.gone && !u.leaves:
		t.Fatalf("%s was acknowledged, and is lost", u.name)
	case len(list.Resources) > 0 && u.gone:
		t.Fatalf("the deletion of %s was acknowledged, and the user is there", u.name)
	case len(list.Resources) > 1:
		t.Fatalf("%s is there twice", u.name)
	case len(list.Resources) == 0:
		if members[u.id] && u.id != "" {
			t.Fatalf("%s is gone, and still a member", u.name)
		}
		u.gone = true
		return
	}
	found := list.Resources[0]
	if found.Title != u.title && (u.nextTitle == "" || found.Title != u.nextTitle) {
		t.Fatalf("%s has the title %q; %q was acknowledged, %q under way", u.name, found.Title, u.title, u.nextTitle)
	}
	// A deletion is several records, and a kill may come between them.
	if member := members[found.ID]; member && !u.member && !u.joins || !member && u.member && !u.leaves {
		t.Fatalf("%s is a member: %v, acknowledged %v, under way %v", u.name, member, u.member, u.joins)
	}
	*u = person{name: u.name, id: found.ID, title: found.Title, member: members[found.ID], came: true}
}

// members returns the ids of a group's members.
func (p *process) members(t *testing.T, group string) map[string]bool {
	t.Helper()
	var g struct{ Members []struct{ Value string } }
	status, _, body := call(t, "GET", p.url+"/Groups/"+group, secret, "")
	if err := json.Unmarshal([]byte(body), &g); err != nil || status != 200 {
		t.Fatalf("get the group: %d %s", status, body)
	}
	ids := make(map[string]bool)
	for _, m := range g.Members {
		ids[m.Value] = true
	}
	return ids
}

func TestWhatWasAcknowledgedIsThereAfterEveryKill(t *testing.T) {
	const clients = 8
	dir := t.TempDir()
	p := serve(t, dir, "--log", "none")
	var group struct{ ID string }
	if status, _, body := call(t, "POST", p.url+"/Groups", secret, `{"displayName":"Engineering"}`); status != 201 || json.Unmarshal([]byte(body), &group) != nil {
		t.Fatalf("create the group: %d %s", status, body)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var all []*person
	random := rand.New(rand.NewPCG(1, 2))
	total := int64(0)
	for life := range storetest.Kills(t) {
		people, acked := p.workUntilKilled(life, 50+random.Int64N(400), clients, group.ID, client)
		total += acked
		p = serve(t, dir, "--log", "none", "--sync", []string{"second", "always", "never"}[life%3])
		members := p.members(t, group.ID)
		for _, u := range people {
			u.check(t, p, members)
		}
		all = append(all, people...)
	}
	members := p.members(t, group.ID) // what is old must have stayed too
	for _, u := range all {
		u.check(t, p, members)
	}
	t.Logf("%d writes were acknowledged in %d lives", total, storetest.Kills(t))
}

// workUntilKilled lets clients work on a tenant and kills it once it has
// acknowledged so many writes.
func (p *process) workUntilKilled(life int, after int64, clients int, group string, client *http.Client) (people []*person, acked int64) {
	var done atomic.Int64
	var working sync.WaitGroup
	hands := make([]*hand, clients)
	for i := range hands {
		h := &hand{p: p, client: client, group: group, random: rand.New(rand.NewPCG(uint64(life), uint64(i))), acked: &done, killAt: after}
		hands[i] = h
		working.Go(func() { h.work(fmt.Sprintf("u%d-%d", life, i)) })
	}
	working.Wait()
	p.kill()
	for _, h := range hands {
		people = append(people, h.people...)
	}
	return people, done.Load()
}
