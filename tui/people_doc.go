package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

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
		b.attributes("Attributes", d.resource)
		b.related(d)
	} else if last := lastOf(d.moments); last != nil {
		b.attributes("Attributes before the deletion", last)
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

func (b *resourceDoc) attributes(title string, r *store.Resource) {
	b.head(title)
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
