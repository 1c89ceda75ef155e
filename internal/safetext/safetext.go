// Package safetext makes text from the wire safe and measurable for a
// terminal.
//
// Somebody who can create a user can put any text into its name. Shown as it
// is, that text can recolour rows, overwrite them, link away, write to the
// clipboard or swallow the rest of the screen. This package replaces what
// could do so with a visible form, and never drops it silently, so that a
// strange name is seen to be strange:
//
//	control characters             their pictures: ␀ ␛ ␡, and ␊ ␍ → in a line
//	C1 controls, bidi controls,
//	zero-width and format runes    <U+202E>
//	private use and unassigned     ·
//	invalid UTF-8                  �
//	a combining mark on nothing    on a dotted circle
//	more than maxMarks marks       the rest becomes one ·
//
// Terminals disagree on how wide some texts are: those with Unicode core mode
// (2027) count grapheme clusters, the others sum code points. A cluster that
// the two would draw with different widths is reduced to its first code point
// (a family emoji to its first person), so that a row is as wide in every
// terminal as Width says. A variation selector behind a wide character falls
// away in the same manner.
//
// Letters of right-to-left scripts are text like any other and stay. A
// terminal that reorders bidirectional text will draw them, and what is beside
// them in the row, in its own order; the common ones and tmux do not reorder.
package safetext

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

const (
	ellipsis = "…"
	tab      = "    "
)

// Line returns s as one line that a terminal can be shown: nothing in it
// moves the cursor, changes colours, links, or reorders text, and its width is
// what Width says in every terminal. Plain ASCII is returned as it is, without
// allocating. Line of a line changes nothing.
func Line(s string) string {
	if isPlain(s) {
		return s
	}
	// What one pass leaves behind can make a new cluster with its neighbour.
	// Such text is rare and settles in the second round; what does not settle
	// is hostile and is flattened.
	for range 4 {
		t := clean(s)
		if t == s {
			return s
		}
		s = t
	}
	return flatten(s)
}

// Block is Line for text of several lines: newlines stay, tabs become spaces.
func Block(s string) string {
	if isPlain(s) {
		return s
	}
	lines := strings.Split(strings.ReplaceAll(s, "\t", tab), "\n")
	for i, l := range lines {
		lines[i] = Line(l)
	}
	return strings.Join(lines, "\n")
}

// Width returns the number of cells that a safe text of one line takes.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Fit returns the safe text s in exactly width cells: cut with an ellipsis or
// padded with spaces at the right. A width below 1 gives "".
func Fit(s string, width int) string {
	s = Cut(s, width)
	if pad := width - Width(s); pad > 0 {
		return s + strings.Repeat(" ", pad)
	}
	return s
}

// Cut returns the safe text s in at most width cells; what is cut off is
// marked with an ellipsis. No cluster is split. A width below 1 gives "".
func Cut(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	room := width - Width(ellipsis)
	if room < 0 {
		return ""
	}
	end := 0
	for {
		cluster, w := next(s[end:])
		if w > room {
			return s[:end] + ellipsis
		}
		room -= w
		end += len(cluster)
	}
}

// isPlain reports whether s is printable ASCII, which needs no care at all.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-0x20 > 0x7e-0x20 { // wraps below the space
			return false
		}
	}
	return true
}

// next returns the grapheme cluster that s, which is not empty, begins with,
// and its width in a terminal that counts clusters.
func next(s string) (cluster string, width int) {
	// Nothing in ASCII joins anything but CR LF, which are no cluster to us.
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		return s[:1], 1
	}
	return ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
}
