package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// Appeal has a decided case decided on again by somebody who has not decided on
// it before, as [Service.Reopen] does, in the caller's transaction. text is what
// whoever appeals says; it is sealed. The error is a conflict while nobody has
// decided.
func (s *Service) Appeal(tx *store.Tx, actor string, id int64, text string) error {
	if err := checkActor(actor); err != nil {
		return err
	}
	if err := checkText("text", text, MaxText); err != nil {
		return err
	}
	if err := tx.Lock(); err != nil {
		return err
	}
	r, err := load(tx, id)
	if err != nil {
		return err
	}
	return s.reopen(tx, &r, actor, Data{Why: WhyAppeal}, text)
}

// StartClock starts a clock, or sets one that runs already anew, in the caller's
// transaction.
func (s *Service) StartClock(tx *store.Tx, actor string, id int64, c Clock) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.within(tx, actor, id, func(r *caseRow) error { return s.setClock(tx, r, actor, c) })
}

// Gave reports whether a source handed in a finding of a case, or of one that
// was merged into it.
func (s *Service) Gave(tx *store.Tx, source string, id int64) (bool, error) {
	ids, err := members(tx, id)
	if err != nil {
		return false, err
	}
	for _, m := range ids {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT id FROM case_findings WHERE case_id = $1 AND source = $2 LIMIT 1) AS one`, m, source)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// Ruling is a decision that stands: nobody has still to look, and the time to
// take it back is over. It holds no words of people.
type Ruling struct {
	At      int64 // microseconds
	Outcome Outcome
	Facts   taxonomy.Facts
	Derived taxonomy.Derived
}

// Hardest reports whether the ruling is on material of the hardest kind, which
// nobody should see alone: acts, and children under seven. That something happens
// now asks for two people to decide and not for two to look.
func (r Ruling) Hardest() bool {
	if r.Outcome != Confirmed && r.Outcome != Welfare {
		return false
	}
	f := r.Facts
	return hardest(f) || f.Activity == "penetrative" || f.Activity == "sadistic" || f.Age == "0-2" || f.Age == "3-6"
}

// Ruling returns the decision in force on a case; ok is false where there is
// none yet, or none any more.
func (s *Service) Ruling(ctx context.Context, id int64) (out Ruling, ok bool, err error) {
	type row struct {
		At               int64
		Outcome, Derived string
		Facts            string
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT d.at, d.outcome, d.derived, d.facts FROM case_decisions d JOIN cases c ON c.id = d.case_id AND c.cycle = d.cycle
			WHERE c.id = $1 AND c.outcome <> '' AND d.final = 1 AND d.undone_at = 0 AND d.undo_until <= $2 ORDER BY d.id DESC LIMIT 1`, id, tx.Now())
		if err != nil || len(rows) == 0 {
			return err
		}
		out.At, out.Outcome, ok = rows[0].At, Outcome(rows[0].Outcome), true
		if err := json.Unmarshal([]byte(rows[0].Derived), &out.Derived); err != nil {
			return jaga.Errorf(jaga.CodeInternal, "decision of case %d: %v", id, fmt.Errorf("read what was derived: %w", err))
		}
		if err := json.Unmarshal([]byte(rows[0].Facts), &out.Facts); err != nil {
			return jaga.Errorf(jaga.CodeInternal, "decision of case %d: %v", id, fmt.Errorf("read the facts: %w", err))
		}
		return nil
	})
	return out, ok, err
}
