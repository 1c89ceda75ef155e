package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// Update routes msg. The order is the same for all: sizes and data first, then
// the overlays, of which the top one has the keys, then the page if it is
// typing, then the global keys, then the page's own.
func (a *app) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if r := recover(); r != nil {
			a.failure = crashed(r)
			model, cmd = a, tea.Quit
		}
	}()
	if a.failure != nil {
		return a, tea.Quit
	}
	return a, guard(a.route(msg))
}

func (a *app) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		return a.setProfile(msg)
	case tea.BackgroundColorMsg:
		return a.setBackground(msg.IsDark())
	case journalChangedMsg, tickMsg:
		a.refresh()
	case tea.KeyPressMsg:
		return a.press(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case ToastMsg:
		return a.toast.show(msg)
	case toastGoneMsg:
		a.toast.end(msg)
	case ConfirmMsg:
		a.overlays.push(newConfirm(msg))
	case CopyMsg:
		return copyText(msg, a.native)
	case RevealMsg:
		a.overlays.push(newReveal(msg))
	case FormMsg:
		a.overlays.push(newForm(msg))
	case SheetMsg:
		a.overlays.push(newSheet(msg))
	case ReportMsg:
		a.overlays.push(newReport(msg))
	case MenuMsg:
		a.overlays.push(newMenu(msg))
	case GotoMsg:
		return a.goTo(msg)
	case crashMsg:
		a.failure = msg.err
		return tea.Quit
	default:
		return a.toPages(msg)
	}
	return nil
}

func (a *app) setProfile(msg tea.ColorProfileMsg) tea.Cmd {
	a.profile = msg.Profile
	a.chooseTheme()
	return nil
}

func (a *app) setBackground(dark bool) tea.Cmd {
	a.background = background{known: true, dark: dark}
	a.chooseTheme()
	return nil
}

// toPages gives a message of a page's own to all pages, as the one that waits
// for it need not be the one that is shown.
func (a *app) toPages(msg tea.Msg) tea.Cmd {
	cmds := make([]tea.Cmd, len(a.pages))
	for i, p := range a.pages {
		cmds[i] = p.Update(msg)
	}
	a.status = a.env.tenant.Status()
	return tea.Batch(cmds...)
}

func (a *app) paste(msg tea.PasteMsg) tea.Cmd {
	if top := a.overlays.top(); top != nil {
		top.paste(msg.Content)
		return nil
	}
	if a.page().Typing() {
		return a.page().Update(msg)
	}
	return nil
}

// press handles a key. An esc that is followed quickly by another key, as
// scripts and slow lines send it, reaches us as alt and that key; as nothing is
// bound to alt but words in text fields, elsewhere it is taken for what it was.
func (a *app) press(msg tea.KeyPressMsg) tea.Cmd {
	if msg.Mod != tea.ModAlt || a.typing() {
		return a.key(msg)
	}
	esc := a.key(tea.KeyPressMsg{Code: tea.KeyEscape})
	return tea.Batch(esc, a.key(tea.KeyPressMsg{Code: msg.Code, Text: string(msg.Code)}))
}

// typing reports whether a text field has the keys.
func (a *app) typing() bool {
	switch a.overlays.top().(type) {
	case nil:
		return a.page().Typing()
	case *form, *palette:
		return true
	}
	return false
}

func (a *app) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case pressed(msg, a.keys.Global.Kill):
		return tea.Quit
	case a.tooSmall():
		return a.keyTooSmall(msg)
	case a.overlays.top() != nil:
		return a.overlays.key(msg)
	case a.page().Typing():
		return a.page().Key(msg)
	}
	if do := a.global(msg); do != nil {
		return do(msg)
	}
	cmd := a.page().Key(msg)
	a.status = a.env.tenant.Status()
	return cmd
}

func (a *app) keyTooSmall(msg tea.KeyPressMsg) tea.Cmd {
	if pressed(msg, a.keys.Global.Quit) {
		return tea.Quit
	}
	return nil
}

// global returns what the global key msg does, or nil where it is none or the
// page has its own use for it.
func (a *app) global(msg tea.KeyPressMsg) func(tea.KeyPressMsg) tea.Cmd {
	k := a.keys.Global
	for _, g := range []struct {
		key Binding
		do  func(tea.KeyPressMsg) tea.Cmd
	}{
		{k.Pages, a.keyPage},
		{k.Next, a.keyNext},
		{k.Prev, a.keyPrev},
		{k.Help, a.keyHelp},
		{k.Palette, a.keyPalette},
		{k.Clear, a.keyClear},
		{k.Theme, a.keyTheme},
		{k.Redraw, a.keyRedraw},
		{k.Quit, a.keyQuit},
	} {
		if pressed(msg, g.key) {
			if pressed(msg, k.Next, k.Prev) && pressed(msg, a.page().Keys()...) {
				return nil // the one global key that pages may take for themselves
			}
			return g.do
		}
	}
	return nil
}

func (a *app) keyPage(msg tea.KeyPressMsg) tea.Cmd {
	return a.show(PageID(msg.String()[0] - '1'))
}

func (a *app) keyNext(tea.KeyPressMsg) tea.Cmd {
	return a.show((a.shown + 1) % PageID(len(a.pages)))
}

func (a *app) keyPrev(tea.KeyPressMsg) tea.Cmd {
	n := PageID(len(a.pages))
	return a.show((a.shown + n - 1) % n)
}

func (a *app) show(id PageID) tea.Cmd {
	if int(id) >= len(a.pages) {
		return a.toast.show(ToastMsg{Text: "a session has calls only: this is no running tenant", Bad: true})
	}
	a.shown = id
	a.page().Refresh()
	return nil
}

// goTo shows another page and lets it take from msg what it is to show.
func (a *app) goTo(msg GotoMsg) tea.Cmd {
	cmd := a.show(msg.Page)
	return tea.Batch(cmd, a.page().Update(msg))
}

func (a *app) keyHelp(tea.KeyPressMsg) tea.Cmd {
	a.overlays.push(newHelp(a.page().Title(), a.page().Keys(), a.keys.Global.all()))
	return nil
}

func (a *app) keyPalette(tea.KeyPressMsg) tea.Cmd {
	a.overlays.push(newPalette(a.commands()))
	return nil
}

// keyClear is the key for when something went wrong on purpose for too long:
// it asks nothing.
func (a *app) keyClear(tea.KeyPressMsg) tea.Cmd {
	n := a.env.tenant.Faults().Clear()
	a.refresh()
	text := "no faults to clear"
	if n > 0 {
		text = "cleared " + plural(n, "fault rule")
	}
	return a.toast.show(ToastMsg{Text: text})
}

func (a *app) keyTheme(tea.KeyPressMsg) tea.Cmd {
	a.themed = true
	a.env.theme = nextTheme(a.env.theme)
	return a.toast.show(ToastMsg{Text: "theme: " + a.env.theme.Name})
}

func (a *app) keyRedraw(tea.KeyPressMsg) tea.Cmd { return tea.ClearScreen }

// keyQuit asks only where quitting loses something: a tenant in memory that
// has been provisioned to.
func (a *app) keyQuit(tea.KeyPressMsg) tea.Cmd {
	s := a.env.tenant.Status()
	if s.DataDir != "" || s.Users+s.Groups == 0 {
		return tea.Quit
	}
	a.overlays.push(newConfirm(ConfirmMsg{
		Question: fmt.Sprintf("Quit? This tenant is in memory only: %s and %s will be gone.",
			plural(s.Users, "user"), plural(s.Groups, "group")),
		Yes: tea.Quit,
	}))
	return nil
}

// commands are what the palette offers: the pages, and every key that works
// here, run as if it were pressed.
func (a *app) commands() []command {
	var all []command
	for i, p := range a.pages {
		all = append(all, command{
			label: "Go to " + p.Title(),
			key:   string(rune('1' + i)),
			cmd:   send(GotoMsg{Page: PageID(i)}),
		})
	}
	keys := slices.Concat(a.page().Keys(), a.keys.Global.all()[1:]) // without the pages' digits
	for _, b := range keys {
		if h := b.Help(); b.Enabled() && len(b.Keys()) > 0 {
			all = append(all, command{label: h.Desc, key: h.Key, cmd: send(press(b.Keys()[0]))})
		}
	}
	return all
}

// plural returns "1 user", "2 users".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
