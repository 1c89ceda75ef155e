package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"airmock/internal/entra"
	"airmock/internal/safetext"
	"airmock/internal/scim"
	"airmock/store"
)

// detailLine is a line of a resource's detail.
type detailLine struct {
	plain  string  // for the selected line, which has a style of its own
	styled string  // for the others
	to     GotoMsg // where it leads; the zero value for nowhere
}

// resourceDoc makes the text of a resource's detail, line by line.
type resourceDoc struct {
	theme *Theme
	width int
	zone  *time.Location
	lines []detailLine
}

func (b *resourceDoc) build(d *resourceDetail) {
	if d.resource != nil {
		b.attributes(d.resource)
		b.related(d)
	}
	b.history(d)
}

// piece is a part of a line in one style.
type piece struct {
	text  string // safe
	style lipgloss.Style
}

// add adds a line of pieces.
func (b *resourceDoc) add(to GotoMsg, pieces ...piece) {
	l := detailLine{to: to}
	for _, p := range pieces {
		l.plain += p.text
		l.styled += p.style.Render(p.text)
	}
	b.lines = append(b.lines, l)
}

// maxWrapped is how many lines one value takes at most.
const maxWrapped = 8

// wrap adds a text behind a lead. What does not fit goes on below, set in as
// far as the lead is wide; where that leaves too little room, the text is cut.
func (b *resourceDoc) wrap(to GotoMsg, lead piece, text string, style lipgloss.Style) {
	indent := safetext.Width(lead.text)
	room := b.width - indent
	if room < 8 {
		b.add(to, lead, piece{safetext.Cut(text, max(1, room)), style})
		return
	}
	for i, l := range paragraph(safetext.Cut(text, room*maxWrapped), room) {
		if i > 0 {
			lead.text = blanks(indent)
		}
		b.add(to, lead, piece{l, style})
	}
}

func (b *resourceDoc) head(title string) {
	if len(b.lines) > 0 {
		b.add(GotoMsg{})
	}
	rule := strings.Repeat("─", max(0, min(b.width, 60)-safetext.Width(title)-4))
	b.add(GotoMsg{}, piece{"── ", b.theme.Rule}, piece{title, b.theme.Head}, piece{" " + rule, b.theme.Rule})
}

func (b *resourceDoc) attributes(r *store.Resource) {
	b.head("Attributes")
	v, err := scim.Parse(r.Image)
	if err != nil {
		b.wrap(GotoMsg{}, piece{}, "cannot be read: "+safetext.Line(err.Error()), b.theme.Bad)
		return
	}
	b.object(v, "", "")
}

// maxLabel is how wide the column of names in an object becomes.
const maxLabel = 22

// object adds an object's members. The first line begins with first, the
// others with rest, so that an element of a list has its bullet.
func (b *resourceDoc) object(v *scim.Value, first, rest string) {
	label := 0
	for name, m := range v.Members() {
		if isScalar(m) {
			label = max(label, safetext.Width(safetext.Line(name)))
		}
	}
	label = min(label, maxLabel, b.width/2)
	lead := first
	for name, m := range v.Members() {
		name = safetext.Line(name)
		if isScalar(m) {
			b.wrap(GotoMsg{}, piece{lead + padTo(name, label) + "  ", b.theme.Dim}, scalarText(m), b.theme.Base)
		} else {
			b.add(GotoMsg{}, piece{lead + name, b.theme.Dim})
			b.nested(m, rest+"  ")
		}
		lead = rest
	}
}

// nested adds what is in an object or a list.
func (b *resourceDoc) nested(v *scim.Value, indent string) {
	if v.Kind() == scim.Object {
		b.object(v, indent, indent)
		return
	}
	for e := range v.Elements() {
		switch e.Kind() {
		case scim.Object:
			b.object(e, indent+"• ", indent+"  ")
		case scim.Array:
			b.nested(e, indent+"  ")
		default:
			b.wrap(GotoMsg{}, piece{indent + "• ", b.theme.Dim}, scalarText(e), b.theme.Base)
		}
	}
}

func isScalar(v *scim.Value) bool { return v.Kind() != scim.Object && v.Kind() != scim.Array }

func scalarText(v *scim.Value) string {
	switch v.Kind() {
	case scim.Null:
		return "null"
	case scim.String:
		if v.Text() == "" {
			return `""`
		}
	}
	return safetext.Line(v.Text())
}

// padTo pads a name to width cells, and leaves a longer one as it is.
func padTo(name string, width int) string {
	return name + blanks(width-safetext.Width(name))
}

// related adds a user's groups, or a group's members.
func (b *resourceDoc) related(d *resourceDetail) {
	if d.kind.Name == "Group" {
		b.head(plural(d.relatedN, "member"))
	} else {
		b.head("Member of " + plural(d.relatedN, "group"))
	}
	for _, r := range d.related {
		to := GotoMsg{Page: PageUsers, ID: r.ID}
		if r.Type.Name == "Group" {
			to.Page = PageGroups
		}
		b.add(to, piece{"→ ", b.theme.Dim}, piece{safetext.Cut(safetext.Line(r.Name), b.width-2), b.theme.Base})
	}
	if more := d.relatedN - len(d.related); more > 0 {
		b.add(GotoMsg{}, piece{fmt.Sprintf("and %d more", more), b.theme.Dim})
	}
}

// history adds the calls, each with the difference that it made.
func (b *resourceDoc) history(d *resourceDetail) {
	b.head("Calls that touched it")
	if len(d.calls) == 0 {
		b.wrap(GotoMsg{}, piece{}, "none that the journal still has", b.theme.Dim)
	}
	for _, c := range d.calls {
		b.call(d, c)
	}
}

func (b *resourceDoc) call(d *resourceDetail, c touch) {
	to := GotoMsg{Page: PageLive, Seq: c.seq}
	lead := c.Time.In(b.zone).Format(time.TimeOnly) + " " + safetext.Fit(statusText(c.Status), 4) + " "
	b.wrap(to, piece{lead, b.theme.Dim}, safetext.Line(c.story()), statusStyle(b.theme, c.Status))
	if c.Effect == nil || c.Effect.ID != d.id {
		return
	}
	for _, f := range c.Effect.Fields {
		b.wrap(to, piece{"  " + safetext.Line(f.Name) + "  ", b.theme.Dim}, valueText(f.From)+" → "+valueText(f.To), b.theme.Base)
	}
	b.members(to, "  + ", c.Effect.Added, c.Effect.AddedN, b.theme.Good)
	b.members(to, "  - ", c.Effect.Removed, c.Effect.RemovedN, b.theme.Bad)
}

// story is the call's, and says of an operation that it came in a bulk request.
func (c touch) story() string {
	text := entra.Tell(c.Call).Text
	if c.Seq != c.seq { // a part has no number of its own
		text += " (in bulk)"
	}
	return text
}

func (b *resourceDoc) members(to GotoMsg, sign string, names []string, n int, style lipgloss.Style) {
	if n == 0 {
		return
	}
	text := safetext.Line(strings.Join(names, ", "))
	if more := n - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	b.wrap(to, piece{sign, style}, text, style)
}
