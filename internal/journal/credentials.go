package journal

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// minCredential is how long a word of Authorization must be to be looked for
// elsewhere, in bytes. Shorter ones are no tokens that keep anybody out, and may
// be words that people use.
const minCredential = 12

// credentialsOf returns the words of h's Authorization that may be a token. A
// client that puts its token into the wrong place, such as a filter, a path or
// an attribute, mostly sends it in the right one too.
func credentialsOf(h http.Header) (found []string) {
	for _, value := range h["Authorization"] {
		if strings.HasPrefix(value, namedToken) { // recorded here, and without
			continue
		}
		for word := range strings.FieldsSeq(value) {
			if len(word) >= minCredential {
				found = append(found, word)
			}
		}
	}
	return found
}

// strike replaces each of the credentials wherever c and its parts say it.
func (c *Call) strike(credentials []string) {
	for _, secret := range credentials {
		for part := range c.All() {
			part.strikeOne(secret)
		}
	}
}

func (c *Call) strikeOne(secret string) {
	for _, text := range [...]*string{&c.Path, &c.Filter, &c.Target.ID, &c.Error} {
		strikeText(text, secret)
	}
	strikeText(&c.Query, secret)
	if escaped := url.QueryEscape(secret); escaped != secret {
		strikeText(&c.Query, escaped)
	}
	for _, m := range [...]*Message{&c.Request, &c.Response} {
		m.Header = strikeHeader(m.Header, secret)
		m.Body = strikeBytes(m.Body, secret)
	}
	if c.Effect != nil {
		c.Effect.strike(secret)
	}
}

func (e *Effect) strike(secret string) {
	strikeText(&e.ID, secret)
	strikeText(&e.Name, secret)
	for i := range e.Fields {
		f := &e.Fields[i]
		strikeText(&f.Name, secret)
		strikeText(&f.From, secret)
		strikeText(&f.To, secret)
	}
	for _, list := range [...][]string{e.Added, e.Removed, e.Left, e.Unlinked} {
		for i := range list {
			strikeText(&list[i], secret)
		}
	}
	e.Before, e.After = strikeBytes(e.Before, secret), strikeBytes(e.After, secret)
}

func strikeText(text *string, secret string) {
	if strings.Contains(*text, secret) {
		*text = strings.ReplaceAll(*text, secret, redacted)
	}
}

// strikeBytes returns b without secret, and leaves b itself as it is: it may be
// what the store holds.
func strikeBytes(b []byte, secret string) []byte {
	if len(b) < len(secret) || !bytes.Contains(b, []byte(secret)) {
		return b
	}
	return bytes.ReplaceAll(b, []byte(secret), []byte(redacted))
}

// strikeHeader returns h without secret, and leaves h itself as it is.
func strikeHeader(h http.Header, secret string) http.Header {
	holds := func(value string) bool { return strings.Contains(value, secret) }
	for name, values := range h {
		if !holds(name) && !slices.ContainsFunc(values, holds) {
			continue
		}
		kept := make(http.Header, len(h))
		for name, values := range h {
			values = slices.Clone(values)
			for i := range values {
				strikeText(&values[i], secret)
			}
			strikeText(&name, secret)
			kept[name] = values
		}
		return kept
	}
	return h
}
