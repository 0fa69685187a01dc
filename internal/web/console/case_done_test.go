package console_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// acted starts something about a case.
func (w *world) acted(r action.Request) (a action.Action) {
	w.t.Helper()
	if err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) { a, err = w.hooks.Start(tx, r); return err }); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// TestCaseSaysWhatWasDone: what rules and people asked for, what became of it,
// what was not done and why, and the way to take it back.
func TestCaseSaysWhatWasDone(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Queue: "north", Text: "x", Band: jaga.BandReview, Account: "<i>acct</i>"})
		path := caseAt(id, "")
		unwanted(t, "nothing yet", w.page(path), "What the platform was asked to do")
		byRule := action.Request{Case: id, Form: jaga.FormGrooming, Band: jaga.BandReview, Account: "<i>acct</i>", Rule: "young.2", Reason: "rule.young", Who: action.System}
		byRule.Params = action.LimitReach{From: action.ReachMinors}
		limit := w.acted(byRule)
		if _, _, err := w.hooks.AddTarget(ctx, "person:1", action.NewTarget{Name: "<b>forum</b>", URL: "http://127.0.0.1:1/"}); err != nil {
			t.Fatal(err)
		}
		byRule.Params = action.Webhook{Name: "<b>forum</b>", Finding: action.Found{Kind: "text", ID: "1"}}
		w.acted(byRule)
		byRule.Params = action.KeepEvidence{Days: 90}
		w.acted(byRule)
		for why, rec := range map[string]custody.Event{
			"shadow":     {Action: "case.action_would", Detail: map[string]string{"action": "hold", "why": "shadow", "rule": "tried.1"}},
			"no_webhook": {Action: "case.action_not_started", Detail: map[string]string{"action": "webhook", "why": "no_webhook", "rule": "<b>x"}},
		} {
			rec.Actor, rec.Subject = "system", casework.Subject(id)
			if err := w.db.Bulk(ctx, func(tx *store.Tx) error { return tx.Record(rec) }); err != nil {
				t.Fatal(why, err)
			}
		}
		if err := w.hooks.Result(ctx, "key:1", limit.ID, action.Result{Status: action.StatusRefused, Note: "closed <script>alert(1)</script>"}); err != nil {
			t.Fatal(err)
		}
		r := w.reviewer("Rina", "north", auth.Reviewer)
		body := r.page(path)
		want(t, "done", body, "What the platform was asked to do", "Limit reach", "rule young.2", "No server takes this", "The platform refused", "On its way", "A rule&#39;s message", "&lt;b&gt;forum", "Keep evidence",
			"Would have been done: Hold. Rule tried.1 is only tried out.", "There is no webhook of this name.")
		unwanted(t, "done", body, "<script>alert(1)", "<i>acct", "<b>forum", "<b>x")
		// Data that is kept is not given up by a button.
		if a := r.post(caseAt(id, "take-back"), url.Values{"action": {"none"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("no such action: %d", a.status)
		}
		other := w.finding(casework.Finding{Kind: casework.KindText, Ref: "2", Queue: "north", Text: "x", Band: jaga.BandReview})
		if a := r.post(caseAt(other, "take-back"), url.Values{"action": {limit.ID}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("an action of another case: %d", a.status)
		}
		want(t, "taken back", r.done(caseAt(id, "take-back"), url.Values{"action": {limit.ID}}), "It is taken back", "Taken back", "Rina")
		if a := r.post(caseAt(id, "take-back"), url.Values{"action": {limit.ID}}); a.status != http.StatusConflict {
			t.Errorf("taken back twice: %d", a.status)
		}
		auditor := w.member(auth.Grant{Role: auth.Hotline, Queue: "north"})
		unwanted(t, "whoever does not decide", auditor.page(path), `action="/cases/1/take-back"`)
		if a := auditor.post(caseAt(id, "take-back"), url.Values{"action": {limit.ID}}); a.status != http.StatusForbidden {
			t.Errorf("without the right: %d", a.status)
		}
		want(t, "webhooks", w.page("/webhooks"), "rule young.2", "case 1", "A rule&#39;s message")
		w.lang = "id"
		want(t, "Indonesian", w.page(path), "Yang diminta dari platform", "aturan young.2", "Ditarik kembali", "Seharusnya dilakukan: Tahan.")
	})
}
