package people

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"airmock/internal/scim"
	"airmock/store"
)

// ref is a reference of a row to another resource: a member of a group, or a
// link such as a user's manager.
type ref struct {
	text   string
	member int           // the index among the members; -1 for a link
	path   scim.AttrPath // of the link's attribute
	whole  *scim.Value   // the attribute's value
	link   *scim.Value   // in that, what has the id as value
}

// wait is a reference to something that is not known yet.
type wait struct {
	job  *job
	ref  ref
	done bool
}

// refsOf returns the references of a draft.
func refsOf(rt *scim.ResourceType, d *scim.Draft) []ref {
	var refs []ref
	for _, op := range d.Members {
		for i, m := range op.Members {
			refs = append(refs, ref{text: m.Value, member: i})
		}
	}
	for _, path := range rt.LinkAttributes() {
		whole := holderOf(d.Body, path).Get(path.Name)
		for link := range whole.Elements() {
			if text := link.Get("value").Text(); text != "" {
				refs = append(refs, ref{text: text, member: -1, path: path, whole: whole, link: link})
			}
		}
	}
	return refs
}

// holderOf returns what has an attribute as a member: a body, or the attributes
// of an extension in it.
func holderOf(body *scim.Value, path scim.AttrPath) *scim.Value {
	if path.URN == "" {
		return body
	}
	return body.Get(path.URN)
}

// set makes the reference one to the resource with that id.
func (r *ref) set(d *scim.Draft, id string) {
	if r.member >= 0 {
		d.Members[0].Members[r.member].Value = id
		return
	}
	r.link.Set("value", scim.NewString(id))
}

// follow makes the references of a row lead to the resources of the tenant, as
// far as these are known.
func (im *importer) follow(j *job) {
	if slices.ContainsFunc(j.refs, func(r ref) bool { return im.isPending(r.text) }) {
		im.flush()
	}
	for _, r := range j.refs {
		if id, ok := im.resolve(r.text, im.policy != Rename); ok {
			r.set(&j.draft, id)
			continue
		}
		w := &wait{job: j, ref: r}
		j.missing++
		for _, key := range keysOf(r.text) {
			im.waiting[key] = append(im.waiting[key], w)
		}
	}
}

// keysOf returns the keys that a reference may mean, the surest first.
func keysOf(text string) [3]string {
	return [3]string{idKey(text), externalKey(text), nameKey(text)}
}

func (im *importer) isPending(text string) bool {
	for _, key := range keysOf(text) {
		if _, known := im.known[key]; im.pending[key] && !known {
			return true
		}
	}
	return false
}

// resolve finds the resource that a reference means: one of the file, or, where
// tenant is set, one that was there.
func (im *importer) resolve(text string, tenant bool) (id string, ok bool) {
	for _, key := range keysOf(text) {
		if id, ok := im.known[key]; ok {
			return id, true
		}
	}
	if !tenant {
		return "", false
	}
	if _, err := im.target.Lookup(text); err == nil {
		return text, true
	}
	for _, attribute := range []string{"externalId", "userName"} {
		for _, rt := range im.catalog.ResourceTypes {
			if attribute == "userName" && !rt.HasGroups() {
				continue
			}
			if found, err := im.holders(rt, attribute, text); err == nil && len(found) > 0 {
				return found[0].ID, true
			}
		}
	}
	return "", false
}

// arrived is called when what a reference waits for is known.
func (im *importer) arrived(w *wait, id string) {
	if w.done {
		return // it was known under another key
	}
	w.done = true
	w.ref.set(&w.job.draft, id)
	if w.job.missing--; w.job.missing == 0 {
		im.ready = append(im.ready, w.job)
	}
}

// finish deals with the rows that still wait when there are no others: they
// refer to each other in circles, or to what there is not.
func (im *importer) finish(ctx context.Context) {
	im.settleAll(ctx)
	waits := im.allWaits()
	for _, w := range waits {
		if id, ok := im.resolve(w.ref.text, true); ok {
			im.arrived(w, id)
		}
	}
	im.settleAll(ctx)
	im.giveUp(waits)
	im.settleAll(ctx)
	im.cutCircles(waits)
	im.settleAll(ctx)
	im.giveUp(waits)
	im.settleAll(ctx)
	if im.broken == nil {
		im.link(ctx)
	}
}

// settleAll brings everything that is ready into the store, and what becomes
// ready by that.
func (im *importer) settleAll(ctx context.Context) {
	for im.broken == nil {
		im.drain()
		if len(im.batch) == 0 {
			return
		}
		if err := ctx.Err(); err != nil {
			im.broken = err
			return
		}
		im.flush()
	}
}

// allWaits returns what is waited for, in the order of the rows.
func (im *importer) allWaits() []*wait {
	seen := make(map[*wait]bool)
	var all []*wait
	for _, waits := range im.waiting {
		for _, w := range waits {
			if !w.done && !seen[w] {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *wait) int {
		if a.job != b.job {
			return a.job.number - b.job.number
		}
		return a.ref.member - b.ref.member
	})
	return all
}

// waitingRows is how many rows wait for others, or did until the import broke.
func (im *importer) waitingRows() int {
	jobs := make(map[*job]bool)
	for _, j := range im.ready {
		jobs[j] = true
	}
	for _, w := range im.allWaits() {
		jobs[w.job] = true
	}
	return len(jobs)
}

// giveUp deals with references to what no row that waits is: a member fails its
// row, as it would a POST; a link is kept as the file has it, as a POST would.
func (im *importer) giveUp(waits []*wait) {
	open := make(map[string]int) // how many waiting rows have that key
	jobs := make(map[*job][]*wait)
	for _, w := range waits {
		if w.done {
			continue
		}
		if jobs[w.job] == nil {
			for _, key := range w.job.keys() {
				open[key]++
			}
		}
		jobs[w.job] = append(jobs[w.job], w)
	}
	work := waits
	for len(work) > 0 {
		w := work[0]
		work = work[1:]
		if w.done || isOpen(open, w.ref.text) {
			continue
		}
		if w.ref.member < 0 {
			im.arrived(w, w.ref.text)
			continue
		}
		for _, other := range jobs[w.job] {
			other.done = true
		}
		im.fail(w.job, fmt.Errorf("the member %q is neither in the file nor in the tenant, by id, externalId or userName", clip(w.ref.text)))
		for _, key := range w.job.keys() {
			if open[key]--; open[key] == 0 {
				work = append(work, im.waiting[key]...)
			}
		}
	}
}

// isOpen reports whether a row that waits may be what a reference means.
func isOpen(open map[string]int, text string) bool {
	for _, key := range keysOf(text) {
		if open[key] > 0 {
			return true
		}
	}
	return false
}

// cutCircles lets new resources go that wait for each other: without the
// references, which link makes when all are there. Whoever is in the tenant
// already keeps nobody waiting.
func (im *importer) cutCircles(waits []*wait) {
	for _, w := range waits {
		if w.done || w.job.match != nil {
			continue
		}
		j := w.job
		if len(j.cut) == 0 {
			im.late = append(im.late, j)
		}
		j.cut = append(j.cut, w.ref)
		w.done = true
		if j.missing--; j.missing == 0 {
			j.leaveOut()
			im.ready = append(im.ready, j)
		}
	}
}

// leaveOut takes the references that were cut out of the draft.
func (j *job) leaveOut() {
	gone := make(map[int]bool)
	for _, r := range j.cut {
		if r.member >= 0 {
			gone[r.member] = true
			continue
		}
		holder := holderOf(j.draft.Body, r.path)
		holder.Delete(r.path.Name)
		if r.path.URN != "" && holder.Len() == 0 {
			j.draft.Body.Delete(r.path.URN)
		}
	}
	if len(gone) == 0 {
		return
	}
	var kept []scim.Member
	for i, m := range j.draft.Members[0].Members {
		if !gone[i] {
			kept = append(kept, m)
		}
	}
	j.draft.Members[0].Members = kept
}

// link makes the references that were cut.
func (im *importer) link(ctx context.Context) {
	for batch := range slices.Chunk(im.late, batchSize) {
		if im.broken = ctx.Err(); im.broken != nil {
			return
		}
		var puts []store.Put
		var linked []*job
		for _, j := range batch {
			if !im.mine[j.id] {
				continue // it failed, and has no references
			}
			patch, err := im.linking(j)
			if err != nil {
				im.problem(j, "created", "some of its references could not be made: "+reasonOf(err))
			}
			if patch != nil {
				puts = append(puts, store.Put{Type: j.rt, ID: j.id, Edit: editBy(j.rt, patch)})
				linked = append(linked, j)
			}
		}
		for i, out := range im.target.Apply(context.Background(), puts) {
			if out.Err != nil {
				im.problem(linked[i], "created", "its references could not be made: "+reasonOf(out.Err))
			}
		}
	}
}

// linking returns the patch that makes a row's references, nil for none, and
// why some cannot be made.
func (im *importer) linking(j *job) (patch *scim.Patch, lost error) {
	ops, members := scim.NewArray(), scim.NewArray()
	links := make(map[*scim.Value]scim.AttrPath) // each value once, whatever it links to
	for _, r := range j.cut {
		id, ok := im.resolve(r.text, true)
		switch {
		case r.member < 0 && ok:
			r.set(nil, id)
			links[r.whole] = r.path
		case r.member < 0: // kept as the file has it
			links[r.whole] = r.path
		case !ok:
			lost = errors.Join(lost, fmt.Errorf("the row of the member %q failed", clip(r.text)))
		default:
			member := scim.NewObject()
			member.Set("value", scim.NewString(id))
			members.Append(member)
		}
	}
	for whole, path := range links {
		ops.Append(operation(path.String(), whole))
	}
	if members.Len() > 0 {
		ops.Append(operation("members", members))
	}
	if ops.Len() == 0 {
		return nil, lost
	}
	doc := scim.NewObject()
	doc.Set("schemas", scim.NewArray(scim.NewString(scim.URNPatchOp)))
	doc.Set("Operations", ops)
	patch, err := j.rt.ParsePatch(doc, &scim.Reading{Profile: im.profile})
	return patch, errors.Join(lost, err)
}

// operation is an operation of a PATCH that adds a value.
func operation(path string, value *scim.Value) *scim.Value {
	op := scim.NewObject()
	op.Set("op", scim.NewString("add"))
	op.Set("path", scim.NewString(path))
	op.Set("value", value)
	return op
}

func editBy(rt *scim.ResourceType, patch *scim.Patch) func(cur *store.Resource) (scim.Draft, error) {
	return func(cur *store.Resource) (scim.Draft, error) {
		body, err := rt.Body(cur.Image)
		if err != nil {
			return scim.Draft{}, err
		}
		return patch.Apply(body, &scim.Reading{})
	}
}
