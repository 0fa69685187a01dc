package proof_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/tsatest"
)

func act(t testing.TB, db *store.DB, subject string, n int) {
	t.Helper()
	for range n {
		if err := db.Update(t.Context(), custody.Event{Actor: "person:1", Action: "bank.update", Subject: subject}, func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func options(t testing.TB) proof.Options {
	t.Helper()
	return proof.Options{Origin: "jaga.test", Signer: storetest.Signer(t), Verifier: storetest.Verifier(t), Version: "1.2.3",
		Client: &http.Client{Timeout: time.Second}}
}

func read(s string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

func TestExportVerifies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tsa := tsatest.New(t)
		opt := options(t)
		opt.Authority, opt.Roots = tsa.URL, tsa.CA
		s := proof.New(db, opt)
		for range 3 {
			act(t, db, "case:1", 4)
			act(t, db, "case:2", 5)
			if _, err := s.Anchor(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		act(t, db, "evidence:7", 1)
		var b bytes.Buffer
		out, err := s.Export(t.Context(), &b, proof.Export{Actor: "person:1", Subjects: []string{"case:1"}, Reference: "LP/1", Files: []proof.File{
			{FileFact: custody.FileFact{Name: "7.bin", Subject: "evidence:7"}, Open: read("bytes of a shape")}}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := custody.VerifyBundle(bytes.NewReader(b.Bytes()), int64(b.Len()), custody.VerifyOptions{Key: opt.Verifier, Roots: tsa.CA})
		if err != nil || !r.OK || len(r.NotChecked) > 0 || r.Records != 14 || len(r.Stamps) != 3 || !r.Stamps[0].Trusted || r.LogSize != out.Checkpoint.Size {
			t.Fatalf("%+v, error %v", r, err)
		}
		if out.Seq != 28 || out.Facts.Files[0].Bytes != 16 {
			t.Errorf("%+v", out)
		}
		// A bundle to a receiver opens with their key, and holds the same.
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if _, err := s.Export(t.Context(), &b, proof.Export{Actor: "person:1", Subjects: []string{"case:2"}, To: []string{id.Recipient().String()}}); err != nil {
			t.Fatal(err)
		}
		plain, err := age.Decrypt(&b, id)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(plain)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = custody.VerifyBundle(bytes.NewReader(data), int64(len(data)), custody.VerifyOptions{Key: opt.Verifier, Roots: tsa.CA}); err != nil || !r.OK || r.Records != 16 {
			t.Errorf("%+v, error %v", r, err)
		}
		if _, err := db.VerifyCustody(t.Context(), opt.Verifier, "", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	s := proof.New(db, options(t))
	act(t, db, "case:1", 1)
	for name, e := range map[string]proof.Export{
		"nothing":       {Actor: "person:1"},
		"no record":     {Actor: "person:1", Subjects: []string{"case:9"}},
		"a wrong key":   {Actor: "person:1", Subjects: []string{"case:1"}, To: []string{"ssh-rsa AAAA"}},
		"a secret key":  {Actor: "person:1", Subjects: []string{"case:1"}, To: []string{"AGE-SECRET-KEY-1" + "QQQQ"}},
		"a broken file": {Actor: "person:1", Subjects: []string{"case:1"}, Files: []proof.File{{FileFact: custody.FileFact{Name: "x", Subject: "evidence:1"}, Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("it is gone") }}}},
	} {
		_, err := s.Export(t.Context(), io.Discard, e)
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	head, err := db.CustodyHead(t.Context())
	if err != nil || head.Size != 1 {
		t.Errorf("refused exports left records: %+v, error %v", head, err)
	}
}

func anchor(t testing.TB, s *proof.Service) error {
	t.Helper()
	_, err := s.Anchor(t.Context())
	return err
}

func outside(t testing.TB, s *proof.Service) proof.Outside {
	t.Helper()
	all, err := s.Outside(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, error %v", all, err)
	}
	return all[0]
}

func TestCopies(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		opt := options(t)
		opt.File = filepath.Join(t.TempDir(), "medium", "checkpoints.txt")
		s := proof.New(db, opt)
		act(t, db, "case:1", 3)
		// The medium is missing: said, not made.
		if err := anchor(t, s); jaga.CodeOf(err) != jaga.CodeUnavailable || !strings.Contains(err.Error(), "medium is missing") {
			t.Fatalf("error %v", err)
		}
		if o := outside(t, s); o.Error == "" || o.Grave || o.ArrivedAt != 0 {
			t.Errorf("%+v", o)
		}
		if err := os.Mkdir(filepath.Dir(opt.File), 0o700); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := anchor(t, s); err != nil { // the second has nothing new
				t.Fatal(err)
			}
			act(t, db, "case:1", 2)
		}
		text, err := os.ReadFile(opt.File)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(custody.SplitNotes(string(text))); n != 3 {
			t.Errorf("%d copies: %s", n, text)
		}
		if o := outside(t, s); o.Error != "" || o.Size != 7 {
			t.Errorf("%+v", o)
		}
		if _, err := db.VerifyCustody(t.Context(), opt.Verifier, string(text), nil); err != nil {
			t.Errorf("the log against its copies: %v", err)
		}
		// A write that was cut off is passed over, and copying goes on.
		f, err := os.OpenFile(opt.File, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("jaga.test\n9\nabc"); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := anchor(t, s); err != nil {
			t.Fatal(err)
		}
		text, err = os.ReadFile(opt.File)
		if err != nil || len(custody.SplitNotes(string(text))) != 4 {
			t.Errorf("after a cut: error %v: %s", err, text)
		}
		// The medium is taken out: the folder is there, the file is not.
		away := opt.File + ".away"
		if err := os.Rename(opt.File, away); err != nil {
			t.Fatal(err)
		}
		act(t, db, "case:1", 1)
		if err := anchor(t, s); err == nil || !strings.Contains(err.Error(), "4 copies is gone") {
			t.Errorf("a missing file: error %v", err)
		}
		if _, err := os.Stat(opt.File); err == nil {
			t.Error("a new file took the place of the missing one")
		}
		if err := os.Rename(away, opt.File); err != nil {
			t.Fatal(err)
		}
		if err := anchor(t, s); err != nil || outside(t, s).Size != 10 {
			t.Errorf("the medium is back: %v", err)
		}
	})
}

// TestCopiesDoNotGoBack brings an older and a rewritten log before the copies
// of the true one.
func TestCopiesDoNotGoBack(t *testing.T) {
	t.Parallel()
	opt := options(t)
	opt.File = filepath.Join(t.TempDir(), "checkpoints.txt")
	db := storetest.Open(t, storetest.SQLite(t))
	act(t, db, "case:1", 5)
	if err := anchor(t, proof.New(db, opt)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(opt.File)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		records int
		want    string
	}{"shorter": {3, "only 3"}, "as long": {5, "another log of 5"}, "longer": {9, "does not begin with"}} {
		other := storetest.Open(t, storetest.SQLite(t))
		act(t, other, "case:2", c.records)
		s := proof.New(other, opt)
		if err := anchor(t, s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", name, err)
		}
		if o := outside(t, s); !o.Grave {
			t.Errorf("%s: %+v", name, o)
		}
	}
	after, err := os.ReadFile(opt.File)
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the copies were changed")
	}
	for name, text := range map[string]string{"something else": "shopping list\n", "another log": foreign(t)} {
		if err := os.WriteFile(opt.File, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := anchor(t, proof.New(db, opt)); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// foreign is a checkpoint of another installation.
func foreign(t testing.TB) string {
	t.Helper()
	signer, _, err := custody.NewKey("jaga/other")
	if err != nil {
		t.Fatal(err)
	}
	n, err := custody.Checkpoint{Origin: "jaga/other", Size: 1}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAuthorityFaults(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tsa := tsatest.New(t)
		opt := options(t)
		opt.Authority, opt.Roots, opt.Client = tsa.URL, tsa.CA, &http.Client{Timeout: 300 * time.Millisecond}
		s := proof.New(db, opt)
		for _, fault := range []tsatest.Fault{tsatest.Hang, tsatest.Status500, tsatest.Refuse, tsatest.OtherDigest, tsatest.OtherNonce, tsatest.Garbage, tsatest.Endless} {
			tsa.Set(fault)
			act(t, db, "case:1", 1)
			if err := anchor(t, s); jaga.CodeOf(err) != jaga.CodeUnavailable {
				t.Errorf("%s: error %v", fault, err)
			}
			if o := outside(t, s); o.Error == "" || o.ArrivedAt != 0 {
				t.Errorf("%s: %+v", fault, o)
			}
		}
		tsa.Set("")
		if err := anchor(t, s); err != nil {
			t.Fatal(err)
		}
		asked := len(tsa.Requests())
		if err := anchor(t, s); err != nil || len(tsa.Requests()) != asked {
			t.Error("a checkpoint that has a stamp was stamped again")
		}
		for _, q := range tsa.Requests() {
			if len(q) != 69 {
				t.Errorf("a request of %d bytes left the machine", len(q))
			}
		}
		// An authority that is not the one that is trusted counts as none.
		opt.Roots = tsatest.New(t).CA
		act(t, db, "case:1", 1)
		if err := anchor(t, proof.New(db, opt)); err == nil {
			t.Error("an authority that is not trusted was believed")
		}
	})
}

// TestRunAnchors waits for neither the clock nor a person: a thousand records,
// here five, are enough.
func TestRunAnchors(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	opt := options(t)
	opt.File, opt.Every, opt.Records = filepath.Join(t.TempDir(), "c.txt"), time.Hour, 5
	s := proof.New(db, opt)
	act(t, db, "case:1", 1)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	copies := func(n int) bool {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			text, _ := os.ReadFile(opt.File)
			if len(custody.SplitNotes(string(text))) >= n {
				return true
			}
		}
		return false
	}
	if !copies(1) {
		t.Fatal("nothing was copied at the start")
	}
	act(t, db, "case:1", 4)
	time.Sleep(50 * time.Millisecond)
	if text, _ := os.ReadFile(opt.File); len(custody.SplitNotes(string(text))) != 1 {
		t.Error("four records were enough")
	}
	act(t, db, "case:1", 1)
	if !copies(2) {
		t.Error("five records were not enough")
	}
	stop()
	<-done
}

func TestVerifyJob(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := proof.New(db, options(t))
		act(t, db, "case:1", 10)
		run := func() store.JobInfo {
			t.Helper()
			for range 2 { // the second joins the first
				if err := s.AskVerify(t.Context(), "person:1"); err != nil {
					t.Fatal(err)
				}
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go func() { _ = db.Work(ctx, 1, map[string]store.Handler{proof.VerifyJob: s.VerifyWork}) }()
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
				jobs, err := db.Jobs(t.Context(), 1)
				if err != nil {
					t.Fatal(err)
				}
				if j := jobs[0]; j.State == store.JobDone || j.State == store.JobFailed {
					return j
				}
			}
			t.Fatal("the job did not end")
			return store.JobInfo{}
		}
		if j := run(); j.State != store.JobDone || j.Done != 12 {
			t.Errorf("%+v", j)
		}
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE custody_records SET actor = 'person:9' WHERE seq = 4`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if j := run(); j.State != store.JobFailed || !strings.Contains(j.Error, "DAMAGED: custody log: record 4") {
			t.Errorf("%+v", j)
		}
	})
}
