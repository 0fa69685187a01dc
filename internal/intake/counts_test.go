package intake_test

import (
	"context"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func TestBandsAndLateItemsAreCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		w.list(t, "KNOWN", scene(t, 1, 200, 150))
		w.take(t, file(scene(t, 1, 200, 150)))
		missed := w.take(t, file(scene(t, 5, 200, 150)))
		hour := time.Now().Add(-time.Hour)
		if n, err := w.in.Bands(t.Context(), hour); err != nil || len(n) != 1 || n[jaga.BandReview] != 1 {
			t.Errorf("Bands = %v, %v", n, err)
		}
		if n, err := w.in.Bands(t.Context(), time.Now().Add(time.Hour)); err != nil || len(n) != 0 {
			t.Errorf("Bands of a time to come = %v, %v", n, err)
		}
		if n, err := w.in.LateHourly(t.Context(), hour); err != nil || len(n) != 0 {
			t.Errorf("LateHourly without late matches = %v, %v", n, err)
		}
		w.list(t, "KNOWN", scene(t, 5, 200, 150))
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		go func() { _ = db.Work(ctx, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch}) }()
		for {
			if rec, err := w.in.Get(ctx, missed.Item.ID); err != nil {
				t.Fatal(err)
			} else if rec.Late {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		n, err := w.in.LateHourly(t.Context(), hour)
		if err != nil || len(n) != 1 || n[missed.Item.At.Unix()/3600] != 1 {
			t.Errorf("LateHourly = %v, %v", n, err)
		}
	})
}
