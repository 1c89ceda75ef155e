package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"airmock/internal/entra"
	"airmock/internal/journal"
	"airmock/internal/safetext"
	"airmock/internal/session"
)

// copyMenu offers what of a call, or without one of the tenant, can go into
// the clipboard.
func copyMenu(c *journal.Call, tenantURL string) tea.Cmd {
	if c == nil {
		return send(MenuMsg{Title: "Copy", Items: []MenuItem{
			copyItem("u", "Tenant URL", tenantURL),
			copyItem("c", "a curl command to try", session.TryCurl(tenantURL)),
		}})
	}
	items := []MenuItem{
		copyItem("c", "the request as curl", session.CurlOf(c, tenantURL)),
		copyItem("u", "its URL", session.URL(c, tenantURL)),
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

// plainJSON is a body as text for the clipboard: indented where it is JSON,
// with control characters escaped as JSON does.
func plainJSON(body []byte) string {
	text, rest, _ := indentJSON(body, asIs)
	return session.EscapeText(text + rest)
}
