// Package spread keeps what platforms tell of the spread of material that is
// known here: how often it was viewed, sent, received or reported there. Each
// time is a new harm to the child, and here it is a number: counts by the hour,
// never a row for each view.
//
// Only material that is known is counted: what matches an entry of a bank, or an
// item that something was found in. Whatever else is told of is passed over, so
// that nobody's ordinary pictures are followed. Hashes, accounts and the
// platform's own numbers are kept as keyed digests.
package spread
