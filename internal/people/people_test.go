package people

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"airmock/internal/scim"
	"airmock/store"
)

// tester is a *testing.T, or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
	Context() context.Context
}

// memory returns an empty store that keeps nothing.
func memory(tb tester) *store.Store {
	tb.Helper()
	s := store.New(store.Options{Memory: true})
	if err := s.Open(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// importText imports a file.
func importText(tb tester, s *store.Store, text string, o Options) Report {
	tb.Helper()
	catalog := scim.StandardCatalog()
	file := NewReader(strings.NewReader(text), "", catalog)
	report, err := Import(tb.Context(), s, catalog, file.Rows(), o)
	if err != nil {
		tb.Fatal(err)
	}
	report.Notes = file.Notes()
	return report
}

// exportText exports everything.
func exportText(tb tester, s *store.Store, format Format, types ...string) string {
	tb.Helper()
	if types == nil {
		types = []string{"User", "Group"}
	}
	var what Selection
	for _, name := range types {
		what.Types = append(what.Types, scim.StandardCatalog().Type(name))
	}
	var out bytes.Buffer
	if err := Export(tb.Context(), &out, s, format, what); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// summary is a report in a line.
func summary(r Report) string {
	text := fmt.Sprintf("%d rows: %d created %d updated %d unchanged %d skipped %d failed, %d conflicts",
		r.Rows, r.Created, r.Updated, r.Unchanged, r.Skipped, r.Failed, r.Conflicts)
	for _, p := range r.Problems {
		text += fmt.Sprintf("\n%d/%d %s %s %s: %s", p.Row, p.Line, p.Type, p.Name, p.Outcome, p.Reason)
	}
	if r.Error != "" {
		text += "\n" + r.Error
	}
	for _, n := range r.Notes {
		text += "\n" + n
	}
	return text
}
