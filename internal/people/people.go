// Package people takes users, groups and other resources out of a tenant and
// into one: as JSON, as CSV, and invented. An import reads each row as a POST or
// PUT of it would be read, finds what is there already, and follows references
// from the ids of the file to those of the tenant.
package people

import (
	"fmt"
	"iter"

	"airmock/internal/scim"
)

// Row is one resource of a file.
type Row struct {
	Line int         // where it begins in its file, from 1; 0 where it is of none
	Type string      // the name of its resource type; "" to find it out
	Doc  *scim.Value // as a client would send it
	Err  error       // why it cannot be read, while the rows behind it can
}

// Rows are the rows of a file, or of an invention. An error ends them.
type Rows = iter.Seq2[Row, error]

// FileError is a place from which on a file cannot be read.
type FileError struct {
	Line, Column int // from 1
	Reason       string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// maxRow bounds a resource in a file, in bytes. A group with 100,000 members
// takes about 20 MB.
const maxRow = 64 << 20

var errTooLarge = fmt.Errorf("a single resource takes more than %d MiB", maxRow>>20)

// Format is how a file is written.
type Format string

// The formats.
const (
	JSON Format = "json" // an array, a ListResponse, one resource, or one after the other (NDJSON)
	CSV  Format = "csv"
)
