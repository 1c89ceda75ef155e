package tenant

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// conversation is a talk of clients with a tenant, kept as data: what a recorded
// session has (see cmd/airmock), and what happens beside the calls. What the
// answers must be is not its business.
type conversation struct {
	About   string            // who speaks; stands above the text
	Profile string            // "rfc" for a strict tenant
	Dialect string            // the flag in the Tenant URL, as Entra sends it
	Headers map[string]string // sent with every request, beside the token
	Steps   []beat
}

// beat is a request, or something that happens between two.
type beat struct {
	After   string     // how long after the last step: "40m"; "" is a fifth of a second
	Fault   fault.Spec // a rule to arm
	Clear   bool       // all rules are disarmed
	Restart bool       // the tenant is stopped and started
	Token   string     // a token by that name is made; it is saved as ${name}
	Expires string     // how long it lives: "1h"
	Revoke  string     // the token by that name is revoked

	Method  string
	Path    string // below the Tenant URL, or from the root where it begins with "//"
	From    string // the client's address
	Headers map[string]string
	Body    json.RawMessage
	Text    string
	Status  int               // 0: no answer
	Save    map[string]string // what to remember of the answer, by JSON pointer
}

// played is a conversation under way.
type played struct {
	t       *testing.T
	config  Config
	tenant  *Tenant
	clock   atomic.Int64 // Unix nanoseconds
	ids     int          // made so far
	saved   map[string]string
	talk    *conversation
	watcher *journal.Watcher
}

// fixedSecret is the Secret Token of conversations that make none.
const fixedSecret = "t0ken-t0ken-t0ken"

// play holds a conversation with a new tenant, over HTTP, and returns the
// tenant's calls. Time, ids and tokens are the same at every run.
func (talk *conversation) play(t *testing.T) []*journal.Call {
	t.Helper()
	p := &played{t: t, talk: talk, saved: map[string]string{"base": "https://fox.example" + base, "secret": fixedSecret}}
	p.clock.Store(time.Date(2026, 11, 22, 21, 4, 11, 0, time.UTC).UnixNano())
	p.config = Config{
		Listen: "127.0.0.1:0", BasePath: base, Secret: fixedSecret, PublicURL: "https://fox.example",
		DataDir: t.TempDir(), Sync: store.SyncNever, Seed: 1,
		Now:  func() time.Time { return time.Unix(0, p.clock.Load()).UTC() },
		Rand: rand.NewChaCha8([32]byte{1}),
		NewID: func() string { // by the store's writer alone
			p.ids++
			return fmt.Sprintf("%08x-0a1e-4d6b-8c7d-%012x", p.ids*0x9e3779b1%(1<<32), p.ids)
		},
	}
	if talk.Profile == "rfc" {
		p.config.Profile = scim.RFC
	}
	p.start()
	defer p.stop()
	for i := range talk.Steps {
		p.step(&talk.Steps[i])
	}
	calls, _ := p.tenant.Journal().Since(0, 1<<20)
	return calls
}

func (p *played) start() {
	p.t.Helper()
	p.tenant = New(p.config)
	if err := p.tenant.Start(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.watcher = p.tenant.Journal().Watch()
}

func (p *played) stop() {
	p.watcher.Close()
	if err := p.tenant.Close(); err != nil {
		p.t.Error(err)
	}
}

func (p *played) step(b *beat) {
	p.t.Helper()
	after, err := time.ParseDuration(cmp.Or(b.After, "200ms"))
	p.must(err)
	p.clock.Add(int64(after))
	switch {
	case b.Fault != nil:
		_, err = p.tenant.Faults().Arm(b.Fault)
	case b.Clear:
		p.tenant.Faults().Clear()
	case b.Restart:
		p.stop()
		p.start()
	case b.Token != "":
		var ttl time.Duration
		if b.Expires != "" {
			ttl, err = time.ParseDuration(b.Expires)
			p.must(err)
		}
		_, p.saved[b.Token], err = p.tenant.Store().CreateToken(p.t.Context(), b.Token, ttl)
	case b.Revoke != "":
		_, err = p.tenant.Store().RevokeToken(p.t.Context(), b.Revoke)
	default:
		p.call(b)
	}
	p.must(err)
}

func (p *played) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// call sends a request and waits until it is in the journal.
func (p *played) call(b *beat) {
	p.t.Helper()
	_, before := p.tenant.Journal().Bounds()
	req := p.request(b)
	status, answer := 0, []byte(nil)
	if resp, err := http.DefaultClient.Do(req); err == nil {
		status = resp.StatusCode
		answer, _ = io.ReadAll(resp.Body) // of an answer that is cut off, what came is enough
		resp.Body.Close()
	}
	if status != b.Status {
		p.t.Fatalf("%s %s: %d, want %d: %s", b.Method, req.URL, status, b.Status, answer)
	}
	for _, last := p.tenant.Journal().Bounds(); last == before; _, last = p.tenant.Journal().Bounds() {
		<-p.watcher.C
	}
	for name, pointer := range b.Save {
		var doc map[string]any
		p.must(json.Unmarshal(answer, &doc))
		p.saved[name], _ = doc[strings.TrimPrefix(pointer, "/")].(string)
	}
}

func (p *played) request(b *beat) *http.Request {
	p.t.Helper()
	path := strings.NewReplacer(" ", "%20", `"`, "%22").Replace(p.expand(strings.TrimPrefix(b.Path, "${base}")))
	if d := p.talk.Dialect; d != "" && d != "default" {
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + d
	}
	if root, ok := strings.CutPrefix(path, "//"); ok {
		path = "/" + root
	} else {
		path = base + path
	}
	body := b.Text + string(b.Body)
	req, err := http.NewRequestWithContext(p.t.Context(), b.Method, "http://"+p.tenant.Status().Listen+path, bytes.NewReader([]byte(p.expand(body))))
	p.must(err)
	req.Close = true // a connection that is kept would outlive a restart
	req.Header.Set("Authorization", "Bearer "+fixedSecret)
	req.Header.Set("User-Agent", "")
	req.Header.Set("X-Forwarded-Proto", "https")
	req.Header.Set("X-Forwarded-For", cmp.Or(b.From, "20.190.160.1"))
	if body != "" {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for _, headers := range []map[string]string{p.talk.Headers, b.Headers} {
		for name, value := range headers {
			if value = p.expand(value); value == "" {
				req.Header.Del(name)
			} else {
				req.Header.Set(name, value)
			}
		}
	}
	return req
}

func (p *played) expand(text string) string {
	for name, value := range p.saved {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// conversations are the recorded sessions and those that were made by hand.
func conversations(t *testing.T) map[string]*conversation {
	t.Helper()
	talks := map[string]*conversation{}
	for _, dir := range []string{"sessions", "conversations"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no conversations in testdata/%s: %v", dir, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			talk := new(conversation)
			if err := json.Unmarshal(data, talk); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			talks[strings.TrimSuffix(filepath.Base(file), ".json")] = talk
		}
	}
	return talks
}

// TestAConversationReadsAsItsGoldenFile holds what a reader sees of each
// conversation against testdata/conversations/NAME.txt. UPDATE_DOCS=1 writes
// the files anew.
func TestAConversationReadsAsItsGoldenFile(t *testing.T) {
	for name, talk := range conversations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fmt.Sprintf("%s\n\n%s", cmp.Or(talk.About, "Microsoft Entra ID, dialect "+talk.Dialect), narrate(talk.play(t)))
			golden(t, filepath.Join("..", "..", "testdata", "conversations", name+".txt"), got)
		})
	}
}

// golden holds a text against a file, or writes the file where UPDATE_DOCS is
// set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-) is not what was told (+); if that is right, run this test with UPDATE_DOCS=1:\n%s", file, diff)
	}
}
