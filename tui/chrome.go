package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"airmock/internal/safetext"
)

// View draws the frame around the page.
func (a *app) View() (v tea.View) {
	defer func() {
		if r := recover(); r != nil {
			a.failure = crashed(r) // the next message ends the program
			v = screen("")
		}
	}()
	switch {
	case a.width <= 0 || a.height <= 0:
		return screen("")
	case a.tooSmall():
		return screen(a.smallView())
	}
	body := a.page().View(a.width, a.bodyHeight())
	if a.overlays.top() != nil {
		body = a.overlays.view(a.env.theme, body, a.width, a.bodyHeight())
	}
	foot := a.footer()
	if a.toast.text != "" {
		body, foot = a.withToast(body, foot)
	}
	top := a.header() + "\n" + a.tabLine() + "\n"
	if notice := a.notice(); notice != "" {
		top += notice + "\n"
	}
	return screen(top + body + "\n" + foot)
}

// noticeTime is how long a notice stays.
const noticeTime = time.Minute

// notice is a line that every page has while the tenant is read-only, with what
// is wrong and what ends it, and for a while after something was told on
// stderr, which is hidden behind the screen. It is "" otherwise.
func (a *app) notice() string {
	t, n := a.env.theme, a.status.Notice
	switch {
	case a.status.ReadOnly:
		return t.Bad.Render(safetext.Fit(" ✗ no writes: "+safetext.Line(a.status.ReadOnlyReason), a.width))
	case n != nil && a.env.now().Sub(n.At) < noticeTime:
		return t.Warn.Render(safetext.Fit(" ! "+safetext.Line(n.Text), a.width))
	}
	return ""
}

// screen is a frame. The window's title is constant: Bubble Tea sends it to
// the terminal as it is.
func screen(content string) tea.View {
	v := tea.NewView(content)
	v.AltScreen = true
	v.WindowTitle = "airmock"
	return v
}

func (a *app) smallView() string {
	text := fmt.Sprintf("too small %dx%d, need %dx%d", a.width, a.height, minWidth, minHeight)
	return frame([]string{safetext.Cut(text, a.width)}, a.width, a.height)
}

// withToast puts the toast on the body's last line, or on the footer where a
// text field has that line.
func (a *app) withToast(body, foot string) (string, string) {
	line := a.toast.view(a.env.theme, a.width)
	if a.page().Typing() {
		return body, line
	}
	if i := strings.LastIndexByte(body, '\n'); i >= 0 {
		return body[:i+1] + line, foot
	}
	return line, foot
}

// header says whether the tenant is up and where, and whether anything is
// broken, on purpose or not.
func (a *app) header() string {
	t := a.env.theme
	alarm := a.alarms()
	name := " " + t.Title.Render("airmock") + "  "
	if file := a.status.Session; file != "" {
		return spread(name+t.Base.Render("session "+safetext.Cut(safetext.Line(file), max(0, a.width-30))), t.Dim.Render("read-only "), a.width)
	}
	up := t.Good.Render("● up") + " "
	if a.width < besideWidth {
		up = t.Good.Render("●") + " "
	}
	room := a.width - ansi.StringWidth(name+up) - ansi.StringWidth(alarm) - 1
	url := fitURL(safetext.Line(a.status.TenantURL), max(0, room))
	return spread(name+up+t.Base.Render(url), alarm, a.width)
}

// alarms are the red words at the header's right.
func (a *app) alarms() string {
	t := a.env.theme
	out := ""
	if a.status.ReadOnly {
		out += t.Bad.Render("✗ READ-ONLY") + " "
	}
	if n := a.status.FaultsArmed; n > 0 {
		out += t.Fault.Render(" ⚠ " + plural(n, "fault") + " armed ")
	}
	return out
}

// tabLine lists the pages, with the state of the journal at its right. Where
// the titles do not fit, the pages that are not shown keep their digits.
func (a *app) tabLine() string {
	right := a.env.theme.Dim.Render(a.journalState() + " ")
	full := a.tabs(true)
	switch {
	case ansi.StringWidth(full)+ansi.StringWidth(right) <= a.width:
		return spread(full, right, a.width)
	case ansi.StringWidth(full) <= a.width:
		return fitStyled(full, a.width)
	}
	short := a.tabs(false)
	if ansi.StringWidth(short)+ansi.StringWidth(right) <= a.width {
		return spread(short, right, a.width)
	}
	return fitStyled(short, a.width)
}

func (a *app) tabs(titles bool) string {
	t := a.env.theme
	var b strings.Builder
	for i, p := range a.pages {
		digit := string(rune('1' + i))
		title := safetext.Line(p.Title())
		switch {
		case PageID(i) == a.shown:
			b.WriteString(t.TabOn.Render(" " + digit + " " + title + " "))
		case titles:
			b.WriteString(t.Tab.Render(" " + digit + " " + title + " "))
		default:
			b.WriteString(t.Tab.Render(" " + digit + " "))
		}
	}
	return b.String()
}

func (a *app) journalState() string {
	if a.status.Calls == 0 {
		return "no calls yet"
	}
	return fmt.Sprintf("cycle %d · %s", a.status.Cycle, plural(int(a.status.Calls), "call"))
}

// footerKeys is how many keys the footer shows beside help, at most.
const footerKeys = 6

// footer shows the most useful keys of what has the focus. The last ones fall
// away where there is no room; help stays.
func (a *app) footer() string {
	t := a.env.theme
	keys, last := a.page().Keys(), []Binding{a.keys.Global.Help}
	switch {
	case a.overlays.top() != nil:
		keys, last = a.overlays.top().keys(), nil
	case a.page().Typing():
		last = nil
	}
	end := ""
	for _, b := range last {
		end = keyHint(t, b)
	}
	const between = " · "
	line := ""
	for i, b := range keys {
		hint := keyHint(t, b) + t.Dim.Render(between)
		if i == footerKeys || 1+ansi.StringWidth(line+hint+end) > a.width {
			break
		}
		line += hint
	}
	return fitStyled(" "+strings.TrimSuffix(line+end, t.Dim.Render(between)), a.width)
}

func keyHint(t *Theme, b Binding) string {
	h := b.Help()
	return t.Key.Render(h.Key) + " " + t.Dim.Render(h.Desc)
}
