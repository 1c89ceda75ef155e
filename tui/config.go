package tui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
	"airmock/internal/tenant"
	"airmock/store"
)

// configPage is Azure Config: what has to be pasted into the portal, the
// tokens, and the checklist of the tutorial, which ticks itself. The tokens
// are in config_tokens.go, the drawing in config_view.go.
type configPage struct {
	env    *env
	move   moveKeys
	tokens table[store.Token]
	status tenant.Status

	checklist entra.Checklist
	seen      uint64 // the newest call that the checklist was fed
	steps     []entra.Step

	onSteps   bool // the checklist has the keys
	stepsTop  int
	stepsRoom int // lines of it that were visible in the last frame
}

func newConfigPage(e *env) Page {
	p := &configPage{env: e, move: newMoveKeys()}
	p.move.first = bind("home", "first", "home") // g generates
	p.tokens = table[store.Token]{
		id:      func(t store.Token) string { return t.ID },
		columns: p.tokenColumns(),
	}
	return p
}

func (p *configPage) Title() string { return "Azure Config" }

func (p *configPage) Init() tea.Cmd { return nil }

func (p *configPage) Typing() bool { return false }

func (p *configPage) Update(tea.Msg) tea.Cmd { return nil }

// Refresh feeds the checklist the calls that are new, and looks at the tokens
// again: their last use changes without a call of their own.
func (p *configPage) Refresh() {
	p.status = p.env.tenant.Status()
	p.feed()
	now := p.env.now()
	tokens := p.env.tenant.Store().Tokens()
	slices.SortStableFunc(tokens, func(a, b store.Token) int { return dead(a, now) - dead(b, now) })
	p.tokens.setRows(tokens)
	p.steps = p.checklist.Steps(entra.Setup{
		TenantURL: p.status.TenantURL,
		Public:    p.status.Public,
		Tokens:    p.liveNames(tokens, now),
	})
}

func (p *configPage) feed() {
	j := p.env.tenant.Journal()
	for {
		calls, _ := j.Since(p.seen, pullSize)
		p.checklist.Observe(calls)
		if len(calls) > 0 {
			p.seen = calls[len(calls)-1].Seq
		}
		if len(calls) < pullSize {
			return
		}
	}
}

// dead is 1 for a token that is not accepted any more.
func dead(t store.Token, now time.Time) int {
	if t.State(now) == "live" {
		return 0
	}
	return 1
}

// liveNames are the names of what is accepted as a Secret Token.
func (p *configPage) liveNames(tokens []store.Token, now time.Time) []string {
	var names []string
	if p.status.FixedSecret {
		names = append(names, "--token")
	}
	for _, t := range tokens {
		if dead(t, now) == 0 {
			names = append(names, t.Name)
		}
	}
	return names
}

func (p *configPage) Key(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := act(p.actions(), msg); ok {
		return cmd
	}
	if !p.onSteps {
		p.tokens.key(msg, p.move)
		return nil
	}
	if n, ok := p.move.steps(msg, p.stepsRoom); ok {
		p.stepsTop = max(0, p.stepsTop+n) // the view knows where the end is
	}
	return nil
}

func (p *configPage) Keys() []Binding {
	return append(actionKeys(p.actions()), p.move.all()...)
}

func (p *configPage) actions() []action {
	other := "to the checklist"
	if p.onSteps {
		other = "to the tokens"
	}
	return []action{
		{bind("g", "generate a token", "g"), p.keyGenerate},
		{bind("u", "copy the Tenant URL", "u", "y"), p.keyCopyURL},
		{bind("n", "generate with name and expiry", "n"), p.keyNewToken},
		{bind("r", "revoke", "r"), p.keyRevoke},
		{bind("tab", other, "tab", "shift+tab"), p.keySwitch},
		{bind("c", "copy the token", "c"), p.keyCopyToken},
	}
}

func (p *configPage) keySwitch() tea.Cmd {
	p.onSteps = !p.onSteps
	return nil
}

func (p *configPage) keyCopyURL() tea.Cmd {
	return send(CopyMsg{What: "Tenant URL", Text: p.env.tenant.Status().TenantURL})
}

// keyCopyToken says why a token cannot be copied later: only its hash is kept.
func (p *configPage) keyCopyToken() tea.Cmd {
	return send(ToastMsg{Text: "a Secret Token can be copied only while it is shown, after g", Bad: true})
}

// days is a number of days as a duration.
func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// until is how long from now something will be: "in 29d", or ago.
func until(now, then time.Time) string {
	if d := then.Sub(now); d >= time.Second {
		return fmt.Sprintf("in %s", span(d))
	}
	return ago(now, then)
}
