package scimserver_test

import (
	"net/http"
	"testing"

	"airmock/internal/scim"
)

func TestMediaTypes(t *testing.T) {
	const json, form = `{"schemas":["` + scim.URNUser + `"],"userName":"b"}`, `userName=b`
	tests := []struct {
		contentType   string
		entra, strict int // what a JSON body gets
		noJSON        int // what another one gets in the Entra profile
	}{
		{"application/scim+json", 201, 201, 400},
		{"application/scim+json; charset=utf-8", 201, 201, 400},
		{`application/scim+json;charset="UTF-8"`, 201, 201, 400},
		{"application/json; charset=utf-8", 201, 201, 400},
		{"application/json; charset=us-ascii", 201, 201, 400},
		{"Application/JSON; profile=x", 201, 201, 400},
		{"application/json; charset", 201, 201, 400},
		{"", 201, 201, 400},
		{"text/plain", 201, 415, 415},
		{"application/x-www-form-urlencoded", 201, 415, 415},
		{"application/xml", 201, 415, 415},
		{"multipart/form-data; boundary=x", 201, 415, 415},
		{"nonsense;;", 201, 415, 415},
		{"application/json; charset=iso-8859-1", 415, 415, 415},
		{"application/scim+json; charset=utf-16", 415, 415, 415},
	}
	for _, test := range tests {
		t.Run(test.contentType, func(t *testing.T) {
			newFixture(t).do("POST", "/Users", json, "Content-Type", test.contentType).wantStatus(test.entra)
			newFixture(t, strict).do("POST", "/Users", json, "Content-Type", test.contentType).wantStatus(test.strict)
			a := newFixture(t).do("POST", "/Users", form, "Content-Type", test.contentType)
			a.wantStatus(test.noJSON)
			if test.noJSON == http.StatusUnsupportedMediaType {
				a.wantError(test.noJSON, "", "Content-Type")
				a.wantHeader("Accept", "application/scim+json, application/json")
			}
		})
	}
}

func TestABodyThatIsCompressedIsRefusedByName(t *testing.T) {
	f := newFixture(t)
	zipped := f.do("POST", "/Users", "\x1f\x8b\x08", "Content-Encoding", "gzip")
	zipped.wantError(http.StatusUnsupportedMediaType, "", `the Content-Encoding is "gzip"`)
	if got := zipped.Header.Get("Accept-Encoding"); got != "identity" {
		t.Errorf("Accept-Encoding %q", got)
	}
	f.do("POST", "/Users", `{"userName":"b"}`, "Content-Encoding", "identity").wantStatus(http.StatusCreated)
}

// A request without a body has no media type, whatever its headers say.
func TestMediaTypesOfRequestsWithoutABody(t *testing.T) {
	f := newFixture(t, strict)
	user := f.createUser("b.simon")
	f.do("GET", "/Users/"+user, "", "Content-Type", "text/html").wantStatus(http.StatusOK)
	f.do("DELETE", "/Users/"+user, "", "Content-Type", "application/x-www-form-urlencoded").wantStatus(http.StatusNoContent)
}

func TestAnswersAreOfATypeThatTheClientAccepts(t *testing.T) {
	const both, plain, refused = "application/scim+json", "application/json", ""
	tests := []struct{ accept, want string }{
		{"", both},
		{"*/*", both},
		{"*", both},
		{"application/*", both},
		{"application/scim+json", both},
		{"application/scim+json; charset=utf-8", both},
		{"Application/SCIM+JSON", both},
		{"application/json, application/scim+json", both},
		{"application/scim+json, */*;q=0.1", both},
		{"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", both},
		{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", both},
		{"application/json;q=0.5, application/scim+json;q=0.9", both},
		{"application/json, text/plain, */*", both},
		{`text/plain; note="a, b", */*`, both},
		{",, ;", both},
		{"json", both},
		{"application/json", plain},
		{"application/json; charset=utf-8", plain},
		{"application/json;version=2;q=0.5, text/html", plain},
		{"application/json, application/scim+json;q=0.2", plain},
		{"application/scim+json;q=0, */*", plain},
		{"text/html", refused},
		{"application/xml, text/*", refused},
		{"application/scim+json;q=0", refused},
		{"*/*;q=0", refused},
		{"application/*;q=0, */*", refused},
		{"json, text/html", refused},
	}
	f := newFixture(t)
	user := f.createUser("b.simon")
	for _, test := range tests {
		t.Run(test.accept, func(t *testing.T) {
			f.t = t
			for _, path := range []string{"/Users/" + user, "/Users", "/ServiceProviderConfig"} {
				a := f.do("GET", path, "", "Accept", test.accept)
				if test.want == refused {
					a.wantError(http.StatusNotAcceptable, "", "send application/scim+json, application/json or */*")
					continue
				}
				a.wantStatus(http.StatusOK)
				a.wantHeader("Content-Type", test.want)
			}
		})
	}
}

func TestErrorsAreOfATypeThatTheClientAccepts(t *testing.T) {
	f := newFixture(t)
	for accept, want := range map[string]string{"application/json": "application/json", "text/html": "application/scim+json"} {
		a := f.do("GET", "/Users", "", "Accept", accept, "Authorization", "")
		a.wantStatus(http.StatusUnauthorized)
		a.wantHeader("Content-Type", want)
		a = f.do("GET", "/Teapot", "", "Accept", accept)
		a.wantStatus(http.StatusNotFound)
		a.wantHeader("Content-Type", want)
	}
}

func TestAWriteWhoseAnswerIsNotAcceptableIsNotMade(t *testing.T) {
	f := newFixture(t)
	f.do("POST", "/Users", `{"userName":"b"}`, "Accept", "application/xml").wantError(http.StatusNotAcceptable, "", "application/xml")
	f.do("GET", "/Users", "").wantAt("totalResults", "0")
}

func TestHeadersThatDoNoHarm(t *testing.T) {
	f := newFixture(t)
	for i, header := range [][2]string{
		{"Accept-Charset", "utf-8"},
		{"Accept-Charset", "iso-8859-1"},
		{"Accept-Encoding", "identity;q=0, br"},
		{"Accept-Language", "de"},
		{"Connection", "close"},
		{"Expect", "100-continue"},
		{"X-HTTP-Method-Override", "DELETE"},
		{"Range", "bytes=0-1"},
		{"Origin", "https://example.com"},
		{"Te", "trailers"},
	} {
		t.Run(header[0], func(t *testing.T) {
			f.t = t
			a := f.do("POST", "/Users", `{"userName":"u`+string(rune('a'+i))+`"}`, header[0], header[1])
			a.wantStatus(http.StatusCreated)
			a = f.do("GET", "/Users/"+a.json().Get("id").Text(), "", header[0], header[1])
			a.wantStatus(http.StatusOK)
		})
	}
}
