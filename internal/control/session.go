package control

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"airmock/internal/nearest"
	"airmock/internal/search"
	"airmock/internal/session"
)

// session answers with calls as a file.
func (a *api) session(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	format := session.Format(strings.ToLower(query.Get("format")))
	if !slices.Contains(session.Formats(), string(format)) {
		return refuse(http.StatusBadRequest, "format=%q is not one of %s%s", format, strings.Join(session.Formats(), ", "), nearest.Hint(string(format), session.Formats()))
	}
	redact, err := strconv.ParseBool(cmp.Or(query.Get("redactPeople"), "false"))
	if err != nil {
		return refuse(http.StatusBadRequest, "redactPeople=%q is neither true nor false", query.Get("redactPeople"))
	}
	cycle, err := number(r, "cycle", 0)
	if err != nil {
		return err
	}
	call, err := number(r, "call", 0)
	if err != nil {
		return err
	}
	all, _ := a.tenant.Journal().Since(0, math.MaxInt)
	choice := session.Choice{Query: query.Get("query"), Cycle: int(min(cycle, math.MaxInt32)), Call: call}
	calls, err := choice.Of(all, a.setting())
	if _, wrong := errors.AsType[*search.Error](err); wrong {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	if err != nil {
		return refuse(http.StatusNotFound, "%v", err)
	}
	w.Header().Set("Content-Type", mediaTypes[format])
	status := a.tenant.Status()
	_ = session.Write(w, format, calls, session.Options{ // where it fails, the client is gone
		Version: status.Version, TenantURL: status.TenantURL, Catalog: a.tenant.Catalog(), Journal: all, RedactPeople: redact,
	})
	return nil
}

var mediaTypes = map[session.Format]string{
	session.HAR: "application/json", session.NDJSON: "application/x-ndjson",
	session.Curl: "text/plain; charset=utf-8", session.Markdown: "text/markdown; charset=utf-8",
}

// Session writes calls of the tenant as a file to out.
func (c *Client) Session(ctx context.Context, out io.Writer, format session.Format, choice session.Choice, redactPeople bool) error {
	query := url.Values{"format": {string(format)}, "query": {choice.Query}, "redactPeople": {strconv.FormatBool(redactPeople)}}
	if choice.Cycle > 0 {
		query.Set("cycle", strconv.Itoa(choice.Cycle))
	}
	if choice.Call > 0 {
		query.Set("call", strconv.FormatUint(choice.Call, 10))
	}
	resp, err := c.send(ctx, http.MethodGet, "/v1/session?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(out, resp.Body)
	return err
}
