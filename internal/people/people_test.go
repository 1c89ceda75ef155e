package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/store"
)

// memory returns an empty store that keeps nothing.
func memory(tb testing.TB) *store.Store {
	tb.Helper()
	s := store.New(store.Options{Memory: true})
	if err := s.Open(context.Background()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// importText imports a file.
func importText(tb testing.TB, s *store.Store, text string, o Options) Report {
	tb.Helper()
	catalog := scim.StandardCatalog()
	report, err := Import(context.Background(), s, catalog, NewReader(strings.NewReader(text), "", catalog).Rows(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// exportText exports everything.
func exportText(tb testing.TB, s *store.Store, format Format, types ...string) string {
	tb.Helper()
	if types == nil {
		types = []string{"User", "Group"}
	}
	var what Selection
	for _, name := range types {
		what.Types = append(what.Types, scim.StandardCatalog().Type(name))
	}
	var out bytes.Buffer
	if err := Export(context.Background(), &out, s, format, what); err != nil {
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

var _ = errors.New
