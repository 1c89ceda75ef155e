package fault

import (
	"maps"
	"strings"
	"time"
)

// rule is an armed Spec. The engine's lock guards its counters.
type rule struct {
	id      string
	spec    Spec
	kind    *kind
	text    string
	match   matcher
	choose  selector
	effect       // what it does when it fires
	dice    dice // decides percent and jitter
	ttl     time.Duration
	armed   time.Time
	expires time.Time     // zero for never
	gone    chan struct{} // closed when it is disarmed

	disarmed bool
	matched  int
	fired    int
	last     string
	lastAt   time.Time
}

// effect is what a rule does: it delays, or it decides the outcome.
type effect struct {
	text    string // "status 503"
	fixed   time.Duration
	jitter  time.Duration
	outcome outcome // nil for a delay
}

// compile checks a spec and makes an unarmed rule of it.
func compile(spec Spec, ops operations) (*rule, error) {
	spec, err := expand(spec)
	if err != nil {
		return nil, err
	}
	k, err := kindOf(spec)
	if err != nil {
		return nil, err
	}
	if err := k.checkKeys(spec); err != nil {
		return nil, err
	}
	f := fields{spec: spec}
	f.checkText()
	r := &rule{spec: spec, kind: k, gone: make(chan struct{})}
	r.effect = k.read(&f)
	r.match = readMatcher(&f, k.op, ops)
	r.choose = readSelector(&f)
	r.ttl = f.duration("ttl", 0, time.Second, maxTTL)
	if f.err != nil {
		return nil, f.err
	}
	parts := append([]string{r.effect.text + r.match.text(k)}, r.choose.texts()...)
	r.text = strings.Join(parts, ", ")
	return r, nil
}

// live reports whether the rule can fire at all.
func (r *rule) live(now time.Time) bool {
	return !r.disarmed && r.left() != 0 && !r.expired(now)
}

func (r *rule) expired(now time.Time) bool {
	return !r.expires.IsZero() && !now.Before(r.expires)
}

// ask counts a match and reports whether the rule fires for it.
func (r *rule) ask(now time.Time) (nth int, fires bool) {
	r.matched++
	if !r.choose.takes(r.matched) || !r.dice.below(r.choose.percent, r.matched) {
		return r.matched, false
	}
	r.fired++
	r.lastAt = now
	return r.matched, true
}

func (r *rule) left() int { return r.choose.left(r.matched, r.fired) }

// delay is how long the rule holds up its nth match.
func (r *rule) delay(nth int) time.Duration {
	spread := 2*r.dice.uniform("jitter", nth) - 1
	return r.fixed + time.Duration(spread*float64(r.jitter))
}

func (r *rule) status() Status {
	return Status{
		ID: r.id, Spec: maps.Clone(r.spec), Text: r.text,
		Armed: r.armed, Expires: r.expires,
		Matched: r.matched, Fired: r.fired, Left: r.left(),
		Last: r.last, LastAt: r.lastAt,
	}
}
