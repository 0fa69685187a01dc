package casework

import (
	"context"
	"regexp"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Clock is something that has to be done by a time. Which clocks there are is
// for the profiles of jurisdictions to say, not for this package.
type Clock struct {
	What    string // such as "send_by"
	Profile string // such as "id-komdigi"
	Start   time.Time
	Due     time.Time
	Met     time.Time // zero while it runs
}

// ClockState says how a clock stands.
type ClockState string

// The states of a clock. One that has less than a quarter of its time left, or
// less than an hour, is due soon.
const (
	ClockRuns    ClockState = "runs"
	ClockSoon    ClockState = "soon"
	ClockOverdue ClockState = "overdue"
	ClockIsMet   ClockState = "met"
)

// State says how the clock stands at a time.
func (c Clock) State(now time.Time) ClockState {
	left := c.Due.Sub(now)
	switch {
	case !c.Met.IsZero():
		return ClockIsMet
	case left < 0:
		return ClockOverdue
	case left < time.Hour || left < c.Due.Sub(c.Start)/4:
		return ClockSoon
	}
	return ClockRuns
}

var clockName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,79}$`)

func (c Clock) check() error {
	switch {
	case !clockName.MatchString(c.What):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "what", Msg: "a clock has a short name of small letters"}
	case !clockName.MatchString(c.Profile):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "profile", Msg: "a profile has a short name of small letters"}
	case c.Start.IsZero() || c.Due.Before(c.Start):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "due", Msg: "a clock ends after it starts"}
	}
	return nil
}

// SetClock starts a clock, or sets one that runs already anew.
func (s *Service) SetClock(ctx context.Context, actor string, id int64, c Clock) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error { return s.setClock(tx, r, actor, c) })
}

func (s *Service) setClock(tx *store.Tx, r *caseRow, actor string, c Clock) error {
	if _, err := tx.Exec(`INSERT INTO case_clocks (case_id, what, profile, start_at, due_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (case_id, what, profile) DO UPDATE SET start_at = excluded.start_at, due_at = excluded.due_at, met_at = 0`,
		r.ID, c.What, c.Profile, c.Start.UnixMicro(), c.Due.UnixMicro()); err != nil {
		return err
	}
	if err := s.change(tx, r, actor, ClockSet, Data{Clock: c.What, Profile: c.Profile, Until: c.Due.UnixMicro()}, ""); err != nil {
		return err
	}
	return s.due(tx, r)
}

// MeetClock says that what a clock is about was done, in the caller's
// transaction.
func (s *Service) MeetClock(tx *store.Tx, actor string, id int64, what, profile string) error {
	if err := tx.Lock(); err != nil {
		return err
	}
	r, err := load(tx, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE case_clocks SET met_at = $1 WHERE case_id = $2 AND what = $3 AND profile = $4 AND met_at = 0`, max(tx.Now(), 1), id, what, profile)
	if err == nil && n == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "clock", Msg: "meet clock: no such clock runs on the case"}
	}
	if err != nil {
		return err
	}
	if err := s.change(tx, &r, actor, ClockMet, Data{Clock: what, Profile: profile}, ""); err != nil {
		return err
	}
	return s.due(tx, &r)
}

// due writes the earliest time by which something has to be done on a case, or
// on one that was merged into it.
func (s *Service) due(tx *store.Tx, r *caseRow) error {
	ids, err := members(tx, r.ID)
	if err != nil {
		return err
	}
	r.DueAt = 0
	for _, id := range ids {
		at, err := store.One[int64](tx, `SELECT COALESCE(MIN(due_at), 0) FROM case_clocks WHERE case_id = $1 AND met_at = 0`, id)
		if err != nil {
			return err
		}
		if at > 0 && (r.DueAt == 0 || at < r.DueAt) {
			r.DueAt = at
		}
	}
	_, err = tx.Exec(`UPDATE cases SET due_at = $1 WHERE id = $2`, r.DueAt, r.ID)
	return err
}

// startClocks starts those that come with a finding. One that runs already is
// set anew only when it ends earlier now: a case that became more urgent is due
// sooner, and never later. One that was met stays met.
func (s *Service) startClocks(tx *store.Tx, r *caseRow, f Finding) error {
	if s.opt.Clocks == nil {
		return nil
	}
	for _, c := range s.opt.Clocks(f, time.UnixMicro(tx.Now())) {
		if err := c.check(); err != nil {
			return err
		}
		later, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_clocks WHERE case_id = $1 AND what = $2 AND profile = $3 AND (met_at > 0 OR due_at <= $4)`,
			r.ID, c.What, c.Profile, c.Due.UnixMicro())
		if err != nil {
			return err
		}
		if later > 0 {
			continue
		}
		if err := s.setClock(tx, r, "system", c); err != nil {
			return err
		}
	}
	return nil
}

// Clocks lists the clocks of a case and of those merged into it, the earliest
// first.
func (s *Service) Clocks(ctx context.Context, id int64) (out []Clock, err error) {
	type row struct {
		What, Profile   string
		Start, Due, Met int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id)
			SELECT k.what, k.profile, k.start_at, k.due_at, k.met_at FROM case_clocks k JOIN m ON m.id = k.case_id ORDER BY k.due_at, k.what, k.profile`, id)
		for _, r := range rows {
			c := Clock{What: r.What, Profile: r.Profile, Start: time.UnixMicro(r.Start), Due: time.UnixMicro(r.Due)}
			if r.Met > 0 {
				c.Met = time.UnixMicro(r.Met)
			}
			out = append(out, c)
		}
		return err
	})
	return out, err
}
