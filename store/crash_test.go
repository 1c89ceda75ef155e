package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"airmock/internal/scim"
)

// childDir tells the test binary to be a tenant on that directory instead.
const childDir = "AIRMOCK_STORE_TEST_CHILD"

// runChild creates users from many goroutines until it is killed, and prints
// the id and name of each one that was acknowledged.
func runChild(dir string) int {
	s := New(Options{Dir: dir, Sync: SyncPolicy(os.Getenv(childDir + "_SYNC"))})
	if err := s.Open(context.Background()); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("open")
	rt := users(s)
	var out sync.Mutex
	var all sync.WaitGroup
	for w := range 16 {
		all.Go(func() {
			for i := 0; ; i++ {
				body := scim.NewObject()
				body.Set("userName", scim.NewString(fmt.Sprintf("user-%d-%d@contoso.com", w, i)))
				c, err := s.Create(context.Background(), rt, scim.Draft{Body: body})
				out.Lock()
				if err != nil {
					fmt.Println("error", err)
				} else {
					fmt.Println("created", c.After.ID, c.After.Name)
				}
				out.Unlock()
			}
		})
	}
	all.Wait()
	return 0
}

// startChild runs this test binary as a tenant on dir; env tells it what to do
// other than creating users.
func startChild(t *testing.T, dir string, sync SyncPolicy, env ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childDir+"="+dir, childDir+"_SYNC="+string(sync)), env...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(stdout)
}

func TestEveryAcknowledgedCreateSurvivesKill(t *testing.T) {
	for _, sync := range []SyncPolicy{SyncNever, SyncAlways} {
		t.Run(string(sync), func(t *testing.T) {
			dir := t.TempDir()
			acknowledged := make(map[string]string)
			for range 3 { // each life on what the ones before left
				killDuringCreates(t, dir, sync, acknowledged)
			}
			s := mustOpen(t, Options{Dir: dir})
			for id, name := range acknowledged {
				r, err := s.Get(users(s), id)
				if err != nil || r.Name != name {
					t.Fatalf("%s (%s) was acknowledged and is lost: %v", id, name, err)
				}
			}
			t.Logf("%d acknowledged, %d stored", len(acknowledged), s.Count(users(s)))
		})
	}
}

// killDuringCreates lets a child create users, kills it in the middle, and adds
// what it acknowledged to acknowledged. Names repeat between lives, so that
// later ones meet conflicts too.
func killDuringCreates(t *testing.T, dir string, sync SyncPolicy, acknowledged map[string]string) {
	cmd, lines := startChild(t, dir, sync)
	seen := 0
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if seen++; seen == 700 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if len(fields) == 3 && fields[0] == "created" {
			acknowledged[fields[1]] = fields[2]
		}
	}
	if err := cmd.Wait(); err == nil || seen < 700 {
		t.Fatalf("the child ended by itself after %d lines: %v", seen, err)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	cmd, lines := startChild(t, dir, SyncNever)
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the child said %q", lines.Text())
	}
	s := New(Options{Dir: dir})
	err := s.Open(t.Context())
	if err == nil {
		mustClose(t, s)
		t.Fatal("two processes opened the same directory")
	}
	for _, want := range []string{"another airmock is running", dir} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the refusal does not say %q: %v", want, err)
		}
	}
}
