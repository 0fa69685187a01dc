package tip

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Crowd says how many report what a case is about, so that people see whether
// it is one voice, many, or many at once. It is told and never weighed: those
// who agree to report somebody are many, too.
type Crowd struct {
	Reports   int64 // all that were sent, those that say the same again included
	Different int64 // those that say something of their own
	Reporters int64 // people who report, where the platform names them
	Unnamed   int64 // reports of which it names nobody
	// First and Last are when the first and the last one came, in
	// microseconds; 0 where there is none.
	First, Last int64
	// Hours counts reports by the hour, oldest first, the newest 500 hours that
	// have any; Busiest is the most in one of all hours.
	Hours   []CrowdHour
	Busiest int64
}

// CrowdHour counts the reports of an hour, in hours since 1970.
type CrowdHour struct{ Hour, N int64 }

// Crowd counts the reports that came to a case.
func (s *Service) Crowd(ctx context.Context, id int64) (out Crowd, err error) {
	type sums struct{ Reports, Different, Reporters, Unnamed, First, Last int64 }
	err = s.db.View(ctx, func(tx *store.Tx) error {
		ids, err := s.cases.Members(tx, id)
		if err != nil {
			return err
		}
		in, args := among(ids)
		n, err := store.One[sums](tx, `SELECT COUNT(*), COUNT(DISTINCT report_id), COUNT(DISTINCT CASE WHEN reporter <> '' THEN reporter END),
			COALESCE(SUM(CASE WHEN reporter = '' THEN 1 ELSE 0 END), 0), COALESCE(MIN(at), 0), COALESCE(MAX(at), 0) FROM tip_sent WHERE case_id IN (`+in+`)`, args...)
		if err != nil {
			return err
		}
		out = Crowd{Reports: n.Reports, Different: n.Different, Reporters: n.Reporters, Unnamed: n.Unnamed, First: n.First, Last: n.Last}
		hours := fmt.Sprintf(`SELECT at / %d AS hour, COUNT(*) AS n FROM tip_sent WHERE case_id IN (`+in+`) GROUP BY at / %[1]d`, time.Hour.Microseconds())
		if out.Busiest, err = store.One[int64](tx, `SELECT COALESCE(MAX(n), 0) FROM (`+hours+`) AS hours`, args...); err != nil {
			return err
		}
		out.Hours, err = store.All[CrowdHour](tx, `SELECT hour, n FROM (SELECT hour, n FROM (`+hours+`) AS hours ORDER BY hour DESC LIMIT 500) AS newest ORDER BY hour`, args...)
		return err
	})
	return out, err
}

func among(ids []int64) (marks string, args []any) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i], args = fmt.Sprintf("$%d", i+1), append(args, id)
	}
	return strings.Join(list, ", "), args
}

// Counts returns how many reports came to each of the cases, at most 500; those
// without any are left out. What was merged counts on its own.
func (s *Service) Counts(ctx context.Context, ids []int64) (out map[int64]int64, err error) {
	out = map[int64]int64{}
	if len(ids) == 0 {
		return out, nil
	}
	if len(ids) > 500 {
		return nil, jaga.Errorf(jaga.CodeInvalid, "count reports: more than 500 cases at once")
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		in, args := among(ids)
		rows, err := store.All[Reported](tx, `SELECT case_id, sent FROM tip_cases WHERE case_id IN (`+in+`)`, args...)
		for _, r := range rows {
			out[r.Case] = r.Times
		}
		return err
	})
	return out, err
}

// Reported is a case with how many reports came to it.
type Reported struct{ Case, Times int64 }

// MostReported lists the cases with the most reports first. after is the last
// one of the page before, or nil; at most 500.
func (s *Service) MostReported(ctx context.Context, after *Reported, limit int) (out []Reported, err error) {
	where, args := "", []any{int64(min(max(limit, 1), 500))}
	if after != nil {
		where, args = "WHERE (sent, case_id) < ($2, $3)", append(args, after.Times, after.Case)
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.All[Reported](tx, `SELECT case_id, sent FROM tip_cases `+where+` ORDER BY sent DESC, case_id DESC LIMIT $1`, args...)
		return err
	})
	return out, err
}
