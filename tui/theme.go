package tui

import (
	"time"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Theme is every style on the screen, by what it means. Nothing is told by
// colour alone: each style goes with a glyph or a word.
type Theme struct {
	Name     string         // "dark": what the toast calls it
	Base     lipgloss.Style // ordinary text
	Dim      lipgloss.Style // less important text
	Title    lipgloss.Style // the program's name, headings
	Tab      lipgloss.Style // a tab that is not shown
	TabOn    lipgloss.Style // the tab that is
	Head     lipgloss.Style // column headings
	Selected lipgloss.Style // the row under the cursor
	Good     lipgloss.Style // 2xx, up, done, what was added
	Warn     lipgloss.Style // 4xx, quirks, waiting
	Bad      lipgloss.Style // 5xx, failures, what was removed
	Fault    lipgloss.Style // injected faults and the banner
	Key      lipgloss.Style // a key's name in help texts
	Rule     lipgloss.Style // separators
	Box      lipgloss.Style // the frame of overlays
	JSON     JSONStyles
}

// JSONStyles are the styles of the parts of a JSON text.
type JSONStyles struct {
	Name   lipgloss.Style // a member's name
	String lipgloss.Style
	Number lipgloss.Style
	Word   lipgloss.Style // true, false, null
}

// themes returns the themes in the order in which the theme key goes through
// them.
func themes() []*Theme {
	return []*Theme{darkTheme(), lightTheme(), ansi16Theme(), monoTheme()}
}

// themeFor chooses the theme to start with: known says whether the terminal
// told its background, dark what it told.
func themeFor(profile colorprofile.Profile, known, dark bool) *Theme {
	switch {
	case profile <= colorprofile.ASCII:
		return monoTheme()
	case profile == colorprofile.ANSI, !known:
		return ansi16Theme()
	case dark:
		return darkTheme()
	}
	return lightTheme()
}

// nextTheme returns the theme after t.
func nextTheme(t *Theme) *Theme {
	all := themes()
	for i, u := range all {
		if u.Name == t.Name {
			return all[(i+1)%len(all)]
		}
	}
	return all[0]
}

func colour(c string) lipgloss.Style {
	return lipgloss.NewStyle().Foreground(lipgloss.Color(c))
}

func onColour(fg, bg string) lipgloss.Style {
	return colour(fg).Background(lipgloss.Color(bg))
}

// darkTheme and lightTheme use the 256-colour palette: it survives tmux, and
// comes out well where it is reduced to 16.
func darkTheme() *Theme {
	return &Theme{
		Name:     "dark",
		Base:     lipgloss.NewStyle(),
		Dim:      colour("246"),
		Title:    colour("117").Bold(true),
		Tab:      colour("250"),
		TabOn:    onColour("231", "25").Bold(true),
		Head:     colour("246").Bold(true),
		Selected: onColour("231", "238").Bold(true),
		Good:     colour("114"),
		Warn:     colour("221"),
		Bad:      colour("210").Bold(true),
		Fault:    onColour("231", "160").Bold(true),
		Key:      colour("117").Bold(true),
		Rule:     colour("240"),
		Box:      colour("74"),
		JSON: JSONStyles{
			Name:   colour("117"),
			String: colour("150"),
			Number: colour("221"),
			Word:   colour("177"),
		},
	}
}

func lightTheme() *Theme {
	return &Theme{
		Name:     "light",
		Base:     lipgloss.NewStyle(),
		Dim:      colour("241"),
		Title:    colour("25").Bold(true),
		Tab:      colour("239"),
		TabOn:    onColour("231", "25").Bold(true),
		Head:     colour("241").Bold(true),
		Selected: onColour("16", "253").Bold(true),
		Good:     colour("28"),
		Warn:     colour("130"),
		Bad:      colour("160").Bold(true),
		Fault:    onColour("231", "160").Bold(true),
		Key:      colour("25").Bold(true),
		Rule:     colour("250"),
		Box:      colour("25"),
		JSON: JSONStyles{
			Name:   colour("25"),
			String: colour("28"),
			Number: colour("130"),
			Word:   colour("90"),
		},
	}
}

// ansi16Theme uses the terminal's own 16 colours and reversal, which read on
// any background, so it is the one to use while the background is not known.
func ansi16Theme() *Theme {
	plain := lipgloss.NewStyle()
	return &Theme{
		Name:     "16 colours",
		Base:     plain,
		Dim:      plain.Faint(true),
		Title:    colour("6").Bold(true),
		Tab:      plain,
		TabOn:    plain.Reverse(true).Bold(true),
		Head:     plain.Bold(true),
		Selected: plain.Reverse(true),
		Good:     colour("2"),
		Warn:     colour("3"),
		Bad:      colour("1").Bold(true),
		Fault:    colour("1").Bold(true).Reverse(true),
		Key:      colour("6").Bold(true),
		Rule:     plain.Faint(true),
		Box:      colour("6"),
		JSON: JSONStyles{
			Name:   colour("6"),
			String: colour("2"),
			Number: colour("3"),
			Word:   colour("5"),
		},
	}
}

// monoTheme has no colours, only weight and reversal (https://no-color.org).
func monoTheme() *Theme {
	plain := lipgloss.NewStyle()
	bold := plain.Bold(true)
	return &Theme{
		Name:     "no colour",
		Base:     plain,
		Dim:      plain.Faint(true),
		Title:    bold,
		Tab:      plain,
		TabOn:    bold.Reverse(true),
		Head:     bold,
		Selected: plain.Reverse(true),
		Good:     plain,
		Warn:     plain,
		Bad:      bold,
		Fault:    bold.Reverse(true),
		Key:      bold,
		Rule:     plain.Faint(true),
		Box:      plain,
		JSON:     JSONStyles{Name: plain, String: plain, Number: plain, Word: plain},
	}
}

// env is what the root model shares with its pages: they read it in View and
// never change it.
type env struct {
	tenant Tenant
	theme  *Theme
	now    func() time.Time
}
