package store_test

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A transaction can begin at another time; the custody log keeps the real one.
func TestAtDatesNoRecordBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		past := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		began := time.Now().Add(-time.Second)
		if _, ok := store.TimeOf(t.Context()); ok {
			t.Error("a context has a time that nobody chose")
		}
		if err := db.Update(store.At(t.Context(), past), event, func(tx *store.Tx) error {
			if tx.Now() != past.UnixMicro() {
				t.Errorf("the transaction is at %s", time.UnixMicro(tx.Now()))
			}
			return tx.Record(event)
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			if time.UnixMicro(tx.Now()).Before(began) {
				t.Error("the next transaction is in the past as well")
			}
			records, err := store.CustodyPage(tx, store.CustodyFilter{}, -1, 10)
			if len(records) != 2 {
				t.Errorf("%d records, want 2", len(records))
			}
			for _, r := range records {
				if time.UnixMicro(r.At).Before(began) {
					t.Errorf("record %d says %s", r.Seq, time.UnixMicro(r.At))
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
