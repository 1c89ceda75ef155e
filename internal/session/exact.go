package session

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"airmock/internal/journal"
)

// exact is how a journal.Call is written field by field, under the names of its
// fields: texts as strings, or where they are no UTF-8 as {"base64": "…"}, and
// durations in nanoseconds. A field that Call gets is written without more ado.
var exact = json.JoinOptions(
	json.Deterministic(true),
	jsontext.AllowInvalidUTF8(true), // in texts of a type of their own, which are ours and have none
	json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(writeText[string]), json.MarshalToFunc(writeText[[]byte]),
		json.MarshalToFunc(func(enc *jsontext.Encoder, d time.Duration) error { return enc.WriteToken(jsontext.Int(int64(d))) }),
		json.MarshalToFunc(func(enc *jsontext.Encoder, t time.Time) error {
			return enc.WriteToken(jsontext.String(t.UTC().Format(time.RFC3339Nano)))
		}),
	)),
	json.WithUnmarshalers(json.JoinUnmarshalers(
		json.UnmarshalFromFunc(readText[string]), json.UnmarshalFromFunc(readText[[]byte]),
		json.UnmarshalFromFunc(func(dec *jsontext.Decoder, h *http.Header) error {
			*h = nil
			return json.UnmarshalDecode(dec, (*map[string][]string)(h))
		}),
		json.UnmarshalFromFunc(func(dec *jsontext.Decoder, d *time.Duration) error { return json.UnmarshalDecode(dec, (*int64)(d)) }),
	)),
)

// binary is a text that is no UTF-8.
type binary struct {
	Base64 string `json:"base64"`
}

func writeText[T string | []byte](enc *jsontext.Encoder, text T) error {
	if utf8.ValidString(string(text)) {
		return enc.WriteToken(jsontext.String(string(text)))
	}
	quoted, err := json.Marshal(binary{base64.StdEncoding.EncodeToString([]byte(text))})
	if err != nil {
		return err
	}
	return enc.WriteValue(quoted)
}

func readText[T string | []byte](dec *jsontext.Decoder, text *T) error {
	if dec.PeekKind() != '{' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		*text = T(token.String())
		return nil
	}
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	var b binary
	if err := json.Unmarshal(value, &b); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(b.Base64)
	*text = T(raw)
	return err
}

// beyond returns what told, the call that the reader of a form makes of it,
// lacks of c: an object with the fields that differ, or nil for none.
func beyond(told, c *journal.Call) (jsontext.Value, error) {
	was, err := json.Marshal(told, exact)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(c, exact)
	if err != nil {
		return nil, err
	}
	return difference(was, is)
}

// complete gives c what beyond said.
func complete(c *journal.Call, beyond jsontext.Value) error {
	if len(beyond) == 0 {
		return nil
	}
	return json.Unmarshal(beyond, c, exact)
}

// difference returns the members of the object is that was has not, or has with
// another value, and of objects that both have their difference; nil where
// there is none. A header is written whole, as a field that went has no value to
// be written with.
func difference(was, is jsontext.Value) (jsontext.Value, error) {
	var before, after map[string]jsontext.Value
	if err := json.Unmarshal(was, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(is, &after); err != nil {
		return nil, err
	}
	differ := map[string]jsontext.Value{}
	for name, value := range after {
		old := before[name]
		if bytes.Equal(old, value) {
			continue
		}
		if name != "Header" && old.Kind() == '{' && value.Kind() == '{' {
			inner, err := difference(old, value)
			if err != nil {
				return nil, err
			}
			value = inner
		}
		if value != nil {
			differ[name] = value
		}
	}
	if len(differ) == 0 {
		return nil, nil
	}
	return json.Marshal(differ, json.Deterministic(true))
}

// sortedNames returns the names of header fields in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
