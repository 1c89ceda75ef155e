// Package tenant is the running tenant: store, journal, faults and server,
// joined.
package tenant

import (
	"context"
	"io"
	"time"

	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// Config is what a tenant is started with.
type Config struct {
	Listen    string // "127.0.0.1:7644"
	BasePath  string // "/0/as/common/scim"
	DataDir   string
	Memory    bool
	Sync      store.SyncPolicy
	Secret    string // a fixed Secret Token; "" for none
	PublicURL string // "" for none
	Profile   scim.Profile
	Seed      uint64
	Now       func() time.Time // nil: time.Now
	Rand      io.Reader        // nil: crypto/rand
	Warn      func(string)     // diagnostics, a line each; nil: nobody
}

// Status is a tenant at one moment.
type Status struct {
	Version     string    `json:"version"`
	TenantURL   string    `json:"tenantUrl"`
	Public      bool      `json:"public"`            // TenantURL was given with --public-url
	Listen      string    `json:"listen"`            // host:port that is bound
	DataDir     string    `json:"dataDir,omitempty"` // "" with --memory
	Profile     string    `json:"profile"`
	Seed        uint64    `json:"seed"`
	Started     time.Time `json:"started"`
	Users       int       `json:"users"`
	Groups      int       `json:"groups"`
	Tokens      int       `json:"tokens"`      // live ones
	FixedSecret bool      `json:"fixedSecret"` // a --token is set
	Calls       uint64    `json:"calls"`
	Cycle       int       `json:"cycle"`
	FaultsArmed int       `json:"faultsArmed"`
	ReadOnly    bool      `json:"readOnly"` // the disk refused a write
}

// Tenant is a running fake.
type Tenant struct{}

// New returns a tenant that is not started.
func New(c Config) *Tenant { panic("unwritten") }

// Start opens the data, binds the listener and serves; it returns when the
// tenant answers.
func (t *Tenant) Start(ctx context.Context) error { panic("unwritten") }

// Close stops listening, lets calls finish, and closes the data.
func (t *Tenant) Close() error { panic("unwritten") }

func (t *Tenant) Status() Status            { panic("unwritten") }
func (t *Tenant) Journal() *journal.Journal { panic("unwritten") }
func (t *Tenant) Store() *store.Store       { panic("unwritten") }
func (t *Tenant) Faults() *fault.Engine     { panic("unwritten") }
func (t *Tenant) Catalog() *scim.Catalog    { panic("unwritten") }

// SetActive disables or enables a user here in the tenant, as somebody does
// who makes drift on purpose.
func (t *Tenant) SetActive(ctx context.Context, id string, active bool) error { panic("unwritten") }

// DeleteResource deletes a user or group here in the tenant.
func (t *Tenant) DeleteResource(ctx context.Context, id string) error { panic("unwritten") }
