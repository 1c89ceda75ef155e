package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// Policy says what becomes of a row that contradicts what is in the tenant.
type Policy string

// The policies.
const (
	Skip   Policy = "skip"   // the tenant stays as it is
	Update Policy = "update" // the resource becomes what the row says, as by a PUT
	Rename Policy = "rename" // the row becomes another resource, under another name
	Fail   Policy = "fail"   // the import ends
)

// Policies lists the policies.
func Policies() []string {
	return []string{string(Skip), string(Update), string(Rename), string(Fail)}
}

// ErrInterrupted is the error of rows that end because they are not wanted any
// more, not because there are no others.
var ErrInterrupted = errors.New("interrupted")

// Options says how to import.
type Options struct {
	Policy  Policy // "": Skip
	DryRun  bool   // change nothing, and report what would be
	Profile scim.Profile
}

// batchSize is how many rows are handed to the store together: several of its
// own batches, so that it is never idle.
const batchSize = 512

// maxWeight bounds a batch of large groups, in members.
const maxWeight = 50_000

// target is where the rows go: the store, or a rehearsal of it.
type target interface {
	Apply(ctx context.Context, puts []store.Put) []store.Outcome
	Lookup(id string) (*store.Resource, error)
}

var (
	_ target = (*store.Store)(nil)
	_ target = (*store.Rehearsal)(nil)
)

// Import puts the resources of rows into a tenant's store. Their ids are new;
// where they refer to each other by their ids in the file, by externalId or by
// name, the references are made to follow, in whatever order the rows come.
//
// A row is of a resource that is there where the two have the same id, the same
// name (userName, or a group's displayName) or else the same externalId.
//
// Where rows, or ctx, end early, the report says so and counts what was done: it
// stays. The error is that of a store that takes no writes any more.
func Import(ctx context.Context, s *store.Store, catalog *scim.Catalog, rows Rows, o Options) (Report, error) {
	im := &importer{
		store: s, catalog: catalog, policy: o.Policy, profile: o.Profile,
		known: make(map[string]string), pending: make(map[string]bool), mine: make(map[string]bool),
		waiting: make(map[string][]*wait), numbers: make(map[string]int),
		report: Report{DryRun: o.DryRun, Types: make(map[string]*Counts), Problems: []Problem{}},
	}
	if im.policy == "" {
		im.policy = Skip
	}
	im.target = s
	if o.DryRun {
		im.target = s.Rehearse()
	}
	im.run(ctx, rows)
	if im.broken != nil {
		im.report.Waiting = im.waitingRows()
	}
	switch {
	case im.broken == nil:
	case errors.Is(im.broken, ErrInterrupted), errors.Is(im.broken, context.Canceled):
		im.report.Interrupted = true
	case errors.As(im.broken, new(*FileError)), errors.Is(im.broken, errConflict):
		im.report.Error = im.broken.Error()
	default:
		im.report.Error = im.broken.Error()
		return im.report, im.broken
	}
	return im.report, nil
}

// errConflict ends an import with the policy Fail.
var errConflict = errors.New("a row contradicts what is in the tenant")

// importer is one import.
type importer struct {
	store   *store.Store
	target  target
	catalog *scim.Catalog
	policy  Policy
	profile scim.Profile

	batch   []*job
	weight  int                // rows and references in the batch
	ready   []*job             // can go into the batch
	known   map[string]string  // ids by the keys of rows, see job.keys
	pending map[string]bool    // the keys of rows in the batch
	mine    map[string]bool    // ids that this import has made
	waiting map[string][]*wait // references that cannot be followed yet, by key
	numbers map[string]int     // the last number behind a name that was changed, see rename
	late    []*job             // see link
	report  Report
	broken  error // why it has ended early
}

// job is a row on its way.
type job struct {
	number, line int
	rt           *scim.ResourceType
	draft        scim.Draft
	fileID       string
	externalID   string
	name         string
	match        *store.Resource // what is there already; nil for nothing
	id           string          // in the tenant
	refs         []ref
	missing      int    // how many of refs wait
	cut          []ref  // references that are made after the row, see link
	renamed      string // the name that the file has
}

func (im *importer) run(ctx context.Context, rows Rows) {
	for row, err := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			im.broken = err
			break
		}
		im.report.Rows++
		im.take(row)
		if im.broken != nil {
			break
		}
	}
	im.flush()
	if im.broken == nil {
		im.finish(ctx)
	}
}

// take takes a row in.
func (im *importer) take(row Row) {
	j := &job{number: im.report.Rows, line: row.Line}
	if err := im.read(j, row); err != nil {
		im.fail(j, err)
		return
	}
	if slices.ContainsFunc(j.keys(), func(key string) bool { return im.pending[key] }) {
		im.flush() // another row says something about the same resource
	}
	if err := im.find(j); err != nil {
		im.refused(j, err)
		return
	}
	if j.match != nil {
		im.learn(j, j.match.ID)
	}
	if im.follow(j); j.missing == 0 {
		im.ready = append(im.ready, j)
	}
	im.drain()
}

// read reads a row as a POST of it would be.
func (im *importer) read(j *job, row Row) error {
	if row.Err != nil {
		return row.Err
	}
	var err error
	if j.rt, err = im.typeOf(row); err != nil {
		return err
	}
	j.name = strings.Clone(j.rt.NameOf(row.Doc))
	j.fileID = strings.Clone(row.Doc.Get("id").Text())
	j.draft, err = j.rt.ReadResource(row.Doc, &scim.Reading{Profile: im.profile})
	if err != nil {
		return err
	}
	j.name = strings.Clone(j.rt.NameOf(j.draft.Body))
	j.externalID = strings.Clone(j.draft.Body.Get("externalId").Text())
	j.refs = refsOf(j.rt, &j.draft)
	return nil
}

// typeOf finds out the type of a row.
func (im *importer) typeOf(row Row) (*scim.ResourceType, error) {
	if row.Doc.Kind() != scim.Object {
		return nil, fmt.Errorf("a resource must be a JSON object, not a %s", row.Doc.Kind())
	}
	if row.Type != "" {
		return typeNamed(im.catalog, row.Type)
	}
	if name := row.Doc.Get("meta").Get("resourceType").Text(); name != "" {
		return typeNamed(im.catalog, name)
	}
	for urn := range row.Doc.Get("schemas").Elements() {
		for _, rt := range im.catalog.ResourceTypes {
			if strings.EqualFold(rt.Schema.ID, urn.Text()) {
				return rt, nil
			}
		}
	}
	switch {
	case row.Doc.Get("userName") != nil:
		return im.catalog.Type("User"), nil
	case row.Doc.Get("displayName") != nil:
		return im.catalog.Type("Group"), nil
	}
	return nil, errors.New("nothing says what the resource is: it has no schemas, no meta.resourceType, no userName and no displayName")
}

// drain puts what is ready into the batch.
func (im *importer) drain() {
	for len(im.ready) > 0 && im.broken == nil {
		j := im.ready[0]
		im.ready = im.ready[1:]
		im.batch = append(im.batch, j)
		im.weight += 1 + len(j.refs)
		for _, key := range j.keys() {
			im.pending[key] = true
		}
		if len(im.batch) >= batchSize || im.weight >= maxWeight {
			im.flush()
		}
	}
}

// flush hands the batch to the store.
func (im *importer) flush() {
	batch := im.batch
	im.batch, im.weight = nil, 0
	clear(im.pending)
	puts := make([]store.Put, len(batch))
	for i, j := range batch {
		puts[i] = im.put(j)
	}
	// A batch is brief, and is done or not, whatever becomes of its caller.
	for i, out := range im.target.Apply(context.Background(), puts) {
		if errors.Is(out.Err, store.ErrReadOnly) || errors.Is(out.Err, store.ErrClosed) {
			im.broken = out.Err
			return
		}
		im.settle(batch[i], out)
	}
}

// put is the write that a row asks for.
func (im *importer) put(j *job) store.Put {
	if j.match == nil {
		j.id = im.store.NewID()
		return store.Put{Type: j.rt, ID: j.id, New: true, Edit: func(*store.Resource) (scim.Draft, error) { return j.draft, nil }}
	}
	j.id = j.match.ID
	return store.Put{Type: j.rt, ID: j.id, Try: im.policy != Update, Edit: func(cur *store.Resource) (scim.Draft, error) {
		return j.rt.Replace(cur.Image, j.draft)
	}}
}

// settle takes in what became of a row.
func (im *importer) settle(j *job, out store.Outcome) {
	counts := im.report.of(j.rt)
	var taken *store.ConflictError
	switch {
	case errors.As(out.Err, &taken):
		if im.policy != Rename || !im.again(j, taken) {
			im.refused(j, taken)
		}
		return
	case out.Err != nil:
		im.fail(j, out.Err)
		return
	case j.match == nil:
		im.report.Created, counts.Created = im.report.Created+1, counts.Created+1
		im.mine[j.id] = true
		if j.renamed != "" {
			im.problem(j, "created", fmt.Sprintf("the name %q is taken; this one is called %q", clip(j.renamed), clip(j.name)))
		}
	case !out.Change.Changed():
		im.report.Unchanged, counts.Unchanged = im.report.Unchanged+1, counts.Unchanged+1
	case im.policy == Update:
		im.report.Updated, counts.Updated = im.report.Updated+1, counts.Updated+1
		im.conflict(j, errors.New(differs(out.Change)), "updated")
	default:
		im.refused(j, errors.New(differs(out.Change)))
	}
	im.learn(j, j.id)
}

// refused takes in a row that contradicts what is there.
func (im *importer) refused(j *job, reason error) {
	if im.policy == Skip {
		im.report.Skipped++
		im.report.of(j.rt).Skipped++
		im.conflict(j, reason, "skipped")
		return
	}
	im.conflict(j, reason, "failed")
	if im.policy == Fail && !im.report.DryRun {
		im.broken = errConflict
	}
}

// conflict notes that a row contradicts what is there.
func (im *importer) conflict(j *job, reason error, outcome string) {
	im.report.Conflicts++
	im.report.of(j.rt).Conflicts++
	if outcome == "failed" {
		im.fail(j, reason)
		return
	}
	im.problem(j, outcome, reasonOf(reason))
}

func (im *importer) fail(j *job, err error) {
	im.report.Failed++
	if j.rt != nil {
		im.report.of(j.rt).Failed++
	}
	im.problem(j, "failed", reasonOf(err))
}

func (im *importer) problem(j *job, outcome, reason string) {
	p := Problem{Row: j.number, Line: j.line, Name: j.name, Outcome: outcome, Reason: reason}
	if j.rt != nil {
		p.Type = j.rt.Name
	}
	im.report.problem(p)
}

// differs says in what a row differs from what is there.
func differs(c store.Change) string {
	was, errWas := c.Before.Type.Body(c.Before.Image)
	is, errIs := c.After.Type.Body(c.After.Image)
	if errWas != nil || errIs != nil {
		return "it is there already, and differs"
	}
	var names []string
	for name, v := range was.Members() {
		if !scim.Equal(v, is.Get(name)) {
			names = append(names, name)
		}
	}
	for name := range is.Members() {
		if was.Get(name) == nil {
			names = append(names, name)
		}
	}
	if len(c.Added)+len(c.Removed) > 0 {
		names = append(names, "members")
	}
	return fmt.Sprintf("it is there already, with the id %s, and differs in %s", c.Before.ID, strings.Join(names, ", "))
}
