package session

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Bounds of a report, so that it fits into a ticket, which takes some 65,000
// characters.
const (
	maxRows     = 200
	maxFailures = 30
	maxCycles   = 20
)

// writeReport writes a report of calls in Markdown.
func writeReport(w io.Writer, calls []*journal.Call, o Options) error {
	out := bufio.NewWriter(w)
	r := &report{out, calls, o}
	r.head()
	r.cycles()
	r.happened()
	r.failures()
	r.quirks()
	return out.Flush()
}

// report is a report that is being written. Flush has the error of its writer.
type report struct {
	*bufio.Writer
	calls []*journal.Call
	o     Options
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

func (r *report) head() {
	numbers := slices.Compact(sortedCycles(r.calls))
	switch len(numbers) {
	case 0:
		r.printf("# airmock: no calls\n")
	case 1:
		r.printf("# airmock: cycle %d\n", numbers[0])
	default:
		r.printf("# airmock: cycles %d to %d\n", numbers[0], numbers[len(numbers)-1])
	}
	r.printf("\n%s", counted(len(r.calls), "call"))
	if len(r.calls) > 0 {
		first, last := span(r.calls)
		r.printf(", %s to %s UTC (%s)", first.UTC().Format(time.DateTime), last.UTC().Format(time.TimeOnly), rounded(last.Sub(first)))
	}
	r.printf(", on %s, airmock %s\n", markdown(r.o.TenantURL), markdown(cmp.Or(r.o.Version, "(devel)")))
}

func sortedCycles(calls []*journal.Call) []int {
	var numbers []int
	for _, c := range calls {
		numbers = append(numbers, c.Cycle)
	}
	slices.Sort(numbers)
	return numbers
}

// span is when the first call began and the last one ended.
func span(calls []*journal.Call) (first, last time.Time) {
	first = calls[0].Time
	for _, c := range calls {
		if c.Time.Before(first) {
			first = c.Time
		}
		if end := c.Time.Add(c.Duration); end.After(last) {
			last = end
		}
	}
	return first, last
}

func rounded(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// cycles says of each cycle that has a call here what it was, all its calls
// counted.
func (r *report) cycles() {
	var all entra.Cycles
	if r.o.Journal != nil {
		all.Observe(r.o.Journal)
	} else {
		all.Observe(r.calls)
	}
	numbers := slices.Compact(sortedCycles(r.calls))
	if left := len(numbers) - maxCycles; left > 0 {
		r.printf("\nThe %s before cycle %d is left out here.\n", counted(left, "cycle"), numbers[left])
		numbers = numbers[left:]
	}
	for _, number := range numbers {
		parts := all.Numbered(number)
		for _, c := range parts {
			r.cycle(&c, len(parts))
		}
	}
}

// cycle is one of so many with its number.
func (r *report) cycle(c *entra.Cycle, parts int) {
	part := ""
	if parts > 1 {
		part = fmt.Sprintf(", part %d of %d", c.Part, parts)
	}
	r.printf("\n## Cycle %d%s: %s\n\n", c.Number, part, c.Kind)
	if c.Because != "" {
		r.printf("%s\n\n", markdown(c.Because))
	}
	r.printf("| | |\n|---|---:|\n| Calls | %d |\n| Duration | %s |\n", c.Calls, rounded(c.Duration()))
	if rate := c.Rate(); rate > 0 && c.Calls > 1 {
		r.printf("| Calls a second | %.1f |\n", rate)
	}
	for _, n := range []struct {
		what string
		n    int
	}{
		{"Probes", c.Probes}, {"Looked up", c.LookedUp}, {"Read", c.Read}, {"Listed", c.Listed},
		{"Created", c.Created}, {"Updated", c.Updated}, {"Disabled", c.Disabled}, {"Enabled", c.Enabled}, {"Deleted", c.Deleted},
		{"Members added", c.MembersAdded}, {"Members removed", c.MembersRemoved},
		{"Unchanged", c.Unchanged}, {"Other", c.Other}, {"Failed", c.Failed},
	} {
		if n.n > 0 {
			r.printf("| %s | %d |\n", n.what, n.n)
		}
	}
	if c.Kind == entra.CycleIncremental {
		r.list("New against the cycle before:", c.New, c.NewCount)
	}
	var notices []string
	for _, n := range c.Notices {
		notices = append(notices, n.Text)
	}
	r.list("What stands out:", notices, len(notices))
}

// list lists the first of n texts.
func (r *report) list(title string, texts []string, n int) {
	if len(texts) == 0 {
		return
	}
	r.printf("\n%s\n\n", title)
	for _, text := range texts {
		r.printf("- %s\n", markdown(text))
	}
	if n > len(texts) {
		r.printf("- … and %d more\n", n-len(texts))
	}
}

func (r *report) happened() {
	if len(r.calls) == 0 {
		return
	}
	r.printf("\n## What happened\n\n| Call | Time (UTC) | Method | Status | ms | What |\n|---:|---|---|---:|---:|---|\n")
	for _, c := range r.calls[:min(len(r.calls), maxRows)] {
		r.printf("| %d | %s | %s | %s | %.1f | %s |\n", c.Seq, c.Time.UTC().Format("15:04:05.000"), markdown(c.Method), status(c),
			float64(c.Duration)/float64(time.Millisecond), markdown(entra.Tell(c).Text))
	}
	if more := len(r.calls) - maxRows; more > 0 {
		r.printf("\n… and %s more.\n", counted(more, "call"))
	}
}

func status(c *journal.Call) string {
	if c.Status == 0 {
		return "no answer"
	}
	return fmt.Sprint(c.Status)
}

// failed reports whether a call was refused, or got no answer.
func failed(c *journal.Call) bool { return c.Status == 0 || c.Status >= http.StatusBadRequest }

// failures lists what failed, the operations of bulk requests one by one.
func (r *report) failures() {
	n := 0
	for _, c := range r.calls {
		for one := range c.All() {
			if !failed(one) {
				continue
			}
			if n++; n == 1 {
				r.printf("\n## Failures\n\n")
			}
			if n <= maxFailures {
				r.failure(c, one)
			}
		}
	}
	if n > maxFailures {
		r.printf("- … and %d more\n", n-maxFailures)
	}
}

// failure is a call that failed, or an operation of the bulk request whole.
func (r *report) failure(whole, c *journal.Call) {
	of := ""
	if c != whole {
		of = ", an operation of it"
	}
	r.printf("- **Call %d**%s, %s %s → %s: %s\n", whole.Seq, of, markdown(c.Method), markdown(c.Path), strings.TrimSpace(status(c)+" "+markdown(string(c.ScimType))), markdown(entra.Tell(c).Text))
	if c.Error != "" {
		r.printf("  - Detail: %s\n", markdown(c.Error))
	}
	if c.Fault != nil {
		r.printf("  - On purpose: %s (%s)\n", markdown(c.Fault.Text), markdown(c.Fault.Detail))
	}
	if next := entra.Tell(c).Next; next != "" {
		r.printf("  - %s\n", markdown(next))
	}
}

// quirks counts the quirks and says what each is.
func (r *report) quirks() {
	counts := map[scim.Quirk]int{}
	for _, c := range r.calls {
		for one := range c.All() {
			for _, q := range one.Quirks {
				counts[q]++
			}
		}
	}
	if len(counts) == 0 {
		return
	}
	r.printf("\n## Quirks\n\n| Quirk | Times | What it is |\n|---|---:|---|\n")
	for _, q := range slices.Sorted(maps.Keys(counts)) {
		info := entra.Quirk(q)
		text := info.Summary
		if info.Source != "" {
			text += " (" + info.Source + ")"
		}
		r.printf("| %s | %d | %s |\n", markdown(string(q)), counts[q], markdown(text))
	}
}

// markdown is text as a line of Markdown that shows it as it is: nothing in it
// is markup, ends a cell of a table, or calls somebody by an @ in front.
func markdown(text string) string {
	text = plainLine(text)
	var b strings.Builder
	before := ' '
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '@' && strings.ContainsRune(" (,;:[", before):
			b.WriteString("&#64;")
		case strings.ContainsRune("\\`*_{}[]#|~!$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}
