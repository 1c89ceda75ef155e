package scim

import "fmt"

// ErrorType is a scimType of RFC 7644 section 3.12, table 9.
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
	URNPatchOp      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	URNUser         = "urn:ietf:params:scim:schemas:core:2.0:User"
	URNGroup        = "urn:ietf:params:scim:schemas:core:2.0:Group"
	URNEnterprise   = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	URNSchema       = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	URNResourceType = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	URNConfig       = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)
