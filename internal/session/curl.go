package session

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// writeCurl writes a command for each call; one alone without its story.
func writeCurl(w io.Writer, calls []*journal.Call, o Options) error {
	out := bufio.NewWriter(w)
	for i, c := range calls {
		if len(calls) > 1 {
			if i > 0 {
				_ = out.WriteByte('\n')
			}
			fmt.Fprintf(out, "# %d  %s\n", c.Seq, plainLine(entra.Tell(c).Text))
		}
		_, _ = out.WriteString(CurlOf(c, o.TenantURL) + "\n")
	}
	return out.Flush()
}

// plainLine is text as one line without control or format characters.
func plainLine(s string) string {
	return escapeControls(safetext.Line(s), func(r rune) string { return fmt.Sprintf("<U+%04X>", r) })
}

// CurlOf is the command that sends the call again, for a POSIX shell. The token
// is left to the environment, as the journal does not have it. It has the header
// fields that matter: what the body is, and what If-Match demands.
func CurlOf(c *journal.Call, tenantURL string) string {
	var b strings.Builder
	b.WriteString("curl -i -X " + ShellQuote(c.Method) + ` -H "Authorization: Bearer $TOKEN"`)
	for _, name := range []string{"If-Match", "If-None-Match"} {
		if value := c.Request.Header.Get(name); value != "" {
			b.WriteString(" -H " + ShellQuote(name+": "+value))
		}
	}
	address := " " + ShellQuote(URL(c, tenantURL))
	if len(c.Request.Body) == 0 {
		return b.String() + address
	}
	b.WriteString(" -H " + ShellQuote("Content-Type: "+cmp.Or(c.Request.Header.Get("Content-Type"), "application/scim+json")))
	body := string(c.Request.Body)
	if !plain(body) {
		body = inOneLine(body)
	}
	if plain(body) {
		return b.String() + " --data-raw " + ShellQuote(body) + address
	}
	return "printf " + printfQuote(body) + " | " + b.String() + " --data-binary @-" + address
}

// TryCurl is a command that shows that the tenant answers.
func TryCurl(tenantURL string) string {
	return `curl -H "Authorization: Bearer $TOKEN" ` + ShellQuote(tenantURL+"/Users")
}

// inOneLine is JSON without the space between its tokens, and with control and
// format characters as escapes; other text is returned as it is.
func inOneLine(body string) string {
	v := jsontext.Value(body)
	if v.Compact() != nil {
		return body
	}
	return escapeControls(string(v), jsonEscape)
}

// URL is the URL of a call under the address of tenantURL, with what is no part
// of a URL escaped.
func URL(c *journal.Call, tenantURL string) string {
	u, err := url.Parse(tenantURL)
	if err != nil {
		u = &url.URL{}
	}
	u.Path, u.RawPath = c.Path, ""
	u.RawQuery, u.Fragment = escapeQuery(c.Query), ""
	return u.String()
}

// escapeQuery escapes what cannot stand in a query, and leaves the rest as it
// was sent.
func escapeQuery(query string) string {
	var b strings.Builder
	for i := 0; i < len(query); {
		r, size := utf8.DecodeRuneInString(query[i:])
		if r <= ' ' || r == '#' || r == '"' || r == '<' || r == '>' || r >= utf8.RuneSelf || isControl(r) {
			for _, c := range []byte(query[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(query[i : i+size])
		}
		i += size
	}
	return b.String()
}

// ShellQuote returns s as one word of a POSIX shell. Control and format
// characters, which in a terminal that pastes them would be keys, are left to
// printf; a newline at the end is lost then.
func ShellQuote(s string) string {
	if plain(s) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return `"$(printf ` + printfQuote(s) + `)"`
}

// plain reports whether s is text without control and format characters.
func plain(s string) bool { return !strings.ContainsFunc(s, isControl) && utf8.ValidString(s) }

// printfQuote returns what makes printf of a POSIX shell write s.
func printfQuote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\'' || r == '\\' || r == '-' && i == 0 || isControl(r) || r == utf8.RuneError && size == 1:
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		case r == '%':
			b.WriteString("%%")
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteByte('\'')
	return b.String()
}

// isControl reports whether r is a control or format character.
func isControl(r rune) bool { return unicode.Is(unicode.C, r) }

// EscapeText is text for a clipboard: control and format characters but for
// newlines are escaped as JSON does it.
func EscapeText(s string) string {
	return escapeControls(s, func(r rune) string {
		if r == '\n' {
			return "\n"
		}
		return jsonEscape(r)
	})
}

func jsonEscape(r rune) string {
	escaped := ""
	for _, unit := range utf16.AppendRune(nil, r) {
		escaped += fmt.Sprintf(`\u%04x`, unit)
	}
	return escaped
}

func escapeControls(s string, escape func(rune) string) string {
	if !strings.ContainsFunc(s, isControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(escape(r))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
