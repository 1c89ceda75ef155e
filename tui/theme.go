package tui

import "charm.land/lipgloss/v2"

// Theme is every style on the screen, by what it means. Nothing is told by
// colour alone: each style goes with a glyph or a word.
type Theme struct {
	Base     lipgloss.Style // ordinary text
	Dim      lipgloss.Style // less important text
	Title    lipgloss.Style // the program's name, headings
	Tab      lipgloss.Style // a tab that is not shown
	TabOn    lipgloss.Style // the tab that is
	Head     lipgloss.Style // column headings
	Selected lipgloss.Style // the row under the cursor
	Good     lipgloss.Style // 2xx, up, done
	Warn     lipgloss.Style // 4xx, quirks, waiting
	Bad      lipgloss.Style // 5xx, failures
	Fault    lipgloss.Style // injected faults and the banner
	Key      lipgloss.Style // a key's name in help texts
	Rule     lipgloss.Style // separators
	Box      lipgloss.Style // the frame of overlays
	Dark     bool           // for chroma
	Plain    bool           // no colours at all
}

// env is what the root model shares with its pages: they read it in View and
// never change it.
type env struct {
	tenant Tenant
	theme  *Theme
}
