package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/search"
)

// maxCalls is how many calls one answer of GET /v1/calls holds without limit.
const maxCalls = 10_000

// streamBatch is how many calls a stream takes from the journal at once.
const streamBatch = 256

// maxQuery bounds a query, in bytes: each of its words is looked for in each
// call.
const maxQuery = 4096

// matcher reads the query parameter of that name, in the query language of the
// Live page.
func (a *api) matcher(r *http.Request) (func(*journal.Call) bool, error) {
	return a.matching(r.URL.Query().Get("query"))
}

func (a *api) matching(query string) (func(*journal.Call) bool, error) {
	if len(query) > maxQuery {
		return nil, refuse(http.StatusBadRequest, "the query has %d bytes; %d are the most", len(query), maxQuery)
	}
	q, err := search.Parse(query, a.setting())
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	return q.Match, nil
}

// setting is what queries are read in.
func (a *api) setting() search.Setting {
	return search.Setting{Catalog: a.tenant.Catalog(), Now: time.Now()}
}

// calls answers with the newest calls that match, oldest first.
func (a *api) calls(w http.ResponseWriter, r *http.Request) error {
	match, err := a.matcher(r)
	if err != nil {
		return err
	}
	after, err := number(r, "after", 0)
	if err != nil {
		return err
	}
	limit, err := number(r, "limit", maxCalls)
	if err != nil {
		return err
	}
	list := []json.RawMessage{}
	for _, c := range selected(a.tenant.Journal(), after, int(min(limit, maxCalls)), match) {
		list = append(list, entra.AppendCall(nil, c))
	}
	return writeJSON(w, http.StatusOK, list)
}

// stream sends calls as server-sent events, each with its number as the id, as
// they come: those after the number given by after or by Last-Event-ID, or
// only new ones. Where the client is so slow that the journal has dropped calls
// meanwhile, an event missed says how many. It ends when the client or the
// server goes.
func (a *api) stream(w http.ResponseWriter, r *http.Request) error {
	match, err := a.matcher(r)
	if err != nil {
		return err
	}
	calls := a.tenant.Journal()
	_, last := calls.Bounds()
	seq, err := number(r, "after", last)
	if err != nil {
		return err
	}
	if id, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		seq = id
	}
	watcher := calls.Watch()
	defer watcher.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	events := &eventWriter{w: w, calls: calls, match: match, seq: seq}
	for {
		if err := events.send(); err != nil {
			return nil // the client is gone; the answer has begun, so there is nothing to tell
		}
		select {
		case <-watcher.C:
		case <-r.Context().Done():
			return nil
		}
	}
}

// eventWriter writes the calls of a journal as server-sent events.
type eventWriter struct {
	w     http.ResponseWriter
	calls *journal.Journal
	match func(*journal.Call) bool
	seq   uint64 // of the last call that was looked at
}

// send writes the calls that have come since it was last called.
func (e *eventWriter) send() error {
	for {
		batch, missed := e.calls.Since(e.seq, streamBatch)
		if missed > 0 {
			if _, err := fmt.Fprintf(e.w, "event: missed\ndata: {\"missed\":%d}\n\n", missed); err != nil {
				return err
			}
		}
		for _, c := range batch {
			e.seq = c.Seq
			if !e.match(c) {
				continue
			}
			if _, err := fmt.Fprintf(e.w, "id: %d\ndata: %s\n\n", c.Seq, entra.AppendCall(nil, c)); err != nil {
				return err
			}
		}
		if len(batch) == 0 {
			return http.NewResponseController(e.w).Flush()
		}
	}
}
