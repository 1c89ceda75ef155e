package people

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"airmock/internal/scim"
	"airmock/store"
)

// BenchmarkImport imports 10,000 users with their groups and reports how much
// longer that takes than reading them and storing each by a call of its own.
func BenchmarkImport(b *testing.B) {
	catalog := scim.StandardCatalog()
	source := memory(b)
	if _, err := Import(b.Context(), source, catalog, Invent(10_000, 100, 1), Options{}); err != nil {
		b.Fatal(err)
	}
	for _, format := range []Format{JSON, CSV} {
		file := []byte(exportText(b, source, format))
		b.Run(string(format), func(b *testing.B) {
			var imported, single time.Duration
			for range b.N {
				s, start := memory(b), time.Now()
				report, err := Import(b.Context(), s, catalog, NewReader(bytes.NewReader(file), "", catalog).Rows(), Options{})
				if err != nil || report.Created != 10_100 {
					b.Fatal(summary(report), err)
				}
				imported += time.Since(start)
				single += oneByOne(b, memory(b), file)
			}
			b.ReportMetric(imported.Seconds()/single.Seconds(), "of-single-creates")
			b.ReportMetric(10_100*float64(b.N)/imported.Seconds(), "rows/s")
		})
	}
}

// oneByOne stores the users of a file one after the other.
func oneByOne(b *testing.B, s *store.Store, file []byte) time.Duration {
	start := time.Now()
	rt := scim.StandardCatalog().Type("User")
	for row, err := range NewReader(bytes.NewReader(file), "", scim.StandardCatalog()).Rows() {
		if err != nil {
			b.Fatal(err)
		}
		if row.Doc.Get("userName") == nil {
			continue
		}
		draft, err := rt.ReadResource(row.Doc, &scim.Reading{})
		if err == nil {
			_, err = s.Create(b.Context(), rt, draft)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

func BenchmarkExport(b *testing.B) {
	s := memory(b)
	catalog := scim.StandardCatalog()
	if _, err := Import(b.Context(), s, catalog, Invent(10_000, 100, 1), Options{}); err != nil {
		b.Fatal(err)
	}
	for _, format := range []Format{JSON, CSV} {
		b.Run(fmt.Sprint(format), func(b *testing.B) {
			for range b.N {
				if err := Export(b.Context(), io.Discard, s, format, Selection{Types: catalog.ResourceTypes}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(10_100*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
