package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"airmock/internal/safetext"
	"airmock/store"
)

// lifetime is a choice of how long a token is good for.
type lifetime struct {
	label string
	ttl   time.Duration // 0 for ever
}

// lifetimes are offered with what Entra wants first: a token that expires puts
// its provisioning job into quarantine.
func lifetimes() []lifetime {
	return []lifetime{{"never", 0}, {"30d", days(30)}, {"90d", days(90)}}
}

// keyGenerate makes a token at once, with the next free name and for ever, as
// the button Generate of Airstack does.
func (p *configPage) keyGenerate() tea.Cmd { return p.create("", 0) }

// keyNewToken asks for a name and a lifetime, and makes a token.
func (p *configPage) keyNewToken() tea.Cmd {
	labels := make([]string, 0, len(lifetimes()))
	for _, l := range lifetimes() {
		labels = append(labels, l.label)
	}
	return send(FormMsg{
		Title: "Generate a Secret Token",
		Help:  "Its secret is shown once, to be pasted into Secret Token in the Azure portal.",
		Fields: []FormField{
			{Name: "name", Label: "Name", Value: p.freeName(), Hint: "what calls with this token are listed under"},
			{Name: "expires", Label: "Expires", Value: labels[0], Options: labels,
				Hint: "Entra stops provisioning with a token that has expired, until it gets another"},
		},
		Submit: p.generate,
	})
}

// freeName is the first of azure, azure-2, azure-3, … that no live token has.
func (p *configPage) freeName() string {
	name := "azure"
	for n := 2; p.nameTaken(name); n++ {
		name = fmt.Sprintf("azure-%d", n)
	}
	return name
}

func (p *configPage) nameTaken(name string) bool {
	now := p.env.now()
	for _, t := range p.env.tenant.Store().Tokens() {
		if strings.EqualFold(t.Name, name) && dead(t, now) == 0 {
			return true
		}
	}
	return false
}

// generate takes the form's values. A name that is taken is refused in the
// form; the token itself is made beside the screen.
func (p *configPage) generate(values map[string]string) (tea.Cmd, error) {
	name := strings.TrimSpace(values["name"])
	if p.nameTaken(name) {
		return nil, fmt.Errorf("a live token is named %q already; choose another name, or revoke that one", name)
	}
	var ttl time.Duration
	for _, l := range lifetimes() {
		if l.label == values["expires"] {
			ttl = l.ttl
		}
	}
	return p.create(name, ttl), nil
}

// create makes a token beside the screen and shows its secret.
func (p *configPage) create(name string, ttl time.Duration) tea.Cmd {
	s := p.env.tenant.Store()
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), actTimeout)
		defer cancel()
		token, secret, err := s.CreateToken(ctx, name, ttl)
		if err != nil {
			return ToastMsg{Text: "no token was made: " + safetext.Line(err.Error()), Bad: true}
		}
		return RevealMsg{Name: token.Name, Secret: secret}
	}
}

// keyRevoke asks before it revokes the selected token.
func (p *configPage) keyRevoke() tea.Cmd {
	t, ok := p.tokens.selected()
	switch {
	case !ok:
		return send(ToastMsg{Text: "there is no token to revoke; g generates one", Bad: true})
	case !t.Revoked.IsZero():
		return send(ToastMsg{Text: "the token " + tokenName(t) + " is revoked already", Bad: true})
	}
	s := p.env.tenant.Store()
	return send(ConfirmMsg{
		Question: fmt.Sprintf("Revoke the token %s? Calls with it get 401 from then on.", tokenName(t)),
		Yes: func() tea.Msg {
			ctx, cancel := context.WithTimeout(context.Background(), actTimeout)
			defer cancel()
			if _, err := s.RevokeToken(ctx, t.ID); err != nil {
				return ToastMsg{Text: "could not revoke " + tokenName(t) + ": " + safetext.Line(err.Error()), Bad: true}
			}
			return ToastMsg{Text: "revoked the token " + tokenName(t)}
		},
	})
}

func tokenName(t store.Token) string {
	return safetext.Cut(safetext.Line(t.Name), maxNameShown)
}

func (p *configPage) tokenColumns() []column[store.Token] {
	dim := func(text string) cell { return cell{text, p.env.theme.Dim} }
	return []column[store.Token]{
		{title: "NAME", width: 8, grow: 1, cell: func(t store.Token, _ int) cell {
			return cell{safetext.Line(t.Name), p.env.theme.Base}
		}},
		{title: "STATE", width: 9, cell: p.tokenState},
		{title: "USED", width: 8, drop: 1, right: true, cell: func(t store.Token, _ int) cell {
			return dim(agoOr(p.env.now(), t.LastUsed, "never"))
		}},
		{title: "EXPIRES", width: 7, drop: 2, right: true, cell: func(t store.Token, _ int) cell {
			if t.Expires.IsZero() {
				return dim("never")
			}
			return dim(until(p.env.now(), t.Expires))
		}},
		{title: "CREATED", width: 8, drop: 4, right: true, cell: func(t store.Token, _ int) cell {
			return dim(ago(p.env.now(), t.Created))
		}},
		{title: "ID", width: 8, drop: 3, cell: func(t store.Token, _ int) cell {
			return dim(safetext.Line(t.ID))
		}},
	}
}

func (p *configPage) tokenState(t store.Token, _ int) cell {
	th := p.env.theme
	state := t.State(p.env.now())
	mark := map[string]struct {
		glyph string
		style lipgloss.Style
	}{
		"live":    {"●", th.Good},
		"expired": {"○", th.Warn},
		"revoked": {"✗", th.Dim},
	}[state]
	return cell{mark.glyph + " " + state, mark.style}
}

// agoOr is ago, or none for no time at all.
func agoOr(now, then time.Time, none string) string {
	if then.IsZero() {
		return none
	}
	return ago(now, then)
}
