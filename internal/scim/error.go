package scim

import (
	"fmt"
	"unicode/utf8"
)

// ErrorType is a scimType of RFC 7644 section 3.12, table 9, or of RFC 9865
// section 2.1, table 3.
type ErrorType string

// The scimType values. Each belongs to one HTTP status; scimserver has the
// table.
const (
	InvalidFilter ErrorType = "invalidFilter"
	TooMany       ErrorType = "tooMany"
	Uniqueness    ErrorType = "uniqueness"
	Mutability    ErrorType = "mutability"
	InvalidSyntax ErrorType = "invalidSyntax"
	InvalidPath   ErrorType = "invalidPath"
	NoTarget      ErrorType = "noTarget"
	InvalidValue  ErrorType = "invalidValue"
	InvalidVers   ErrorType = "invalidVers"
	Sensitive     ErrorType = "sensitive"
	InvalidCursor ErrorType = "invalidCursor"
	ExpiredCursor ErrorType = "expiredCursor"
	InvalidCount  ErrorType = "invalidCount"
)

// Error is a request that the protocol refuses. Detail says what was wrong,
// where, and what would be right.
type Error struct {
	Type   ErrorType
	Detail string
}

// Errorf returns an *Error with a formatted detail.
func Errorf(t ErrorType, format string, args ...any) *Error {
	return &Error{Type: t, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string { return string(e.Type) + ": " + e.Detail }

// brief shows a value in an error's detail: scalars shortened, the others by
// their kind.
func brief(v *Value) string {
	switch v.Kind() {
	case String:
		return excerpt(v.Text())
	case Bool, Number:
		return cut(v.text)
	case Null:
		return "null"
	case Array:
		return "a list"
	}
	return "an object"
}

// excerpt quotes the beginning of a text from the wire as Go does, so that
// nothing in it acts on whoever is shown the error.
func excerpt(s string) string {
	if head := cut(s); len(head) < len(s) {
		return fmt.Sprintf("%q…", head)
	}
	return fmt.Sprintf("%q", s)
}

// cut returns the beginning of s, at most 40 bytes in whole characters.
func cut(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// AppendError appends the JSON body of a SCIM error (RFC 7644 section 3.12)
// to dst. status is the HTTP status; an empty t is left out.
func AppendError(dst []byte, status int, t ErrorType, detail string) []byte {
	v := NewObject()
	v.Set("schemas", NewArray(NewString(URNError)))
	v.Set("status", NewString(fmt.Sprint(status)))
	if t != "" {
		v.Set("scimType", NewString(string(t)))
	}
	if detail != "" {
		v.Set("detail", NewString(detail))
	}
	return v.AppendJSON(dst)
}

// The URNs of messages and of the schemas of RFC 7643.
const (
	URNError        = "urn:ietf:params:scim:api:messages:2.0:Error"
	URNListResponse = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	URNSearch       = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	URNPatchOp      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	URNBulkRequest  = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	URNBulkResponse = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	URNUser         = "urn:ietf:params:scim:schemas:core:2.0:User"
	URNGroup        = "urn:ietf:params:scim:schemas:core:2.0:Group"
	URNEnterprise   = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	URNSchema       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	URNResourceType = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	URNConfig       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)
