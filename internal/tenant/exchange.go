package tenant

import (
	"net/http"

	"airmock/internal/journal"
	"airmock/scimserver"
)

// Exchange answers a request of this program's own as the listener would: it is
// recorded, and armed faults strike it. A request without an Authorization
// header needs none. It returns the finished call.
func (t *Tenant) Exchange(r *http.Request) *journal.Call {
	serve := t.serve
	if r.Header.Get("Authorization") == "" {
		serve = t.serveOpen
	}
	if r.RemoteAddr == "" {
		r.RemoteAddr = "127.0.0.1:0"
	}
	return t.journal.Exchange(t.faults.Inject(serve), t.recordOptions(), r)
}

// scim returns the SCIM endpoints under the base path, without asking for a
// token where open is set.
func (t *Tenant) scim(open bool) http.Handler {
	return scimserver.New(scimserver.Options{
		Store: t.store, Catalog: t.catalog, BasePath: t.cfg.BasePath, Open: open,
		PublicURL: t.publicURL,
		Profile:   t.cfg.Profile, Secret: t.cfg.Secret, Patched: t.cfg.Patched, Now: t.cfg.Now,
	})
}

// LocalURL is the Tenant URL as a client on this machine reaches it, whatever
// the outside world uses.
func (t *Tenant) LocalURL() string {
	addr := t.cfg.Listen
	if t.server != nil {
		addr = t.server.addr
	}
	return "http://" + reachable(addr) + t.cfg.BasePath
}
