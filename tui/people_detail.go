package tui

import (
	"fmt"
	"math"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
	"airmock/internal/scim"
	"airmock/internal/tenant"
	"airmock/store"
)

const (
	maxRelated = 300 // members, or groups, that are listed
	maxHistory = 200 // calls that are listed
)

// resourceDetail is one user or group with its attributes, its memberships or
// members, and the calls that touched it. It outlives the resource: a deleted
// one still has a history.
type resourceDetail struct {
	env  *env
	kind *scim.ResourceType
	id   string

	resource *store.Resource   // nil where there is none, or none any more
	name     string            // its last known name
	related  []*store.Resource // a user's groups, a group's members
	relatedN int               // how many there are
	calls    []entra.Touch     // newest first
	moments  []tenant.Moment   // the versions that are kept, newest first
	revision uint64            // of the store, when last looked at
	looked   time.Time         // when that was
	seen     uint64            // the newest call that was looked at
	kept     lookedAt          // when the moments were looked at
	life     entra.Life        // where it is between its creation and its deletion
	version  int               // grows with each change of the above

	made   madeOf
	lines  []detailLine
	cursor int
	top    int
	shown  int // lines that were visible when last drawn
}

// madeOf is what lines were made of.
type madeOf struct {
	theme   *Theme
	width   int
	version int
}

func newResourceDetail(e *env, kind *scim.ResourceType, id string) *resourceDetail {
	return &resourceDetail{env: e, kind: kind, id: id}
}

// refresh looks at the resource and at new calls again, if there is anything
// new.
func (d *resourceDetail) refresh() {
	s, before := d.env.tenant.Store(), d.version
	if revision := s.Revision(); d.version == 0 || revision != d.revision && !d.resting() {
		d.revision, d.looked = revision, d.env.now()
		d.look(s)
		d.version++
	}
	j := d.env.tenant.Journal()
	if _, last := j.Bounds(); last != d.seen {
		d.pull(j, last)
	}
	if looked := (lookedAt{d.revision, d.seen}); looked != d.kept {
		d.kept = looked
		if d.remember(tenant.History(s, j, d.id)) && d.version == before {
			d.version++
		}
		if (d.version != before || d.resource == nil) && d.judge(s, j) && d.version == before {
			d.version++
		}
	}
}

// lookedAt is what the moments were made of.
type lookedAt struct{ revision, call uint64 }

// remember takes in the versions that are kept. They know what the journal does
// not have any more, or never had. It reports whether these are others.
func (d *resourceDetail) remember(moments []tenant.Moment) (changed bool) {
	same := func(a, b tenant.Moment) bool { return a.Number == b.Number && a.Change == b.Change && a.Call == b.Call }
	if slices.EqualFunc(moments, d.moments, same) {
		return false
	}
	d.moments = moments
	for _, m := range moments {
		if d.name == "" && m.Resource != nil {
			d.name = m.Resource.Name
		}
	}
	return true
}

// judge finds the state that the resource is in, by what is known of it. It
// reports whether that is another.
func (d *resourceDetail) judge(s *store.Store, j *journal.Journal) (changed bool) {
	touches := slices.Clone(d.calls)
	slices.Reverse(touches)
	var calls []*journal.Call
	if d.resource == nil { // it may have been created again
		calls, _ = j.Since(0, math.MaxInt)
	}
	life := tenant.LifeOf(s, calls, d.kind.Name, d.name, d.id, tenant.Events(touches, d.moments), d.env.now())
	changed = life != d.life
	d.life = life
	return changed
}

// resting reports whether to leave a huge group alone for now: to list its
// members costs what it holds.
func (d *resourceDetail) resting() bool {
	return d.relatedN > directRows && d.env.now().Sub(d.looked) < searchGap
}

func (d *resourceDetail) look(s *store.Store) {
	d.resource, _ = s.Get(d.kind, d.id) // not found is nil
	d.related, d.relatedN = nil, 0
	if d.resource == nil {
		return
	}
	d.name = d.resource.Name
	if d.kind.Name == "Group" {
		d.related = s.Members(d.id)
	} else {
		d.related = s.GroupsOf(d.id)
	}
	d.relatedN = len(d.related)
	d.related = slices.Clone(d.related[:min(d.relatedN, maxRelated)])
}

// pull takes in the calls up to last.
func (d *resourceDetail) pull(j *journal.Journal, last uint64) {
	var fresh []entra.Touch
	for call := range callsAfter(j, d.seen, last) {
		for _, c := range entra.Touches(call, d.id, d.name) {
			fresh = append(fresh, c)
			if d.name == "" && c.Effect != nil && c.Effect.ID == d.id {
				d.name = c.Effect.Name // the resource itself is gone
			}
		}
	}
	d.seen = last
	if len(fresh) == 0 {
		return
	}
	slices.Reverse(fresh)
	d.calls = append(fresh, d.calls...)
	d.calls = d.calls[:min(len(d.calls), maxHistory)]
	d.version++
}

// key moves the cursor.
func (d *resourceDetail) key(msg tea.KeyPressMsg, keys moveKeys) {
	if n, ok := keys.steps(msg, d.shown); ok {
		d.cursor = max(0, min(d.cursor+n, len(d.lines)-1))
	}
}

// target is where the line under the cursor leads.
func (d *resourceDetail) target() (GotoMsg, bool) {
	if d.cursor >= len(d.lines) || d.lines[d.cursor].to == (GotoMsg{}) {
		return GotoMsg{}, false
	}
	return d.lines[d.cursor].to, true
}

// view draws the detail in at most height lines of width cells: two lines that
// stay, and the text, scrolled so that the cursor is in sight.
func (d *resourceDetail) view(t *Theme, focused bool, width, height int) []string {
	d.make(t, width)
	lines := d.head(t, focused, width)
	if height < len(lines)+2 {
		lines = lines[:min(1, height)]
	}
	d.shown = max(0, height-len(lines))
	d.top = window(d.top, d.cursor, len(d.lines), d.shown)
	for i := d.top; i < min(len(d.lines), d.top+d.shown); i++ {
		l := d.lines[i]
		switch {
		case i == d.cursor && focused:
			lines = append(lines, t.Selected.Render(safetext.Fit("▌"+l.plain, width)))
		default:
			lines = append(lines, " "+l.styled)
		}
	}
	return lines
}

func (d *resourceDetail) head(t *Theme, focused bool, width int) []string {
	mark := " "
	if focused {
		mark = t.Title.Render("▌")
	}
	name := safetext.Line(d.name)
	if name == "" {
		name = safetext.Line(d.id)
	}
	about := fmt.Sprintf(" %s %s", d.kind.Name, safetext.Line(d.id))
	state := t.Warn.Render("✗ "+string(d.life.State)) + " "
	if r := d.resource; r != nil {
		about += fmt.Sprintf(" · version %d · changed %s", r.Version, ago(d.env.now(), r.LastModified))
		state = d.state(t, r)
	}
	return []string{
		spread(mark+t.Title.Render(name), state, width),
		fitStyled(t.Dim.Render(about), width),
	}
}

// state is a user's, with a glyph and a word.
func (d *resourceDetail) state(t *Theme, r *store.Resource) string {
	switch {
	case r.Type.Name != "User":
		return t.Dim.Render(plural(d.relatedN, "member")) + " "
	case r.Active:
		return t.Good.Render("● active") + " "
	}
	if due := d.life.Due; !due.IsZero() {
		return t.Warn.Render("○ disabled · DELETE due "+due.In(d.zone()).Format("2 Jan")) + " "
	}
	return t.Warn.Render("○ disabled") + " "
}

// make makes the lines again where anything in them changed. The cursor stays
// on the call or the member that it was on.
func (d *resourceDetail) make(t *Theme, width int) {
	key := madeOf{t, width, d.version}
	if key == d.made {
		return
	}
	d.made = key
	at, linked := d.target()
	doc := resourceDoc{theme: t, width: max(1, width-1), zone: d.zone()}
	doc.build(d)
	d.lines = doc.lines
	d.cursor = max(0, min(d.cursor, len(d.lines)-1))
	if !linked {
		return
	}
	if i := slices.IndexFunc(d.lines, func(l detailLine) bool { return l.to == at }); i >= 0 {
		d.cursor = i
	}
}

func (d *resourceDetail) zone() *time.Location { return d.env.now().Location() }
