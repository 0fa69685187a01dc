package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Stats is what home pages and plots count. Gold cases are not in it.
type Stats struct {
	At      time.Time
	Counts  []Count // of cases that are not closed
	Waiting int64   // to be worked on
	Leased  int64
	Held    int64
	Overdue int64 // past a clock that runs
	Soon    int64 // within four hours of one
	// Oldest is when the oldest case that waits was opened, in microseconds;
	// 0 when none waits.
	Oldest int64
}

// Count is how many cases are in a state, of a form and risk.
type Count struct {
	State State
	Form  jaga.Form
	Risk  Risk
	N     int64
}

// Stats counts cases in queues, or in all.
func (s *Service) Stats(ctx context.Context, queues []string) (out Stats, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		where, args, err := s.where(tx, Filter{Queues: queues})
		if err != nil {
			return err
		}
		where += " AND c.gold = 0"
		out.At = time.UnixMicro(tx.Now())
		n := len(args)
		type row struct {
			State, Form string
			Risk, N     int64
		}
		rows, err := store.All[row](tx, `SELECT c.state, c.form, c.risk, COUNT(*) FROM cases c WHERE `+where+fmt.Sprintf(" AND c.state <> $%d", n+1)+` GROUP BY c.state, c.form, c.risk ORDER BY c.state, c.form, c.risk`, append(slices.Clone(args), string(StateClosed))...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			out.Counts = append(out.Counts, Count{State(r.State), jaga.Form(r.Form), Risk(r.Risk), r.N})
		}
		type sums struct{ Waiting, Leased, Held, Overdue, Soon, Oldest int64 }
		sum, err := store.One[sums](tx, `SELECT COALESCE(SUM(CASE WHEN c.ready = 1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.ready = 2 THEN 1 ELSE 0 END), 0), COALESCE(SUM(c.held), 0),
			COALESCE(SUM(CASE WHEN c.due_at > 0 AND c.due_at < `+fmt.Sprintf("$%d", n+1)+` THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN c.due_at >= `+fmt.Sprintf("$%d", n+1)+` AND c.due_at < `+fmt.Sprintf("$%d", n+2)+` THEN 1 ELSE 0 END), 0),
			COALESCE(MIN(CASE WHEN c.ready = 1 THEN c.opened_at END), 0) FROM cases c WHERE `+where, append(slices.Clone(args), tx.Now(), tx.Now()+4*time.Hour.Microseconds())...)
		out.Waiting, out.Leased, out.Held, out.Overdue, out.Soon, out.Oldest = sum.Waiting, sum.Leased, sum.Held, sum.Overdue, sum.Soon, sum.Oldest
		return err
	})
	return out, err
}

// Hour is how many cases came into a state within an hour; Hour is in hours
// since 1970. Days are sums of hours, in whatever time zone the reader has.
type Hour struct {
	Hour int64
	What State
	N    int64
}

// Hours counts, since a time, how often cases came into each state.
func (s *Service) Hours(ctx context.Context, since time.Time) (out []Hour, err error) {
	type row struct {
		Hour int64
		What string
		N    int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT hour, what, n FROM case_hours WHERE hour >= $1 ORDER BY hour, what`, hourOf(since.UnixMicro()))
		for _, r := range rows {
			out = append(out, Hour{r.Hour, State(r.What), r.N})
		}
		return err
	})
	return out, err
}
