package scim

// The quirks that are known. What each means, and where it is documented, is
// in package entra; what the RFC wants instead is in the refusal beside each
// Forgive.
const (
	QuirkOpCapitalised    Quirk = "op-capitalised"           // "Replace" for "replace"
	QuirkActiveAsString   Quirk = "active-as-string"         // active: "False"
	QuirkBooleanAsString  Quirk = "boolean-as-string"        // any other boolean as a string
	QuirkRemoveWithValue  Quirk = "remove-with-value"        // remove, path members, with a value list
	QuirkDottedKeys       Quirk = "dotted-keys"              // a path-less value with "name.givenName" or URN-qualified keys
	QuirkUpsertByFilter   Quirk = "upsert-by-filter"         // emails[type eq "work"].value with no such element
	QuirkRemoveUnmatched  Quirk = "remove-unmatched"         // a remove whose filter selects nothing
	QuirkManagerAsString  Quirk = "manager-as-string"        // manager: "id"
	QuirkManagerAsArray   Quirk = "manager-as-array"         // manager: [{"value": "id"}]
	QuirkManagerCleared   Quirk = "manager-cleared-by-empty" // manager: "" or {"value": ""}
	QuirkRolesAsJSON      Quirk = "roles-as-json-string"     // roles: [{"value": "{\"id\": …}"}]
	QuirkReadOnlySent     Quirk = "read-only-sent"           // id, meta or groups in a body
	QuirkNullSent         Quirk = "null-sent"                // explicit nulls
	QuirkOldGroupSchema   Quirk = "old-group-schema"         // http://schemas.microsoft.com/2006/11/…/Group
	QuirkSchemasMissing   Quirk = "schemas-missing"          // a body without schemas
	QuirkSchemaMistyped   Quirk = "schema-mistyped"          // …enterprise:2.0User
	QuirkSchemaUnknown    Quirk = "schema-unknown"           // schemas lists what is no schema of the resource, or not the message's
	QuirkURNWithDot       Quirk = "urn-with-dot"             // …enterprise:2.0:User.department
	QuirkEmptySent        Quirk = "empty-sent"               // title: ""
	QuirkNotURI           Quirk = "reference-not-uri"        // profileUrl: "none yet"
	QuirkSchemaUnlisted   Quirk = "schema-unlisted"          // an extension's attributes without its URN in schemas
	QuirkBareExtension    Quirk = "extension-unqualified"    // path "manager" for "urn:…:User:manager"
	QuirkUnknownAttribute Quirk = "unknown-attribute"        // an attribute that no schema has
	QuirkMemberAsString   Quirk = "member-as-string"         // members: ["id"]
	QuirkUnquotedValue    Quirk = "unquoted-filter-value"    // filter=userName eq jyoung
	QuirkBooleanLiteral   Quirk = "boolean-filter-as-string" // roles[primary eq "True"]
	QuirkSelectedSub      Quirk = "selected-sub-compared"    // emails[type eq "work"].value eq "x" as a filter
	QuirkSingleAsArray    Quirk = "single-as-array"          // a list of one where one value is meant
	QuirkRefWithoutValue  Quirk = "ref-without-value"        // manager: {"$ref": "…/Users/id"}
	QuirkRefContradicts   Quirk = "ref-contradicts-value"    // manager: {"value": "1", "$ref": "…/Users/2"}
	QuirkArrayAsSingle    Quirk = "array-as-single"          // one value where a list is meant
	QuirkBulkMethodCase   Quirk = "bulk-method-case"         // a bulk operation with the method "post"
	QuirkBulkIDMissing    Quirk = "bulk-id-missing"          // a POST in a bulk request without a bulkId
	QuirkBareETag         Quirk = "etag-unquoted"            // If-Match: 3
	QuirkNumberAsString   Quirk = "number-as-string"         // count: "10"
	QuirkBothProjections  Quirk = "attributes-and-excluded"  // attributes together with excludedAttributes
	QuirkBothPagings      Quirk = "cursor-and-start-index"   // cursor together with startIndex
	QuirkCountTooLarge    Quirk = "count-too-large"          // a count over maxPageSize beside a cursor
	QuirkCursorQuery      Quirk = "cursor-query-changed"     // other attributes or another count than the cursor was made for
	QuirkFilterIgnored    Quirk = "filter-ignored"           // a filter on /ServiceProviderConfig
	QuirkMediaType        Quirk = "media-type-other"         // JSON as application/x-www-form-urlencoded
)

// forgive is Forgive for a refusal that costs something to word, which only
// the RFC profile needs.
func (r *Reading) forgive(q Quirk, refusal func() *Error) error {
	if r.Profile == RFC {
		return r.Forgive(q, refusal())
	}
	return r.Forgive(q, nil)
}
