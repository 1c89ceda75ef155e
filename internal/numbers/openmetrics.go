package numbers

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ContentType is that of AppendMetrics (OpenMetrics 1.0.0, "Protocol
// Negotiation").
const ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// Gauge is a value as it stands, for AppendMetrics.
type Gauge struct {
	Name  string // "airmock_users"
	Help  string
	Value uint64
}

// AppendMetrics appends what was counted since the start as OpenMetrics text,
// with the program's version and the gauges. Its counters never fall.
func (f *Fold) AppendMetrics(dst []byte, version string, gauges []Gauge) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pull()
	m := metrics{dst}
	m.family("airmock_build", "info", "", "The program.")
	m.sample("airmock_build_info", "1", "version", version)
	ops := slices.Sorted(maps.Keys(f.totals))
	m.family("airmock_calls", "counter", "", "Calls that were completed, by operation and status; lost is where the client got no answer.")
	for _, op := range ops {
		for _, status := range slices.Sorted(maps.Keys(f.totals[op].statuses)) {
			m.count("airmock_calls_total", f.totals[op].statuses[status], "operation", string(op), "status", statusText(status))
		}
	}
	m.family("airmock_call_duration_seconds", "histogram", "seconds", "How long calls took, by operation.")
	for _, op := range ops {
		m.histogram("airmock_call_duration_seconds", f.totals[op], string(op))
	}
	m.family("airmock_calls_missed", "counter", "", "Calls that the journal dropped before they were counted here.")
	m.count("airmock_calls_missed_total", f.missed)
	for _, g := range gauges {
		m.family(g.Name, "gauge", "", g.Help)
		m.count(g.Name, g.Value)
	}
	return append(m.text, "# EOF\n"...)
}

// metrics is OpenMetrics text in the making.
type metrics struct{ text []byte }

// family begins a metric family; its samples follow.
func (m *metrics) family(name, kind, unit, help string) {
	m.line("# TYPE ", name, " ", kind)
	if unit != "" {
		m.line("# UNIT ", name, " ", unit)
	}
	m.line("# HELP ", name, " ", escape(help))
}

func (m *metrics) histogram(name string, t *total, op string) {
	for i, edge := range edges {
		m.count(name+"_bucket", t.within[i], "operation", op, "le", float(edge.Seconds()))
	}
	m.count(name+"_bucket", t.calls, "operation", op, "le", "+Inf")
	m.count(name+"_count", t.calls, "operation", op)
	m.sample(name+"_sum", float(t.sum.Seconds()), "operation", op)
}

func (m *metrics) count(name string, n uint64, labels ...string) {
	m.sample(name, strconv.FormatUint(n, 10), labels...)
}

// sample writes one value. labels are names and values by turns.
func (m *metrics) sample(name, value string, labels ...string) {
	var pairs []string
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+escape(labels[i+1])+`"`)
	}
	if len(pairs) > 0 {
		name += "{" + strings.Join(pairs, ",") + "}"
	}
	m.line(name, " ", value)
}

func (m *metrics) line(parts ...string) {
	m.text = append(append(m.text, strings.Join(parts, "")...), '\n')
}

// float writes a number as the canonical values of le are: with a point, and
// without an exponent ("Histogram" and "Numbers" of the specification).
func float(x float64) string {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// escape is escaped-string of the specification's ABNF; the text is UTF-8.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "\uFFFD"))
}
