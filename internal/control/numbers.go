package control

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"airmock/internal/numbers"
)

// numbers answers with what was counted of the calls, in one window or in each.
func (a *api) numbers(w http.ResponseWriter, r *http.Request) error {
	all := a.tenant.Numbers().Numbers()
	if name := r.URL.Query().Get("window"); name != "" {
		if !slices.Contains(numbers.Names(), name) {
			return refuse(http.StatusBadRequest, "window %.40q is none of %s", name, strings.Join(numbers.Names(), ", "))
		}
		all.Windows = slices.DeleteFunc(all.Windows, func(w numbers.Window) bool { return w.Name != name })
	}
	return writeJSON(w, http.StatusOK, all)
}

// metrics answers with counters and gauges as OpenMetrics text.
func (a *api) metrics(w http.ResponseWriter, _ *http.Request) error {
	status := a.tenant.Status()
	first, last := a.tenant.Journal().Bounds()
	kept := uint64(0)
	if last > 0 {
		kept = last - first + 1
	}
	readOnly := uint64(0)
	if status.ReadOnly {
		readOnly = 1
	}
	w.Header().Set("Content-Type", numbers.ContentType)
	_, err := w.Write(a.tenant.Numbers().AppendMetrics(nil, status.Version, []numbers.Gauge{
		{Name: "airmock_users", Help: "Users that the tenant has.", Value: uint64(status.Users)},
		{Name: "airmock_groups", Help: "Groups that the tenant has.", Value: uint64(status.Groups)},
		{Name: "airmock_armed_faults", Help: "Fault rules that are armed.", Value: uint64(status.FaultsArmed)},
		{Name: "airmock_journal_calls", Help: "Calls that the journal keeps.", Value: kept},
		{Name: "airmock_read_only", Help: "1 after the disk refused a write, else 0.", Value: readOnly},
	}))
	return err
}

// Numbers returns what was counted of the calls in a window: "1m", "5m" or
// "all"; in each for "".
func (c *Client) Numbers(ctx context.Context, window string) (n numbers.Numbers, err error) {
	return n, c.do(ctx, http.MethodGet, "/v1/numbers?"+url.Values{"window": {window}}.Encode(), nil, &n)
}
