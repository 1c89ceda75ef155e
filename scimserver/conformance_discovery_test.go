package scimserver_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

// The tests of this file and of conformance_test.go know nothing of airmock but
// its Tenant URL, as the public test suites of SCIM do: they read the discovery
// documents as strictly as typed readers do, and let these say what to send.

// resourceTypeDocument is a resource type as RFC 7643 section 6 defines it.
type resourceTypeDocument struct {
	Schemas          []string `json:"schemas"`
	ID               string   `json:"id"`
	Name             string   `json:"name"`
	Description      string   `json:"description"`
	Endpoint         string   `json:"endpoint"`
	Schema           string   `json:"schema"`
	SchemaExtensions []struct {
		Schema   string `json:"schema"`
		Required *bool  `json:"required"`
	} `json:"schemaExtensions"`
	Meta metaDocument `json:"meta"`
}

// schemaDocument is a schema as RFC 7643 section 7 defines it.
type schemaDocument struct {
	Schemas     []string            `json:"schemas"`
	ID          string              `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Attributes  []attributeDocument `json:"attributes"`
	Meta        metaDocument        `json:"meta"`
}

type attributeDocument struct {
	Name            string              `json:"name"`
	Type            string              `json:"type"`
	MultiValued     *bool               `json:"multiValued"`
	Description     string              `json:"description"`
	Required        *bool               `json:"required"`
	CanonicalValues []string            `json:"canonicalValues"`
	CaseExact       *bool               `json:"caseExact"`
	Mutability      string              `json:"mutability"`
	Returned        string              `json:"returned"`
	Uniqueness      string              `json:"uniqueness"`
	ReferenceTypes  []string            `json:"referenceTypes"`
	SubAttributes   []attributeDocument `json:"subAttributes"`
}

// metaDocument is meta as discovery documents have it.
type metaDocument struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location"`
}

// discovered is what the discovery documents tell.
type discovered struct {
	*fixture
	types   []resourceTypeDocument
	schemas map[string]schemaDocument
}

func discover(t *testing.T, set ...func(*scimserver.Options)) *discovered {
	t.Helper()
	d := &discovered{fixture: newFixture(t, set...), schemas: make(map[string]schemaDocument)}
	d.types = readAll[resourceTypeDocument](d.fixture, "/ResourceTypes")
	for _, s := range readAll[schemaDocument](d.fixture, "/Schemas") {
		d.schemas[s.ID] = s
	}
	return d
}

// withExamples makes a tenant of what docs/examples has.
func withExamples(t *testing.T) func(*scimserver.Options) {
	t.Helper()
	schemas, err := scim.ReadSchemas("schemas.json", readFile(t, "../docs/examples/schemas.json"))
	if err != nil {
		t.Fatal(err)
	}
	types, err := scim.ReadResourceTypes("resource-types.json", readFile(t, "../docs/examples/resource-types.json"))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := scim.StandardCatalog().With(schemas, types)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *scimserver.Options) { o.Catalog = catalog }
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readAll reads a ListResponse strictly.
func readAll[T any](f *fixture, path string) []T {
	f.t.Helper()
	a := f.do("GET", path, "")
	a.wantStatus(http.StatusOK)
	var list struct {
		Schemas      []string `json:"schemas"`
		TotalResults *int     `json:"totalResults"`
		StartIndex   int      `json:"startIndex"`
		ItemsPerPage int      `json:"itemsPerPage"`
		Resources    []T      `json:"Resources"`
	}
	readStrictly(f.t, a.body, &list)
	if !slices.Equal(list.Schemas, []string{scim.URNListResponse}) || list.TotalResults == nil ||
		*list.TotalResults != len(list.Resources) || list.ItemsPerPage != len(list.Resources) || list.StartIndex != 1 {
		f.t.Fatalf("GET %s: %s", path, a.body)
	}
	return list.Resources
}

// readStrictly refuses members that the type does not have.
func readStrictly(t *testing.T, body string, into any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}

func TestEveryResourceTypeIsFullyDescribed(t *testing.T) {
	d := discover(t)
	for _, rt := range d.types {
		t.Run(rt.Name, func(t *testing.T) {
			d.t = t
			if rt.ID == "" || rt.Name == "" || rt.Description == "" || !strings.HasPrefix(rt.Endpoint, "/") ||
				!slices.Equal(rt.Schemas, []string{scim.URNResourceType}) || rt.Meta.ResourceType != "ResourceType" {
				t.Errorf("%+v", rt)
			}
			urns := []string{rt.Schema}
			for _, e := range rt.SchemaExtensions {
				if urns = append(urns, e.Schema); e.Required == nil {
					t.Errorf("%s is required or not?", e.Schema)
				}
			}
			for _, urn := range urns {
				if _, ok := d.schemas[urn]; !ok {
					t.Errorf("/Schemas has no %s", urn)
				}
				d.do("GET", "/Schemas/"+urn, "").wantStatus(http.StatusOK)
			}
			var alone resourceTypeDocument
			readStrictly(t, d.do("GET", "/ResourceTypes/"+rt.ID, "").body, &alone)
			if d.at(rt.Meta.Location).body != d.do("GET", "/ResourceTypes/"+rt.ID, "").body {
				t.Errorf("%s does not lead to the resource type", rt.Meta.Location)
			}
			d.do("GET", rt.Endpoint, "").wantStatus(http.StatusOK)
		})
	}
}

// at reads an absolute URL.
func (f *fixture) at(location string) *answer {
	f.t.Helper()
	req, err := http.NewRequest("GET", location, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.send(req)
}

func TestEverySchemaIsFullyDescribed(t *testing.T) {
	d := discover(t)
	for urn, s := range d.schemas {
		t.Run(urn, func(t *testing.T) {
			d.t = t
			if s.Name == "" || s.Description == "" || len(s.Attributes) == 0 ||
				!slices.Equal(s.Schemas, []string{scim.URNSchema}) || s.Meta.ResourceType != "Schema" {
				t.Errorf("%+v", s)
			}
			var alone schemaDocument
			readStrictly(t, d.do("GET", "/Schemas/"+urn, "").body, &alone)
			if d.at(s.Meta.Location).body != d.do("GET", "/Schemas/"+urn, "").body {
				t.Errorf("%s does not lead to the schema", s.Meta.Location)
			}
			wantDescribed(t, s.Attributes)
		})
	}
}

func wantDescribed(t *testing.T, attributes []attributeDocument) {
	t.Helper()
	for _, a := range attributes {
		known := slices.Contains([]string{"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"}, a.Type) &&
			slices.Contains([]string{"readOnly", "readWrite", "immutable", "writeOnly"}, a.Mutability) &&
			slices.Contains([]string{"always", "never", "default", "request"}, a.Returned) &&
			slices.Contains([]string{"", "none", "server", "global"}, a.Uniqueness)
		if a.Name == "" || a.Description == "" || a.MultiValued == nil || a.Required == nil || !known {
			t.Errorf("%+v", a)
		}
		if a.Type == "string" && a.CaseExact == nil {
			t.Errorf("%s: caseExact or not?", a.Name)
		}
		if a.Type == "reference" && len(a.ReferenceTypes) == 0 {
			t.Errorf("%s: a reference to what?", a.Name)
		}
		if (a.Type == "complex") != (len(a.SubAttributes) > 0) {
			t.Errorf("%s is %s and has %d sub-attributes", a.Name, a.Type, len(a.SubAttributes))
		}
		wantDescribed(t, a.SubAttributes)
	}
}

func TestDiscoveryIsForReadingOnly(t *testing.T) {
	d := discover(t)
	paths := []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas"}
	for _, rt := range d.types {
		paths = append(paths, "/ResourceTypes/"+rt.ID)
	}
	for urn := range d.schemas {
		paths = append(paths, "/Schemas/"+urn)
	}
	for _, path := range paths {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			for _, body := range []string{"", "{}", "nonsense"} {
				a := d.do(method, path, body)
				a.wantError(http.StatusMethodNotAllowed, "", "not possible")
				a.wantHeader("Allow", "GET, HEAD")
			}
		}
		filtered := d.do("GET", path+"?filter="+url.QueryEscape(`name eq "User"`), "")
		if path == "/ServiceProviderConfig" { // it is no list, and by default passes over what cannot filter it
			filtered.wantStatus(http.StatusOK)
		} else {
			filtered.wantError(http.StatusForbidden, "", "filter")
		}
		want := d.do("GET", path, "").body
		for _, query := range []string{"?attributes=id", "?excludedAttributes=meta", "?startIndex=2&count=1", "?sortBy=id&sortOrder=descending", "?count=x", "?nonsense"} {
			if got := d.do("GET", path+query, ""); got.StatusCode != http.StatusOK || got.body != want {
				t.Errorf("GET %s%s: %s %s", path, query, got.Status, got.body)
			}
		}
		head := d.do("HEAD", path, "")
		head.wantStatus(http.StatusOK)
		head.wantHeader("Content-Length", strconv.Itoa(len(want)))
	}
	for _, path := range []string{"/ResourceTypes/nobody", "/Schemas/nobody", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Nobody", "/ServiceProviderConfig/1", "/2f8a0c1e-5d6b-4c7d-8e9f-000000000001"} {
		d.do("GET", path, "").wantError(http.StatusNotFound, "", "")
	}
}
