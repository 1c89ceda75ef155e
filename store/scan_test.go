package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"airmock/internal/scim"
)

// scannable returns a store with so many users, and a query that has to look at
// all of them.
func scannable(tb testing.TB, n int) (*Store, Query) {
	s := memoryStore(tb)
	for i := range n {
		mustCreate(tb, s, users(s), fmt.Sprintf(`{"userName":"u%d","title":"Title %d","name":{"familyName":"Family%d"},"emails":[{"type":"work","value":"u%d@contoso.com"}]}`, i, i%10, i, i))
	}
	return s, Query{Type: users(s), Filter: filter(tb, users(s), `title co "E 7" and emails[type eq "WORK" and value ew ".COM"]`), Count: 5}
}

func TestManyScansAtOnceAllAnswer(t *testing.T) {
	s, q := scannable(t, 2*scanLong)
	var all sync.WaitGroup
	for range 40 * cap(s.scans) {
		all.Go(func() {
			page, err := s.Query(t.Context(), q)
			if err != nil || page.Total != 2*scanLong/10 || len(page.Resources) != q.Count {
				t.Errorf("found %d, %d on the page, %v", page.Total, len(page.Resources), err)
			}
		})
	}
	all.Wait()
	if len(s.scans) != 0 {
		t.Errorf("%d are in the line still", len(s.scans))
	}
}

func TestALongScanWaitsInLine(t *testing.T) {
	s, q := scannable(t, scanLong+1)
	for range cap(s.scans) { // others that do not end
		if err := s.scans.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("and leaves it at once where it is canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() {
			_, err := s.Query(ctx, q)
			errs <- err
		}()
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Run("and a read of an index does not", func(t *testing.T) {
		for _, text := range []string{`userName eq "u7"`, `userName sw "u99" and title co "7"`} {
			if page, err := s.Query(t.Context(), Query{Type: users(s), Filter: filter(t, users(s), text), Count: -1}); err != nil || page.Total == 0 {
				t.Errorf("%s: found %d, %v", text, page.Total, err)
			}
		}
		if page, err := s.Query(t.Context(), Query{Type: users(s), Start: scanLong, Count: 5}); err != nil || len(page.Resources) != 2 {
			t.Errorf("a page: %d, %v", len(page.Resources), err)
		}
	})
	t.Run("and goes when another one leaves", func(t *testing.T) {
		s.scans.leave()
		if page, err := s.Query(t.Context(), q); err != nil || page.Total != scanLong/10 {
			t.Errorf("found %d, %v", page.Total, err)
		}
	})
}

func TestAScanMakesNoGarbageForEachResource(t *testing.T) {
	s, q := scannable(t, 2*scanLong)
	for _, text := range []string{
		`title co "x"`,
		`name.familyName ew "X"`,
		`emails[type eq "home" and value co "x"]`,
		`emails.type eq "home" or title eq "TITLE X"`,
		`not (title pr)`,
	} {
		q.Filter = filter(t, users(s), text)
		made := testing.AllocsPerRun(3, func() {
			if page, err := s.Query(t.Context(), q); err != nil || page.Total != 0 {
				t.Errorf("%s: found %d, %v", text, page.Total, err)
			}
		})
		if made > scanLong/10 {
			t.Errorf("%s: %.0f allocations for %d resources", text, made, 2*scanLong)
		}
	}
	q.Filter, q.Sort = nil, &scim.Sort{}
	q.Sort, _ = scim.ParseSort([]*scim.ResourceType{users(s)}, "name.familyName", "", &scim.Reading{})
	if page, err := s.Query(t.Context(), q); err != nil || page.Resources[1].Name != "u1" || page.Total != 2*scanLong {
		t.Errorf("sorted by a text of the tree: %v, %v", ids(page.Resources), err)
	}
}
