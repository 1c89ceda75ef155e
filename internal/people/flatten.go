package people

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"airmock/internal/scim"
)

// sheet works out the columns that resources need. Each resource is shown to it
// twice: first to find the columns, then to be written in them.
type sheet struct {
	mixed bool                     // whether there are several types of resources
	heads map[string]*place        // by heading
	kinds map[string][]string      // the types of the values of an attribute, in their order, by the heading of the attribute
	heard map[headingKey]headingOf // what headings are read as
}

// place is where a column stands.
type place struct {
	heading            string
	rank, kind, number int // of the attribute in its schema, of the value's type, of the first use
}

type headingKey struct {
	rt   *scim.ResourceType
	kind string
	path string // names with NULs between them
}

// headingOf is the heading for a place in a resource.
type headingOf struct {
	text   string
	column column
}

// cells are a resource in columns, by heading.
type cells map[string]string

func newSheet(mixed bool) *sheet {
	return &sheet{mixed: mixed, heads: make(map[string]*place), kinds: make(map[string][]string), heard: make(map[headingKey]headingOf)}
}

// headings returns those that were needed so far, in the order of the schemas.
func (s *sheet) headings() []string {
	var all []*place
	for _, p := range s.heads {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *place) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.kind, b.kind), cmp.Compare(a.number, b.number))
	})
	heads := make([]string, len(all))
	for i, p := range all {
		heads[i] = p.heading
	}
	return heads
}

// flat is a resource on its way into cells.
type flat struct {
	*sheet
	rt   *scim.ResourceType
	into cells
	rank int // of the attribute that is looked at
}

// flatten returns the cells of a resource.
func (s *sheet) flatten(rt *scim.ResourceType, text []byte) (cells, error) {
	doc, err := scim.Parse(bytes.Clone(text)) // a tree keeps its text
	if err != nil {
		return nil, fmt.Errorf("read a stored %s: %w", rt.Name, err)
	}
	f := flat{sheet: s, rt: rt, into: make(cells)}
	if s.mixed {
		f.rank = -1
		f.set(typeHeading, 0, rt.Name)
	}
	for name, v := range doc.Members() {
		switch {
		case name == "meta" || name == "schemas":
		case name == "groups" && rt.HasGroups():
			f.rank = f.rankOf(nil, name)
			f.list(name, textsOf(v, "display"))
		case name == "members" && rt.HasMembers():
			f.rank = f.rankOf(nil, name)
			f.list(name, textsOf(v, "value"))
		default:
			f.member(name, v)
		}
	}
	return f.into, nil
}

// list writes a list of texts; one without any leaves its cell empty.
func (f *flat) list(heading string, texts []string) {
	cell := ""
	if len(texts) > 0 {
		cell = guarded(listCell(texts))
	}
	f.set(heading, 0, cell)
}

// textsOf returns what the values of a list have under a name. Groups that
// somebody is in by way of others are left out.
func textsOf(list *scim.Value, name string) []string {
	var texts []string
	for e := range list.Elements() {
		if e.Get("type").Text() != "indirect" {
			texts = append(texts, e.Get(name).Text())
		}
	}
	return texts
}

// member flattens a member of the resource: an attribute, or the attributes of
// an extension.
func (f *flat) member(name string, v *scim.Value) {
	for _, ext := range f.rt.Extensions {
		if !strings.EqualFold(ext.Schema.ID, name) || v.Kind() != scim.Object {
			continue
		}
		for sub, x := range v.Members() {
			f.rank = f.rankOf(ext.Schema, sub)
			f.attribute([]string{name, sub}, ext.Schema.Attribute(sub), x)
		}
		return
	}
	f.rank = f.rankOf(nil, name)
	f.attribute([]string{name}, attributeOf(f.rt, "", name), v)
}

// attribute flattens an attribute.
func (f *flat) attribute(path []string, def *scim.Attribute, v *scim.Value) {
	switch {
	case def == nil || def.Type != "complex":
		f.leaf(path, "", 0, v)
	case v.Kind() == scim.Object && !def.MultiValued && f.complex(path, def, v):
	case v.Kind() == scim.Array && def.MultiValued && f.typed(path, v):
	default:
		f.leaf(path, "", 0, v)
	}
}

// complex flattens a complex value into columns of its own. It reports whether
// it can.
func (f *flat) complex(path []string, def *scim.Attribute, v *scim.Value) bool {
	if v.Len() == 0 {
		return false
	}
	for name, x := range v.Members() {
		if name == "value" && isLink(def) && x.Kind() == scim.String && jsonOf(x.Text(), scim.Object) == nil {
			f.set(f.heading(path, "").text, 0, guarded(x.Text()))
			continue
		}
		f.leaf(append(slices.Clone(path), name), "", 0, x)
	}
	return true
}

// isLink reports whether an attribute refers to another resource, as manager
// does: its cell is that resource's id.
func isLink(def *scim.Attribute) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(def.SubAttributes, func(a *scim.Attribute) bool { return a.Name == name })
	}
	return def.Type == "complex" && has("value") && has("$ref")
}

// typed flattens several values into columns by their types. It reports whether
// it can: each has a type of its own, and they stand in the order of the
// columns.
func (f *flat) typed(path []string, list *scim.Value) bool {
	key := strings.Join(path, "\x00")
	kinds := f.kinds[key]
	last := -1
	for e := range list.Elements() {
		kind := e.Get("type")
		if kind.Kind() != scim.String || kind.Text() == "" || e.Len() < 2 {
			return false
		}
		at := slices.Index(kinds, kind.Text())
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, kind.Text())
		}
		if at <= last || !f.nameable(path, e) {
			return false
		}
		last = at
	}
	if last < 0 {
		return false
	}
	f.kinds[key] = kinds
	for e := range list.Elements() {
		kind := e.Get("type").Text()
		for name, x := range e.Members() {
			if name != "type" {
				f.leaf(append(slices.Clone(path), name), kind, slices.Index(kinds, kind), x)
			}
		}
	}
	return true
}

// nameable reports whether there are headings for all that a typed value has.
func (f *flat) nameable(path []string, e *scim.Value) bool {
	for name := range e.Members() {
		if name != "type" && f.heading(append(slices.Clone(path), name), e.Get("type").Text()).text == "" {
			return false
		}
	}
	return true
}

// leaf writes a value into a cell of its own.
func (f *flat) leaf(path []string, kind string, kindRank int, v *scim.Value) {
	h := f.heading(path, kind)
	f.set(h.text, kindRank, h.column.cell(v))
}

func (f *flat) set(heading string, kindRank int, cell string) {
	if f.heads[heading] == nil {
		f.heads[heading] = &place{heading, f.rank, kindRank, len(f.heads)}
	}
	f.into[heading] = cell
}

// cell writes a value so that value reads it.
func (c *column) cell(v *scim.Value) string {
	switch c.shape {
	case shapeText:
		if v.Kind() == scim.String {
			return guarded(v.Text())
		}
	case shapeList:
		texts, plain := scalarsOf(v)
		if plain {
			return guarded(listCell(texts))
		}
	case shapeAny:
		return guarded(anyCell(v))
	}
	return guarded(v.String())
}

// scalarsOf returns the texts of a list; plain is false where it holds anything
// but one kind of scalars.
func scalarsOf(list *scim.Value) (texts []string, plain bool) {
	if list.Kind() != scim.Array || list.Len() == 0 {
		return nil, false
	}
	for e := range list.Elements() {
		if e.Kind() != scim.String {
			return nil, false
		}
		texts = append(texts, e.Text())
	}
	return texts, true
}

// heading returns the heading for a place in a resource: its path where that
// is read as the place, else the list of its names; "" where kind leaves only
// the path, and it is not.
func (f *flat) heading(path []string, kind string) headingOf {
	key := headingKey{f.rt, kind, strings.Join(path, "\x00")}
	if h, ok := f.heard[key]; ok {
		return h
	}
	h := f.findHeading(path, kind)
	f.heard[key] = h
	return h
}

func (f *flat) findHeading(path []string, kind string) headingOf {
	for _, text := range f.pathsOf(path, kind) {
		c, err := parseHeading(f.rt, text)
		if err == nil && slices.Equal(c.path, path) && c.kind == kind && c.shape != shapeIgnored && text != typeHeading {
			return headingOf{text, c}
		}
	}
	if kind != "" {
		return headingOf{}
	}
	text, _ := json.Marshal(path)
	return headingOf{string(text), column{path: path}}
}

// pathsOf returns how a PATCH would name a place, the shortest first.
func (f *flat) pathsOf(path []string, kind string) []string {
	urn := ""
	if len(path) > 1 && strings.Contains(path[0], ":") {
		urn, path = path[0]+":", path[1:]
	}
	rest := path[0]
	if kind != "" {
		quoted := scim.NewString(kind).String()
		rest += "[type eq " + quoted + "]"
	}
	if len(path) > 1 {
		rest += "." + strings.Join(path[1:], ".")
	}
	return []string{rest, urn + rest}
}

// rankOf is the place of an attribute among those of all schemas of a type: id
// and names first, then the core schema, the extensions, and what refers to
// other resources.
func (f *flat) rankOf(s *scim.Schema, name string) int {
	const unknown, last = 1 << 20, 1 << 21
	index := func(s *scim.Schema) int {
		return slices.IndexFunc(s.Attributes, func(a *scim.Attribute) bool { return strings.EqualFold(a.Name, name) })
	}
	if s == nil {
		switch {
		case name == "id":
			return 0
		case name == f.rt.NameAttribute():
			return 1
		case name == "externalId":
			return 2
		case isOfServer(f.rt, name), name == "members" && f.rt.HasMembers():
			return last
		}
		if i := index(f.rt.Schema); i >= 0 {
			return 3 + i
		}
		return unknown
	}
	for i, ext := range f.rt.Extensions {
		if ext.Schema == s {
			if at := index(s); at >= 0 {
				return 1<<10*(i+1) + at
			}
		}
	}
	return unknown
}
