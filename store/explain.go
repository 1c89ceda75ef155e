package store

import "strings"

// Explain returns in words how the store finds the resources of a query:
//
//	order of creation
//	index userName eq, then filter
//	index externalId eq or index emails.value eq, then filter, then sort
//	index active eq
//	scan, then filter
//
// Of an and, the part that leaves the fewest resources is read from its index,
// and the filter evaluated on these. "nothing" stands for a filter that names
// no attribute of the type. A query over several types has a part for each:
// "Group: scan, then filter; User: index userName eq, then filter".
func (s *Store) Explain(q Query) string {
	m := s.model.Load()
	tables, err := m.tablesOf(q.Type)
	if err != nil {
		return err.Error()
	}
	return explain(m.accesses(tables, q), q.Sort != nil)
}

func explain(all []access, sorted bool) string {
	if len(all) == 1 {
		return all[0].explain(sorted)
	}
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = a.table.rt.Name + ": " + a.explain(sorted)
	}
	return strings.Join(parts, "; ")
}

func (a access) explain(sorted bool) string {
	words := a.words
	switch {
	case words != "":
	case a.filter == nil && !sorted:
		return "order of creation"
	default:
		words = "scan"
	}
	if a.exact == nil {
		words += ", then filter"
	}
	if sorted {
		words += ", then sort"
	}
	return words
}
