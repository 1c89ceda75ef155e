// Package scimserver is SCIM 2.0 over HTTP.
package scimserver

import (
	"net/http"
	"time"

	"airmock/internal/scim"
	"airmock/store"
)

// Options are the parts of a Handler.
type Options struct {
	Store     *store.Store
	Catalog   *scim.Catalog
	BasePath  string        // "/0/as/common/scim"
	PublicURL func() string // scheme and host that the outside world uses; "" for what the request says
	Profile   scim.Profile
	Secret    string           // a fixed Secret Token, beside the stored ones; "" for none
	Now       func() time.Time // nil: time.Now
}

// Bases returns every base path that is served: basePath itself and the
// aliases.
func Bases(basePath string) []string { panic("unwritten") }

// New returns the SCIM endpoints with authentication. It expects to run inside
// journal.Record, which bounds and parses bodies.
func New(o Options) http.Handler { panic("unwritten") }
