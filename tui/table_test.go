package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// letters is a table of texts, which are their own ids; those that begin with
// # are headings.
func letters(rows ...string) *table[string] {
	t := &table[string]{
		id: func(s string) string { return s },
		heading: func(s string) string {
			name, isHeading := strings.CutPrefix(s, "#")
			if !isHeading {
				return ""
			}
			return name
		},
		columns: []column[string]{{title: "TEXT", width: 4, grow: 1, cell: func(s string, _ int) cell { return cell{text: s} }}},
	}
	t.setRows(rows)
	return t
}

func (t *table[T]) selectedID() string {
	item, ok := t.selected()
	if !ok {
		return ""
	}
	return t.id(item)
}

func TestColumnsFallAwayByPriority(t *testing.T) {
	columns := []column[int]{
		{title: "glyph", width: 1},
		{title: "name", width: 10, grow: 3},
		{title: "more", width: 8, grow: 1, drop: 3},
		{title: "count", width: 5, drop: 1},
		{title: "when", width: 8, drop: 2},
	}
	tests := []struct {
		name  string
		width int
		want  []int
	}{
		{"all fit exactly", 41, []int{1, 10, 8, 5, 8}},
		{"what is left over goes to those that grow, by their shares", 49, []int{1, 16, 10, 5, 8}},
		{"the highest number falls away first", 40, []int{1, 19, 0, 5, 8}},
		{"then the next", 30, []int{1, 19, 0, 5, 0}},
		{"then the next", 20, []int{1, 16, 0, 0, 0}},
		{"what stays gives up its own cells", 10, []int{1, 6, 0, 0, 0}},
		{"but never all of them", 1, []int{1, 1, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s at %d", tt.name, tt.width), func(t *testing.T) {
			if diff := cmp.Diff(tt.want, columnWidths(columns, tt.width)); diff != "" {
				t.Errorf("widths (-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumnsFillTheWidthWheneverTheyFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := []column[int]{{width: rapid.IntRange(1, 30).Draw(t, "first"), grow: 1}}
		for i := range rapid.IntRange(0, 6).Draw(t, "more") {
			columns = append(columns, column[int]{
				width: rapid.IntRange(1, 20).Draw(t, "width"),
				grow:  rapid.IntRange(0, 3).Draw(t, "grow"),
				drop:  i + 1,
			})
		}
		width := rapid.IntRange(2, 300).Draw(t, "total")
		widths := columnWidths(columns, width)
		if left := spare(widths, width); left != 0 {
			t.Fatalf("%d cells left over in %v of %d", left, widths, width)
		}
		for i, w := range widths[1:] {
			if w > 0 && w < columns[i+1].width && columns[i+1].grow == 0 {
				t.Fatalf("column %d has %d of its %d cells", i+1, w, columns[i+1].width)
			}
		}
	})
}

func TestTheSelectionStaysOnItsRow(t *testing.T) {
	keys := newMoveKeys()
	list := letters("a", "b", "c", "d")
	list.view(darkTheme(), 20, 5, true)
	list.key(press("j"), keys)
	list.key(press("j"), keys)

	list.setRows([]string{"x", "y", "a", "b", "c", "d"})
	if got := list.selectedID(); got != "c" {
		t.Errorf("after rows came above it the selection is on %q, want c", got)
	}
	list.setRows([]string{"x", "d"})
	if got := list.selectedID(); got != "d" {
		t.Errorf("after its row went the selection is on %q, want the row that is left on its line or above, d", got)
	}
	list.setRows([]string{"a", "c", "d"})
	if got := list.selectedID(); got != "c" {
		t.Errorf("after its row came back the selection is on %q, want c", got)
	}
	list.setRows(nil)
	if _, ok := list.selected(); ok {
		t.Error("a table without rows has a selection")
	}
}

func TestMovesStayInTheListAndOffTheHeadings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := letters(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "#g", "#h"}), 0, 12).Draw(t, "rows")...)
		list.view(darkTheme(), 20, rapid.IntRange(1, 6).Draw(t, "height"), true)
		for _, k := range rapid.SliceOf(rapid.SampledFrom([]string{"j", "k", "g", "G", "pgup", "pgdown", "ctrl+u", "ctrl+d"})).Draw(t, "keys") {
			if !list.key(press(k), newMoveKeys()) {
				t.Fatalf("%s is no key of the table", k)
			}
			selectable := strings.ContainsAny(strings.Join(list.rows, ""), "abc")
			if got := list.selectedID(); strings.HasPrefix(got, "#") || (got != "") != selectable {
				t.Fatalf("after %s the selection is %q in %v", k, got, list.rows)
			}
		}
	})
}

func TestEachMoveGoesWhereItSays(t *testing.T) {
	rows := make([]string, 30)
	for i := range rows {
		rows[i] = fmt.Sprintf("row %02d", i)
	}
	tests := []struct{ keys, want string }{
		{"j", "row 01"},
		{"down down", "row 02"},
		{"j j k", "row 01"},
		{"k", "row 00"},
		{"G", "row 29"},
		{"end up", "row 28"},
		{"G g", "row 00"},
		{"pgdown", "row 09"},
		{"ctrl+d", "row 04"},
		{"pgdown pgdown ctrl+u", "row 14"},
		{"G j", "row 29"},
	}
	for _, tt := range tests {
		t.Run(tt.keys, func(t *testing.T) {
			list := letters(rows...)
			list.view(darkTheme(), 20, 11, true) // ten rows and the headings
			for k := range strings.FieldsSeq(tt.keys) {
				list.key(press(k), newMoveKeys())
			}
			if got := list.selectedID(); got != tt.want {
				t.Errorf("on %q, want %q", got, tt.want)
			}
			if view := strings.Join(list.view(darkTheme(), 20, 11, true), "\n"); !strings.Contains(ansi.Strip(view), "▌"+tt.want) {
				t.Errorf("the selected row is not to be seen:\n%s", ansi.Strip(view))
			}
		})
	}
}

func TestDrawingCostsWhatIsVisible(t *testing.T) {
	drawn := 0
	list := table[int]{
		id: func(n int) string { return fmt.Sprint(n) },
		columns: []column[int]{{title: "N", width: 6, cell: func(n, _ int) cell {
			drawn++
			return cell{text: fmt.Sprint(n)}
		}}},
	}
	list.setRows(make([]int, 100_000))
	list.view(darkTheme(), 40, 20, true)
	if drawn != 19 {
		t.Errorf("%d cells drawn for 19 rows", drawn)
	}
}

func TestTheHeadingsDoNotMoveWhileTheRowsScroll(t *testing.T) {
	list := letters("a", "b", "c", "d", "e", "f")
	for range 6 {
		view := list.view(darkTheme(), 20, 3, true)
		if got := strings.TrimSpace(ansi.Strip(view[0])); got != "TEXT" {
			t.Errorf("first line %q", got)
		}
		list.key(press("j"), newMoveKeys())
	}
}

func TestTheSelectedRowIsMarkedWithoutColour(t *testing.T) {
	list := letters("a", "b")
	for _, focused := range []bool{true, false} {
		view := list.view(monoTheme(), 10, 3, focused)
		if got := ansi.Strip(view[1]); !strings.HasPrefix(got, "▌a") {
			t.Errorf("focused %v: selected row %q", focused, got)
		}
		if got := ansi.Strip(view[2]); !strings.HasPrefix(got, " b") {
			t.Errorf("focused %v: other row %q", focused, got)
		}
	}
}
