//go:build unix

package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
)

// BenchmarkStalledScreen sends calls to three tenants in turn: one without a
// screen, one whose terminal draws, and one whose terminal has stopped reading
// (Ctrl+S, a frozen SSH session). Of each it reports how long calls took, once
// with 5,000 arriving a second and once with as many as the tenant answers.
func BenchmarkStalledScreen(b *testing.B) {
	b.Run("5000/s", func(b *testing.B) { compare(b, 5000) })
	b.Run("all", func(b *testing.B) { compare(b, 0) })
}

// compare loads the three tenants with so many calls a second; 0 is as many as
// they answer.
func compare(b *testing.B, rate int) {
	for range b.N {
		plain := measure(b, serve(b, b.TempDir(), "--memory", "--log", "none").url, rate)
		drawn := measure(b, screen(b, false), rate)
		stalled := measure(b, screen(b, true), rate)
		for name, l := range map[string]load{"none": plain, "drawn": drawn, "stalled": stalled} {
			b.ReportMetric(l.rate, name+"-calls/s")
			b.ReportMetric(ms(l.p50), name+"-p50-ms")
			b.ReportMetric(ms(l.p99), name+"-p99-ms")
		}
		b.ReportMetric(drawn.rate/plain.rate, "drawn/none")
		b.ReportMetric(stalled.rate/plain.rate, "stalled/none")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// screen starts airmock on a terminal and returns its Tenant URL. A stalled
// terminal is read until the screen is up, and then no more.
func screen(b *testing.B, stalled bool) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "tenant-url")
	cmd := exec.Command(binary, "--listen", "127.0.0.1:0", "--memory", "--token", secret, "--data", b.TempDir(), "--addr-file", file)
	cmd.Env = append(cleanEnv(), "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = terminal.Close()
	})
	var stop atomic.Bool
	go func() { // ends with the terminal, which the cleanup closes
		buf := make([]byte, 1<<16)
		for !stop.Load() {
			if _, err := terminal.Read(buf); err != nil {
				return
			}
		}
	}()
	var url []byte
	eventually(b, "the address file", func() bool {
		url, err = os.ReadFile(file)
		return err == nil
	})
	time.Sleep(500 * time.Millisecond) // let it draw; nothing depends on how far it came
	stop.Store(stalled)
	return string(url)
}

// load is what a tenant did under many calls.
type load struct {
	rate     float64 // calls a second
	p50, p99 time.Duration
}

// measure sends lookups from a few clients, rate of them a second. What it
// reports is without the first seconds, in which a terminal that has stopped
// reading still fills up.
func measure(b *testing.B, url string, rate int) load {
	b.Helper()
	flood(b, url, rate, 2*time.Second)
	return flood(b, url, rate, 3*time.Second)
}

func flood(b *testing.B, url string, rate int, span time.Duration) load {
	b.Helper()
	const clients = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var pause time.Duration // between two calls of one client
	if rate > 0 {
		pause = clients * time.Second / time.Duration(rate)
	}
	var mu sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	start := time.Now()
	for n := range clients {
		group.Go(func() {
			var took []time.Duration
			for i := 0; time.Since(start) < span; i++ {
				time.Sleep(time.Until(start.Add(time.Duration(i) * pause)))
				begun := time.Now()
				if err := lookup(client, fmt.Sprintf("%s/Users?filter=userName+eq+%%22u%d-%d%%22", url, n, i)); err != nil {
					b.Error(err)
					return
				}
				took = append(took, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	group.Wait()
	if len(all) == 0 {
		b.Fatal("no call was answered")
	}
	slices.Sort(all)
	return load{float64(len(all)) / time.Since(start).Seconds(), all[len(all)/2], all[len(all)*99/100]}
}

func lookup(client *http.Client, url string) error {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}
