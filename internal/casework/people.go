package casework

import (
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Why a case was reopened.
const (
	WhyAppeal     = "appeal"     // somebody whom it concerns asks; a different person decides
	WhyCorrection = "correction" // we were wrong
	WhyRaised     = "raised"     // a finding became more urgent
)

// Triage sorts a case that nobody has begun: its queue, its form, and its risk,
// which a person may also lower. Nothing else lowers a risk.
func (s *Service) Triage(ctx context.Context, actor string, id int64, queue string, form jaga.Form, risk Risk) error {
	if err := CheckQueue(queue); err != nil {
		return err
	}
	if err := checkRisk(risk); err != nil {
		return err
	}
	if form != "" && !form.Valid() {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "form", Msg: "it is none of the four forms"}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if err := r.free(tx, actor); err != nil {
			return err
		}
		if err := s.change(tx, r, actor, Triaged, Data{Queue: queue, Form: form, Risk: risk}, ""); err != nil {
			return err
		}
		return s.startClocks(tx, r, Finding{Form: jaga.Form(r.Form), Band: jaga.Band(r.Band), Risk: Risk(r.Risk)})
	})
}

// act appends one event where nobody else has the case.
func (s *Service) act(ctx context.Context, actor string, id int64, kind EventKind, d Data, text string) error {
	if err := checkText("reason", text, MaxText); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if err := r.free(tx, actor); err != nil {
			return err
		}
		return s.change(tx, r, actor, kind, d, text)
	})
}

// Begin says that the holder of a lease has opened the case to review it.
func (s *Service) Begin(ctx context.Context, l Lease) error {
	return s.do(ctx, l.Actor, l.Case, func(tx *store.Tx, r *caseRow) error {
		if err := r.holds(tx, l); err != nil {
			return err
		}
		if State(r.State) == StateInReview || State(r.State) == StateSecondReview {
			return nil
		}
		return s.change(tx, r, l.Actor, Begun, Data{}, "")
	})
}

// Move puts a case into another queue.
func (s *Service) Move(ctx context.Context, actor string, id int64, queue string) error {
	if err := CheckQueue(queue); err != nil {
		return err
	}
	return s.act(ctx, actor, id, Moved, Data{Queue: queue}, "")
}

// Assign gives a case to one person, or with "" to nobody. Whoever else has it
// loses it.
func (s *Service) Assign(ctx context.Context, actor string, id int64, to string) error {
	if to != "" {
		if err := checkActor(to); err != nil {
			return err
		}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		return s.give(tx, r, actor, Assigned, Data{To: to}, "")
	})
}

// give changes whose case it is.
func (s *Service) give(tx *store.Tx, r *caseRow, actor string, kind EventKind, d Data, text string) error {
	if d.To != "" {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_barred WHERE case_id = $1 AND actor = $2 AND why = 'decided'`, r.ID, d.To)
		if err != nil {
			return err
		}
		if n > 0 && r.status().Workable() {
			return &jaga.Error{Code: jaga.CodeDenied, Field: "to", Msg: "this person has decided on the case; another person looks now"}
		}
	}
	if err := s.change(tx, r, actor, kind, d, text); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM case_barred WHERE case_id = $1 AND actor = $2 AND why = 'skip'`, r.ID, d.To); err != nil {
		return err
	}
	if r.Ready == 2 && r.LeaseBy != d.To {
		return giveBack(tx, r)
	}
	return nil
}

// Escalate gives a case to a person with a reason, and puts it into their
// inbox. It counts as delivered only when they have acknowledged it; until then
// the case is listed as such.
func (s *Service) Escalate(ctx context.Context, actor string, id int64, to, reason string) error {
	if err := checkActor(to); err != nil {
		return err
	}
	if err := checkText("reason", reason, MaxText); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if err := s.give(tx, r, actor, Escalated, Data{To: to}, reason); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO case_mentions (person, case_id, note_id, why, at) VALUES ($1, $2, 0, 'escalated', $3)`, to, id, r.UpdatedAt)
		return err
	})
}

// Acknowledge says that the person to whom a case was escalated has seen it.
func (s *Service) Acknowledge(ctx context.Context, actor string, id int64) error {
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if r.Acknowledged != 0 && r.Escalated == actor {
			return nil
		}
		if err := s.change(tx, r, actor, Acknowledged, Data{}, ""); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE case_mentions SET seen_at = $1 WHERE case_id = $2 AND person = $3 AND why = 'escalated' AND seen_at = 0`, max(tx.Now(), 1), id, actor)
		return err
	})
}

// Hold stops work on a case until a time at the latest, for a reason. What is
// waiting to go out waits as well.
func (s *Service) Hold(ctx context.Context, actor string, id int64, reason string, until time.Time) error {
	if reason == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "hold case: say why"}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if err := checkText("reason", reason, MaxText); err != nil {
			return err
		}
		if until.UnixMicro() <= tx.Now() {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "until", Msg: "hold case: the time is over"}
		}
		if err := r.free(tx, actor); err != nil {
			return err
		}
		return s.change(tx, r, actor, Held, Data{Until: until.UnixMicro()}, reason)
	})
}

// Unhold ends a hold.
func (s *Service) Unhold(ctx context.Context, actor string, id int64) error {
	return s.act(ctx, actor, id, Released, Data{}, "")
}

// EndHolds ends the holds whose time is over, and returns how many. It is
// called every minute or so.
func (s *Service) EndHolds(ctx context.Context) (n int, err error) {
	var ids []int64
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		ids, err = store.All[int64](tx, `SELECT id FROM cases WHERE held = 1 AND hold_until <= $1 ORDER BY hold_until LIMIT 1000`, tx.Now())
		return err
	}); err != nil {
		return 0, err
	}
	for _, id := range ids {
		err := s.do(ctx, "system", id, func(tx *store.Tx, r *caseRow) error {
			if r.Held == 0 || r.HoldUntil > tx.Now() || r.MergedInto > 0 {
				return nil
			}
			n++
			return s.change(tx, r, "system", Released, Data{Why: "due"}, "")
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Reopen has a case that was decided on decided again, from the first review
// on. After an appeal it is not offered to anybody who decided on it before;
// after a correction anybody may. What is waiting to go out is cancelled.
func (s *Service) Reopen(ctx context.Context, actor string, id int64, why, text string) error {
	if !slices.Contains([]string{WhyAppeal, WhyCorrection}, why) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "why", Msg: "reopen case: it is for an appeal or a correction"}
	}
	if err := checkText("text", text, MaxText); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		return s.reopen(tx, r, actor, Data{Why: why}, text)
	})
}

func (s *Service) reopen(tx *store.Tx, r *caseRow, actor string, d Data, text string) error {
	if d.Why != WhyAppeal {
		if _, err := tx.Exec(`DELETE FROM case_barred WHERE case_id = $1 AND why = 'decided'`, r.ID); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE case_outbox SET state = 'cancelled' WHERE case_id = $1 AND state = 'waiting'`, r.ID); err != nil {
		return err
	}
	if err := s.change(tx, r, actor, Reopened, d, text); err != nil {
		return err
	}
	return s.index(tx, r.ID, text)
}

// FollowUp says that something is still to be done on a case.
func (s *Service) FollowUp(ctx context.Context, actor string, id int64) error {
	return s.act(ctx, actor, id, FollowedUp, Data{}, "")
}
