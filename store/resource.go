package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"airmock/internal/scim"
)

// maxScratch is the most memory that a table keeps for its next image, in bytes.
const maxScratch = 64 << 10

// version builds the resource that follows cur, or with a nil cur the first
// version of a new one, and what to store. It returns cur itself where body says
// what cur says and force is false.
func (t *table) version(cur *Resource, id string, body *scim.Value, d *delta, force bool) (*Resource, write) {
	r := &Resource{Type: t.rt, ID: id, Version: 1, Created: d.at, LastModified: d.at, home: t.home}
	if cur != nil {
		r.Seq, r.Version, r.Created = cur.Seq, cur.Version+1, cur.Created
		// Entra and tests compare times: each version is later than the one
		// before, even where the clock stands still or was set back.
		if !r.LastModified.After(cur.LastModified) {
			r.LastModified = cur.LastModified.Add(time.Millisecond)
		}
	}
	image, tail := t.rt.AppendImage(t.scratch[:0], body, scim.Meta{
		ID: id, Version: r.Version, Created: r.Created, LastModified: r.LastModified,
	})
	if cap(image) <= maxScratch {
		t.scratch = image
	}
	if cur != nil && !force && bytes.Equal(image[:tail], cur.Image[:cur.Tail]) {
		return cur, write{}
	}
	if cur == nil {
		r.Seq = d.nextSeq()
	}
	key := t.prefix + id
	r.ID = key[len(t.prefix):] // BuntDB keeps the key; id may be a part of a whole request
	rec := record{
		seq: r.Seq, version: r.Version, created: r.Created, modified: r.LastModified,
		tail: tail, body: image,
	}
	text := rec.encode(key)
	r.Tail, r.Image = int32(tail), bytesOf(text[len(text)-len(image):])
	var picked [len(described)]scim.Raw
	scim.PickMembers(picked[:], r.Image, described[:])
	t.describe(r, picked[:])
	r.uniqueKeys = t.uniqueKeys(body)
	r.links = scim.FindLinks(t.links, body, r.Image)
	return r, write{key, text}
}

// describe copies the attributes that readers need without parsing. of has the
// members of r's image with the names in described.
func (t *table) describe(r *Resource, of []scim.Raw) {
	text := func(i int) string { return of[i].Text() }
	name, displayName, externalID := "", text(describedDisplayName), text(describedExternalID)
	switch t.nameAttr {
	case "userName":
		name = text(describedUserName)
	case "displayName":
		name, displayName = displayName, ""
	default: // as scim.ResourceType.NameOf
		name = cmp.Or(displayName, text(describedName), text(describedUserName), r.ID)
	}
	// The collector visits each string on its own, of all resources, so these are
	// one. It is no part of the image, which would outlive its resource wherever a
	// name does.
	var all strings.Builder
	all.Grow(len(name) + len(displayName) + len(externalID))
	all.WriteString(name)
	all.WriteString(displayName)
	all.WriteString(externalID)
	r.Name, r.ExternalID = all.String()[:len(name)], all.String()[len(name)+len(displayName):]
	r.DisplayName = all.String()[len(name) : len(name)+len(displayName)]
	if t.nameAttr == "displayName" {
		r.DisplayName = r.Name
	}
	active := of[describedActive]
	r.active, r.Active = assignedOf(active.Bool()), active.IsEmpty() || string(active) == "true"
	r.emails = t.appendEmailKeys(r.email[:0], of[describedEmails])
}

// described are the names of the members of an image that describe looks at.
var described = [...]string{
	describedUserName:    "userName",
	describedDisplayName: "displayName",
	describedName:        "name",
	describedExternalID:  "externalId",
	describedActive:      "active",
	describedEmails:      "emails",
}

const (
	describedUserName = iota
	describedDisplayName
	describedName
	describedExternalID
	describedActive
	describedEmails
)

// imageReader reads images of a table's resources, one after the other.
type imageReader struct {
	table  *table
	deep   []string // the members that hold links and what is unique, which are few and are parsed
	names  []string // described, and then deep
	picked []scim.Raw
	picker scim.Picker
}

func (t *table) reader() *imageReader {
	var deep []string
	for _, ix := range t.uniques {
		deep = append(deep, topName(ix.path))
	}
	for _, path := range t.links {
		deep = append(deep, topName(path))
	}
	names := slices.Concat(described[:], deep)
	return &imageReader{table: t, deep: deep, names: names, picked: make([]scim.Raw, len(names))}
}

// load is version's counterpart: the resource that a record holds. As the record
// has a checksum, what it does not look at need not be parsed.
func (ir *imageReader) load(id string, rec record) (*Resource, error) {
	t := ir.table
	if !scim.PickMembers(ir.picked, rec.body, ir.names) {
		return nil, fmt.Errorf("its content is not JSON: %.40q", rec.body)
	}
	if rec.tail < 1 || rec.tail > len(rec.body) {
		return nil, fmt.Errorf("its tail is at %d of %d bytes", rec.tail, len(rec.body))
	}
	r := &Resource{
		Type: t.rt, ID: id, Seq: rec.seq, Version: rec.version,
		Created: rec.created, LastModified: rec.modified,
		Image: rec.body, Tail: int32(rec.tail), home: t.home,
	}
	t.describe(r, ir.picked)
	if slices.ContainsFunc(ir.picked[len(described):], func(v scim.Raw) bool { return v != nil }) {
		return r, ir.deepen(r)
	}
	return r, nil
}

// deepen notes the links and the unique values of a resource.
func (ir *imageReader) deepen(r *Resource) error {
	t := ir.table
	body, err := ir.picker.Pick(r.Image, ir.deep)
	if err != nil {
		return fmt.Errorf("its content is not JSON: %w", err)
	}
	r.uniqueKeys = t.uniqueKeys(body)
	if scim.CleanLinks(t.links, body) {
		if err := t.renew(r); err != nil {
			return err
		}
	}
	r.links = scim.FindLinks(t.links, body, r.Image)
	return nil
}

// renew makes the image of a resource again that was stored when an attribute
// was no link, without what answers add to links.
func (t *table) renew(r *Resource) error {
	body, err := t.rt.Body(r.Image)
	if err != nil {
		return err
	}
	scim.CleanLinks(t.links, body)
	image, tail := t.rt.Image(body, scim.Meta{ID: r.ID, Version: r.Version, Created: r.Created, LastModified: r.LastModified})
	r.Image, r.Tail = image, int32(tail)
	return nil
}
