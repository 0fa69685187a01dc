package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/testpic"
)

// outboxOf cuts what a decision asked for out of a page.
func outboxOf(body string) string {
	_, rest, _ := strings.Cut(body, `class="plainlist outlist"`)
	part, _, _ := strings.Cut(rest, "</ul>")
	return part
}

// TestCaseSaysWhatBecameOfADecision: from "waits" to what the platform answered,
// and what no server takes is said before it is asked for.
func TestCaseSaysWhatBecameOfADecision(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Queue: "north", Text: "x", Band: jaga.BandReview, Account: "acct-1"})
		path := caseAt(id, "")
		r := w.reviewer("Rina", "north", auth.Reviewer)
		form := r.done(caseAt(id, "take"), url.Values{})
		want(t, "a form without webhooks", form, "No server takes this", "nobody will do it until somebody sets up a webhook")
		unwanted(t, "a form of a case where nothing was done", form, "in force now")
		l, mine, err := w.work.Mine(ctx, r.me(), id)
		if err != nil || !mine {
			t.Fatal(mine, err)
		}
		if _, err := w.work.Decide(ctx, l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.Confirmed, Actions: []string{"hold", "suspend", "limit_reach"}}); err != nil {
			t.Fatal(err)
		}
		waits := outboxOf(r.page(path))
		want(t, "waiting", waits, "Close the account under review", "Waits", "No server takes this", "It goes out, and can no longer be taken back:")
		unwanted(t, "no right to set up webhooks", waits, `href="/webhooks`)
		want(t, "the right to set up webhooks", outboxOf(w.page(path)), `href="/webhooks"`)
		// It goes out: a hold that nobody takes, a suspension that a server
		// takes, and a limit that could not be started.
		if err := w.db.Update(ctx, custody.Event{Actor: "system", Action: "test.clock"}, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE case_outbox SET due_at = 0`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		status := http.StatusInternalServerError
		srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
		defer srv.Close()
		if _, _, err := w.hooks.AddTarget(ctx, "person:1", action.NewTarget{Name: "forum", URL: srv.URL, Kinds: []string{"action.suspend", "action.undo"}}); err != nil {
			t.Fatal(err)
		}
		var suspend action.Action
		if _, err := w.work.TakeDue(ctx, 10, func(tx *store.Tx, o casework.Outgoing) error {
			q := action.Request{Case: id, Account: "acct-1", Decision: fmt.Sprint("decision:", o.Decision), Reason: "case.test", Who: o.Actor, Params: action.Suspend{}}
			switch o.Action {
			case "limit_reach":
				return nil
			case "hold":
				q.Params = action.Hold{}
				_, err := w.hooks.Start(tx, q)
				return err
			}
			var err error
			suspend, err = w.hooks.Start(tx, q)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want(t, "started", outboxOf(r.page(path)), "On its way", "No server takes this", "Not started", "The custody trail of the case says why.")
		runs, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() { defer close(ended); _ = w.hooks.Run(runs) }()
		until := func(what string, reached func(action.Action) bool) {
			t.Helper()
			for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				a, err := w.hooks.Get(ctx, suspend.ID)
				if err != nil {
					t.Fatal(err)
				}
				if reached(a) {
					return
				}
				if time.Now().After(end) {
					t.Fatalf("%s: %+v", what, a)
				}
			}
		}
		until("a failed try", func(a action.Action) bool { return a.Retrying > 0 })
		stop()
		<-ended
		want(t, "retried", outboxOf(r.page(path)), "Not delivered yet, tried again")
		set := func(state string) {
			t.Helper()
			if err := w.db.Bulk(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE hook_deliveries SET state = $1, done_at = at`, state)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		set("dead")
		want(t, "given up", outboxOf(w.page(path)), "Not delivered, given up", "/webhooks?show=dead#deliveries")
		unwanted(t, "given up, without the right", outboxOf(r.page(path)), "/webhooks?show=dead")
		set("delivered")
		want(t, "delivered", outboxOf(r.page(path)), "Delivered, no answer yet")
		if err := w.hooks.Result(ctx, "key:1", suspend.ID, action.Result{Status: action.StatusFailed, Note: "no <img src=x> such account"}); err != nil {
			t.Fatal(err)
		}
		failed := outboxOf(r.page(path))
		want(t, "failed", failed, "The platform could not", "no &lt;img src=x&gt; such account")
		if err := w.hooks.Result(ctx, "key:1", suspend.ID, action.Result{Status: action.StatusDone}); err != nil {
			t.Fatal(err)
		}
		want(t, "done", outboxOf(r.page(path)), "The platform did it")
		// Who decides anew sees what is in force, and what was taken back.
		if err := w.work.Reopen(ctx, r.me(), id, "correction", "x"); err != nil {
			t.Fatal(err)
		}
		want(t, "decided anew", r.done(caseAt(id, "take"), url.Values{}), "in force now", "is taken back when the time to undo your decision is over")
		if err := w.db.Bulk(ctx, func(tx *store.Tx) error { _, err := w.hooks.Undo(tx, suspend.ID, r.me(), "case.test"); return err }); err != nil {
			t.Fatal(err)
		}
		page := r.page(path)
		want(t, "taken back", outboxOf(page), "Taken back")
		unwanted(t, "nothing is in force", page, "in force now")
		want(t, "whether the platform knows that", page, "On its way")
		w.lang = "id"
		want(t, "Indonesian", outboxOf(w.page(path)), "Ditarik kembali", "Tidak dimulai")
	})
}

// became gives a case that was decided on an outbox in many states, and another
// one something that is in force.
func (w *world) became(decided, other int64) {
	w.t.Helper()
	ctx := w.t.Context()
	if _, _, err := w.hooks.AddTarget(ctx, "person:1", action.NewTarget{Name: "forum", URL: "http://127.0.0.1:1/", Kinds: []string{"action.hold", "action.warn_target"}}); err != nil {
		w.t.Fatal(err)
	}
	var refused string
	if err := w.db.Bulk(ctx, func(tx *store.Tx) error {
		d, err := store.One[int64](tx, `SELECT MAX(id) FROM case_decisions WHERE case_id = $1`, decided)
		if err != nil {
			return err
		}
		for name, state := range map[string]string{"hold": "handed", "suspend": "handed", "warn_target": "handed", "limit_reach": "handed", "remove": "waiting", "report": "handed", "keep_evidence": "cancelled"} {
			if _, err := tx.Exec(`INSERT INTO case_outbox (case_id, decision_id, action, due_at, state) VALUES ($1, $2, $3, $4, $5)`, decided, d, name, tx.Now()+time.Hour.Microseconds(), state); err != nil {
				return err
			}
		}
		for _, x := range []struct {
			id   int64
			p    action.Params
			rule string
		}{{decided, action.Hold{}, ""}, {decided, action.Suspend{}, ""}, {decided, action.WarnTarget{Language: "en"}, ""}, {other, action.Hold{}, "young.2"}} {
			q := action.Request{Case: x.id, Account: "account-with-a-name", Decision: fmt.Sprint("decision:", d), Reason: "case.test", Who: "person:1", Params: x.p}
			if x.rule != "" {
				q.Rule, q.Who, q.Decision = x.rule, action.System, ""
			}
			a, err := w.hooks.Start(tx, q)
			if err != nil {
				return err
			}
			if a.Kind == action.KindWarn {
				refused = a.ID
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.hooks.Result(ctx, "key:1", refused, action.Result{Status: action.StatusRefused, Note: strings.Repeat("a_long_word_", 20)}); err != nil {
		w.t.Fatal(err)
	}
}

// What a matcher of the operator's own found is told with its evidence, and a
// score alone as a number.
func TestItemSaysOnWhichListItIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		rec, err := w.in.Take(t.Context(), intake.Request{Source: "key:1", Ref: "post-1", Body: bytes.NewReader(testpic.PNG(testpic.Photo(40, 200, 150)))})
		if err != nil {
			t.Fatal(err)
		}
		l := jaga.Listed{Name: "licensed", Version: "7", List: "partner", Reference: "batch-7/3", Confidence: 1}
		f, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandReview, []jaga.Reason{{Listed: &l}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rec.Outcome.Findings = []jaga.Finding{f}
		rec.Outcome.Scores = []jaga.Score{{Name: "licensed", Version: "7", Category: "list/partner", Value: 1}}
		text, err := json.Marshal(rec.Outcome)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE items SET state = 'findings', band = $1, outcome = $2 WHERE id = $3`, int64(jaga.BandReview), string(text), rec.Item.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/items", "/items/" + rec.Item.ID} {
			want(t, path, w.page(path), "The plugin licensed 7 found it on the list partner.", "batch-7/3")
		}
	})
}
