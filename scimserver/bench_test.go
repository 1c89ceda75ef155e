package scimserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/scimserver"
)

// benchUsers is how many users the tenant of a benchmark has.
const benchUsers = 1000

const benchUser = `{"schemas":["` + scim.URNUser + `","` + scim.URNEnterprise + `"],"externalId":"e-%[1]d","userName":"user%[1]d@contoso.com",` +
	`"active":true,"displayName":"User %[1]d","title":"Engineer","preferredLanguage":"en-US",` +
	`"name":{"formatted":"Given Family","familyName":"Family","givenName":"Given"},` +
	`"emails":[{"primary":true,"type":"work","value":"user%[1]d@contoso.com"}],` +
	`"addresses":[{"type":"work","streetAddress":"1 Main Street","locality":"Redmond","region":"WA","postalCode":"98052","country":"US","formatted":"18/2111"}],` +
	`"phoneNumbers":[{"value":"555 0100","type":"work"},{"value":"555 0101","type":"mobile"},{"value":"555 0102","type":"fax"}],` +
	`"` + scim.URNEnterprise + `":{"employeeNumber":"%[1]d","department":"Retail"}}`

// benchTenant has benchUsers users and a group with all of them.
type benchTenant struct {
	journal *journal.Journal
	handler http.Handler
	group   string
}

func newBenchTenant(b *testing.B) *benchTenant {
	b.Helper()
	catalog := scim.StandardCatalog()
	b.StopTimer()
	tenant := &benchTenant{journal: journal.New(journal.Options{})}
	tenant.handler = tenant.record(scimserver.New(scimserver.Options{
		Store: openStore(b, catalog, time.Now), Catalog: catalog, BasePath: basePath, Secret: secret,
	}))
	var members []string
	for i := range benchUsers {
		tenant.serve(b, "POST", "/Users", fmt.Sprintf(benchUser, i))
		members = append(members, fmt.Sprintf(`{"value":"%d"}`, i+1))
	}
	w := tenant.serve(b, "POST", "/Groups", `{"displayName":"All","members":[`+strings.Join(members, ",")+`]}`)
	location := w.Header().Get("Location")
	tenant.group = location[strings.LastIndexByte(location, '/')+1:]
	return tenant
}

func (tenant *benchTenant) record(next http.Handler) http.Handler {
	return tenant.journal.Record(next, journal.RecordOptions{Bases: scimserver.Bases(basePath)})
}

func (tenant *benchTenant) serve(b *testing.B, method, path, body string) *httptest.ResponseRecorder {
	b.Helper()
	w := serveOnce(tenant.handler, method, path, body)
	if w.Code >= 300 {
		b.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w
}

func serveOnce(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, basePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// BenchmarkServe reports, as x-bare, how many times the time of a handler that
// writes the same bytes each request takes; both are recorded by a journal.
func BenchmarkServe(b *testing.B) {
	next := benchUsers
	requests := []struct {
		name, method string
		path         func(*benchTenant, int) string
		body         func(int) string
	}{
		{"get", "GET", func(_ *benchTenant, i int) string { return "/Users/" + strconv.Itoa(i%benchUsers+1) }, nil},
		{"lookup", "GET", func(_ *benchTenant, i int) string {
			return fmt.Sprintf("/Users?filter=userName+eq+%%22user%d@contoso.com%%22", i%benchUsers)
		}, nil},
		{"list100", "GET", func(*benchTenant, int) string { return "/Users" }, nil},
		{"groupOf1000", "GET", func(t *benchTenant, _ int) string { return "/Groups/" + t.group }, nil},
		{"groupWithoutMembers", "GET", func(t *benchTenant, _ int) string { return "/Groups/" + t.group + "?excludedAttributes=members" }, nil},
		{"create", "POST", func(*benchTenant, int) string { return "/Users" }, func(int) string { next++; return fmt.Sprintf(benchUser, next) }},
		{"patchActive", "PATCH", func(_ *benchTenant, i int) string { return "/Users/" + strconv.Itoa(i%benchUsers+1) }, func(i int) string {
			return patchBody(fmt.Sprintf(`{"op":"Replace","path":"active","value":"%s"}`, [...]string{"False", "True"}[i/benchUsers%2]))
		}},
	}
	for _, req := range requests {
		b.Run(req.name, func(b *testing.B) {
			tenant := newBenchTenant(b)
			body := func(i int) string {
				if req.body == nil {
					return ""
				}
				return req.body(i)
			}
			sample := tenant.serve(b, req.method, req.path(tenant, 0), body(0)).Body.Bytes()
			bare := tenant.record(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/scim+json")
				w.Header().Set("Content-Length", strconv.Itoa(len(sample)))
				_, _ = w.Write(sample)
			}))
			start := time.Now()
			for i := range b.N {
				serveOnce(bare, req.method, req.path(tenant, i), body(i))
			}
			baseline := time.Since(start)

			b.ReportAllocs()
			b.ResetTimer()
			b.StartTimer()
			for i := range b.N {
				tenant.serve(b, req.method, req.path(tenant, i), body(i))
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed())/float64(baseline), "x-bare")
		})
	}
}

// BenchmarkManager reports, as x-without, how many times the time of a user
// without a manager a user with one takes to read.
func BenchmarkManager(b *testing.B) {
	tenant := newBenchTenant(b)
	tenant.serve(b, "PATCH", "/Users/2", patchBody(`{"op":"add","path":"manager","value":"3"}`))
	var took [2]time.Duration
	b.StartTimer()
	for range b.N {
		for i, id := range []string{"1", "2"} {
			start := time.Now()
			tenant.serve(b, "GET", "/Users/"+id, "")
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "x-without")
}
