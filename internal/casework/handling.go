package casework

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jaga-project/jaga/internal/store"
)

// Handling is how a person stands to a case.
type Handling struct {
	Status // of the case that the number leads to
	Case   int64
	// Holds is set while the person has it.
	Holds bool
	// Appeal is set from the moment it was reopened for an appeal until it is
	// decided.
	Appeal bool
	// Own is set where the person decided on it since it was last opened.
	Own bool
	// Sampled is set where it is drawn for a second review, or had one.
	Sampled bool
	// Filed is set once there is a receipt of a report.
	Filed bool
}

// Handling says how a person stands to a case, in the caller's transaction.
func (s *Service) Handling(tx *store.Tx, actor string, id int64) (out Handling, err error) {
	if out.Case, err = resolve(tx, id); err != nil {
		return out, err
	}
	rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1`, out.Case)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	r := rows[0]
	out.Status = r.status()
	out.Holds = r.Ready == 2 && r.LeaseBy == actor && r.LeaseUntil > tx.Now()
	count := func(q string, args ...any) (bool, error) {
		n, err := store.One[int64](tx, q, args...)
		return n > 0, err
	}
	if out.Own, err = count(`SELECT COUNT(*) FROM case_decisions WHERE case_id = $1 AND cycle = $2 AND actor = $3 AND undone_at = 0`, r.ID, r.Cycle, actor); err != nil {
		return out, err
	}
	if out.Sampled, err = count(`SELECT COUNT(*) FROM case_decisions WHERE case_id = $1 AND cycle = $2 AND round > 1 AND undone_at = 0`, r.ID, r.Cycle); err != nil {
		return out, err
	}
	out.Sampled = out.Sampled || s.keys.drawn(r.ID, s.opt.SecondPercent)
	if out.Filed, err = count(`SELECT COUNT(*) FROM case_events WHERE case_id = $1 AND kind = $2`, r.ID, string(Reported)); err != nil {
		return out, err
	}
	if r.Cycle > 1 && slices.Contains([]State{StateInReview, StateSecondReview}, State(r.State)) {
		why, err := store.One[string](tx, `SELECT data FROM case_events WHERE case_id = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1`, r.ID, string(Reopened))
		if err != nil {
			return out, err
		}
		var d Data
		if err := json.Unmarshal([]byte(why), &d); err != nil {
			return out, fmt.Errorf("stored event of case %d: %w", r.ID, err)
		}
		out.Appeal = d.Why == WhyAppeal
	}
	return out, nil
}
