package evidence

import (
	"context"
	"strconv"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Promote binds a file in quarantine to a case, with its working copies. It runs
// in the transaction that makes or joins the case.
func (s *Service) Promote(tx *store.Tx, actor, id string, caseID int64) error {
	if caseID <= 0 {
		return invalid("case", "promote evidence: there is no such case")
	}
	r, err := alive(tx, id)
	if err != nil {
		return err
	}
	switch {
	case r.Parent != "":
		return invalid("evidence", "promote evidence: a working copy goes with its file")
	case r.state() != Quarantine:
		return conflict("evidence", "promote evidence: it belongs to a case already", "")
	}
	if err := tx.Record(event(actor, "evidence.promote", id, map[string]string{"case": strconv.FormatInt(caseID, 10)})); err != nil {
		return err
	}
	return s.bindAll(tx, `id = $1 OR parent = $1`, id, caseID)
}

// Move binds one file of a case, with its working copies, to another case, when
// a case is split.
func (s *Service) Move(tx *store.Tx, actor, id string, to int64) error {
	if to <= 0 {
		return invalid("case", "move evidence: there is no such case")
	}
	r, err := alive(tx, id)
	if err != nil {
		return err
	}
	switch {
	case r.Parent != "":
		return invalid("evidence", "move evidence: a working copy goes with its file")
	case r.state() != Kept:
		return conflict("evidence", "move evidence: it belongs to no case", "promote it")
	case r.Case == to:
		return nil
	}
	if err := tx.Record(event(actor, "evidence.move", id, map[string]string{"from": strconv.FormatInt(r.Case, 10), "to": strconv.FormatInt(to, 10)})); err != nil {
		return err
	}
	// What holds the case that it leaves holds the file.
	if err := s.carry(tx, actor, r.Case, id); err != nil {
		return err
	}
	return s.bindAll(tx, `id = $1 OR parent = $1`, id, to)
}

// MoveCase binds every file of a case to another one, when cases are merged. The
// clocks and holds of the case come along.
func (s *Service) MoveCase(tx *store.Tx, actor string, from, to int64) error {
	if from <= 0 || to <= 0 || from == to {
		return invalid("case", "move evidence: two different cases are needed")
	}
	if err := tx.Record(custody.Event{Actor: actor, Action: "evidence.move_case", Subject: "case:" + strconv.FormatInt(from, 10), Detail: map[string]string{"to": strconv.FormatInt(to, 10)}}); err != nil {
		return err
	}
	for _, table := range []string{"evidence_clocks", "evidence_holds"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET case_id = $1 WHERE case_id = $2`, to, from); err != nil {
			return err
		}
	}
	return s.bindAll(tx, `case_id = $1`, from, to)
}

// bindAll wraps the keys of the files for a case.
func (s *Service) bindAll(tx *store.Tx, where string, arg any, caseID int64) error {
	rows, err := store.All[row](tx, `SELECT `+columns+` FROM evidence WHERE (`+where+`) AND state <> 'destroyed' ORDER BY id`, arg)
	if err != nil {
		return err
	}
	v, officers := s.keys()
	for _, r := range rows {
		to := r.binding()
		to.Case, to.Version = caseID, r.Version+1
		header, err := v.Rewrap(r.Header, r.binding(), to)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE evidence SET case_id = $1, version = $2, state = 'kept', header = $3, key_id = $4, officers = $5 WHERE id = $6 AND version = $7`,
			to.Case, to.Version, header, v.Keys().Current(), officers, r.ID, r.Version)
		if err != nil {
			return err
		}
		if n != 1 {
			return conflict("evidence", "bind evidence to a case: it was changed meanwhile", "try again")
		}
	}
	return nil
}

// Discard removes a file from quarantine: nothing was found in it. It is refused
// while a hold covers the file, and once it belongs to a case.
func (s *Service) Discard(ctx context.Context, actor, id string) error {
	var gone []string
	err := s.db.Update(ctx, event(actor, "evidence.discard", id, nil), func(tx *store.Tx) error {
		r, err := alive(tx, id)
		if err != nil {
			return err
		}
		if r.state() != Quarantine {
			return conflict("evidence", "discard evidence: it belongs to a case", "two people can destroy it")
		}
		if r.Parent == "" {
			err = noHold(tx, r)
		}
		if err != nil {
			return err
		}
		if gone, err = store.All[string](tx, `SELECT id FROM evidence WHERE id = $1 OR parent = $1`, id); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM evidence WHERE id = $1 OR parent = $1`, id)
		return err
	})
	if err != nil {
		return err
	}
	s.removeBlobs(ctx, gone)
	return nil
}

// removeBlobs removes payloads whose keys are gone. Where it fails Mend does it
// later; they are noise until then.
func (s *Service) removeBlobs(ctx context.Context, ids []string) {
	for _, id := range ids {
		if err := s.blobs.Remove(context.WithoutCancel(ctx), id); err != nil {
			s.log.Warn("remove the payload of a file whose keys are gone", "evidence", id, "error", err)
		}
	}
}

// purgeMost is how many files one PurgeQuarantine discards.
const purgeMost = 1000

// PurgeQuarantine discards what has been in quarantine for longer than keep and
// is not held, and returns how many.
func (s *Service) PurgeQuarantine(ctx context.Context, keep time.Duration) (n int, err error) {
	var old []string
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		old, err = store.All[string](tx, `SELECT id FROM evidence WHERE state = 'quarantine' AND parent = '' AND created_at < $1
			AND NOT EXISTS (SELECT 1 FROM evidence_holds h WHERE h.evidence_id = evidence.id AND `+activeHold+`)
			ORDER BY created_at LIMIT $3`, tx.Now()-keep.Microseconds(), tx.Now(), int64(purgeMost))
		return err
	})
	for _, id := range old {
		if err != nil {
			return n, err
		}
		if err = s.Discard(ctx, "system", id); err == nil {
			n++
		}
	}
	return n, err
}
