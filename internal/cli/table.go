package cli

import (
	"io"
	"strings"

	"airmock/internal/safetext"
)

// maxCell bounds a cell of a table, in columns of the terminal.
const maxCell = 60

// table is text in columns.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = safetext.Cut(safetext.Line(c), maxCell)
	}
	t.rows = append(t.rows, cells)
}

// print writes the heading and the rows, each column as wide as it needs.
func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.head))
	rows := append([][]string{t.head}, t.rows...)
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], safetext.Width(cell))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(safetext.Fit(cell, widths[i]))
			line.WriteString("  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
