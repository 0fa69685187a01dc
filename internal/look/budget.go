package look

import (
	"math"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// used is what a person has seen in a window.
type used struct{ Held, Files int64 }

// held is how long a reveal counts, in SQL: for as long as the browser had bytes,
// and at least a second, whatever it said of its screen.
const held = `CASE WHEN served = 0 THEN 0 WHEN held < 1000000 THEN 1000000 ELSE held END`

// usage reads what a person has seen since a time, of a class or of all. A
// reveal that runs counts as a file although nothing may have been sent yet.
func usage(tx *store.Tx, actor, class string, since int64) (used, error) {
	return store.One[used](tx, `SELECT COALESCE(SUM(`+held+`), 0), COUNT(DISTINCT CASE WHEN served = 1 OR ended_at = 0 THEN file_key END)
		FROM look_reveals WHERE person = $1 AND began_at > $2 AND ($3 = '' OR class = $3)`, actor, since, class)
}

func seenBefore(tx *store.Tx, actor, file string, since int64) (bool, error) {
	n, err := store.One[int64](tx, `SELECT COUNT(*) FROM look_reveals WHERE person = $1 AND file_key = $2 AND began_at > $3 AND (served = 1 OR ended_at = 0)`, actor, file, since)
	return n > 0, err
}

// over says that a limit is reached. Hint holds nothing that others may not see:
// the answer goes to the person themself.
func over(field string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: field, Msg: "show file: it is enough for now"}
}

// left is how much longer a person may look at the file, or why not any more.
func (s *Service) left(tx *store.Tx, actor, file, class string, now time.Time) (time.Duration, error) {
	l, err := limits(tx)
	if err != nil {
		return 0, err
	}
	budgets := map[string]Budget{"": l.All}
	if b, ok := l.Classes[class]; ok && class != "" {
		budgets[class] = b
	}
	best := int64(math.MaxInt64)
	for name, b := range budgets {
		for _, w := range []struct {
			span           time.Duration
			seconds, files int64
		}{{ShiftWindow, b.ShiftSeconds, b.ShiftFiles}, {WeekWindow, b.WeekSeconds, b.WeekFiles}} {
			since := now.Add(-w.span).UnixMicro()
			u, err := usage(tx, actor, name, since)
			if err != nil {
				return 0, err
			}
			again, err := seenBefore(tx, actor, file, since)
			if err != nil {
				return 0, err
			}
			if !again && u.Files >= w.files || again && u.Files > w.files {
				return 0, over("budget")
			}
			best = min(best, w.seconds*1_000_000-u.Held)
		}
	}
	if best <= 0 {
		return 0, over("budget")
	}
	b, err := breakOf(tx, actor, l, now)
	if err != nil {
		return 0, err
	}
	if b.Until != 0 {
		return 0, over("break")
	}
	if b.Next != 0 {
		best = min(best, b.Next-now.UnixMicro())
	}
	return time.Duration(best) * time.Microsecond, nil
}

// Break is when somebody has a break; times are microseconds since 1970, by the
// service's clock.
type Break struct {
	Until int64 // the end of the break that is due now, 0 when none is
	Next  int64 // when the next one is due, 0 when nothing was looked at since the last
}

func breakOf(tx *store.Tx, actor string, l Limits, now time.Time) (b Break, err error) {
	type span struct{ Began, End int64 }
	rows, err := store.All[span](tx, `SELECT began_at, CASE WHEN ended_at = 0 THEN beat_at ELSE ended_at END FROM look_reveals
		WHERE person = $1 AND began_at > $2 AND served = 1 ORDER BY began_at DESC`, actor, now.Add(-24*time.Hour).UnixMicro())
	if err != nil || len(rows) == 0 {
		return b, err
	}
	pause, stretch := l.BreakFor*60_000_000, l.BreakAfter*60_000_000
	edge, start := now.UnixMicro(), int64(0)
	for _, r := range rows {
		if edge-r.End >= pause {
			break
		}
		start, edge = r.Began, r.Began
	}
	switch {
	case start == 0:
	case now.UnixMicro()-start >= stretch:
		b.Until = rows[0].End + pause
	default:
		b.Next = start + stretch
	}
	return b, nil
}
