package linelog

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// row is what a line shows of a call. The names of its members are those of a
// call's JSON form.
type row struct {
	Time       time.Time  `json:"time"`
	Method     string     `json:"method"`
	Status     int        `json:"status"`
	DurationMs float64    `json:"durationMs"`
	Story      string     `json:"story"`
	Quirks     []string   `json:"quirks"`
	Fault      *faultText `json:"fault"`
}

type faultText struct {
	Text string `json:"text"`
}

// Line returns a call as one line that a terminal can be shown:
//
//	21:04:11  PATCH  200     0.8ms  Disable a.kim@contoso.com  ~active-as-string
//
// Quirks stand behind a tilde, and the rule of an injected fault behind ⚡. The
// status is --- where the client got no answer.
func Line(c *journal.Call, loc *time.Location) string {
	return string(rowOf(c).append(nil, loc, false))
}

// LineOfJSON is Line for the JSON form of a call.
//
// It takes {"missed": 12} too, which stands for calls that the journal dropped
// before they could be shown.
func LineOfJSON(call []byte, loc *time.Location) (string, error) {
	var r struct {
		row
		Missed int `json:"missed"`
	}
	if err := json.Unmarshal(call, &r); err != nil {
		return "", fmt.Errorf("read a call: %w", err)
	}
	if r.Missed > 0 {
		return strings.TrimSuffix(string(appendMissed(nil, r.Missed)), "\n"), nil
	}
	return string(r.append(nil, loc, false)), nil
}

func rowOf(c *journal.Call) row {
	r := row{
		Time:       c.Time,
		Method:     c.Method,
		Status:     c.Status,
		DurationMs: float64(c.Duration) / float64(time.Millisecond),
		Story:      entra.Tell(c).Text,
		Quirks:     make([]string, len(c.Quirks)),
	}
	for i, q := range c.Quirks {
		r.Quirks[i] = string(q)
	}
	if c.Fault != nil {
		r.Fault = &faultText{c.Fault.Text}
	}
	return r
}

// The colours, of the sixteen that every theme of a terminal sets.
const (
	plain   = "\x1b[0m"
	dim     = "\x1b[2m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	magenta = "\x1b[35m"
)

func (r row) append(dst []byte, loc *time.Location, color bool) []byte {
	p := painter{dst: dst, color: color}
	p.paint(dim, r.Time.In(loc).Format(time.TimeOnly))
	p.paint("", "  "+safetext.Fit(safetext.Line(r.Method), 6)+" ")
	p.paint(statusColor(r.Status), status(r.Status))
	p.paint(dim, fmt.Sprintf("  %8s  ", fmt.Sprintf("%.1fms", r.DurationMs)))
	p.paint("", safetext.Line(r.Story))
	for _, q := range r.Quirks {
		p.paint(dim, "  ~"+safetext.Line(q))
	}
	if r.Fault != nil {
		p.paint(magenta, "  ⚡ "+safetext.Line(r.Fault.Text))
	}
	return p.dst
}

func status(code int) string {
	if code == 0 {
		return "---"
	}
	return fmt.Sprintf("%3d", code)
}

func statusColor(code int) string {
	switch {
	case code >= 200 && code < 300:
		return green
	case code >= 300 && code < 500:
		return yellow
	}
	return red
}

// painter appends text in colours, where there are to be some.
type painter struct {
	dst   []byte
	color bool
}

func (p *painter) paint(color, text string) {
	if !p.color || color == "" {
		p.dst = append(p.dst, text...)
		return
	}
	p.dst = append(p.dst, color...)
	p.dst = append(p.dst, text...)
	p.dst = append(p.dst, plain...)
}
