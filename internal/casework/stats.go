package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Stats is what home pages and plots count. Gold cases are not in Counts; among
// what waits and is leased they are, for there they are cases like any other.
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
	if len(queues) > 100 {
		return out, &jaga.Error{Code: jaga.CodeInvalid, Field: "queues", Msg: "count cases: there are more than 100 queues"}
	}
	in, args := "", []any{}
	for i, q := range queues {
		args = append(args, q)
		in += fmt.Sprintf(", $%d", i+1)
	}
	if in != "" {
		in = " AND queue IN (" + in[2:] + ")"
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out.At = time.UnixMicro(tx.Now())
		type row struct {
			State, Form string
			Risk, N     int64
		}
		rows, err := store.All[row](tx, `SELECT state, form, risk, SUM(n) FROM case_counts WHERE state <> 'closed'`+in+` GROUP BY state, form, risk HAVING SUM(n) > 0 ORDER BY state, form, risk`, args...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			out.Counts = append(out.Counts, Count{State(r.State), jaga.Form(r.Form), Risk(r.Risk), r.N})
		}
		type sum struct{ N, Oldest int64 }
		count := func(where string, more ...any) (sum, error) {
			return store.One[sum](tx, `SELECT COUNT(*), COALESCE(MIN(opened_at), 0) FROM cases WHERE `+where+in, append(slices.Clone(args), more...)...)
		}
		n := len(args)
		for _, c := range []struct {
			to    *int64
			where string
			more  []any
		}{
			{&out.Waiting, `ready = 1 AND assignee = ''`, nil},
			{&out.Waiting, `ready = 1 AND assignee <> ''`, nil},
			{&out.Leased, `ready = 2`, nil},
			{&out.Held, `held = 1`, nil},
			{&out.Overdue, fmt.Sprintf(`due_at > 0 AND due_at < $%d AND merged_into = 0`, n+1), []any{tx.Now()}},
			{&out.Soon, fmt.Sprintf(`due_at > 0 AND due_at >= $%d AND due_at < $%d AND merged_into = 0`, n+1, n+2), []any{tx.Now(), tx.Now() + soon.Microseconds()}},
		} {
			got, err := count(c.where, c.more...)
			if err != nil {
				return err
			}
			*c.to += got.N
			if c.to == &out.Waiting && got.N > 0 && (out.Oldest == 0 || got.Oldest < out.Oldest) {
				out.Oldest = got.Oldest
			}
		}
		return nil
	})
	return out, err
}

// soon is how near a clock is that home pages warn of.
const soon = 4 * time.Hour

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
