// Package safetext makes text from the wire safe and measurable for a
// terminal.
package safetext

// Line returns s as one line that a terminal can be shown: nothing in it
// moves the cursor, changes colours, links, or reorders text, and its width is
// what Width says in every terminal.
func Line(s string) string { panic("unwritten") }

// Block is Line for text of several lines: newlines stay, tabs become spaces.
func Block(s string) string { panic("unwritten") }

// Width returns the number of cells that a safe text takes.
func Width(s string) int { panic("unwritten") }

// Fit returns the safe text s in exactly width cells: cut with an ellipsis or
// padded with spaces at the right.
func Fit(s string, width int) string { panic("unwritten") }

// Cut returns the safe text s in at most width cells.
func Cut(s string, width int) string { panic("unwritten") }
