package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"airmock/internal/journal"
	"airmock/internal/tenant"
	"airmock/store"
)

// History is what is kept of a resource.
type History struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Versions []Version `json:"versions"` // newest first
}

// Version is one version of a resource, or its deletion.
type Version struct {
	Version      uint64          `json:"version"`
	Time         time.Time       `json:"time"`
	Change       string          `json:"change"` // created, updated, deleted
	Operation    string          `json:"operation,omitempty"`
	Call         uint64          `json:"call,omitempty"`
	Fields       []Field         `json:"fields,omitempty"`
	Added        []string        `json:"added,omitempty"`
	AddedCount   int             `json:"addedCount,omitempty"`
	Removed      []string        `json:"removed,omitempty"`
	RemovedCount int             `json:"removedCount,omitempty"`
	Resource     json.RawMessage `json:"resource,omitempty"`
}

// Field is the change of an attribute.
type Field struct {
	Name string          `json:"name"`
	From json.RawMessage `json:"from,omitempty"`
	To   json.RawMessage `json:"to,omitempty"`
}

func (a *api) history(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	h := History{ID: id}
	for _, m := range tenant.History(a.tenant.Store(), a.tenant.Journal(), id) {
		if m.Resource != nil && h.Type == "" {
			h.Type, h.Name = m.Resource.Type.Name, m.Resource.Name
		}
		h.Versions = append(h.Versions, versionOf(m))
	}
	if len(h.Versions) == 0 {
		return fmt.Errorf("the history of %q: %w", id, store.ErrNotFound)
	}
	return writeJSON(w, http.StatusOK, h)
}

func versionOf(m tenant.Moment) Version {
	v := Version{
		Version: m.Number, Time: m.Time, Change: m.Change, Operation: m.Origin.Operation,
		Added: m.Added, AddedCount: m.AddedN, Removed: m.Removed, RemovedCount: m.RemovedN,
	}
	if m.Resource != nil {
		v.Resource = m.Resource.Image
	}
	if m.Call != nil {
		v.Call, v.Operation = m.Call.Seq, string(m.Call.Operation)
	}
	for _, f := range m.Fields {
		v.Fields = append(v.Fields, fieldOf(f))
	}
	return v
}

// fieldOf tells values as the JSON that they are, and as a text what was cut.
func fieldOf(f journal.Field) Field {
	value := func(text string) json.RawMessage {
		switch {
		case text == "":
			return nil
		case json.Valid([]byte(text)):
			return json.RawMessage(text)
		}
		quoted, _ := json.Marshal(text) // a text can be quoted
		return quoted
	}
	return Field{Name: f.Name, From: value(f.From), To: value(f.To)}
}
