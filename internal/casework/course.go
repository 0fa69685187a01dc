package casework

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Slot is how many findings of one kind and band a case has within a short time.
type Slot struct {
	Kind Kind
	Band jaga.Band
	N    int64
	// First and Last are when the first and the last happened, in microseconds.
	First, Last int64
	Finding     int64  // the smallest number among them
	Account     string // that they are about, empty where it is not one alone
	Accounts    bool   // they are about several
}

// courseSlots is into how many times a course is divided at most.
const courseSlots = 2000

// Course counts the findings of a case and of those merged into it by kind, band
// and time, so that a plot of 50,000 reads a few thousand rows at most. What
// happened within the same second counts together, or within a two-thousandth
// of the whole time where that is longer. The slots are in no order.
func (s *Service) Course(ctx context.Context, id int64) (out []Slot, err error) {
	const of = ` FROM case_findings WHERE case_id IN (WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id) SELECT id FROM m) `
	type row struct {
		Kind                    Kind
		Band                    jaga.Band
		N, First, Last, Finding int64
		From, To                string
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		type span struct{ First, Last int64 }
		all, err := store.One[span](tx, `SELECT COALESCE(MIN(at), 0), COALESCE(MAX(at), 0)`+of, id)
		if err != nil {
			return err
		}
		width := max(time.Second.Microseconds(), (all.Last-all.First)/courseSlots+1)
		rows, err := store.All[row](tx, `SELECT kind, band, COUNT(*), MIN(at), MAX(at), MIN(id), MIN(account), MAX(account)`+of+`GROUP BY kind, band, (at - $2) / $3`, id, all.First, width)
		for _, r := range rows {
			x := Slot{r.Kind, r.Band, r.N, r.First, r.Last, r.Finding, r.To, r.From != r.To}
			if x.Accounts {
				x.Account = ""
			}
			out = append(out, x)
		}
		return err
	})
	return out, err
}
