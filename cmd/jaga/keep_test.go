package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
)

// knownPicture puts a drawn picture into a bank and returns its file.
func knownPicture(t *testing.T, s *site, n uint64) []byte {
	t.Helper()
	file := testpic.PNG(testpic.Photo(n, 320, 240))
	if _, err := s.banks.Get(t.Context(), "KNOWN"); err != nil {
		if _, err := s.banks.Create(t.Context(), "person:1", bank.Defaults("KNOWN")); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := s.intake.Look(t.Context(), intake.Request{Body: bytes.NewReader(file)})
	if err != nil {
		t.Fatal(err)
	}
	var values []engine.Value
	for _, sig := range rec.Signals {
		if sig.Type == jaga.SHA256 {
			v, err := engine.ParseValue(sig.Type, sig.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
	}
	if _, err := s.banks.Add(t.Context(), "person:1", "KNOWN", bank.NewEntry{Values: values}); err != nil {
		t.Fatal(err)
	}
	return file
}

func upload(t *testing.T, s *site, author string, file []byte) intake.Record {
	t.Helper()
	rec, err := s.intake.Take(t.Context(), intake.Request{Source: "key:1", Ref: "upload-1", Author: author, Body: bytes.NewReader(file)})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func casesOf(t *testing.T, s *site) []casework.Case {
	t.Helper()
	p, err := s.work.cases.List(t.Context(), casework.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Cases
}

func keptIn(t *testing.T, s *site, caseID int64) (out []evidence.Item) {
	t.Helper()
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) { out, err = s.evidence.OfCase(tx, caseID); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

func vaultStatusOf(t *testing.T, s *site) evidence.Status {
	t.Helper()
	st, err := s.evidence.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// custodyOf counts the custody records of an action.
func custodyOf(t *testing.T, s *site, action string) (n int64) {
	t.Helper()
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int64](tx, `SELECT COUNT(*) FROM custody_records WHERE action = $1`, action)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// onDisk returns the files under a directory that hold a piece of data.
func onDisk(t *testing.T, dir string, piece []byte) (found []string, files int) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		files++
		if bytes.Contains(data, piece) {
			found = append(found, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found, files
}

// A file with a finding is sealed while it is checked and is in its case with the
// clocks of the law; of every other file nothing stays.
func TestFilesOfCasesAreKept(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_LAW_PROFILES=us-2258a,id-komdigi")
	file := knownPicture(t, s, 1)

	other := testpic.PNG(testpic.Photo(2, 320, 240))
	if rec := upload(t, s, "account-b", other); rec.Outcome.State() == jaga.StateFindings {
		t.Fatalf("%+v", rec.Outcome)
	}
	if st := vaultStatusOf(t, s); st.Kept+st.Quarantine != 0 {
		t.Errorf("an unknown file: %+v", st)
	}
	vaultDir := filepath.Join(s.dir.Path, "vault")
	if _, files := onDisk(t, vaultDir, other[100:150]); files != 0 {
		t.Errorf("%d blobs of a file in which nothing was found", files)
	}
	if custodyOf(t, s, "evidence.put") != 0 {
		t.Error("a file in which nothing was found is in the custody log")
	}

	upload(t, s, "account-a", file)
	cases := casesOf(t, s)
	if len(cases) != 1 {
		t.Fatalf("%d cases", len(cases))
	}
	kept := keptIn(t, s, cases[0].ID)
	if len(kept) != 1 || kept[0].State != evidence.Kept || kept[0].Size != int64(len(file)) {
		t.Fatalf("%+v", kept)
	}
	if found, _ := onDisk(t, s.dir.Path, file[100:150]); len(found) > 0 {
		t.Errorf("the file is on the disk in the clear: %v", found)
	}
	var standing evidence.Standing
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) { standing, err = s.evidence.Standing(tx, kept[0].ID); return err }); err != nil {
		t.Fatal(err)
	}
	if standing.Clocks != 1 || !standing.Waits() {
		t.Errorf("%+v, want the one clock of us-2258a, which waits for the report", standing)
	}
	// The same content is kept once in a case.
	upload(t, s, "account-a", file)
	if st := vaultStatusOf(t, s); st.Kept != 1 || st.Quarantine != 0 || custodyOf(t, s, "evidence.same") != 1 {
		t.Errorf("the same file again: %+v", st)
	}
	// Hashes alone keep nothing; neither does looking.
	sum := pseudo(7, 0)[:32]
	if _, err := s.intake.Take(t.Context(), intake.Request{Source: "key:1", Signals: []jaga.Signal{{Type: jaga.MD5, Value: sum}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.intake.Look(t.Context(), intake.Request{Body: bytes.NewReader(file)}); err != nil {
		t.Fatal(err)
	}
	if custodyOf(t, s, "evidence.put") != 2 {
		t.Errorf("%d files were sealed, want 2", custodyOf(t, s, "evidence.put"))
	}
	if c, err := s.evidence.Verify(t.Context(), "system", nil); err != nil || !c.Whole() {
		t.Errorf("%+v %v", c, err)
	}
}

// A file that is accepted first and checked later is kept as well.
func TestAcceptedFilesAreKept(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	file := knownPicture(t, s, 1)
	if _, err := s.intake.Accept(t.Context(), intake.Request{Source: "key:1", Author: "a", Body: bytes.NewReader(file)}, int64(len(file)), func() {}); err != nil {
		t.Fatal(err)
	}
	s.intake.Wait()
	if cases := casesOf(t, s); len(cases) != 1 || len(keptIn(t, s, cases[0].ID)) != 1 {
		t.Fatalf("%+v", cases)
	}
}

// A vault that does not work keeps no finding from people, and the case says that
// its file is missing.
func TestFindingsReachPeopleWithoutAVault(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	file := knownPicture(t, s, 1)
	dir := filepath.Join(s.dir.Path, "vault")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	upload(t, s, "account-a", file)
	if cases := casesOf(t, s); len(cases) != 1 || custodyOf(t, s, "evidence.not_kept") != 1 {
		t.Errorf("%d cases, %d records of files that are missing", len(cases), custodyOf(t, s, "evidence.not_kept"))
	}
}

// What was sealed and bound to nothing, because the process died in between, is
// in quarantine and goes with it.
func TestACrashLeavesWhatQuarantineEnds(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	id, err := s.work.keep.Put(context.Background(), jaga.Item{At: time.Now()}, bytes.NewReader([]byte("a drawn card")))
	if err != nil {
		t.Fatal(err)
	}
	if st := vaultStatusOf(t, s); st.Quarantine != 1 {
		t.Fatalf("%+v", st)
	}
	if n, err := s.evidence.PurgeQuarantine(t.Context(), 0); n != 1 || err != nil {
		t.Errorf("%d were removed (%v)", n, err)
	}
	// Its case comes after all: the finding is stored, the file stays missing.
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error { return s.work.keep.promote(tx, intake.Record{Evidence: id}, 1) }); err != nil {
		t.Error(err)
	}
	if custodyOf(t, s, "evidence.not_kept") != 1 {
		t.Error("nothing says that the file is missing")
	}
}

func TestKeepEvidenceSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environ []string
		keeps   bool
	}{
		{nil, true},
		{[]string{"JAGA_LAW_PROFILES=id-komdigi"}, false},
		{[]string{"JAGA_LAW_PROFILES=id-komdigi", "JAGA_CASES_KEEP_EVIDENCE=findings"}, true},
		{[]string{"JAGA_LAW_PROFILES=id-komdigi,us-2258a"}, true},
		{[]string{"JAGA_CASES_KEEP_EVIDENCE=never"}, false},
	} {
		s := openTestSite(t, c.environ...)
		file := knownPicture(t, s, 1)
		upload(t, s, "a", file)
		cases := casesOf(t, s)
		if len(cases) != 1 {
			t.Fatalf("%v: %d cases", c.environ, len(cases))
		}
		if got := len(keptIn(t, s, cases[0].ID)) > 0; got != c.keeps {
			t.Errorf("%v: a file is kept: %v, want %v", c.environ, got, c.keeps)
		}
	}
}

// BenchmarkUpload takes files in which nothing is found, with and without sealing
// them meanwhile.
func BenchmarkUpload(b *testing.B) {
	for _, name := range []string{"never", "findings"} {
		b.Run(name, func(b *testing.B) {
			s := openTestSite(b, "JAGA_CASES_KEEP_EVIDENCE="+name)
			file := testpic.JPEG(testpic.Photo(5, 1600, 1200), 90)
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := s.intake.Take(b.Context(), intake.Request{Source: "key:1", Body: bytes.NewReader(file)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
