package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// NeedsSecond is the rule for a mandatory second review: the hardest classes
// (acts, which are A1 and B1 of NCMEC's scale, penetrative or sadistic ones at any
// age, children under seven, abuse in person, groups that make children harm
// themselves), what happens now or is about to, and the first report that the
// installation makes. It never asks for one where nothing was
// confirmed.
func NeedsSecond(d Decision, firstReport bool) bool {
	if d.Outcome != Confirmed && d.Outcome != Welfare {
		return false
	}
	f := d.Facts
	return firstReport || f.Activity == "penetrative" || f.Activity == "sadistic" || f.Age == "0-2" || f.Age == "3-6" || hardest(f) || happensNow(f) ||
		slices.Contains(f.Conduct, "in_person_abuse") || slices.Contains(f.Conduct, "sadistic_group")
}

// second reports whether a first decision needs another person.
func (s *Service) second(tx *store.Tx, r *caseRow, d Decision) (bool, error) {
	if r.Gold != 0 {
		return false, nil
	}
	first := false
	if slices.ContainsFunc(d.Actions, s.opt.Reports) {
		some, err := reportedBefore(tx)
		if err != nil {
			return false, err
		}
		first = !some
	}
	return s.opt.Second(d, first) || s.keys.drawn(r.ID, s.opt.SecondPercent), nil
}

// DecisionView is a decision as somebody may read it.
type DecisionView struct {
	ID, Cycle, Round int64
	Actor            string
	At               time.Time
	// Withheld is true while the reader has still to decide without knowing
	// it; nothing below is set then.
	Withheld  bool
	Outcome   Outcome
	Facts     taxonomy.Facts
	Actions   []string
	Derived   taxonomy.Derived
	Note      string
	Agrees    bool // with the first decision
	Final     bool
	UndoUntil time.Time
	Undone    bool
	Looked    Seen // of the files of the case, when this was decided
}

// Decisions lists what was decided on a case, with the notes, and records that
// the person read them. While a second review is open, what the first person
// said is withheld from everybody else until they have decided themselves.
func (s *Service) Decisions(ctx context.Context, actor string, id int64) (out []DecisionView, err error) {
	out = []DecisionView{}
	err = s.reading(ctx, actor, id, "case.read_decisions", func(tx *store.Tx) error {
		r, err := peek(tx, id)
		if err != nil {
			return err
		}
		rows, err := store.All[decisionRow](tx, `SELECT `+decisionColumns+` FROM case_decisions WHERE case_id = $1 ORDER BY id`, id)
		if err != nil {
			return err
		}
		for _, d := range rows {
			v := DecisionView{ID: d.ID, Cycle: d.Cycle, Round: d.Round, Actor: d.Actor, At: time.UnixMicro(d.At), UndoUntil: time.UnixMicro(d.UndoUntil), Undone: d.UndoneAt > 0}
			if r.blind(d.Cycle, d.Actor, actor) {
				v.Withheld, v.Actor = true, ""
				out = append(out, v)
				continue
			}
			v.Outcome, v.Agrees, v.Final, v.Looked = Outcome(d.Outcome), d.Agrees != 0, d.Final != 0, Seen{d.Files, d.Viewed}
			for to, text := range map[any]string{&v.Facts: d.Facts, &v.Actions: d.Actions, &v.Derived: d.Derived} {
				if err := json.Unmarshal([]byte(text), to); err != nil {
					return fmt.Errorf("stored decision %d: %w", d.ID, err)
				}
			}
			if len(d.Sealed) > 0 {
				note, err := s.keys.Open(purpose("decision", id), d.Sealed)
				if err != nil {
					return err
				}
				v.Note = string(note)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// blind reports whether a decision is hidden from a reader. In the second round
// nobody but its author reads the first one, not even those who will never
// decide: what one person can read another can be told. In the third round the
// two answers are what is to be settled, so they are open.
func (r *caseRow) blind(cycle int64, author, reader string) bool {
	return State(r.State) == StateSecondReview && r.Round == 2 && cycle == r.Cycle && author != reader
}

// suppressed is the smallest number that statistics of people's work show.
const suppressed = 5

// Agreement says how often second reviewers said what the first did, over all
// reviewers together. Kappa is Cohen's: agreement on the outcome beyond what
// chance gives. Pairs counts what it rests on; below five pairs nothing else is
// set and Suppressed is true.
type Agreement struct {
	Pairs      int64
	Suppressed bool
	// Same counts pairs with the same outcome; Percent is their share.
	Same    int64
	Percent float64
	// Kappa is between -1 and 1. Defined is false where everybody said the
	// same all the time: chance then explains everything and nothing.
	Kappa   float64
	Defined bool
	// Settled counts pairs that a third person settled.
	Settled int64
}

// Agreement compares first and second decisions since a time.
func (s *Service) Agreement(ctx context.Context, since time.Time) (a Agreement, err error) {
	type cell struct {
		First, Second string
		N, Settled    int64
	}
	var cells []cell
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		cells, err = store.All[cell](tx, `SELECT f.outcome, s.outcome, COUNT(*), COALESCE(SUM(CASE WHEN EXISTS
				(SELECT 1 FROM case_decisions t WHERE t.case_id = s.case_id AND t.cycle = s.cycle AND t.round = 3 AND t.undone_at = 0) THEN 1 ELSE 0 END), 0)
			FROM case_decisions s JOIN case_decisions f ON f.case_id = s.case_id AND f.cycle = s.cycle AND f.round = 1 AND f.undone_at = 0
			WHERE s.round = 2 AND s.undone_at = 0 AND s.gold = 0 AND s.at >= $1 GROUP BY f.outcome, s.outcome`, since.UnixMicro())
		return err
	})
	if err != nil {
		return a, err
	}
	first, second := map[string]int64{}, map[string]int64{}
	for _, c := range cells {
		a.Pairs += c.N
		a.Settled += c.Settled
		first[c.First] += c.N
		second[c.Second] += c.N
		if c.First == c.Second {
			a.Same += c.N
		}
	}
	if a.Pairs < suppressed {
		return Agreement{Pairs: a.Pairs, Suppressed: true}, nil
	}
	n := float64(a.Pairs)
	observed, chance := float64(a.Same)/n, 0.0
	for outcome, k := range first {
		chance += float64(k) / n * float64(second[outcome]) / n
	}
	a.Percent = 100 * observed
	if chance < 1 {
		a.Kappa, a.Defined = (observed-chance)/(1-chance), true
	}
	return a, nil
}

// Quality counts decisions on gold cases, over all reviewers together; below
// five of them only the number is told.
type Quality struct {
	Decisions, Right int64
	Suppressed       bool
}

// Quality tells how often gold cases were decided rightly since a time.
func (s *Service) Quality(ctx context.Context, since time.Time) (q Quality, err error) {
	type counts struct{ All, Right int64 }
	var n counts
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		n, err = store.One[counts](tx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN d.outcome = g.outcome THEN 1 ELSE 0 END), 0)
			FROM case_decisions d JOIN case_golds g ON g.case_id = d.case_id WHERE d.gold > 0 AND d.undone_at = 0 AND d.at >= $1`, since.UnixMicro())
		return err
	})
	q = Quality{Decisions: n.All, Right: n.Right}
	if err == nil && q.Decisions < suppressed {
		q.Right, q.Suppressed = 0, true
	}
	return q, err
}
