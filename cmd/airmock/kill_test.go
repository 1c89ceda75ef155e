package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// post creates a user and reports whether it was acknowledged. Unlike call, it
// takes a broken connection for a no.
func (p *process) post(client *http.Client, userName string) bool {
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"active":true}`, userName)
	req, err := http.NewRequest("POST", p.url+"/Users", strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusCreated
}

func TestEveryAcknowledgedCreateIsThereAfterAKill(t *testing.T) {
	const creates, clients = 2000, 16
	dir := t.TempDir()
	first := serve(t, dir, "--log", "none")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next, done atomic.Int64
	var mu sync.Mutex
	var acknowledged []string
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for n := next.Add(1); n <= creates; n = next.Add(1) {
				name := fmt.Sprintf("user%04d@contoso.com", n)
				if !first.post(client, name) {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, name)
				mu.Unlock()
				if done.Add(1) == creates/2 {
					_ = first.cmd.Process.Kill() // in the middle of it all
				}
			}
		})
	}
	group.Wait()
	first.kill()
	if len(acknowledged) < creates/2 || len(acknowledged) == creates {
		t.Fatalf("%d of %d creates were acknowledged before the kill, which was to come in the middle", len(acknowledged), creates)
	}
	second := serve(t, dir, "--log", "none")
	status, _, body := call(t, "GET", second.url+"/Users?count=0", secret, "")
	if status != 200 {
		t.Fatalf("list after the restart: %d %s", status, body)
	}
	for _, name := range acknowledged {
		status, _, body := call(t, "GET", second.url+"/Users?filter=userName+eq+%22"+strings.Replace(name, "@", "%40", 1)+"%22", secret, "")
		if status != 200 || !strings.Contains(body, `"totalResults":1`) {
			t.Fatalf("%s was acknowledged before the kill, and is lost: %d %s", name, status, body)
		}
	}
	t.Logf("%d creates were acknowledged before the kill; all are there", len(acknowledged))
}
