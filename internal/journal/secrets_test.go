package journal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"airmock/internal/scim"
)

// What a tenant's own schemas say is never shown is not shown in the journal.
func TestATenantsOwnSecretsAreRedacted(t *testing.T) {
	schemas, err := scim.ReadSchemas("", []byte(`{"id":"urn:acme:2.0:User","attributes":[
		{"name":"door_pin","mutability":"writeOnly"},
		{"name":"badge","type":"complex","subAttributes":[{"name":"key","returned":"never"},{"name":"color"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := scim.StandardCatalog().With(schemas, nil)
	if err != nil {
		t.Fatal(err)
	}
	j := New(Options{})
	h := j.Record(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) }), RecordOptions{Catalog: catalog})
	for _, body := range []string{
		`{"urn:acme:2.0:User":{"DOOR_PIN":"s3cr3t","badge":{"key":"s3cr3t","color":"red"}},"monkey":"Kim"}`,
		`{"Operations":[{"op":"add","path":"urn:acme:2.0:User:door_pin","value":"s3cr3t"},{"op":"add","path":"title","value":"red Kim"}]}`,
	} {
		r := httptest.NewRequest("POST", `/Users?filter=door_pin+eq+%22s3cr3t%22`, strings.NewReader(body))
		h.ServeHTTP(httptest.NewRecorder(), r)
		_, last := j.Bounds()
		c := j.Get(last)
		for _, text := range []string{string(c.Request.Body), c.Query, c.Filter} {
			if strings.Contains(text, "s3cr3t") {
				t.Errorf("it is told: %s", text)
			}
		}
		if kept := string(c.Request.Body); !strings.Contains(kept, "red") || !strings.Contains(kept, "Kim") {
			t.Errorf("too much is gone: %s", kept)
		}
	}
}
