package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
)

// ofRule is a rule's request to one webhook.
func ofRule(name string) action.Request {
	return action.Request{Params: action.Webhook{Name: name, Finding: action.Found{Kind: "media", ID: "item-1"}, Items: []string{"post-1"}}, Case: 5, Form: jaga.FormGrooming, Band: jaga.BandReview,
		Account: "acct-1", Rule: "young.2", Reason: "rule.young", Who: action.System}
}

// A rule reaches the webhook that it names, whatever that one takes otherwise,
// and no other; taking it back reaches the same one.
func TestOneWebhookAlone(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		named, other := newReceiver(t, nil), newReceiver(t, nil)
		id, _ := w.add("forum", named.URL, "case.closed")
		w.add("everything", other.URL)
		a := w.start(ofRule("forum"))
		if a.TargetID != id || a.Waiting != 1 || !a.Automatic {
			t.Errorf("%+v", a)
		}
		if _, err := w.undo(a.ID); err != nil {
			t.Fatal(err)
		}
		for _, d := range w.settled(id) {
			if d.State != action.Delivered || d.Case != 5 || d.Rule != "young.2" {
				t.Errorf("%+v", d)
			}
		}
		until(t, "both arrived", func() bool { named.mu.Lock(); defer named.mu.Unlock(); return len(named.got) == 2 })
		if len(other.got) != 0 {
			t.Errorf("another webhook got %v", other.got)
		}
		all := named.got[0].body + named.got[1].body
		for _, part := range []string{`"kind":"action.webhook"`, `"finding":{"kind":"media","id":"item-1"}`, `"items":["post-1"]`, `"rule":"young.2"`, `"automatic":true`, `"undoes":"` + a.ID + `"`, `/cases/5`} {
			if !strings.Contains(all, part) {
				t.Errorf("%s is not in %s", part, all)
			}
		}
		// Nothing is started that could not be sent.
		refused := func(code jaga.Code, r action.Request) {
			t.Helper()
			if err := db.Bulk(t.Context(), func(tx *store.Tx) error { _, err := w.Start(tx, r); return err }); jaga.CodeOf(err) != code {
				t.Errorf("want %s, got %v", code, err)
			}
		}
		mine := ofRule("forum")
		mine.Who = "person:1"
		refused(jaga.CodeInvalid, mine)
		refused(jaga.CodeNotFound, ofRule("Forum"))
		if err := w.Enable(t.Context(), "person:1", id, false); err != nil {
			t.Fatal(err)
		}
		refused(jaga.CodeConflict, ofRule("forum"))
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			if list, err := action.OfCase(tx, 5); err != nil || len(list) != 2 {
				t.Errorf("%d actions, %v", len(list), err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// What is done once is done once, also by transactions at the same time, and is
// not done when the transaction is undone.
func TestOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		once := func(fail error, parts ...string) (first bool, err error) {
			err = db.Bulk(t.Context(), func(tx *store.Tx) error {
				if first, err = action.Once(tx, parts...); err != nil {
					return err
				}
				return fail
			})
			return first, err
		}
		broken := errors.New("the process died")
		if _, err := once(broken, "a", "bc"); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		n := 0
		for range 8 {
			wg.Go(func() {
				first, err := once(nil, "a", "bc")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if first {
					n++
				}
			})
		}
		wg.Wait()
		if n != 1 {
			t.Errorf("done %d times", n)
		}
		if first, err := once(nil, "ab", "c"); !first || err != nil {
			t.Errorf("another thing: %v, %v", first, err)
		}
	})
}

// An alarm says what it is about and where to mend it; nothing else is one.
func TestAlarms(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		got := newReceiver(t, nil)
		id, _ := w.add("desk", got.URL, action.EventAlarmRules)
		emit := func(e action.Event) error {
			return db.Bulk(context.Background(), func(tx *store.Tx) error { _, err := w.Emit(tx, e); return err })
		}
		if err := emit(action.Event{Kind: action.EventAlarmRules, Alarm: &action.Alarm{What: "act:hold", Why: "hour", Page: "/rules"}}); err != nil {
			t.Fatal(err)
		}
		for _, e := range []action.Event{{Kind: action.EventAlarmRules}, {Kind: action.EventCaseOpened, Alarm: &action.Alarm{}}} {
			if err := emit(e); jaga.CodeOf(err) != jaga.CodeInternal {
				t.Errorf("%+v: %v", e, err)
			}
		}
		w.settled(id)
		var body struct {
			Kind  string
			Alarm action.Alarm
		}
		until(t, "it arrived", func() bool { got.mu.Lock(); defer got.mu.Unlock(); return len(got.got) == 1 })
		if err := json.Unmarshal([]byte(got.got[0].body), &body); err != nil || body.Kind != "alarm.rules" || body.Alarm != (action.Alarm{What: "act:hold", Why: "hour", Page: "https://jaga.example/rules"}) {
			t.Errorf("%s, %v", got.got[0].body, err)
		}
	})
}
