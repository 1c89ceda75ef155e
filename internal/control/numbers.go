package control

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"airmock/internal/numbers"
)

// numbers answers with the numbers of a window; all where none is named.
func (a *api) numbers(w http.ResponseWriter, r *http.Request) error {
	var window time.Duration
	if text := r.URL.Query().Get("window"); text != "" && text != "all" {
		var err error
		if window, err = time.ParseDuration(text); err != nil || window <= 0 || window > numbers.MaxWindow {
			return refuse(http.StatusBadRequest, "the window %q is not all, nor a duration up to %s, such as 1m", text, numbers.MaxWindow)
		}
	}
	return writeJSON(w, http.StatusOK, a.tenant.Numbers(window))
}

func (a *api) metrics(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", numbers.ContentType)
	_, err := w.Write(a.tenant.AppendMetrics(nil))
	return err
}

// Numbers returns the numbers of a window: a Go duration, or all.
func (c *Client) Numbers(ctx context.Context, window string) (t numbers.Table, err error) {
	return t, c.do(ctx, http.MethodGet, "/v1/numbers?"+url.Values{"window": {window}}.Encode(), nil, &t)
}
