package main

import (
	"context"
	"strconv"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/tip"
)

// shredAtOnce is how many cases, and how many findings without one, are looked at
// together.
const shredAtOnce = 100

// shredding removes, of one case and all that are part of it, what a kind names,
// and returns how many texts or rows that were.
type shredding func(tx *store.Tx, id int64, parts []int64) (int64, error)

func (s *site) shreddings() map[law.What]shredding {
	each := func(parts []int64, fn func(id int64) (int64, error)) (n int64, err error) {
		for _, id := range parts {
			some, err := fn(id)
			if err != nil {
				return 0, err
			}
			n += some
		}
		return n, nil
	}
	return map[law.What]shredding{
		law.Words: func(tx *store.Tx, id int64, parts []int64) (int64, error) {
			n, err := s.work.cases.ShredWords(tx, id)
			if err != nil {
				return 0, err
			}
			lines, err := each(parts, func(part int64) (int64, error) {
				talks, err := s.work.cases.Refs(tx, part, []casework.Kind{casework.KindConversation}, mostFindings)
				if err != nil {
					return 0, err
				}
				return converse.Shred(tx, talks)
			})
			return n + lines, err
		},
		law.Reports: func(tx *store.Tx, id int64, parts []int64) (int64, error) {
			n, err := s.work.cases.ShredReports(tx, id)
			if err != nil {
				return 0, err
			}
			calls, err := each(parts, func(part int64) (int64, error) { return tip.Shred(tx, part) })
			return n + calls, err
		},
		law.Views: func(tx *store.Tx, _ int64, parts []int64) (int64, error) {
			return each(parts, func(part int64) (int64, error) { return look.Shred(tx, part) })
		},
	}
}

// shred removes what is no longer kept of cases that were closed, and lines of
// conversations that became no case. It leaves alone what a hold covers or a law
// still has kept.
func (s *site) shred(ctx context.Context) (cases, texts int64, err error) {
	for _, what := range law.Texts() {
		shred, ok := s.shreddings()[what]
		if !ok {
			continue
		}
		before, err := s.keptBefore(ctx, what)
		if err != nil || before == 0 {
			if err != nil {
				return cases, texts, err
			}
			continue
		}
		for behind := (casework.ClosedCase{}); ; {
			list, err := s.work.cases.Closed(ctx, string(what), before, behind, shredAtOnce)
			if err != nil || len(list) == 0 {
				if err != nil {
					return cases, texts, err
				}
				break
			}
			for _, c := range list {
				n, err := s.shredCase(ctx, what, c, shred)
				if err != nil {
					return cases, texts, err
				}
				if n > 0 {
					cases, texts = cases+1, texts+n
				}
			}
			behind = list[len(list)-1]
		}
	}
	n, err := s.shredQuiet(ctx)
	return cases, texts + n, err
}

// keptBefore is before when a case must have been closed for what it holds of a
// kind to go, in microseconds; 0 where that never ends. Days are counted by the
// clock, and one more is waited: a keeping time is never over early.
func (s *site) keptBefore(ctx context.Context, what law.What) (before int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		days, err := s.keptDays(tx, what)
		if err != nil || days == 0 {
			return err
		}
		before = time.UnixMicro(tx.Now()).Add(-forDays(days + 1)).UnixMicro()
		return nil
	})
	return before, err
}

// shredCase removes what a kind names of a case, in one transaction with the
// custody record that says of how many texts or rows.
func (s *site) shredCase(ctx context.Context, what law.What, c casework.ClosedCase, shred shredding) (n int64, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error { // the record comes last, when it is known how many
		n = 0
		if err := tx.Lock(); err != nil {
			return err
		}
		still, err := s.work.cases.StillClosed(tx, c)
		if err != nil || !still {
			return err
		}
		parts, err := s.work.cases.Members(tx, c.ID)
		if err != nil {
			return err
		}
		for _, part := range parts {
			must, err := s.evidence.MustKeep(tx, part)
			if err != nil || must {
				return err
			}
		}
		if n, err = shred(tx, c.ID, parts); err != nil {
			return err
		}
		if err := s.work.cases.NoteShredded(tx, c.ID, string(what), n); err != nil || n == 0 {
			return err
		}
		days, err := s.keptDays(tx, what)
		if err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: "system", Action: "case.shredded", Subject: casework.Subject(c.ID), Detail: map[string]string{
			"what": string(what), "n": strconv.FormatInt(n, 10), "days": strconv.Itoa(days), "closed": strconv.FormatInt(c.At, 10)}})
	})
	return n, err
}

// shredQuiet removes the lines of conversations that became no case: nobody closes
// them, so their time begins with the last change of the finding.
func (s *site) shredQuiet(ctx context.Context) (all int64, err error) {
	before, err := s.keptBefore(ctx, law.Words)
	if err != nil || before == 0 {
		return 0, err
	}
	inCase := casework.Hidden([]casework.Kind{casework.KindConversation}, nil)
	for {
		var n int64
		err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
			if err := tx.Lock(); err != nil {
				return err
			}
			if n, err = converse.ShredQuiet(tx, before, inCase, shredAtOnce); err != nil || n == 0 {
				return err
			}
			return tx.Record(custody.Event{Actor: "system", Action: "finding.shredded", Subject: "findings", Detail: map[string]string{"n": strconv.FormatInt(n, 10)}})
		})
		if err != nil || n == 0 {
			return all, err
		}
		all += n
	}
}

// messageHeld reports whether messages to the team that were passed on to a case
// must be kept, as something of that case must.
func (s *site) messageHeld(tx *store.Tx, caseID int64) (bool, error) {
	root, err := s.work.cases.Root(tx, caseID)
	if err != nil {
		return false, err
	}
	parts, err := s.work.cases.Members(tx, root)
	for _, part := range parts {
		if err != nil {
			return false, err
		}
		var must bool
		if must, err = s.evidence.MustKeep(tx, part); must {
			return true, err
		}
	}
	return false, err
}

// totals of what is no longer kept.
type totals struct{ cases, n int64 }

func shredTotals(tx *store.Tx) (map[string]totals, error) {
	list, err := casework.ShredTotals(tx)
	out := map[string]totals{}
	for _, t := range list {
		out[t.Kind] = totals{t.Cases, t.N}
	}
	return out, err
}

// settled is for how long the records of a server must agree with its clock before
// anything is removed by it: one that was set forward writes records at once that
// agree with it, and people have that long to see what the log says.
const settled = 24 * time.Hour

// inDoubt reports whether the clock may have jumped: it is behind the newest record,
// or the newest of those that were written more than a day ago is too old, or
// missing. Times are in microseconds, 0 for no record.
func inDoubt(now time.Time, newest, dayOld int64) bool {
	if dayOld == 0 || (law.Reading{Now: now, Latest: time.UnixMicro(newest)}).Doubtful() {
		return true
	}
	return (law.Reading{Now: now.Add(-settled), Latest: time.UnixMicro(dayOld)}).Doubtful()
}

// mayShred reports whether the clock may be relied upon, and whether the
// installation is too young to tell.
func (s *site) mayShred(ctx context.Context) (may, young bool, err error) {
	var newest, dayOld int64
	now := s.db.Now()
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if newest, err = store.LastRecord(tx, 0); err == nil {
			dayOld, err = store.LastRecord(tx, now.Add(-settled).UnixMicro())
		}
		return err
	})
	return err == nil && !inDoubt(now, newest, dayOld), dayOld == 0, err
}

// tendKeeping puts longer keeping times into force and removes what is no longer
// kept.
func (s *site) tendKeeping(ctx context.Context) {
	if err := s.adoptTerms(ctx); err != nil {
		s.log.Error("take keeping times", "error", err)
		return
	}
	may, young, err := s.mayShred(ctx)
	switch {
	case err != nil:
		s.log.Error("look at the clock", "error", err)
		return
	case young:
		return // nothing here is old enough
	case !may:
		s.log.Warn("nothing is removed that is no longer kept: the installation stood still for long, or its clock jumped")
		return
	}
	if cases, texts, err := s.shred(ctx); err != nil {
		s.log.Error("remove what is no longer kept", "error", err)
	} else if texts > 0 {
		s.log.Info("removed texts that are no longer kept", "cases", cases, "texts", texts)
	}
}
