package people

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// The keys of a row are what others may refer to it by: the id that it has in
// the file, its externalId and its name, which for groups is not unique and
// counts for none of them.
func idKey(id string) string         { return "i" + id }
func externalKey(id string) string   { return "x" + id }
func nameKey(userName string) string { return "n" + strings.ToLower(userName) }

func (j *job) keys() []string {
	keys := make([]string, 0, 3)
	if j.fileID != "" {
		keys = append(keys, idKey(j.fileID))
	}
	if j.externalID != "" {
		keys = append(keys, externalKey(j.externalID))
	}
	if j.name != "" && j.rt.HasGroups() {
		keys = append(keys, nameKey(j.name))
		if j.renamed != "" {
			keys = append(keys, nameKey(j.renamed))
		}
	}
	return keys
}

// learn notes where a row is in the tenant, and lets those go on that wait for
// it. Of several rows with a key the first one has it.
func (im *importer) learn(j *job, id string) {
	for _, key := range j.keys() {
		if _, ok := im.known[key]; !ok {
			im.known[key] = id
		}
		waits := im.waiting[key]
		delete(im.waiting, key)
		for _, w := range waits {
			im.arrived(w, id)
		}
	}
}

// find looks for what a row is about in the tenant.
func (im *importer) find(j *job) error {
	if im.policy == Rename {
		return im.free(j)
	}
	if id, ok := im.known[idKey(j.fileID)]; ok && j.fileID != "" {
		return im.matched(j, id)
	}
	if res, err := im.target.Lookup(j.fileID); err == nil && res.Type.Name == j.rt.Name {
		j.match = res
		return nil
	}
	if id, ok := im.known[nameKey(j.name)]; ok && j.rt.HasGroups() {
		return im.matched(j, id)
	}
	if name := j.rt.NameAttribute(); name != "" && j.name != "" {
		if found, err := im.one(j, name, j.name); err != nil || found {
			return err
		}
	}
	if j.externalID == "" {
		return nil
	}
	_, err := im.one(j, "externalId", j.externalID)
	return err
}

func (im *importer) matched(j *job, id string) (err error) {
	if j.match, err = im.target.Lookup(id); err != nil {
		return err
	}
	if j.match.Type.Name != j.rt.Name {
		return fmt.Errorf("the id %q is that of a %s in an earlier row", clip(j.fileID), j.match.Type.Name)
	}
	return nil
}

// one looks for the resource with a value that was there before the import.
func (im *importer) one(j *job, attribute, value string) (found bool, err error) {
	all, err := im.holders(j.rt, attribute, value)
	if err != nil {
		return false, err
	}
	n := 0
	for _, res := range all {
		if !im.mine[res.ID] {
			j.match, n = res, n+1
		}
	}
	if n > 1 {
		j.match = nil
		return false, fmt.Errorf("%d %ss have the %s %q already, and nothing says which is meant; give the row the id of one", n, j.rt.Name, attribute, clip(value))
	}
	return n == 1, nil
}

// holders returns the resources in the store with that value.
func (im *importer) holders(rt *scim.ResourceType, attribute, value string) ([]*store.Resource, error) {
	path, err := rt.ParsePath(attribute, &scim.Reading{})
	if err != nil {
		return nil, err
	}
	const few = 3 // tell one from several
	page, err := im.store.Query(context.Background(), store.Query{
		Type: rt, Count: few,
		Filter: &scim.Compare{Path: path.AttrPath, Op: scim.Eq, Value: scim.NewString(value)},
	})
	return page.Resources, err
}

// free gives a group whose name is taken another one. That of a user is found to
// be taken when it is stored, as it is unique.
func (im *importer) free(j *job) error {
	for j.rt.HasMembers() {
		found, err := im.holders(j.rt, j.rt.NameAttribute(), j.name)
		if err != nil || len(found) == 0 {
			return err
		}
		im.rename(j)
	}
	return nil
}

// again gives a row whose name is taken another one and hands it in once more.
// It reports whether that is of use.
func (im *importer) again(j *job, taken *store.ConflictError) bool {
	if taken.Attribute != j.rt.NameAttribute() {
		return false
	}
	im.rename(j)
	im.ready = append(im.ready, j)
	return true
}

// rename gives a row a name with a number: b.simon2@contoso.com, Sales 2. Every
// text of the row that is the old name becomes the new one, as an address is.
func (im *importer) rename(j *job) {
	if j.renamed == "" {
		j.renamed = j.name
	}
	key := strings.ToLower(j.renamed)
	n := max(im.numbers[key], 1) + 1
	im.numbers[key] = n
	name := j.renamed + " " + strconv.Itoa(n)
	if j.rt.HasGroups() {
		local, domain, _ := strings.Cut(j.renamed, "@")
		name = local + strconv.Itoa(n)
		if domain != "" {
			name += "@" + domain
		}
	}
	replaceText(j.draft.Body, j.name, name)
	j.name = name
}

// replaceText replaces each text in v that is old.
func replaceText(v *scim.Value, old, text string) {
	for name, x := range v.Members() {
		if x.Kind() == scim.String && strings.EqualFold(x.Text(), old) {
			v.Set(name, scim.NewString(text))
			continue
		}
		replaceText(x, old, text)
	}
	if v.Kind() == scim.Array {
		for x := range v.Elements() {
			replaceText(x, old, text)
		}
	}
}
