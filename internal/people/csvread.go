package people

import (
	"fmt"
	"io"
	"strings"

	"airmock/internal/nearest"
	"airmock/internal/scim"
)

// typeHeading is the heading of the column that says what a row is, in files
// that hold several types of resources.
const typeHeading = "resourceType"

// table is a CSV file on its way in.
type table struct {
	reader   *Reader
	heads    []string
	typeAt   int // the index of the column of types; -1 for none
	fallback *scim.ResourceType
	columns  map[string][]column // by the type's name
}

// readCSV reads the rows of a CSV file. Its first line has the headings.
func (r *Reader) readCSV(yield func(Row, error) bool) {
	records := newCSVReader(r.in)
	heads, line, err := records.read()
	if err == io.EOF {
		yield(Row{}, &FileError{1, 1, "the file is empty; a CSV file begins with a line of headings, such as userName,name.givenName"})
		return
	}
	t := &table{reader: r, heads: heads, typeAt: -1, columns: make(map[string][]column)}
	if err == nil {
		err = t.begin(line)
	}
	for err == nil {
		var record []string
		if record, line, err = records.read(); err == io.EOF {
			return
		}
		if err == nil && !yield(t.row(record, line), nil) {
			return
		}
	}
	yield(Row{}, err)
}

// begin looks at the headings.
func (t *table) begin(line int) error {
	seen := make(map[string]bool)
	for i, head := range t.heads {
		head = unguarded(strings.TrimSpace(head))
		t.heads[i] = head
		folded := head
		if !strings.Contains(head, `"`) { // in quotes, case tells apart
			folded = strings.ToLower(head)
		}
		switch {
		case head == "":
			continue
		case seen[folded]:
			return &FileError{line, 1, fmt.Sprintf("the heading %q is there twice", clip(head))}
		case folded == strings.ToLower(typeHeading), folded == "meta.resourcetype":
			t.typeAt = i
		}
		seen[folded] = true
	}
	if t.typeAt >= 0 {
		return nil
	}
	t.fallback = t.guess()
	if t.fallback == nil {
		hint := ""
		if near := nearest.To("userName", t.heads); near != "" {
			hint = fmt.Sprintf(" (is %q meant?)", clip(near))
		}
		return &FileError{line, 1, fmt.Sprintf("no heading says what the rows are; users need userName%s, groups displayName, and others a column %s",
			hint, typeHeading)}
	}
	return nil
}

// guess is the type of resources that have these headings.
func (t *table) guess() *scim.ResourceType {
	has := func(name string) bool {
		for _, head := range t.heads {
			if strings.EqualFold(head, name) {
				return true
			}
		}
		return false
	}
	switch {
	case has("userName"):
		return t.reader.catalog.Type("User")
	case has("displayName"):
		return t.reader.catalog.Type("Group")
	}
	return nil
}

// row makes a resource of a record.
func (t *table) row(record []string, line int) Row {
	row := Row{Line: line}
	for len(record) > len(t.heads) && record[len(record)-1] == "" { // as spreadsheets leave behind
		record = record[:len(record)-1]
	}
	if len(record) > len(t.heads) {
		row.Err = fmt.Errorf("the row has %d cells, the heading %d; quote a cell that holds a comma", len(record), len(t.heads))
		return row
	}
	rt := t.fallback
	if t.typeAt >= 0 {
		var name string
		if t.typeAt < len(record) {
			name = strings.TrimSpace(unguarded(record[t.typeAt]))
		}
		if rt, row.Err = typeNamed(t.reader.catalog, name); row.Err != nil {
			return row
		}
	}
	row.Type = rt.Name
	row.Doc = scim.NewObject()
	row.Doc.Set("schemas", scim.NewArray())
	columns := t.columnsOf(rt)
	for i, cell := range record {
		if cell != "" && i != t.typeAt {
			columns[i].put(row.Doc, unguarded(cell))
		}
	}
	row.Doc.Set("schemas", schemasOf(rt, row.Doc))
	return row
}

// typeNamed returns the type with that name, in any case.
func typeNamed(catalog *scim.Catalog, name string) (*scim.ResourceType, error) {
	var names []string
	for _, rt := range catalog.ResourceTypes {
		if strings.EqualFold(rt.Name, name) {
			return rt, nil
		}
		names = append(names, rt.Name)
	}
	return nil, fmt.Errorf("there is no resource type %q%s; the tenant has %s", clip(name), nearest.Hint(name, names), strings.Join(names, ", "))
}

// schemasOf lists the schemas that a resource uses.
func schemasOf(rt *scim.ResourceType, doc *scim.Value) *scim.Value {
	list := scim.NewArray(scim.NewString(rt.Schema.ID))
	for _, ext := range rt.Extensions {
		if doc.Get(ext.Schema.ID) != nil {
			list.Append(scim.NewString(ext.Schema.ID))
		}
	}
	return list
}

// columnsOf returns what the headings mean for resources of a type. One that
// the type does not know is told of and kept as it is.
func (t *table) columnsOf(rt *scim.ResourceType) []column {
	if known, ok := t.columns[rt.Name]; ok {
		return known
	}
	columns := make([]column, len(t.heads))
	for i, head := range t.heads {
		c, err := parseHeading(rt, head)
		switch {
		case head == "" || i == t.typeAt:
			c = column{shape: shapeIgnored}
		case err != nil:
			c = column{path: []string{head}}
			t.note(i, err)
		case c.def == nil && c.shape == shapeAny && head[0] != '[':
			_, strict := rt.ParsePath(head, &scim.Reading{Profile: scim.RFC})
			t.note(i, strict)
		}
		columns[i] = c
	}
	t.columns[rt.Name] = columns
	return columns
}

// maxNotes bounds Reader.Notes.
const maxNotes = 20

// note notes that a column is strange, as its heading's refusal says. That of a
// path says where in it, which helps nobody with a heading.
func (t *table) note(i int, refusal error) {
	reason := reasonOf(refusal)
	if place, what, ok := strings.Cut(reason, ": "); ok && strings.HasPrefix(place, "path, character ") {
		reason = what
	}
	if t.typeAt < 0 && len(t.reader.notes) < maxNotes { // else it may be a column of another type
		t.reader.notes = append(t.reader.notes, fmt.Sprintf("column %d, %q, is kept as it is: %s", i+1, clip(t.heads[i]), reason))
	}
}
