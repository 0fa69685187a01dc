// Package api is Jaga's own HTTP interface: items, matches, banks, entries,
// lists, status and keys, under /v1, with its description in OpenAPI 3.1 and a
// page for people at /docs.
//
// Who asks is in the request's context already (see [auth.Service.Identify]).
// Every operation declares the scope that it needs once, where it is
// registered; the check, the OpenAPI document and the page read it from there.
//
// Errors are problem documents (RFC 9457) with a code, the field at fault and
// a hint. They never hold anything that was sent: what people upload here may
// be a child's words, and answers end up in logs.
package api
