package scim

import (
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// bulkRef begins a reference to what another operation of a bulk request
// creates: "bulkId:qwerty" stands for the id of the resource that the POST with
// the bulkId "qwerty" makes (RFC 7644 section 3.7.2).
const bulkRef = "bulkId:"

// Created is what a reference is replaced by.
type Created struct{ ID, Location string }

// References returns the bulkIds that op refers to, each once: in its path, and
// in its data, where a reference is a whole string, the last segment of a $ref,
// or in a PATCH path a text that a filter compares with.
func (op *BulkOperation) References() []string {
	var names []string
	seen := make(map[string]bool)
	op.rewrite(func(bulkID string) (Created, bool) {
		if !seen[bulkID] {
			seen[bulkID] = true
			names = append(names, bulkID)
		}
		return Created{}, false
	})
	return names
}

// Resolve replaces the references of op by what find knows, and leaves those
// that it does not know.
func (op *BulkOperation) Resolve(find func(bulkID string) (Created, bool)) { op.rewrite(find) }

func (op *BulkOperation) rewrite(find func(bulkID string) (Created, bool)) {
	w := rewriter{find: find, patch: op.Method == "PATCH"}
	if strings.Contains(op.Path, bulkRef[:len(bulkRef)-1]) {
		op.Path = w.segments(op.Path)
	}
	w.value(op.Data)
}

// rewriter replaces references in a tree.
type rewriter struct {
	find  func(bulkID string) (Created, bool)
	patch bool // whether the tree is the body of a PATCH
}

func (w *rewriter) value(v *Value) {
	for c := range v.children() {
		w.value(c)
	}
	// Escapes hide nothing: a string has one spelling, see walker.quoted.
	if v.Kind() != String || !strings.Contains(v.text, bulkRef) {
		return
	}
	text := v.Text()
	isRef := sameName(v.name, "$ref")
	switch name, whole := strings.CutPrefix(text, bulkRef); {
	case whole:
		made, ok := w.find(name)
		if ok && isRef {
			text = made.Location
		} else if ok {
			text = made.ID
		}
	case isRef:
		text = w.segments(text)
	case w.patch && sameName(v.name, "path"):
		text = w.literals(text)
	default:
		return // a text that happens to have the word in it
	}
	v.text = string(appendQuoted(nil, text))
}

// segments replaces the references that are segments of a URL's path.
func (w *rewriter) segments(address string) string {
	path, query, asked := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			continue
		}
		if name, ok := strings.CutPrefix(plain, bulkRef); ok {
			if made, ok := w.find(name); ok {
				parts[i] = url.PathEscape(made.ID)
			}
		}
	}
	path = strings.Join(parts, "/")
	if asked {
		return path + "?" + query
	}
	return path
}

// literals replaces the references that are quoted texts in a PATCH path:
// members[value eq "bulkId:qwerty"].
func (w *rewriter) literals(path string) string {
	var out []byte
	for {
		start := strings.IndexByte(path, '"')
		if start < 0 {
			break
		}
		size := literalSize(path[start:])
		if size == 0 {
			break
		}
		literal := path[start : start+size]
		out = append(out, path[:start]...)
		out = w.appendLiteral(out, literal)
		path = path[start+size:]
	}
	return string(append(out, path...))
}

func (w *rewriter) appendLiteral(dst []byte, literal string) []byte {
	if text, err := jsontext.AppendUnquote(nil, literal); err == nil {
		if name, ok := strings.CutPrefix(string(text), bulkRef); ok {
			if made, ok := w.find(name); ok {
				return appendQuoted(dst, made.ID)
			}
		}
	}
	return append(dst, literal...)
}

// literalSize returns the length of the quoted text at the start of s; 0 where
// it does not end.
func literalSize(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
