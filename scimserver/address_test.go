package scimserver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"airmock/internal/scim"
	"airmock/scimserver"
)

func TestTheAddressThatTheClientUsed(t *testing.T) {
	tests := []struct {
		name   string
		public string // PublicURL
		peer   string
		host   string
		header []string
		want   string // scheme and host of meta.location
	}{
		{name: "the host of the request", peer: "192.0.2.1:1", host: "mock.example:7644", want: "http://mock.example:7644"},
		{name: "a public URL before everything", public: "https://fox.trycloudflare.com/", peer: "127.0.0.1:1", host: "localhost", header: []string{"X-Forwarded-Host", "other.example"}, want: "https://fox.trycloudflare.com"},
		{name: "a public URL with a path", public: "https://example.com/mock", peer: "127.0.0.1:1", host: "localhost", want: "https://example.com/mock"},
		{name: "forwarded by a tunnel on this machine", peer: "127.0.0.1:1", host: "localhost:7644", header: []string{"X-Forwarded-Host", "fox.trycloudflare.com", "X-Forwarded-Proto", "https"}, want: "https://fox.trycloudflare.com"},
		{name: "forwarded over IPv6", peer: "[::1]:1", host: "localhost", header: []string{"X-Forwarded-Host", "fox.example", "X-Forwarded-Proto", "HTTPS"}, want: "https://fox.example"},
		{name: "forwarded twice: the outer address", peer: "127.0.0.1:1", host: "localhost", header: []string{"X-Forwarded-Host", "outer.example, inner.example", "X-Forwarded-Proto", "https, http"}, want: "https://outer.example"},
		{name: "forwarded scheme alone", peer: "127.0.0.1:1", host: "fox.example", header: []string{"X-Forwarded-Proto", "https"}, want: "https://fox.example"},
		{name: "forwarded by somebody else", peer: "192.0.2.1:1", host: "mock.example", header: []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https"}, want: "http://mock.example"},
		{name: "a forwarded host that is none", peer: "127.0.0.1:1", host: "mock.example", header: []string{"X-Forwarded-Host", `evil"><script>`, "X-Forwarded-Proto", "javascript"}, want: "http://mock.example"},
		{name: "a host that is none", peer: "127.0.0.1:1", host: `a"b`, want: "http://localhost"},
		{name: "no host", peer: "127.0.0.1:1", want: "http://localhost"},
		{name: "a peer without an address", peer: "@", host: "mock.example", header: []string{"X-Forwarded-Host", "evil.example"}, want: "http://mock.example"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, func(o *scimserver.Options) { o.PublicURL = func() string { return test.public } })
			id := f.createUser("b.simon@contoso.com")
			r := httptest.NewRequest("GET", basePath+"/Users/"+id, nil)
			r.RemoteAddr, r.Host = test.peer, test.host
			r.Header.Set("Authorization", "Bearer "+secret)
			for i := 0; i < len(test.header); i += 2 {
				r.Header.Set(test.header[i], test.header[i+1])
			}
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			v, err := scim.Parse(w.Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := v.Get("meta").Get("location").Text(), test.want+basePath+"/Users/"+id; got != want {
				t.Errorf("location %q, want %q", got, want)
			}
		})
	}
}
