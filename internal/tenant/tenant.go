// Package tenant is the running tenant: store, journal, faults and server,
// joined, and closed in order. It has no rules of its own.
package tenant

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"airmock/internal/callsfile"
	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/numbers"
	"airmock/internal/scim"
	"airmock/scimserver"
	"airmock/store"
)

// Config is what a tenant is started with.
type Config struct {
	Version   string                   // of the program, for Status
	Listen    string                   // "127.0.0.1:7644"; port 0 picks one
	BasePath  string                   // "/0/as/common/scim", see CleanBasePath
	DataDir   string                   // where the data is; made if missing
	Memory    bool                     // keep nothing on disk; DataDir is not touched
	Sync      store.SyncPolicy         // when a write reaches the disk
	Secret    string                   // a fixed Secret Token; "" for none
	PublicURL string                   // scheme and host that the outside world uses, see CleanPublicURL; "" for none
	Profile   scim.Profile             // how strictly requests are read
	Catalog   *scim.Catalog            // what the tenant offers; nil: scim.StandardCatalog
	Patched   scimserver.PatchResponse // what a PATCH is answered with; "": scimserver.PatchAuto
	Seed      uint64                   // decides every random choice of faults
	Now       func() time.Time         // nil: time.Now
	Rand      io.Reader                // nil: crypto/rand
	NewID     func() string            // of resources; nil: UUIDs of version 7
	Warn      func(string)             // told diagnostics, a line each; nil: nobody
	Progress  func(done float64)       // told now and then how far loading the data is, from 0 to 1; nil: nobody
}

// Status is a tenant at one moment.
type Status struct {
	Version     string    `json:"version"`
	TenantURL   string    `json:"tenantUrl"`
	Public      bool      `json:"public"`            // TenantURL is of --public-url or a tunnel
	Listen      string    `json:"listen"`            // host:port that is bound; "" before Start
	DataDir     string    `json:"dataDir,omitempty"` // "" with --memory
	Profile     string    `json:"profile"`
	Seed        uint64    `json:"seed"`
	Started     time.Time `json:"started"`
	Users       int       `json:"users"`
	Groups      int       `json:"groups"`
	Tokens      int       `json:"tokens"`      // live ones
	FixedSecret bool      `json:"fixedSecret"` // a --token is set
	Calls       uint64    `json:"calls"`       // all, those before a restart included
	Cycle       int       `json:"cycle"`       // number of the newest; 0 before the first call
	FaultsArmed int       `json:"faultsArmed"`
	ReadOnly    bool      `json:"readOnly"` // the disk refused a write
	Session     string    `json:"-"`        // the file that the calls are from, see Look; "" for a tenant that runs

	ReadOnlyReason string  `json:"readOnlyReason,omitempty"` // what it refused and what will end it
	Notice         *Notice `json:"notice,omitempty"`         // the newest
}

// Notice is something that the developer is told once, on stderr too: a restore,
// a compaction that failed, what an opening found in the file.
type Notice struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Tenant is a fake Airstack tenant.
type Tenant struct {
	cfg     Config
	catalog *scim.Catalog
	store   *store.Store
	journal *journal.Journal
	calls   *callsfile.File // nil where calls are not kept
	faults  *fault.Engine
	server  *server
	started time.Time
	notice  atomic.Pointer[Notice] // the newest; nil for none
	loaded  atomic.Bool            // the data is there, so that calls can be answered
	public  atomic.Pointer[string] // scheme and host that the outside world uses; "" for none
	session string                 // see Look

	numbers  *numbers.Numbers
	counting sync.WaitGroup // of calls into numbers, until stop
	stop     context.CancelFunc

	serve, serveOpen http.Handler // the SCIM endpoints, with and without asking for a token
}

// New returns a tenant that is not started.
func New(c Config) *Tenant {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	if c.Catalog == nil {
		c.Catalog = scim.StandardCatalog()
	}
	t := new(Tenant)
	warn := c.Warn
	c.Warn = func(text string) {
		t.notice.Store(&Notice{c.Now(), text})
		warn(text)
	}
	t.cfg, t.catalog = c, c.Catalog
	t.SetPublicURL(c.PublicURL)
	t.store = store.New(store.Options{
		Dir: c.DataDir, Memory: c.Memory, Sync: c.Sync, Catalog: t.catalog,
		Now: c.Now, Rand: c.Rand, NewID: c.NewID, Origin: originOf, Warn: c.Warn, Progress: c.Progress,
	})
	t.journal = journal.New(journal.Options{Now: c.Now})
	t.faults = fault.New(fault.Options{Seed: c.Seed, Now: c.Now, Catalog: t.catalog, NameOf: t.nameOf})
	t.numbers, t.stop = numbers.New(c.Now), func() {}
	t.serve, t.serveOpen = t.scim(false), t.scim(true)
	return t
}

// RandomSeed draws a seed for Config.Seed. It is short enough to be typed
// again.
func RandomSeed(r io.Reader) (uint64, error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, fmt.Errorf("draw a seed: %w", err)
	}
	return uint64(binary.BigEndian.Uint32(b[:])), nil
}

// Open opens the state without calls and listener, for commands that look at a
// tenant which is not running. Close it.
func (t *Tenant) Open(ctx context.Context) error {
	t.started = t.cfg.Now()
	return t.store.Open(ctx)
}

// Start locks the data, binds the listener, loads the data and serves. While
// the data loads, every path answers 503. It returns when the tenant answers.
func (t *Tenant) Start(ctx context.Context) error {
	if err := t.store.Lock(); err != nil {
		return err
	}
	var err error
	if t.server, err = listen(ctx, t.cfg.Listen, t.handler()); err != nil {
		return errors.Join(err, t.store.Close())
	}
	if err := t.Open(ctx); err != nil {
		return errors.Join(err, t.Close())
	}
	t.OpenCalls()
	t.numbers.Skip(t.journal.Restored())
	counting, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.counting.Go(func() { t.numbers.Follow(counting, t.journal) })
	t.loaded.Store(true)
	return nil
}

// OpenCalls restores the calls of earlier starts, and keeps those that come. Start
// does it; after Open it is for whoever wants to look at them. A tenant answers
// also where that cannot be.
func (t *Tenant) OpenCalls() {
	if t.cfg.Memory {
		return
	}
	var err error
	t.calls, err = callsfile.Open(callsfile.Options{
		Dir: t.cfg.DataDir, Journal: t.journal, NoSync: t.cfg.Sync == store.SyncNever, Now: t.cfg.Now, Warn: t.cfg.Warn,
	})
	if err != nil {
		t.cfg.Warn(fmt.Sprintf("calls are not kept for after a restart: %v", err))
	}
}

// SetPublicURL changes the scheme and host that the outside world uses, as a
// tunnel does that has come up; "" for none.
func (t *Tenant) SetPublicURL(url string) { t.public.Store(&url) }

func (t *Tenant) publicURL() string { return *t.public.Load() }

// Done is closed when the tenant has stopped serving by itself, which only a
// broken listener makes it do; Close tells why. It must be called after Start.
func (t *Tenant) Done() <-chan struct{} { return t.server.done }

// handler is the way of a call: recorded, run past the faults, served.
func (t *Tenant) handler() http.Handler {
	calls := t.journal.Record(t.faults.Inject(t.serve), t.recordOptions())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			t.health(w)
		case !t.loaded.Load():
			loading(w)
		default:
			calls.ServeHTTP(w, r)
		}
	})
}

func (t *Tenant) recordOptions() journal.RecordOptions {
	return journal.RecordOptions{
		Bases: scimserver.Bases(t.cfg.BasePath), Catalog: t.catalog,
		Panicked: func(c *journal.Call, stack []byte) {
			t.cfg.Warn(fmt.Sprintf("a bug in airmock: %s %s: %s\n%s", c.Method, c.Path, c.Error, stack))
		},
	}
}

// loading answers calls for which the data is not there yet.
func loading(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(scim.AppendError(nil, http.StatusServiceUnavailable, "", "the tenant loads its data; try again in a second"))
}

func (t *Tenant) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !t.loaded.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "loading")
		return
	}
	fmt.Fprintln(w, "ok")
}

// SCIM returns the SCIM endpoints under basePath without token, journal of the
// tenant or faults, for whoever reached the control socket.
func (t *Tenant) SCIM(basePath string) http.Handler {
	serve := scimserver.New(scimserver.Options{
		Store: t.store, Catalog: t.catalog, BasePath: basePath, Open: true,
		PublicURL: func() string { return "" },
		Profile:   t.cfg.Profile, Patched: t.cfg.Patched, Now: t.cfg.Now,
	})
	unseen := journal.New(journal.Options{MaxCalls: 1, Now: t.cfg.Now})
	return unseen.Record(serve, journal.RecordOptions{Bases: scimserver.Bases(basePath), Catalog: t.catalog})
}

// Close stops listening, lets calls finish, and closes calls and state. It may be
// called on a tenant that was only opened.
func (t *Tenant) Close() error {
	t.faults.Close() // lets go of the calls that a rule holds up
	t.stop()
	t.counting.Wait()
	var err error
	if t.server != nil {
		err = t.server.close()
	}
	if t.calls != nil {
		t.calls.Close()
	}
	return errors.Join(err, t.store.Close())
}

// Journal returns the calls.
func (t *Tenant) Journal() *journal.Journal { return t.journal }

// Store returns the state.
func (t *Tenant) Store() *store.Store { return t.store }

// Faults returns the armed rules.
func (t *Tenant) Faults() *fault.Engine { return t.faults }

// Catalog returns the schemas and resource types that the tenant offers.
func (t *Tenant) Catalog() *scim.Catalog { return t.catalog }

// nameOf is the name behind an id, that of a deleted resource included, or "".
func (t *Tenant) nameOf(id string) string {
	name, _ := t.store.NameOf(id)
	return name
}

// Status returns the tenant as it stands.
func (t *Tenant) Status() Status {
	s := Status{
		Version: t.cfg.Version, TenantURL: t.tenantURL(), Public: t.publicURL() != "",
		Profile: t.cfg.Profile.String(), Seed: t.cfg.Seed, Started: t.started, Session: t.session,
		FixedSecret: t.cfg.Secret != "", FaultsArmed: t.faults.Active(), ReadOnly: t.store.ReadOnly(),
		ReadOnlyReason: t.store.ReadOnlyReason(), Notice: t.notice.Load(),
		Users:  t.store.Count(t.catalog.Type("User")),
		Groups: t.store.Count(t.catalog.Type("Group")),
	}
	if t.server != nil {
		s.Listen = t.server.addr
	}
	if !t.cfg.Memory {
		s.DataDir = t.cfg.DataDir
	}
	for _, token := range t.store.Tokens() {
		if token.State(t.cfg.Now()) == "live" {
			s.Tokens++
		}
	}
	_, s.Calls = t.journal.Bounds()
	if c := t.journal.Get(s.Calls); c != nil {
		s.Cycle = c.Cycle
	}
	return s
}

// tenantURL is what is pasted into the Azure portal.
func (t *Tenant) tenantURL() string {
	public := t.publicURL()
	switch {
	case public != "":
		return public + t.cfg.BasePath
	case t.server != nil:
		return t.LocalURL()
	}
	return ""
}

// reachable turns the address of a listener on every interface into one that
// a client on this machine can use.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
