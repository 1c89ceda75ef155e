package tenant

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"airmock/store"
)

// BenchmarkCallsFile creates users over HTTP from 16 keep-alive connections, in
// turns on a tenant that keeps its calls and on one that does not, and reports
// the rate of the first as a part of the second's.
func BenchmarkCallsFile(b *testing.B) {
	const clients, batch = 16, 2000
	begin := func(keep bool) *Tenant {
		t := New(Config{Listen: "127.0.0.1:0", BasePath: base, DataDir: b.TempDir(), Sync: store.SyncSecond, Secret: "t0ken"})
		if err := t.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = t.Close() })
		if !keep {
			t.calls.Close()
		}
		return t
	}
	kept, forgotten := begin(true), begin(false)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	b.Cleanup(client.CloseIdleConnections)
	n := 0
	run := func(t *Tenant) time.Duration {
		url := t.Status().TenantURL + "/Users"
		start := time.Now()
		var group sync.WaitGroup
		for c := range clients {
			group.Go(func() {
				for i := range batch / clients {
					body := fmt.Sprintf(`{"userName":"u%d-%d-%d@contoso.com","title":%q}`, n, c, i, strings.Repeat("x", 900))
					req, _ := http.NewRequest("POST", url, strings.NewReader(body))
					req.Header.Set("Authorization", "Bearer t0ken")
					resp, err := client.Do(req)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					if resp.StatusCode != http.StatusCreated {
						b.Errorf("status %d", resp.StatusCode)
						return
					}
				}
			})
		}
		group.Wait()
		n++
		return time.Since(start)
	}
	run(kept)
	run(forgotten)
	var with, without time.Duration
	b.ResetTimer()
	for range b.N {
		without += run(forgotten)
		with += run(kept)
		with += run(kept)
		without += run(forgotten)
	}
	b.ReportMetric(float64(without)/float64(with), "of-the-rate-without")
	b.ReportMetric(float64(b.N*2*batch)/with.Seconds(), "creates/s")
}
