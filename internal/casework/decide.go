package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// Decision is what a person says about a case: what they observed, what that
// means, and what should be done.
type Decision struct {
	Facts   taxonomy.Facts `json:"facts"`
	Outcome Outcome        `json:"outcome"`
	// Actions are names of what should be done, such as "report" or
	// "account.hold"; each starts only when the time to undo is over.
	Actions []string `json:"actions,omitempty"`
	Note    string   `json:"note,omitempty"` // sealed
	// Seen is how many findings the page showed; when there are more by now
	// the decision is refused. 0 does not ask.
	Seen int64 `json:"seen,omitempty"`
}

var actionName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

func (d *Decision) check() error {
	if err := d.Facts.Validate(); err != nil {
		return err
	}
	if !slices.Contains(Outcomes(), d.Outcome) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "outcome", Msg: fmt.Sprintf("%.40q is no outcome", d.Outcome)}
	}
	if len(d.Actions) > 20 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "actions", Msg: "there are more than 20"}
	}
	for i, a := range d.Actions {
		if len(a) > 80 || !actionName.MatchString(a) || slices.Contains(d.Actions[:i], a) {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "actions", Msg: fmt.Sprintf("%.40q is no name of an action, or is there twice", a)}
		}
	}
	return checkText("note", d.Note, MaxText)
}

// Decided says what became of a decision.
type Decided struct {
	ID int64
	// Final is false while another person has to look.
	Final bool
	// UndoUntil is until when it can be taken back, in microseconds.
	UndoUntil int64
	// Agrees is set on a second decision that says the same as the first.
	Agrees bool
}

// Decide decides on the case of a lease, which it ends. When the lease was lost
// or findings came meanwhile, nothing is decided, what was written is kept as
// the person's draft ([Service.Draft]), and the error says so.
func (s *Service) Decide(ctx context.Context, l Lease, d Decision) (out Decided, err error) {
	if err := d.check(); err != nil {
		return Decided{}, err
	}
	err = s.do(ctx, l.Actor, l.Case, func(tx *store.Tx, r *caseRow) error {
		if err := r.holds(tx, l); err != nil {
			return err
		}
		if d.Seen > 0 && d.Seen < r.Findings {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "seen", Msg: fmt.Sprintf("decide: the case has %d findings by now, and the page showed %d", r.Findings, d.Seen), Hint: "look at the new ones; what you wrote is kept as your draft"}
		}
		out, err = s.decide(tx, r, l.Actor, d, 0)
		if err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM case_drafts WHERE case_id = $1 AND actor = $2`, l.Case, l.Actor)
		return err
	})
	if jaga.CodeOf(err) == jaga.CodeConflict {
		if kept := s.SaveDraft(ctx, l.Actor, l.Case, d); kept != nil {
			return Decided{}, errors.Join(err, kept)
		}
	}
	return out, err
}

// decisionRow is a row of case_decisions.
type decisionRow struct {
	ID, Case, Cycle, Round                   int64
	Actor                                    string
	At                                       int64
	Outcome, Facts, Actions                  string
	TableVersion                             int64
	Derived                                  string
	Sealed                                   []byte
	Agrees, Final, UndoUntil, UndoneAt, Bulk int64
	Files, Viewed                            int64
}

const decisionColumns = `id, case_id, cycle, round, actor, at, outcome, facts, actions, table_version, derived, sealed, agrees, final, undo_until, undone_at, bulk_id, files, viewed`

// inForce returns the decisions of a case's present cycle that stand.
func inForce(tx *store.Tx, id, cycle int64) ([]decisionRow, error) {
	return store.All[decisionRow](tx, `SELECT `+decisionColumns+` FROM case_decisions WHERE case_id = $1 AND cycle = $2 AND undone_at = 0 ORDER BY round`, id, cycle)
}

// decide stores a decision and what follows. The caller has checked that the
// person has the case.
func (s *Service) decide(tx *store.Tx, r *caseRow, actor string, d Decision, bulk int64) (Decided, error) {
	if n, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_barred WHERE case_id = $1 AND actor = $2 AND why = 'decided'`, r.ID, actor); err != nil {
		return Decided{}, err
	} else if n > 0 {
		return Decided{}, &jaga.Error{Code: jaga.CodeDenied, Field: "actor", Msg: "decide: you have decided on this case; another person looks now"}
	}
	if State(r.State) == StateNew || State(r.State) == StateTriage {
		if err := s.change(tx, r, actor, Begun, Data{}, ""); err != nil {
			return Decided{}, err
		}
	}
	seen, err := s.seen(tx, r, d)
	if err != nil {
		return Decided{}, err
	}
	derived, err := table().Derive(d.Facts)
	if err != nil {
		return Decided{}, err
	}
	before, err := inForce(tx, r.ID, r.Cycle)
	if err != nil {
		return Decided{}, err
	}
	row := decisionRow{Case: r.ID, Cycle: r.Cycle, Round: r.Round, Actor: actor, At: max(tx.Now(), r.UpdatedAt), Outcome: string(d.Outcome), TableVersion: int64(derived.Version), Bulk: bulk}
	next := nextFinal
	switch r.Round {
	case 1:
		second, err := s.second(tx, r, d)
		if err != nil {
			return Decided{}, err
		}
		if second {
			next = nextSecond
		}
	case 2:
		next = nextSettle
		if len(before) == 1 {
			same, err := agree(before[0], d, derived)
			if err != nil {
				return Decided{}, err
			}
			if same {
				row.Agrees, next = 1, nextFinal
			}
		}
	}
	row.Final = number(next == nextFinal)
	window := s.opt.Undo
	if Risk(r.Risk) == RiskImminent || happensNow(d.Facts) {
		window /= 10
	}
	if r.Gold != 0 {
		window = 0 // whoever decides is told the right answer at once
	}
	row.UndoUntil = tx.Now() + window.Microseconds()
	for to, v := range map[*string]any{&row.Facts: d.Facts, &row.Actions: d.Actions, &row.Derived: derived} {
		text, err := json.Marshal(v)
		if err != nil {
			return Decided{}, err
		}
		*to = string(text)
	}
	if row.ID, err = store.One[int64](tx, `INSERT INTO case_decisions (case_id, cycle, round, actor, at, outcome, facts, actions, table_version, derived, agrees, final, undo_until, bulk_id, gold, files, viewed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id`,
		row.Case, row.Cycle, row.Round, row.Actor, row.At, row.Outcome, row.Facts, row.Actions, row.TableVersion, row.Derived, row.Agrees, row.Final, row.UndoUntil, bulk, r.Gold, seen.Files, seen.Viewed); err != nil {
		return Decided{}, err
	}
	if d.Note != "" {
		if _, err := tx.Exec(`UPDATE case_decisions SET sealed = $1 WHERE id = $2`, s.keys.Seal(purpose("decision", r.ID), []byte(d.Note)), row.ID); err != nil {
			return Decided{}, err
		}
	}
	if err := ban(tx, r.ID, actor, "decided"); err != nil {
		return Decided{}, err
	}
	data := Data{Decision: row.ID, Round: r.Round, Next: next, Bulk: bulk}
	if next == nextFinal {
		data.Outcome = d.Outcome
		if d.Outcome == Welfare || d.Facts.Relation == "child_child" {
			data.Path = PathWelfare
		}
	}
	if err := s.change(tx, r, actor, DecidedOn, data, ""); err != nil {
		return Decided{}, err
	}
	if err := giveBack(tx, r); err != nil {
		return Decided{}, err
	}
	if next == nextFinal {
		if err := s.conclude(tx, r, row, d.Actions); err != nil {
			return Decided{}, err
		}
	}
	return Decided{row.ID, next == nextFinal, row.UndoUntil, row.Agrees != 0}, nil
}

// giveBack ends the lease of a case that goes to another person. Its fence
// grows, so that nothing under the old lease takes effect.
func giveBack(tx *store.Tx, r *caseRow) error {
	r.Fence++
	r.LeaseBy, r.LeaseUntil = "", 0
	if r.Ready == 2 {
		r.Ready = 1
	}
	_, err := tx.Exec(`UPDATE cases SET ready = $1, lease_by = '', lease_until = 0, fence = $2 WHERE id = $3`, r.Ready, r.Fence, r.ID)
	return err
}

// conclude puts the actions of a final decision into the outbox. A gold case
// has none, whatever was asked for.
func (s *Service) conclude(tx *store.Tx, r *caseRow, d decisionRow, actions []string) error {
	if r.Gold != 0 {
		return nil
	}
	put := func(names []string, follows int64) error {
		for _, a := range names {
			if _, err := tx.Exec(`INSERT INTO case_outbox (case_id, decision_id, action, due_at, state, follows) VALUES ($1, $2, $3, $4, 'waiting', $5)`, r.ID, d.ID, a, d.UndoUntil, follows); err != nil {
				return err
			}
		}
		return nil
	}
	if err := put(actions, 0); err != nil || s.opt.Follows == nil {
		return err
	}
	more, err := s.opt.Follows(tx, Outgoing{Case: r.ID, Decision: d.ID, DueAt: d.UndoUntil, Actor: d.Actor, Outcome: d.Outcome, At: d.At, Asked: actions})
	if err != nil {
		return err
	}
	return put(more, 1)
}

// agree reports whether a second decision says what the first did: the same
// outcome, the same actions, and facts that every scale reads alike.
func agree(first decisionRow, d Decision, derived taxonomy.Derived) (bool, error) {
	var was taxonomy.Derived
	if err := json.Unmarshal([]byte(first.Derived), &was); err != nil {
		return false, fmt.Errorf("stored decision %d: %w", first.ID, err)
	}
	var actions []string
	if err := json.Unmarshal([]byte(first.Actions), &actions); err != nil {
		return false, fmt.Errorf("stored decision %d: %w", first.ID, err)
	}
	return Outcome(first.Outcome) == d.Outcome && sameSet(actions, d.Actions) &&
		was.Version == derived.Version && sameSet(was.Results, derived.Results) && sameSet(was.Marks, derived.Marks), nil
}

func sameSet[T comparable](a, b []T) bool {
	count := map[T]int{}
	for _, v := range a {
		count[v]++
	}
	for _, v := range b {
		count[v]--
	}
	return !slices.ContainsFunc(slices.Collect(maps.Values(count)), func(n int) bool { return n != 0 })
}

// Undo takes back the last decision on a case within its time. Only whoever
// decided can, and only while nothing went out and nobody decided after them.
func (s *Service) Undo(ctx context.Context, actor string, id, decision int64) error {
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		return s.undo(tx, r, actor, decision, 0)
	})
}

func (s *Service) undo(tx *store.Tx, r *caseRow, actor string, decision, bulk int64) error {
	refuse := func(code jaga.Code, msg string) error {
		return &jaga.Error{Code: code, Field: "decision", Msg: "undo: " + msg}
	}
	stand, err := inForce(tx, r.ID, r.Cycle)
	if err != nil {
		return err
	}
	if len(stand) == 0 || stand[len(stand)-1].ID != decision {
		return refuse(jaga.CodeConflict, "it is not the last decision on the case that stands")
	}
	d := stand[len(stand)-1]
	switch {
	case d.Actor != actor:
		return refuse(jaga.CodeDenied, "only whoever decided can take it back")
	case tx.Now() >= d.UndoUntil:
		e := &jaga.Error{Code: jaga.CodeConflict, Field: "decision", Msg: "undo: the time to take it back is over", Hint: "reopen the case as a correction"}
		return e
	}
	gone, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_outbox WHERE decision_id = $1 AND state = 'handed'`, decision)
	if err != nil {
		return err
	}
	if gone > 0 {
		return refuse(jaga.CodeConflict, "what it asked for has begun")
	}
	if err := r.free(tx, actor); err != nil {
		return err // the second person is at it
	}
	if _, err := tx.Exec(`UPDATE case_outbox SET state = 'cancelled' WHERE decision_id = $1`, decision); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE case_decisions SET undone_at = $1 WHERE id = $2`, max(tx.Now(), 1), decision); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM case_barred WHERE case_id = $1 AND actor = $2 AND why = 'decided'`, r.ID, actor); err != nil {
		return err
	}
	if err := s.change(tx, r, actor, Undone, Data{Decision: decision, Round: d.Round, Bulk: bulk}, ""); err != nil {
		return err
	}
	return giveBack(tx, r)
}

// SaveDraft keeps what a person has written so far, sealed, for them alone.
func (s *Service) SaveDraft(ctx context.Context, actor string, id int64, d Decision) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if len(text) > 2*MaxText {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "draft", Msg: "it is too long"}
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO case_drafts (case_id, actor, at, sealed) VALUES ($1, $2, $3, $4)
			ON CONFLICT (case_id, actor) DO UPDATE SET at = excluded.at, sealed = excluded.sealed`, id, actor, tx.Now(), s.keys.Seal(purpose("draft", id), text))
		return err
	})
}

// Draft returns what the person had written, or not_found.
func (s *Service) Draft(ctx context.Context, actor string, id int64) (d Decision, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		sealed, err := store.All[[]byte](tx, `SELECT sealed FROM case_drafts WHERE case_id = $1 AND actor = $2`, id, actor)
		if err == nil && len(sealed) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "draft", Msg: "there is no draft"}
		}
		if err != nil {
			return err
		}
		text, err := s.keys.Open(purpose("draft", id), sealed[0])
		if err != nil {
			return err
		}
		return json.Unmarshal(text, &d)
	})
	return d, err
}
