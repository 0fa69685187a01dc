package casework_test

import (
	"regexp"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// TestGoldCasesLookLikeOthers: what is told of one is what is told of a real
// one, the custody log says the truth, and nothing of it leaves the house.
func TestGoldCasesLookLikeOthers(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		real := w.add(func(f *casework.Finding) {
			f.Kind, f.Source, f.Account, f.Text = casework.KindUser, "key:7", "User-4711", "somebody asks for money"
		}).Case
		id, err := w.s.AddGold(ctx, "person:9", casework.Finding{Kind: casework.KindUser, Ref: "g", Text: "a made-up person asks for money", Form: jaga.FormCSAM, Band: jaga.BandReview, Risk: casework.RiskNew}, casework.NotConfirmed)
		w.must(err)
		list, err := w.s.Findings(ctx, id, 0, 10)
		w.must(err)
		if f := list[0]; f.Kind != casework.KindUser || f.Source != "key:7" || !regexp.MustCompile(`^User-\d{4,5}$`).MatchString(f.Account) || f.Account == "User-4711" {
			t.Errorf("%+v", f)
		}
		if others, err := w.s.Related(ctx, real); err != nil || len(others) != 0 {
			t.Errorf("related to a real case: %v, %v", others, err)
		}
		acts, _, err := w.s.Acts(ctx, id, 10)
		if err != nil || acts[0].Kind != casework.Opened || acts[0].Actor != "key:7" {
			t.Errorf("%+v, %v", acts, err)
		}
		w.must(w.db.View(ctx, func(tx *store.Tx) error {
			records, err := store.CustodyTrail(tx, casework.Subject(id), 10)
			if err != nil || records[0].Actor != "system" {
				t.Errorf("the log: %+v, %v", records, err)
			}
			return err
		}))
		for _, c := range []struct {
			f    casework.Filter
			want int
		}{{casework.Filter{}, 2}, {casework.Filter{Real: true}, 1}, {casework.Filter{Words: "made-up"}, 1}} {
			if p, err := w.s.List(ctx, c.f); err != nil || len(p.Cases) != c.want {
				t.Errorf("%+v: %d cases, %v", c.f, len(p.Cases), err)
			}
		}
		for n, want := range map[int64]bool{id: true, real: false, 999: false} {
			if got, err := w.s.IsGold(ctx, n); err != nil || got != want {
				t.Errorf("case %d is gold: %v, %v", n, got, err)
			}
		}
		if _, ok, err := w.s.GoldAnswer(ctx, "person:1", id); ok || err != nil {
			t.Errorf("told before the answer: %v, %v", ok, err)
		}
		l, err := w.s.Take(ctx, "person:1", id)
		w.must(err)
		d, err := w.s.Decide(ctx, l, decision(casework.Confirmed, "account.hold"))
		w.must(err)
		if a, ok, err := w.s.GoldAnswer(ctx, "person:1", id); err != nil || !ok || a.Right != casework.NotConfirmed || a.Yours != casework.Confirmed {
			t.Errorf("told %+v, %v, %v", a, ok, err)
		}
		if _, ok, err := w.s.GoldAnswer(ctx, "person:2", id); ok || err != nil {
			t.Errorf("somebody else is told: %v, %v", ok, err)
		}
		w.refused(w.s.Undo(ctx, "person:1", id, d.ID), jaga.CodeConflict, "taken back once the right answer is told")
		w.refused(w.db.Bulk(ctx, func(tx *store.Tx) error { return w.s.StartReport(tx, "person:1", id) }), jaga.CodeConflict, "a report of it")
		w.verify(id, real)
	})
}
