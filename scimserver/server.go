// Package scimserver is SCIM 2.0 over HTTP (RFC 7643, RFC 7644): routing,
// authentication, resources and discovery, over a store.Store.
//
// A request takes one way: it is authenticated, routed by what
// journal.Record found its path to name, and handled by a function that
// returns a response or an error. One place writes both.
package scimserver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/store"
)

// Options are the parts of a Handler.
type Options struct {
	Store     *store.Store
	Catalog   *scim.Catalog
	BasePath  string        // "/0/as/common/scim"
	PublicURL func() string // scheme, host and, behind some proxies, a path prefix that the outside world uses; nil or "" for what the request says
	Profile   scim.Profile
	Secret    string           // a fixed Secret Token, beside the stored ones; "" for none
	Open      bool             // ask for no token; only for listeners that are guarded otherwise
	Patched   PatchResponse    // what a PATCH is answered with; "": PatchAuto
	Now       func() time.Time // nil: time.Now
	CursorKey []byte           // authenticates and hides cursors; nil: a random one, so that they end with the process
}

// Bases returns every base path that is served, each without a trailing
// slash: basePath itself, then the aliases.
func Bases(basePath string) []string {
	bases := []string{cleanBase(basePath)}
	for _, alias := range []string{"/scim/v2", "/scim"} {
		if !slices.Contains(bases, alias) {
			bases = append(bases, alias)
		}
	}
	return bases
}

// cleanBase returns a base path with one leading slash and none at the end;
// "" for the root.
func cleanBase(basePath string) string {
	clean := path.Clean("/" + basePath)
	if clean == "/" {
		return ""
	}
	return clean
}

// server is the state that all requests share. Nothing that an answer depends on
// changes in it.
type server struct {
	Options
	bases   []string
	secret  [sha256.Size]byte // of Options.Secret
	types   map[scim.Endpoint]*scim.ResourceType
	routes  map[place]methods
	cursors cursorCipher
	maxPage int       // see the constant
	scratch sync.Pool // of *[]byte, for render
}

// New returns the SCIM endpoints with authentication. It must run inside
// journal.Record, which bounds and parses bodies and names the request's
// target; without it, it panics.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &server{
		Options: o,
		bases:   Bases(o.BasePath),
		secret:  sha256.Sum256([]byte(o.Secret)),
		types:   make(map[scim.Endpoint]*scim.ResourceType),
		cursors: newCursorCipher(o.CursorKey),
		routes:  routes(o.Catalog),
		maxPage: maxPage,
	}
	for _, rt := range o.Catalog.ResourceTypes {
		s.types[scim.Endpoint(rt.Endpoint[1:])] = rt
	}
	return s
}

// request is one request on its way.
type request struct {
	*server
	http    *http.Request
	call    *journal.Call
	whole   *journal.Call // call, or the bulk request that it is a part of
	reading scim.Reading
	asked   query
	when    precondition
	prefers preference
	media   string             // the media type of the answer, "" where none is acceptable
	rt      *scim.ResourceType // nil where the request is about no resource, or about those of all types
	base    string             // the absolute URL of the base path, as the client knows it
	quoted  string             // base as the inside of a JSON string
	sent    string             // the name that a resource has in the request body
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := journal.Of(w)
	q := &request{server: s, http: r, call: call, whole: call, reading: scim.Reading{Profile: s.Profile}}
	q.media = negotiate(r.Header["Accept"])
	q.setBase(q.call.Target.Base)
	resp, err := q.answer()
	if err != nil {
		resp = q.refuse(err)
	}
	q.call.Quirks = q.reading.Quirks()
	resp.write(w, r.Method, cmp.Or(q.media, contentType))
}

// writing is the context of what the request writes, which is done in the name of
// the whole call.
func (q *request) writing() context.Context {
	return journal.NewContext(q.http.Context(), q.whole)
}

// answer runs the request. The token comes before everything else, so that
// nobody without one learns what there is.
func (q *request) answer() (*response, error) {
	if err := q.authenticate(); err != nil {
		return nil, err
	}
	handle, err := q.prepare()
	if err != nil {
		return nil, err
	}
	if q.media == "" {
		return nil, notAcceptable(q.http.Header["Accept"])
	}
	return handle(q)
}

// prepare finds the handler of the request, and reads its query and its
// headers.
func (q *request) prepare() (handler, error) {
	handle, err := q.route()
	if err != nil {
		return nil, err
	}
	q.when, q.prefers = q.precondition(), preferredReturn(q.http.Header)
	q.asked, err = parseQuery(q.http.URL.RawQuery)
	return handle, err
}
