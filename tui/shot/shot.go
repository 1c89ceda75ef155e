// Package shot turns a terminal's screen into a picture.
package shot

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// The measures of a cell and of the frame around the screen, in pixels.
const (
	cellWidth  = 9.0
	cellHeight = 19.0
	fontSize   = 15.0
	baseline   = 14.5 // of the text, below the top of its cell
	margin     = 14.0
	titleBar   = 34.0
)

const (
	foreground = "#d8dee9"
	background = "#14171f"
	frameColor = "#242936"
	titleColor = "#98a2b3"
	fontFamily = `'JetBrains Mono','Cascadia Code','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace`
)

// SVG draws content, the styled text of a screen of width x height cells, as
// a picture of a terminal window with that title. Its text can be selected.
//
// Each run of cells with one style is a text element with a fixed length, and
// a wide cell is one of its own, so that the grid holds in every font.
func SVG(content string, width, height int, title string) string {
	width, height = max(1, width), max(1, height)
	screen := uv.NewScreenBuffer(width, height)
	uv.NewStyledString(content).Draw(screen, screen.Bounds())

	w := float64(width)*cellWidth + 2*margin
	h := float64(height)*cellHeight + titleBar + margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" font-family="%s" font-size="%g" xml:space="preserve" style="white-space:pre">`+"\n",
		w, h, w, h, fontFamily, fontSize)
	writeWindow(&b, w, h, title)
	for y := range height {
		for _, r := range runs(screen, y, width) {
			r.write(&b, y)
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func writeWindow(b *strings.Builder, w, h float64, title string) {
	fmt.Fprintf(b, `<rect width="%g" height="%g" rx="10" fill="%s"/>`+"\n", w, h, background)
	fmt.Fprintf(b, `<path d="M0 %g V10 a10 10 0 0 1 10 -10 H%g a10 10 0 0 1 10 10 V%g Z" fill="%s"/>`+"\n", titleBar-8, w-10, titleBar-8, frameColor)
	for i, fill := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(b, `<circle cx="%d" cy="13" r="5.5" fill="%s"/>`+"\n", 18+19*i, fill)
	}
	fmt.Fprintf(b, `<text x="%g" y="17.5" text-anchor="middle" font-size="13" fill="%s">%s</text>`+"\n", w/2, titleColor, escape(title))
}

// run is a stretch of cells in one style.
type run struct {
	x, cells int
	text     string
	style    uv.Style
}

// runs divides a line into runs. Unstyled blanks are left out.
func runs(screen uv.ScreenBuffer, y, width int) []run {
	var out []run
	for x := 0; x < width; {
		cell := screen.CellAt(x, y)
		if cell == nil {
			x++
			continue
		}
		cells := max(1, cell.Width)
		text := cell.Content
		if text == "" {
			text = " "
		}
		last := len(out) - 1
		joins := cells == 1 && last >= 0 && out[last].x+out[last].cells == x &&
			out[last].cells == len([]rune(out[last].text)) && out[last].style.Equal(&cell.Style)
		if joins {
			out[last].text += text
			out[last].cells++
		} else {
			out = append(out, run{x: x, cells: cells, text: text, style: cell.Style})
		}
		x += cells
	}
	return out
}

func (r run) write(b *strings.Builder, y int) {
	fg, bg := r.colours()
	left := margin + float64(r.x)*cellWidth
	top := titleBar + float64(y)*cellHeight
	long := float64(r.cells) * cellWidth
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%g" y="%g" width="%g" height="%g" fill="%s"/>`+"\n", left, top, long, cellHeight, bg)
	}
	// Blanks at the ends are left out rather than drawn: not every renderer
	// knows white-space, and one that drops them would shift the rest.
	text := strings.TrimRight(r.text, " ")
	long -= float64(len(r.text)-len(text)) * cellWidth
	blanks := len(text) - len(strings.TrimLeft(text, " "))
	text, left, long = text[blanks:], left+float64(blanks)*cellWidth, long-float64(blanks)*cellWidth
	if text == "" {
		return
	}
	fmt.Fprintf(b, `<text x="%g" y="%g" textLength="%g" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
		left, top+baseline, long, fg, r.attributes(), escape(text))
}

// colours returns the run's colours; the background is "" where it is the
// window's own.
func (r run) colours() (fg, bg string) {
	fg, bg = foreground, ""
	if r.style.Fg != nil {
		fg = hex(r.style.Fg)
	}
	if r.style.Bg != nil {
		bg = hex(r.style.Bg)
	}
	if r.style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = background
		}
		fg, bg = bg, fg
	}
	return fg, bg
}

func (r run) attributes() string {
	out := ""
	if r.style.Attrs&uv.AttrBold != 0 {
		out += ` font-weight="bold"`
	}
	if r.style.Attrs&uv.AttrItalic != 0 {
		out += ` font-style="italic"`
	}
	if r.style.Attrs&uv.AttrFaint != 0 {
		out += ` opacity="0.6"`
	}
	if r.style.Underline != uv.UnderlineNone {
		out += ` text-decoration="underline"`
	}
	return out
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// escape returns text for an element. Blanks are no-break spaces, as viewers
// collapse the others.
func escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1 // XML has no way to hold them
		}
		return r
	}, text)
	return strings.ReplaceAll(html.EscapeString(text), " ", "\u00a0")
}
