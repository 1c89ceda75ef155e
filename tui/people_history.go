package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
	"airmock/internal/tenant"
	"airmock/store"
)

// lastOf returns the newest version that is a resource, or nil.
func lastOf(moments []tenant.Moment) *store.Resource {
	for _, m := range moments {
		if m.Resource != nil {
			return m.Resource
		}
	}
	return nil
}

// history adds the calls, each with the difference that it made, and between
// them the versions of which no such call is listed.
func (b *resourceDoc) history(d *resourceDetail) {
	b.head("History")
	if d.life.Note != "" {
		b.wrap(GotoMsg{}, piece{}, safetext.Line(string(d.life.State)+": "+d.life.Note), b.theme.Dim)
	}
	moments := slices.DeleteFunc(slices.Clone(d.moments), func(m tenant.Moment) bool {
		return m.Call != nil && slices.ContainsFunc(d.calls, func(c entra.Touch) bool { return c.Seq == m.Call.Seq })
	})
	if len(d.calls)+len(moments) == 0 {
		b.wrap(GotoMsg{}, piece{}, "no calls that the journal still has, and no earlier versions", b.theme.Dim)
	}
	j := d.env.tenant.Journal()
	first, _ := j.Bounds()
	oldest := j.Get(first)
	for _, c := range d.calls {
		for len(moments) > 0 && moments[0].Time.After(c.Time) {
			b.moment(d, moments[0], oldest)
			moments = moments[1:]
		}
		b.call(d, c)
	}
	for _, m := range moments {
		b.moment(d, m, oldest)
	}
}

// moment adds a version whose call is not listed. oldest is the first call that
// the journal has, or nil.
func (b *resourceDoc) moment(d *resourceDetail, m tenant.Moment, oldest *journal.Call) {
	to := GotoMsg{}
	if m.Call != nil {
		to = GotoMsg{Page: PageLive, Seq: m.Call.Seq}
	}
	at := m.Time.In(b.zone)
	text := strings.ToUpper(m.Change[:1]) + m.Change[1:] + source(m, oldest)
	if now := d.env.now().In(b.zone); at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		text += at.Format(", on 2 January")
	}
	lead := at.Format(time.TimeOnly) + " " + safetext.Fit(fmt.Sprintf("v%d", m.Number), 4) + " "
	b.wrap(to, piece{lead, b.theme.Dim}, text, b.theme.Base)
	b.fields(to, m.Fields)
	b.members(to, "  + ", d.namesOf(m.Added), m.AddedN, b.theme.Good)
	b.members(to, "  - ", d.namesOf(m.Removed), m.RemovedN, b.theme.Bad)
}

// source says where a version came from.
func source(m tenant.Moment, oldest *journal.Call) string {
	by := ""
	if m.Origin.Operation != "" {
		by = " by " + safetext.Line(m.Origin.Operation)
	}
	began := m.Time
	if !m.Origin.Call.IsZero() {
		began = m.Origin.Call
	}
	switch {
	case m.Call != nil:
		return fmt.Sprintf("%s, in call %d", by, m.Call.Seq)
	case oldest != nil && began.Before(oldest.Time):
		return by + " (before the journal)"
	}
	return by + ", by no call of the journal"
}

// namesOf returns the names behind ids; an id stands for itself where its
// resource is gone.
func (d *resourceDetail) namesOf(ids []string) []string {
	var names []string
	for _, id := range ids {
		if r, err := d.env.tenant.Store().Lookup(id); err == nil {
			id = r.Name
		}
		names = append(names, id)
	}
	return names
}

func (b *resourceDoc) call(d *resourceDetail, c entra.Touch) {
	to := GotoMsg{Page: PageLive, Seq: c.Seq}
	event := entra.EventOf(c)
	lead := c.Time.In(b.zone).Format(time.TimeOnly) + " " + safetext.Fit(statusText(c.Status), 4) + " "
	b.wrap(to, piece{lead, b.theme.Dim}, safetext.Line(event.Story), statusStyle(b.theme, c.Status))
	b.fields(to, event.Fields)
	b.members(to, "  + ", event.Added, event.AddedN, b.theme.Good)
	b.members(to, "  - ", event.Removed, event.RemovedN, b.theme.Bad)
}

func (b *resourceDoc) fields(to GotoMsg, fields []journal.Field) {
	for _, f := range fields {
		b.wrap(to, piece{"  " + safetext.Line(f.Name) + "  ", b.theme.Dim}, valueText(f.From)+" → "+valueText(f.To), b.theme.Base)
	}
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
