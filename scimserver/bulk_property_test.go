package scimserver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// step is one operation, in which {name} stands for what the resource with
// that name is referred to by.
type step struct {
	method, path, data string
	creates            string // the name of what a POST creates
}

// plan draws steps on resources of one round: some that are there already, and
// some that the steps create, in any order.
type plan struct {
	t     *rapid.T
	round int
	there []string // users that are there
	users []string // that are created
	group []string // that are created
	steps []step
}

func (p *plan) name(kind string, i int) string { return fmt.Sprintf("r%d-%s%d", p.round, kind, i) }

// someone draws a reference to a user or group.
func (p *plan) someone() string {
	return "{" + rapid.SampledFrom(slices.Concat(p.there, p.users, p.group)).Draw(p.t, "someone") + "}"
}

func (p *plan) members() string {
	var all []string
	for range rapid.IntRange(0, 4).Draw(p.t, "members") {
		all = append(all, `{"value":"`+p.someone()+`"}`)
	}
	return "[" + strings.Join(all, ",") + "]"
}

func (p *plan) user(name string) string {
	doc := fmt.Sprintf(`{"schemas":["%s","%s"],"userName":%q`, scim.URNUser, scim.URNEnterprise, name)
	if rapid.Bool().Draw(p.t, "has a manager") {
		doc += `,"` + scim.URNEnterprise + `":{"manager":{"value":"` + p.someone() + `"}}`
	}
	return doc + `,"title":"` + rapid.SampledFrom([]string{"Boss", "Clerk"}).Draw(p.t, "title") + `"}`
}

// draw fills the steps.
func (p *plan) draw() {
	for i := range rapid.IntRange(0, 5).Draw(p.t, "users") {
		p.users = append(p.users, p.name("u", i))
	}
	for i := range rapid.IntRange(0, 4).Draw(p.t, "groups") {
		p.group = append(p.group, p.name("g", i))
	}
	for _, name := range p.users {
		p.steps = append(p.steps, step{"POST", "/Users", p.user(name), name})
	}
	for _, name := range p.group {
		doc := fmt.Sprintf(`{%s,"displayName":%q,"members":%s}`, groupHead, name, p.members())
		doc = strings.ReplaceAll(doc, `{"value":"{`+name+`}"}`, `{"value":"{`+p.there[0]+`}"}`) // none is in itself
		p.steps = append(p.steps, step{"POST", "/Groups", doc, name})
	}
	for range rapid.IntRange(0, 6).Draw(p.t, "changes") {
		p.change()
	}
	p.steps = rapid.Permutation(p.steps).Draw(p.t, "order")
}

// change draws a step that changes what is there or is created. Who is deleted
// is referred to by nobody else: what single calls make of that depends on
// their order.
func (p *plan) change() {
	some := slices.Concat(p.there, p.users)
	user := rapid.SampledFrom(some).Draw(p.t, "user")
	kind := rapid.IntRange(0, 4).Draw(p.t, "change")
	if kind >= 3 && len(p.group) == 0 {
		kind = 0
	}
	switch kind {
	case 0:
		p.steps = append(p.steps, step{"PUT", "/Users/{" + user + "}", p.user(user), ""})
	case 1:
		p.steps = append(p.steps, step{"PATCH", "/Users/{" + user + "}", `{` + patchHead + `,"Operations":[{"op":"add","path":"` + scim.URNEnterprise + `:manager","value":{"value":"` + p.someone() + `"}}]}`, ""})
	case 2:
		p.steps = append(p.steps, step{"DELETE", fmt.Sprintf("/Users/{r%d-gone%d}", p.round, rapid.IntRange(0, 1).Draw(p.t, "gone")), "", ""})
	case 3:
		group := rapid.SampledFrom(p.group).Draw(p.t, "group")
		members := strings.ReplaceAll(p.members(), "{"+group+"}", "{"+user+"}")
		p.steps = append(p.steps, step{"PATCH", "/Groups/{" + group + "}", `{` + patchHead + `,"Operations":[{"op":"add","path":"members","value":` + members + `}]}`, ""})
	case 4:
		group := rapid.SampledFrom(p.group).Draw(p.t, "group")
		p.steps = append(p.steps, step{"PATCH", "/Groups/{" + group + "}", `{` + patchHead + `,"Operations":[{"op":"remove","path":"members[value eq \"{` + user + `}\"]"}]}`, ""})
	}
}

// ids says by which id a tenant knows a name.
type ids map[string]string

func (ids ids) in(text string) string {
	for name, id := range ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// together sends the steps as one bulk request.
func (p *plan) together(f *fixture, known ids) []string {
	refs := make(ids)
	for name, id := range known {
		refs[name] = id
	}
	for _, name := range slices.Concat(p.users, p.group) {
		refs[name] = "bulkId:" + name
	}
	var operations []string
	for _, s := range p.steps {
		op := fmt.Sprintf(`{"method":%q,"path":%q`, s.method, refs.in(s.path))
		if s.creates != "" {
			op += fmt.Sprintf(`,"bulkId":%q`, s.creates)
		}
		if s.data != "" {
			op += `,"data":` + refs.in(s.data)
		}
		operations = append(operations, op+"}")
	}
	if len(operations) == 0 {
		return nil
	}
	a := f.bulk(operations...)
	return strings.Split(a.results(), ", ")
}

// alone sends the steps one by one: first each POST without what it refers to,
// then as a PUT with it, then the others in their order.
func (p *plan) alone(f *fixture, known ids) []string {
	results := make([]string, len(p.steps))
	for i, s := range p.steps {
		if s.creates == "" {
			continue
		}
		bare := fmt.Sprintf(`{%s,"userName":%q}`, userHead, s.creates)
		if s.path == "/Groups" {
			bare = fmt.Sprintf(`{%s,"displayName":%q}`, groupHead, s.creates)
		}
		a := f.do(s.method, s.path, bare)
		results[i] = fmt.Sprint(a.StatusCode)
		known[s.creates] = a.json().Get("id").Text()
	}
	for _, s := range p.steps {
		if s.creates != "" {
			f.must("PUT", s.path+"/"+known[s.creates], known.in(s.data))
		}
	}
	for i, s := range p.steps {
		if s.creates == "" {
			results[i] = fmt.Sprint(f.do(s.method, known.in(s.path), known.in(s.data)).StatusCode)
		}
	}
	return results
}

// state tells all resources of a round by their names.
func (p *plan) state(f *fixture) string {
	names := make(map[string]string) // by id
	users := f.do("GET", fmt.Sprintf("/Users?filter=userName+sw+%%22r%d-%%22", p.round), "").json().Get("Resources")
	groups := f.do("GET", fmt.Sprintf("/Groups?filter=displayName+sw+%%22r%d-%%22", p.round), "").json().Get("Resources")
	for u := range users.Elements() {
		names[u.Get("id").Text()] = u.Get("userName").Text()
	}
	for g := range groups.Elements() {
		names[g.Get("id").Text()] = g.Get("displayName").Text()
	}
	var lines []string
	for u := range users.Elements() {
		manager := u.Get(scim.URNEnterprise).Get("manager").Get("value").Text()
		if manager != "" && names[manager] == "" {
			lines = append(lines, "a stranger: "+manager)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", u.Get("userName"), u.Get("title"), names[manager]))
	}
	for g := range groups.Elements() {
		var members []string
		for m := range g.Get("members").Elements() {
			members = append(members, names[m.Get("value").Text()])
		}
		slices.Sort(members)
		lines = append(lines, fmt.Sprintf("%s %q", g.Get("displayName"), members))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A bulk of n operations, with references in any order and in circles, ends in
// the state of the n single calls.
func TestABulkDoesWhatSingleCallsDo(t *testing.T) {
	bulk, single := newFixture(t, strict), newFixture(t, strict)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		p := &plan{t: rt, round: round}
		knownBulk, knownSingle := make(ids), make(ids)
		for i := range 2 {
			p.there = append(p.there, p.name("there", i))
		}
		for _, name := range slices.Concat(p.there, []string{p.name("gone", 0), p.name("gone", 1)}) {
			knownBulk[name], knownSingle[name] = bulk.createUser(name), single.createUser(name)
		}
		p.draw()
		got, want := p.together(bulk, knownBulk), p.alone(single, knownSingle)
		if !slices.Equal(got, want) {
			rt.Fatalf("the bulk answers %s, single calls %s\n%v", got, want, p.steps)
		}
		if got, want := p.state(bulk), p.state(single); got != want {
			rt.Fatalf("the bulk makes\n%s\nsingle calls make\n%s", got, want)
		}
	})
}

// hostile draws pieces of bulk requests together that do not belong together.
func hostile(r *rand.Rand) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	ref := func() string {
		return pick(`"bulkId:a"`, `"bulkId:b"`, `"bulkId:"`, `"bulkId:bulkId:a"`, `"x"`, `null`, `5`, `{}`, `["bulkId:a"]`)
	}
	operation := func() string {
		var members []string
		add := func(name string, values ...string) {
			if r.IntN(6) > 0 {
				members = append(members, `"`+name+`":`+pick(values...))
			}
		}
		add("method", `"POST"`, `"POST"`, `"PUT"`, `"PATCH"`, `"DELETE"`, `"get"`, `null`, `{}`)
		add("bulkId", `"a"`, `"b"`, `"c"`, `""`, `7`, `"\u0000"`)
		add("path", `"/Users"`, `"/Groups"`, `"/Users/bulkId:a"`, `"/Groups/bulkId:b"`, `"/Users/1"`, `"?"`, `"//"`, `"/Bulk"`, `"\u0000"`, `"/%2f"`, `["/Users"]`)
		add("version", `"W/\"1\""`, `"*"`, `""`, `"\n"`, `3`)
		add("data",
			`{"userName":`+ref()+`}`,
			`{"displayName":"g","members":[{"value":`+ref()+`},`+ref()+`]}`,
			`{"userName":"u","manager":`+ref()+`,"$ref":"/Users/bulkId:a/bulkId:b"}`,
			`{"Operations":[{"op":"add","path":"members[value eq \"bulkId:a\"]\"","value":`+ref()+`}]}`,
			`{"Operations":[{"op":"add","path":"members","value":[{"value":`+ref()+`}]}]}`,
			ref())
		return "{" + strings.Join(members, ",") + "}"
	}
	var operations []string
	for range r.IntN(8) {
		operations = append(operations, operation())
	}
	return `{"failOnErrors":` + pick("null", "1", "2", "1e9", `"x"`) + `,"Operations":[` + strings.Join(operations, ",") + `]}`
}

// FuzzBulk sends hostile bulk requests. Each has a whole answer, and what it
// answers of each operation is a status of its own.
func FuzzBulk(f *testing.F) {
	for seed := range uint64(200) {
		f.Add([]byte(hostile(rand.New(rand.NewPCG(seed, 7)))))
	}
	f.Add([]byte(bulkBody(`{"method":"POST","bulkId":"a","path":"/Groups","data":{"displayName":"bulkId:a","members":["bulkId:a"]}}`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, fx := range []*fixture{newFixture(t), newFixture(t, strict)} {
			w := serveOnce(fx.handler, "POST", "/Bulk", string(body))
			if w.Code >= http.StatusInternalServerError || w.Code == http.StatusNotFound {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			answer, err := scim.Parse(w.Body.Bytes())
			if err != nil {
				t.Fatalf("the answer is not JSON: %v\n%s", err, w.Body)
			}
			for op := range answer.Get("Operations").Elements() {
				if status := op.Get("status").Text(); len(status) != 3 || status >= "500" {
					t.Errorf("status %q: %s", status, op)
				}
			}
		}
	})
}

// A bulk request is as large as it may be, and everything in it refers to
// everything else: it is answered all the same.
func TestALargeBulkOfReferences(t *testing.T) {
	f := newFixture(t)
	const groups = 250
	var operations []string
	for i := range groups {
		var members []string
		for j := range groups {
			if i != j {
				members = append(members, fmt.Sprintf(`"bulkId:%d"`, j))
			}
		}
		operations = append(operations, fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":"%d","data":{"displayName":"g","members":[%s]}}`, i, strings.Join(members, ",")))
	}
	body := bulkBody(operations...)
	if len(body) > journal.MaxRequest || len(body) < journal.MaxRequest/2 {
		t.Fatalf("the request has %d bytes", len(body))
	}
	a := f.do("POST", "/Bulk", body)
	a.wantStatus(http.StatusOK)
	if got := strings.Count(a.body, `"status":"201"`); got != groups {
		t.Errorf("%d groups were made", got)
	}
	if len(a.call.Parts) != groups {
		t.Errorf("the call has %d parts", len(a.call.Parts))
	}
	if n := f.store.MemberCount(a.idAt(0)); n != groups-1 {
		t.Errorf("the first has %d members", n)
	}
}
