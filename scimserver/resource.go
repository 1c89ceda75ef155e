package scimserver

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// create answers POST on a collection (RFC 7644 section 3.3).
func (q *request) create() (*response, error) {
	shown, err := q.projection()
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
	change, err := q.Store.Create(q.http.Context(), q.rt, draft)
	if err != nil {
		return nil, err
	}
	q.noteChange("created", change)
	q.noteSecrets(draft.Secrets)
	resp, err := q.resource(http.StatusCreated, change.After, shown)
	if err != nil {
		return nil, err
	}
	resp.header = http.Header{"Location": {q.location(q.rt, change.After.ID)}}
	return resp, nil
}

// get answers GET on a resource (RFC 7644 section 3.4.1).
func (q *request) get() (*response, error) {
	shown, err := q.projection()
	if err != nil {
		return nil, err
	}
	res, err := q.Store.Get(q.rt, q.call.Target.ID)
	if err != nil {
		return nil, err
	}
	q.noteFound(res)
	return q.resource(http.StatusOK, res, shown)
}

// replace answers PUT (RFC 7644 section 3.5.1).
func (q *request) replace() (*response, error) {
	shown, err := q.projection()
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
	change, err := q.Store.Update(q.http.Context(), q.rt, q.call.Target.ID, func(*store.Resource) (scim.Draft, error) {
		return draft, nil
	})
	if err != nil {
		return nil, err
	}
	q.noteChange("updated", change)
	q.noteSecrets(draft.Secrets)
	return q.resource(http.StatusOK, change.After, shown)
}

// patch answers PATCH (RFC 7644 section 3.5.2): a user with 200 and itself, a
// group with 204, as a body with all its members is what Entra advises
// against. A request for certain attributes must get them (same section).
func (q *request) patch() (*response, error) {
	shown, err := q.projection()
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
	if hasMembers(q.rt) && q.asked.attributes == "" {
		return &response{status: http.StatusNoContent}, nil
	}
	return q.resource(http.StatusOK, change.After, shown)
}

// apply runs a patch inside the store's writer. secrets are those of the draft.
func (q *request) apply(patch *scim.Patch) (change store.Change, secrets []string, err error) {
	// The writer may still be at it after this request was given up, so it
	// gets a reading of its own.
	late := &scim.Reading{Profile: q.Profile}
	var draft scim.Draft
	change, err = q.Store.Update(q.http.Context(), q.rt, q.call.Target.ID, func(cur *store.Resource) (scim.Draft, error) {
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
	change, err := q.Store.Delete(q.http.Context(), q.rt, q.call.Target.ID, nil)
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
	// The name is copied: reading uses the document up.
	q.sent = strings.Clone(clip(doc.Get(nameAttribute(q.rt)).Text(), 256))
	return doc, nil
}

// checkMediaType refuses bodies that say they are something else. In the Entra
// profile whatever parses is taken.
func (q *request) checkMediaType() error {
	header := q.http.Header.Get("Content-Type")
	if q.Profile != scim.RFC || header == "" {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(header)
	if err == nil && (mediaType == contentType || mediaType == "application/json") {
		return nil
	}
	return &refusal{
		status: http.StatusUnsupportedMediaType,
		detail: fmt.Sprintf("the Content-Type is %q; send %s or application/json (RFC 7644 section 3.1)", clip(header, 128), contentType),
	}
}

// hasMembers reports whether resources of that type have members.
func hasMembers(rt *scim.ResourceType) bool { return rt.Schema.ID == scim.URNGroup }

// nameAttribute is the attribute that store.Resource.Name holds.
func nameAttribute(rt *scim.ResourceType) string {
	if hasMembers(rt) {
		return "displayName"
	}
	return "userName"
}
