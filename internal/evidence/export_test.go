package evidence_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/sealto"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// agency is the receiver's pair of keys.
var agency = sync.OnceValue(func() *age.X25519Identity {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return k
})

func agencyKey() string { return agency().Recipient().String() }

func (s *site) askExport(actor string, caseID int64, files ...string) (n int64, err error) {
	err = s.update(func(tx *store.Tx) (err error) {
		n, err = s.AskExport(tx, actor, evidence.NewExport{Case: caseID, Files: files, Reason: "canary-reason", Authority: "canary-police", Letter: "canary-17", To: []string{agencyKey()}})
		return err
	})
	return n, err
}

func (s *site) export(id int64) (e evidence.Export) {
	s.t.Helper()
	s.must(s.db.View(s.t.Context(), func(tx *store.Tx) (err error) { e, err = s.Service.Export(tx, id); return err }))
	return e
}

func (s *site) approve(actor string, id int64) error {
	return s.update(func(tx *store.Tx) error { return s.ApproveExport(tx, actor, id) })
}

// begin begins to hand out and lists what is handed.
func (s *site) begin(actor string, id int64) (list []evidence.Handed, err error) {
	err = s.update(func(tx *store.Tx) error {
		e, err := s.BeginExport(tx, actor, id)
		if err == nil {
			list, err = s.Handing(tx, e)
		}
		return err
	})
	return list, err
}

func decrypt(t testing.TB, h evidence.Handed) (string, error) {
	t.Helper()
	r, err := h.Open(t.Context())
	if err != nil {
		return "", err
	}
	open, err := sealto.Opener(agency().String())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := open(r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(plain)
	if cerr := r.Close(); cerr != nil {
		t.Error(cerr)
	}
	return string(b), err
}

// TestExportTakesTwoPeople: nobody gets content out alone, and what gets out is
// what came in, encrypted to the receiver, once.
func TestExportTakesTwoPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		first, second := s.keep("a test card", 5), s.keep("another test card", 5)
		gone := s.keep("one that is destroyed", 5)
		small, err := s.PutDerived(t.Context(), ani, first.ID, acquired(), strings.NewReader("small"))
		s.must(err)
		for name, ask := range map[string]func() (int64, error){
			"a program":      func() (int64, error) { return s.askExport("key:1", 5, first.ID) },
			"no file":        func() (int64, error) { return s.askExport(ani, 5) },
			"a working copy": func() (int64, error) { return s.askExport(ani, 5, small.ID) },
			"quarantine":     func() (int64, error) { return s.askExport(ani, 5, s.put("of no case").ID) },
			"an unknown one": func() (int64, error) { return s.askExport(ani, 5, "none") },
		} {
			if n, err := ask(); err == nil {
				t.Errorf("%s: wish %d", name, n)
			}
		}
		n, err := s.askExport(ani, 5, first.ID, second.ID, gone.ID, first.ID)
		s.must(err)
		if _, err := s.begin(ani, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("begun before anybody agreed: %v", err)
		}
		for actor, code := range map[string]jaga.Code{ani: jaga.CodeDenied, "key:1": jaga.CodeDenied, "system": jaga.CodeDenied} {
			if err := s.approve(actor, n); jaga.CodeOf(err) != code {
				t.Errorf("%s agreed: %v", actor, err)
			}
		}
		s.must(s.approve(budi, n))
		if err := s.approve(budi, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("agreed twice: %v", err)
		}
		if _, err := s.begin(budi, n); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("who agreed fetches: %v", err)
		}
		d, err := s.ask(ani, gone.ID, evidence.Ordered)
		s.must(err)
		if _, err := s.Destroy(t.Context(), budi, d); err != nil {
			t.Fatal(err)
		}
		// It breaks off, and begins again.
		if _, err := s.begin(ani, n); err != nil {
			t.Fatal(err)
		}
		if _, err := s.begin(ani, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("two at a time: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.EndExport(tx, ani, n, "") }))
		list, err := s.begin(ani, n)
		s.must(err)
		if len(list) != 3 || list[2].Name != custody.ContentsFile {
			t.Fatalf("handed %+v", list)
		}
		for i, want := range []string{"a test card", "another test card"} {
			if got, err := decrypt(t, list[i]); got != want || err != nil || !list[i].Sealed || list[i].To[0] != agencyKey() || list[i].SHA256 != "" {
				t.Errorf("file %d: %q, %v, %+v", i, got, err, list[i].FileFact)
			}
		}
		text, err := decrypt(t, list[2])
		s.must(err)
		var c custody.Contents
		s.must(json.Unmarshal([]byte(text), &c))
		if len(c.Files) != 2 || !slices.Equal(c.Lost, []string{"evidence:" + gone.ID}) || c.Files[0].StatedName != "canary-name.png" || c.Files[0].Source.By != ani {
			t.Errorf("contents %s", text)
		}
		// The record of its arrival commits to the content.
		s.must(s.db.View(t.Context(), func(tx *store.Tx) error {
			rec, err := store.CustodyAt(tx, c.Files[0].Commitment.Seq)
			salt, _ := hex.DecodeString(c.Files[0].Commitment.Salt)
			sum, _ := hex.DecodeString(c.Files[0].SHA256)
			if rec.Subject != "evidence:"+first.ID || rec.Details()[evidence.CommitKey] != custody.Commit(salt, sum) {
				t.Errorf("the record %+v does not commit to the content", rec)
			}
			return err
		}))
		s.must(s.update(func(tx *store.Tx) error { return s.EndExport(tx, ani, n, strings.Repeat("ab", 32)) }))
		if _, err := s.begin(ani, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("handed out twice: %v", err)
		}
		if e := s.export(n); e.State != evidence.ExportDone || e.Reason != "canary-reason" || e.Letter != "canary-17" || e.DecidedBy != budi || e.Facts == "" {
			t.Errorf("kept %+v", e)
		}
		want := []string{"evidence.ask_export", "evidence.approve_export", "evidence.begin_export", "evidence.break_export", "evidence.begin_export", "evidence.end_export"}
		if got := slices.DeleteFunc(s.actions("case:5"), func(a string) bool { return !strings.HasSuffix(a, "_export") }); !slices.Equal(got, want) {
			t.Errorf("records %v", got)
		}
		// The grant under which it was read ended with the reading.
		if got := s.actions("evidence:" + first.ID); got[len(got)-1] != "evidence.revoke" {
			t.Errorf("records of the file %v", got)
		}
		if _, err := s.db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

// TestExportEnds: an approval lasts a day, and can be taken back.
func TestExportEnds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		now := time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC)
		db, err := store.Open(t.Context(), url, store.Options{Origin: "jaga.test", Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		s := open(t, db)
		it := s.keep("a test card", 5)
		late, err := s.askExport(ani, 5, it.ID)
		s.must(err)
		back, err := s.askExport(ani, 5, it.ID)
		s.must(err)
		s.must(s.approve(budi, late))
		s.must(s.approve(budi, back))
		s.must(s.update(func(tx *store.Tx) error { return s.RefuseExport(tx, budi, back) }))
		if _, err := s.begin(ani, back); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("taken back, and begun: %v", err)
		}
		now = now.Add(evidence.ExportLife)
		if _, err := s.begin(ani, late); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("begun after its end: %v", err)
		}
		var list []evidence.Export
		s.must(db.View(t.Context(), func(tx *store.Tx) (err error) { list, err = s.Exports(tx, 5, 0, 10); return err }))
		if len(list) != 2 || list[0].ID != back || list[0].State != evidence.ExportRefused || list[1].Ready(now.UnixMicro()) {
			t.Errorf("listed %+v", list)
		}
	})
}

// TestDamagedFileIsNotHandedOut: what is not what came in ends the bundle.
func TestDamagedFileIsNotHandedOut(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.Open(t, storetest.SQLite(t)))
	it := s.keep(strings.Repeat("a test card ", 100_000), 5)
	n, err := s.askExport(ani, 5, it.ID)
	s.must(err)
	s.must(s.approve(budi, n))
	list, err := s.begin(ani, n)
	s.must(err)
	err = filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, it.ID) {
			return err
		}
		b, err := os.ReadFile(path)
		s.must(err)
		b[len(b)/2]++
		s.must(os.Chmod(path, 0o600))
		return os.WriteFile(path, b, 0o600)
	})
	s.must(err)
	r, err := list[0].Open(t.Context())
	s.must(err)
	if _, err := io.Copy(io.Discard, r); err == nil {
		t.Error("a damaged file was handed out whole")
	}
	s.must(r.Close())
}

// TestHandingIsFlat: memory does not grow with the size of a file.
func TestHandingIsFlat(t *testing.T) {
	s := open(t, storetest.Open(t, storetest.SQLite(t)))
	const size = 200 << 20
	it, err := s.Put(t.Context(), ani, acquired(), io.LimitReader(zeros{}, size))
	s.must(err)
	s.must(s.update(func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, 5) }))
	n, err := s.askExport(ani, 5, it.ID)
	s.must(err)
	s.must(s.approve(budi, n))
	list, err := s.begin(ani, n)
	s.must(err)
	r, err := list[0].Open(context.Background())
	s.must(err)
	defer r.Close()
	var most uint64
	buffer, read := make([]byte, 256<<10), int64(0)
	for i := 0; ; i++ {
		n, err := r.Read(buffer)
		read += int64(n)
		if i%500 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
		if err == io.EOF {
			break
		}
		s.must(err)
	}
	if read < size || most > 64<<20 {
		t.Errorf("%d bytes, at most %d MiB of memory", read, most>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestHoldsOfEverything: the lists of holds, and what covers a file.
func TestHoldsOfEverything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it, other := s.keep("a test card", 5), s.keep("another", 6)
		ofCase := s.hold(evidence.Scope{Case: 5}, time.Time{})
		ofFile := s.hold(evidence.Scope{Evidence: it.ID}, time.Now().Add(time.Hour))
		s.clocks(evidence.Scope{Case: 5}, clock(time.Now().Add(time.Hour)))
		s.clocks(evidence.Scope{Evidence: it.ID}, clock(time.Now().Add(2*time.Hour)))
		ids := func(list []evidence.Hold, err error) (out []int64) {
			s.must(err)
			for _, h := range list {
				out = append(out, h.ID)
			}
			return out
		}
		s.must(s.update(func(tx *store.Tx) error {
			if got := ids(s.Covering(tx, it.ID)); !slices.Equal(got, []int64{ofCase, ofFile}) {
				t.Errorf("covered by %v", got)
			}
			c, err := s.Clocks(tx, it.ID)
			if len(c) != 2 || !c[0].Until.After(c[1].Until) {
				t.Errorf("clocks %+v", c)
			}
			return err
		}))
		// A case that joins a held one is held as well.
		s.must(s.update(func(tx *store.Tx) error { return s.CoverCase(tx, ani, 5, 6) }))
		if _, err := s.ask(ani, other.ID, evidence.Ordered); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a file of a case that joined: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.ReleaseHold(tx, ani, ofCase) }))
		s.must(s.update(func(tx *store.Tx) error {
			if got := ids(s.AllHolds(tx, false, 0, 10)); len(got) != 2 || got[1] != ofFile {
				t.Errorf("active %v", got)
			}
			if got := ids(s.AllHolds(tx, true, 0, 10)); !slices.Equal(got, []int64{ofCase}) {
				t.Errorf("past %v", got)
			}
			if got := ids(s.AllHolds(tx, false, ofFile, 10)); len(got) != 0 {
				t.Errorf("before the first %v", got)
			}
			return nil
		}))
	})
}

// TestMistakes: what should never have been kept can go, unless a clock runs.
func TestMistakes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a test card", 5)
		n, err := s.ask(ani, it.ID, evidence.Mistaken)
		s.must(err)
		// A clock that begins after the wish stops it.
		s.clocks(evidence.Scope{Evidence: it.ID}, clock(time.Now().Add(time.Hour)))
		if _, err := s.Destroy(t.Context(), budi, n); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a clock runs: %v", err)
		}
		s.must(s.update(func(tx *store.Tx) error { return s.RefuseDestroy(tx, budi, n) }))
		s.must(s.update(func(tx *store.Tx) error {
			list, err := s.Decided(tx, 0, 10)
			if len(list) != 1 || list[0].State != "refused" || list[0].DecidedBy != budi {
				t.Errorf("decided %+v", list)
			}
			of, err2 := s.DestructionsOf(tx, it.ID)
			if len(of) != 1 || of[0].ID != n {
				t.Errorf("of the file %+v", of)
			}
			s.must(err2)
			return err
		}))
	})
}

// TestExportWordsAreSealed: neither the authority nor a key stands in the
// database as text.
func TestExportWordsAreSealed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "jaga.db")
	db, err := store.Open(t.Context(), "sqlite:"+file, store.Options{Origin: "jaga.test"})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, db)
	if _, err := s.askExport(ani, 5, s.keep("a test card", 5).ID); err != nil {
		t.Fatal(err)
	}
	s.must(db.Close())
	for _, name := range []string{file, file + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && name == file {
			t.Fatal(err)
		}
		for _, word := range []string{"canary", agencyKey()} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("%s holds %q", name, word)
			}
		}
	}
}
