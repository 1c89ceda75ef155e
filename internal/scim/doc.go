// Package scim is the SCIM 2.0 protocol without I/O: documents as trees,
// schemas and resource types, what a write makes of a resource, filters, paths
// and patches, projections, and the names of operations (RFC 7643, RFC 7644).
//
// Every request is read through a Reading, which says how strictly: in the
// Entra profile each departure from the RFC that Microsoft Entra ID is known
// for has its meaning and is noted as a Quirk, in the RFC profile it is
// refused. What comes out is the same in both: a body in one canonical form,
// so that the same facts are the same bytes whoever wrote them.
package scim
