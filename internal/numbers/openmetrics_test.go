package numbers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// family is a metric family as a reader of OpenMetrics sees it.
type family struct {
	kind, unit, help string
	samples          []sample
}

type sample struct {
	name   string
	labels [][2]string
	value  string
}

func (s sample) label(name string) string {
	for _, pair := range s.labels {
		if pair[0] == name {
			return pair[1]
		}
	}
	return ""
}

var (
	metadataLine = regexp.MustCompile(`^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$`)
	sampleLine   = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelPair    = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(,|$)`)
)

// suffixes are what the names of samples have behind their family's.
var suffixes = map[string][]string{
	"info": {"_info"}, "counter": {"_total"}, "gauge": {""}, "histogram": {"_bucket", "_count", "_sum"},
}

// parse reads OpenMetrics text strictly, by the ABNF of the specification: metadata before
// the samples of its family, no family in two places, # EOF at the end.
func parse(text string) (families map[string]*family, order []string, err error) {
	body, ended := strings.CutSuffix(text, "# EOF\n")
	if !ended {
		return nil, nil, fmt.Errorf("no # EOF at the end")
	}
	families = map[string]*family{}
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
		if meta := metadataLine.FindStringSubmatch(line); meta != nil {
			if len(order) == 0 || order[len(order)-1] != meta[2] {
				if families[meta[2]] != nil {
					return nil, nil, fmt.Errorf("%s comes twice", meta[2])
				}
				families[meta[2]], order = &family{}, append(order, meta[2])
			}
			f := families[meta[2]]
			if len(f.samples) > 0 {
				return nil, nil, fmt.Errorf("%q is behind samples", line)
			}
			*map[string]*string{"TYPE": &f.kind, "UNIT": &f.unit, "HELP": &f.help}[meta[1]] = meta[3]
			continue
		}
		s, err := parseSample(line)
		if err != nil {
			return nil, nil, err
		}
		if len(order) == 0 {
			return nil, nil, fmt.Errorf("%q has no family", line)
		}
		name := order[len(order)-1]
		f := families[name]
		belongs := false
		for _, suffix := range suffixes[f.kind] {
			belongs = belongs || s.name == name+suffix
		}
		if !belongs || f.unit != "" && !strings.HasSuffix(name, "_"+f.unit) {
			return nil, nil, fmt.Errorf("%q is none of the %s %s", line, f.kind, name)
		}
		f.samples = append(f.samples, s)
	}
	return families, order, nil
}

func parseSample(line string) (s sample, err error) {
	parts := sampleLine.FindStringSubmatch(line)
	if parts == nil {
		return s, fmt.Errorf("%q is no sample", line)
	}
	s.name, s.value = parts[1], parts[3]
	if _, err := strconv.ParseFloat(s.value, 64); err != nil {
		return s, err
	}
	for rest := parts[2]; rest != ""; {
		pair := labelPair.FindStringSubmatch(rest)
		if pair == nil {
			return s, fmt.Errorf("%q has bad labels", line)
		}
		s.labels = append(s.labels, [2]string{pair[1], strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(pair[2])})
		rest = rest[len(pair[0]):]
	}
	return s, nil
}

func TestTheMetricsAreOpenMetricsText(t *testing.T) {
	j := journal.New(journal.Options{})
	fold := New(j, time.Now)
	odd := scim.Operation("a\"b\\c\nd.get")
	for _, c := range []journal.Call{
		{Operation: scim.OpUserCreate, Status: 201, Duration: time.Millisecond},
		{Operation: scim.OpUserCreate, Status: 201, Duration: 3 * time.Second},
		{Operation: scim.OpUserCreate, Status: 0, Duration: 90 * time.Second},
		{Operation: odd, Status: 404},
	} {
		j.Append(&c)
	}
	text := string(fold.AppendMetrics(nil, `1"0`, []Gauge{{"airmock_users", `what "is"`, 3}}))
	families, order, err := parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff([]string{"airmock_build", "airmock_calls", "airmock_call_duration_seconds", "airmock_calls_missed", "airmock_users"}, order); diff != "" {
		t.Error(diff)
	}
	counted := map[string]string{}
	for _, s := range families["airmock_calls"].samples {
		counted[s.label("operation")+" "+s.label("status")] = s.value
	}
	if diff := cmp.Diff(map[string]string{string(odd) + " 404": "1", "user.create 201": "2", "user.create lost": "1"}, counted); diff != "" {
		t.Error(diff)
	}
	if f := families["airmock_build"]; f.kind != "info" || f.samples[0].label("version") != `1"0` {
		t.Errorf("%+v", f)
	}
	if f := families["airmock_users"]; f.kind != "gauge" || f.samples[0].value != "3" || f.help != `what \"is\"` {
		t.Errorf("%+v", f)
	}
	if f := families["airmock_call_duration_seconds"]; f.kind != "histogram" || f.unit != "seconds" {
		t.Errorf("%+v", f)
	}
}

func TestTheBucketsOfTheHistogramRiseToItsCount(t *testing.T) {
	j := journal.New(journal.Options{})
	fold := New(j, time.Now)
	for _, d := range []time.Duration{time.Millisecond, time.Millisecond + 1, 3 * time.Second, 90 * time.Second} {
		j.Append(&journal.Call{Operation: scim.OpUserCreate, Status: 201, Duration: d})
	}
	families, _, err := parse(string(fold.AppendMetrics(nil, "1", nil)))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	edge, count := 0.0, 0.0
	for _, s := range families["airmock_call_duration_seconds"].samples {
		le := s.label("le")
		values[strings.TrimPrefix(s.name, "airmock_call_duration_seconds")+le] = s.value
		if le == "" {
			continue
		}
		e, err := strconv.ParseFloat(le, 64)
		n, _ := strconv.ParseFloat(s.value, 64)
		if err != nil || e <= edge || n < count || !strings.ContainsAny(le, ".I") {
			t.Errorf("le %s with %s stands behind %v with %v", le, s.value, edge, count)
		}
		edge, count = e, n
	}
	for name, want := range map[string]string{
		"_bucket0.0005": "0", "_bucket0.001": "1", "_bucket0.0025": "2", "_bucket1.0": "2", "_bucket5.0": "3", "_bucket60.0": "3", "_bucket+Inf": "4",
		"_count": "4", "_sum": "93.002000001",
	} {
		if values[name] != want {
			t.Errorf("%s is %q, want %s", name, values[name], want)
		}
	}
}

func TestCountersDoNotFallWhenTheJournalDropsCalls(t *testing.T) {
	j := journal.New(journal.Options{MaxCalls: 5})
	fold := New(j, time.Now)
	fold.Watch()
	defer fold.Close()
	last := 0.0
	for i := range 2000 {
		j.Append(&journal.Call{Operation: scim.OpUserGet, Status: 200})
		if i%100 != 0 {
			continue
		}
		families, _, err := parse(string(fold.AppendMetrics(nil, "1", nil)))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, name := range []string{"airmock_calls", "airmock_calls_missed"} {
			for _, s := range families[name].samples {
				n, _ := strconv.ParseFloat(s.value, 64)
				sum += n
			}
		}
		if counted, _ := strconv.ParseFloat(families["airmock_calls"].samples[0].value, 64); counted < last || sum != float64(i+1) {
			t.Fatalf("after %d calls: %v counted, %v before, %v with those missed", i+1, counted, last, sum)
		} else {
			last = counted
		}
	}
}
