package tui

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
	"github.com/aymanbagabas/go-udiff"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// detailDoc makes the text of the detail, line by line.
type detailDoc struct {
	*journal.Call
	theme  *Theme
	zone   *time.Location
	width  int
	noWrap bool
	around []*journal.Call // calls that tell who made this one
	lines  []string
}

func newDetailDoc(t *Theme, c *journal.Call, zone *time.Location, width int, noWrap bool) *detailDoc {
	return &detailDoc{Call: c, theme: t, zone: zone, width: max(1, width), noWrap: noWrap}
}

func (d *detailDoc) build(tab detailTab) []string {
	switch tab {
	case tabStory:
		d.story()
	case tabRequest:
		d.request()
	case tabResponse:
		d.response()
	case tabDiff:
		d.diff()
	}
	return d.lines
}

// add adds a styled line, cut to the width.
func (d *detailDoc) add(line string) { d.lines = append(d.lines, line) }

func (d *detailDoc) blank() { d.add("") }

// say adds text from anywhere, broken at words and set in by indent cells.
func (d *detailDoc) say(style lipgloss.Style, indent int, text string) {
	for _, l := range paragraph(safetext.Line(text), d.width-indent) {
		d.add(blanks(indent) + style.Render(l))
	}
}

// head adds a heading with a rule behind it.
func (d *detailDoc) head(title string) {
	if len(d.lines) > 0 {
		d.blank()
	}
	rule := strings.Repeat("─", max(0, min(d.width, 60)-safetext.Width(title)-4))
	d.add(d.theme.Rule.Render("── ") + d.theme.Head.Render(title) + " " + d.theme.Rule.Render(rule))
}

// block adds a styled text whose lines are broken anywhere, or cut.
func (d *detailDoc) block(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		if d.noWrap {
			d.add(fitStyled(line, d.width))
			continue
		}
		d.lines = append(d.lines, strings.Split(lipgloss.Wrap(line, d.width, ""), "\n")...)
	}
}

// storyBody is how many bytes of a body the story shows: it is made anew for
// each call that the cursor passes.
const storyBody = 4 << 10

// story is the whole call at a glance: what it means, what it changed, what
// was said.
func (d *detailDoc) story() {
	t := d.theme
	s := entra.Tell(d.Call)
	d.say(t.Title, 0, s.Text)
	d.explain(s.Next, s.NextSource)
	d.explain(s.Why, s.Source)
	d.say(d.theme.Dim, 2, "From "+entra.ClientAmong(d.Call, d.around).Short())
	if d.Effect != nil && d.Effect.Plan != "" {
		d.say(t.Dim, 2, "The store answered by "+d.Effect.Plan+".")
	}
	d.fault()
	d.parts()
	d.changes()
	d.quirks()
	d.head("Request")
	d.say(t.Base, 0, d.requestLine())
	d.body(d.Request, storyBody)
	d.head("Response")
	d.say(statusStyle(t, d.Status), 0, statusLine(d.Status))
	d.body(d.Response, storyBody)
}

// explain adds an explanation and where it is from.
func (d *detailDoc) explain(text, source string) {
	if text != "" {
		d.say(d.theme.Base, 2, text)
	}
	if source != "" {
		d.say(d.theme.Dim, 2, source)
	}
}

func (d *detailDoc) fault() {
	f := d.Fault
	if f == nil {
		return
	}
	d.blank()
	d.add(d.theme.Fault.Render(" ⚡ injected fault ") + " " + d.theme.Bad.Render(safetext.Line(f.Detail)))
	d.say(d.theme.Base, 2, fmt.Sprintf("rule %s: %s (match %d)", f.Rule, f.Text, f.Nth))
}

// parts tells the operations of a bulk request, each as a call of its own.
func (d *detailDoc) parts() {
	if d.PartsN > 0 {
		d.head("Operations")
	}
	for _, p := range d.Parts {
		d.say(statusStyle(d.theme, p.Status), 0, statusText(p.Status)+"  "+entra.Tell(p).Text)
	}
	if left := d.PartsN - len(d.Parts); left > 0 {
		d.say(d.theme.Dim, 0, plural(left, "operation")+" not tried")
	}
}

func (d *detailDoc) quirks() {
	if len(d.Quirks) > 0 {
		d.head("Quirks")
	}
	for _, q := range d.Quirks {
		info := entra.Quirk(q)
		d.say(d.theme.Warn, 0, "~"+string(info.Name))
		d.say(d.theme.Base, 2, info.Summary)
		if info.Source != "" {
			d.say(d.theme.Dim, 2, info.Source)
		}
	}
}

func (d *detailDoc) changes() {
	e := d.Effect
	if e == nil || d.Method == http.MethodGet || d.Method == http.MethodHead {
		return // a read changes nothing, and need not say so
	}
	d.head("What changed")
	if e.Change == "none" || e.Change == "unchanged" || e.Change == "gone" {
		d.say(d.theme.Base, 0, "nothing")
		return
	}
	d.say(d.theme.Base, 0, fmt.Sprintf("%s %s: %s", e.Type, e.Name, e.Change))
	names := 0
	for _, f := range e.Fields {
		names = max(names, safetext.Width(safetext.Line(f.Name)))
	}
	names = min(names, d.width/2)
	for _, f := range e.Fields {
		d.field(f, names)
	}
	d.members(d.theme.Good, "+ ", e.Added, e.AddedN)
	d.members(d.theme.Bad, "- ", e.Removed, e.RemovedN)
	d.members(d.theme.Base, "out of ", e.Left, e.LeftN)
	d.members(d.theme.Base, "no link from ", e.Unlinked, e.UnlinkedN)
}

// field adds the change of one attribute, with the values beside the name if
// they fit, else below it.
func (d *detailDoc) field(f journal.Field, names int) {
	t := d.theme
	name := safetext.Fit(safetext.Line(f.Name), names)
	from, to := valueText(f.From), valueText(f.To)
	if 2+names+2+safetext.Width(from+" → "+to) <= d.width {
		d.add("  " + t.Base.Render(name) + "  " + t.Bad.Render(from) + " → " + t.Good.Render(to))
		return
	}
	d.add("  " + t.Base.Render(name))
	d.say(t.Bad, 4, "- "+from)
	d.say(t.Good, 4, "+ "+to)
}

// valueText is an attribute's value in one safe line.
func valueText(compact string) string {
	if compact == "" {
		return "(none)"
	}
	return safetext.Line(compact)
}

func (d *detailDoc) members(style lipgloss.Style, sign string, names []string, n int) {
	for _, name := range names {
		d.say(style, 2, sign+name)
	}
	if more := n - len(names); more > 0 {
		d.say(style, 2, fmt.Sprintf("%sand %d more", sign, more))
	}
}

func (d *detailDoc) requestLine() string { return d.Method + " " + shortPath(d.Call) }

func statusLine(status int) string {
	if status == 0 {
		return "no answer: the connection was cut"
	}
	return fmt.Sprintf("%d %s", status, http.StatusText(status))
}

// request is everything about the request.
func (d *detailDoc) request() {
	t := d.theme
	d.say(t.Title, 0, d.requestLine())
	at := d.Time.In(d.zone).Format("2006-01-02 15:04:05.000")
	d.say(t.Dim, 0, fmt.Sprintf("%s from %s", at, d.Client))
	d.say(t.Dim, 0, d.tokenLine())
	d.say(t.Dim, 0, "from "+entra.ClientAmong(d.Call, d.around).Text())
	if values, err := url.ParseQuery(d.Query); err == nil && len(values) > 0 {
		d.head("Query")
		for _, name := range slices.Sorted(maps.Keys(values)) {
			for _, v := range values[name] {
				d.say(t.Base, 0, name+" = "+v)
			}
		}
	}
	d.message(d.Request)
}

func (d *detailDoc) tokenLine() string {
	switch d.Auth {
	case journal.AuthUnchecked:
		return "token not checked"
	case journal.AuthMissing:
		return "no token"
	case journal.AuthUnknown:
		return strings.TrimRight("a token that was never given out "+d.Token, " ")
	}
	return fmt.Sprintf("token %s: %s", d.Token, d.Auth)
}

// response is everything about the answer.
func (d *detailDoc) response() {
	d.say(statusStyle(d.theme, d.Status), 0, statusLine(d.Status))
	d.say(d.theme.Dim, 0, "after "+msText(d.Duration)+" ms")
	if d.Error != "" {
		d.say(d.theme.Bad, 0, strings.TrimPrefix(string(d.ScimType)+": "+d.Error, ": "))
	}
	d.fault()
	d.message(d.Response)
}

// message adds headers and body.
func (d *detailDoc) message(m journal.Message) {
	t := d.theme
	if len(m.Header) > 0 {
		d.head("Headers")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		for _, v := range m.Header[name] {
			d.block(t.JSON.Name.Render(safetext.Line(name)) + ": " + t.Base.Render(safetext.Line(v)))
		}
	}
	d.head(fmt.Sprintf("Body · %d bytes", m.Size))
	d.body(m, journal.MaxBody)
}

// body adds a body, at most limit bytes of it: JSON indented and coloured,
// anything else as it is.
func (d *detailDoc) body(m journal.Message, limit int) {
	if len(m.Body) == 0 {
		d.say(d.theme.Dim, 0, "(no body)")
		return
	}
	shown := m.Body[:min(len(m.Body), limit)]
	text, rest, err := indentJSON(shown, d.theme.paintJSON)
	d.block(text + safetext.Block(rest))
	switch {
	case len(shown) < len(m.Body):
		d.say(d.theme.Dim, 0, fmt.Sprintf("… the first %d of %d bytes; the tab has them all", limit, m.Size))
	case m.Truncated:
		d.say(d.theme.Warn, 0, fmt.Sprintf("cut: the first %d of %d bytes", len(m.Body), m.Size))
	case err != nil:
		d.say(d.theme.Warn, 0, err.Error())
	}
}

// diff shows the resource before and after the call.
func (d *detailDoc) diff() {
	e := d.Effect
	if len(d.Parts) > 0 {
		d.say(d.theme.Dim, 0, "The operations of a bulk request are told on the tab story.")
		return
	}
	if e == nil || len(e.Before)+len(e.After) == 0 {
		d.say(d.theme.Dim, 0, "This call changed no resource.")
		return
	}
	before, restBefore, _ := indentJSON(e.Before, asIs)
	after, restAfter, _ := indentJSON(e.After, asIs)
	d.say(d.theme.Title, 0, fmt.Sprintf("%s %s: %s", e.Type, e.Name, e.Change))
	text := udiff.Unified("before", "after", before+restBefore+"\n", after+restAfter+"\n")
	if text == "" {
		d.say(d.theme.Dim, 0, "Its attributes are as they were.")
	}
	for line := range strings.Lines(text) {
		d.diffLine(strings.TrimSuffix(line, "\n"))
	}
	d.members(d.theme.Good, "+ ", e.Added, e.AddedN)
	d.members(d.theme.Bad, "- ", e.Removed, e.RemovedN)
}

func (d *detailDoc) diffLine(line string) {
	t := d.theme
	style := t.Base
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "@@"):
		style = t.Dim
	case strings.HasPrefix(line, "+"):
		style = t.Good
	case strings.HasPrefix(line, "-"):
		style = t.Bad
	}
	d.block(style.Render(safetext.Line(line)))
}
