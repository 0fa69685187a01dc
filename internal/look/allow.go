package look

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Work is what a person has to do with a case, as far as looking at its files
// goes.
type Work struct {
	// Holds is set while the case is in the person's hands, Round says in which
	// review: 1 the first, 2 the second, 3 the one that settles.
	Holds bool
	Round int64
	// Appeal is set while an appeal against the decision is open.
	Appeal bool
	// Decided is set once nobody has to decide on the case any more.
	Decided bool
	// Reporting is set while a report on the case is on its way.
	Reporting bool
	// Own is set where the person decided on the case in this review.
	Own bool
	// Sampled is set where the case is one of those whose decisions are checked.
	Sampled bool
	// Ordered is set where an authority has to do with the case: a legal hold is
	// in force, or a report was filed.
	Ordered bool
	// Second, Export and Orders are what the person may do in the queue of the
	// case: decide a second time, take evidence out, and keep it by order.
	Second, Export, Orders bool
}

// Allow says whether somebody may look for a purpose. The error's Field is
// "take_first" where it takes the case in one's hands, and otherwise "when_" with
// the purpose.
func (w Work) Allow(p Purpose) error {
	ok := false
	switch p {
	case Triage, Review:
		ok = w.Holds && w.Round == 1
	case SecondReview:
		ok = w.Holds && w.Round > 1
	case Appeal:
		ok = w.Holds && w.Appeal
	case Report:
		ok = w.Reporting && (w.Own || w.Export)
	case Quality:
		ok = w.Decided && w.Sampled && w.Second && !w.Own
	case Authority:
		ok = w.Ordered && w.Orders
	case Integrity:
		ok = w.Decided && w.Export
	}
	if ok {
		return nil
	}
	if (p.First() || p == SecondReview || p == Appeal) && !w.Holds {
		return denied("take_first", "look at file: the case is not in your hands", "take the case first; files are shown to whoever has it")
	}
	return denied("when_"+string(p), "look at file: the purpose "+string(p)+" is not open to you on this case now", when[p])
}

// when says when each purpose is open.
var when = map[Purpose]string{
	Triage:       "triage is for whoever has the case in the first review",
	Review:       "review is for whoever has the case in the first review",
	SecondReview: "second_review is for whoever has the case in its second or third review",
	Appeal:       "appeal is for whoever has a case that was reopened for an appeal",
	Report:       "report is open while a report is on its way, to who decided and to seniors",
	Quality:      "quality is for seniors who did not decide, on a decided case of the sample",
	Authority:    "authority is for seniors, where a legal hold is in force or a report was filed",
	Integrity:    "integrity is for seniors, on a decided case",
}

// allow asks whoever knows the cases whether the actor may look.
func (s *Service) allow(ctx context.Context, tx *store.Tx, actor string, caseID int64, p Purpose) error {
	if s.work == nil {
		return nil
	}
	w, err := s.work(ctx, tx, actor, caseID)
	if err != nil {
		return err
	}
	return w.Allow(p)
}

// Purposes lists the purposes for which the actor may look at the files of a case
// now.
func (s *Service) Purposes(ctx context.Context, actor string, caseID int64) (out []Purpose, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for _, p := range Purposes() {
			err := s.allow(ctx, tx, actor, caseID, p)
			if err == nil {
				out = append(out, p)
			} else if jaga.CodeOf(err) != jaga.CodeDenied {
				return err
			}
		}
		return nil
	})
	return out, err
}
