package evidence

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// HandedIn is a file that a program hands in for a case.
type HandedIn struct {
	Actor string
	// Ref is the program's own name of the file: what is handed in again under
	// it is the same file, or refused.
	Ref         string
	Acquisition Acquisition
	// Place says which case the file is for and how long laws have it kept; its
	// error refuses the file. It is called before the file is read and again in
	// the transaction that binds it, and may only read.
	Place func(tx *store.Tx) (caseID int64, clocks []Clock, err error)
}

// HandIn seals a file while it arrives and binds it to its case. It is
// acknowledged, by a nil error, when both are durable. again is true for a file
// that was handed in before, or that the case has already: then nothing more is
// kept.
func (s *Service) HandIn(ctx context.Context, h HandedIn, r io.Reader) (it Item, again bool, err error) {
	if h.Ref == "" {
		return it, false, invalid("id", "hand in evidence: it is missing")
	}
	if err := s.db.View(ctx, func(tx *store.Tx) error { _, _, err := h.Place(tx); return err }); err != nil {
		return it, false, err
	}
	fresh, err := s.Put(ctx, h.Actor, h.Acquisition, r)
	if err != nil {
		return it, false, err
	}
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := tx.Lock(); err != nil {
			return err
		}
		it, again, err = s.bindHanded(tx, h, fresh)
		return err
	})
	if err != nil || again {
		// What cannot be removed now is removed when its quarantine is over.
		if derr := s.Discard(context.WithoutCancel(ctx), "system", fresh.ID); derr != nil {
			s.log.Warn("discard a file that was handed in and not kept", "evidence", fresh.ID, "error", derr)
		}
	}
	return it, again, err
}

func (s *Service) bindHanded(tx *store.Tx, h HandedIn, fresh Item) (it Item, again bool, err error) {
	caseID, clocks, err := h.Place(tx)
	if err != nil {
		return it, false, err
	}
	ref := s.columns.Digest("evidence handed in", []byte(h.Actor+"\n"+h.Ref))
	before, err := store.All[string](tx, `SELECT evidence_id FROM evidence_handed WHERE ref = $1`, ref[:])
	if err != nil {
		return it, false, err
	}
	if len(before) > 0 {
		r, err := get(tx, before[0])
		if err == nil && r.item().Digest != fresh.Digest {
			err = &jaga.Error{Code: jaga.CodeConflict, Field: "id", Msg: "hand in evidence: another file was handed in under this id", Hint: "give every file an id of its own"}
		}
		return r.item(), true, err
	}
	same, err := s.WithDigest(tx, fresh.Digest)
	if err != nil {
		return it, false, err
	}
	it = fresh
	for _, other := range same {
		if other.Case == caseID && other.State == Kept && other.Parent == "" {
			it, again = other, true
			break
		}
	}
	if !again {
		if err := s.Promote(tx, h.Actor, fresh.ID, caseID); err != nil {
			return it, false, err
		}
		if len(clocks) > 0 {
			if err := s.AddClocks(tx, h.Actor, Scope{Evidence: fresh.ID}, clocks); err != nil {
				return it, false, err
			}
		}
		it.Case, it.State = caseID, Kept
	}
	_, err = tx.Exec(`INSERT INTO evidence_handed (ref, evidence_id, at) VALUES ($1, $2, $3)`, ref[:], it.ID, tx.Now())
	return it, again, err
}

// Page lists files of cases in the order in which they came, behind the one with
// an id, at most limit.
func (s *Service) Page(tx *store.Tx, cases []int64, after string, limit int) (out []Item, err error) {
	for _, c := range cases {
		some, err := items(tx, `case_id = $1 AND id > $2 ORDER BY id LIMIT $3`, c, after, int64(limit))
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return out[:min(len(out), limit)], nil
}

// Digests opens the record of a file and returns its size and real digests, for a
// program that takes evidence out. It is a grant of its own with two custody
// records.
func (s *Service) Digests(ctx context.Context, actor, id string) (Record, error) {
	var grant int64
	err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		if err := tx.Lock(); err != nil {
			return err
		}
		grant, err = s.Grant(tx, actor, NewGrant{Evidence: id, Person: actor, Purpose: "digests", Until: time.UnixMicro(tx.Now()).Add(time.Minute)})
		return err
	})
	if err != nil {
		return Record{}, err
	}
	return s.ReadRecord(ctx, actor, grant)
}
