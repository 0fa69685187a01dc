package store

import "time"

// Now is what the clock of the database says outside a transaction; inside one,
// use [Tx.Now].
func (db *DB) Now() time.Time { return db.now() }
