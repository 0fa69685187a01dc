package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// Items that came in before a list are found late however long its list is, and
// the passes over the items stay few however often a bank grows.
func TestLateMatchesOfManyEntries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		eng := engine.New()
		banks, err := bank.Open(ctx, db, eng, bank.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		in := intake.New(ctx, db, eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Settle: banks.Settle})
		if _, err := banks.Create(ctx, "test", bank.Defaults("A")); err != nil {
			t.Fatal(err)
		}
		hash := func(i int) string { return fmt.Sprintf("%032x", i) }
		var items []string
		const single, long = 300, 25_000 // a list of more than 20,000 rebuilds the index
		for _, i := range []int{1, single - 1, single, single + long - 1} {
			rec, err := in.Take(ctx, intake.Request{Signals: []jaga.Signal{{Type: jaga.MD5, Value: hash(i)}}})
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, rec.Item.ID)
		}
		var passes atomic.Int64
		stopped := make(chan error, 1)
		work := func() {
			stopped <- db.Work(ctx, 2, map[string]store.Handler{bank.GrewJob: func(ctx context.Context, r *store.Running) error {
				passes.Add(1)
				return in.Rematch(ctx, r)
			}})
		}
		for i := range single {
			v, err := engine.ParseValue(jaga.MD5, hash(i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := banks.Add(ctx, "test", "A", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
				t.Fatal(err)
			}
		}
		go work()
		var list strings.Builder
		for i := range long {
			list.WriteString(hash(single+i) + "\n")
		}
		if _, err := banks.Import(ctx, "test", "A", strings.NewReader(list.String()), bank.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			late := 0
			for _, id := range items {
				rec, err := in.Get(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if rec.Late && rec.Outcome.State() == jaga.StateFindings {
					late++
				}
			}
			if late == len(items) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d items were found late", late, len(items))
			}
		}
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			open, err := jobsOpen(ctx, db)
			if err != nil {
				t.Fatal(err)
			}
			if open == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d jobs never ended", open)
			}
		}
		cancel()
		<-stopped
		if n := passes.Load(); n > 20 {
			t.Errorf("%d passes over the items for %d single entries", n, single)
		}
	})
}

func jobsOpen(ctx context.Context, db *store.DB) (n int, err error) {
	jobs, err := db.Jobs(ctx, 1000)
	for _, j := range jobs {
		if j.State != store.JobDone {
			n++
		}
	}
	return n, err
}
