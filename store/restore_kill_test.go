package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"airmock/internal/scim"
	"airmock/store/storetest"
)

// childRestores is the directory with the snapshots that the child restores,
// in turn, each of users with its own name in theirs.
const childRestores = childDir + "_RESTORES"

// runRestoringChild restores one snapshot after the other, and creates a user
// after each, until it is killed. It says what it will do before it does it,
// and that it is done after.
func runRestoringChild(dir string) int {
	s := New(Options{Dir: dir, Sync: SyncPolicy(os.Getenv(childDir + "_SYNC")), compaction: eager, Warn: func(w string) { fmt.Println("warned", w) }})
	err := s.Open(context.Background())
	for n := 0; err == nil; n++ {
		state := []string{"a", "b", "c"}[rand.IntN(3)]
		var file []byte
		if file, err = os.ReadFile(filepath.Join(os.Getenv(childRestores), state)); err != nil {
			break
		}
		fmt.Println("will", state)
		if _, err = s.Restore(context.Background(), bytes.NewReader(file)); err != nil {
			break
		}
		fmt.Println("did", state)
		name := fmt.Sprintf("after-%d-%d", os.Getpid(), n)
		body := scim.NewObject()
		body.Set("userName", scim.NewString(name))
		if _, err = s.Create(context.Background(), users(s), scim.Draft{Body: body}); err == nil {
			fmt.Println("created", name)
		}
	}
	fmt.Println("warned", err)
	return 1
}

// restored is what a child said that restores snapshots.
type restored struct {
	state   string // acknowledged; "" before the first
	created string // since then
	next    string // under way; "" for none
}

func (h *restored) read(t *testing.T, lines *bufio.Scanner) {
	h.next = ""
	for lines.Scan() {
		switch word, what, _ := strings.Cut(lines.Text(), " "); word {
		case "will":
			h.next = what
		case "did":
			*h = restored{state: what}
		case "created":
			h.created = what
		default:
			t.Errorf("the tenant said %q", lines.Text())
		}
	}
}

// check compares what is stored, and takes over what happened.
func (h *restored) check(t *testing.T, s *Store, sizes map[string]int) {
	t.Helper()
	of := make(map[string]int)
	created := ""
	for _, r := range everything(s) {
		if name, _, _ := strings.Cut(r.Name, "-"); name != "after" {
			of[name]++
		} else if created == "" {
			created = r.Name
		} else {
			t.Errorf("%s is there beside %s, from before another restore", created, r.Name)
		}
	}
	for state, n := range of {
		switch {
		case len(of) > 1 || n != sizes[state]:
			t.Errorf("what is there is of no one snapshot: %v", of)
		case state == h.next && created == "": // it was done, and not answered
			*h = restored{state: state}
		case state != h.state || h.created != "" && h.created != created:
			t.Errorf("the state %s is there, with %q; acknowledged were %s and %q, and %q was under way", state, created, h.state, h.created, h.next)
		}
	}
	if len(of) == 0 && h.state != "" {
		t.Errorf("nothing is there; %s was acknowledged", h.state)
	}
}

// TestARestoreThatIsKilledLeavesOneOfTheTwoStates kills a tenant that restores
// snapshots all the time, and continues with what is left.
func TestARestoreThatIsKilledLeavesOneOfTheTwoStates(t *testing.T) {
	snapshots, sizes := t.TempDir(), map[string]int{"a": 150, "b": 300, "c": 20}
	for name, n := range sizes {
		s := mustOpen(t, Options{Memory: true})
		for i := range n {
			mustCreate(t, s, users(s), userBody(fmt.Sprintf("%s-%d", name, i)))
		}
		if err := os.WriteFile(filepath.Join(snapshots, name), snapshot(t, s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, dataFile)
	h, left := &restored{}, make(map[string]int)
	for n := range storetest.Kills(t) {
		killChild(t, dir, n, childRestores+"="+snapshots, func() { waitForARestore(path, n) }, h.read)
		left[leftOfRestore(path)]++
		s := New(Options{Dir: dir, Warn: func(w string) {
			if !strings.Contains(w, "ended in the middle of a record") {
				t.Errorf("warned: %s", w)
			}
		}})
		if err := s.Open(t.Context()); err != nil {
			t.Fatalf("after kill %d: %v", n, err)
		}
		h.check(t, s, sizes)
		wantNoStage(t, s)
		mustClose(t, s)
		if t.Failed() {
			t.Fatalf("at kill %d", n)
		}
	}
	t.Logf("the kills left %v", left)
	if left["nothing"] == storetest.Kills(t) {
		t.Error("no kill came in a restore")
	}
}

// waitForARestore waits for one of the instants of a restore.
func waitForARestore(path string, n int) {
	deadline := time.Now().Add(10 * time.Second) // then it is some other instant
	until := func(ok func() bool) {
		for !ok() && time.Now().Before(deadline) {
			runtime.Gosched()
		}
	}
	delay := rand.N(2 * time.Millisecond)
	switch until(func() bool { return hasStage(path) }); n % 4 {
	case 0: // any
		delay = rand.N(100 * time.Millisecond)
	case 1: // the new file is written
	case 2: // it takes the place of the old one
		until(func() bool { return exists(path + backupSuffix) })
	case 3: // it has it
		until(func() bool { return exists(path+backupSuffix) && !hasStage(path) })
	}
	start := time.Now()
	until(func() bool { return time.Since(start) > delay })
}

func hasStage(path string) bool {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+stageSuffix) {
			return true
		}
	}
	return false
}

// leftOfRestore says what a kill left of a restore.
func leftOfRestore(path string) string {
	switch backup := exists(path + backupSuffix); {
	case hasStage(path) && backup:
		return "a second name, and the new file"
	case hasStage(path):
		return "the new file, or a part of it"
	case backup:
		return "the old file beside the new one"
	}
	return "nothing"
}
