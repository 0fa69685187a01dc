package store_test

import (
	"fmt"
	"testing"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// BenchmarkVerifyMillion reads and checks a log of a million records, as jaga
// verify does. Making the log takes longer than checking it.
func BenchmarkVerifyMillion(b *testing.B) {
	const n = 1_000_000
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			url := storetest.SQLite(b)
			if engine == "postgres" {
				url = storetest.Postgres(b)
			}
			db := storetest.Open(b, url)
			FillCustody(b, db, n)
			b.ResetTimer()
			for b.Loop() {
				if got, err := db.VerifyCustody(b.Context(), storetest.Verifier(b), "", nil); err != nil || got != n {
					b.Fatalf("%d records, error %v", got, err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/million")
		})
	}
}

// FillCustody writes a log of n records as Update would, many times faster, and
// signs it.
func FillCustody(b testing.TB, db *store.DB, n int64) {
	b.Helper()
	var v custody.Verifier
	var pending [][]any
	id := int64(0)
	event := func(i int64) custody.Event {
		return custody.Event{Actor: fmt.Sprint("person:", i%40), Action: []string{"entry.add", "item.finding", "excerpt.open", "bank.update"}[i%4],
			Subject: fmt.Sprint("case:", i/50), Detail: map[string]string{"bank": "bank:1", "n": fmt.Sprint(i)}}
	}
	err := db.Bulk(b.Context(), func(tx *store.Tx) error {
		i := int64(0)
		_, err := tx.BulkInsert("custody_records", []string{"seq", "at", "actor", "action", "subject", "detail", "leaf"}, func() ([]any, error) {
			if i == n {
				return nil, nil
			}
			r, err := custody.NewRecord(i, 1_790_000_000_000_000+i*3_000_000, event(i))
			if err != nil {
				return nil, err
			}
			i++
			leaf := r.Leaf()
			return []any{r.Seq, r.At, r.Actor, r.Action, r.Subject, r.Detail, leaf[:]}, nil
		})
		if err != nil {
			return err
		}
		i = 0
		_, err = tx.BulkInsert("custody_hashes", []string{"id", "hash"}, func() ([]any, error) {
			for len(pending) == 0 {
				if i == n {
					return nil, nil
				}
				r, err := custody.NewRecord(i, 1_790_000_000_000_000+i*3_000_000, event(i))
				if err != nil {
					return nil, err
				}
				if err := v.Add(r, r.Leaf()); err != nil {
					return nil, err
				}
				i++
				for _, h := range v.Stored() {
					pending = append(pending, []any{id, append([]byte(nil), h[:]...)})
					id++
				}
			}
			row := pending[0]
			pending = pending[1:]
			return row, nil
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE custody_head SET size = $1`, n)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.Checkpoint(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCustodyPages asks a log of a million records for what the page
// Custody shows, with filters that choose much, little and nothing.
func BenchmarkCustodyPages(b *testing.B) {
	const n, start, step = 1_000_000, 1_790_000_000_000_000, 3_000_000
	for _, engine := range []string{"sqlite", "postgres"} {
		url := storetest.SQLite(b)
		if engine == "postgres" {
			url = storetest.Postgres(b)
		}
		db := storetest.Open(b, url)
		FillCustody(b, db, n)
		for name, f := range map[string]store.CustodyFilter{
			"all": {}, "actor": {Actor: "person:3"}, "action": {Action: "excerpt.open"}, "both": {Actor: "person:3", Action: "bank.update"},
			"contradiction": {Actor: "person:3", Action: "item.finding"}, "subject": {Subject: "case:7"}, "nobody": {Actor: "person:99"},
			"a day": {From: start + 40_000*step, To: start + 68_800*step}, "all days": {From: start, To: start + n*step},
			"actor in a day": {Actor: "person:3", From: start + 40_000*step, To: start + 68_800*step},
		} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := db.View(b.Context(), func(tx *store.Tx) error {
						if _, err := store.CustodyPage(tx, f, 700_000, 51); err != nil {
							return err
						}
						_, err := store.CustodyCount(tx, f, 10_000)
						return err
					}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
