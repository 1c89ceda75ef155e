package scimserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"airmock/internal/journal"
	"airmock/internal/scim"
)

// raw sends bytes as they are, and reads the answer. cut ends the client's half
// of the connection, behind a body that is not whole: after a whole one it
// would mean that the client is gone.
func (f *fixture) raw(request string, cut bool) *answer {
	f.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.root, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		f.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		f.t.Fatal(err)
	}
	if cut {
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			f.t.Fatal(err)
		}
	}
	answers := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answers, nil)
	if err == nil && resp.StatusCode == http.StatusContinue {
		resp, err = http.ReadResponse(answers, nil)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return &answer{Response: resp, t: f.t, body: string(body), call: f.nextCall()}
}

// post is the head of a POST of a user, to which headers and a body are added.
func post(rest string) string {
	return "POST " + basePath + "/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + secret + "\r\n" + rest
}

func TestBodiesAsTheyAreOnTheWire(t *testing.T) {
	const body = `{"userName":"b"}`
	tests := []struct {
		name, request string
		status        int
		says          string
	}{
		{"with a length", post("Content-Length: 16\r\n\r\n" + body), 201, ""},
		{"in chunks", post("Transfer-Encoding: chunked\r\n\r\n4\r\n{\"us\r\nc\r\nerName\":\"b\"}\r\n0\r\n\r\n"), 201, ""},
		{"in chunks with a trailer", post("Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n10\r\n" + body + "\r\n0\r\nX-Sum: 1\r\n\r\n"), 201, ""},
		{"after a wait for leave", post("Expect: 100-continue\r\nContent-Length: 16\r\n\r\n" + body), 201, ""},
		{"shorter than its length", post("Content-Length: 17\r\n\r\n" + body), 400, "broke off after 16 bytes"},
		{"of which nothing comes", post("Content-Length: 16\r\n\r\n"), 400, "broke off after 0 bytes"},
		{"longer than its length", post("Content-Length: 15\r\n\r\n" + body), 400, "ends too early"},
		{"in chunks that end in the middle", post("Transfer-Encoding: chunked\r\n\r\n10\r\n" + body[:8]), 400, "broke off after 8 bytes"},
		{"in chunks without their end", post("Transfer-Encoding: chunked\r\n\r\n10\r\n" + body + "\r\n"), 400, "broke off after 16 bytes"},
		{"in chunks of no size", post("Transfer-Encoding: chunked\r\n\r\nx\r\n" + body), 400, "broke off after 0 bytes"},
		{"without a length", post("\r\n"), 400, "no body"},
		{"of no bytes", post("Content-Length: 0\r\n\r\n"), 400, "no body"},
		{"by HTTP/1.0", strings.Replace(post("Content-Length: 16\r\n\r\n"+body), "HTTP/1.1", "HTTP/1.0", 1), 201, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			a := f.raw(test.request, strings.HasPrefix(test.says, "broke off"))
			a.wantStatus(test.status)
			if test.status == http.StatusBadRequest {
				a.wantError(http.StatusBadRequest, scim.InvalidSyntax, test.says)
			}
		})
	}
}

func TestBodiesThatAreNoDocument(t *testing.T) {
	f := newFixture(t)
	user := f.createUser("b.simon@contoso.com")
	tests := []struct {
		name, body string
		status     int
		scimType   scim.ErrorType
		says       string
	}{
		{"nothing", ``, 400, scim.InvalidSyntax, "no body"},
		{"blanks", `  `, 400, scim.InvalidSyntax, "no body"},
		{"a byte order mark alone", "\xef\xbb\xbf", 400, scim.InvalidSyntax, "no body"},
		{"text", `userName=b`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"XML", `<User/>`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"UTF-16", "\xff\xfe{\x00}\x00", 400, scim.InvalidSyntax, "send JSON in UTF-8"},
		{"half an object", `{"userName":"b"`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"half a text", `{"userName":"b`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"a name without quotes", `{userName:"b"}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"single quotes", `{'userName':'b'}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"a comma too many", `{"userName":"b",}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"a comment", `{"userName":"b"} // b`, 400, scim.InvalidSyntax, "goes on after"},
		{"a number with a leading zero", `{"userName":01}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"no number", `{"userName":NaN}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"a line break in a text", "{\"userName\":\"b\n\"}", 400, scim.InvalidSyntax, "not valid JSON"},
		{"half a surrogate pair", `{"userName":"\ud800"}`, 400, scim.InvalidSyntax, "not valid JSON"},
		{"an array", `[{"userName":"b"}]`, 400, scim.InvalidSyntax, "a JSON array; send a JSON object"},
		{"a string", `"userName"`, 400, scim.InvalidSyntax, "a JSON string"},
		{"a number", `1`, 400, scim.InvalidSyntax, "a JSON number"},
		{"null", `null`, 400, scim.InvalidSyntax, "a JSON null"},
		{"two objects", `{"userName":"b"}{}`, 400, scim.InvalidSyntax, "goes on after"},
		{"a name twice", `{"userName":"b","userName":"c"}`, 400, scim.InvalidSyntax, "userName"},
		{"a name twice below", `{"userName":"b","name":{"givenName":"b","givenName":"c"}}`, 400, scim.InvalidSyntax, "givenName"},
		{"a name twice, in two cases", `{"userName":"b","USERNAME":"c"}`, 400, scim.InvalidSyntax, ""},
		{"a name twice, once with an escape", `{"userName":"b","user\u004eame":"c"}`, 400, scim.InvalidSyntax, "userName"},
		{"invalid UTF-8", "{\"userName\":\"b\xff\"}", 400, scim.InvalidSyntax, "UTF-8"},
		{"invalid UTF-8 in a name", "{\"user\xc3\x28Name\":\"b\"}", 400, scim.InvalidSyntax, "UTF-8"},
		{"a hundred levels", strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100), 400, scim.InvalidSyntax, "deeper"},
		{"a hundred thousand levels", strings.Repeat(`[`, 100_000), 400, scim.InvalidSyntax, ""},
		{"a byte more than 1 MiB", `{"userName":"` + strings.Repeat("b", journal.MaxRequest-14) + `"}`, 413, "", "1 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f.t = t
			f.do("POST", "/Users", test.body).wantError(test.status, test.scimType, test.says)
			f.do("PUT", "/Users/"+user, test.body).wantError(test.status, test.scimType, test.says)
			f.do("PATCH", "/Users/"+user, test.body).wantError(test.status, test.scimType, test.says)
			f.do("POST", "/Groups", test.body).wantError(test.status, test.scimType, test.says)
		})
	}
	f.do("GET", "/Users/"+user, "").wantAt("meta/version", `"W/\"1\""`)
}

func TestBodiesThatAreADocumentAllTheSame(t *testing.T) {
	f := newFixture(t)
	for i, body := range []string{
		"\xef\xbb\xbf" + `{"userName":"u%d"}`,
		" \r\n\t" + `{ "userName" : "u%d" }` + "\n",
		`{"user\u004eame":"u%d"}`,
		`{"USERNAME":"u%d"}`,
		`{"userName":"u%d","displayName":"` + strings.Repeat("x", journal.MaxRequest-64) + `"}`,
	} {
		a := f.do("POST", "/Users", fmt.Sprintf(body, i))
		a.wantStatus(http.StatusCreated)
		a.wantAt("userName", fmt.Sprintf(`"u%d"`, i))
	}
}

// A body has no meaning in a GET or DELETE (RFC 9110 sections 9.3.1 and
// 9.3.5); it is read, recorded and passed over.
func TestBodiesWhereNoneIsExpected(t *testing.T) {
	f := newFixture(t)
	for _, body := range []string{`{"userName":"x"}`, `{`, "\xff", strings.Repeat("x", journal.MaxRequest+1)} {
		user := f.createUser("b.simon@contoso.com")
		a := f.do("GET", "/Users/"+user, body)
		a.wantStatus(http.StatusOK)
		a.wantAt("userName", `"b.simon@contoso.com"`)
		f.do("GET", "/Users", body).wantStatus(http.StatusOK)
		f.do("GET", "/Schemas", body).wantStatus(http.StatusOK)
		a = f.do("DELETE", "/Users/"+user, body)
		a.wantStatus(http.StatusNoContent)
		if a.call.Request.Size < len(body) {
			t.Errorf("recorded %d of %d bytes", a.call.Request.Size, len(body))
		}
	}
}
