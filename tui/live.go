package tui

import (
	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/search"
	"airmock/internal/tenant"
)

// livePage shows the calls as they come, and one of them in detail. What is
// listed is in live_list.go, how a row looks in live_row.go, the detail in
// live_detail.go and live_doc.go, the last line and the empty page in
// live_state.go.
type livePage struct {
	env    *env
	keys   LiveKeys
	list   *callList
	cycles entra.Cycles
	meter  meter
	rows   rowPainter
	detail detail
	status tenant.Status

	inDetail bool          // the detail has the keys
	open     *journal.Call // what it shows, also after it fell out of the journal
	top      int           // the first row that is visible
	height   int           // rows that were visible in the last frame
	alone    bool          // the detail has no room beside the list

	input      lineInput
	filterText string // the filter in force
	filterErr  error  // of what is being typed
	scanning   bool   // a scanOnMsg is under way
}

func newLivePage(e *env, keys LiveKeys) *livePage {
	return &livePage{env: e, keys: keys, list: newCallList(), detail: detail{keys: keys, around: e.around}, input: newLineInput("/")}
}

func (p *livePage) Title() string { return "Live" }

func (p *livePage) Init() tea.Cmd { return nil }

func (p *livePage) Typing() bool { return p.input.Typing() }

// Keys are those of what has the keys: filter, detail or list.
func (p *livePage) Keys() []Binding {
	switch {
	case p.Typing():
		return p.keys.typing()
	case p.inDetail:
		return p.keys.detail(!p.alone)
	case p.list.seen == 0:
		return p.keys.empty()
	}
	return p.keys.list()
}

// Refresh takes in the calls that are new.
func (p *livePage) Refresh() {
	j := p.env.tenant.Journal()
	p.status = p.env.tenant.Status()
	first, last := j.Bounds()
	p.meter.pull(j, last)
	p.list.pull(j, first, last)
	for c := range callsAfter(j, p.cycles.Seen(), last) {
		p.cycles.Observe([]*journal.Call{c})
	}
}

// Update handles pastes into the filter, and what another page wants shown.
func (p *livePage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		if p.input.Paste(msg.Content) {
			return p.setFilter(p.input.Value())
		}
	case scanOnMsg:
		p.scanning = false
		return p.scanOn()
	case GotoMsg:
		return p.goTo(msg)
	}
	return nil
}

func (p *livePage) goTo(msg GotoMsg) (cmd tea.Cmd) {
	if msg.Filter != "" {
		p.leaveDetail()
		cmd = p.setFilter(msg.Filter)
	}
	if msg.Seq > 0 {
		p.list.moveTo(msg.Seq)
		p.enterDetail()
	}
	return cmd
}

func (p *livePage) Key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case p.Typing():
		return p.keyTyping(msg)
	case p.inDetail:
		return p.keyDetail(msg)
	}
	return p.keyList(msg)
}

// keyTyping filters with each key. Enter keeps nothing that cannot be read.
func (p *livePage) keyTyping(msg tea.KeyPressMsg) tea.Cmd {
	if p.filterErr != nil && pressed(msg, p.keys.Apply) {
		return nil
	}
	if p.input.Key(msg) {
		return p.setFilter(p.input.Value())
	}
	return nil
}

// setFilter puts a filter in force: what can be read of it.
func (p *livePage) setFilter(text string) tea.Cmd {
	f, err := search.Parse(text, search.Setting{Catalog: p.env.tenant.Catalog(), Now: p.env.now()})
	p.filterText, p.filterErr = text, err
	p.list.setFilter(f)
	return p.scanOn()
}

func (p *livePage) keyList(msg tea.KeyPressMsg) tea.Cmd {
	k := p.keys
	switch {
	case pressed(msg, k.Detail):
		p.enterDetail()
	case pressed(msg, k.Filter):
		p.filterErr = nil
		p.input.Set(p.filterText)
		p.input.Open()
	case pressed(msg, k.Back):
		return p.setFilter("")
	case pressed(msg, k.Pause):
		p.list.setPaused(p.env.tenant.Journal(), !p.list.paused)
		return p.scanOn()
	case pressed(msg, k.Follow):
		p.list.toEnd()
	case p.keyMove(msg):
	default:
		return p.keyCall(msg)
	}
	return nil
}

// keyMove moves the cursor, and reports whether msg was a key for it.
func (p *livePage) keyMove(msg tea.KeyPressMsg) bool {
	n, moves := p.keys.move.steps(msg, p.height)
	switch {
	case !moves:
	case n == farAway:
		p.list.toEnd()
	default:
		p.list.move(n)
	}
	return moves
}

func (p *livePage) keyDetail(msg tea.KeyPressMsg) tea.Cmd {
	k := p.keys
	switch {
	case pressed(msg, k.Back):
		p.leaveDetail()
	case pressed(msg, k.NextCall):
		p.list.move(1)
		p.open = p.list.selected()
	case pressed(msg, k.PrevCall):
		p.list.move(-1)
		p.open = p.list.selected()
	case p.detail.key(msg):
	default:
		return p.keyCall(msg)
	}
	return nil
}

// keyCall handles the keys that mean the same in list and detail.
func (p *livePage) keyCall(msg tea.KeyPressMsg) tea.Cmd {
	k := p.keys
	switch {
	case pressed(msg, k.Copy):
		return copyMenu(p.current(), p.status.TenantURL)
	case pressed(msg, k.Numbers):
		return p.showNumbers()
	case pressed(msg, k.Replay):
		return p.askReplay()
	case pressed(msg, k.Diff):
		p.showDiff()
	case pressed(msg, k.Cycle):
		return p.showCycle()
	case pressed(msg, k.Goto):
		return p.gotoResource()
	}
	return nil
}

// enterDetail gives the keys to the detail of the selected call. What is
// looked at must not run away, so following ends.
func (p *livePage) enterDetail() {
	if p.inDetail || p.list.selected() == nil {
		return
	}
	p.inDetail, p.open = true, p.list.selected()
	p.list.follow = false
}

// showDiff turns to the diff or, from there, back to the story.
func (p *livePage) showDiff() {
	if p.inDetail && p.detail.tab == tabDiff {
		p.detail.show(tabStory)
		return
	}
	p.enterDetail()
	p.detail.show(tabDiff)
}

// leaveDetail goes back to the list.
func (p *livePage) leaveDetail() {
	p.inDetail, p.open, p.detail.zoomed = false, nil, false
}

// current is the call that keys are about.
func (p *livePage) current() *journal.Call {
	if p.open != nil {
		return p.open
	}
	return p.list.selected()
}

// gotoResource shows the user or group that the call is about.
func (p *livePage) gotoResource() tea.Cmd {
	c := p.current()
	if c == nil || c.Effect == nil || c.Effect.ID == "" || c.Effect.Type != "User" && c.Effect.Type != "Group" {
		return send(ToastMsg{Text: "this call is about no user or group that exists", Bad: true})
	}
	page := PageUsers
	if c.Effect.Type == "Group" {
		page = PageGroups
	}
	return send(GotoMsg{Page: page, ID: c.Effect.ID})
}

// View draws the page.
func (p *livePage) View(width, height int) string {
	if p.list.seen == 0 {
		return frame(append(p.empty(width, height-1), p.stateLine(width)), width, height)
	}
	at := livePanes(width, height, p.inDetail, p.detail.zoomed)
	p.alone = at.listHeight == 0 && !p.detail.zoomed
	list := p.listView(at.listWidth, at.listHeight)
	shown := p.detail.view(p.env.theme, p.current(), p.env.now().Location(), p.inDetail, at.detailWidth, at.detailHeight)
	if !at.beside {
		return frame(append(list, shown...), width, height)
	}
	rule := p.env.theme.Rule.Render("│")
	lines := make([]string, height)
	for i := range lines {
		lines[i] = fitStyled(lineAt(list, i), at.listWidth) + rule + lineAt(shown, i)
	}
	return frame(lines, width, height)
}

// listView draws headings, rows and the state line in height lines.
func (p *livePage) listView(width, height int) []string {
	if height <= 0 {
		return nil
	}
	p.rows.prepare(p.env.theme, width, p.env.now().Location())
	p.height = max(1, height-2)
	rows := p.list.rows
	p.top = window(p.top, p.list.cursor, len(rows), p.height)
	if p.top > 0 && p.top == p.list.cursor && rows[p.top-1].call == nil {
		p.top-- // the rule above the selected call
	}
	lines := append(make([]string, 0, height), p.rows.head())
	for i := p.top; i < min(len(rows), p.top+p.height); i++ {
		lines = append(lines, p.rowView(i))
	}
	return append(fitLines(lines, height-1), p.stateLine(width))
}

func (p *livePage) rowView(i int) string {
	r := p.list.rows[i]
	if r.call == nil {
		return p.rows.rule(r, kindOf(p.cycles.Numbered(r.cycle)), p.list.starts[r.cycle])
	}
	return p.rows.call(r.call, i == p.list.cursor)
}
