package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/safetext"
	"airmock/internal/search"
	"airmock/store"
)

// actTimeout bounds what a key does to the tenant.
const actTimeout = 10 * time.Second

// chosen is the resource that keys act on: the one whose detail has the keys,
// or the one under the cursor. It is nil where there is none, or it is gone.
func (p *peoplePage) chosen() *store.Resource {
	if p.detailHasKeys() {
		return p.detail.resource
	}
	r, _ := p.list.selected()
	return r
}

// nothingToAct says why a key did nothing.
func (p *peoplePage) nothingToAct() tea.Cmd {
	text := "no " + strings.ToLower(p.kind.Name) + " is selected"
	if p.detailHasKeys() {
		text = "this " + strings.ToLower(p.kind.Name) + " has been deleted"
	}
	return send(ToastMsg{Text: text, Bad: true})
}

// keyAct opens the menu of what can be done to a resource, so that one can
// make drift and see how the provisioning service repairs it.
func (p *peoplePage) keyAct() tea.Cmd {
	r := p.chosen()
	if r == nil {
		return p.nothingToAct()
	}
	var items []MenuItem
	switch {
	case r.Type.Name != "User":
	case r.Active:
		items = append(items, MenuItem{Key: "d", Label: "disable", Cmd: p.setActive(r, false)})
	default:
		items = append(items, MenuItem{Key: "e", Label: "enable", Cmd: p.setActive(r, true)})
	}
	items = append(items, MenuItem{Key: "x", Label: "delete…", Cmd: p.askDelete(r)})
	return send(MenuMsg{Title: shownName(r), Items: items})
}

func (p *peoplePage) setActive(r *store.Resource, active bool) tea.Cmd {
	verb, did := "disable", "disabled"
	if active {
		verb, did = "enable", "enabled"
	}
	return p.change(r, verb, did, func(ctx context.Context) error {
		return p.env.tenant.SetActive(ctx, r.ID, active)
	})
}

func (p *peoplePage) askDelete(r *store.Resource) tea.Cmd {
	return send(ConfirmMsg{
		Question: fmt.Sprintf("Delete the %s %s?", strings.ToLower(r.Type.Name), shownName(r)),
		Yes: p.change(r, "delete", "deleted", func(ctx context.Context) error {
			return p.env.tenant.DeleteResource(ctx, r.ID)
		}),
	})
}

// change does something to r and tells in a toast what came of it.
func (p *peoplePage) change(r *store.Resource, verb, did string, do func(context.Context) error) tea.Cmd {
	name := shownName(r)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), actTimeout)
		defer cancel()
		if err := do(ctx); err != nil {
			return ToastMsg{Text: fmt.Sprintf("could not %s %s: %s", verb, name, safetext.Line(err.Error())), Bad: true}
		}
		return ToastMsg{Text: did + " " + name}
	}
}

// maxNameShown is how much of a name stands in questions and toasts, in cells.
const maxNameShown = 60

// shownName is what people call r.
func shownName(r *store.Resource) string {
	name := r.Name
	if name == "" {
		name = r.ID
	}
	return safetext.Cut(safetext.Line(name), maxNameShown)
}

func (p *peoplePage) keyCopy() tea.Cmd {
	r := p.chosen()
	switch {
	case r == nil && p.env.tenant.Store().Count(p.kind) == 0:
		return send(CopyMsg{What: "the commands", Text: strings.Join(p.createCommands(), "\n")})
	case r == nil:
		return p.nothingToAct()
	}
	key, nameOf := "u", "userName"
	if r.Type.Name == "Group" {
		key, nameOf = "n", "displayName"
	}
	items := []MenuItem{
		copyItem("i", "id", r.ID),
		copyItem(key, nameOf, safetext.Line(r.Name)),
	}
	if r.ExternalID != "" {
		items = append(items, copyItem("e", "externalId", safetext.Line(r.ExternalID)))
	}
	items = append(items, copyItem("j", "JSON", plainJSON(r.Image)))
	return send(MenuMsg{Title: "Copy of " + shownName(r), Items: items})
}

// keyCalls goes to the calls that touched the resource.
func (p *peoplePage) keyCalls() tea.Cmd {
	if r := p.chosen(); r != nil {
		return send(GotoMsg{Page: PageLive, Filter: callsOf(r)})
	}
	if p.detailHasKeys() {
		return send(GotoMsg{Page: PageLive, Filter: "id:" + p.detail.id})
	}
	return p.nothingToAct()
}

// callsOf is the filter of the Live page that finds the calls on r: by its
// name, as calls on groups know their members by name.
func callsOf(r *store.Resource) string {
	name := safetext.Line(r.Name)
	if name != r.Name || name == "" {
		return "id:" + r.ID
	}
	return strings.ToLower(r.Type.Name) + ":" + search.Quote(name)
}
