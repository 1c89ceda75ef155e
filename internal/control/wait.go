package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/internal/search"
	"airmock/store"
)

const (
	// maxWaiters is how many requests may wait at once.
	maxWaiters = 64
	// maxWait is the longest that one may wait.
	maxWait = 24 * time.Hour
	// waitTimeout is how long one waits that does not say.
	waitTimeout = time.Hour
	// statePoll is how often a waiter asks whether the state has changed. That
	// costs the load of a number.
	statePoll = 10 * time.Millisecond
)

// Wait is the body of POST /v1/wait: what is waited for. The first that comes
// ends it.
type Wait struct {
	Query   string  `json:"query,omitempty"`   // a call that matches
	User    string  `json:"user,omitempty"`    // a user that matches this SCIM filter, now or later
	Group   string  `json:"group,omitempty"`   // a group that does
	Timeout string  `json:"timeout,omitempty"` // a Go duration; "" for an hour
	After   *uint64 `json:"after,omitempty"`   // calls above this number; nil for those to come
	Since   string  `json:"since,omitempty"`   // also calls that began since then, as in a query: 10s, 21:04
}

// Found is the answer to it: the call, or the resource and its type.
type Found struct {
	Call     json.RawMessage `json:"call,omitempty"`
	Type     string          `json:"type,omitempty"` // "User", "Group"
	Resource json.RawMessage `json:"resource,omitempty"`
}

// wait answers when something matches. It ends with 408 when nothing does in
// time, and with 503 when the tenant stops.
func (a *api) wait(w http.ResponseWriter, r *http.Request) error {
	var body Wait
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if n := a.waiters.Add(1); n > maxWaiters {
		a.waiters.Add(-1)
		return refuse(http.StatusTooManyRequests, "%d requests wait already; that is the most", maxWaiters)
	}
	defer a.waiters.Add(-1)
	waiter, err := a.newWaiter(&body)
	if err != nil {
		return err
	}
	found, err := waiter.run(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, found)
}

// waiter waits for a call or a resource.
type waiter struct {
	calls    *journal.Journal
	store    *store.Store
	match    func(*journal.Call) bool // nil where no call is waited for
	wanted   []store.Query            // resources; one of them is enough
	timeout  time.Duration
	begun    uint64 // the newest call when it began
	seen     uint64 // the newest call that was looked at
	revision uint64 // of the state that was looked at
}

func (a *api) newWaiter(body *Wait) (*waiter, error) {
	w := &waiter{calls: a.tenant.Journal(), store: a.tenant.Store(), timeout: waitTimeout}
	_, w.begun = w.calls.Bounds()
	w.seen = w.begun
	var err error
	if body.Timeout != "" {
		w.timeout, err = time.ParseDuration(body.Timeout)
		if err != nil || w.timeout < 0 || w.timeout > maxWait {
			return nil, refuse(http.StatusBadRequest, "timeout %q is not a duration up to %v, such as 90s or 60m", body.Timeout, maxWait)
		}
	}
	if body.Query != "" {
		if w.match, err = a.matching(body.Query); err != nil {
			return nil, err
		}
	}
	for _, of := range []struct{ typ, filter string }{{"User", body.User}, {"Group", body.Group}} {
		if err := w.want(a.tenant.Catalog().Type(of.typ), of.filter); err != nil {
			return nil, err
		}
	}
	if w.match == nil && w.wanted == nil {
		return nil, refuse(http.StatusBadRequest, "there is nothing to wait for; give query, user or group")
	}
	return w, w.from(body)
}

// want adds the resources of a type that match a filter, where there is one.
func (w *waiter) want(rt *scim.ResourceType, filter string) error {
	if filter == "" {
		return nil
	}
	expr, err := rt.ParseFilter(filter, &scim.Reading{})
	if wrong, ok := errors.AsType[*scim.Error](err); ok {
		err = errors.New(wrong.Detail)
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "the filter of a %s: %v", rt.Name, err)
	}
	w.wanted = append(w.wanted, store.Query{Type: rt, Filter: expr, Count: 1})
	return nil
}

// from finds where the waiter begins to look at calls. Those of the past have
// to have begun since body.Since.
func (w *waiter) from(body *Wait) error {
	switch {
	case w.match == nil && (body.After != nil || body.Since != ""):
		return refuse(http.StatusBadRequest, "after and since are about calls; they need a query")
	case body.After != nil && body.Since != "":
		return refuse(http.StatusBadRequest, "after and since are two ways to say where to begin; give one")
	case body.After != nil:
		w.seen = *body.After
	case body.Since != "":
		since, err := search.Moment(body.Since, time.Now())
		if err != nil {
			return refuse(http.StatusBadRequest, "since %q: %v", body.Since, err)
		}
		match := w.match
		w.seen = 0
		w.match = func(c *journal.Call) bool {
			return (c.Seq > w.begun || !c.Time.Before(since)) && match(c)
		}
	}
	return nil
}

// run returns what is found. The journal wakes it; the state, which others than
// clients change too, is asked.
func (w *waiter) run(ctx context.Context) (*Found, error) {
	watcher := w.calls.Watch()
	defer watcher.Close()
	poll := time.NewTicker(statePoll)
	defer poll.Stop()
	if w.wanted == nil {
		poll.Stop()
	}
	timeout := time.NewTimer(w.timeout)
	defer timeout.Stop()
	for over := false; ; {
		found, err := w.look(ctx)
		switch {
		case ctx.Err() != nil: // whichever it was, a client that has gone does not read this
			return nil, refuse(http.StatusServiceUnavailable, "the tenant has stopped, and nothing matched before")
		case found != nil || err != nil:
			return found, err
		case over:
			return nil, w.timedOut()
		}
		select {
		case <-watcher.C:
		case <-poll.C:
		case <-timeout.C:
			over = true // a last look: what came in time counts
		case <-ctx.Done():
		}
	}
}

// look looks at what has come since it last looked.
func (w *waiter) look(ctx context.Context) (*Found, error) {
	for w.match != nil && ctx.Err() == nil {
		batch, _ := w.calls.Since(w.seen, streamBatch)
		for _, c := range batch {
			if w.seen = c.Seq; w.match(c) {
				return &Found{Call: entra.AppendCall(nil, c)}, nil
			}
		}
		if len(batch) == 0 {
			break
		}
	}
	now := w.store.Revision() + 1 // 0 is of no look yet
	if w.wanted == nil || now == w.revision {
		return nil, nil
	}
	w.revision = now
	for _, q := range w.wanted {
		page, err := w.store.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, res := range page.Resources {
			image := w.store.AppendJSON(nil, res, store.Show{Members: true, Groups: true})
			return &Found{Type: res.Type.Name, Resource: image}, nil
		}
	}
	return nil, nil
}

// timedOut says that nothing has matched, and what came close in time: a call
// from just before is what most who wait in vain were too late for.
func (w *waiter) timedOut() error {
	text := fmt.Sprintf("nothing matched within %v", w.timeout)
	if w.match == nil {
		return refuse(http.StatusRequestTimeout, "%s", text)
	}
	switch came := w.seen - min(w.begun, w.seen); came {
	case 0:
		text += "; no call came meanwhile"
	case 1:
		text += "; one call came meanwhile"
	default:
		text += fmt.Sprintf("; %d calls came meanwhile", came)
	}
	if before := selected(w.calls, 0, 1, w.match); len(before) > 0 {
		text += fmt.Sprintf("; call %d matches and had come before, at %s: since looks back", before[0].Seq, before[0].Time.Format(time.TimeOnly))
	}
	return refuse(http.StatusRequestTimeout, "%s", text)
}
