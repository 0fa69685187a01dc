package evidence

import (
	"context"
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// Mended is what a Mend found.
type Mended struct {
	Files    int64 // files whose keys are there
	Orphans  int   // payloads without a file, or of a destroyed one
	Partial  int   // what was left of payloads that did not arrive whole
	Missing  int   // files whose payload is not there
	Returned int   // files whose payload was missing and is there again
}

// MendOptions bound a Mend.
type MendOptions struct {
	// Grace is how old something in the blob store must be before it counts as
	// left behind: a file that is just coming in has no row yet.
	Grace time.Duration
	// Most is how many payloads are removed, or files marked as missing, at
	// most. When there are more, nothing is changed and it is an error: more
	// likely the database is an old copy, or the blob store another one, than
	// that so much was left behind. 0 is no limit.
	Most int
	// Look only finds out and changes nothing.
	Look bool
}

// Mend brings rows and payloads together again after a crash: it removes
// payloads to which there are no keys, and marks files whose payload is gone.
func (s *Service) Mend(ctx context.Context, o MendOptions) (Mended, error) {
	var m Mended
	there := map[string]bool{}
	var remove []string
	before := time.Now().Add(-o.Grace)
	rows := map[string]State{}
	lost := map[string]bool{} // marked as missing
	// The blobs are listed first: what comes in later has a row by the time
	// that the rows are read, or is too young to be removed.
	err := s.blobs.List(ctx, func(b vault.BlobInfo) error {
		if b.Partial {
			if b.At.Before(before) {
				m.Partial++
				remove = append(remove, b.Name)
			}
			return nil
		}
		there[b.Name] = b.At.Before(before)
		return nil
	})
	if err != nil {
		return m, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return store.Each(tx, func(r *struct {
			ID, State string
			At        int64
		}) error {
			rows[r.ID] = State(r.State)
			lost[r.ID] = r.At > 0
			return nil
		}, `SELECT id, state, missing_at FROM evidence`)
	})
	if err != nil {
		return m, err
	}
	var orphans, gone, back []string
	for name, old := range there {
		if st, ok := rows[name]; old && (!ok || st == Destroyed) {
			orphans = append(orphans, name)
		}
	}
	for id, st := range rows {
		if st == Destroyed {
			continue
		}
		m.Files++
		_, ok := there[id]
		switch {
		case !ok && s.reallyMissing(ctx, id):
			m.Missing++
			if !lost[id] {
				gone = append(gone, id)
			}
		case ok && lost[id]:
			back = append(back, id)
		}
	}
	m.Orphans, m.Returned = len(orphans), len(back)
	if o.Look {
		return m, nil
	}
	if o.Most > 0 && (len(orphans) > o.Most || len(gone) > o.Most) {
		return m, &jaga.Error{Code: jaga.CodeConflict, Field: "vault",
			Msg:  fmt.Sprintf("mend vault: %d payloads have no file and %d files no payload, more than %d: nothing was changed", len(orphans), len(gone), o.Most),
			Hint: "see whether the database or the blob store is an old copy; when both are right, stop the server and run `jaga vault verify --mend`"}
	}
	for _, name := range append(remove, orphans...) {
		if err := s.blobs.Remove(ctx, name); err != nil {
			return m, err
		}
	}
	for _, id := range gone {
		if err := s.mark(ctx, id, "evidence.missing", true); err != nil {
			return m, err
		}
	}
	for _, id := range back {
		if err := s.mark(ctx, id, "evidence.returned", false); err != nil {
			return m, err
		}
	}
	return m, nil
}

// reallyMissing asks again for one payload: the file may have come in after the
// list was made.
func (s *Service) reallyMissing(ctx context.Context, id string) bool {
	b, err := s.blobs.Open(ctx, id)
	if err == nil {
		_ = b.Close()
	}
	return jaga.CodeOf(err) == jaga.CodeNotFound
}

func (s *Service) mark(ctx context.Context, id, action string, gone bool) error {
	return s.db.Update(ctx, event("system", action, id, nil), func(tx *store.Tx) error {
		at := int64(0)
		if gone {
			at = tx.Now()
		}
		_, err := tx.Exec(`UPDATE evidence SET missing_at = $1 WHERE id = $2`, at, id)
		return err
	})
}
