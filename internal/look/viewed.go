package look

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// View says whether and by whom a file was viewed.
type View struct {
	Viewed bool
	// By is the person of the first view, for reports and the custody log; other
	// reviewers are not shown it. It is empty when that is no longer kept. At is when that reveal began.
	By string
	At int64
	// Views is how many reveals were views.
	Views int64
	// Heard is whether a person heard it: with its sound on for [ViewedAfter] in
	// one reveal, seen or not.
	Heard bool
}

// Viewed computes from the reveals whether a file was viewed.
func (s *Service) Viewed(ctx context.Context, file string) (v View, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		v, err = viewed(tx, file)
		return err
	})
	return v, err
}

// ViewedTx is Viewed within a transaction of the caller, so that a report and
// what it says of its files are one state.
func ViewedTx(tx *store.Tx, file string) (View, error) { return viewed(tx, file) }

func viewed(tx *store.Tx, file string) (v View, err error) {
	type row struct {
		Person string
		Began  int64
	}
	rows, err := store.All[row](tx, `SELECT person, began_at FROM look_reveals WHERE file_key = $1 AND clear >= $2 ORDER BY id`, file, ViewedAfter.Microseconds())
	if err != nil {
		return v, err
	}
	if len(rows) > 0 {
		v = View{Viewed: true, By: rows[0].Person, At: rows[0].Began, Views: int64(len(rows))}
	}
	heard, err := store.One[int64](tx, `SELECT COUNT(*) FROM look_reveals WHERE file_key = $1 AND heard >= $2`, file, ViewedAfter.Microseconds())
	if err != nil {
		return v, err
	}
	v.Heard = heard > 0
	old, err := store.All[struct{ Views, Heard, First int64 }](tx, `SELECT views, heard, first_at FROM look_kept WHERE file_key = $1`, file)
	if err != nil || len(old) == 0 {
		return v, err
	}
	v.Views, v.Heard = v.Views+old[0].Views, v.Heard || old[0].Heard > 0
	if old[0].Views > 0 && (!v.Viewed || old[0].First < v.At) {
		v.Viewed, v.By, v.At = true, "", old[0].First // by whom is no longer kept
	}
	return v, nil
}

// ViewExif records that a person of a session looked at what the file says of
// itself: its EXIF data. It needs the file viewed.
func (s *Service) ViewExif(ctx context.Context, actor string, session int64, file string) error {
	if !person(actor) {
		return denied("actor", "view EXIF data: only people look", "")
	}
	now, _ := s.clock.now()
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		v, err := live(tx, actor, session, now.UnixMicro())
		if err != nil {
			return err
		}
		seen, err := viewed(tx, file)
		if err != nil {
			return err
		}
		if !seen.Viewed {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "viewed", Msg: "view EXIF data: nobody has viewed the file"}
		}
		if _, err := tx.Exec(`INSERT INTO look_exif (file_key, person, session_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, file, actor, session, now.UnixMicro()); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.exif", Subject: Subject(v.Case), Detail: map[string]string{"session": id(session), "file": file}})
	})
}

// ExifViewed reports whether somebody looked at the EXIF data of a file.
func (s *Service) ExifViewed(ctx context.Context, file string) (ok bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n, err := store.One[int64](tx, `SELECT (SELECT COUNT(*) FROM look_exif WHERE file_key = $1) + (SELECT COUNT(*) FROM look_kept WHERE file_key = $1 AND exif > 0)`, file)
		ok = n > 0
		return err
	})
	return ok, err
}

// Need says whether somebody must look at a file.
type Need struct {
	Look bool
	// Why is "decided" where somebody decided about the file, "known" where its
	// hash has enough votes and it was viewed here before, and empty where
	// somebody must look.
	Why string
	// By is who decided, Case and At in which case and when.
	By     string
	Case   int64
	At     int64
	Viewed bool
}

// VotesLeast is how many independent votes a known hash needs, beside an earlier
// view in-house, to be decided without another look.
const VotesLeast = 2

// NeedLook says whether anybody must look at a file. votes is how many
// independent sources say of its hash what it is, as the caller counted them.
// That no look is needed never makes the file viewed.
func (s *Service) NeedLook(ctx context.Context, file string, votes int) (n Need, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n, err = needLook(tx, file, votes)
		return err
	})
	return n, err
}

type decisionRow struct {
	Person   string
	Case, At int64
}

func needLook(tx *store.Tx, file string, votes int) (Need, error) {
	v, err := viewed(tx, file)
	if err != nil {
		return Need{}, err
	}
	n := Need{Look: true, Viewed: v.Viewed}
	rows, err := store.All[decisionRow](tx, `SELECT person, case_id, at FROM look_decisions WHERE file_key = $1`, file)
	switch {
	case err != nil:
		return Need{}, err
	case len(rows) > 0:
		n.Look, n.Why, n.By, n.Case, n.At = false, "decided", rows[0].Person, rows[0].Case, rows[0].At
	case v.Viewed && votes >= VotesLeast:
		n.Look, n.Why = false, "known"
	}
	return n, nil
}

// undecided refuses another first look at a file that was decided.
func undecided(tx *store.Tx, file string) error {
	n, err := needLook(tx, file, 0)
	if err == nil && n.Why == "decided" {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "no_look", Msg: "show file: somebody has decided about it; no further look is needed", Hint: "decide on what is known, or look for another purpose"}
	}
	return err
}

// Decided records within the caller's transaction that a person decided about a
// file, with or without looking: from then on nobody else needs to look. The
// caller writes the custody record of the decision itself.
func (s *Service) Decided(tx *store.Tx, actor, file string, caseID int64) error {
	if !person(actor) || !keyText.MatchString(file) {
		return invalid("file", "record decision: it needs a person and the keyed digest of the file")
	}
	_, err := tx.Exec(`INSERT INTO look_decisions (file_key, person, case_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, file, actor, caseID, tx.Now())
	return err
}

// Reopened takes the decision of a case back within the caller's transaction, for
// appeals and corrections: the next person may look again. What another case
// decided about the file stays.
func (s *Service) Reopened(tx *store.Tx, file string, caseID int64) error {
	_, err := tx.Exec(`DELETE FROM look_decisions WHERE file_key = $1 AND case_id = $2`, file, caseID)
	return err
}
