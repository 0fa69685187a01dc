package casework_test

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
)

// Weeks begin on Mondays in the reader's zone, whatever the day is, and tell no
// number of one to four.
func TestWeeks(t *testing.T) {
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		zone := time.FixedZone("WIB", 7*3600)
		cases := func(n int) {
			for range n {
				w.add(func(f *casework.Finding) { f.Account, f.Ref = "", "ref-"+w.time().String() })
				w.turn(time.Second)
			}
		}
		cases(6)
		first := w.time().In(zone)
		w.turn(7 * 24 * time.Hour)
		cases(4)
		for day := range 7 {
			now := w.time().In(zone).AddDate(0, 0, day)
			list, err := w.s.Weeks(t.Context(), now, 5)
			if err != nil {
				t.Fatal(err)
			}
			came := map[int64]int{}
			for i, x := range list {
				from := x.From
				if from.Weekday() != time.Monday || from.Hour() != 0 || from.Location() != zone || i > 0 && !from.Equal(list[i-1].From.AddDate(0, 0, 7)) {
					t.Errorf("week %d begins at %s", i, from)
				}
				if x.CameIn == 6 && (first.Before(from) || !first.Before(from.AddDate(0, 0, 7))) {
					t.Errorf("what came in at %s is in the week of %s", first, from)
				}
				came[x.CameIn]++
			}
			if last := list[4].From; now.Before(last) || !now.Before(last.AddDate(0, 0, 7)) {
				t.Errorf("%s is not in the last week, from %s", now, last)
			}
			if came[6] != 1 || came[casework.Suppressed] != 1 || came[0] != 3 {
				t.Errorf("%d days later: %v", day, came)
			}
		}
	})
}
