package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/vault"
)

const (
	ani  = "person:1"
	budi = "person:2"
)

// site is a service with its parts, on a database of its own.
type site struct {
	*evidence.Service
	t     *testing.T
	db    *store.DB
	keys  vault.Keys
	blobs vault.Blobs
	dir   string
	// signer and verifier are the keys of certificates.
	signer, verifier string
}

func open(t *testing.T, db *store.DB) *site {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "vault")
	blobs, err := vault.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: db, keys: vault.NewKeys(), blobs: blobs, dir: dir}
	if s.signer, s.verifier, err = custody.NewKey("jaga.test"); err != nil {
		t.Fatal(err)
	}
	s.reopen(s.keys)
	return s
}

// reopen opens the service again with the keys.
func (s *site) reopen(keys vault.Keys) {
	s.t.Helper()
	e, err := evidence.Open(s.t.Context(), s.db, evidence.Options{Keys: keys, Blobs: s.blobs, Origin: "jaga.test", Signer: s.signer})
	if err != nil {
		s.t.Fatal(err)
	}
	s.keys, s.Service = keys, e
}

func each(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db)) })
}

// update runs fn in an audited transaction.
func (s *site) update(fn func(tx *store.Tx) error) error {
	return s.db.Update(context.Background(), custody.Event{Actor: ani, Action: "test.act", Subject: "test"}, fn)
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func acquired() evidence.Acquisition {
	return evidence.Acquisition{Tool: "jaga", ToolVersion: "1", Operator: ani, Source: "canary-source", Method: "upload",
		At: time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC), Name: "canary-name.png", MediaType: "image/png"}
}

func (s *site) put(text string) evidence.Item {
	s.t.Helper()
	it, err := s.Put(s.t.Context(), ani, acquired(), strings.NewReader(text))
	s.must(err)
	return it
}

// keep puts a file and binds it to a case.
func (s *site) keep(text string, caseID int64) evidence.Item {
	s.t.Helper()
	it := s.put(text)
	s.must(s.update(func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, caseID) }))
	it.Case, it.State = caseID, evidence.Kept
	return it
}

func (s *site) item(id string) (it evidence.Item) {
	s.t.Helper()
	s.must(s.db.View(s.t.Context(), func(tx *store.Tx) (err error) { it, err = s.Get(tx, id); return err }))
	return it
}

func (s *site) grant(id, person string) (n int64) {
	s.t.Helper()
	s.must(s.update(func(tx *store.Tx) (err error) {
		n, err = s.Grant(tx, budi, evidence.NewGrant{Evidence: id, Person: person, Purpose: "review", Until: time.Now().Add(time.Minute)})
		return err
	}))
	return n
}

// read reads a whole file within a new grant.
func (s *site) read(id string) (string, error) {
	s.t.Helper()
	f, err := s.Open(s.t.Context(), ani, s.grant(id, ani))
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// actions lists the custody actions about a subject, in order.
func (s *site) actions(subject string) (out []string) {
	s.t.Helper()
	s.must(s.db.View(s.t.Context(), func(tx *store.Tx) error {
		trail, err := store.CustodyTrail(tx, subject, 1000)
		for _, r := range trail {
			out = append(out, r.Action)
		}
		return err
	}))
	return out
}

func TestFromQuarantineToACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.put("a test card")
		if it.State != evidence.Quarantine || it.Case != 0 || it.Size != 11 || it.At == 0 {
			t.Errorf("put: %+v", it)
		}
		if got := s.item(it.ID); got != it {
			t.Errorf("stored %+v, acknowledged %+v", got, it)
		}
		sum := sha256.Sum256([]byte("a test card"))
		if it.Digest != s.Digest(sum) || it.Digest == sum {
			t.Error("the digest is not the keyed one")
		}
		if got, err := s.read(it.ID); err != nil || got != "a test card" {
			t.Errorf("in quarantine: %q, error %v", got, err)
		}
		small, err := s.PutDerived(t.Context(), ani, it.ID, acquired(), strings.NewReader("small"))
		s.must(err)
		for _, bad := range []int64{0, -1} {
			if err := s.update(func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, bad) }); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("to case %d: %v", bad, err)
			}
		}
		s.must(s.update(func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, 12) }))
		for _, id := range []string{it.ID, small.ID} {
			if got := s.item(id); got.Case != 12 || got.State != evidence.Kept {
				t.Errorf("promoted: %+v", got)
			}
			if _, err := s.read(id); err != nil {
				t.Errorf("in its case: %v", err)
			}
		}
		if err := s.update(func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, 13) }); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a second case: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.Move(tx, ani, it.ID, 13) }))
		s.must(s.update(func(tx *store.Tx) error { return s.MoveCase(tx, ani, 13, 14) }))
		if got, err := s.read(it.ID); err != nil || got != "a test card" || s.item(small.ID).Case != 14 {
			t.Errorf("after moving: %q, error %v, copy %+v", got, err, s.item(small.ID))
		}
		var list []evidence.Item
		s.must(s.db.View(t.Context(), func(tx *store.Tx) (err error) { list, err = s.OfCase(tx, 14); return err }))
		if len(list) != 2 || list[0].ID != it.ID || list[1].Parent != it.ID {
			t.Errorf("of the case: %+v", list)
		}
		want := []string{"evidence.put", "evidence.grant", "evidence.open", "evidence.read", "evidence.promote"}
		if got := s.actions("evidence:" + it.ID); !slices.Equal(got[:5], want) || !slices.Contains(got, "evidence.move") {
			t.Errorf("records: %v", got)
		}
	})
}

// Nothing of a file that failed to arrive is kept, and no custody record says
// that it is.
func TestPutFails(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		lost := errors.New("the sender went away")
		_, err := s.Put(t.Context(), ani, acquired(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(lost)))
		if !errors.Is(err, lost) {
			t.Errorf("error %v", err)
		}
		for _, change := range []func(*evidence.Acquisition){
			func(a *evidence.Acquisition) { a.Tool = "" }, func(a *evidence.Acquisition) { a.Operator = "" }, func(a *evidence.Acquisition) { a.Source = "" },
			func(a *evidence.Acquisition) { a.Method = "" }, func(a *evidence.Acquisition) { a.At = time.Time{} }, func(a *evidence.Acquisition) { a.Name = strings.Repeat("x", 1001) },
		} {
			a := acquired()
			change(&a)
			if _, err := s.Put(t.Context(), ani, a, strings.NewReader("x")); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%+v: %v", a, err)
			}
		}
		m, err := s.Mend(t.Context(), evidence.MendOptions{Look: true})
		if err != nil || m != (evidence.Mended{}) {
			t.Errorf("left: %+v, error %v", m, err)
		}
	})
}

// Names, sources and real digests are nowhere in the clear: not in the database,
// not in the custody log, not in the blob store.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jaga.db")
	s := open(t, storetest.Open(t, "sqlite:"+path))
	content := "canary-content-of-the-file"
	it := s.keep(content, 3)
	if _, err := s.read(it.ID); err != nil {
		t.Fatal(err)
	}
	s.must(s.update(func(tx *store.Tx) error {
		_, err := s.AddHold(tx, ani, evidence.Scope{Case: 3}, evidence.NewHold{Reason: "canary-reason", Authority: "canary-authority", Letter: "canary-letter"})
		return err
	}))
	rec, err := s.ReadRecord(t.Context(), ani, s.grant(it.ID, ani))
	sum := sha256.Sum256([]byte(content))
	if err != nil || rec.SHA256 != hex.EncodeToString(sum[:]) || rec.Acquisition != acquired() || rec.Size != int64(len(content)) || len(rec.SHA512) != 128 {
		t.Errorf("record %+v, error %v", rec, err)
	}
	looked := 0
	for _, root := range []string{s.dir, filepath.Dir(path)} {
		s.must(filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(p)
			looked += len(b)
			for _, secret := range [][]byte{[]byte("canary"), sum[:], []byte(rec.SHA256), []byte(rec.SHA512), []byte(strings.ToUpper(rec.SHA256))} {
				if bytes.Contains(b, secret) || strings.Contains(p, string(secret)) {
					t.Errorf("%s holds %q", p, secret)
				}
			}
			return err
		}))
	}
	if looked < 10_000 {
		t.Errorf("only %d bytes were looked at", looked)
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a test card", 1)
		for field, change := range map[string]func(*evidence.NewGrant){
			"person":  func(g *evidence.NewGrant) { g.Person = "" },
			"purpose": func(g *evidence.NewGrant) { g.Purpose = "Because I can" },
			"until":   func(g *evidence.NewGrant) { g.Until = time.Now().Add(-time.Second) },
		} {
			g := evidence.NewGrant{Evidence: it.ID, Person: ani, Purpose: "review", Until: time.Now().Add(time.Hour)}
			change(&g)
			err := s.update(func(tx *store.Tx) error { _, err := s.Grant(tx, budi, g); return err })
			if e, ok := errors.AsType[*jaga.Error](err); !ok || e.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if err := s.update(func(tx *store.Tx) error {
			_, err := s.Grant(tx, budi, evidence.NewGrant{Evidence: it.ID, Person: ani, Purpose: "review", Until: time.Now().Add(25 * time.Hour)})
			return err
		}); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("more than a day: %v", err)
		}
		g := s.grant(it.ID, ani)
		if _, err := s.Open(t.Context(), budi, g); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("another person's grant: %v", err)
		}
		if _, err := s.Open(t.Context(), ani, g+1000); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("no grant: %v", err)
		}
		f, err := s.Open(t.Context(), ani, g)
		s.must(err)
		defer f.Close()
		s.must(s.update(func(tx *store.Tx) error { return s.Revoke(tx, budi, g) }))
		// Nothing was read yet, so the next range asks again.
		if n, err := f.ReadAt(make([]byte, 4), 0); n != 0 || jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after it was revoked: %d bytes, error %v", n, err)
		}
		for name, try := range map[string]func() error{
			"open":   func() error { _, err := s.Open(t.Context(), ani, g); return err },
			"record": func() error { _, err := s.ReadRecord(t.Context(), ani, g); return err },
			"note":   func() error { return s.update(func(tx *store.Tx) error { return s.Noted(tx, ani, g, "grey") }) },
		} {
			if err := try(); jaga.CodeOf(err) != jaga.CodeDenied {
				t.Errorf("%s after it was revoked: %v", name, err)
			}
		}
		short := int64(0)
		s.must(s.update(func(tx *store.Tx) (err error) {
			short, err = s.Grant(tx, budi, evidence.NewGrant{Evidence: it.ID, Person: ani, Purpose: "review", Until: time.UnixMicro(tx.Now() + 30_000)})
			return err
		}))
		time.Sleep(50 * time.Millisecond)
		if _, err := s.Open(t.Context(), ani, short); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after its end: %v", err)
		}
	})
}
