package casework_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

func TestMain(m *testing.M) {
	if url := os.Getenv("JAGA_TEST_CASES_VICTIM"); url != "" {
		victim(url)
		return
	}
	os.Exit(m.Run())
}

var secret = []byte("a secret for tests, 32 bytes long")

// world is a service on a database with a clock that the test turns.
type world struct {
	t   *testing.T
	db  *store.DB
	s   *casework.Service
	now atomic.Int64
	n   int
}

func (w *world) turn(d time.Duration) { w.now.Add(d.Microseconds()) }
func (w *world) time() time.Time      { return time.UnixMicro(w.now.Load()) }

func each(t *testing.T, opt casework.Options, fn func(*testing.T, *world)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, open(t, url, opt)) })
}

func open(t *testing.T, url string, opt casework.Options) *world {
	t.Helper()
	w := &world{t: t}
	w.now.Store(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC).UnixMicro())
	signer, _, err := custody.NewKey("jaga.test")
	if err != nil {
		t.Fatal(err)
	}
	if w.db, err = store.Open(t.Context(), url, store.Options{Origin: "jaga.test", Signer: signer, Now: w.time}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	opt.Key = secret
	if w.s, err = casework.Open(w.db, opt); err != nil {
		t.Fatal(err)
	}
	return w
}

// add adds a finding of its own, changed by change.
func (w *world) add(change func(*casework.Finding)) casework.Added {
	w.t.Helper()
	w.n++
	f := casework.Finding{Kind: casework.KindMedia, Ref: fmt.Sprintf("item-%d", w.n), Form: jaga.FormCSAM, Band: jaga.BandReview, Risk: casework.RiskNew}
	if change != nil {
		change(&f)
	}
	a, err := w.put(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) put(f casework.Finding) (a casework.Added, err error) {
	err = w.db.Bulk(context.Background(), func(tx *store.Tx) (err error) {
		a, err = w.s.Add(tx, f)
		return err
	})
	return a, err
}

func (w *world) get(id int64) casework.Case {
	w.t.Helper()
	c, _, err := w.s.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) next(actor string) casework.Lease {
	w.t.Helper()
	l, err := w.s.Next(w.t.Context(), actor, []string{"default"})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, code jaga.Code, what string) {
	w.t.Helper()
	if jaga.CodeOf(err) != code {
		w.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// verify checks that the cases agree with their events and that the custody log
// is whole.
func (w *world) verify(ids ...int64) {
	w.t.Helper()
	for _, id := range ids {
		w.must(w.s.Check(w.t.Context(), id))
	}
	// The numbers that are kept are those that counting gives.
	type place struct {
		State, Form string
		Risk, N     int64
	}
	var counted []place
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		counted, err = store.All[place](tx, `SELECT state, form, risk, COUNT(*) FROM cases WHERE gold = 0 AND merged_into = 0 AND state <> 'closed' GROUP BY state, form, risk ORDER BY state, form, risk`)
		return err
	}))
	st, err := w.s.Stats(w.t.Context(), nil)
	w.must(err)
	var kept []place
	for _, c := range st.Counts {
		kept = append(kept, place{string(c.State), string(c.Form), int64(c.Risk), c.N})
	}
	if !slices.Equal(counted, kept) {
		w.t.Errorf("the numbers are %+v, counting gives %+v", kept, counted)
	}
	if _, err := w.db.VerifyCustody(w.t.Context(), "", "", nil); err != nil {
		w.t.Error(err)
	}
}

// decision is one that needs no second person.
func decision(outcome casework.Outcome, actions ...string) casework.Decision {
	f := taxonomy.Unknown("own_review")
	f.Subject, f.Age, f.Confidence, f.Pubertal, f.Activity, f.Relation, f.Immediacy = "real", "11-13", "high", "prepubescent", "exposure", "adult_child", "past"
	return casework.Decision{Facts: f, Outcome: outcome, Actions: actions}
}

// hard is one that does.
func hard(outcome casework.Outcome, actions ...string) casework.Decision {
	d := decision(outcome, actions...)
	d.Facts.Age = "3-6"
	return d
}

func TestFindingsJoin(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Window: 24 * time.Hour}, func(t *testing.T, w *world) {
		first := w.add(func(f *casework.Finding) { f.Account, f.Entries = "account-a", []string{"7"} })
		if !first.Opened || first.Known {
			t.Fatalf("%+v", first)
		}
		for name, change := range map[string]func(*casework.Finding){
			"account": func(f *casework.Finding) { f.Account = "account-a" },
			"entry":   func(f *casework.Finding) { f.Account, f.Entries = "account-b", []string{"9", "7"} },
			"other kind": func(f *casework.Finding) {
				f.Kind, f.Account, f.Conversation = casework.KindConversation, "account-a", "talk-1"
			},
		} {
			if a := w.add(change); a.Opened || a.Case != first.Case {
				t.Errorf("%s: %+v, want to join %d", name, a, first.Case)
			}
		}
		if a := w.add(func(f *casework.Finding) { f.Kind, f.Conversation = casework.KindText, "talk-1" }); a.Case != first.Case {
			t.Errorf("conversation: %+v", a)
		}
		// Nothing in common, and what merely looks alike, is a case of its own.
		if a := w.add(func(f *casework.Finding) { f.Conversation = "account-a" }); !a.Opened {
			t.Errorf("an account is not a conversation: %+v", a)
		}
		if a := w.add(nil); !a.Opened {
			t.Errorf("nothing in common: %+v", a)
		}
		// Each finding is linked once.
		same := casework.Finding{Kind: casework.KindMedia, Ref: "item-1", Account: "account-z", Band: jaga.BandReview, Risk: casework.RiskNew}
		a, err := w.put(same)
		w.must(err)
		if !a.Known || a.Case != first.Case || w.get(first.Case).Status.Findings != 5 {
			t.Errorf("again: %+v, %d findings", a, w.get(first.Case).Status.Findings)
		}
		before := w.get(first.Case)
		// It became more urgent: so does the case.
		same.Band, same.Risk = jaga.BandUrgent, casework.RiskLive
		_, err = w.put(same)
		w.must(err)
		if c := w.get(first.Case); c.Risk != casework.RiskLive || c.Band != jaga.BandUrgent || c.Events != before.Events+1 {
			t.Errorf("raised: %+v", c)
		}
		// Less urgent changes nothing.
		same.Band, same.Risk = jaga.BandObserve, casework.RiskKnown
		_, err = w.put(same)
		w.must(err)
		if c := w.get(first.Case); c.Risk != casework.RiskLive || c.Band != jaga.BandUrgent {
			t.Errorf("lowered: %+v", c)
		}
		// After the window another case is opened, which is related.
		w.turn(25 * time.Hour)
		late := w.add(func(f *casework.Finding) { f.Account = "account-a" })
		if !late.Opened {
			t.Errorf("after the window: %+v", late)
		}
		related, err := w.s.Related(t.Context(), late.Case)
		w.must(err)
		if !slices.Equal(related, []int64{first.Case}) {
			t.Errorf("related %v, want %d", related, first.Case)
		}
		w.verify(first.Case, late.Case)
	})
}

// A case that was decided on takes no more findings: they would be seen by
// nobody. One that becomes more urgent reopens it.
func TestFindingsAfterADecision(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		a := w.add(func(f *casework.Finding) { f.Account, f.Kind, f.Ref = "a", casework.KindConversation, "talk" })
		if _, err := w.s.Decide(t.Context(), w.next("person:1"), decision(casework.NotConfirmed, "account.hold")); err != nil {
			t.Fatal(err)
		}
		b := w.add(func(f *casework.Finding) { f.Account = "a" })
		if !b.Opened {
			t.Errorf("%+v joined a case that was decided on", b)
		}
		_, err := w.put(casework.Finding{Kind: casework.KindConversation, Ref: "talk", Band: jaga.BandUrgent, Risk: casework.RiskThreat})
		w.must(err)
		c := w.get(a.Case)
		if c.State != casework.StateInReview || c.Cycle != 2 || c.Risk != casework.RiskThreat {
			t.Errorf("%+v, want it reopened", c)
		}
		actions, err := w.s.Actions(t.Context(), a.Case)
		w.must(err)
		if len(actions) != 1 || actions[0].State != "cancelled" {
			t.Errorf("actions %+v, want them cancelled", actions)
		}
		w.verify(a.Case, b.Case)
	})
}

func TestWelfarePath(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		a := w.add(func(f *casework.Finding) {
			f.Kind, f.Conversation, f.Path, f.Form, f.Risk = casework.KindConversation, "t", casework.PathWelfare, jaga.FormGrooming, casework.RiskContact
		})
		if c := w.get(a.Case); c.Path != casework.PathWelfare || c.Risk != casework.RiskContact {
			t.Errorf("%+v, want the welfare path with the risk as it is", c)
		}
		w.add(func(f *casework.Finding) { f.Conversation = "t" })
		if c := w.get(a.Case); c.Path != "" {
			t.Error("a finding with an adult left the case on the welfare path")
		}
		w.verify(a.Case)
	})
}

func TestBadFindingsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		for field, f := range map[string]casework.Finding{
			"kind":   {Kind: "other", Ref: "1"},
			"ref":    {Kind: casework.KindText},
			"form":   {Kind: casework.KindText, Ref: "1", Form: "x"},
			"risk":   {Kind: casework.KindText, Ref: "1", Risk: 9},
			"queue":  {Kind: casework.KindText, Ref: "1", Queue: "A b"},
			"path":   {Kind: casework.KindText, Ref: "1", Path: "x"},
			"text":   {Kind: casework.KindText, Ref: "1", Text: "a\x00b"},
			"source": {Kind: casework.KindText, Ref: "1", Source: "\xff"},
		} {
			_, err := w.put(f)
			w.refused(err, jaga.CodeInvalid, field)
		}
		p, err := w.s.List(t.Context(), casework.Filter{})
		w.must(err)
		if len(p.Cases) != 0 {
			t.Errorf("%d cases", len(p.Cases))
		}
	})
}
