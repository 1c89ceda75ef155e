package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
	"airmock/internal/scim"
	"airmock/store"
)

// peoplePage is the Users page, and the Groups page: a table that filters, and
// one of its resources in detail. The filter's language is in
// people_filter.go, the keys in people_keys.go, what can be done to a resource
// in people_acts.go, the table in people_view.go, the detail in
// people_detail.go and its text in people_doc.go.
type peoplePage struct {
	env    *env
	id     PageID
	kind   *scim.ResourceType
	move   moveKeys
	list   table[*store.Resource]
	search peopleSearch

	detail   *resourceDetail // nil while none is open
	onDetail bool            // the detail has the keys, where both are to be seen
	width    int             // of the last frame
}

// peopleSearch is what the list was chosen by.
type peopleSearch struct {
	input    lineInput
	filter   peopleFilter
	problem  string // why the input is no filter, or found nothing
	revision uint64 // of the store, that the list shows
	stale    bool   // the store or the filter has changed since
	number   int    // of the newest question
	cancel   context.CancelFunc
	asking   bool // its answer has not come
}

const (
	// directRows is up to how many resources are searched at once. More are
	// searched beside the screen, and the answer comes as a message.
	directRows = 5000
	// directFiltered is the same for SCIM filters, which read each resource.
	directFiltered = 500
	// searchTimeout bounds a search; half a million resources take a second.
	searchTimeout = 10 * time.Second
	// searchGap is how often a long list is searched again while it changes.
	searchGap = time.Second
)

type (
	// peopleAnswerMsg is the answer to a search that was asked beside the
	// screen.
	peopleAnswerMsg struct {
		page     PageID
		number   int
		revision uint64
		rows     []*store.Resource
		err      error
	}
	// peopleTickMsg comes each searchGap.
	peopleTickMsg struct{ page PageID }
)

func newPeoplePage(e *env, id PageID) Page {
	kind := "User"
	if id == PageGroups {
		kind = "Group"
	}
	p := &peoplePage{
		env:  e,
		id:   id,
		kind: e.tenant.Catalog().Type(kind),
		move: newMoveKeys(),
	}
	p.search.input = newLineInput("/")
	p.search.stale = true
	p.list = table[*store.Resource]{
		id:      func(r *store.Resource) string { return r.ID },
		columns: p.columns(),
	}
	return p
}

// noun is what the page calls n of its resources.
func (p *peoplePage) noun(n int) string { return plural(n, strings.ToLower(p.kind.Name)) }

func (p *peoplePage) Title() string {
	n := p.env.tenant.Store().Count(p.kind)
	if n == 0 {
		return p.kind.Name + "s"
	}
	return fmt.Sprintf("%ss %d", p.kind.Name, n)
}

func (p *peoplePage) Typing() bool { return p.search.input.Typing() }

func (p *peoplePage) Init() tea.Cmd { return tea.Batch(p.nextTick(), p.ask()) }

func (p *peoplePage) nextTick() tea.Cmd {
	return tea.Tick(searchGap, func(time.Time) tea.Msg { return peopleTickMsg{p.id} })
}

func (p *peoplePage) Refresh() {
	if p.env.tenant.Store().Revision() != p.search.revision {
		p.search.stale = true
	}
	if p.search.stale && p.direct() {
		p.searchNow()
	}
	if p.detail != nil {
		p.detail.refresh()
	}
}

// direct reports whether a search is short enough to be done between frames.
func (p *peoplePage) direct() bool {
	n := p.env.tenant.Store().Count(p.kind)
	if p.search.filter.expr != nil {
		return n <= directFiltered
	}
	return n <= directRows
}

// ask searches: at once, or beside the screen where that takes longer.
func (p *peoplePage) ask() tea.Cmd {
	if p.direct() {
		p.searchNow()
		return nil
	}
	return p.searchLater()
}

func (p *peoplePage) searchNow() {
	ctx, cancel := context.WithTimeout(context.Background(), searchTimeout)
	defer cancel()
	p.take(p.question().answer(ctx))
}

// searchLater asks the question beside the screen.
func (p *peoplePage) searchLater() tea.Cmd {
	q := p.question()
	ctx, cancel := context.WithTimeout(context.Background(), searchTimeout)
	p.search.cancel, p.search.asking, p.search.stale = cancel, true, false
	return func() tea.Msg {
		defer cancel()
		return q.answer(ctx)
	}
}

// question returns the question that the page has now. The one before it, if
// it is still open, is abandoned: its answer is worth nothing.
func (p *peoplePage) question() peopleQuestion {
	if p.search.cancel != nil {
		p.search.cancel()
	}
	p.search.number++
	p.search.cancel, p.search.asking = nil, false
	return peopleQuestion{p.id, p.search.number, p.env.tenant.Store(), p.kind, p.search.filter}
}

// peopleQuestion is a search with all that it needs, so that it can be
// answered beside the screen.
type peopleQuestion struct {
	page   PageID
	number int
	store  *store.Store
	kind   *scim.ResourceType
	filter peopleFilter
}

// answer searches. The revision is read first: what changes during the search
// makes the answer stale, rather than being missed.
func (q peopleQuestion) answer(ctx context.Context) peopleAnswerMsg {
	msg := peopleAnswerMsg{page: q.page, number: q.number, revision: q.store.Revision()}
	msg.rows, msg.err = q.filter.find(ctx, q.store, q.kind)
	return msg
}

func (p *peoplePage) take(msg peopleAnswerMsg) {
	if msg.page != p.id || msg.number != p.search.number {
		return // late: another question was asked since
	}
	p.search.cancel, p.search.asking, p.search.stale = nil, false, false
	if msg.err != nil {
		p.search.problem = "the search failed: " + safetext.Line(msg.err.Error())
		return
	}
	p.search.revision = msg.revision
	p.list.setRows(msg.rows)
	p.follow()
}

func (p *peoplePage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case peopleAnswerMsg:
		p.take(msg)
	case peopleTickMsg:
		return p.tick(msg)
	case GotoMsg:
		return p.goTo(msg)
	case tea.PasteMsg:
		if p.search.input.Paste(msg.Content) {
			return p.filterTyped()
		}
	}
	return nil
}

// tick asks again where a long list has changed.
func (p *peoplePage) tick(msg peopleTickMsg) tea.Cmd {
	if msg.page != p.id {
		return nil
	}
	if !p.search.stale || p.search.asking {
		return p.nextTick()
	}
	return tea.Batch(p.nextTick(), p.ask())
}

// goTo sets a filter, and opens the detail of a resource. A filter that hides
// the resource is cleared.
func (p *peoplePage) goTo(msg GotoMsg) tea.Cmd {
	var cmd tea.Cmd
	if msg.Filter != "" {
		p.search.input.Set(msg.Filter)
		cmd = p.filterTyped()
	}
	if msg.ID == "" {
		return cmd
	}
	if !p.list.selectID(msg.ID) && p.search.input.Value() != "" {
		p.search.input.Set("")
		cmd = p.filterTyped()
	}
	p.open(msg.ID)
	return cmd
}

// filterTyped puts what was typed in force as soon as it can be read.
func (p *peoplePage) filterTyped() tea.Cmd {
	filter, err := readPeopleFilter(p.kind, p.search.input.Value())
	p.search.filter, p.search.problem = filter, "" // what is half typed hides nothing
	if err != nil {
		p.search.problem = problemText(err)
	}
	return p.ask()
}

// problemText is a filter's error without the error's SCIM type, which is for
// clients.
func problemText(err error) string {
	var refused *scim.Error
	if errors.As(err, &refused) {
		return safetext.Line(refused.Detail)
	}
	return safetext.Line(err.Error())
}

// open shows the detail of a resource and gives it the keys.
func (p *peoplePage) open(id string) {
	if p.detail == nil || p.detail.id != id {
		p.detail = newResourceDetail(p.env, p.kind, id)
	}
	p.detail.refresh()
	p.onDetail = true
}

// follow lets the detail beside the list show what the list's cursor is on.
func (p *peoplePage) follow() {
	r, ok := p.list.selected()
	if p.detail == nil || p.detailHasKeys() || !ok || r.ID == p.detail.id {
		return
	}
	p.detail = newResourceDetail(p.env, p.kind, r.ID)
	p.detail.refresh()
}

// beside reports whether list and detail are both to be seen.
func (p *peoplePage) beside() bool { return p.width >= besideWidth }

func (p *peoplePage) detailHasKeys() bool {
	return p.detail != nil && (p.onDetail || !p.beside())
}
