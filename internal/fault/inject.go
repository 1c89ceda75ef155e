package fault

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"airmock/internal/journal"
)

// outcome decides what becomes of a call instead of the plain answer.
type outcome interface {
	// serve answers the call, or sees to it that nobody does. It calls did
	// before the client can see anything.
	serve(e *exchange)
}

// exchange is a call for which at least one rule fires.
type exchange struct {
	plan
	engine *Engine
	w      http.ResponseWriter
	r      *http.Request
	next   http.Handler
	call   *journal.Call
}

// Inject returns next behind the rules. It must run inside journal.Record;
// calls that nobody records pass.
//
// What fired is noted on the call, and in the header X-Airmock-Fault of the
// answer: the rule's kind and id.
func (e *Engine) Inject(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rules := *e.rules.Load()
		if len(rules) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		call := journal.Of(w)
		if call == nil {
			next.ServeHTTP(w, r)
			return
		}
		x := exchange{plan: e.plan(call, rules), engine: e, w: w, r: r, next: next, call: call}
		x.serve()
	})
}

func (e *exchange) serve() {
	e.announce()
	if !e.delay() {
		return // the client is gone; there is nobody to answer
	}
	if e.outcome == nil {
		e.next.ServeHTTP(e.w, e.r)
		return
	}
	e.outcome.rule.outcome.serve(e)
}

// announce says which rules fire: in the answer's header all, on the call the
// one that decides, which is the outcome's if there is one.
func (e *exchange) announce() {
	fired := e.delays
	if e.outcome != nil {
		fired = append([]firing{*e.outcome}, fired...)
	}
	for _, f := range fired {
		e.w.Header().Add("X-Airmock-Fault", f.rule.kind.Name+" "+f.rule.id)
	}
	if len(fired) > 0 {
		r := fired[0].rule
		e.call.Fault = &journal.FaultNote{Rule: r.id, Kind: r.kind.Name, Text: r.text, Nth: fired[0].nth}
	}
}

// delay holds the call up as long as the rules say, and reports whether the
// client is still there.
func (e *exchange) delay() bool {
	if len(e.delays) == 0 {
		return true
	}
	ctx := e.r.Context()
	var planned time.Duration
	start := time.Now()
	for _, f := range e.delays {
		d := f.rule.delay(f.nth)
		planned += d
		if !wait(ctx, d, f.rule.gone) {
			e.delayed("the client left %s into a delay of %s", rounded(time.Since(start)), rounded(planned))
			return false
		}
	}
	// A rule that was disarmed meanwhile lets its calls go.
	if waited := time.Since(start); waited < planned {
		e.delayed("delayed by %s of %s", rounded(waited), rounded(planned))
		return true
	}
	e.delayed("delayed by %s", rounded(planned))
	return true
}

// wait waits for d, or until gone is closed. It is false where ctx ended first.
func wait(ctx context.Context, d time.Duration, gone <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-gone:
	case <-ctx.Done():
		return false
	}
	return true
}

// delayed notes what the delaying rules did.
func (e *exchange) delayed(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	var ids []string
	for _, f := range e.delays {
		ids = append(ids, f.rule.id)
		e.engine.did(f.rule, e.call, what)
	}
	if len(ids) > 1 {
		what += " (rules " + strings.Join(ids, ", ") + ")"
	}
	e.call.Fault.Detail = what
}

// did notes what the rule that decides the outcome did.
func (e *exchange) did(format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	e.engine.did(e.outcome.rule, e.call, what)
	if len(e.delays) > 0 {
		what += ", " + e.call.Fault.Detail
	}
	e.call.Fault.Detail = what
}

func rounded(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return shortDuration(d.Round(10 * time.Millisecond))
}
