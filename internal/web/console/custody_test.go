package console_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// anchored signs the log and tries to copy it to a medium that is not there.
func (w *world) anchored() {
	w.t.Helper()
	if _, err := w.proofs.Anchor(w.t.Context()); err == nil {
		w.t.Fatal("there is no medium, and it was written to")
	}
}

func TestCustodyPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		w.anchored()
		body := w.page("/custody")
		want(t, "page", body, "A list of hashes was made.", "bank.create", "Cannot be reached", "the medium is missing", "acts in the last 30 days")
		want(t, "filtered", w.page("/custody?action=bank.create"), "1 record")
		want(t, "nothing", w.page("/custody?action=bank.create&actor=person:99"), "No record fits")
		want(t, "no day", w.page("/custody?from=31.1.2026"), "This is not a day")
		today := time.Now().Format(time.DateOnly)
		unwanted(t, "today", w.page("/custody?from="+today+"&to="+today), "No record fits")
		w.lang = "id"
		want(t, "id", w.page("/custody"), "Daftar hash dibuat.", "Tidak dapat dijangkau")
		w.lang = "en"
		// Verify now: asked once, done by the job, and shown.
		want(t, "asked", w.done("/custody/verify", url.Values{}), "The check of the whole log has begun")
		w.verifies()
		want(t, "checked", w.page("/custody"), "As it was written", "records were checked")
		// A changed record is shown, and where.
		if err := w.db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE custody_records SET actor = 'person:9' WHERE seq = 2`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.done("/custody/verify", url.Values{})
		w.verifies()
		want(t, "damaged", w.page("/custody"), "Damaged", "record 2:", "Change nothing")
	})
}

// verifies runs the check that was asked for.
func (w *world) verifies() {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	go func() { _ = w.db.Work(ctx, 1, map[string]store.Handler{proof.VerifyJob: w.proofs.VerifyWork}) }()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		jobs, err := w.db.Jobs(w.t.Context(), 50)
		if err != nil {
			w.t.Fatal(err)
		}
		left := 0
		for _, j := range jobs {
			if j.Kind == proof.VerifyJob && (j.State == store.JobReady || j.State == store.JobRunning) {
				left++
			}
		}
		if left == 0 {
			return
		}
	}
	w.t.Fatal("the check did not end")
}

func TestCustodyRecordAndCheckpoint(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		w.anchored()
		head, err := w.db.CustodyHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var last custody.Record
		if err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
			last, err = store.CustodyAt(tx, head.Size-1)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		body := w.page("/custody/" + itoa(last.Seq))
		want(t, "record", body, strings.ReplaceAll(last.Leaf().String(), "+", "&#43;"), last.Subject, "A signed checkpoint over",
			`<dt title="threshold">Threshold (bits)</dt>`, `<dt title="enabled_ratio">Share of items that are compared</dt>`)
		w.lang = "id"
		want(t, "record, id", w.page("/custody/"+itoa(last.Seq)), "Ambang (bit)")
		w.lang = "en"
		a := w.get("/custody/checkpoints/" + itoa(head.Size))
		if c, err := custody.OpenCheckpoint(a.body, storetest.Verifier(t)); err != nil || c.Size != head.Size || !strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("checkpoint: %v, error %v", c, err)
		}
		for _, path := range []string{"/custody/99999", "/custody/x", "/custody/-1", "/custody/checkpoints/99999", "/custody/checkpoints/" + itoa(head.Size) + "?stamp=1"} {
			if a := w.get(path); a.status != http.StatusNotFound {
				t.Errorf("GET %s: status %d", path, a.status)
			}
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// TestCustodyPaging goes through a log page by page, and sees each record once.
func TestCustodyPaging(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 120 {
			if err := w.db.Update(t.Context(), custody.Event{Actor: "person:1", Action: "bank.update", Subject: "bank:1"}, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		seen := 0
		for path := "/custody?subject=bank:1"; path != ""; {
			body := w.page(path)
			seen += strings.Count(body, "data-row")
			path = older(body)
		}
		if seen != 120 {
			t.Errorf("%d records were listed, want 120", seen)
		}
	})
}

func older(body string) string {
	_, pages, _ := strings.Cut(body, `class="pages"`)
	body, _, _ = strings.Cut(pages, "</p>")
	before, _, ok := strings.Cut(body, "before=")
	if !ok {
		return ""
	}
	begin := strings.LastIndex(before, `"`) + 1
	link, _, _ := strings.Cut(body[begin:], `"`)
	link, _, _ = strings.Cut(link, "#")
	return strings.ReplaceAll(link, "&amp;", "&")
}

// TestCopyArrives has the medium come back.
func TestCopyArrives(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	w := open(t, db).signIn()
	w.anchored()
	all, err := w.proofs.Outside(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := os.Mkdir(filepath.Dir(all[0].Where), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := w.proofs.Anchor(t.Context()); err != nil {
		t.Fatal(err)
	}
	body := w.page("/custody")
	want(t, "copied", body, "copied", "covered,")
	unwanted(t, "copied", body, "Cannot be reached")
}
