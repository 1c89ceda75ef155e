package people

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"

	"airmock/internal/scim"
	"airmock/store"
)

// exportPage is how many resources an export takes from the store at once.
const exportPage = 500

// Selection is what an export is to hold.
type Selection struct {
	Types  []*scim.ResourceType
	Filter scim.Expr // nil for all
}

// Export writes resources as a file that a Reader reads. They are in the order
// of creation, type by type.
//
// JSON is a ListResponse (RFC 7644 section 3.4.2) with a resource a line. CSV has
// the columns that the resources need, see column.
func Export(ctx context.Context, out io.Writer, s *store.Store, format Format, what Selection) error {
	buffered := bufio.NewWriterSize(out, readSize)
	e := exporter{ctx: ctx, store: s, what: what, out: buffered}
	write := e.json
	if format == CSV {
		write = e.csv
	}
	if err := write(); err != nil {
		return err
	}
	return buffered.Flush()
}

type exporter struct {
	ctx   context.Context
	store *store.Store
	what  Selection
	out   *bufio.Writer
}

// each hands the JSON of each resource to do, which must not keep it: what the
// SCIM endpoints answer, without the URLs, which are of this tenant.
func (e *exporter) each(do func(rt *scim.ResourceType, text []byte) error) error {
	var text []byte
	for _, rt := range e.what.Types {
		query := store.Query{Type: rt, Filter: e.what.Filter, Count: exportPage}
		for {
			page, err := e.store.Query(e.ctx, query)
			if err != nil {
				return err
			}
			for _, res := range page.Resources {
				text = e.store.AppendJSON(text[:0], res, store.Show{Members: true, Groups: true})
				if err := do(rt, text); err != nil {
					return err
				}
			}
			if len(page.Resources) == 0 || !page.Later {
				break
			}
			last := page.Place(len(page.Resources) - 1)
			query.After = &last
		}
	}
	return nil
}

func (e *exporter) json() error {
	_, _ = e.out.WriteString(`{"schemas":["` + scim.URNListResponse + `"],"Resources":[`)
	n := 0
	err := e.each(func(_ *scim.ResourceType, text []byte) error {
		separator := "\n"
		if n > 0 {
			separator = ",\n"
		}
		n++
		_, _ = e.out.WriteString(separator) // the error stays
		_, err := e.out.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	total := strconv.Itoa(n)
	_, err = e.out.WriteString("\n],\"totalResults\":" + total + ",\"itemsPerPage\":" + total + ",\"startIndex\":1}\n")
	return err
}

// errChanged is returned where a resource got a value, between the two looks at
// it, for which there is no column.
var errChanged = errors.New("the people were changed while they were being written; export them again")

func (e *exporter) csv() error {
	sheet := newSheet(len(e.what.Types) > 1)
	err := e.each(func(rt *scim.ResourceType, text []byte) error {
		_, err := sheet.flatten(rt, text)
		return err
	})
	if err != nil {
		return err
	}
	heads := sheet.headings()
	if len(heads) == 0 {
		heads = e.bareHeadings(sheet)
	}
	out := csvWriter{e.out}
	record := make([]string, len(heads))
	for i, head := range heads {
		record[i] = guarded(head)
	}
	if err := out.write(record); err != nil {
		return err
	}
	return e.each(func(rt *scim.ResourceType, text []byte) error {
		cells, err := sheet.flatten(rt, text)
		if err != nil {
			return err
		}
		if len(sheet.heads) > len(heads) {
			return errChanged
		}
		for i, head := range heads {
			record[i] = cells[head]
		}
		return out.write(record)
	})
}

// bareHeadings are those of a file without people.
func (e *exporter) bareHeadings(s *sheet) []string {
	heads := []string{"id"}
	if s.mixed {
		return append([]string{typeHeading}, heads...)
	}
	if name := e.what.Types[0].NameAttribute(); name != "" {
		heads = append(heads, name)
	}
	return heads
}
