package scimserver_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// config is ServiceProviderConfig as a strict reader types it (RFC 7643
// sections 5 and 8.7.2).
type config struct {
	Schemas          []string `json:"schemas"`
	DocumentationURI *string  `json:"documentationUri,omitempty"`
	Patch            feature  `json:"patch"`
	Bulk             struct {
		feature
		MaxOperations  *int `json:"maxOperations"`
		MaxPayloadSize *int `json:"maxPayloadSize"`
	} `json:"bulk"`
	Filter struct {
		feature
		MaxResults *int `json:"maxResults"`
	} `json:"filter"`
	ChangePassword feature `json:"changePassword"`
	Sort           feature `json:"sort"`
	ETag           feature `json:"etag"`
	Pagination     struct {
		Cursor                  *bool   `json:"cursor"`
		Index                   *bool   `json:"index"`
		DefaultPaginationMethod *string `json:"defaultPaginationMethod"`
		DefaultPageSize         *int    `json:"defaultPageSize"`
		MaxPageSize             *int    `json:"maxPageSize"`
		CursorTimeout           *int    `json:"cursorTimeout"`
	} `json:"pagination"` // RFC 9865 section 4
	AuthenticationSchemes []struct {
		Type        string `json:"type"`
		Name        string `json:"name"`
		Description string `json:"description"`
		SpecURI     string `json:"specUri"`
	} `json:"authenticationSchemes"`
	Meta struct {
		ResourceType string `json:"resourceType"`
		Location     string `json:"location"`
	} `json:"meta"`
}

type feature struct {
	Supported *bool `json:"supported"`
}

func (f feature) is(want bool) bool { return f.Supported != nil && *f.Supported == want }

func TestTheConfigurationTellsWhatThereIs(t *testing.T) {
	f := newFixture(t)
	a := f.do("GET", "/ServiceProviderConfig", "")
	a.wantStatus(http.StatusOK)
	a.wantHeader("Content-Type", "application/scim+json")

	var c config
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if !c.Patch.is(true) || !c.ETag.is(true) || !c.Filter.is(true) || *c.Filter.MaxResults != 1000 {
		t.Errorf("patch, etag and filter are offered, not %s", a.body)
	}
	if !c.Bulk.is(true) || *c.Bulk.MaxOperations != 1000 || *c.Bulk.MaxPayloadSize != journal.MaxRequest {
		t.Errorf("bulk is offered with its limits, not %s", a.body)
	}
	if !c.Sort.is(true) || !c.ChangePassword.is(true) {
		t.Errorf("sort and changePassword are offered, says not %s", a.body)
	}
	if p := c.Pagination; !*p.Cursor || !*p.Index || *p.DefaultPaginationMethod != "index" ||
		*p.DefaultPageSize != 100 || *p.MaxPageSize != 1000 || *p.CursorTimeout != 3600 {
		t.Errorf("pagination is not as it is done: %s", a.body)
	}
	if len(c.AuthenticationSchemes) != 1 || c.AuthenticationSchemes[0].Type != "oauthbearertoken" {
		t.Fatalf("authenticationSchemes %+v", c.AuthenticationSchemes)
	}
	if u, err := url.Parse(c.AuthenticationSchemes[0].SpecURI); err != nil || u.Scheme != "https" {
		t.Errorf("specUri %q", c.AuthenticationSchemes[0].SpecURI)
	}
	if c.Meta.Location != f.url+"/ServiceProviderConfig" {
		t.Errorf("location %q", c.Meta.Location)
	}
}

func TestDiscoveryLists(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		path string
		ids  []string
	}{
		{"/ResourceTypes", []string{"User", "Group"}},
		{"/Schemas", []string{scim.URNUser, scim.URNGroup, scim.URNEnterprise}},
		{"/Schemas?aadOptscim062020&count=1&startIndex=x&attributes=id", []string{scim.URNUser, scim.URNGroup, scim.URNEnterprise}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			f.t = t
			a := f.do("GET", test.path, "")
			a.wantStatus(http.StatusOK)
			a.wantAt("schemas", `["`+scim.URNListResponse+`"]`)
			path, _, _ := strings.Cut(test.path, "?")
			seen := make(map[string]bool)
			for r := range a.json().Get("Resources").Elements() {
				id := r.Get("id").Text()
				seen[id] = true
				wantNoNulls(t, r)
				one := f.do("GET", path+"/"+id, "")
				one.wantStatus(http.StatusOK)
				if !scim.Equal(one.json(), r) {
					t.Errorf("%s alone is %s, in the list %s", id, one.body, r)
				}
				if got, want := r.Get("meta").Get("location").Text(), f.url+path+"/"+id; got != want {
					t.Errorf("location %q, want %q", got, want)
				}
				f.do("GET", path+"/"+strings.ToUpper(id), "").wantStatus(http.StatusOK)
			}
			for _, id := range test.ids {
				if !seen[id] {
					t.Errorf("no %s in %s", id, a.body)
				}
			}
			if len(seen) != len(test.ids) {
				t.Errorf("%d resources, want %d", len(seen), len(test.ids))
			}
		})
	}
}

// wantNoNulls fails on nulls, empty strings in URIs, and empty lists.
func wantNoNulls(t *testing.T, v *scim.Value) {
	t.Helper()
	for name, m := range v.Members() {
		if m.Kind() == scim.Null || strings.HasSuffix(strings.ToLower(name), "uri") && m.Text() == "" {
			t.Errorf("%s is %s", name, m)
		}
		wantNoNulls(t, m)
	}
	if v.Kind() == scim.Array {
		for e := range v.Elements() {
			wantNoNulls(t, e)
		}
	}
}

func TestDiscoveryThatIsRefused(t *testing.T) {
	f := newFixture(t)
	f.do("GET", "/Schemas/urn:nonsense", "").wantError(http.StatusNotFound, "", scim.URNUser)
	f.do("GET", "/ResourceTypes/Usr", "").wantError(http.StatusNotFound, "", `did you mean "User"?`)
	for _, path := range []string{"/ResourceTypes", "/Schemas", "/Schemas/" + scim.URNUser} {
		f.do("GET", path+"?filter=id+pr", "").wantError(http.StatusForbidden, "", "takes no filter")
	}
}
