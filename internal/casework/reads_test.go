package casework_test

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// Each person's reading of a case is in the custody log once an hour, and that of
// a case that is not there never.
func TestReadings(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a, b := w.add(nil).Case, w.add(nil).Case
		records := func() (n int64) {
			w.must(w.db.View(ctx, func(tx *store.Tx) (err error) {
				n, err = store.One[int64](tx, `SELECT COUNT(*) FROM custody_records WHERE action = 'case.read'`)
				return err
			}))
			return n
		}
		for _, x := range []struct {
			who  string
			id   int64
			wait time.Duration
			want int64
		}{{"person:1", a, 0, 1}, {"person:1", a, 59 * time.Minute, 1}, {"person:1", b, 0, 2}, {"person:2", a, 0, 3}, {"person:1", a, 2 * time.Minute, 4}, {"person:1", a, 0, 4}} {
			w.turn(x.wait)
			w.must(w.s.Read(ctx, x.who, x.id))
			if n := records(); n != x.want {
				t.Errorf("%s reads %d after %s: %d records, want %d", x.who, x.id, x.wait, n, x.want)
			}
		}
		w.refused(w.s.Read(ctx, "person:1", b+100), jaga.CodeNotFound, "reading what is not there")
		if n := records(); n != 4 {
			t.Errorf("%d records", n)
		}
		w.verify(a, b)
	})
}
