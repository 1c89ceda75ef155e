package safetext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may stand on one base. Natural text
// needs about five (Hebrew with points and cantillation); text made to spill
// over other rows has dozens.
const maxMarks = 8

const (
	dot          = "·"
	dottedCircle = "◌" // U+25CC, the customary base of a mark that is shown alone
)

// joining are letters that are no letter alone: the Hangul vowels and final
// consonants, which some terminals give no cell, and those that join the
// cluster of whatever follows (Grapheme_Cluster_Break=Prepend, less the format
// characters), which at the end of a text would swallow the padding.
var joining = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0d4e, Hi: 0x0d4e, Stride: 1},
		{Lo: 0x1160, Hi: 0x11ff, Stride: 1},
		{Lo: 0xd7b0, Hi: 0xd7fb, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x111c2, Hi: 0x111c3, Stride: 1},
		{Lo: 0x113d1, Hi: 0x113d1, Stride: 1},
		{Lo: 0x1193f, Hi: 0x1193f, Stride: 1},
		{Lo: 0x11941, Hi: 0x11941, Stride: 1},
		{Lo: 0x11a3a, Hi: 0x11a3a, Stride: 1},
		{Lo: 0x11a84, Hi: 0x11a89, Stride: 1},
		{Lo: 0x11d46, Hi: 0x11d46, Stride: 1},
		{Lo: 0x11f02, Hi: 0x11f02, Stride: 1},
	},
}

// clean is one pass of Line.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = string([]rune(s)) // each invalid byte becomes U+FFFD
	}
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s) + 16)
	for len(s) > 0 {
		cluster, width := next(s)
		s = s[len(cluster):]
		if len(cluster) == 1 && cluster[0] >= 0x20 && cluster[0] < 0x7f {
			b.WriteByte(cluster[0])
			continue
		}
		writeCluster(&b, cluster, width)
	}
	return b.String()
}

// writeCluster writes one cluster that is not a plain ASCII character.
func writeCluster(b *strings.Builder, cluster string, width int) {
	first, size := utf8.DecodeRuneInString(cluster)
	switch {
	case visible(first) != "":
		writeRunes(b, cluster)
	case unicode.IsMark(first):
		writeLoneMarks(b, cluster)
	case ansi.StringWidthWc(cluster) != width || width == 2 && isStyled(cluster[size:]):
		writeFirst(b, cluster[:size])
	default:
		writeRunes(b, cluster)
	}
}

// isStyled reports whether rest is one variation selector.
func isStyled(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return size > 0 && size == len(rest) && unicode.Is(unicode.Variation_Selector, r)
}

// writeFirst writes the first rune of a cluster whose width is disputed.
func writeFirst(b *strings.Builder, r string) {
	if w := ansi.StringWidth(r); w == 0 || w != ansi.StringWidthWc(r) {
		r = dot
	}
	b.WriteString(r)
}

// writeLoneMarks writes a cluster that begins with a combining mark: there was
// nothing before it that it could stand on.
func writeLoneMarks(b *strings.Builder, cluster string) {
	shown := dottedCircle + cluster
	if ansi.StringWidth(shown) != 1 || ansi.StringWidthWc(shown) != 1 {
		b.WriteString(dot)
		return
	}
	writeRunes(b, shown)
}

// writeRunes writes a cluster rune by rune, with what must not reach the
// terminal in its visible form. A mark behind such a form gets a base of its
// own, as it never belonged to the form's last character.
func writeRunes(b *strings.Builder, cluster string) {
	marks, replaced := 0, false
	for _, r := range cluster {
		form := visible(r)
		if form == "" && unicode.IsMark(r) {
			marks++
		}
		switch {
		case marks > maxMarks:
			b.WriteString(dot)
			return
		case form != "":
			b.WriteString(form)
			replaced = true
		case replaced && unicode.IsMark(r):
			b.WriteString(dottedCircle)
			replaced = false
			fallthrough
		default:
			b.WriteRune(r)
		}
	}
}

// visible returns the form in which r is shown instead of itself, or "" where
// r can be shown.
func visible(r rune) string {
	switch {
	case r == '\t':
		return "→"
	case r < 0x20:
		return string(0x2400 + r) // the block of control pictures has them in order
	case r == 0x7f:
		return "␡"
	case r < 0x7f:
		return ""
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return fmt.Sprintf("<U+%04X>", r)
	case !unicode.IsGraphic(r), unicode.Is(joining, r):
		return dot
	}
	return ""
}

// flatten returns s with a dot for everything that is not ASCII.
func flatten(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '·'
		}
		return r
	}, s)
}
