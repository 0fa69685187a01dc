package look

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// AggregateLeast is how many people a sum must be over to be shown.
const AggregateLeast = 5

// aggregateRound is what sums are rounded to, in minutes.
const aggregateRound = 10

// Week is what a team has seen in one week, or that this is not shown.
//
// Sums can give a person away without naming them: by the difference of two
// sums that one person makes, or when one person makes most of a sum. Therefore
// the periods are fixed (weeks from Monday to Sunday by UTC that are closed, so
// that nothing is added later), nobody chooses who is in a sum, classes are
// shown all or none, a sum that one person makes half of is not shown, and
// sums are rounded.
type Week struct {
	Monday string // "2026-11-16"
	// Shown is false where fewer than [AggregateLeast] people looked, or one
	// looked more than half of the time; everything below is then zero.
	Shown bool
	// People says how many looked: 5, 10, 20, 50 stands for "this many or more".
	People int64
	// Minutes on the screen, to the nearest ten.
	Minutes int64
	// Classes are there when each of them can be shown by itself.
	Classes []ClassSum
}

// ClassSum is the sum of a class.
type ClassSum struct {
	Class   string
	Minutes int64
}

// teamWeeks is how many closed weeks are shown.
const teamWeeks = 12

// closeAfter is how long after its end a week is closed: no reveal that began in
// it can still run.
const closeAfter = time.Hour

// Team returns the closed weeks, the oldest first. It takes nothing that would
// choose people, days or a zone.
func (s *Service) Team(ctx context.Context) (out []Week, err error) {
	now, _ := s.clock.now()
	end := monday(now.Add(-closeAfter))
	first := end.AddDate(0, 0, -7*teamWeeks)
	type row struct {
		Began, Held   int64
		Person, Class string
	}
	sums := make([]map[string]map[string]int64, teamWeeks) // by week, class and person
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return store.Each(tx, func(r *row) error {
			i := int(time.UnixMicro(r.Began).Sub(first) / (7 * 24 * time.Hour))
			if sums[i] == nil {
				sums[i] = map[string]map[string]int64{}
			}
			if sums[i][r.Class] == nil {
				sums[i][r.Class] = map[string]int64{}
			}
			sums[i][r.Class][r.Person] += r.Held
			return nil
		}, `SELECT began_at, `+held+`, person, class FROM look_reveals WHERE began_at >= $1 AND began_at < $2 AND served = 1`, first.UnixMicro(), end.UnixMicro())
	})
	if err != nil {
		return nil, err
	}
	for i, classes := range sums {
		w := Week{Monday: first.AddDate(0, 0, 7*i).Format(time.DateOnly)}
		w.fill(classes)
		out = append(out, w)
	}
	return out, nil
}

// monday is the beginning of the week of a time, by UTC.
func monday(at time.Time) time.Time {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func (w *Week) fill(classes map[string]map[string]int64) {
	all := map[string]int64{}
	for _, people := range classes {
		for p, n := range people {
			all[p] += n
		}
	}
	if !showable(all) {
		return
	}
	w.Shown, w.People, w.Minutes = true, atLeast(len(all)), minutes(all)
	for _, people := range classes {
		if !showable(people) {
			return
		}
	}
	for _, class := range sortedKeys(classes) {
		w.Classes = append(w.Classes, ClassSum{class, minutes(classes[class])})
	}
}

// showable reports whether a sum over people gives nobody away.
func showable(people map[string]int64) bool {
	var sum, most int64
	for _, n := range people {
		sum += n
		most = max(most, n)
	}
	return len(people) >= AggregateLeast && 2*most <= sum
}

func atLeast(n int) int64 {
	for _, step := range []int{50, 20, 10} {
		if n >= step {
			return int64(step)
		}
	}
	return AggregateLeast
}

func minutes(people map[string]int64) int64 {
	var sum int64
	for _, n := range people {
		sum += n
	}
	const unit = aggregateRound * 60_000_000
	return (sum + unit/2) / unit * aggregateRound
}

func sortedKeys(m map[string]map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }
