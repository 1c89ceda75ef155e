// Package session writes calls as files for others, and reads them back: HAR
// for the viewers that everybody has, NDJSON for programs, curl for a shell, a
// report in Markdown for a ticket.
//
// A form says what it has a place for, and what a call holds beyond that stands
// beside it, in the member exact: so that a session which was exported and read
// again is the same journal, whichever form it took.
package session

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// Format is a form of a session.
type Format string

// The formats. Read reads the first two.
const (
	HAR      Format = "har"      // HTTP Archive 1.2, see https://w3c.github.io/web-performance/specs/HAR/Overview.html
	NDJSON   Format = "ndjson"   // the JSON of a call on each line, see entra.AppendCall
	Curl     Format = "curl"     // commands for a POSIX shell
	Markdown Format = "markdown" // a report for a ticket
)

// Formats lists the names of the formats.
func Formats() []string { return []string{string(HAR), string(NDJSON), string(Curl), string(Markdown)} }

// Options say how calls are written.
type Options struct {
	Version      string          // of airmock
	TenantURL    string          // under which the calls are shown
	Catalog      *scim.Catalog   // of the tenant; nil: the standard one
	Journal      []*journal.Call // all calls of the journal that those are from, so that a report can compare cycles; nil: there are no others
	RedactPeople bool            // replace whoever is named, see the type stranger
}

// Write writes calls, oldest first.
func Write(w io.Writer, f Format, calls []*journal.Call, o Options) error {
	o.TenantURL = cmp.Or(o.TenantURL, "http://127.0.0.1:7644")
	if o.RedactPeople {
		calls, o = o.redacted(calls)
	}
	switch f {
	case HAR:
		return writeHAR(w, calls, o)
	case NDJSON:
		return writeNDJSON(w, calls, o)
	case Curl:
		return writeCurl(w, calls, o)
	case Markdown:
		return writeReport(w, calls, o)
	}
	return fmt.Errorf("there is no format %q", f)
}

// redacted returns calls and what is said of them without people.
func (o Options) redacted(calls []*journal.Call) ([]*journal.Call, Options) {
	n := len(calls)
	all, tenantURL := redactPeople(slices.Concat(calls, o.Journal), o.Catalog, o.TenantURL)
	o.TenantURL = tenantURL
	if o.Journal != nil {
		o.Journal = all[n:]
	}
	return all[:n], o
}
