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
// JSON is a ListResponse (RFC 7644 section 3.4.2) with a resource a line, as the
// SCIM endpoints answer, but for the URLs, which are of this tenant. CSV has the
// columns that the resources need, see column.
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

// each hands each resource to do.
func (e *exporter) each(do func(rt *scim.ResourceType, doc *scim.Value) error) error {
	for _, rt := range e.what.Types {
		query := store.Query{Type: rt, Filter: e.what.Filter, Count: exportPage}
		for {
			page, err := e.store.Query(e.ctx, query)
			if err != nil {
				return err
			}
			for _, res := range page.Resources {
				doc, err := e.document(res)
				if err != nil {
					return err
				}
				if err := do(rt, doc); err != nil {
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

// document renders a resource without what is true in this tenant only.
func (e *exporter) document(res *store.Resource) (*scim.Value, error) {
	doc, err := res.Type.ParseImage(res.Image)
	if err != nil {
		return nil, err
	}
	meta := scim.NewObject()
	for _, name := range []string{"resourceType", "created", "lastModified"} {
		meta.Set(name, doc.Get("meta").Get(name))
	}
	doc.Delete("meta")
	if res.Type.HasMembers() {
		members := scim.NewArray()
		for _, m := range e.store.Members(res.ID) {
			members.Append(reference(m))
		}
		doc.Set("members", members)
	}
	if groups := e.store.GroupsOf(res.ID); res.Type.HasGroups() && len(groups) > 0 {
		list := scim.NewArray()
		for _, g := range groups {
			list.Append(reference(g))
		}
		doc.Set("groups", list)
	}
	doc.Set("meta", meta)
	return doc, nil
}

// reference renders a resource as another one refers to it.
func reference(res *store.Resource) *scim.Value {
	v := scim.NewObject()
	v.Set("value", scim.NewString(res.ID))
	v.Set("type", scim.NewString(res.Type.Name))
	name := res.DisplayName
	if name == "" {
		name = res.Name
	}
	v.Set("display", scim.NewString(name))
	return v
}

func (e *exporter) json() error {
	_, _ = e.out.WriteString(`{"schemas":["` + scim.URNListResponse + `"],"Resources":[`)
	n := 0
	var line []byte
	err := e.each(func(_ *scim.ResourceType, doc *scim.Value) error {
		separator := "\n"
		if n > 0 {
			separator = ",\n"
		}
		n++
		line = doc.AppendJSON(append(line[:0], separator...))
		_, err := e.out.Write(line)
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
	err := e.each(func(rt *scim.ResourceType, doc *scim.Value) error {
		sheet.flatten(rt, doc)
		return nil
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
	return e.each(func(rt *scim.ResourceType, doc *scim.Value) error {
		cells := sheet.flatten(rt, doc)
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
