package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"airmock/internal/safetext"
	"airmock/internal/session"
	"airmock/store"
)

func (p *peoplePage) View(width, height int) string {
	p.width = width
	if width <= 0 || height <= 0 {
		return ""
	}
	switch {
	case p.detail == nil:
		return frame(p.listView(width, height), width, height)
	case !p.beside():
		return frame(p.detail.view(p.env.theme, true, width, height), width, height)
	}
	left, right := halves(width, 55)
	return frame(sideBySide(p.env.theme,
		p.listView(left, height), left,
		p.detail.view(p.env.theme, p.onDetail, right, height), right, height), width, height)
}

// halves divides width between two blocks, of which the left one gets percent,
// and what sideBySide puts between them.
func halves(width, percent int) (left, right int) {
	right = width * (100 - percent) / 100
	return width - right - 2, right
}

// sideBySide puts two blocks of height lines beside each other, with a blank
// and a rule between them.
func sideBySide(t *Theme, left []string, leftWidth int, right []string, rightWidth, height int) []string {
	lines := make([]string, height)
	rule := " " + t.Rule.Render("│")
	for i := range lines {
		lines[i] = fitStyled(lineAt(left, i), leftWidth) + rule + fitStyled(lineAt(right, i), rightWidth)
	}
	return lines
}

// listView draws the table, with the filter and what it found below it.
func (p *peoplePage) listView(width, height int) []string {
	below := p.stateView(width)
	if height < len(below)+2 && !p.Typing() {
		below = nil
	}
	room := max(0, height-len(below))
	lines := p.rowsView(width, room)
	for len(lines) < room {
		lines = append(lines, "")
	}
	return append(lines, below...)
}

func (p *peoplePage) rowsView(width, height int) []string {
	if p.env.tenant.Store().Count(p.kind) == 0 {
		return p.emptyView(width)
	}
	return p.list.view(p.env.theme, width, height, !p.detailHasKeys())
}

// stateView is the filter line and, below it, why the filter cannot be read.
func (p *peoplePage) stateView(width int) []string {
	t := p.env.theme
	total := p.env.tenant.Store().Count(p.kind)
	filtered := p.Typing() || p.search.input.Value() != ""
	if !filtered && total == 0 {
		return nil
	}
	if !filtered {
		return []string{spread("", t.Dim.Render(p.noun(total)+p.searching()+" "), width)}
	}
	found := p.foundText(total) + p.searching()
	room := width - safetext.Width(found) - 2
	lines := []string{fitStyled(p.search.input.View(t, max(1, room))+" "+t.Dim.Render(found), width)}
	if p.search.problem == "" {
		return lines
	}
	for _, l := range paragraph("✗ "+p.search.problem, width) {
		lines = append(lines, t.Bad.Render(l))
	}
	return lines[:min(len(lines), 4)]
}

// foundText says what the filter leaves of total.
func (p *peoplePage) foundText(total int) string {
	switch {
	case p.search.problem != "":
		return "not filtered"
	case len(p.list.rows) == 0:
		return fmt.Sprintf("0 of %d match · esc clears", total)
	}
	return fmt.Sprintf("%d of %d match", len(p.list.rows), total)
}

func (p *peoplePage) searching() string {
	if p.search.asking {
		return " · searching…"
	}
	return ""
}

// emptyView says how the first resource comes to be.
func (p *peoplePage) emptyView(width int) []string {
	t := p.env.theme
	kind := strings.ToLower(p.kind.Name)
	w := max(1, width-2)
	lines := []string{"", " " + t.Title.Render(safetext.Cut("No "+kind+"s yet", w)), ""}
	say := func(text string) {
		for _, l := range paragraph(text, w) {
			lines = append(lines, " "+t.Base.Render(l))
		}
		lines = append(lines, "")
	}
	show := func(text string) {
		for _, l := range paragraph(text, w-2) {
			lines = append(lines, "   "+t.Key.Render(l))
		}
	}
	say("To have one provisioned, assign a " + kind + " to the application in the Azure portal (page 4 has the steps).")
	say("For invented people press n. Or create one from a shell (y copies it):")
	for _, command := range p.createCommands() {
		show(safetext.Line(command))
	}
	return lines
}

// createCommands are what a shell needs to create a first resource.
func (p *peoplePage) createCommands() []string {
	body := `{"userName":"b.simon@contoso.com"}`
	if p.id == PageGroups {
		body = `{"displayName":"Engineering"}`
	}
	return []string{
		"TOKEN=$(airmock token create)",
		`curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/scim+json" -d ` +
			session.ShellQuote(body) + " " + session.ShellQuote(p.env.tenant.Status().TenantURL+p.kind.Endpoint),
	}
}

// columns are the table's columns. The theme is looked up when a cell is
// drawn, as it can change.
func (p *peoplePage) columns() []column[*store.Resource] {
	changed := column[*store.Resource]{title: "CHANGED", width: 8, drop: 2, right: true, cell: func(r *store.Resource, _ int) cell {
		return cell{ago(p.env.now(), r.LastModified), p.env.theme.Dim}
	}}
	external := column[*store.Resource]{title: "EXTERNALID", width: 10, grow: 2, drop: 4, cell: func(r *store.Resource, _ int) cell {
		return cell{safetext.Line(r.ExternalID), p.env.theme.Dim}
	}}
	if p.id == PageGroups {
		return []column[*store.Resource]{
			{title: "DISPLAYNAME", width: 16, grow: 3, cell: p.nameCell},
			{title: "MEMBERS", width: 7, drop: 1, right: true, cell: func(r *store.Resource, _ int) cell {
				return cell{strconv.Itoa(p.env.tenant.Store().MemberCount(r.ID)), p.env.theme.Base}
			}},
			external, changed,
		}
	}
	return []column[*store.Resource]{
		{width: 1, cell: func(r *store.Resource, _ int) cell {
			return p.activeCell(r, "●", "○")
		}},
		{title: "STATE", width: 8, drop: 5, cell: func(r *store.Resource, _ int) cell {
			return p.activeCell(r, "active", "disabled")
		}},
		{title: "USERNAME", width: 20, grow: 3, cell: p.nameCell},
		{title: "DISPLAYNAME", width: 12, grow: 2, drop: 3, cell: func(r *store.Resource, _ int) cell {
			return cell{safetext.Line(r.DisplayName), p.env.theme.Base}
		}},
		external,
		{title: "GROUPS", width: 6, drop: 1, right: true, cell: func(r *store.Resource, _ int) cell {
			return cell{strconv.Itoa(len(p.env.tenant.Store().GroupsOf(r.ID))), p.env.theme.Base}
		}},
		changed,
	}
}

func (p *peoplePage) nameCell(r *store.Resource, _ int) cell {
	return cell{safetext.Line(r.Name), p.env.theme.Base}
}

func (p *peoplePage) activeCell(r *store.Resource, active, disabled string) cell {
	if r.Active {
		return cell{active, p.env.theme.Good}
	}
	return cell{disabled, p.env.theme.Warn}
}

// ago is how long before now something was, in at most eight cells.
func ago(now, then time.Time) string {
	if d := now.Sub(then); d >= time.Second {
		return span(d) + " ago"
	}
	return "now"
}

// span is a duration of a second and more in its largest unit.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/day)
}

// lineAt returns line i, and nothing for lines that there are not.
func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}
