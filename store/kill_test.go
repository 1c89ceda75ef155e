package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"airmock/internal/scim"
	"airmock/store/storetest"
)

// What the child does that is killed in compactions: writers, each with people
// and a group of its own.
const (
	childCompacts = childDir + "_COMPACTS"
	killWriters   = 4
	killPeople    = 40 // of each writer
)

// runCompactingChild changes people until it is killed, on a store that is
// compacted all the time. It says what it will do before it does it, and that
// it is done after: "will 3 u3-17 title 99".
func runCompactingChild(dir string) int {
	s := New(Options{Dir: dir, Sync: SyncPolicy(os.Getenv(childDir + "_SYNC")), compaction: eager, Warn: func(w string) { fmt.Println("warned", w) }})
	if err := s.Open(context.Background()); err != nil {
		fmt.Println("warned", err)
		return 1
	}
	var all sync.WaitGroup
	for w := range killWriters {
		h := &changer{store: s, number: w, ids: make(map[string]string)}
		for _, r := range everything(s) {
			h.ids[r.Name] = r.ID
		}
		all.Go(h.work)
	}
	all.Wait()
	return 1
}

// changer is one writer of the child.
type changer struct {
	store  *Store
	number int
	ids    map[string]string // by name, of people and groups
}

func (h *changer) work() {
	s := h.store
	for n := 0; ; n++ {
		name := fmt.Sprintf("u%d-%d", h.number, rand.IntN(killPeople))
		group := fmt.Sprint("g", h.number)
		id := h.ids[name]
		var err error
		switch action := rand.IntN(10); {
		case h.ids[group] == "":
			err = h.step(group, "group", "", func() error { return h.create(groups(s), group, fmt.Sprintf(`{"displayName":%q}`, group)) })
		case id == "":
			err = h.step(name, "create", "", func() error { return h.create(users(s), name, userBody(name)) })
		case action < 1:
			err = h.step(name, "delete", "", func() error {
				delete(h.ids, name)
				_, err := s.Delete(context.Background(), users(s), id, nil)
				return err
			})
		case action < 3:
			err = h.step(name, "join", "", func() error { return h.member(group, scim.MembersAdd, id) })
		case action < 4:
			err = h.step(name, "leave", "", func() error { return h.member(group, scim.MembersRemove, id) })
		default:
			title := fmt.Sprintf("%d-%0*d", rand.Int64(), 300, n)
			err = h.step(name, "title", title, func() error {
				d, err := h.draft(users(s), fmt.Sprintf(`{"userName":%q,"title":%q}`, name, title))
				if err != nil {
					return err
				}
				_, err = s.Update(context.Background(), users(s), id, func(*Resource) (scim.Draft, error) { return d, nil })
				return err
			})
		}
		if err != nil {
			fmt.Println("warned", err)
			return
		}
	}
}

func (h *changer) step(name, action, value string, do func() error) error {
	fmt.Println("will", h.number, name, action, value)
	err := do()
	if err == nil {
		fmt.Println("did", h.number)
	}
	return err
}

func (h *changer) draft(rt *scim.ResourceType, body string) (scim.Draft, error) {
	doc, err := scim.Parse([]byte(body))
	if err != nil {
		return scim.Draft{}, err
	}
	return rt.ReadResource(doc, &scim.Reading{})
}

func (h *changer) create(rt *scim.ResourceType, name, body string) error {
	d, err := h.draft(rt, body)
	if err != nil {
		return err
	}
	c, err := h.store.Create(context.Background(), rt, d)
	if err == nil {
		h.ids[name] = c.After.ID
	}
	return err
}

func (h *changer) member(group string, kind scim.MemberOpKind, id string) error {
	_, err := change(context.Background(), h.store, h.ids[group], membersOp(kind, id))
	return err
}

// someone is what is known of a person, or of a group.
type someone struct {
	there, member bool
	title         string
}

// after is what an action makes of somebody.
func (p someone) after(action, value string) someone {
	switch action {
	case "create", "group":
		return someone{there: true}
	case "delete":
		return someone{}
	case "join":
		p.member = true
	case "leave":
		p.member = false
	case "title":
		p.title = value
	}
	return p
}

// ledger is what must be in the store: what was acknowledged, and for each
// writer the one step that may have happened or not.
type ledger struct {
	people  map[string]someone
	pending map[string][]string // by the writer: name, action, value
	acked   int
}

// read takes what a child says until it ends.
func (l *ledger) read(t *testing.T, lines *bufio.Scanner) {
	l.pending = make(map[string][]string)
	for lines.Scan() {
		fields := append(strings.Fields(lines.Text()), "", "")
		switch fields[0] {
		case "will":
			l.pending[fields[1]] = fields[2:5]
		case "did":
			step := l.pending[fields[1]]
			l.people[step[0]] = l.people[step[0]].after(step[1], step[2])
			delete(l.pending, fields[1])
			l.acked++
		default:
			t.Errorf("the tenant said %q", lines.Text())
		}
	}
}

// check compares what is stored, and takes over what the pending steps did.
func (l *ledger) check(t *testing.T, s *Store) {
	t.Helper()
	stored := make(map[string]someone)
	for _, r := range everything(s) {
		p := someone{there: true, member: len(s.GroupsOf(r.ID)) > 0}
		body, err := r.Type.Body(r.Image)
		if err != nil {
			t.Fatal(err)
		}
		if v := body.Get("title"); v != nil {
			p.title = v.Text()
		}
		if _, twice := stored[r.Name]; twice {
			t.Errorf("%s is there twice", r.Name)
		}
		stored[r.Name] = p
	}
	for _, step := range l.pending {
		if name := step[0]; stored[name] == l.people[name].after(step[1], step[2]) {
			l.people[name] = stored[name]
		}
	}
	for name, want := range l.people {
		if stored[name] != want {
			t.Errorf("%s is %+v, acknowledged %+v", name, stored[name], want)
		}
	}
	for name := range stored {
		if !l.people[name].there {
			t.Errorf("%s is there, and should not be", name)
		}
	}
}

// TestEveryAcknowledgedChangeSurvivesAKillInACompaction kills a tenant that is
// compacted all the time, mostly at the instants that matter, and continues
// with what is left.
func TestEveryAcknowledgedChangeSurvivesAKillInACompaction(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, dataFile)
	l := &ledger{people: make(map[string]someone)}
	left := make(map[string]int) // how often what was left
	for n := range storetest.Kills(t) {
		killChild(t, dir, n, childCompacts+"=1", func() { waitForAnInstant(path, n) }, l.read)
		left[leftovers(path)]++
		s := New(Options{Dir: dir, Warn: func(w string) {
			if !strings.Contains(w, "ended in the middle of a record") && !strings.Contains(w, "whose group or member is gone") {
				t.Errorf("warned: %s", w)
			}
		}})
		if err := s.Open(t.Context()); err != nil {
			t.Fatalf("after kill %d: %v", n, err)
		}
		l.check(t, s)
		mustClose(t, s)
		if t.Failed() {
			t.Fatalf("at kill %d", n)
		}
	}
	t.Logf("%d changes were acknowledged; the kills left %v", l.acked, left)
	if left["nothing"] == storetest.Kills(t) {
		t.Error("no kill came in a compaction")
	}
}

// killChild runs this test binary as a tenant on dir, which env tells what to
// do, lets read take what it says, and kills it when until returns. n is the
// number of the kill; the sync policies take turns.
func killChild(t *testing.T, dir string, n int, env string, until func(), read func(*testing.T, *bufio.Scanner)) {
	t.Helper()
	cmd, lines := startChild(t, dir, []SyncPolicy{SyncNever, SyncAlways, SyncSecond}[n%3], env)
	killed := make(chan error, 1)
	go func() {
		until()
		killed <- cmd.Process.Kill()
	}()
	read(t, lines)
	if err := <-killed; err != nil {
		t.Fatalf("kill %d: %v", n, err)
	}
	_ = cmd.Wait()
}

// waitForAnInstant waits for one of the instants of a compaction.
func waitForAnInstant(path string, n int) {
	deadline := time.Now().Add(10 * time.Second) // then it is some other instant
	until := func(ok func() bool) {
		for !ok() && time.Now().Before(deadline) {
			runtime.Gosched()
		}
	}
	backup, temp := path+backupSuffix, path+tempSuffix
	until(func() bool { return exists(backup) })
	switch n % 5 {
	case 0: // any
		start, wait := time.Now(), rand.N(600*time.Millisecond)
		until(func() bool { return time.Since(start) > wait })
		return
	case 1: // the new file is begun
		until(func() bool { return exists(temp) })
	case 2: // it has records
		until(func() bool { info, err := os.Stat(temp); return err == nil && info.Size() > 0 })
	case 3: // it takes the place of the old one
		until(func() bool { return exists(temp) })
		until(func() bool { return !exists(temp) })
	case 4: // the old one goes
		until(func() bool { return exists(temp) })
		until(func() bool { return !exists(backup) })
	}
	start, wait := time.Now(), rand.N(2*time.Millisecond)
	until(func() bool { return time.Since(start) > wait })
}

// leftovers says what a kill left of a compaction.
func leftovers(path string) string {
	a, errA := os.Stat(path)
	b, errB := os.Stat(path + backupSuffix)
	switch {
	case errA != nil:
		return "no file"
	case errB != nil:
		return "nothing"
	case !os.SameFile(a, b):
		return "the old file beside the new one"
	case exists(path + tempSuffix):
		return "a part of the new file"
	}
	return "a second name"
}
