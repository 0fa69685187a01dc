// Package custody is the tamper-evident log: who did what to what, in an order
// that nobody can change afterwards without being found out.
//
// Every record is a leaf of a Merkle tree (RFC 6962, in the form of
// golang.org/x/mod/sumdb/tlog). A signed checkpoint, a C2SP note, states the
// size and the root of the tree; whoever keeps a checkpoint can prove later
// that a record was there, and that nothing before it was changed, removed,
// added or put in another order. [Verify] does all of that off line.
//
// Records hold identifiers and keyed digests, never content of items: they are
// kept longer than anything else.
//
// The package does no input or output and reads no clock. Its functions are
// safe for concurrent use; its values are plain data.
package custody
