package scimserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
	"airmock/scimserver"
)

func TestARequestThatWasGivenUp(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "PATCH", basePath+"/Users/"+user, strings.NewReader(patchBody(`{"op":"replace","path":"emails[type eq \"work\"].value","value":"x"}`)))
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAClosedStore(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	f.do("POST", "/Users", `{"userName":"b"}`).wantError(http.StatusServiceUnavailable, "", "shutting down")
}

// Whatever is asked, the answer is SCIM, and never a failure of airmock's own.
func FuzzRequest(f *testing.F) {
	catalog := scim.StandardCatalog()
	st := openStore(f, catalog, time.Now)
	calls := journal.New(journal.Options{MaxCalls: 1})
	handlers := make(map[bool]http.Handler)
	for _, isStrict := range []bool{false, true} {
		o := scimserver.Options{Store: st, Catalog: catalog, BasePath: basePath, Secret: secret}
		if isStrict {
			strict(&o)
		}
		handlers[isStrict] = calls.Record(scimserver.New(o), journal.RecordOptions{Bases: scimserver.Bases(basePath)})
	}
	serve := func(isStrict bool, method string, u *url.URL, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		handlers[isStrict].ServeHTTP(w, r)
		return w
	}
	for _, body := range []string{`{"userName":"b"}`, `{"userName":"c","emails":[{"type":"work","value":"c"}]}`} {
		serve(false, "POST", &url.URL{Path: basePath + "/Users"}, body)
	}
	serve(false, "POST", &url.URL{Path: basePath + "/Groups"}, `{"displayName":"g","members":[{"value":"1"},{"value":"2"}]}`)

	f.Add(false, "GET", "/Users?filter=userName+eq+%22b%22&attributes=emails.value,groups", "")
	f.Add(false, "GET", "/Groups?excludedAttributes=members&filter=members.value+eq+1&startIndex=2&count=-1", "")
	f.Add(true, "GET", `/Users?filter=emails[type eq "work" and not (value co "x")] or meta.created gt "2011-05-13T04:42:34Z"`, "")
	f.Add(false, "GET", "/Users/%2f%2e?count=%zz;", "")
	f.Add(false, "POST", "/Users", `{"userName":"d","active":"True","manager":null,"roles":[]}`)
	f.Add(false, "PUT", "/Users/1", `{"userName":"b","urn:x:y":{"a":[1,{"b":2}]},"name":{"givenName":"B"}}`)
	f.Add(false, "PATCH", "/Users/1?attributes=name", patchBody(`{"op":"Add","value":{"name.givenName":"G","`+scim.URNEnterprise+`:manager":[{"value":"2"}]}}`))
	f.Add(true, "PATCH", "/Users/2", patchBody(`{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"z"}}`))
	f.Add(false, "PATCH", "/Groups/3", patchBody(`{"op":"Remove","path":"members","value":[{"value":"1"}]},{"op":"add","path":"members","value":"1"}`))
	f.Add(false, "DELETE", "/ServiceProviderConfig", "")
	f.Add(false, "GET", "/Schemas/"+scim.URNUser, "")

	f.Fuzz(func(t *testing.T, isStrict bool, method, target, body string) {
		path, query, _ := strings.Cut(target, "?")
		unescaped, err := url.PathUnescape(path)
		if err != nil {
			return // net/http refuses it
		}
		w := serve(isStrict, method, &url.URL{Path: basePath + unescaped, RawPath: basePath + path, RawQuery: query}, body)
		if w.Code == http.StatusInternalServerError {
			t.Fatalf("%s %s: %s", method, target, w.Body)
		}
		if w.Body.Len() == 0 {
			if w.Code != http.StatusNoContent && method != http.MethodHead {
				t.Fatalf("%s %s: %d without a body", method, target, w.Code)
			}
			return
		}
		if w.Header().Get("Content-Type") != "application/scim+json" {
			t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
		}
		if _, err := scim.Parse(w.Body.Bytes()); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, w.Body)
		}
	})
}
