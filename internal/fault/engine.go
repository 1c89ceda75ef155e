package fault

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// maxRules bounds how many rules are armed at once.
const maxRules = 1000

// Options are the parts of an Engine.
type Options struct {
	Seed uint64           // decides every percent and jitter
	Now  func() time.Time // nil: time.Now
	// Catalog has the resource types whose operations rules may name; nil:
	// scim.StandardCatalog.
	Catalog *scim.Catalog
	// NameOf returns the userName or displayName behind an id, for rules on
	// user and display; nil: none are known.
	NameOf func(id string) string
}

// Engine holds the armed rules. It is safe for concurrent use.
type Engine struct {
	seed   uint64
	now    func() time.Time
	types  *scim.Catalog
	nameOf func(id string) string

	// rules are the armed rules in order. The slice is replaced and never
	// changed, so that a call looks at it without the lock.
	rules    atomic.Pointer[[]*rule]
	revision atomic.Uint64

	mu    sync.Mutex // guards what follows, and the counters of the rules
	armed int        // how many rules were ever armed
}

// New returns an engine without rules.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NameOf == nil {
		o.NameOf = func(string) string { return "" }
	}
	if o.Catalog == nil {
		o.Catalog = scim.StandardCatalog()
	}
	e := &Engine{seed: o.Seed, now: o.Now, types: o.Catalog, nameOf: o.NameOf}
	e.rules.Store(new([]*rule))
	return e
}

// Arm checks spec and arms it. The error names the wrong key or value and the
// nearest right one.
func (e *Engine) Arm(spec Spec) (Status, error) {
	r, err := compile(spec, operations{e.types})
	if err != nil {
		return Status{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	e.expire(now)
	rules := *e.rules.Load()
	if len(rules) >= maxRules {
		return Status{}, fmt.Errorf("%d rules are armed already; disarm some first", maxRules)
	}
	e.armed++
	r.id = "r" + strconv.Itoa(e.armed)
	r.armed = now
	if r.ttl > 0 {
		r.expires = now.Add(r.ttl)
	}
	r.dice = freeDice(e.seed, r.spec, rules)
	e.replace(append(slices.Clip(rules), r))
	return r.status(), nil
}

// Disarm removes a rule, and reports whether there was one. Calls that it
// holds up go on.
func (e *Engine) Disarm(id string) bool {
	return e.remove(func(r *rule) bool { return r.id == id }) > 0
}

// Clear removes all rules and returns how many there were. Calls that they
// hold up go on.
func (e *Engine) Clear() int {
	return e.remove(func(*rule) bool { return true })
}

// Close lets go of all calls that rules hold up, so that a server can drain.
func (e *Engine) Close() { e.Clear() }

func (e *Engine) remove(which func(*rule) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire(e.now())
	return e.removeLocked(which)
}

func (e *Engine) removeLocked(which func(*rule) bool) int {
	rules := *e.rules.Load()
	kept := make([]*rule, 0, len(rules))
	for _, r := range rules {
		if which(r) {
			close(r.gone)
			r.disarmed = true
			continue
		}
		kept = append(kept, r)
	}
	if len(kept) < len(rules) {
		e.replace(kept)
	}
	return len(rules) - len(kept)
}

// expire removes the rules whose time is over.
func (e *Engine) expire(now time.Time) {
	e.removeLocked(func(r *rule) bool { return r.expired(now) })
}

func (e *Engine) replace(rules []*rule) {
	e.rules.Store(&rules)
	e.revision.Add(1)
}

// List returns the rules in the order in which they were armed. A rule whose
// budget is spent stays listed, with Left 0, until it is disarmed; one whose
// ttl is over is gone.
func (e *Engine) List() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire(e.now())
	var list []Status
	for _, r := range *e.rules.Load() {
		list = append(list, r.status())
	}
	return list
}

// Active returns how many rules can still fire.
func (e *Engine) Active() int {
	if len(*e.rules.Load()) == 0 {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire(e.now())
	n := 0
	for _, r := range *e.rules.Load() {
		if r.left() != 0 {
			n++
		}
	}
	return n
}

// Revision changes whenever what List returns does.
func (e *Engine) Revision() uint64 {
	if len(*e.rules.Load()) > 0 {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.expire(e.now())
	}
	return e.revision.Load()
}

// firing is a rule that fires for a call.
type firing struct {
	rule *rule
	nth  int // the how-many-eth match this is
}

// plan is what happens to a call.
type plan struct {
	delays  []firing
	outcome *firing // nil where the call is served
}

// plan asks the rules about a call.
func (e *Engine) plan(c *journal.Call, rules []*rule) plan {
	// Matchers come before the lock: they may look names up in the store.
	s := subject{call: c, nameOf: e.nameOf}
	var matching []*rule
	for _, r := range rules {
		if r.match.takes(&s) {
			matching = append(matching, r)
		}
	}
	var p plan
	if len(matching) == 0 {
		return p
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	for _, r := range matching {
		if r.outcome != nil && p.outcome != nil || !r.live(now) {
			continue
		}
		e.revision.Add(1)
		nth, fires := r.ask(now)
		switch {
		case !fires:
		case r.outcome == nil:
			p.delays = append(p.delays, firing{r, nth})
		default:
			p.outcome = &firing{r, nth}
		}
	}
	return p
}

// did notes what a rule did to a call.
func (e *Engine) did(r *rule, c *journal.Call, what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.last = string(c.Operation) + ": " + what
	e.revision.Add(1)
}
