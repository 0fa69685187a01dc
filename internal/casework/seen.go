package casework

import (
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// Seen is how many files a case has, and how many of them somebody of the house
// viewed. It is computed from the log of reveals and never typed in.
type Seen struct{ Files, Viewed int64 }

// None reports whether there are files and nobody viewed any.
func (s Seen) None() bool { return s.Files > 0 && s.Viewed == 0 }

// Shown reports whether facts say what only a look at the material tells: what is
// done in it, and how grown a body is. An age may be known from elsewhere.
func Shown(f taxonomy.Facts) bool {
	told := func(v string) bool { return v != "" && v != taxonomy.None && v != taxonomy.Undetermined }
	return told(f.Activity) || told(f.Pubertal)
}

// seen counts the files of a case, and refuses facts about material that nobody
// viewed: a matching hash says that it is known, and not what it shows.
func (s *Service) seen(tx *store.Tx, r *caseRow, d Decision) (Seen, error) {
	if s.opt.Seen == nil || r.Gold != 0 {
		return Seen{}, nil
	}
	seen, err := s.opt.Seen(tx, r.ID)
	if err == nil && seen.None() && Shown(d.Facts) {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "looked", Msg: "decide: nobody of the house has viewed a file of this case, so nobody can say what it shows", Hint: "leave activity and puberty undetermined, or view a file; what you wrote is kept as your draft"}
	}
	return seen, err
}

// hardest reports whether facts are of the hardest classes, A1 and B1 of the
// scale of NCMEC: acts with children.
func hardest(f taxonomy.Facts) bool {
	derived, err := table().Derive(f)
	return err == nil && slices.ContainsFunc(derived.Of(taxonomy.NCMEC), func(r taxonomy.Result) bool { return r.Value == "A1" || r.Value == "B1" })
}

// happensNow reports whether facts say that it happens now, or is about to.
func happensNow(f taxonomy.Facts) bool { return f.Immediacy == "imminent" || f.Immediacy == "ongoing" }
