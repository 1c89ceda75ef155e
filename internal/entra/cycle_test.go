package entra

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// conversation is calls in the order in which they came, numbered as the
// journal would.
type conversation struct {
	at    time.Time
	cycle int
	calls []*journal.Call
}

func (v *conversation) add(c *journal.Call, options ...func(*journal.Call)) *journal.Call {
	for _, o := range options {
		o(c)
	}
	if v.at.IsZero() {
		v.at, v.cycle = time.Date(2026, 11, 22, 21, 4, 10, 0, time.UTC), 1
	}
	v.at = v.at.Add(100 * time.Millisecond)
	c.Time, c.Seq, c.Cycle, c.Duration = v.at, uint64(len(v.calls)+1), v.cycle, 2*time.Millisecond
	v.calls = append(v.calls, c)
	return c
}

// pause lets time go by, as the journal counts it.
func (v *conversation) pause(d time.Duration) {
	v.at = v.at.Add(d)
	if d > journal.CycleGap {
		v.cycle++
	}
}

func (v *conversation) list() []Cycle {
	var l Cycles
	l.Observe(v.calls)
	return l.List()
}

func by(token, agent string) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Token = token
		c.Request.Header = http.Header{"User-Agent": {agent}}
	}
}

// by name, the calls of which conversations are made.
func (v *conversation) probe(o ...func(*journal.Call)) {
	v.add(call(scim.OpProbe, 200, filter(fmt.Sprintf(`userName eq "9edf3db5-f590-4367-a7b6-%012d"`, len(v.calls)), 0)), o...)
}

func (v *conversation) miss(name string, o ...func(*journal.Call)) {
	v.add(call(scim.OpUserQuery, 200, filter(`userName eq "`+name+`"`, 0), func(c *journal.Call) {
		c.Effect = &journal.Effect{Type: "User", Change: "none"}
	}), o...)
}

func (v *conversation) hit(id, name string, o ...func(*journal.Call)) {
	v.add(call(scim.OpUserQuery, 200, filter(`userName eq "`+name+`"`, 1), found("User", id, name)), o...)
}

func (v *conversation) create(id, name string, o ...func(*journal.Call)) {
	v.add(call(scim.OpUserCreate, 201, func(c *journal.Call) {
		c.Method, c.Effect = "POST", &journal.Effect{Type: "User", ID: id, Name: name, Change: "created"}
	}, sent(`{"userName":"`+name+`"}`)), o...)
}

func (v *conversation) read(id, name string, o ...func(*journal.Call)) {
	v.add(call(scim.OpUserGet, 200, on(id), found("User", id, name)), o...)
}

func (v *conversation) patch(op scim.Operation, id, name, path, value string, o ...func(*journal.Call)) {
	v.add(call(op, 200, on(id), sent(`{"Operations":[{"op":"Replace","path":"`+path+`","value":`+value+`}]}`), func(c *journal.Call) {
		c.Method, c.Effect = "PATCH", &journal.Effect{Type: "User", ID: id, Name: name, Change: "updated", Fields: []journal.Field{{Name: path, From: `"x"`, To: strings.ToLower(strings.Trim(value, `"`))}}}
	}), o...)
}

func unchanged(c *journal.Call) { c.Effect.Change, c.Effect.Fields = "unchanged", nil }

func found(typ, id, name string) func(*journal.Call) {
	return func(c *journal.Call) { c.Effect = &journal.Effect{Type: typ, ID: id, Name: name, Change: "found"} }
}

func refusedWith(status int, typ scim.ErrorType, detail string) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Status, c.ScimType, c.Error = status, typ, detail
		if c.Effect != nil {
			c.Effect.Change, c.Effect.ID, c.Effect.Fields = "none", c.Target.ID, nil
		}
	}
}

const (
	ann, bob, kim = "ann@contoso.com", "bob@contoso.com", "a.kim@contoso.com"
	idAnn         = "11111111-0000-4000-8000-000000000001"
	idBob         = "22222222-0000-4000-8000-000000000002"
	idKim         = "33333333-0000-4000-8000-000000000003"
)

// firstCycle is an initial cycle of three people.
func (v *conversation) firstCycle(o ...func(*journal.Call)) {
	v.probe(o...)
	v.miss(ann, o...)
	v.create(idAnn, ann, o...)
	v.miss(bob, o...)
	v.create(idBob, bob, o...)
	v.miss(kim, o...)
	v.create(idKim, kim, o...)
}

func TestWhatACycleIsTakenFor(t *testing.T) {
	nothing := func(*conversation) {}
	tests := []struct {
		name   string
		before func(v *conversation)
		cycle  func(v *conversation)
		want   []CycleKind // of the cycles from there on
	}{
		{"Test Connection", nothing, func(v *conversation) { v.probe() }, []CycleKind{CycleProbe}},
		{"the first of several users", nothing, func(v *conversation) { v.firstCycle() }, []CycleKind{CycleInitial}},
		{"the first, of one user and without a test", nothing, func(v *conversation) { v.miss(ann); v.create(idAnn, ann) }, []CycleKind{CycleInitial}},
		{"one user alone behind a test", nothing, func(v *conversation) {
			v.probe()
			v.probe()
			v.probe()
			v.miss(ann)
			v.create(idAnn, ann)
		}, []CycleKind{CycleOnDemand}},
		{"one user alone, 40 minutes after a cycle", func(v *conversation) { v.firstCycle(); v.pause(40 * time.Minute) },
			func(v *conversation) {
				v.probe()
				v.hit(idAnn, ann)
				v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`)
			}, []CycleKind{CycleIncremental}},
		{"one user alone, 12 minutes after a cycle", func(v *conversation) { v.firstCycle(); v.pause(12 * time.Minute) },
			func(v *conversation) {
				v.probe()
				v.hit(idAnn, ann)
				v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`)
			}, []CycleKind{CycleOnDemand}},
		{"an id that was known before", func(v *conversation) { v.firstCycle(); v.pause(12 * time.Minute) },
			func(v *conversation) {
				v.probe()
				v.read(idAnn, ann)
				v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`)
			}, []CycleKind{CycleIncremental}},
		{"everything looked up again", func(v *conversation) { v.firstCycle(); v.pause(12 * time.Minute) },
			func(v *conversation) { v.probe(); v.hit(idAnn, ann); v.hit(idBob, bob); v.hit(idKim, kim) }, []CycleKind{CycleInitial}},
		{"on demand a few seconds behind a cycle", func(v *conversation) { v.firstCycle(); v.pause(7 * time.Second) },
			func(v *conversation) { v.probe(); v.miss("new@contoso.com"); v.create("4", "new@contoso.com") }, []CycleKind{CycleOnDemand}},
		{"somebody who lists users", nothing, func(v *conversation) { v.add(call(scim.OpUserList, 200, results(2))) }, []CycleKind{CycleOther}},
		{"two clients at a time", nothing, func(v *conversation) {
			v.probe()
			v.miss(ann)
			v.add(call(scim.OpUserList, 200, results(0)), by("other", "curl/8.5"))
			v.create(idAnn, ann)
			v.add(call(scim.OpUserList, 200, results(1)), by("other", "curl/8.5"))
			v.miss(bob)
			v.create(idBob, bob)
		}, []CycleKind{CycleInitial, CycleOther}},
		{"somebody who asks without a pause", nothing, func(v *conversation) {
			v.firstCycle()
			for range 4 {
				v.pause(50 * time.Second)
				v.add(call(scim.OpUserList, 200, results(0)), by("other", "curl/8.5"))
			}
			v.probe()
			v.read(idAnn, ann)
		}, []CycleKind{CycleInitial, CycleOther, CycleIncremental}},
		{"a fault that answers before the token is looked at", nothing, func(v *conversation) {
			v.firstCycle()
			v.miss("new@contoso.com", auth(journal.AuthUnchecked, ""), broken("status", "answered 503"), refusedWith(503, "", ""))
		}, []CycleKind{CycleInitial}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v conversation
			tt.before(&v)
			n := len(v.list())
			tt.cycle(&v)
			var got []CycleKind
			for _, c := range v.list()[n:] {
				got = append(got, c.Kind)
				if c.Because == "" {
					t.Errorf("no reason why it is %s", c.Kind)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s%+v", diff, v.list())
			}
		})
	}
}

func TestACycleIsCountedAndToldApartFromTheOneBefore(t *testing.T) {
	var v conversation
	v.firstCycle()
	v.pause(40 * time.Minute)
	v.probe()
	v.read(idAnn, ann)
	v.patch(scim.OpUserDisable, idAnn, ann, "active", `"False"`)
	v.add(call(scim.OpGroupMemberAdd, 204, on(grp), moves(2, 1)))
	v.add(call(scim.OpUserCreate, 409, did("none", "new@contoso.com"), refused(scim.Uniqueness, "the userName is taken")))
	v.add(call(scim.OpBulk, 200, parts(2, 201, 400)))
	list := v.list()
	if len(list) != 2 {
		t.Fatalf("%d cycles", len(list))
	}
	got := list[1]
	want := Counts{Calls: 6, Operations: 7, Probes: 1, Read: 1, Disabled: 1, Updated: 1, Unchanged: 1, Failed: 2, MembersAdded: 2, MembersRemoved: 1}
	if diff := cmp.Diff(want, got.Counts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Duration() != 502*time.Millisecond || got.Rate() < 11.9 || got.Rate() > 12 {
		t.Errorf("%v, %v a second", got.Duration(), got.Rate())
	}
	if len(got.New) != got.NewCount || !slices.Contains(got.New, "Disable "+ann) || !slices.ContainsFunc(got.New, func(s string) bool { return strings.Contains(s, "userName is taken") }) {
		t.Errorf("new: %q", got.New)
	}
	if n := list[0].NewCount; n != 3 {
		t.Errorf("%d things are new in the first cycle", n)
	}
}

func moves(added, removed int) func(*journal.Call) {
	return func(c *journal.Call) {
		c.Effect = &journal.Effect{Type: "Group", ID: c.Target.ID, Name: "Engineering", Change: "updated", AddedN: added, RemovedN: removed}
	}
}

func TestWhatRepeatsItselfIsNoticed(t *testing.T) {
	manager := "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"
	withManager := answered(`{"id":"` + idAnn + `","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"` + idBob + `"}}}`)
	cycles := func(n int, do func(v *conversation)) func(*conversation) {
		return func(v *conversation) {
			v.firstCycle()
			for range n {
				v.pause(40 * time.Minute)
				v.probe()
				do(v)
			}
		}
	}
	member := func(o ...func(*journal.Call)) func(v *conversation) {
		return func(v *conversation) {
			v.add(call(scim.OpGroupMemberAdd, 204, on(grp), sent(`{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+idAnn+`"}]}]}`), moves(0, 0), unchanged), o...)
		}
	}
	tests := []struct {
		name  string
		calls func(*conversation)
		want  []string // a part of the text of each notice, in order
	}{
		{"a value that a read does not return", cycles(3, func(v *conversation) {
			v.read(idAnn, ann, answered(`{"id":"`+idAnn+`"}`))
			v.patch(scim.OpUserPatch, idAnn, ann, manager, `"`+idBob+`"`, unchanged)
		}), []string{"Entra sends manager of " + ann + " again each cycle: the read in call 15 does not return it"}},
		{"a value that a read returns in another form", cycles(2, func(v *conversation) {
			v.read(idAnn, ann, withManager)
			v.patch(scim.OpUserPatch, idAnn, ann, manager, `"`+idBob+`"`, unchanged)
		}), []string{"again in cycle 3, as in cycle 2: the read in call 12 does not return it as it was written: it was sent as a text and returned as an object"}},
		{"a value that a read returns as another", cycles(2, func(v *conversation) {
			v.read(idAnn, ann, answered(`{"title":"The Boss"}`))
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`, unchanged)
		}), []string{`it returned "The Boss" for "Boss"`}},
		{"a value that a read returns as it was", cycles(2, func(v *conversation) {
			v.hit(idAnn, ann, answered(`{"Resources":[{"emails":[{"type":"work","value":"a@b"}]}]}`))
			v.patch(scim.OpUserPatch, idAnn, ann, `emails[type eq \"work\"].value`, `"a@b"`, unchanged)
		}), []string{"returned it as it was written, so that the difference is in Entra's own comparison"}},
		{"a value that a read was told to leave out", cycles(2, func(v *conversation) {
			v.read(idAnn, ann, answered(`{"id":"1"}`), query("excludedAttributes=title"))
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`, unchanged)
		}), []string{"left title out, as its query asked"}},
		{"a value that is not read", cycles(2, func(v *conversation) {
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`, unchanged)
		}), []string{"it had not read the user since it wrote that"}},
		{"a value that somebody changes back", cycles(2, func(v *conversation) {
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`)
		}), []string{"it was x here when it came, so something had changed it since call 9"}},
		{"a value that is refused", cycles(2, func(v *conversation) {
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`, refusedWith(400, scim.InvalidValue, "no such title"))
		}), []string{"it is refused each time: no such title"}},
		{"a member", cycles(2, member()), []string{"it never reads members"}},
		{"values that differ", cycles(2, func(v *conversation) {
			v.patch(scim.OpUserPatch, idAnn, ann, "title", fmt.Sprintf(`"Boss %d"`, len(v.calls)))
		}), nil},
		{"a disable and an enable in turn", cycles(2, func(v *conversation) {
			v.patch(scim.OpUserDisable, idAnn, ann, "active", `"False"`)
			v.patch(scim.OpUserEnable, idAnn, ann, "active", `"True"`)
		}), nil},
		{"a retry within a cycle", cycles(1, func(v *conversation) {
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`, refusedWith(503, "", ""))
			v.patch(scim.OpUserPatch, idAnn, ann, "title", `"Boss"`)
		}), nil},
		{"a create of who is here, under another matching attribute", cycles(2, func(v *conversation) {
			v.add(call(scim.OpUserQuery, 200, filter(`externalId eq "ann"`, 0)))
			v.create("", ann, refusedWith(409, scim.Uniqueness, `the userName "ann" is taken`))
		}), []string{"Entra creates " + ann + " again each cycle: its lookup by externalId in call 12 finds nobody, but userName is taken"}},
		{"a create that is refused each time", cycles(3, func(v *conversation) {
			v.miss("new@contoso.com")
			v.create("", "new@contoso.com", refusedWith(400, scim.InvalidValue, "no domain"))
		}), []string{"Entra creates new@contoso.com again each cycle: it is refused each time: no domain"}},
		{"a create of one who vanished", cycles(1, func(v *conversation) {
			v.miss(ann)
			v.create("9", ann)
		}), []string{"the one it made in call 3, 11111111…, is not here any more, and no call deleted it"}},
		{"a lookup that never finds", cycles(2, func(v *conversation) { v.miss("gone@contoso.com") }),
			[]string{"Entra looks up gone@contoso.com again in cycle 3, as in cycle 2, and never finds it: no create follows"}},
		{"a lookup that finds in the end", cycles(1, func(v *conversation) { v.miss("late@contoso.com"); v.hit("8", "late@contoso.com") }), nil},
		{"a deletion and a create", cycles(1, func(v *conversation) {
			v.add(call(scim.OpUserDelete, 204, on(idAnn), func(c *journal.Call) {
				c.Effect = &journal.Effect{Type: "User", ID: idAnn, Name: ann, Change: "deleted"}
			}))
			v.miss(ann)
			v.create("9", ann)
		}), []string{ann + " was deleted in call 9 as 11111111… and is created again as 9"}},
		{"the id of a deleted user", cycles(1, func(v *conversation) {
			v.add(call(scim.OpUserDelete, 204, on(idAnn), func(c *journal.Call) {
				c.Effect = &journal.Effect{Type: "User", ID: idAnn, Name: ann, Change: "deleted"}
			}))
			v.add(call(scim.OpUserGet, 404, on(idAnn)))
			v.add(call(scim.OpUserGet, 404, on(idAnn)))
		}), []string{"Entra still uses the id 11111111… of " + ann + ", which call 9 deleted"}},
		{"the id of a user deleted by hand", cycles(1, func(v *conversation) { v.add(call(scim.OpUserGet, 404, on(idAnn))) }),
			[]string{"Entra still uses the id 11111111… of " + ann + ", which is not here"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v conversation
			tt.calls(&v)
			var got []*Notice
			for _, c := range v.list() {
				for _, n := range c.Notices {
					if !slices.ContainsFunc(got, func(m *Notice) bool { return m.Text == n.Text }) {
						got = append(got, n)
					}
				}
			}
			if len(got) != len(tt.want) {
				t.Fatalf("%d notices: %+v", len(got), texts(got))
			}
			for i, n := range got {
				if !strings.Contains(n.Text, tt.want[i]) {
					t.Errorf("got %q, want %q", n.Text, tt.want[i])
				}
				if n.Why == "" || n.Times == 0 || len(n.Cycles) == 0 || len(n.Calls) == 0 {
					t.Errorf("not whole: %+v", n)
				}
			}
		})
	}
}

func TestASummaryGivesAReasonOnceAndBelowWhatItExplains(t *testing.T) {
	c := Cycle{Number: 1, Part: 1, Notices: []*Notice{{Text: "a is gone", Why: "as deleted"}, {Text: "b is new as d6b0…", Why: "as created", Source: "https://x"}, {Text: "c is gone", Why: "as deleted"}}}
	lines := c.Summary()
	want := []string{"! a is gone.", "  as deleted", "! b is new as d6b0…", "  as created (https://x)", "! c is gone."}
	if diff := cmp.Diff(want, lines[len(lines)-len(want):]); diff != "" {
		t.Error(diff)
	}
}

func texts(list []*Notice) []string {
	var texts []string
	for _, n := range list {
		texts = append(texts, n.Text)
	}
	return texts
}

// draw is a conversation of several clients, as it comes.
func drawConversation(t *rapid.T) *conversation {
	var v conversation
	ids, names := []string{idAnn, idBob, idKim}, []string{ann, bob, kim}
	for range rapid.IntRange(1, 60).Draw(t, "calls") {
		v.pause(rapid.SampledFrom([]time.Duration{0, 0, 0, 7 * time.Second, 50 * time.Second, 40 * time.Minute}).Draw(t, "pause"))
		who := rapid.IntRange(0, 2).Draw(t, "who")
		client := by([]string{"azure", "azure", ""}[who], []string{"", "curl/8.5", ""}[who])
		status := rapid.SampledFrom([]int{0, 200, 200, 201, 404, 409, 503}).Draw(t, "status")
		end := func(c *journal.Call) {
			client(c)
			if status != 200 && status != 201 {
				refusedWith(status, "", "refused")(c)
			}
		}
		i := rapid.IntRange(0, len(ids)-1).Draw(t, "i")
		switch rapid.IntRange(0, 8).Draw(t, "op") {
		case 0:
			v.probe(end)
		case 1:
			v.miss(names[i], end)
		case 2:
			v.hit(ids[i], names[i], end)
		case 3:
			v.create(ids[i], names[i], end)
		case 4:
			v.read(ids[i], names[i], answered(`{"title":"Boss"}`), end)
		case 5:
			v.patch(scim.OpUserPatch, ids[i], names[i], "title", `"Boss"`, end)
		case 6:
			v.add(call(scim.OpBulk, 200, parts(3, 201, 409)), end)
		case 7:
			v.add(call(scim.OpGroupMemberAdd, 204, on(grp), moves(2, 1)), end)
		case 8:
			v.add(call(scim.OpUserDelete, 204, on(ids[i]), func(c *journal.Call) {
				c.Effect = &journal.Effect{Type: "User", ID: ids[i], Name: names[i], Change: "deleted"}
			}), end)
		}
	}
	return &v
}

func TestTheCountsOfCyclesAddUpToTheCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawConversation(t)
		operations, added := 0, 0
		for _, c := range v.calls {
			for part := range c.All() {
				if part != c || len(c.Parts) == 0 {
					operations++
				}
				if s := (&subject{Call: part}); s.changed() {
					added += part.Effect.AddedN
				}
			}
		}
		var sum Counts
		for _, c := range v.list() {
			n := c.Counts
			if n.Probes+n.LookedUp+n.Read+n.Listed+n.Created+n.Updated+n.Disabled+n.Enabled+n.Deleted+n.Unchanged+n.Failed+n.Other != n.Operations {
				t.Fatalf("the outcomes do not add up to the operations: %+v", n)
			}
			if c.Ended.Before(c.Started) || c.Last < c.First {
				t.Fatalf("it ends before it begins: %+v", c)
			}
			sum.Calls += n.Calls
			sum.Operations += n.Operations
			sum.MembersAdded += n.MembersAdded
		}
		if want := (Counts{Calls: len(v.calls), Operations: operations, MembersAdded: added}); sum != want {
			t.Fatalf("got %+v, want %+v", sum, want)
		}
	})
}

func TestCyclesDoNotDependOnHowTheCallsCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawConversation(t)
		var l Cycles
		for rest := v.calls; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
			l.Observe(rest[:n])
			_ = l.List() // to look does no harm
			rest = rest[n:]
		}
		if diff := cmp.Diff(v.list(), l.List()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// BenchmarkCycles compares the grouping of 10,000 calls with their stories, of
// which a screen shows some dozens: "stories" is how many of them cost as much
// as to take in one more call.
func BenchmarkCycles(b *testing.B) {
	var v conversation
	for i := range 45 {
		v.probe()
		for k := range 60 {
			id, name := fmt.Sprintf("id-%d", k), fmt.Sprintf("user%d@contoso.com", k)
			if i == 0 {
				v.miss(name)
				v.create(id, name)
			}
			v.read(id, name, answered(`{"id":"`+id+`","userName":"`+name+`","title":"Boss","emails":[{"type":"work","value":"x@y"}]}`))
			v.patch(scim.OpUserPatch, id, name, "title", `"Boss"`, unchanged)
			v.patch(scim.OpUserPatch, id, name, "displayName", fmt.Sprintf(`"%d"`, i))
			v.add(call(scim.OpGroupMemberAdd, 204, on(grp), sent(`{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}]}`), moves(1, 0)))
		}
		v.pause(40 * time.Minute)
	}
	calls := v.calls[:10_000]
	var grouping, telling time.Duration
	for b.Loop() {
		start := time.Now()
		var l Cycles
		l.Observe(calls)
		grouping += time.Since(start)
		start = time.Now()
		for _, c := range calls {
			_ = Tell(c)
		}
		telling += time.Since(start)
	}
	b.ReportMetric(float64(grouping)/float64(telling), "stories/call")
	b.ReportMetric(float64(grouping.Milliseconds())/float64(b.N), "ms/10000calls")
}
