package entra

import (
	"maps"
	"slices"

	"airmock/internal/scim"
)

// QuirkInfo explains a quirk.
type QuirkInfo struct {
	Name    scim.Quirk
	Summary string // one sentence
	Source  string // RFC section or Microsoft page
}

// Quirk explains q; an unknown one explains itself as its name.
func Quirk(q scim.Quirk) QuirkInfo {
	if r, ok := quirks[q]; ok {
		return QuirkInfo{Name: q, Summary: r.text, Source: r.source}
	}
	return QuirkInfo{Name: q, Summary: string(q)}
}

// Quirks returns the quirks that are known, by name.
func Quirks() []scim.Quirk { return slices.Sorted(maps.Keys(quirks)) }

var quirks = map[scim.Quirk]reason{
	scim.QuirkOpCapitalised: {
		"Add, Replace and Remove are capitalised, as Entra's default dialect sends them; the RFC has them in lower case, and aadOptscim062020 makes them so.",
		pageCompliance},
	scim.QuirkActiveAsString: {
		`active is the string "True" or "False", because Entra's default mapping makes a text of it; it is read as the boolean, and aadOptscim062020 sends one when it disables.`,
		pageCompliance},
	scim.QuirkBooleanAsString: {
		"A boolean attribute is sent as a string and is read as the boolean it spells.",
		"RFC 7643 section 2.3.2"},
	scim.QuirkRemoveWithValue: {
		"The members to remove are listed as the value, as Entra's default dialect does it; only these are removed, while the RFC has no value on remove and would empty the group.",
		pageCompliance},
	scim.QuirkDottedKeys: {
		"An operation without a path carries keys such as name.givenName or a URN with an attribute, as Entra sends them with aadOptscim062020; each is set as if it were the path.",
		pageCompliance},
	scim.QuirkUpsertByFilter: {
		"The path selects an element by a filter that none satisfies; Entra expects it to be made, where the RFC wants 400 noTarget.",
		"RFC 7644 section 3.5.2.3"},
	scim.QuirkRemoveUnmatched: {
		"A remove selects a value that is not there; nothing is left to do, so it is taken as done, where the RFC wants 400 noTarget.",
		"RFC 7644 section 3.12"},
	scim.QuirkManagerAsString: {
		"The manager is a bare id; the schema wants an object with the id as its value.",
		"RFC 7643 section 4.3"},
	scim.QuirkManagerAsArray: {
		"The manager is a list of one, as an example of Microsoft's has it; the schema has a single object.",
		pageEndpoint},
	scim.QuirkRefWithoutValue: {
		"A reference has the address of a resource as $ref and no value; the id is taken from the end of the address.",
		"RFC 7643 section 2.4"},
	scim.QuirkRefContradicts: {
		"A reference names one resource by its value and another by its $ref; the value counts, and $ref is made from it.",
		"RFC 7643 section 2.4"},
	scim.QuirkManagerCleared: {
		"An empty string as the manager means that there is none any more; the RFC removes an attribute with the remove operation or null.",
		"RFC 7644 section 3.5.2.2"},
	scim.QuirkRolesAsJSON: {
		"The value of a role is a JSON object written as a string, as Entra's default dialect patches app roles; it is read as the role it describes.",
		pageMappings},
	scim.QuirkReadOnlySent: {
		"The body holds attributes that only the server sets, such as id, meta or groups; they are ignored, as the RFC says.",
		"RFC 7644 section 3.3"},
	scim.QuirkNullSent: {
		"Attributes without a value are sent as null, which means the same as leaving them out.",
		"RFC 7643 section 2.5"},
	scim.QuirkOldGroupSchema: {
		"schemas holds Microsoft's own group URI from before SCIM 2.0, which its examples still show beside the standard one.",
		pageCompliance},
	scim.QuirkSchemasMissing: {
		"The body does not say which schemas it follows; the endpoint tells.",
		"RFC 7643 section 3"},
	scim.QuirkSchemaMistyped: {
		"The URN of a schema is written without its last colon, as that of the enterprise extension in an example of Microsoft's; it is read as the schema.",
		pageEndpoint},
	scim.QuirkSchemaUnknown: {
		"schemas lists a URN that is no schema of this resource, or not the one of the message; it is passed over, and the answer lists the right ones.",
		"RFC 7643 section 3"},
	scim.QuirkURNWithDot: {
		"A dot stands between an extension's URN and its attribute, as jobs from before December 2018 send it; it is read as the colon.",
		pageCompliance},
	scim.QuirkEmptySent: {
		"An attribute is sent as an empty string, which to Microsoft's validator clears it, and so it does here; to the RFC it is a value of no characters.",
		"RFC 7643 section 2.5"},
	scim.QuirkNotURI: {
		"The value of a reference is no URI; it is kept as it was sent, where the RFC wants an absolute or relative one.",
		"RFC 7643 section 2.3.7"},
	scim.QuirkSchemaUnlisted: {
		"The body holds attributes of a schema that schemas does not list; Entra never lists custom extensions there.",
		pageMappings},
	scim.QuirkBareExtension: {
		"An attribute of an extension is named without the extension's URN.",
		"RFC 7644 section 3.10"},
	scim.QuirkUnknownAttribute: {
		"An attribute belongs to no schema of this tenant; it is kept and returned as it was sent.",
		"RFC 7643 section 3.3"},
	scim.QuirkMemberAsString: {
		"A member is a bare id; the schema wants an object with the id as its value.",
		"RFC 7643 section 4.2"},
	scim.QuirkUnquotedValue: {
		"The text in the filter is not in quotes, as in an example of Microsoft's; it is read as if it were.",
		pageEndpoint},
	scim.QuirkBooleanLiteral: {
		`A filter compares a boolean with a string, such as roles[primary eq "True"], as Entra's mappings write it; it is read as the boolean.`,
		pageMappings},
	scim.QuirkSelectedSub: {
		`The filter compares a sub-attribute behind the brackets that select values, emails[type eq "work"].value eq "x", as Entra does where that is the matching attribute; the RFC has the comparison within the brackets.`,
		pageEndpoint},
	scim.QuirkSingleAsArray: {
		"A list of one is sent where the attribute has a single value; its element is taken.",
		"RFC 7643 section 2.2"},
	scim.QuirkBulkMethodCase: {
		"The method of an operation in a bulk request is not in upper case, as HTTP's methods are; it is read as if it were.",
		"RFC 9110 section 9.1"},
	scim.QuirkBulkIDMissing: {
		"A POST in a bulk request has no bulkId; it is run all the same, but nothing can refer to what it creates.",
		"RFC 7644 section 3.7"},
	scim.QuirkArrayAsSingle: {
		"A single value is sent where the attribute is a list; it becomes a list of one.",
		"RFC 7643 section 2.4"},
	scim.QuirkBareETag: {
		"An entity tag in If-Match or If-None-Match has no quotes; it is compared as if it had.",
		"RFC 9110 section 8.8.3"},
	scim.QuirkNumberAsString: {
		"A number in the body of a search is sent as a string and is read as the number it spells.",
		rfcSearch},
	scim.QuirkBothProjections: {
		"attributes and excludedAttributes come together, which the RFC makes mutually exclusive; what the first asks for is reduced by the second.",
		"RFC 7644 section 3.9"},
	scim.QuirkBothPagings: {
		"cursor and startIndex come together, which are two ways of paging; the cursor counts.",
		rfcCursor},
	scim.QuirkCountTooLarge: {
		"The count beside a cursor is over maxPageSize; the page holds as many as there may be.",
		rfcCursor},
	scim.QuirkCursorQuery: {
		"The cursor comes back with another count or other attributes than it was given out for; the walk goes on with these.",
		rfcCursor},
	scim.QuirkFilterIgnored: {
		"There is a filter on the service provider configuration, which is one document and no list; it is ignored.",
		"RFC 7644 section 4"},
	scim.QuirkMediaType: {
		"The header Content-Type names neither application/scim+json nor application/json; the body is JSON all the same and is read as that.",
		"RFC 7644 section 3.1"},
}
