package look_test

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// TestEveryPurposeHasItsTime: whatever somebody has to do with a case, a purpose
// is open in its own state only, and a refusal says what to do.
func TestEveryPurposeHasItsTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
		w := look.Work{Holds: yes("holds"), Round: rapid.Int64Range(1, 3).Draw(t, "round"), Appeal: yes("appeal"), Decided: yes("decided"), Reporting: yes("reporting"), Own: yes("own"),
			Sampled: yes("sampled"), Ordered: yes("ordered"), Second: yes("second"), Export: yes("export"), Orders: yes("orders")}
		want := map[look.Purpose]bool{
			"triage": w.Holds && w.Round == 1, "review": w.Holds && w.Round == 1, "second_review": w.Holds && w.Round != 1, "appeal": w.Holds && w.Appeal,
			"report": w.Reporting && (w.Own || w.Export), "quality": w.Decided && w.Sampled && w.Second && !w.Own,
			"authority": w.Ordered && w.Orders, "integrity": w.Decided && w.Export,
		}
		for _, p := range look.Purposes() {
			err := w.Allow(p)
			if (err == nil) != want[p] {
				t.Fatalf("%s with %+v: %v", p, w, err)
			}
			if err != nil && (jaga.CodeOf(err) != jaga.CodeDenied || errorOf(err).Hint == "") {
				t.Fatalf("%s is refused by %v, without what to do", p, err)
			}
		}
		if (look.Work{}).Allow(rapid.SampledFrom(look.Purposes()).Draw(t, "purpose")) == nil {
			t.Fatal("somebody who has nothing to do with a case looks")
		}
	})
}

// TestNothingIsShownOnceTheCaseIsGone: the case is asked about when a session is
// opened, when something is shown, and when bytes are sent.
func TestNothingIsShownOnceTheCaseIsGone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		holds := false
		s, err := look.New(t.Context(), db, look.Options{Work: func(_ context.Context, _ *store.Tx, actor string, caseID int64) (look.Work, error) {
			return look.Work{Holds: holds && actor == "person:1" && caseID == 7, Round: 1}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, err error) {
			t.Helper()
			if e := errorOf(err); e.Code != jaga.CodeDenied || e.Field != "take_first" {
				t.Errorf("%s: %v", what, err)
			}
		}
		ask := look.Ask{Case: 7, Purpose: look.Review}
		_, err = s.Open(t.Context(), "person:1", ask)
		refused("a session", err)
		holds = true
		if open, err := s.Purposes(t.Context(), "person:1", 7); err != nil || len(open) != 2 {
			t.Errorf("open are %v, %v", open, err)
		}
		v, err := s.Open(t.Context(), "person:1", ask)
		if err != nil {
			t.Fatal(err)
		}
		show := look.Show{Session: v.ID, File: key(1), Kind: "image"}
		r, err := s.Begin(t.Context(), "person:1", show)
		if err != nil {
			t.Fatal(err)
		}
		holds = false
		err = s.Serve(t.Context(), "person:1", r.ID, look.Bytes{To: 10, Size: 10})
		refused("bytes", err)
		_, err = s.Begin(t.Context(), "person:1", show)
		refused("showing", err)
		if open, err := s.Purposes(t.Context(), "person:1", 7); err != nil || len(open) != 0 {
			t.Errorf("open are %v, %v", open, err)
		}
		if v, err := s.Viewed(t.Context(), key(1)); err != nil || v.Viewed {
			t.Errorf("viewed: %+v, %v", v, err)
		}
	})
}

// errorOf is the error as the service says it, or an empty one.
func errorOf(err error) jaga.Error {
	if e, ok := errors.AsType[*jaga.Error](err); ok {
		return *e
	}
	return jaga.Error{}
}
