package control

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"airmock/internal/tenant"
	"airmock/store"
)

// Timeline is everything that is known to have happened to a resource.
type Timeline struct {
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	Name   string    `json:"name"`
	State  string    `json:"state"`          // active, disabled, waiting for delete, deleted, seen again
	Since  time.Time `json:"since,omitzero"` // where it is known
	Due    time.Time `json:"due,omitzero"`   // when Entra's DELETE is to be expected
	Note   string    `json:"note,omitempty"` // what the state means
	Events []Event   `json:"events"`         // oldest first
}

// Event is a line of a timeline.
type Event struct {
	Time         time.Time `json:"time"`
	Call         uint64    `json:"call,omitempty"` // its number, where the journal has it
	Version      uint64    `json:"version,omitempty"`
	Change       string    `json:"change"`
	Operation    string    `json:"operation,omitempty"`
	Status       *int      `json:"status,omitempty"` // of the call; 0 where no answer reached the client
	Story        string    `json:"story"`
	Fields       []Field   `json:"fields,omitempty"`
	Added        []string  `json:"added,omitempty"`
	AddedCount   int       `json:"addedCount,omitempty"`
	Removed      []string  `json:"removed,omitempty"`
	RemovedCount int       `json:"removedCount,omitempty"`
}

// timeline answers with the timelines of an id or a name: of several resources
// where a name was used again.
func (a *api) timeline(w http.ResponseWriter, r *http.Request) error {
	of := r.PathValue("of")
	lines, err := tenant.Timelines(r.Context(), a.tenant.Store(), a.tenant.Journal(), a.tenant.Catalog(), of, time.Now())
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return fmt.Errorf("nothing is known of a user or group %q, by id, userName or displayName: %w", of, store.ErrNotFound)
	}
	list := []Timeline{}
	for _, l := range lines {
		t := Timeline{
			ID: l.ID, Type: l.Type, Name: l.Name, State: string(l.Life.State),
			Since: l.Life.Since, Due: l.Life.Due, Note: l.Life.Note, Events: []Event{},
		}
		for _, ev := range l.Events {
			e := Event{
				Time: ev.Time, Call: ev.Seq, Version: ev.Version, Change: ev.Change, Operation: ev.Operation, Story: ev.Story,
				Added: ev.Added, AddedCount: ev.AddedN, Removed: ev.Removed, RemovedCount: ev.RemovedN,
			}
			if ev.Call != nil {
				e.Status = &ev.Call.Status
			}
			for _, f := range ev.Fields {
				e.Fields = append(e.Fields, fieldOf(f))
			}
			t.Events = append(t.Events, e)
		}
		list = append(list, t)
	}
	return writeJSON(w, http.StatusOK, list)
}

// Timelines returns the timelines of an id or a name.
func (c *Client) Timelines(ctx context.Context, of string) (list []Timeline, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/timeline/"+segment(of), nil, &list)
}
