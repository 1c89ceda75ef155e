package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"airmock/internal/entra"
	"airmock/internal/fault"
	"airmock/internal/journal"
	"airmock/internal/tenant"
	"airmock/store"
)

// api is the handlers of one tenant.
type api struct {
	tenant  *tenant.Tenant
	waiters atomic.Int32 // requests that wait
}

// handler answers a request, or returns why it does not.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one line of the API.
type route struct {
	pattern string // as http.ServeMux reads it
	handle  handler
}

func (a *api) routes() []route {
	return []route{
		{"GET /v1/openapi.json", a.describe},
		{"GET /v1/status", a.status},
		{"GET /v1/calls", a.calls},
		{"GET /v1/calls/stream", a.stream},
		{"GET /v1/cycles", a.cycles},
		{"POST /v1/wait", a.wait},
		{"GET /v1/session", a.session},
		{"GET /v1/history/{id}", a.history},
		{"POST /v1/replay", a.replay},
		{"GET /v1/numbers", a.numbers},
		{"GET /v1/metrics", a.metrics},
		{"GET /v1/timeline/{of}", a.timeline},
		{"GET /v1/tokens", a.tokens},
		{"POST /v1/tokens", a.createToken},
		{"DELETE /v1/tokens/{id}", a.revokeToken},
		{"GET /v1/faults", a.faults},
		{"POST /v1/faults", a.armFault},
		{"DELETE /v1/faults", a.clearFaults},
		{"DELETE /v1/faults/{id}", a.disarmFault},
		{"POST /v1/explain", a.explainFault},
		{"GET /v1/presets", a.presets},
		{"GET /v1/kinds", a.kinds},
		{"GET /v1/checklist", a.checklist},
		{"GET /v1/snapshot", a.snapshot},
		{"POST /v1/restore", a.restore},
		{"POST /v1/reset", a.reset},
		{"GET /v1/export", a.exportPeople},
		{"POST /v1/import", a.importPeople},
		{"POST /v1/seed", a.seed},
	}
}

// requestError is a request that was wrong: its status, and what to do.
type requestError struct {
	status int
	text   string
}

func (e *requestError) Error() string { return e.text }

func refuse(status int, format string, args ...any) error {
	return &requestError{status, fmt.Sprintf(format, args...)}
}

// problem is the body of every answer that is an error.
type problem struct {
	Error string `json:"error"`
}

// answer runs h and writes its error.
func (a *api) answer(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		status := http.StatusInternalServerError
		var wrong *requestError
		var taken *store.ConflictError
		var damaged *store.SnapshotError
		switch {
		case errors.As(err, &wrong):
			status = wrong.status
		case errors.As(err, &taken):
			status = http.StatusConflict
		case errors.Is(err, store.ErrInvalidToken):
			status = http.StatusBadRequest
		case errors.Is(err, store.ErrNotFound):
			status = http.StatusNotFound
		case errors.As(err, &damaged):
			status = http.StatusUnprocessableEntity
		case errors.Is(err, store.ErrReadOnly), errors.Is(err, syscall.ENOSPC):
			status = http.StatusInsufficientStorage
		}
		_ = writeJSON(w, status, problem{err.Error()})
	}
}

func notFound(_ http.ResponseWriter, r *http.Request) error {
	return refuse(http.StatusNotFound, "the control API has no %s %s; GET /v1/openapi.json lists what it has", r.Method, r.URL.Path)
}

// wrongMethod refuses a request on a path that takes other methods.
func wrongMethod(known []string) handler {
	allow := strings.Join(known, ", ")
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		return refuse(http.StatusMethodNotAllowed, "%s is not possible on %s; use %s", r.Method, r.URL.Path, allow)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// readJSON reads a small body strictly, so that a misspelt key is no silent
// default.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	return readLargeJSON(w, r, 1<<20, into)
}

func readLargeJSON(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(into); {
	case errors.Is(err, io.EOF):
		return refuse(http.StatusBadRequest, "the body is empty; this path takes a JSON object")
	case err != nil:
		return refuse(http.StatusBadRequest, "the body is not what this path takes: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "something follows the JSON object that this path takes")
	}
	return nil
}

func (a *api) describe(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(openAPI)
	return err
}

func (a *api) status(w http.ResponseWriter, _ *http.Request) error {
	calls, _ := a.tenant.Journal().Since(a.recent(), recentCalls)
	status := Status{Status: a.tenant.Status(), Clients: []ClientSummary{}}
	for _, c := range entra.Clients(calls) {
		status.Clients = append(status.Clients, ClientSummary{
			Name: c.Name, Dialect: c.Dialect, Sure: string(c.Sure), Because: append([]string{}, c.Because...), Text: c.Text(), Calls: c.Calls, Last: c.Last.Time,
		})
	}
	return writeJSON(w, http.StatusOK, status)
}

// Status is the tenant as it stands, and who called it of late.
type Status struct {
	tenant.Status
	Clients []ClientSummary `json:"clients"` // the one that called last first
}

// ClientSummary is who a client is, as far as its calls tell.
type ClientSummary struct {
	Name    string    `json:"name"`              // "Microsoft Entra ID", "curl"; "" where nothing tells
	Dialect string    `json:"dialect,omitempty"` // of Entra: default or aadOptscim062020
	Sure    string    `json:"sure"`              // certain, likely, guess; "" where nothing tells
	Because []string  `json:"because"`           // what that is concluded from
	Text    string    `json:"text"`              // all of it in a line
	Calls   int       `json:"calls"`             // how many of the newest calls are its own
	Last    time.Time `json:"last"`
}

// recentCalls is how many of the newest calls the clients are told from.
const recentCalls = 2000

// recent is the number that recentCalls calls are above.
func (a *api) recent() uint64 {
	_, last := a.tenant.Journal().Bounds()
	return last - min(last, recentCalls)
}

// Token is a Secret Token as the API tells it.
type Token struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"` // live, expired, revoked
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
	Secret   string    `json:"secret,omitempty"` // in the answer to its creation only
}

func (a *api) token(t store.Token) Token {
	return Token{
		ID: t.ID, Name: t.Name, State: t.State(time.Now()),
		Created: t.Created, Expires: t.Expires, Revoked: t.Revoked, LastUsed: t.LastUsed,
	}
}

func (a *api) tokens(w http.ResponseWriter, _ *http.Request) error {
	list := []Token{}
	for _, t := range a.tenant.Store().Tokens() {
		list = append(list, a.token(t))
	}
	return writeJSON(w, http.StatusOK, list)
}

// NewToken is the body that makes a token.
type NewToken struct {
	Name string `json:"name,omitempty"`
	TTL  string `json:"ttl,omitempty"` // a Go duration; "" for ever
}

func (a *api) createToken(w http.ResponseWriter, r *http.Request) error {
	var n NewToken
	if err := readJSON(w, r, &n); err != nil {
		return err
	}
	var ttl time.Duration
	if n.TTL != "" {
		var err error
		if ttl, err = time.ParseDuration(n.TTL); err != nil || ttl <= 0 {
			return refuse(http.StatusBadRequest, "ttl %q is not a positive duration such as 2160h", n.TTL)
		}
	}
	token, secret, err := a.tenant.Store().CreateToken(r.Context(), n.Name, ttl)
	if err != nil {
		return err
	}
	made := a.token(token)
	made.Secret = secret
	return writeJSON(w, http.StatusCreated, made)
}

func (a *api) revokeToken(w http.ResponseWriter, r *http.Request) error {
	token, err := a.tenant.Store().RevokeToken(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, a.token(token))
}

func (a *api) faults(w http.ResponseWriter, _ *http.Request) error {
	list := a.tenant.Faults().List()
	if list == nil {
		list = []fault.Status{}
	}
	return writeJSON(w, http.StatusOK, list)
}

func (a *api) armFault(w http.ResponseWriter, r *http.Request) error {
	var spec fault.Spec
	if err := readJSON(w, r, &spec); err != nil {
		return err
	}
	status, err := a.tenant.Faults().Arm(spec)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return writeJSON(w, http.StatusCreated, status)
}

func (a *api) disarmFault(w http.ResponseWriter, r *http.Request) error {
	if id := r.PathValue("id"); !a.tenant.Faults().Disarm(id) {
		return refuse(http.StatusNotFound, "no rule %q is armed; airmock fault list shows those that are", id)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Cleared is the answer to clearing all faults.
type Cleared struct {
	Cleared int `json:"cleared"`
}

func (a *api) clearFaults(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, Cleared{a.tenant.Faults().Clear()})
}

func (a *api) presets(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, fault.Presets())
}

// Language is the language of rules, for the one who writes one.
type Language struct {
	Kinds  []fault.Kind  `json:"kinds"`
	Match  []fault.Param `json:"match"`
	Select []fault.Param `json:"select"`
}

func (a *api) kinds(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, Language{fault.Kinds(), fault.MatchParams(), fault.SelectParams()})
}

// ChecklistStep is a line of the setup checklist.
type ChecklistStep struct {
	State  string `json:"state"` // open, current, done, failed
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
}

func (a *api) checklist(w http.ResponseWriter, _ *http.Request) error {
	var list entra.Checklist
	calls, _ := a.tenant.Journal().Since(0, 1<<31-1)
	list.Observe(calls)
	status := a.tenant.Status()
	setup := entra.Setup{TenantURL: status.TenantURL, Public: status.Public}
	if status.FixedSecret {
		setup.Tokens = append(setup.Tokens, "--token")
	}
	for _, t := range a.tenant.Store().Tokens() {
		if t.State(time.Now()) == "live" {
			setup.Tokens = append(setup.Tokens, t.Name)
		}
	}
	names := map[entra.StepState]string{
		entra.StepOpen: "open", entra.StepCurrent: "current", entra.StepDone: "done", entra.StepFailed: "failed",
	}
	steps := []ChecklistStep{}
	for _, s := range list.Steps(setup) {
		steps = append(steps, ChecklistStep{names[s.State], s.Title, s.Detail})
	}
	return writeJSON(w, http.StatusOK, steps)
}

// number reads a query parameter that is a whole number.
func number(r *http.Request, name string, otherwise uint64) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "%s=%q is not a whole number", name, text)
	}
	return n, nil
}

// selected returns the calls of the journal after the number seq for which
// match holds, at most limit, the newest ones where there are more.
func selected(j *journal.Journal, seq uint64, limit int, match func(*journal.Call) bool) []*journal.Call {
	all, _ := j.Since(seq, 1<<31-1)
	var hits []*journal.Call
	for i := len(all) - 1; i >= 0 && len(hits) < limit; i-- {
		if match(all[i]) {
			hits = append(hits, all[i])
		}
	}
	for i, k := 0, len(hits)-1; i < k; i, k = i+1, k-1 {
		hits[i], hits[k] = hits[k], hits[i]
	}
	return hits
}
