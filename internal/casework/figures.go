package casework

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// Figures count the work since a time, over all people together; gold cases
// are left out. A number between 1 and 4 is not told: it stands as -1.
type Figures struct {
	// Decided counts first decisions, Second those that a second person looked
	// at as well.
	Decided, Second int64
	// Outcomes counts decisions in force, by outcome.
	Outcomes map[Outcome]int64
	// Looks says how long cases waited until somebody began, by risk.
	Looks []FirstLook
}

// FirstLook says how long cases of a risk waited for the first person.
type FirstLook struct {
	Risk  Risk
	Cases int64 // -1 for fewer than five; then nothing else is set
	// Half of them waited no longer than Median, nine of ten no longer than
	// Ninth.
	Median, Ninth time.Duration
}

// Suppressed stands for a number that is too small to be told.
const Suppressed = -1

// TellOne hides a number that is no part of a table, where it is one to four.
func TellOne(n int64) int64 {
	if n > 0 && n < suppressed {
		return Suppressed
	}
	return n
}

// Tell hides the numbers of one table that are too small to be told, and, where
// that is one alone, the next smallest as well, so that no sum gives it away.
func Tell(numbers []int64) []int64 {
	out := make([]int64, len(numbers))
	hidden, next := 0, -1
	for i, n := range numbers {
		out[i] = TellOne(n)
		switch {
		case out[i] == Suppressed:
			hidden++
		case n > 0 && (next < 0 || n < numbers[next]):
			next = i
		}
	}
	if hidden == 1 && next >= 0 {
		out[next] = Suppressed
	}
	return out
}

// mostLooks is how many cases, the latest, first looks are taken from.
const mostLooks = 20_000

// Figures counts the work since a time.
func (s *Service) Figures(ctx context.Context, since time.Time) (f Figures, err error) {
	f.Outcomes = map[Outcome]int64{}
	type sum struct {
		Outcome       string
		First, Second int64
		InForce       int64
	}
	type wait struct{ Risk, Wait int64 }
	var waits []wait
	err = s.db.View(ctx, func(tx *store.Tx) error {
		sums, err := store.All[sum](tx, `SELECT outcome, COALESCE(SUM(CASE WHEN round = 1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN round = 2 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN final = 1 THEN 1 ELSE 0 END), 0) FROM case_decisions WHERE gold = 0 AND undone_at = 0 AND at >= $1 GROUP BY outcome`, since.UnixMicro())
		if err != nil {
			return err
		}
		inForce := make([]int64, len(sums))
		for i, x := range sums {
			f.Decided += x.First
			f.Second += x.Second
			inForce[i] = x.InForce
		}
		for i, n := range Tell(inForce) {
			f.Outcomes[Outcome(sums[i].Outcome)] = n
		}
		f.Decided, f.Second = TellOne(f.Decided), TellOne(f.Second)
		waits, err = store.All[wait](tx, `SELECT c.risk, MIN(e.at) - c.opened_at FROM (SELECT id, risk, opened_at FROM cases WHERE gold = 0 AND opened_at >= $1 ORDER BY id DESC LIMIT $2) c
			JOIN case_events e ON e.case_id = c.id AND e.kind = 'begun' GROUP BY c.id, c.risk, c.opened_at`, since.UnixMicro(), int64(mostLooks))
		return err
	})
	if err != nil {
		return f, err
	}
	slices.SortFunc(waits, func(a, b wait) int { return cmp.Or(cmp.Compare(a.Risk, b.Risk), cmp.Compare(a.Wait, b.Wait)) })
	for len(waits) > 0 {
		n := slices.IndexFunc(waits, func(w wait) bool { return w.Risk != waits[0].Risk })
		if n < 0 {
			n = len(waits)
		}
		look := FirstLook{Risk: Risk(waits[0].Risk), Cases: TellOne(int64(n))}
		if look.Cases > 0 {
			look.Median = time.Duration(waits[(n-1)/2].Wait) * time.Microsecond
			look.Ninth = time.Duration(waits[(9*n-1)/10].Wait) * time.Microsecond
		}
		f.Looks, waits = append(f.Looks, look), waits[n:]
	}
	return f, nil
}
