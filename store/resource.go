package store

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"airmock/internal/scim"
)

// version builds the resource that follows cur, or with a nil cur the first
// version of a new one. It returns cur itself where body says what cur says
// and force is false.
func (t *table) version(cur *Resource, id string, body *scim.Value, d *delta, force bool) (*Resource, string) {
	r := &Resource{Type: t.rt, ID: id, Version: 1, Created: d.at, LastModified: d.at, home: t.home}
	if cur != nil {
		r.Seq, r.Version, r.Created = cur.Seq, cur.Version+1, cur.Created
		// Entra and tests compare times: each version is later than the one
		// before, even where the clock stands still or was set back.
		if !r.LastModified.After(cur.LastModified) {
			r.LastModified = cur.LastModified.Add(time.Millisecond)
		}
	}
	image, tail := t.rt.Image(body, scim.Meta{
		ID: id, Version: r.Version, Created: r.Created, LastModified: r.LastModified,
	})
	if cur != nil && !force && bytes.Equal(image[:tail], cur.Image[:cur.Tail]) {
		return cur, ""
	}
	if cur == nil {
		r.Seq = d.nextSeq()
	}
	t.describe(r, body)
	rec := record{
		seq: r.Seq, version: r.Version, created: r.Created, modified: r.LastModified,
		tail: tail, body: image,
	}
	text := rec.encode(t.prefix + id)
	r.Tail, r.Image = tail, bytesOf(text[len(text)-len(image):])
	r.links = scim.FindLinks(t.links, body, r.Image)
	return r, text
}

// describe copies the attributes that readers need without parsing.
func (t *table) describe(r *Resource, body *scim.Value) {
	text := func(name string) string { return strings.Clone(body.Get(name).Text()) }
	r.ExternalID = text("externalId")
	r.Name = strings.Clone(t.rt.NameOf(body))
	if r.Name == "" && t.nameAttr == "" {
		r.Name = r.ID
	}
	r.DisplayName = r.Name
	if t.nameAttr != "displayName" {
		r.DisplayName = text("displayName")
	}
	if len(t.uniques) > 0 {
		r.uniqueKeys = make([][]string, len(t.uniques))
		for i := range t.uniques {
			r.uniqueKeys[i] = t.uniques[i].keys(body)
		}
	}
	active := body.Get("active")
	r.active, r.Active = assignedOf(active), active.IsEmpty() || active.IsTrue()
	r.emails = t.emailKeys(body)
}

// described returns the names of the members of an image that load looks at.
func (t *table) described() []string {
	names := []string{"userName", "displayName", "name", "externalId", "active", "emails"}
	for _, ix := range t.uniques {
		names = append(names, topName(ix.path))
	}
	for _, path := range t.links {
		names = append(names, topName(path))
	}
	return names
}

// load is version's counterpart: the resource that a record holds. part is the
// image as far as described names it; as the record has a checksum, the rest
// need not be parsed.
func (t *table) load(id string, rec record, part []byte) (*Resource, error) {
	body, err := t.rt.ParseImage(part)
	if err != nil {
		return nil, fmt.Errorf("its content is not JSON: %w", err)
	}
	if rec.tail < 1 || rec.tail > len(rec.body) {
		return nil, fmt.Errorf("its tail is at %d of %d bytes", rec.tail, len(rec.body))
	}
	r := &Resource{
		Type: t.rt, ID: id, Seq: rec.seq, Version: rec.version,
		Created: rec.created, LastModified: rec.modified,
		Image: rec.body, Tail: rec.tail, home: t.home,
	}
	t.describe(r, body)
	if scim.CleanLinks(t.links, body) {
		if err := t.renew(r); err != nil {
			return nil, err
		}
	}
	r.links = scim.FindLinks(t.links, body, r.Image)
	return r, nil
}

// renew makes the image of a resource again that was stored when an attribute
// was no link, without what answers add to links.
func (t *table) renew(r *Resource) error {
	body, err := t.rt.Body(r.Image)
	if err != nil {
		return err
	}
	scim.CleanLinks(t.links, body)
	r.Image, r.Tail = t.rt.Image(body, scim.Meta{ID: r.ID, Version: r.Version, Created: r.Created, LastModified: r.LastModified})
	return nil
}
