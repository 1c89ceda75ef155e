package tui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

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
	calls    []touch           // newest first
	moments  []tenant.Moment   // the versions that are kept, newest first
	revision uint64            // of the store, when last looked at
	looked   time.Time         // when that was
	seen     uint64            // the newest call that was looked at
	kept     lookedAt          // when the moments were looked at
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
	s := d.env.tenant.Store()
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
		d.remember(tenant.History(s, j, d.id))
	}
}

// lookedAt is what the moments were made of.
type lookedAt struct{ revision, call uint64 }

// remember takes in the versions that are kept. They know what the journal does
// not have any more, or never had.
func (d *resourceDetail) remember(moments []tenant.Moment) {
	d.moments = moments
	d.version++
	for _, m := range moments {
		if d.name == "" && m.Resource != nil {
			d.name = m.Resource.Name
		}
	}
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
	var fresh []touch
	for call := range callsAfter(j, d.seen, last) {
		for c := range call.All() {
			if !d.touchedBy(c) {
				continue
			}
			fresh = append(fresh, touch{Call: c, seq: call.Seq})
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

// touch is a call that touched the resource, or the operation of a bulk
// request that did.
type touch struct {
	*journal.Call
	seq uint64 // of the whole call
}

// touchedBy reports whether a call read or changed the resource: by its id or,
// as a group's member, by its name.
func (d *resourceDetail) touchedBy(c *journal.Call) bool {
	if c.Target.ID == d.id || c.Effect != nil && c.Effect.ID == d.id {
		return true
	}
	return c.Effect != nil && d.name != "" && d.kind.Name == "User" &&
		(slices.Contains(c.Effect.Added, d.name) || slices.Contains(c.Effect.Removed, d.name))
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
	state := t.Warn.Render("✗ deleted") + " "
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
