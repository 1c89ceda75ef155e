package tui

import (
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Binding is a key with its help text. It is named here so that pages need not
// import bubbles for it.
type Binding = key.Binding

// bind returns the binding of keys, which help texts call by label. The first
// key is the one that the palette presses.
func bind(label, does string, keys ...string) Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(label, does))
}

// pressed reports whether msg is one of the bindings' keys.
func pressed(msg tea.KeyPressMsg, bindings ...Binding) bool {
	return key.Matches(msg, bindings...)
}

// KeyMap is every key of the frame and of the Live page. Footer, help, palette
// and the key table of the README are made from it; the other pages have
// key maps of their own beside them.
type KeyMap struct {
	Global GlobalKeys
	Live   LiveKeys
}

// GlobalKeys work on every page while no text is being typed.
type GlobalKeys struct {
	Pages, Next, Prev, Help, Palette, Clear, Theme, Redraw, Quit, Kill Binding
}

// LiveKeys are the Live page's.
type LiveKeys struct {
	Detail, Filter, Pause, Follow, Copy, Replay, Diff, Numbers, Cycle, Goto, Back Binding
	// In the detail.
	Tabs, TabBack, Wrap, Zoom, NextCall, PrevCall Binding
	// In the filter.
	Apply, Cancel Binding

	move moveKeys
}

// KeyGroup is the keys of one place, most useful first.
type KeyGroup struct {
	Place string // "Everywhere", "Live", "Live, detail", "Users"
	Keys  []Binding
}

// KeyGroups returns every key of the screen of t, for documents: what footer
// and help show comes from the same bindings.
func KeyGroups(t Tenant) []KeyGroup {
	a := newApp(t, nil)
	groups := []KeyGroup{
		{"Everywhere", a.keys.Global.all()},
		{"Live", a.keys.Live.list()},
		{"Live, detail", a.keys.Live.detail(true)},
	}
	for _, id := range []PageID{PageUsers, PageGroups, PageConfig, PageFaults} {
		groups = append(groups, KeyGroup{pageNames()[id], a.pages[id].Keys()})
	}
	return groups
}

// pageNames are the pages' names without counts, by PageID.
func pageNames() []string { return []string{"Live", "Users", "Groups", "Azure Config", "Faults"} }

func newKeyMap() KeyMap {
	return KeyMap{Global: newGlobalKeys(), Live: newLiveKeys()}
}

func newGlobalKeys() GlobalKeys {
	return GlobalKeys{
		Pages:   bind("1–5", "pages", "1", "2", "3", "4", "5"),
		Next:    bind("tab", "next page", "tab"),
		Prev:    bind("shift+tab", "previous page", "shift+tab"),
		Help:    bind("?", "help", "?"),
		Palette: bind(":", "all commands", ":", "ctrl+p"),
		Clear:   bind("!", "clear all faults", "!"),
		Theme:   bind("t", "next theme", "t"),
		Redraw:  bind("ctrl+l", "redraw", "ctrl+l"),
		Quit:    bind("q", "quit", "q"),
		Kill:    bind("ctrl+c", "quit at once", "ctrl+c"),
	}
}

func newLiveKeys() LiveKeys {
	return LiveKeys{
		Detail:   bind("enter", "detail", "enter"),
		Filter:   bind("/", "filter", "/"),
		Pause:    bind("space", "pause", "space"),
		Follow:   bind("f", "follow", "f"),
		Copy:     bind("y", "copy", "y"),
		Replay:   bind("r", "replay", "r"),
		Diff:     bind("d", "diff", "d"),
		Numbers:  bind("s", "numbers", "s"),
		Cycle:    bind("c", "its cycle", "c"),
		Goto:     bind("o", "its user or group", "o"),
		Back:     bind("esc", "back", "esc"),
		Tabs:     bind("]/tab", "next tab", "]", "tab"),
		TabBack:  bind("[", "previous tab", "[", "shift+tab"),
		Wrap:     bind("w", "wrap", "w"),
		Zoom:     bind("z", "zoom", "z"),
		NextCall: bind("n", "next call", "n"),
		PrevCall: bind("N", "previous call", "N"),
		Apply:    bind("enter", "keep", "enter"),
		Cancel:   bind("esc", "clear", "esc"),
		move:     newMoveKeys(),
	}
}

// all are the global keys in the order in which help shows them.
func (k GlobalKeys) all() []Binding {
	return []Binding{k.Pages, k.Next, k.Prev, k.Help, k.Palette, k.Clear, k.Theme, k.Redraw, k.Quit, k.Kill}
}

// list, detail, empty and typing are the Live page's keys by what is shown and
// has the focus.
func (k LiveKeys) list() []Binding {
	return append([]Binding{
		k.Detail, k.Filter, k.Pause, k.Copy, k.Replay, k.Diff, k.Cycle, k.Follow, k.Goto, k.Numbers, k.Back,
	}, k.move.all()...)
}

// detail has the zoom key only where there is a list to hide.
func (k LiveKeys) detail(besideList bool) []Binding {
	keys := []Binding{k.Back, k.Tabs, k.NextCall, k.Copy, k.Replay, k.Wrap, k.Diff, k.Cycle, k.Goto, k.Numbers, k.PrevCall, k.TabBack}
	if besideList {
		keys = slices.Insert(keys, 6, k.Zoom)
	}
	return append(keys, k.move.all()...)
}

func (k LiveKeys) empty() []Binding { return []Binding{k.Copy} }

func (k LiveKeys) typing() []Binding { return []Binding{k.Apply, k.Cancel} }

// press returns the message of a key by the name that bindings use, so that a
// command can be run as if its key had been pressed.
func press(name string) tea.KeyPressMsg {
	var k tea.Key
	rest := name
	for {
		mod, after, found := strings.Cut(rest, "+")
		if !found || after == "" {
			break
		}
		k.Mod |= modifiers()[mod]
		rest = after
	}
	if code, ok := namedKeys()[rest]; ok {
		k.Code = code
		if code == tea.KeySpace {
			k.Text = " "
		}
		return tea.KeyPressMsg(k)
	}
	k.Code, _ = utf8.DecodeRuneInString(rest)
	if k.Mod == 0 {
		k.Text = rest
	}
	return tea.KeyPressMsg(k)
}

func modifiers() map[string]tea.KeyMod {
	return map[string]tea.KeyMod{"ctrl": tea.ModCtrl, "alt": tea.ModAlt, "shift": tea.ModShift}
}

func namedKeys() map[string]rune {
	return map[string]rune{
		"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "space": tea.KeySpace,
		"backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
}
