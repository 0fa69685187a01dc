package casework

import (
	"context"
	"slices"

	"github.com/jaga-project/jaga/internal/store"
)

// What people write on a case is kept for a time after it was closed. Then the
// texts go, and the case, its findings, events, decisions and numbers stay.

// reportKinds are the kinds of findings whose text is what people reported.
func reportKinds() []Kind { return []Kind{KindText, KindUser, KindHotline} }

// ClosedCase is a case that was closed, and not touched since At, in microseconds.
type ClosedCase struct{ ID, At int64 }

// Closed lists cases that were closed and not touched since a time, in
// microseconds, of which what a kind names is still there: behind one, the oldest
// first. Gold cases, cases on hold, and cases that are part of another one are not
// in it.
func (s *Service) Closed(ctx context.Context, kind string, before int64, behind ClosedCase, limit int) (out []ClosedCase, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[ClosedCase](tx, `SELECT c.id, c.updated_at FROM cases c WHERE c.state = 'closed' AND c.merged_into = 0 AND c.gold = 0 AND c.held = 0
			AND c.updated_at < $1 AND (c.updated_at > $2 OR c.updated_at = $2 AND c.id > $3)
			AND NOT EXISTS (SELECT 1 FROM case_shreds x WHERE x.case_id = c.id AND x.kind = $4 AND x.at >= c.updated_at)
			ORDER BY c.updated_at, c.id LIMIT $5`, before, behind.At, behind.ID, kind, int64(limit))
		return err
	})
	return out, err
}

// StillClosed reports, in a transaction that has locked the custody log, whether a
// case is as [Service.Closed] listed it.
func (s *Service) StillClosed(tx *store.Tx, c ClosedCase) (bool, error) {
	r, err := peek(tx, c.ID)
	return err == nil && State(r.State) == StateClosed && r.MergedInto == 0 && r.Held == 0 && r.UpdatedAt == c.At, err
}

// ShredWords removes what people wrote on a case and on those merged into it:
// notes, reasons, what decisions say in words, drafts, whose demands clocks are, and
// texts of findings that are no reports of people. It returns how many texts that
// were. To whom was reported, with the reference, is kept by its own time.
func (s *Service) ShredWords(tx *store.Tx, id int64) (n int64, err error) {
	return s.shred(tx, id, false, []string{
		`UPDATE case_events SET sealed = NULL WHERE case_id = $1 AND sealed IS NOT NULL`,
		`UPDATE case_decisions SET sealed = NULL WHERE case_id = $1 AND sealed IS NOT NULL`,
		`UPDATE case_clocks SET words = NULL WHERE case_id = $1 AND words IS NOT NULL`,
		`DELETE FROM case_notes WHERE case_id = $1`,
		`DELETE FROM case_drafts WHERE case_id = $1`,
	}, []string{`DELETE FROM case_mentions WHERE case_id = $1`})
}

// ShredReports removes what people reported in their own words, in a case and in
// those merged into it, and returns how many reports that were.
func (s *Service) ShredReports(tx *store.Tx, id int64) (n int64, err error) {
	return s.shred(tx, id, true, nil, nil)
}

// shred runs statements for a case and those merged into it, removes the texts of
// findings that are reports of people, or of the others, and makes the search find
// names and references only. It counts what the first statements touched.
func (s *Service) shred(tx *store.Tx, id int64, reports bool, counted, others []string) (n int64, err error) {
	parts, err := members(tx, id)
	if err != nil {
		return 0, err
	}
	for _, part := range parts {
		findings, err := store.All[struct {
			ID                               int64
			Kind, Ref, Account, Conversation string
			Text                             int64
		}](tx, `SELECT id, kind, ref, account, conversation, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END FROM case_findings WHERE case_id = $1 ORDER BY id`, part)
		if err != nil {
			return 0, err
		}
		for _, q := range append(slices.Clone(counted), others...) {
			touched, err := tx.Exec(q, part)
			if err != nil {
				return 0, err
			}
			if slices.Contains(counted, q) {
				n += touched
			}
		}
		if _, err := tx.Exec(`DELETE FROM case_words WHERE case_id = $1`, part); err != nil {
			return 0, err
		}
		for _, f := range findings {
			if f.Text != 0 && slices.Contains(reportKinds(), Kind(f.Kind)) == reports {
				if _, err := tx.Exec(`UPDATE case_findings SET sealed = NULL WHERE id = $1`, f.ID); err != nil {
					return 0, err
				}
				n++
			}
			if err := s.index(tx, part, f.Ref, f.Account, f.Conversation); err != nil {
				return 0, err
			}
		}
		sent, err := s.reports(tx, part)
		if err != nil {
			return 0, err
		}
		for _, r := range sent {
			if err := s.index(tx, part, r.Reference); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// NoteShredded notes that what a kind names is no longer kept of a case.
func (s *Service) NoteShredded(tx *store.Tx, id int64, kind string, n int64) error {
	_, err := tx.Exec(`INSERT INTO case_shreds (case_id, kind, at, n) VALUES ($1, $2, $3, $4)
		ON CONFLICT (case_id, kind) DO UPDATE SET at = excluded.at, n = case_shreds.n + excluded.n`, id, kind, tx.Now(), n)
	return err
}

// Shredded is what is no longer kept of a case.
type Shredded struct {
	Kind string
	At   int64 // microseconds
	N    int64 // texts, or rows
}

// Shreds lists what is no longer kept of a case, and of those merged into it.
func (s *Service) Shreds(ctx context.Context, id int64) (out []Shredded, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		parts, err := members(tx, id)
		for _, part := range parts {
			if err != nil {
				return err
			}
			var some []Shredded
			some, err = store.All[Shredded](tx, `SELECT kind, at, n FROM case_shreds WHERE case_id = $1 AND n > 0 ORDER BY kind`, part)
			out = append(out, some...)
		}
		return err
	})
	return out, err
}

// ShredTotals says of how many cases what a kind names is no longer kept, and how
// many texts or rows that were, for each kind.
func ShredTotals(tx *store.Tx) (out []struct {
	Kind     string
	Cases, N int64
}, err error) {
	return store.All[struct {
		Kind     string
		Cases, N int64
	}](tx, `SELECT kind, COUNT(*), CAST(SUM(n) AS BIGINT) FROM case_shreds GROUP BY kind ORDER BY kind`)
}
