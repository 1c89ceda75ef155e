package people

import (
	"encoding/json"
	"strings"

	"airmock/internal/scim"
)

// A spreadsheet runs what stands in a cell and begins like a formula, wherever
// it came from. So a text that could be one gets an apostrophe in front, which
// spreadsheets take for "this is text", and which is taken away again when the
// file is read. Digits behind a sign, as in a phone number, can call nothing and
// stay as they are. An apostrophe by itself is the empty text, since an empty
// cell is no value at all.

const apostrophe = "'"

// formulaStarts are the characters with which spreadsheets begin a formula.
const formulaStarts = "=+-@\t\r"

// guarded is text as it stands in a cell.
func guarded(text string) string {
	switch {
	case text == "", strings.HasPrefix(text, apostrophe):
		return apostrophe + text
	case !strings.ContainsRune(formulaStarts, rune(text[0])), isNumberLike(text):
		return text
	}
	return apostrophe + text
}

// unguarded is the text that stands in a cell.
func unguarded(cell string) string {
	rest, ok := strings.CutPrefix(cell, apostrophe)
	if ok && (rest == "" || strings.ContainsRune(formulaStarts+apostrophe, rune(rest[0]))) {
		return rest
	}
	return cell
}

// isNumberLike reports whether text is a sign and digits, with what stands
// between those of a phone number.
func isNumberLike(text string) bool {
	return (text[0] == '+' || text[0] == '-') && len(text) > 1 &&
		strings.Trim(text[1:], "0123456789 ().-/") == ""
}

// listSeparator stands between the values of a list in a cell.
const listSeparator = ";"

// listCell writes a list of texts: a;b;c, or as JSON where that would be read
// as something else.
func listCell(texts []string) string {
	for _, t := range texts {
		if t == "" || strings.Contains(t, listSeparator) || strings.TrimSpace(t) != t || t[0] == '[' {
			list := scim.NewArray()
			for _, t := range texts {
				list.Append(scim.NewString(t))
			}
			return list.String()
		}
	}
	return strings.Join(texts, listSeparator)
}

// listOf reads what listCell wrote.
func listOf(cell string) *scim.Value {
	if v := jsonOf(cell, scim.Array); v != nil {
		return v
	}
	list := scim.NewArray()
	for t := range strings.SplitSeq(cell, listSeparator) {
		if t = strings.TrimSpace(t); t != "" {
			list.Append(scim.NewString(t))
		}
	}
	return list
}

// anyCell writes a value of an attribute that no schema knows, so that anyOf
// reads the same.
func anyCell(v *scim.Value) string {
	if v.Kind() == scim.String && !json.Valid([]byte(v.Text())) {
		return v.Text()
	}
	return v.String()
}

// anyOf reads a value of an attribute that no schema knows: JSON where it is
// that, else a text.
func anyOf(cell string) *scim.Value {
	if v, err := scim.Parse([]byte(cell)); err == nil {
		return v
	}
	return scim.NewString(cell)
}

// jsonOf reads a cell as JSON of that kind; nil where it is none.
func jsonOf(cell string, kind scim.Kind) *scim.Value {
	start := map[scim.Kind]string{scim.Array: "[", scim.Object: "{", scim.String: `"`}[kind]
	if !strings.HasPrefix(cell, start) {
		return nil
	}
	if v, err := scim.Parse([]byte(cell)); err == nil && v.Kind() == kind {
		return v
	}
	return nil
}
