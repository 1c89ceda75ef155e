package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"airmock/internal/tenant"
)

// app is the root model: header, tab line, the shown page, footer, and the
// overlays above them. Where messages go is in route.go, how it looks in
// chrome.go.
type app struct {
	env      *env
	keys     KeyMap
	pages    []Page // by PageID
	shown    PageID
	overlays overlays
	toast    toast
	status   tenant.Status
	width    int
	height   int

	profile    colorprofile.Profile
	background background
	themed     bool               // the user chose the theme
	native     func(string) error // the system's clipboard
	failure    error              // a panic; the program is about to end
}

// background is what the terminal told of its background.
type background struct{ known, dark bool }

// newApp returns the root model of t. A nil now is time.Now.
func newApp(t Tenant, now func() time.Time) *app {
	if now == nil {
		now = time.Now
	}
	e := &env{tenant: t, theme: ansi16Theme(), now: now}
	keys := newKeyMap()
	a := &app{
		env:     e,
		keys:    keys,
		profile: colorprofile.TrueColor,
		native:  nativeCopy,
		pages: []Page{
			PageLive:   newLivePage(e, keys.Live),
			PageUsers:  newPeoplePage(e, PageUsers),
			PageGroups: newPeoplePage(e, PageGroups),
			PageConfig: newConfigPage(e),
			PageFaults: newFaultsPage(e),
		},
	}
	if t.Status().Session != "" { // nothing but calls is known of that tenant
		a.pages = a.pages[:PageLive+1]
	}
	return a
}

func (a *app) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor}
	for _, p := range a.pages {
		cmds = append(cmds, p.Init())
	}
	a.refresh()
	return guard(tea.Batch(cmds...))
}

// refresh looks at the tenant again.
func (a *app) refresh() {
	a.status = a.env.tenant.Status()
	for _, p := range a.pages {
		p.Refresh()
	}
}

func (a *app) page() Page { return a.pages[a.shown] }

func (a *app) tooSmall() bool { return a.width < minWidth || a.height < minHeight }

// bodyHeight is how many lines the page has.
func (a *app) bodyHeight() int {
	height := a.height - chromeTop - chromeBottom
	if a.notice() != "" {
		height--
	}
	return height
}

func (a *app) chooseTheme() {
	if !a.themed {
		a.env.theme = themeFor(a.profile, a.background.known, a.background.dark)
	}
}

// Snapshot returns one frame of the screen as it shows page of t at the time
// now, in the dark theme, as styled text of height lines.
func Snapshot(t Tenant, width, height int, page PageID, now time.Time) string {
	a := newApp(t, func() time.Time { return now })
	a.env.theme = darkTheme()
	a.width, a.height = width, height
	a.shown = page
	a.refresh()
	return a.View().Content
}
