// Package tui is the terminal face of a tenant.
package tui

import (
	"context"
	"net/http"
	"time"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/numbers"
	"airmock/internal/people"
	"airmock/internal/scim"
	"airmock/internal/tenant"
	"airmock/store"
)

// Tenant is what the screen shows and acts on. *tenant.Tenant is one.
type Tenant interface {
	Status() tenant.Status
	Journal() *journal.Journal
	Store() *store.Store
	Faults() *fault.Engine
	Catalog() *scim.Catalog
	SetActive(ctx context.Context, id string, active bool) error
	DeleteResource(ctx context.Context, id string) error
	Seed(ctx context.Context, users, groups int) (people.Report, error)
	Numbers(window time.Duration) numbers.Table
	LocalURL() string
	Exchange(r *http.Request) *journal.Call
}

var _ Tenant = (*tenant.Tenant)(nil)

// Page is one of the five pages. The root model owns the header, the tab line,
// the footer and the overlays; a page draws what is between.
type Page interface {
	// Title is the page's name on the tab line, with its count: "Users 14".
	Title() string
	// Init returns what the page does at start.
	Init() tea.Cmd
	// Refresh looks at the tenant again. It is called on every wake-up of the
	// journal (at most 30 a second), each second, and when the page is shown;
	// it must cost nothing where nothing changed.
	Refresh()
	// Key handles a key that is neither an overlay's nor a global one.
	Key(msg tea.KeyPressMsg) tea.Cmd
	// Update handles the page's own messages, and pastes where it is typing.
	Update(msg tea.Msg) tea.Cmd
	// View draws the page in exactly height lines of exactly width cells.
	View(width, height int) string
	// Typing reports whether a text field has the keys, so that single
	// letters are text and not commands.
	Typing() bool
	// Keys are the page's bindings, most useful first, for footer and help.
	Keys() []Binding
}
