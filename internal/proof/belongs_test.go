package proof_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// manyActs records acts about two cases with n files each, in turn.
func manyActs(t testing.TB, db *store.DB, n int) {
	t.Helper()
	const page = 2000
	for from := 0; from < n; from += page {
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			if err := tx.Lock(); err != nil {
				return err
			}
			for i := from; i < min(from+page, n); i++ {
				for _, subject := range []string{fmt.Sprint("evidence:1-", i), fmt.Sprint("evidence:2-", i), fmt.Sprint("evidence:1-", i)} {
					if err := tx.Record(custody.Event{Actor: "person:1", Action: "evidence.open", Subject: subject}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// filesOf are the files of the cases that manyActs is about.
func filesOf(n int) func(*store.Tx, string, func(string) error) error {
	return func(_ *store.Tx, subject string, add func(string) error) error {
		number, ok := strings.CutPrefix(subject, "case:")
		for i := 0; ok && i < n; i++ {
			if err := add(fmt.Sprintf("evidence:%s-%d", number, i)); err != nil {
				return err
			}
		}
		return nil
	}
}

// What belongs to a subject is in its bundle, however much that is, and what
// belongs to another one is not.
func TestExportOfWhatBelongs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const n = 603 // more than one statement names
		manyActs(t, db, n)
		act(t, db, "case:1", 1)
		opt := options(t)
		opt.Belongs = filesOf(n)
		s := proof.New(db, opt)
		var b bytes.Buffer
		out, err := s.Export(t.Context(), &b, proof.Export{Actor: "person:1", Subjects: []string{"bank:1", "case:1"}})
		if err != nil {
			t.Fatal(err)
		}
		if about := out.Facts.Subjects; len(about) != n+2 || about[0] != "bank:1" || about[1] != "case:1" {
			t.Errorf("it is about %d subjects, first of all %v", len(about), about[:2])
		}
		r, err := custody.VerifyBundle(bytes.NewReader(b.Bytes()), int64(b.Len()), custody.VerifyOptions{Key: opt.Verifier})
		if err != nil || !r.OK || r.Records != 2*n+2 {
			t.Errorf("%+v (%v), want the %d acts, one about the case and the export", r, err, 2*n)
		}
		if text := r.Facts.About("and %d more"); len(text) > 1000 || !strings.HasSuffix(text, fmt.Sprintf("and %d more", n-10)) {
			t.Errorf("people are told that it is about %s", text)
		}
	})
}

// BenchmarkExportOfALargeCase makes the bundle of a case of 50,000 files, two acts
// each, and checks it.
func BenchmarkExportOfALargeCase(b *testing.B) {
	const n = 50_000
	db := storetest.Open(b, storetest.SQLite(b))
	manyActs(b, db, n)
	opt := options(b)
	opt.Belongs = filesOf(n)
	s := proof.New(db, opt)
	for b.Loop() {
		f, err := os.Create(filepath.Join(b.TempDir(), "bundle.zip"))
		if err != nil {
			b.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := s.Export(b.Context(), f, proof.Export{Actor: "person:1", Subjects: []string{"case:1"}}); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		size, err := f.Seek(0, 2)
		if err != nil {
			b.Fatal(err)
		}
		at := time.Now()
		r, err := custody.VerifyBundle(f, size, custody.VerifyOptions{Key: opt.Verifier})
		if err != nil || !r.OK || r.Records != 2*n+1 {
			b.Fatalf("%+v (%v)", r, err)
		}
		b.ReportMetric(float64(size)/1e6, "MB")
		b.ReportMetric(float64(after.Sys-before.Sys)/1e6, "MB-more-memory")
		b.ReportMetric(time.Since(at).Seconds(), "s-to-verify")
		_ = f.Close()
	}
}
