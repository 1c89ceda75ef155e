package tui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
)

const (
	// mostInvented is how many people a form asks for; airmock seed makes more.
	mostInvented = 10_000
	// inventTimeout bounds how long making them takes.
	inventTimeout = time.Minute
)

// keyInvent asks how many people are to be invented.
func (p *peoplePage) keyInvent() tea.Cmd {
	return send(FormMsg{
		Title: "Invented people",
		Help:  "Users with departments and managers, and groups of them. They come beside those that are there.",
		Fields: []FormField{
			{Name: "users", Label: "Users", Value: "20", Hint: fmt.Sprintf("at most %d; airmock seed makes more", mostInvented)},
			{Name: "groups", Label: "Groups", Value: "5", Hint: "one for each department, and then teams in them"},
		},
		Submit: func(values map[string]string) (tea.Cmd, error) {
			users, err := inventedNumber("Users", values["users"])
			if err != nil {
				return nil, err
			}
			groups, err := inventedNumber("Groups", values["groups"])
			if err != nil {
				return nil, err
			}
			return p.invent(users, groups), nil
		},
	})
}

func inventedNumber(label, text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > mostInvented {
		return 0, fmt.Errorf("%s is %q; it must be a whole number from 0 to %d", label, text, mostInvented)
	}
	return n, nil
}

// invent makes people and tells in a toast how many.
func (p *peoplePage) invent(users, groups int) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), inventTimeout)
		defer cancel()
		report, err := p.env.tenant.Seed(ctx, users, groups)
		if err != nil {
			return ToastMsg{Text: "could not invent people: " + safetext.Line(err.Error()), Bad: true}
		}
		made := func(kind string) int {
			if c := report.Types[kind]; c != nil {
				return c.Created
			}
			return 0
		}
		text := fmt.Sprintf("invented %s and %s", plural(made("User"), "user"), plural(made("Group"), "group"))
		return ToastMsg{Text: text, Bad: report.Failed > 0 || report.Interrupted}
	}
}
