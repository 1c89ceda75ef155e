package scimserver

import (
	"fmt"
	"net/http"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// create answers POST on a collection (RFC 7644 section 3.3).
func (q *request) create() (*response, error) {
	wanted, err := q.readNew()
	if err != nil {
		return nil, err
	}
	change, err := q.Store.Create(q.writing(), q.rt, wanted.draft)
	if err != nil {
		return nil, err
	}
	return q.created(change, wanted)
}

// wanted is what a POST asks for: a resource, and what of it to answer with.
type wanted struct {
	draft scim.Draft
	shown *scim.Projection
}

// readNew reads the request for a new resource.
func (q *request) readNew() (w wanted, err error) {
	if w.shown, err = q.projection(q.rt); err != nil {
		return w, err
	}
	doc, err := q.document()
	if err != nil {
		return w, err
	}
	if w.draft, err = q.rt.ReadResource(doc, &q.reading); err == nil {
		w.shown = w.shown.Answering(w.draft)
	}
	return w, err
}

// created answers with a new resource.
func (q *request) created(change store.Change, w wanted) (*response, error) {
	q.noteChange("created", change)
	q.noteSecrets(w.draft.Secrets)
	return q.written(http.StatusCreated, change.After, w.shown, true)
}

// get answers GET on a resource (RFC 7644 section 3.4.1).
func (q *request) get() (*response, error) {
	shown, err := q.projection(q.rt)
	if err != nil {
		return nil, err
	}
	res, err := q.Store.Get(q.rt, q.call.Target.ID)
	if err != nil {
		return nil, err
	}
	if err := q.when.checkMatch(res); err != nil {
		return nil, err
	}
	q.noteFound(res)
	if q.when.isKnown(res) {
		return q.withoutBody(http.StatusNotModified, res), nil
	}
	return q.resource(http.StatusOK, res, shown)
}

// replace answers PUT (RFC 7644 section 3.5.1).
func (q *request) replace() (*response, error) {
	shown, err := q.projection(q.rt)
	if err != nil {
		return nil, err
	}
	doc, err := q.document()
	if err != nil {
		return nil, err
	}
	draft, err := q.rt.ReadResource(doc, &q.reading)
	if err != nil {
		return nil, err
	}
	shown = shown.Answering(draft) // before the writer completes the draft
	change, err := q.Store.Update(q.writing(), q.rt, q.call.Target.ID, func(cur *store.Resource) (scim.Draft, error) {
		if err := q.when.check(cur); err != nil {
			return scim.Draft{}, err
		}
		return q.rt.Replace(cur.Image, draft)
	})
	if err != nil {
		return nil, err
	}
	q.noteChange("updated", change)
	q.noteSecrets(draft.Secrets)
	return q.written(http.StatusOK, change.After, shown, true)
}

// patch answers PATCH (RFC 7644 section 3.5.2).
func (q *request) patch() (*response, error) {
	shown, err := q.projection(q.rt)
	if err != nil {
		return nil, err
	}
	doc, err := q.document()
	if err != nil {
		return nil, err
	}
	patch, err := q.rt.ParsePatch(doc, &q.reading)
	if err != nil {
		return nil, err
	}
	change, secrets, err := q.apply(patch)
	if err != nil {
		return nil, err
	}
	q.noteChange("updated", change)
	q.noteSecrets(secrets)
	return q.written(http.StatusOK, change.After, shown.Answering(patch), q.patchShows())
}

// apply runs a patch inside the store's writer. secrets are those of the draft.
func (q *request) apply(patch *scim.Patch) (change store.Change, secrets []string, err error) {
	// The writer may still be at it after this request was given up, so it
	// gets a reading of its own.
	late := &scim.Reading{Profile: q.Profile}
	var draft scim.Draft
	change, err = q.Store.Update(q.writing(), q.rt, q.call.Target.ID, func(cur *store.Resource) (scim.Draft, error) {
		if err := q.when.check(cur); err != nil {
			return scim.Draft{}, err
		}
		body, err := q.rt.Body(cur.Image)
		if err != nil {
			return scim.Draft{}, fmt.Errorf("read the stored %s %s: %w", q.rt.Name, cur.ID, err)
		}
		draft, err = patch.Apply(body, late)
		return draft, err
	})
	if q.http.Context().Err() == nil {
		secrets = draft.Secrets
		for _, quirk := range late.Quirks() {
			q.reading.Note(quirk)
		}
	}
	return change, secrets, err
}

// remove answers DELETE (RFC 7644 section 3.6).
func (q *request) remove() (*response, error) {
	change, err := q.Store.Delete(q.writing(), q.rt, q.call.Target.ID, q.when.check)
	if err != nil {
		return nil, err
	}
	q.noteChange("deleted", change)
	return &response{status: http.StatusNoContent}, nil
}

// document returns the body of a write, which must be a JSON object.
func (q *request) document() (*scim.Value, error) {
	if err := q.checkMediaType(); err != nil {
		return nil, err
	}
	if q.call.DocErr != nil {
		return nil, q.call.DocErr
	}
	doc := q.call.Doc
	switch {
	case len(q.call.Raw) == 0:
		return nil, scim.Errorf(scim.InvalidSyntax, "the request has no body; send a JSON object")
	case doc.Kind() != scim.Object:
		return nil, scim.Errorf(scim.InvalidSyntax, "the body is a JSON %s; send a JSON object", doc.Kind())
	}
	if q.rt == nil {
		return doc, nil
	}
	// The name is copied: reading uses the document up.
	q.sent = strings.Clone(clip(q.rt.NameOf(doc), 256))
	return doc, nil
}
