package entra

import (
	"fmt"
	"strings"

	"airmock/internal/scim"
)

// habits is what a client did that it may do again.
type habits struct {
	resources map[string]*acquaintance // by id
	creates   map[resourceKey]*attempt // by the name that was sent
	lookups   map[string]*again        // that found nothing, by type and filter
	missed    miss                     // the last of them
}

// acquaintance is a resource that a client met.
type acquaintance struct {
	typ, name string
	first     int // the cycle in which it did, by the client's count
	last      int
	written   map[string]*writing // by attribute; nil until one is
	stale     again               // calls on its id after it was gone
}

// attempt is a create.
type attempt struct {
	again
	id  string // of what it made last; "" where it made nothing yet
	end outcome
}

// miss is a lookup without a hit.
type miss struct {
	run *run
	question
	typ, key string
	seq      uint64
}

func newHabits() habits {
	return habits{
		resources: make(map[string]*acquaintance),
		creates:   make(map[resourceKey]*attempt),
		lookups:   make(map[string]*again),
	}
}

// met reports whether the client met the resource before the cycle of that
// count.
func (h *habits) met(id string, ordinal int) bool {
	known := h.resources[id]
	return known != nil && known.first < ordinal
}

// prune forgets what was not done in the last cycles, where there is much.
func (h *habits) prune(ordinal int) {
	const recent = 2
	pruneMap(h.resources, func(a *acquaintance) bool { return a.last < ordinal-recent })
	pruneMap(h.creates, func(a *attempt) bool { return a.ordinal < ordinal-recent })
	pruneMap(h.lookups, func(a *again) bool { return a.ordinal < ordinal-recent })
}

func pruneMap[K comparable, V any](m map[K]V, old func(V) bool) {
	if len(m) <= maxHabits {
		return
	}
	for k, v := range m {
		if old(v) {
			delete(m, k)
		}
	}
	if len(m) > maxHabits {
		clear(m)
	}
}

// remember takes in the resource that the operation met.
func (who *client) remember(s *subject, seq uint64) {
	e := s.Effect
	if e == nil || e.ID == "" || e.Change == "none" {
		return
	}
	if e.Change == "deleted" {
		delete(who.habits.resources, e.ID)
		return
	}
	known := who.habits.resources[e.ID]
	if known == nil {
		known = &acquaintance{typ: e.Type, first: who.ordinal}
		who.habits.resources[e.ID] = known
	}
	known.name, known.last = e.Name, who.ordinal
	if known.written != nil && e.Change == "found" && s.succeeded() {
		known.readBack(s, seq)
	}
}

// noteLookup notices a lookup that never finds anything.
func (who *client) noteLookup(s *subject, seq uint64) {
	key := s.typeName() + " " + s.Filter
	if s.Operation == scim.OpProbe && s.isTest() || !s.succeeded() || s.Results < 0 {
		return
	}
	if s.Results > 0 {
		delete(who.habits.lookups, key)
		return
	}
	q := s.ask()
	who.habits.missed = miss{who.run, q, s.typeName(), key, seq}
	a := who.habits.lookups[key]
	if a == nil {
		a = &again{}
		who.habits.lookups[key] = a
	}
	if a.did(who) {
		n := Notice{Kind: NoticeLookup, Type: s.typeName(), Name: q.value, Source: pageHow}
		asked := strings.TrimPrefix(s.lookUp(), "Look up ")
		n.Text = fmt.Sprintf("%s looks up %s %s, and never finds it: no create follows", who.called, asked, a.howOften(who.run))
		n.Why = "A lookup that finds nothing leads to a create, unless the object may not be created: it is disabled in Entra, out of scope, or the mapping leaves out Create. It is asked for again as long as it is assigned."
		if q.refers != "" {
			n.Text = fmt.Sprintf("%s asks %s: %s, and the answer is always no", who.called, a.howOften(who.run), lowerFirst(s.lookUp()))
			n.Why = "The reference is not set here. Entra sets it once both objects exist; one that was out of scope at first comes only after a restart of provisioning."
		}
		who.run.raise(a, n, seq)
	}
	a.in(who.run, seq)
}

// noteCreate notices that what was created is created again.
func (l *Cycles) noteCreate(who *client, s *subject, seq uint64) {
	name, typ := s.sentName(), s.typeName()
	key := keyNamed(typ, name)
	if name == "" {
		return
	}
	if who.habits.missed.run == who.run && who.habits.missed.typ == typ {
		delete(who.habits.lookups, who.habits.missed.key) // this is what comes of it
	}
	created := !s.isFailure() && s.Effect != nil && s.Effect.Change == "created"
	if left, deleted := l.gone[key]; created && deleted {
		left.again.did(who)
		who.run.raise(left.again, Notice{
			Kind: NoticeRecreated, Type: typ, ID: s.Effect.ID, Name: name, Source: pageHow,
			Text: fmt.Sprintf("%s was deleted in call %d as %s and is created again as %s", shorten(name, maxName), left.seq, ShortID(left.id), ShortID(s.Effect.ID)),
			Why:  "The new one has another id, and none of the memberships of the old one. Entra keeps to the id of what was only disabled; it creates where the object was deleted for good, or where its id is not known any more.",
		}, seq)
		left.again.in(who.run, seq)
		delete(l.gone, key)
		delete(who.habits.creates, key)
	}
	a := who.habits.creates[key]
	if a == nil {
		a = &attempt{}
		who.habits.creates[key] = a
	}
	if created && a.id == "" { // the first time that it worked
		a.again = again{}
	}
	if a.did(who) {
		text, why := who.whyAgain(a, s)
		who.run.raise(&a.again, Notice{
			Kind: NoticeCreate, Type: typ, Name: name, Source: pageHow, Why: why,
			Text: fmt.Sprintf("%s creates %s %s: %s", who.called, shorten(name, maxName), a.howOften(who.run), text),
		}, seq)
	}
	a.in(who.run, seq)
	a.end = s.end.outcome
	if s.changed() {
		a.id = s.Effect.ID
	}
}

// whyAgain says why the client creates what it created before.
func (who *client) whyAgain(a *attempt, s *subject) (text, why string) {
	missed := who.habits.missed
	blind := missed.run == who.run && missed.typ == s.typeName() && missed.attribute != ""
	switch {
	case s.end.outcome == endTaken && blind:
		return fmt.Sprintf("its lookup by %s in call %d finds nobody, but %s is taken", missed.attribute, missed.seq, s.takenAttribute()),
			fmt.Sprintf("Entra matches by %s, and the one who is here has another %s or none. Give it that value here, or match by an attribute that they share.", missed.attribute, missed.attribute)
	case s.end.outcome == endLost, s.end.outcome == endCut:
		return "the answer to the create does not reach it", "Entra takes a create without an answer for a failure and tries again; as it looks up first, it should find what was stored."
	case s.end.outcome == endTaken && (a.end == endLost || a.end == endCut) && a.id != "":
		return fmt.Sprintf("the answer to its create in call %d was lost, which had worked, so that %s is taken", a.seq, s.takenAttribute()),
			"Entra takes a create without an answer for a failure and tries again. Where it looks up first, it finds what was stored and goes on with that."
	case s.end.outcome == endTaken && a.id != "":
		return fmt.Sprintf("it made that in call %d already, and now did not look it up before", a.seq),
			"A create follows a lookup that finds nobody. This one met what an earlier create had made."
	case s.isFailure():
		return "it " + s.failureWords(), "Entra tries a failed object again in its next cycles, less and less often, until what the answer names is mended."
	}
	return fmt.Sprintf("the one it made in call %d, %s, is not here any more, and no call deleted it", a.seq, ShortID(a.id)),
		"It was deleted here by hand, or the tenant was reset or restored. Entra looks it up, finds nobody and creates it."
}

// noteByID notices an id that is not here any more.
func (l *Cycles) noteByID(who *client, s *subject, seq uint64) {
	id := s.Target.ResourceID()
	if s.end.outcome != endGone && s.end.outcome != endDeleted || id == "" {
		return
	}
	known := who.habits.resources[id]
	if known == nil {
		known = &acquaintance{typ: s.typeName(), first: who.ordinal}
		who.habits.resources[id] = known
	}
	known.last = who.ordinal
	known.stale.did(who)
	left, deleted := l.deleted[id]
	if deleted {
		known.name = left.name
	}
	text := who.called + " still uses the id " + ShortID(id)
	if known.name != "" {
		text += " of " + shorten(known.name, maxName)
	}
	if deleted {
		text += fmt.Sprintf(", which call %d deleted", left.seq)
	} else {
		text += ", which is not here"
	}
	who.run.raise(&known.stale, Notice{
		Kind: NoticeStale, Type: s.typeName(), ID: id, Name: known.name,
		Text: text, Why: consequences[s.end.outcome].text, Source: pageObjects,
	}, seq)
}

// sentName is the name that a create sends.
func (s *subject) sentName() string {
	if s.Effect != nil && s.Effect.Name != "" {
		return s.Effect.Name
	}
	for _, attribute := range [...]string{"userName", "displayName"} {
		if v := s.doc().Get(attribute); v.Kind() == scim.String && v.Text() != "" {
			return v.Text()
		}
	}
	return ""
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
