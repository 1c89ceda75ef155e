package tui

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
)

// copyMenu offers what of a call, or without one of the tenant, can go into
// the clipboard.
func copyMenu(c *journal.Call, tenantURL string) tea.Cmd {
	if c == nil {
		return send(MenuMsg{Title: "Copy", Items: []MenuItem{
			copyItem("u", "Tenant URL", tenantURL),
			copyItem("c", "a curl command to try", tryCurl(tenantURL)),
		}})
	}
	items := []MenuItem{
		copyItem("c", "the request as curl", curl(c, tenantURL)),
		copyItem("u", "its URL", callURL(c, tenantURL)),
		copyItem("s", "its story", safetext.Line(entra.Tell(c).Text)),
	}
	if len(c.Request.Body) > 0 {
		items = append(items, copyItem("b", "the request's body", plainJSON(c.Request.Body)))
	}
	if len(c.Response.Body) > 0 {
		items = append(items, copyItem("r", "the response's body", plainJSON(c.Response.Body)))
	}
	if id := c.ResourceID(); id != "" {
		items = append(items, copyItem("i", "the id", safetext.Line(id)))
	}
	return send(MenuMsg{Title: fmt.Sprintf("Copy of call %d", c.Seq), Items: items})
}

func copyItem(key, what, text string) MenuItem {
	return MenuItem{Key: key, Label: what, Cmd: send(CopyMsg{What: what, Text: text})}
}

// tryCurl is a command that shows that the tenant answers.
func tryCurl(tenantURL string) string {
	return `curl -H "Authorization: Bearer $TOKEN" ` + shellQuote(tenantURL+"/Users")
}

// curl is the command that sends the call again. The token is left to the
// environment, as the journal does not have it.
func curl(c *journal.Call, tenantURL string) string {
	var b strings.Builder
	b.WriteString("curl -i -X " + shellQuote(c.Method) + ` -H "Authorization: Bearer $TOKEN"`)
	if len(c.Request.Body) > 0 {
		contentType := c.Request.Header.Get("Content-Type")
		if contentType == "" {
			contentType = "application/scim+json"
		}
		b.WriteString(" -H " + shellQuote("Content-Type: "+contentType))
		b.WriteString(" --data-raw " + shellQuote(string(c.Request.Body)))
	}
	b.WriteString(" " + shellQuote(callURL(c, tenantURL)))
	return b.String()
}

// callURL is the URL of a call under the tenant's own address, with what is no
// part of a URL escaped.
func callURL(c *journal.Call, tenantURL string) string {
	u, err := url.Parse(tenantURL)
	if err != nil {
		u = &url.URL{}
	}
	u.Path, u.RawPath = c.Path, ""
	u.RawQuery = escapeControls(c.Query, func(r rune) string { return url.QueryEscape(string(r)) })
	return u.String()
}

// shellQuote returns s as one word of a POSIX shell. Text with control
// characters is written with escapes ($'…', which bash, zsh and ksh read), as
// in a terminal that pastes it they would be keys.
func shellQuote(s string) string {
	if !strings.ContainsFunc(s, isControl) && utf8.ValidString(s) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case isControl(r) || r == utf8.RuneError && size == 1:
			for _, c := range []byte(s[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteByte('\'')
	return b.String()
}

// plainJSON is a body as text for the clipboard: indented where it is JSON,
// with control characters escaped as JSON does.
func plainJSON(body []byte) string {
	text, rest, _ := indentJSON(body, asIs)
	return escapeControls(text+rest, func(r rune) string {
		if r == '\n' {
			return "\n"
		}
		escaped := ""
		for _, unit := range utf16.AppendRune(nil, r) {
			escaped += fmt.Sprintf(`\u%04x`, unit)
		}
		return escaped
	})
}

// isControl reports whether r is a control or format character.
func isControl(r rune) bool { return unicode.Is(unicode.C, r) }

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
