package main_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// tenantOf is the program with so many invented users, and how to ask for some
// of them.
type tenantOf struct {
	*process
	users []struct{ ID, UserName string }
	turn  atomic.Int64
}

func serveUsers(b *testing.B, n int) *tenantOf {
	dir := filepath.Join(b.TempDir(), "tenant")
	seed := exec.Command(binary, "seed", "--users", fmt.Sprint(n), "--seed", "7", "--data", dir) // takes longer than mustRun waits
	if out, err := seed.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	t := &tenantOf{process: serve(b, dir, "--log", "none")}
	for len(t.users) < n {
		var page struct {
			Resources []struct{ ID, UserName string }
		}
		status, _, body := call(b, "GET", fmt.Sprintf("%s/Users?attributes=userName&count=1000&startIndex=%d", t.url, len(t.users)+1), secret, "")
		if err := json.Unmarshal([]byte(body), &page); err != nil || len(page.Resources) == 0 {
			b.Fatalf("%d users of %d are there, and then comes %d: %v: %.200s", len(t.users), n, status, err, body)
		}
		t.users = append(t.users, page.Resources...)
	}
	return t
}

// any returns another user each time, anywhere among them.
func (t *tenantOf) any() struct{ ID, UserName string } {
	return t.users[t.turn.Add(7_368_787)%int64(len(t.users))] // no factor in common with how many there are
}

// get asks for what is at a path of the tenant.
func (t *tenantOf) get(format string, args ...any) string {
	return request("GET", t.url+fmt.Sprintf(format, args...), "")
}

// BenchmarkMillion holds reads of the program with 1,000,000 users against those
// with 10,000.
func BenchmarkMillion(b *testing.B) {
	small, large := serveUsers(b, 10_000), serveUsers(b, 1_000_000)
	for _, bb := range []struct {
		name string
		next func(*tenantOf) string
	}{
		{"get", func(t *tenantOf) string { return t.get("/Users/%s", t.any().ID) }},
		{"userName eq", func(t *tenantOf) string {
			return t.get("/Users?filter=%s", url.QueryEscape(fmt.Sprintf("userName eq %q", t.any().UserName)))
		}},
		{"page in the middle", func(t *tenantOf) string { return t.get("/Users?startIndex=%d&count=10", len(t.users)/2) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			of := func(t *tenantOf) subject {
				return subject{t.process, benchClients, func() string { return bb.next(t) }}
			}
			race(b, of(large), of(small), "10000-users")
		})
	}
}
