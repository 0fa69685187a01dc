package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

func TestMend(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		keep, lost := s.keep("stays", 1), s.put("is lost")
		_, err := s.blobs.Put(t.Context(), "0199aa-orphan", strings.NewReader("noise"))
		s.must(err)
		s.must(os.WriteFile(filepath.Join(s.dir, "an", "partial-1"), []byte("noise"), 0o600))
		blob := filepath.Join(s.dir, lost.ID[len(lost.ID)-2:], lost.ID)
		data, err := os.ReadFile(blob)
		s.must(err)
		s.must(os.Remove(blob))
		// What is young may be coming in just now.
		m, err := s.Mend(t.Context(), evidence.MendOptions{Grace: time.Hour, Look: true})
		if want := (evidence.Mended{Files: 2, Missing: 1}); err != nil || m != want {
			t.Errorf("%+v, error %v", m, err)
		}
		old := evidence.MendOptions{Grace: -time.Hour}
		m, err = s.Mend(t.Context(), old)
		if want := (evidence.Mended{Files: 2, Orphans: 1, Partial: 1, Missing: 1}); err != nil || m != want {
			t.Errorf("%+v, error %v", m, err)
		}
		if s.item(lost.ID).MissingAt == 0 || s.item(keep.ID).MissingAt != 0 {
			t.Error("the wrong file is marked as missing")
		}
		if _, err := s.read(lost.ID); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("reading what is missing: %v", err)
		}
		if got, err := s.read(keep.ID); err != nil || got != "stays" {
			t.Errorf("%q, error %v", got, err)
		}
		s.must(os.WriteFile(blob, data, 0o600))
		m, err = s.Mend(t.Context(), old)
		if want := (evidence.Mended{Files: 2, Returned: 1}); err != nil || m != want || s.item(lost.ID).MissingAt != 0 {
			t.Errorf("%+v, error %v", m, err)
		}
		m, err = s.Mend(t.Context(), old)
		if want := (evidence.Mended{Files: 2}); err != nil || m != want {
			t.Errorf("again: %+v, error %v", m, err)
		}
	})
}

// A database that is an old copy must not cost the evidence that is newer.
func TestMendRefusesTooMuch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for i := range 3 {
			_, err := s.blobs.Put(t.Context(), fmt.Sprintf("0199aa-%d", i), strings.NewReader("noise"))
			s.must(err)
		}
		m, err := s.Mend(t.Context(), evidence.MendOptions{Grace: -time.Hour, Most: 2})
		if jaga.CodeOf(err) != jaga.CodeConflict || m.Orphans != 3 {
			t.Errorf("%+v, error %v", m, err)
		}
		m, err = s.Mend(t.Context(), evidence.MendOptions{Grace: -time.Hour, Most: 3})
		if err != nil || m.Orphans != 3 {
			t.Errorf("the orphans were touched: %+v, error %v", m, err)
		}
	})
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		good, bad, gone := s.keep("good", 1), s.keep("bad", 1), s.put("gone")
		c, err := s.Verify(t.Context(), ani, nil)
		if err != nil || c.Files != 3 || c.Bytes != 11 || !c.Whole() {
			t.Fatalf("%+v, error %v", c, err)
		}
		path := filepath.Join(s.dir, bad.ID[len(bad.ID)-2:], bad.ID)
		data, err := os.ReadFile(path)
		s.must(err)
		data[len(data)-1] ^= 1
		s.must(os.WriteFile(path, data, 0o600))
		s.must(s.blobs.Remove(t.Context(), gone.ID))
		c, err = s.Verify(t.Context(), ani, nil)
		if err != nil || c.Files != 3 || c.Bad != 2 || len(c.Faults) != 2 || c.Unchecked != 0 {
			t.Fatalf("%+v, error %v", c, err)
		}
		for _, f := range c.Faults {
			if f.ID == good.ID || f.ID == bad.ID && !errors.Is(f.Err, vault.ErrDamaged) {
				t.Errorf("%s: %v", f.ID, f.Err)
			}
		}
		if _, err := s.read(bad.ID); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("reading it: %v", err)
		}
	})
}

// Whoever can write to the database cannot make one file stand for another.
func TestRowsCannotBeExchanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, b := s.keep("file a", 1), s.keep("file b", 2)
		type sealed struct{ Header, Record []byte }
		var x sealed
		s.must(s.db.View(t.Context(), func(tx *store.Tx) (err error) {
			x, err = store.One[sealed](tx, `SELECT header, record FROM evidence WHERE id = $1`, a.ID)
			return err
		}))
		for name, q := range map[string]string{
			"another's header":     `UPDATE evidence SET header = $1 WHERE id = '` + b.ID + `'`,
			"moved to a case":      `UPDATE evidence SET case_id = 9, key_id = CASE WHEN $1 = header THEN key_id ELSE key_id END WHERE id = '` + a.ID + `'`,
			"another version of a": `UPDATE evidence SET version = version + 1, header = $1 WHERE id = '` + a.ID + `'`,
		} {
			errUndo := errors.New("undo")
			err := s.update(func(tx *store.Tx) error {
				if n, err := tx.Exec(q, x.Header); err != nil || n != 1 {
					t.Errorf("%s: %d rows, error %v", name, n, err)
				}
				id := a.ID
				if strings.HasPrefix(name, "another's") {
					id = b.ID
				}
				if err := s.Move(tx, ani, id, 77); !errors.Is(err, vault.ErrDamaged) {
					t.Errorf("%s: %v", name, err)
				}
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Payloads that were exchanged in the blob store.
		pa, pb := filepath.Join(s.dir, a.ID[len(a.ID)-2:], a.ID), filepath.Join(s.dir, b.ID[len(b.ID)-2:], b.ID)
		da, err := os.ReadFile(pa)
		s.must(err)
		db, err := os.ReadFile(pb)
		s.must(err)
		s.must(os.WriteFile(pa, db, 0o600))
		s.must(os.WriteFile(pb, da, 0o600))
		for _, id := range []string{a.ID, b.ID} {
			if got, err := s.read(id); !errors.Is(err, vault.ErrDamaged) {
				t.Errorf("exchanged payloads: %q, error %v", got, err)
			}
		}
		if bytes.Equal(da, db) {
			t.Error("the payloads are equal: the test shows nothing")
		}
	})
}

func TestRotateOfficersAndRecover(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a test card", 1)
		for i := range 250 { // more than one page
			s.put(fmt.Sprint("file ", i))
		}
		status := func() evidence.Status {
			st, err := s.Status(t.Context())
			s.must(err)
			return st
		}
		digest := s.item(it.ID).Digest
		s.reopen(s.keys.Rotated())
		if st := status(); st.Stale != 251 || st.Kept != 1 || st.Quarantine != 250 || st.Officers != 0 {
			t.Errorf("%+v", st)
		}
		var secrets, recipients []string
		for range 3 {
			secret, recipient, err := vault.NewOfficerKey()
			s.must(err)
			secrets, recipients = append(secrets, secret), append(recipients, recipient)
		}
		s.must(s.SetOfficers(t.Context(), ani, recipients))
		n, err := s.Rewrap(t.Context(), ani, nil)
		if err != nil || n != 251 {
			t.Fatalf("%d wrapped, error %v", n, err)
		}
		if again, err := s.Rewrap(t.Context(), ani, nil); again != 0 || err != nil {
			t.Errorf("%d wrapped again, error %v", again, err)
		}
		s.reopen(s.keys.OnlyCurrent())
		if st := status(); st.Stale != 0 || st.Officers != 3 || len(st.KeysUsed) != 1 {
			t.Errorf("%+v", st)
		}
		if got, err := s.read(it.ID); err != nil || got != "a test card" {
			t.Errorf("with the new key: %q, error %v", got, err)
		}
		// The vault key is lost.
		fresh := vault.NewKeys()
		if _, err := evidence.Open(t.Context(), s.db, evidence.Options{Keys: fresh, Blobs: s.blobs}); jaga.CodeOf(err) != jaga.CodeUnavailable {
			t.Errorf("opened with another key: %v", err)
		}
		escrow, err := evidence.Escrow(t.Context(), s.db)
		s.must(err)
		glass, err := vault.OpenBreakGlass(escrow, secrets[1:])
		s.must(err)
		if n, err := evidence.Recover(t.Context(), s.db, "system", fresh, glass, nil); err != nil || n != 251 {
			t.Fatalf("%d recovered, error %v", n, err)
		}
		s.reopen(fresh)
		if got, err := s.read(it.ID); err != nil || got != "a test card" || s.item(it.ID).Digest != digest {
			t.Errorf("recovered: %q, error %v", got, err)
		}
		if c, err := s.Verify(t.Context(), ani, nil); c.Files != 251 || !c.Whole() || err != nil {
			t.Errorf("%+v, error %v", c, err)
		}
	})
}
