// Package store keeps Jaga's rows: one implementation over SQLite and
// PostgreSQL.
//
// [DB.Update] is for what people and the system decide: it takes a custody
// event first and appends it to the tamper-evident log in the same
// transaction, so that there is no write without a record. [DB.Bulk] is for
// machine data in large numbers and writes no record. [DB.View] reads one
// consistent state.
//
// Statements are plain SQL in the subset that both engines share: $1
// placeholders, ON CONFLICT, RETURNING, times as BIGINT microseconds, JSON as
// TEXT. Words in double braces stand for what differs ({{blob}}). Any error
// ends the transaction, on both engines.
//
// SQLite has one writing connection and a pool of readers; it runs in WAL mode
// with synchronous=FULL, so what was acknowledged survives a crash of the
// process and of the machine. The database is trusted: who can write to it can
// add entries and remove items. They cannot do so unnoticed: [DB.VerifyCustody]
// finds changes to the log, and checkpoints kept elsewhere date them.
package store
