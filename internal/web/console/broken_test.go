package console_test

import (
	"io"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/store"
)

// TestHomeNamesWhatStopped: what stopped working stands on the first page of
// those who may open the page on which it is mended, and of nobody else.
func TestHomeNamesWhatStopped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.newBank("KNOWN_SHAPES")
		w.addPhoto("KNOWN_SHAPES", 1)
		w.take("one", smaller(1)) // the first steps are past
		reviewer := w.reviewer("Rina", "north", auth.Reviewer)
		all := []string{"were given up; send them again", "Automatic actions were stopped because", "1 plugin fails and is not asked", "could not be kept within 7 days"}
		unwanted(t, "before", w.page("/"), all...)
		target, _, err := w.hooks.AddTarget(ctx, "person:1", action.NewTarget{Name: "forum", URL: "http://127.0.0.1:1/"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.hooks.Test(ctx, "person:1", target.ID); err != nil { // one that nobody has to mend
			t.Fatal(err)
		}
		north := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Queue: "north", Text: "x", Band: jaga.BandReview})
		for range 2 {
			w.acted(action.Request{Params: action.Hold{Items: []string{"post"}}, Case: north, Reason: "test", Who: "person:1"})
		}
		if err := w.db.Bulk(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(`UPDATE hook_deliveries SET state = 'dead', error = 'answered 500' WHERE state = 'waiting'`); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO policy_breakers (what, opened_at, why, n, most) VALUES ('act:hold', $1, 'hour', 301, 300)`, tx.Now()); err != nil {
				return err
			}
			for _, item := range []string{"i-1", "i-2"} {
				if _, err := evidence.NoteLost(tx, item, north); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			w.plugs.Ask(ctx, "key:1", plugin.Facts{ID: "x", Kind: jaga.KindImage, Bytes: 1}, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil })
		}
		body := w.page("/")
		want(t, "administrator", body, append(all, `href="/webhooks?show=dead#deliveries"`, `href="/rules"`, `href="/plugins"`, "2 deliveries to other servers", "The files of 2 items")...)
		want(t, "system", w.page("/system"), all...)
		want(t, "webhooks", w.page("/webhooks?show=dead"), "Send again")
		body = reviewer.page("/")
		want(t, "reviewer", body, all[3], `href="/cases/1#trail"`)
		unwanted(t, "reviewer", body, append(all[:3], `href="/webhooks`, `href="/plugins"`, `href="/system`)...)
		unwanted(t, "a reviewer elsewhere", w.reviewer("Sari", "south", auth.Reviewer).page("/"), all...)
		w.lang = "id"
		want(t, "Indonesian", w.page("/"), "2 kiriman ke server lain dihentikan", "Tindakan otomatis dihentikan", "1 plugin gagal", "Berkas 2 item tidak dapat disimpan")
	})
}
