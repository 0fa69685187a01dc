package store

import (
	"context"
	"time"
)

// Now is what the clock of the database says outside a transaction; inside one,
// use [Tx.Now].
func (db *DB) Now() time.Time { return db.now() }

type atKey struct{}

// At has the transactions of a context begin at a time of the caller's choice,
// which [Tx.Now] then tells: for sample data that are spread over the past.
// Custody records keep the time of the clock, for they say when something was
// written; nothing can date them back.
func At(ctx context.Context, t time.Time) context.Context {
	return context.WithValue(ctx, atKey{}, t)
}

// TimeOf is the time that [At] chose; ok is false where it chose none.
func TimeOf(ctx context.Context) (t time.Time, ok bool) {
	t, ok = ctx.Value(atKey{}).(time.Time)
	return t, ok
}
