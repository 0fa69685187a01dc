package bank_test

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A connection that is lost during a commit leaves nobody knowing whether the
// change took effect; the index is then read again from the database.
func TestConnectionLostDuringCommit(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	db := storetest.Open(t, url)
	other, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	s, e := open(t, db, "")
	create(t, s, "A")
	if _, err := s.Add(t.Context(), actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, 1)}}); err != nil {
		t.Fatal(err)
	}
	before := e.Stats().Version
	err = db.Bulk(t.Context(), func(tx *store.Tx) error {
		pid, err := store.One[int64](tx, `SELECT CAST(pg_backend_pid() AS BIGINT)`)
		if err != nil {
			return err
		}
		return other.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`SELECT pg_terminate_backend(CAST($1 AS INTEGER))`, pid)
			return err
		})
	})
	if err == nil {
		t.Fatal("the commit succeeded on a connection that was ended")
	}
	for deadline := time.Now().Add(20 * time.Second); e.Stats().Version == before || s.Settle() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the index was not read again")
		}
	}
	if !e.Has(1, value(jaga.MD5, 1), 0) {
		t.Error("the index that was read again lacks an entry")
	}
}
