package control

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/nearest"
	"airmock/internal/people"
	"airmock/internal/scim"
	"airmock/store"
)

// The trailers say behind a body what its sender knew only then.
const (
	interruptedTrailer = "Airmock-Interrupted" // of an import: the body is not the whole file
	errorTrailer       = "Airmock-Error"       // of an export: why the body is not the whole file
)

// formatParam reads the query parameter format; otherwise is that of none.
func formatParam(r *http.Request, otherwise people.Format) (people.Format, error) {
	switch f := people.Format(strings.ToLower(r.URL.Query().Get("format"))); f {
	case "":
		return otherwise, nil
	case people.JSON, people.CSV:
		return f, nil
	default:
		return "", refuse(http.StatusBadRequest, "format=%q is not one of json, csv%s", f, nearest.Hint(string(f), []string{"json", "csv"}))
	}
}

// importPeople takes a file of people into the tenant and answers with the
// report, whatever became of the rows. A file that cannot be read to its end is
// 400, an import that ended at a conflict 409.
func (a *api) importPeople(w http.ResponseWriter, r *http.Request) error {
	format, err := formatParam(r, "")
	if err != nil {
		return err
	}
	query := r.URL.Query()
	policy := cmp.Or(strings.ToLower(query.Get("conflicts")), string(people.Skip))
	if !slices.Contains(people.Policies(), policy) {
		return refuse(http.StatusBadRequest, "conflicts=%q is not one of %s%s", policy, strings.Join(people.Policies(), ", "), nearest.Hint(policy, people.Policies()))
	}
	dry, err := strconv.ParseBool(cmp.Or(query.Get("dryRun"), "false"))
	if err != nil {
		return refuse(http.StatusBadRequest, "dryRun=%q is neither true nor false", query.Get("dryRun"))
	}
	file := people.NewReader(whole{r}, format, a.tenant.Catalog())
	report, err := a.tenant.Import(r.Context(), file.Rows(), people.Options{Policy: people.Policy(policy), DryRun: dry})
	report.Notes = file.Notes()
	_, _ = io.Copy(io.Discard, r.Body) // a client that is cut off while it sends misses the answer
	return writeJSON(w, statusOf(report, err), report)
}

// statusOf is the status of the answer to an import.
func statusOf(report people.Report, err error) int {
	switch {
	case errors.Is(err, store.ErrReadOnly):
		return http.StatusInsufficientStorage
	case err != nil:
		return http.StatusInternalServerError
	case report.Error != "" && report.Conflicts > 0:
		return http.StatusConflict
	case report.Error != "":
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// whole reads the body of a request. Where the client says behind it that it
// gave up, that is the error at its end, so that half a row is none.
type whole struct{ request *http.Request }

func (b whole) Read(p []byte) (int, error) {
	n, err := b.request.Body.Read(p)
	if err == io.EOF && b.request.Trailer.Get(interruptedTrailer) != "" {
		err = people.ErrInterrupted
	}
	return n, err
}

// NewPeople is the body that asks for invented people.
type NewPeople struct {
	Users  int     `json:"users"`
	Groups *int    `json:"groups,omitempty"` // nil: as many as go well with the users
	Seed   *uint64 `json:"seed,omitempty"`   // nil: from that of the tenant
}

func (a *api) seed(w http.ResponseWriter, r *http.Request) error {
	var n NewPeople
	if err := readJSON(w, r, &n); err != nil {
		return err
	}
	groups := people.GroupsFor(n.Users)
	if n.Groups != nil {
		groups = *n.Groups
	}
	for name, count := range map[string]int{"users": n.Users, "groups": groups} {
		if count < 0 || count > people.MaxInvented {
			return refuse(http.StatusBadRequest, "%s %d is not from 0 to %d", name, count, people.MaxInvented)
		}
	}
	var report people.Report
	var err error
	if n.Seed == nil {
		report, err = a.tenant.Seed(r.Context(), n.Users, groups)
	} else {
		report, err = a.tenant.Import(r.Context(), people.Invent(n.Users, groups, *n.Seed), people.Options{Policy: people.Rename})
	}
	return writeJSON(w, statusOf(report, err), report)
}

// exportPeople sends users, groups or both as a file.
func (a *api) exportPeople(w http.ResponseWriter, r *http.Request) error {
	format, err := formatParam(r, people.JSON)
	if err != nil {
		return err
	}
	what, err := a.selection(r)
	if err != nil {
		return err
	}
	contentType := "application/scim+json"
	if format == people.CSV {
		contentType = "text/csv; charset=utf-8; header=present"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Trailer", errorTrailer)
	if err := a.tenant.Export(r.Context(), w, format, what); err != nil {
		w.Header().Set(errorTrailer, strconv.Quote(err.Error()))
	}
	return nil
}

// selection reads what an export is to hold.
func (a *api) selection(r *http.Request) (people.Selection, error) {
	var what people.Selection
	catalog := a.tenant.Catalog()
	query := r.URL.Query()
	name, filter := query.Get("type"), query.Get("filter")
	if name == "" {
		what.Types = catalog.ResourceTypes
		if filter != "" {
			return what, refuse(http.StatusBadRequest, "a filter is about one type; name it with type")
		}
		return what, nil
	}
	var known []string
	for _, rt := range catalog.ResourceTypes {
		if strings.EqualFold(rt.Name, name) || strings.EqualFold(rt.Endpoint[1:], name) {
			what.Types = []*scim.ResourceType{rt}
		}
		known = append(known, strings.ToLower(rt.Endpoint[1:]))
	}
	if what.Types == nil {
		return what, refuse(http.StatusBadRequest, "there is no resource type %q%s; the tenant has %s", name, nearest.Hint(name, known), strings.Join(known, ", "))
	}
	if filter == "" {
		return what, nil
	}
	var err error
	if what.Filter, err = what.Types[0].ParseFilter(filter, &scim.Reading{}); err != nil {
		if e, ok := errors.AsType[*scim.Error](err); ok {
			err = fmt.Errorf("%s", e.Detail)
		}
		return what, refuse(http.StatusBadRequest, "%v", err)
	}
	return what, nil
}
