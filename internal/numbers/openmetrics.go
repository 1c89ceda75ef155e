package numbers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"airmock/internal/scim"
)

// ContentType is that of OpenMetrics text (OpenMetrics 1.0, "Overall
// structure").
const ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// bounds are the upper bounds of the buckets that are told.
var bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// State is what is measured beside calls, at one moment.
type State struct {
	Version      string
	Started      time.Time
	Resources    map[string]int // by the name of their type
	Memberships  int
	Tokens       int // live ones
	FaultsArmed  int
	ReadOnly     bool
	JournalCalls int
	JournalBytes int64
	Dropped      uint64 // calls that the journal dropped to keep its bounds
}

// AppendOpenMetrics appends the numbers since the start, and s, as OpenMetrics
// text.
func (n *Numbers) AppendOpenMetrics(dst []byte, s State) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := metrics{dst}
	ops := slices.Sorted(maps.Keys(n.whole))
	m.family("airmock_calls", "counter", "", "Calls that were completed since the start. The status is lost where the client got no answer.")
	for _, op := range ops {
		statuses := n.whole[op].statuses
		for _, status := range slices.Sorted(maps.Keys(statuses)) {
			m.sample("airmock_calls_total", float64(statuses[status]), "operation", string(op), "status", statusText(status))
		}
	}
	m.family("airmock_call_duration_seconds", "histogram", "seconds", "How long calls took.")
	for _, op := range ops {
		m.histogram("airmock_call_duration_seconds", n.whole[op], op)
	}
	m.family("airmock_calls_uncounted", "counter", "", "Calls that the journal dropped before they could be counted here.")
	m.sample("airmock_calls_uncounted_total", float64(n.missed))
	m.family("airmock_journal_dropped", "counter", "", "Calls that the journal dropped to keep its bounds.")
	m.sample("airmock_journal_dropped_total", float64(s.Dropped))
	m.family("airmock_journal_calls", "gauge", "", "Calls in the journal.")
	m.sample("airmock_journal_calls", float64(s.JournalCalls))
	m.family("airmock_journal_size_bytes", "gauge", "bytes", "Memory of the calls in the journal, by estimate.")
	m.sample("airmock_journal_size_bytes", float64(s.JournalBytes))
	m.family("airmock_resources", "gauge", "", "Resources of each type.")
	for _, typ := range slices.Sorted(maps.Keys(s.Resources)) {
		m.sample("airmock_resources", float64(s.Resources[typ]), "type", typ)
	}
	m.family("airmock_group_members", "gauge", "", "Members of all groups together.")
	m.sample("airmock_group_members", float64(s.Memberships))
	m.family("airmock_tokens", "gauge", "", "Secret Tokens that are accepted.")
	m.sample("airmock_tokens", float64(s.Tokens))
	m.family("airmock_faults_armed", "gauge", "", "Fault rules that are armed.")
	m.sample("airmock_faults_armed", float64(s.FaultsArmed))
	readOnly := 0.0
	if s.ReadOnly {
		readOnly = 1
	}
	m.family("airmock_read_only", "gauge", "", "1 while the disk takes no writes.")
	m.sample("airmock_read_only", readOnly)
	m.family("airmock_start_time_seconds", "gauge", "seconds", "When the tenant started, since 1970.")
	m.sample("airmock_start_time_seconds", float64(s.Started.UnixMilli())/1000)
	m.family("airmock_build", "info", "", "The version of airmock.")
	m.sample("airmock_build_info", 1, "version", s.Version)
	return append(m.dst, "# EOF\n"...)
}

// metrics is OpenMetrics text that is being appended.
type metrics struct{ dst []byte }

// family begins a metric family; unit "" is none.
func (m *metrics) family(name, kind, unit, help string) {
	m.dst = fmt.Appendf(m.dst, "# TYPE %s %s\n", name, kind)
	if unit != "" {
		m.dst = fmt.Appendf(m.dst, "# UNIT %s %s\n", name, unit)
	}
	m.dst = fmt.Appendf(m.dst, "# HELP %s %s\n", name, escape(help))
}

// sample appends a line; labels are names and values in turns.
func (m *metrics) sample(name string, value float64, labels ...string) {
	m.dst = append(m.dst, name...)
	for i := 0; i < len(labels); i += 2 {
		before := ","
		if i == 0 {
			before = "{"
		}
		m.dst = fmt.Appendf(m.dst, `%s%s="%s"`, before, labels[i], escape(labels[i+1]))
	}
	if len(labels) > 0 {
		m.dst = append(m.dst, '}')
	}
	m.dst = append(m.dst, ' ')
	m.dst = append(strconv.AppendFloat(m.dst, value, 'f', -1, 64), '\n')
}

func (m *metrics) histogram(name string, s *series, op scim.Operation) {
	for i, bound := range bounds {
		// A canonical number (OpenMetrics 1.0, "Numbers") has a point.
		le := strconv.FormatFloat(bound.Seconds(), 'f', -1, 64)
		if !strings.Contains(le, ".") {
			le += ".0"
		}
		m.sample(name+"_bucket", float64(s.within[i]), "operation", string(op), "le", le)
	}
	m.sample(name+"_bucket", float64(s.n), "operation", string(op), "le", "+Inf")
	m.sample(name+"_count", float64(s.n), "operation", string(op))
	m.sample(name+"_sum", s.sum.Seconds(), "operation", string(op))
}

// escape escapes the value of a label, or a help text.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "\uFFFD"))
}
