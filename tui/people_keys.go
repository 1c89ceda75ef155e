package tui

import (
	tea "charm.land/bubbletea/v2"
)

func (p *peoplePage) Key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case p.Typing():
		return p.keyTyping(msg)
	case p.detailHasKeys():
		return p.keyDetail(msg)
	}
	return p.keyList(msg)
}

// Keys are those of what has the keys: filter, detail or list.
func (p *peoplePage) Keys() []Binding {
	switch {
	case p.Typing():
		return p.search.input.Keys()
	case p.detailHasKeys():
		return append(actionKeys(p.detailActions()), p.move.all()...)
	}
	return append(actionKeys(p.listActions()), p.move.all()...)
}

func (p *peoplePage) keyTyping(msg tea.KeyPressMsg) tea.Cmd {
	if !p.search.input.Key(msg) {
		return nil
	}
	return p.filterTyped()
}

func (p *peoplePage) keyList(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := act(p.listActions(), msg); ok {
		return cmd
	}
	p.list.key(msg, p.move)
	p.follow()
	return nil
}

func (p *peoplePage) keyDetail(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := act(p.detailActions(), msg); ok {
		return cmd
	}
	p.detail.key(msg, p.move)
	return nil
}

func (p *peoplePage) listActions() []action {
	actions := []action{
		{bind("enter", "detail", "enter"), p.keyOpen},
		{bind("/", "filter", "/"), p.keyFilter},
		{bind("a", "act", "a"), p.keyAct},
		{bind("o", "its calls", "o"), p.keyCalls},
		{bind("y", "copy", "y"), p.keyCopy},
		{bind("n", "invent people", "n"), p.keyInvent},
	}
	if p.detail != nil {
		actions = append(actions,
			action{bind("tab", "to the detail", "tab", "shift+tab"), p.keySwitch})
	}
	if p.detail != nil || p.search.input.Value() != "" {
		actions = append(actions, action{bind("esc", "back", "esc"), p.keyBack})
	}
	return actions
}

func (p *peoplePage) detailActions() []action {
	actions := []action{
		{bind("esc", "back", "esc"), p.keyBack},
		{bind("enter", "go there", "enter"), p.keyFollow},
		{bind("a", "act", "a"), p.keyAct},
		{bind("o", "its calls", "o"), p.keyCalls},
		{bind("y", "copy", "y"), p.keyCopy},
	}
	if p.beside() {
		actions = append(actions,
			action{bind("tab", "to the list", "tab", "shift+tab"), p.keySwitch})
	}
	return actions
}

func (p *peoplePage) keyOpen() tea.Cmd {
	if r, ok := p.list.selected(); ok {
		p.open(r.ID)
	}
	return nil
}

func (p *peoplePage) keyFilter() tea.Cmd {
	p.search.input.Open()
	return nil
}

func (p *peoplePage) keySwitch() tea.Cmd {
	p.onDetail = !p.onDetail
	p.follow()
	return nil
}

// keyBack goes one level up: it closes the detail, else clears the filter.
func (p *peoplePage) keyBack() tea.Cmd {
	if p.detail != nil {
		p.detail, p.onDetail = nil, false
		return nil
	}
	p.search.input.Set("")
	return p.filterTyped()
}

// keyFollow goes to what the line under the cursor is about: a group, a
// member, a call.
func (p *peoplePage) keyFollow() tea.Cmd {
	if to, ok := p.detail.target(); ok {
		return send(to)
	}
	return nil
}
