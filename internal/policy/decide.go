package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Decide asks the rules about one finding, counts what they said, and returns
// the actions that are wanted, within their quotas. It runs in the transaction
// that stores the finding, so that what was counted and what was stored agree.
// It carries nothing out.
//
// An error means that the rules could not be asked, and the transaction must
// not go on as if nothing were wanted. A caller that has to store the finding
// all the same uses [Fallback].
func (s *Service) Decide(ctx context.Context, tx *store.Tx, f *Facts) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	// The head of the custody log is what writers wait for one after another;
	// taking it first keeps quotas exact and transactions from waiting for each
	// other in a circle.
	if _, err := store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`); err != nil {
		return Result{}, fmt.Errorf("ask the rules: %w", err)
	}
	set, err := s.current(tx)
	if err != nil {
		return Result{}, fmt.Errorf("ask the rules: %w", err)
	}
	if err := count(tx, whatAll, 0, "fired"); err != nil {
		return Result{}, err
	}
	open, err := breakers(tx)
	if err != nil {
		return Result{}, fmt.Errorf("ask the rules: %w", err)
	}
	decisions := set.decide(f)
	gate := &gate{s: s, tx: tx, open: open, limits: set.limits(), checked: map[string]bool{}}
	r := settle(f, decisions, gate.may)
	if gate.err != nil {
		return Result{}, fmt.Errorf("ask the rules: %w", gate.err)
	}
	return r, s.tally(tx, r)
}

// Fallback is the result when the rules cannot be asked: whatever a person
// should look at, or nobody can say, opens a case.
func Fallback(f *Facts) Result {
	r := Result{Decisions: []Decision{}, Wanted: []Wanted{}, Stopped: []Wanted{}}
	band, known := f.Band.Get()
	if r.Band = band; !known || band >= jaga.BandReview {
		r.Wanted = append(r.Wanted, Wanted{Action: Action{Do: OpenCase, Queue: DefaultQueue}, Note: NoteUndecided})
	}
	return r
}

// limits are those of each rule's version.
func (s *Set) limits() map[string]Limits {
	out := map[string]Limits{}
	for _, v := range s.list {
		out[versionKey(v.Name, v.Version)] = v.Limits
	}
	return out
}

func versionKey(rule string, version int64) string { return fmt.Sprint(rule, "@", version) }

// gate lets automatic actions through within their quotas.
type gate struct {
	s       *Service
	tx      *store.Tx
	open    map[string]Breaker
	limits  map[string]Limits
	checked map[string]bool // what was found within its limits for this finding
	err     error
}

func (g *gate) may(d Decision, a Action) bool {
	rule, act := whatRule(d.Rule), whatAct(a.Do)
	return g.within(rule, g.limits[versionKey(d.Rule, d.Version)].or(g.s.opt.Limits)) && g.within(act, g.s.opt.PerAction)
}

// within opens the breaker when one more act would be too many.
func (g *gate) within(what string, l Limits) bool {
	if _, is := g.open[what]; is || g.err != nil {
		return false
	}
	if g.checked[what] {
		return true
	}
	b, over, err := over(g.tx, what, l)
	if err == nil && over {
		g.open[what] = b
		err = g.s.trip(g.tx, b)
	}
	g.err = err
	g.checked[what] = !over && err == nil
	return g.checked[what]
}

// tally counts what the rules said and what may be carried out: a rule once for
// each finding, however many actions it wants.
func (s *Service) tally(tx *store.Tx, r Result) error {
	acted, stopped, acts := map[string]bool{}, map[string]bool{}, map[Act]bool{}
	for _, w := range r.Wanted {
		if w.Do.Automatic() {
			acted[versionKey(w.Rule, w.Version)], acts[w.Do] = true, true
		}
	}
	for _, w := range r.Stopped {
		stopped[versionKey(w.Rule, w.Version)] = true
	}
	for _, d := range r.Decisions {
		column := "fired"
		switch {
		case d.Answer == Undecided:
			column = "undecided"
		case !d.Acting:
			column = "shadow"
		}
		key := versionKey(d.Rule, d.Version)
		for _, c := range []struct {
			on     bool
			column string
		}{{true, column}, {acted[key], "acted"}, {stopped[key], "stopped"}} {
			if !c.on {
				continue
			}
			if err := count(tx, whatRule(d.Rule), d.Version, c.column); err != nil {
				return err
			}
		}
	}
	for _, a := range Acts() {
		if acts[a] {
			if err := count(tx, whatAct(a), 0, "acted"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Hour is what one version, or everything, did within an hour.
type Hour struct {
	Hour                                     int64 // since 1970
	Version                                  int64
	Fired, Shadow, Undecided, Acted, Stopped int64
}

// Counts returns what a rule did since a time, by the hour, oldest first. An
// empty name counts everything that was evaluated, under Fired.
func (s *Service) Counts(ctx context.Context, rule string, since time.Time) (out []Hour, err error) {
	what := whatRule(rule)
	if rule == "" {
		what = whatAll
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.All[Hour](tx, `SELECT hour, version, fired, shadow, undecided, acted, stopped FROM policy_counts WHERE what = $1 AND hour >= $2 ORDER BY hour, version`, what, since.Unix()/3600)
		return err
	})
	return out, err
}

// countsKept is for how long counts are kept.
const countsKept = 90 * 24 * time.Hour

// Tidy removes what is no longer kept: old counts, and old back-tests.
func (s *Service) Tidy(ctx context.Context) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		before := tx.Now() - countsKept.Microseconds()
		if _, err := tx.Exec(`DELETE FROM policy_counts WHERE hour < $1`, hourOf(before)); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM policy_backtests WHERE asked_at < $1`, before)
		return err
	})
}
