package fault

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
)

// bench is a journal with an engine before a handler that counts what reaches
// it and answers 200.
type bench struct {
	*Engine
	journal *journal.Journal
	handler http.Handler
	served  atomic.Int64
}

func newBench(o Options) *bench {
	b := &bench{Engine: New(o), journal: journal.New(journal.Options{})}
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b.served.Add(1)
		w.WriteHeader(http.StatusOK)
	})
	b.handler = b.journal.Record(b.Inject(served), journal.RecordOptions{Bases: []string{"/scim"}})
	return b
}

func (b *bench) arm(t testing.TB, words string) Status {
	t.Helper()
	status, err := b.Arm(parse(t, words))
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// send sends one request, such as "POST /Users {…}".
func (b *bench) send(line string) *httptest.ResponseRecorder {
	method, rest, _ := strings.Cut(line, " ")
	path, body, _ := strings.Cut(rest, " ")
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, httptest.NewRequest(method, "/scim"+path, strings.NewReader(body)))
	return w
}

// statuses sends n creates and returns what they were answered.
func (b *bench) statuses(n int) []int {
	var codes []int
	for range n {
		codes = append(codes, b.send("POST /Users {}").Code)
	}
	return codes
}

func (b *bench) lastCall() *journal.Call {
	_, last := b.journal.Bounds()
	return b.journal.Get(last)
}

func TestSelectorsChooseTheirMatches(t *testing.T) {
	tests := []struct {
		words string
		fires string // an x for each of 12 matches that it fires for
		left  int
	}{
		{"status", "xxxxxxxxxxxx", -1},
		{"status first=2", "xx..........", 0},
		{"status nth=3", "..x.........", 0},
		{"status nth=3|5|99", "..x.x.......", 1},
		{"status every=5", "....x....x..", -1},
		{"status between=5-8", "....xxxx....", 0},
		{"status between=11-14", "..........xx", 2},
		{"status after=10", "..........xx", -1},
		{"status after=3 first=2", "...xx.......", 0},
		{"status after=3 every=4", "......x...x.", -1},
		{"status after=3 nth=1|12", "...x........", 1},
		{"status after=20 first=2", "............", 2},
		{"status times=4", "xxxx........", 0},
		{"status every=3 times=2", "..x..x......", 0},
		{"status every=3 times=9", "..x..x..x..x", 5},
		{"status first=5 times=2", "xx..........", 0},
		{"status percent=100", "xxxxxxxxxxxx", -1},
		{"status percent=0", "............", -1},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			b := newBench(Options{})
			b.arm(t, tt.words)
			var fires strings.Builder
			for _, code := range b.statuses(12) {
				fires.WriteByte(map[int]byte{200: '.', 503: 'x'}[code])
			}
			if fires.String() != tt.fires {
				t.Errorf("fires for %s, want %s", fires.String(), tt.fires)
			}
			status := b.List()[0]
			if status.Left != tt.left || status.Fired != strings.Count(tt.fires, "x") {
				t.Errorf("fired %d, left %d; want %d, %d", status.Fired, status.Left, strings.Count(tt.fires, "x"), tt.left)
			}
			if active := b.Active(); (active == 1) != (tt.left != 0) {
				t.Errorf("Active = %d with %d left", active, tt.left)
			}
		})
	}
}

// What is left is right at each step: a rule with nothing left never fires.
func TestLeftIsNeverTooLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{"kind": "status"}
		number := func(most int) string { return fmt.Sprint(rapid.IntRange(1, most).Draw(t, "n")) }
		switch rapid.IntRange(0, 4).Draw(t, "chooser") {
		case 1:
			spec["first"] = number(9)
		case 2:
			spec["nth"] = number(9) + "|" + number(9)
		case 3:
			spec["every"] = number(4)
		case 4:
			spec["between"] = number(4) + "-" + fmt.Sprint(rapid.IntRange(4, 9).Draw(t, "to"))
		}
		for _, key := range []string{"after", "times"} {
			if rapid.Bool().Draw(t, key) {
				spec[key] = number(5)
			}
		}
		r, err := compile(spec, operations{})
		if err != nil {
			t.Fatal(err)
		}
		left, fired := []int{r.left()}, []int{0}
		for range 30 {
			if r.left() != 0 { // as the engine does: a spent rule is not asked
				r.ask(time.Time{})
			}
			left, fired = append(left, r.left()), append(fired, r.fired)
		}
		total := fired[len(fired)-1]
		for i := range left {
			if left[i] >= 0 && left[i] < total-fired[i] {
				t.Fatalf("%v: after %d matches %d are left, and then it fires %d times", spec, i, left[i], total-fired[i])
			}
		}
		if left[0] >= 0 && left[0] != total {
			t.Fatalf("%v: %d left at first, fired %d times in 30 matches", spec, left[0], total)
		}
	})
}

func TestExactlyTheFirstTwoOfManyAtOnceFail(t *testing.T) {
	b := newBench(Options{})
	b.arm(t, "status code=503 op=user.create first=2")
	var failed atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				if b.send("POST /Users {}").Code == http.StatusServiceUnavailable {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if failed.Load() != 2 || b.served.Load() != 16*20-2 {
		t.Errorf("%d failed and %d were served, want 2 and %d", failed.Load(), b.served.Load(), 16*20-2)
	}
}

func TestASeedDecidesEveryPercent(t *testing.T) {
	run := func(seed uint64, words ...string) (rules [][]int) {
		b := newBench(Options{Seed: seed})
		for _, w := range words {
			id := b.arm(t, w).ID
			rules = append(rules, b.statuses(200))
			b.Disarm(id)
		}
		return rules
	}
	a := run(42, "status percent=50")
	if diff := cmp.Diff(a, run(42, "status percent=50")); diff != "" {
		t.Errorf("the same seed gives another run:\n%s", diff)
	}
	if cmp.Equal(a, run(43, "status percent=50")) {
		t.Error("another seed gives the same run")
	}
	both := run(42, "latency fixed=0s percent=50", "status percent=50 ttl=1h")
	if diff := cmp.Diff(a[0], both[1]); diff != "" {
		t.Errorf("a rule that was armed before changes the run:\n%s", diff)
	}
	if other := run(42, "status percent=50 method=POST"); cmp.Equal(a, other) {
		t.Error("two different rules decide alike")
	}
}

func TestTwoRulesOfTheSameContentDecideApart(t *testing.T) {
	b := newBench(Options{Seed: 1})
	for range 2 {
		b.arm(t, "latency fixed=0s percent=50")
	}
	rules := *b.rules.Load()
	if rules[0].dice == rules[1].dice {
		t.Error("they have the same dice")
	}
	b.Disarm("r1")
	b.arm(t, "latency fixed=0s percent=50")
	if got := *b.rules.Load(); got[0].dice == got[1].dice || got[1].dice != rules[0].dice {
		t.Error("armed again, the rule has other dice than the first time, or its twin's")
	}
}

func TestChanceIsAsOftenAsItSays(t *testing.T) {
	for _, percent := range []float64{0, 1, 50, 99, 100} {
		d := newDice(7, Spec{"percent": fmt.Sprint(percent)}, 0)
		fired := 0
		for n := range 10_000 {
			if d.below(percent, n+1) {
				fired++
			}
		}
		if off := float64(fired)/100 - percent; off < -1.5 || off > 1.5 || (percent == 0 || percent == 100) && off != 0 {
			t.Errorf("%v %% fired %d times in 10000", percent, fired)
		}
	}
}

func TestMatchers(t *testing.T) {
	names := map[string]string{"u1": "A.Kim@contoso.com", "g1": "Engineering"}
	const (
		create  = `POST /Users {"userName":"b.simon@contoso.com","displayName":"B Simon","externalId":"bs"}`
		query   = `GET /Users?filter=userName+eq+%22B.Simon@contoso.com%22`
		get     = `GET /Users/u1`
		disable = `PATCH //Users/u1/ {"Operations":[{"op":"Replace","path":"active","value":"False"}]}`
		group   = `POST /Groups {"displayName":"Engineering"}`
		patch   = `PATCH /Groups/g1 {"Operations":[{"op":"Add","path":"members","value":[{"value":"u1"}]}]}`
		root    = `GET /`
		search  = `POST /Users/.search {"filter":"userName eq \"b.simon@contoso.com\""}`
	)
	all := []string{create, query, get, disable, group, patch, root, search}
	tests := []struct {
		name, words string
		want        []string
	}{
		{"everything by default", "status", all},
		{"an operation", "status op=user.create", []string{create}},
		{"in any case", "status op=User.Create", []string{create}},
		{"a wider operation", "status op=user.patch", []string{disable}},
		{"a glob", "status op=user.*", []string{create, query, get, disable}},
		{"a list", "status op=user.get|group.create", []string{get, group}},
		{"a negated list", "status op=!user.*|search", []string{group, patch}},
		{"searches, and queries at the root", "status op=search", []string{root, search}},
		{"an id", "status id=U1", []string{get, disable}},
		{"any id", "status id=*", []string{get, disable, patch}},
		{"a userName, wherever it stands", "status user=b.simon@*", []string{create, query, search}},
		{"a userName behind an id", "status user=*kim*", []string{get, disable}},
		{"not a userName", "status user=!*kim* op=user.*", []string{create, query}},
		{"a displayName", "status display=engineering", []string{group, patch}},
		{"a user's displayName", "status display=b?simon|b*simon", []string{create}},
		{"an externalId", "status external_id=bs", []string{create}},
		{"a method", "status method=patch", []string{disable, patch}},
		{"a path", "status path=/Users/*", []string{get, disable, search}},
		{"a whole path", "status path=/scim/users", []string{create, query}},
		{"all that are given", "status method=PATCH display=Eng*", []string{patch}},
		{"writes, for a lost response", "lost_response", []string{create, disable, group, patch}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule, err := compile(parse(t, tt.words), operations{})
			if err != nil {
				t.Fatal(err)
			}
			var takes bool
			ask := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				call := journal.Of(w)
				takes = rule.match.takes(&subject{call: call, nameOf: func(id string) string { return names[id] }})
			})
			b := &bench{handler: journal.New(journal.Options{}).Record(ask, journal.RecordOptions{Bases: []string{"/scim"}})}
			var got []string
			for _, line := range all {
				if b.send(line); takes {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Against the plainest way to match a glob.
func TestGlobs(t *testing.T) {
	var naive func(pattern, text string) bool
	naive = func(pattern, text string) bool {
		switch {
		case pattern == "":
			return text == ""
		case pattern[0] == '*':
			return naive(pattern[1:], text) || text != "" && naive(pattern, text[1:])
		}
		return text != "" && text[0] == pattern[0] && naive(pattern[1:], text[1:])
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab]{0,10}`).Draw(t, "text")
		if got, want := glob(pattern, text), naive(pattern, text); got != want {
			t.Errorf("glob(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

func TestTheFirstRuleThatFiresDecides(t *testing.T) {
	b := newBench(Options{})
	b.arm(t, "status code=500 first=1 after=1")
	b.arm(t, "status code=501 first=2")
	b.arm(t, "latency fixed=0s")
	b.arm(t, "token_expired nth=2")
	if diff := cmp.Diff([]int{501, 500, 501, 200, 401}, b.statuses(5)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var matched []int
	for _, s := range b.List() {
		matched = append(matched, s.Matched)
	}
	// r1 is spent after its second match. r2 is not asked where r1 fired, r4
	// not where one of them did; latency always is.
	if diff := cmp.Diff([]int{2, 2, 5, 2}, matched); diff != "" {
		t.Errorf("matches: -want +got:\n%s", diff)
	}
}

func TestARuleDisarmsItselfAfterItsTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	b := newBench(Options{Now: func() time.Time { return now }})
	status := b.arm(t, "status ttl=15m")
	if want := now.Add(15 * time.Minute); !status.Expires.Equal(want) {
		t.Errorf("expires at %v, want %v", status.Expires, want)
	}
	now = now.Add(15*time.Minute - 1)
	if code := b.send("GET /Users").Code; code != 503 || b.Active() != 1 {
		t.Errorf("a moment before its time: answered %d, %d active", code, b.Active())
	}
	now = now.Add(1)
	before := b.revision.Load()
	if code := b.send("GET /Users").Code; code != 200 {
		t.Errorf("after its time: answered %d", code)
	}
	if b.Revision() == before || len(b.List()) != 0 || b.Active() != 0 || b.Disarm("r1") || b.Clear() != 0 {
		t.Error("after its time the rule is still there")
	}
}

func TestRulesAreListedDisarmedAndCleared(t *testing.T) {
	b := newBench(Options{})
	if b.Active() != 0 || b.List() != nil || b.Disarm("r1") || b.Clear() != 0 {
		t.Error("an engine without rules has some")
	}
	for range 3 {
		b.arm(t, "status first=1")
	}
	revision := b.Revision()
	if !b.Disarm("r2") || b.Disarm("r2") || b.Revision() == revision {
		t.Error("r2 is disarmed once, and that is seen")
	}
	b.statuses(1)
	var ids []string
	for _, s := range b.List() {
		ids = append(ids, fmt.Sprint(s.ID, " ", s.Left))
	}
	if diff := cmp.Diff([]string{"r1 0", "r3 1"}, ids); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if b.Active() != 1 || b.Clear() != 2 || b.List() != nil {
		t.Error("clearing leaves rules")
	}
	if next := b.arm(t, "status"); next.ID != "r4" {
		t.Errorf("the next rule is %s, want r4: ids are not given twice", next.ID)
	}
}

func TestAnUnboundedNumberOfRulesIsRefused(t *testing.T) {
	b := newBench(Options{})
	for i := range maxRules {
		if _, err := b.Arm(Spec{"kind": "latency", "id": fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Arm(Spec{"kind": "latency"}); err == nil {
		t.Errorf("rule %d is armed", maxRules+1)
	}
}

func TestArmingAndCallingAtOnce(t *testing.T) {
	b := newBench(Options{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				status, err := b.Arm(Spec{"kind": "status", "percent": "50"})
				if err != nil {
					t.Error(err)
					return
				}
				b.List()
				b.Active()
				b.Disarm(status.ID)
			}
		})
		all.Go(func() {
			codes := b.statuses(100)
			if slices.ContainsFunc(codes, func(code int) bool { return code != 200 && code != 503 }) {
				t.Errorf("answered %v", codes)
			}
		})
	}
	all.Wait()
}

// BenchmarkInject measures the engine against the same handler without it:
// with no rule armed, and with a rule that takes other calls.
func BenchmarkInject(b *testing.B) {
	serve := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	record := func(h http.Handler) http.Handler {
		return journal.New(journal.Options{MaxCalls: 1}).Record(h, journal.RecordOptions{Bases: []string{"/scim"}})
	}
	unarmed, armed := New(Options{}), New(Options{})
	if _, err := armed.Arm(Spec{"kind": "status", "op": "user.create"}); err != nil {
		b.Fatal(err)
	}
	handlers := []http.Handler{record(serve), record(unarmed.Inject(serve)), record(armed.Inject(serve))}
	took := make([]time.Duration, len(handlers))
	r := httptest.NewRequest("GET", "/scim/Users/1", nil)
	for left := b.N; left > 0; left -= 100 { // by turns, so that all meet the same machine
		for i, h := range handlers {
			start := time.Now()
			for range min(left, 100) {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "unarmed/plain")
	b.ReportMetric(float64(took[2])/float64(took[0]), "armed/plain")
}
