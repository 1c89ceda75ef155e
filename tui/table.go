package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"airmock/internal/safetext"
)

// cell is what stands in a column of a row. Its text must be safe.
type cell struct {
	text  string
	style lipgloss.Style // not used on the selected row, which has a style of its own
}

// column is a column of a table.
type column[T any] struct {
	title string
	width int  // in cells; of a growing column the least
	grow  int  // its share of the cells that are left over
	drop  int  // columns with higher numbers fall away sooner; 0 stays
	right bool // numbers stand at the right
	cell  func(item T, width int) cell
}

// table is a list of rows in columns, of which one row is selected. Drawing it
// costs what is visible, however long it is. The selection is by id, so that
// it stays on its row when rows come and go around it.
type table[T any] struct {
	columns []column[T]
	id      func(T) string
	heading func(T) string // not "" for a row that is a heading over those below it; nil where none is

	rows   []T
	cursor int    // index of the selected row
	chosen string // id of the row that was last moved to
	top    int    // index of the first visible row
	shown  int    // how many rows were visible when last drawn
}

// setRows replaces the rows. The cursor stays on the row with its id or, where
// that is gone, on its line.
func (t *table[T]) setRows(rows []T) {
	t.rows = rows
	if !t.selectID(t.chosen) {
		t.place(t.cursor, 1)
	}
}

// selectID puts the cursor on the row with that id, and reports whether there
// is one. An id that comes later is selected when it does.
func (t *table[T]) selectID(id string) bool {
	t.chosen = id
	if id == "" {
		return false
	}
	if t.cursor < len(t.rows) && t.id(t.rows[t.cursor]) == id {
		return true
	}
	for i, r := range t.rows {
		if t.id(r) == id {
			t.cursor = i
			return true
		}
	}
	return false
}

// selected returns the row under the cursor, and false where there is none.
func (t *table[T]) selected() (item T, ok bool) {
	if t.cursor < 0 || t.cursor >= len(t.rows) || t.isHeading(t.cursor) {
		return item, false
	}
	return t.rows[t.cursor], true
}

func (t *table[T]) isHeading(i int) bool {
	return t.heading != nil && t.heading(t.rows[i]) != ""
}

// key moves the cursor where msg is one of keys, and reports whether it was.
func (t *table[T]) key(msg tea.KeyPressMsg, keys moveKeys) bool {
	n, ok := keys.steps(msg, t.shown)
	if !ok || len(t.rows) == 0 {
		return ok
	}
	t.place(t.cursor+n, n)
	if item, ok := t.selected(); ok {
		t.chosen = t.id(item)
	}
	return true
}

// place puts the cursor on row at, or on the nearest one that is no heading:
// in the direction of way first.
func (t *table[T]) place(at, way int) {
	at = max(0, min(at, len(t.rows)-1))
	step := 1
	if way < 0 {
		step = -1
	}
	for range 2 {
		for i := at; i >= 0 && i < len(t.rows); i += step {
			if !t.isHeading(i) {
				t.cursor = i
				return
			}
		}
		step = -step
	}
	t.cursor = 0
}

// view draws the column headings and the visible rows in at most height lines
// of width cells. focused says whether the table has the keys.
func (t *table[T]) view(th *Theme, width, height int, focused bool) []string {
	if height <= 0 {
		return nil
	}
	t.shown = height - 1
	t.top = window(t.top, t.cursor, len(t.rows), t.shown)
	if t.top > 0 && t.top == t.cursor && t.isHeading(t.top-1) {
		t.top-- // the first row shows what it stands under
		t.top = max(t.top, t.cursor-t.shown+1)
	}
	widths := columnWidths(t.columns, width)
	lines := make([]string, 0, height)
	lines = append(lines, th.Head.Render(safetext.Cut(t.head(widths), width)))
	for i := t.top; i < len(t.rows) && len(lines) < height; i++ {
		lines = append(lines, t.line(th, widths, i, width, focused))
	}
	return lines
}

// head is the line of column headings.
func (t *table[T]) head(widths []int) string {
	var b strings.Builder
	between := " " // the place of the marker
	for i, c := range t.columns {
		if widths[i] > 0 {
			b.WriteString(between + align(c.title, widths[i], c.right))
			between = blanks(gap)
		}
	}
	return b.String()
}

func (t *table[T]) line(th *Theme, widths []int, i, width int, focused bool) string {
	item := t.rows[i]
	switch {
	case t.isHeading(i):
		return th.Title.Render(safetext.Cut(" "+t.heading(item), width))
	case i == t.cursor && focused:
		// One style for all of it, so that its background has no holes.
		row := t.draw(widths, item, func(_ lipgloss.Style, s string) string { return s })
		return th.Selected.Render(safetext.Fit("▌"+row, width))
	}
	mark := " "
	if i == t.cursor {
		mark = "▌"
	}
	return mark + t.draw(widths, item, func(st lipgloss.Style, s string) string { return st.Render(s) })
}

// draw lays out a row behind its marker; paint puts a style on a cell.
func (t *table[T]) draw(widths []int, item T, paint func(lipgloss.Style, string) string) string {
	var b strings.Builder
	between := ""
	for i, c := range t.columns {
		if widths[i] <= 0 {
			continue
		}
		x := c.cell(item, widths[i])
		b.WriteString(between + paint(x.style, align(x.text, widths[i], c.right)))
		between = blanks(gap)
	}
	return b.String()
}

func align(text string, width int, right bool) string {
	if right {
		text = blanks(width-safetext.Width(text)) + text
	}
	return safetext.Fit(text, width)
}

// columnWidths divides width among the columns, behind one cell for the
// marker. A column that has fallen away has 0.
func columnWidths[T any](columns []column[T], width int) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = c.width
	}
	for spare(widths, width) < 0 && dropOne(columns, widths) {
	}
	shares := 0
	for i, c := range columns {
		if widths[i] > 0 {
			shares += c.grow
		}
	}
	left := spare(widths, width)
	for i, c := range columns {
		if widths[i] == 0 || c.grow == 0 {
			continue
		}
		more := left * c.grow / shares // what is missing, where left is negative
		widths[i] = max(1, widths[i]+more)
		left -= more
		shares -= c.grow
	}
	return widths
}

// dropOne lets the shown column with the highest drop fall away, and reports
// whether there was one.
func dropOne[T any](columns []column[T], widths []int) bool {
	worst := -1
	for i, c := range columns {
		if widths[i] > 0 && c.drop > 0 && (worst < 0 || c.drop > columns[worst].drop) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	widths[worst] = 0
	return true
}

// spare is how many cells are left over; negative where some are missing.
func spare(widths []int, width int) int {
	left := width - 1 + gap
	for _, w := range widths {
		if w > 0 {
			left -= w + gap
		}
	}
	return left
}

// moveKeys are the keys that move through a list.
type moveKeys struct {
	up, down, pageUp, pageDown, halfUp, halfDown, first, last Binding
}

func newMoveKeys() moveKeys {
	return moveKeys{
		up:       bind("k/↑", "up", "k", "up"),
		down:     bind("j/↓", "down", "j", "down"),
		pageUp:   bind("pgup", "page up", "pgup"),
		pageDown: bind("pgdn", "page down", "pgdown"),
		halfUp:   bind("ctrl+u", "half a page up", "ctrl+u"),
		halfDown: bind("ctrl+d", "half a page down", "ctrl+d"),
		first:    bind("g", "first", "g", "home"),
		last:     bind("G", "last", "G", "end"),
	}
}

func (k moveKeys) all() []Binding {
	return []Binding{k.up, k.down, k.first, k.last, k.pageUp, k.pageDown, k.halfUp, k.halfDown}
}

// farAway is more rows than any list has.
const farAway = 1 << 30

// steps returns how many rows down msg goes in a list of which shown rows are
// visible, and false where it is another key.
func (k moveKeys) steps(msg tea.KeyPressMsg, shown int) (n int, ok bool) {
	page := max(1, shown-1)
	for _, m := range []struct {
		key Binding
		n   int
	}{
		{k.up, -1}, {k.down, 1},
		{k.pageUp, -page}, {k.pageDown, page},
		{k.halfUp, -max(1, page/2)}, {k.halfDown, max(1, page/2)},
		{k.first, -farAway}, {k.last, farAway},
	} {
		if pressed(msg, m.key) {
			return m.n, true
		}
	}
	return 0, false
}

// action is a key of a page and what it does. A page lists its actions once:
// the keys it shows and the keys it obeys are the same.
type action struct {
	key Binding
	do  func() tea.Cmd
}

// act runs the action whose key msg is, and reports whether there is one.
func act(actions []action, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	for _, a := range actions {
		if pressed(msg, a.key) {
			return a.do(), true
		}
	}
	return nil, false
}

// actionKeys are the actions' bindings.
func actionKeys(actions []action) []Binding {
	keys := make([]Binding, 0, len(actions))
	for _, a := range actions {
		keys = append(keys, a.key)
	}
	return keys
}
