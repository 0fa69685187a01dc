package evidence_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// down is a store that does not answer.
type down struct{ vault.Blobs }

func (down) Open(context.Context, string) (vault.Blob, error) { return nil, errors.New("no route") }

// What a check without the content finds, and what it leaves out; what cannot be
// looked at is never taken for whole.
func TestCheckSaysWhatItDidNotSee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		exec := func(q string, args ...any) {
			t.Helper()
			s.must(s.update(func(tx *store.Tx) error { _, err := tx.Exec(q, args...); return err }))
		}
		check := func(content bool) evidence.Checked {
			t.Helper()
			last := int64(-1)
			c, err := s.Check(t.Context(), evidence.CheckOptions{Content: content, Progress: func(done, total int64) {
				if done < last || done > total {
					t.Errorf("progress went from %d to %d of %d", last, done, total)
				}
				last = done
			}})
			s.must(err)
			if last != c.Bytes {
				t.Errorf("the progress ended at %d of %d", last, c.Bytes)
			}
			return c
		}
		one, two := s.keep("first", 1), s.keep("second", 2)
		records := func() (n int64) {
			head, err := s.db.CustodyHead(t.Context())
			s.must(err)
			return head.Size
		}
		before := records()
		for _, content := range []bool{false, true} {
			if c := check(content); c.Files != 2 || c.Bytes != 11 || !c.Whole() || c.Content != content {
				t.Errorf("%+v", c)
			}
		}
		if n := records() - before; n != 0 {
			t.Errorf("looking left %d records", n)
		}
		// A file that somebody moved to another case in the database alone.
		exec(`UPDATE evidence SET case_id = 3 WHERE id = $1`, two.ID)
		if c := check(false); c.Bad != 1 || c.Faults[0].ID != two.ID || !errors.Is(c.Faults[0].Err, vault.ErrDamaged) {
			t.Errorf("moved to another case: %+v", c)
		}
		exec(`UPDATE evidence SET case_id = 2 WHERE id = $1`, two.ID)
		// A payload that is gone.
		s.must(s.blobs.Remove(t.Context(), one.ID))
		if c := check(false); c.Bad != 1 || c.Faults[0].ID != one.ID || c.Unchecked != 0 {
			t.Errorf("a missing payload: %+v", c)
		}
		exec(`DELETE FROM evidence WHERE id = $1`, one.ID)
		// A file came in under a newer key, which is not loaded.
		older := s.keys
		s.reopen(older.Rotated())
		three := s.keep("third", 1)
		s.reopen(older)
		c := check(true)
		if c.Files != 2 || c.Bad != 0 || c.Unchecked != 1 || c.Whole() || len(c.Why) != 1 || !strings.HasSuffix(c.Why[0], " is not loaded") {
			t.Errorf("without the key of %s: %+v", three.ID, c)
		}
		// People see what came of it.
		_, err := s.Verify(t.Context(), ani, nil)
		s.must(err)
		s.must(s.db.View(t.Context(), func(tx *store.Tx) error {
			last, ok, err := evidence.LastCheck(tx)
			if !ok || last.Whole() || last.Unchecked != 1 || last.By != ani || last.Why != c.Why[0] || last.EndedAt < last.BeganAt {
				t.Errorf("%+v", last)
			}
			return err
		}))
		// A store that does not answer.
		silent, err := evidence.Open(t.Context(), s.db, evidence.Options{Keys: older, Blobs: down{s.blobs}})
		s.must(err)
		c, err = silent.Check(t.Context(), evidence.CheckOptions{})
		if err != nil || c.Unchecked != 2 || c.Bad != 0 || !slices.Contains(c.Why, "the store of the payloads did not answer") {
			t.Errorf("a store that is down: %+v (%v)", c, err)
		}
	})
}
