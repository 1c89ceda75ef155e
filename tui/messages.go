package tui

import tea "charm.land/bubbletea/v2"

// Messages that a page sends to the root model, which carries them out.
type (
	// ToastMsg shows one line above the footer for a few seconds.
	ToastMsg struct {
		Text string // already safe for the terminal
		Bad  bool   // a failure
	}
	// ConfirmMsg asks before something that cannot be taken back. The answer
	// is No unless y is pressed.
	ConfirmMsg struct {
		Question string  // names the thing: "Revoke the token azure?"
		Yes      tea.Cmd // run on yes
	}
	// SheetMsg shows a text over the page.
	SheetMsg struct {
		Title string
		Lines []string // text from the wire may be in them
	}
	// CopyMsg puts text into the clipboard and says in a toast what was
	// copied, never the text itself.
	CopyMsg struct {
		What string // "Tenant URL"
		Text string
	}
	// RevealMsg shows a new Secret Token once, with a key that copies it.
	RevealMsg struct {
		Name   string
		Secret string
	}
	// FormMsg opens a form.
	FormMsg struct {
		Title  string
		Help   string
		Fields []FormField
		// Submit gets the values by Name. Its error is shown in the form,
		// which then stays open.
		Submit func(values map[string]string) (tea.Cmd, error)
	}
	// ReportMsg shows text in a box that can be scrolled.
	ReportMsg struct {
		Title string
		Lines func(t *Theme, width int) []string // styled, from safe text
		Next  tea.Cmd                            // run on enter; nil for none
		Does  string                             // what Next does, for the footer
	}
	// MenuMsg opens a list of choices.
	MenuMsg struct {
		Title string
		Items []MenuItem
	}
	// GotoMsg shows another page, with a filter set or an item selected.
	GotoMsg struct {
		Page   PageID
		Filter string // "" leaves the page's filter as it is
		ID     string // of the resource to select and open; "" for none
		Seq    uint64 // of the call to select; 0 for none
	}
)

// FormField is a line of a form.
type FormField struct {
	Name        string
	Label       string
	Placeholder string
	Value       string
	Hint        string   // shown while the field has the focus
	Options     []string // where not empty, left and right go through these
}

// MenuItem is a choice of a menu.
type MenuItem struct {
	Key   string // the key that takes it at once; "" for none
	Label string
	Cmd   tea.Cmd
}

// PageID is a page's place on the tab line.
type PageID int

const (
	PageLive PageID = iota
	PageUsers
	PageGroups
	PageConfig
	PageFaults
)
