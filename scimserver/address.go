package scimserver

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"airmock/internal/scim"
)

// setBase finds the URL that meta.location and $ref begin with: the address
// that the client used, so that they lead it back here through whatever tunnel
// it came.
func (q *request) setBase(basePath string) {
	q.base = q.address(basePath)
	q.quoted = q.base
	if !isPlain(q.base) {
		text := scim.NewString(q.base).String()
		q.quoted = text[1 : len(text)-1]
	}
}

// address returns the absolute URL of a path as the client knows it.
func (q *request) address(path string) string {
	escaped := path
	if !isPlain(path) {
		escaped = (&url.URL{Path: path}).EscapedPath()
	}
	if q.PublicURL != nil {
		if public := q.PublicURL(); public != "" {
			return strings.TrimRight(public, "/") + escaped
		}
	}
	return schemeOf(q.http) + "://" + hostOf(q.http) + escaped
}

// isPlain reports whether s stands for itself in a URL's path and in a JSON
// string.
func isPlain(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '-' <= c && c <= ':', c == '_', c == '~': // "-./0123456789:"
		default:
			return false
		}
	}
	return true
}

// location returns the URL of a resource.
func (q *request) location(rt *scim.ResourceType, id string) string {
	return q.base + rt.Endpoint + "/" + url.PathEscape(id)
}

// appendLocation appends the same as location, as the inside of a JSON string.
func (q *request) appendLocation(dst []byte, rt *scim.ResourceType, id string) []byte {
	dst = append(dst, q.quoted...)
	dst = append(dst, rt.Endpoint...)
	dst = append(dst, '/')
	return append(dst, url.PathEscape(id)...)
}

func schemeOf(r *http.Request) string {
	if proto := forwarded(r, "X-Forwarded-Proto"); proto == "http" || proto == "https" {
		return proto
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

func hostOf(r *http.Request) string {
	if host := forwarded(r, "X-Forwarded-Host"); isHost(host) {
		return host
	}
	if isHost(r.Host) {
		return r.Host
	}
	// HTTP/1.0 needs no Host; then the client gets the address it reached.
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return addr.String()
	}
	return "localhost"
}

// forwarded returns the first value of a header that a proxy sets. It is
// believed of a proxy on this machine only, as a tunnel's agent is: anybody
// else could lead the client astray with it.
func forwarded(r *http.Request, name string) string {
	value := first(r.Header, name)
	if value == "" {
		return ""
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return ""
	}
	first, _, _ := strings.Cut(value, ",")
	return strings.ToLower(strings.TrimSpace(first))
}

// isHost reports whether s can be a host with or without a port. It does not
// look closer than a URL needs it.
func isHost(s string) bool {
	if s == "" || len(s) > 300 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(".-_:[]", c) >= 0:
		default:
			return false
		}
	}
	return true
}
