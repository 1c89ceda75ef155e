package numbers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"airmock/internal/scim"
)

// Numbers is what was counted, at one moment.
type Numbers struct {
	Since   time.Time `json:"since"`  // calls that completed after that are counted
	Missed  uint64    `json:"missed"` // calls that the journal dropped before they were counted
	Windows []Window  `json:"windows"`
}

// Window is what was counted in a span of time. A call belongs to where it
// ended.
type Window struct {
	Name       string  `json:"window"`  // one of Names
	Seconds    float64 `json:"seconds"` // how long it is; less than its name where airmock runs for less
	Total      Row     `json:"total"`
	Operations []Row   `json:"operations"` // those with calls, by name
}

// Row is the calls of an operation, or of all.
type Row struct {
	Operation scim.Operation    `json:"operation,omitempty"` // "" for all
	Calls     uint64            `json:"calls"`
	Rate      float64           `json:"callsPerSecond"`
	Statuses  map[string]uint64 `json:"statuses"` // "201", "lost"
	Refused   uint64            `json:"4xx"`
	Failed    uint64            `json:"5xx"`
	Lost      uint64            `json:"lost"` // the client got no answer
	P50       float64           `json:"p50Ms"`
	P90       float64           `json:"p90Ms"`
	P99       float64           `json:"p99Ms"`
	Max       float64           `json:"maxMs"`
}

// Names are the names of the windows.
func Names() []string { return []string{"1m", "5m", "all"} }

// Title returns the name of the window in words.
func (w Window) Title() string {
	return map[string]string{"1m": "Last minute", "5m": "Last 5 minutes", "all": "Since the start"}[w.Name]
}

// Numbers returns what was counted up to now.
func (f *Fold) Numbers() Numbers {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pull()
	now := f.now()
	all := make(map[scim.Operation]*tally, len(f.totals))
	for op, t := range f.totals {
		all[op] = &t.tally
	}
	up := max(now.Sub(f.since), time.Second)
	return Numbers{f.since, f.missed, []Window{
		windowOf("1m", min(up, time.Minute), f.lately(now, 60)),
		windowOf("5m", min(up, lateSeconds*time.Second), f.lately(now, lateSeconds)),
		windowOf("all", up, all),
	}}
}

func windowOf(name string, span time.Duration, by map[scim.Operation]*tally) Window {
	w := Window{Name: name, Seconds: span.Seconds(), Operations: []Row{}}
	sum := new(tally)
	for _, op := range slices.Sorted(maps.Keys(by)) {
		sum.merge(by[op])
		w.Operations = append(w.Operations, rowOf(op, by[op], span))
	}
	w.Total = rowOf("", sum, span)
	return w
}

func rowOf(op scim.Operation, t *tally, span time.Duration) Row {
	row := Row{
		Operation: op, Calls: t.calls, Rate: float64(t.calls) / span.Seconds(), Statuses: map[string]uint64{},
		Refused: t.class(4), Failed: t.class(5), Lost: t.class(0),
		P50: ms(t.percentile(50)), P90: ms(t.percentile(90)), P99: ms(t.percentile(99)), Max: ms(t.max),
	}
	for status, n := range t.statuses {
		row.Statuses[statusText(status)] = n
	}
	return row
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// statusText names a status as searches do.
func statusText(status int) string {
	if status == 0 {
		return "lost"
	}
	return strconv.Itoa(status)
}

// Head are the headings of Table.
func Head() []string {
	return []string{"OPERATION", "CALLS", "CALLS/S", "4XX", "5XX", "LOST", "P50", "P90", "P99", "MAX"}
}

// Table returns a row for each operation, and one for all of them. Times are in
// milliseconds.
func (w Window) Table() [][]string {
	var rows [][]string
	for _, r := range w.Operations {
		rows = append(rows, r.cells(string(r.Operation)))
	}
	return append(rows, w.Total.cells("all"))
}

func (r Row) cells(name string) []string {
	cells := []string{name, strconv.FormatUint(r.Calls, 10), short(r.Rate)}
	for _, n := range []uint64{r.Refused, r.Failed, r.Lost} {
		cells = append(cells, strconv.FormatUint(n, 10))
	}
	for _, t := range []float64{r.P50, r.P90, r.P99, r.Max} {
		if r.Calls == 0 {
			cells = append(cells, "–")
			continue
		}
		cells = append(cells, short(t))
	}
	return cells
}

// short writes a number with about three digits that count: "0.042", "1.9", "312".
func short(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x < 1:
		return fmt.Sprintf("%.2g", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
