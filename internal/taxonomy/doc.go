// Package taxonomy holds what a reviewer can observe, and what the scales of
// the field make of it.
//
// [Facts] are recorded once. Every scale (NCMEC, UK, INTERPOL baseline, ICCAM,
// UCS, XARF, DSA) is derived from them by a [Table], which is data with a
// version. There is no way from one scale to another: a scale is lossy, and a
// chain of two loses twice. What a table cannot tell from the facts it leaves
// to a person, with the reason; it never falls back to a value.
//
// The package does no input or output and knows no clock.
package taxonomy
