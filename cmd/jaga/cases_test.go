package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

func openTestSite(t testing.TB, environ ...string) *site {
	t.Helper()
	return openPluggedSite(t, nil, environ...)
}

// What is found becomes work for people in the transaction that stores it: a
// file that matches a bank, the same one again, one that matches only later,
// and a conversation.
func TestFindingsBecomeCases(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	ctx := t.Context()
	value := func(n uint64) engine.Value {
		v, err := engine.ParseValue(jaga.MD5, pseudo(n, 0)[:32])
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if _, err := s.banks.Create(ctx, "person:1", bank.Defaults("KNOWN")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.banks.Add(ctx, "person:1", "KNOWN", bank.NewEntry{Values: []engine.Value{value(1)}}); err != nil {
		t.Fatal(err)
	}
	take := func(n uint64, author string) intake.Record {
		t.Helper()
		rec, err := s.intake.Take(ctx, intake.Request{Source: "key:1", Ref: "r", Author: author, Signals: []jaga.Signal{{Type: jaga.MD5, Value: pseudo(n, 0)[:32]}}})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	list := func() []casework.Case {
		t.Helper()
		p, err := s.work.cases.List(ctx, casework.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return p.Cases
	}
	rec := take(1, "account-a")
	if rec.Outcome.Band() < jaga.BandReview {
		t.Fatalf("the bank's band is %v", rec.Outcome.Band())
	}
	take(1, "account-b") // the same entry
	take(2, "account-c") // nothing
	cases := list()
	if len(cases) != 1 || cases[0].Status.Findings != 2 || cases[0].Risk != casework.RiskKnown || cases[0].Form != jaga.FormCSAM {
		t.Fatalf("%+v", cases)
	}
	// Its time is over, and the case still needs it.
	if ids, err := needed(t, s, rec.Item.ID, "other"); err != nil || len(ids) != 1 {
		t.Errorf("needed %v (%v)", ids, err)
	}
	// A conversation joins by the account; between children it is on the
	// welfare path, and no less urgent.
	found := func(id, from, path string, form jaga.Form, band jaga.Band) {
		t.Helper()
		if err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			return s.conversation(tx, converse.Finding{ID: id, Source: "key:1", At: time.Now(), Finding: convo.Finding{Conversation: "talk-" + id, From: from, To: "b", Path: path, Form: form, Band: band}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	found("1", "account-a", "", jaga.FormSextortion, jaga.BandUrgent)
	found("2", "account-d", "welfare", jaga.FormGrooming, jaga.BandReview)
	found("3", "account-e", "", jaga.FormGrooming, jaga.BandObserve) // no work yet
	cases = list()
	if len(cases) != 2 || cases[0].Risk != casework.RiskThreat || cases[0].Status.Findings != 3 || cases[1].Path != casework.PathWelfare || cases[1].Risk != casework.RiskContact {
		t.Fatalf("%+v", cases)
	}
	if err := s.work.cases.Check(ctx, cases[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := s.verify(ctx); err != nil {
		t.Error(err)
	}
}

func needed(t *testing.T, s *site, ids ...string) (out []string, err error) {
	t.Helper()
	err = s.db.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = s.work.needed(tx, ids)
		return err
	})
	return out, err
}

func TestCasesConfig(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"BAND=none", "BAND=x", "QUEUE=Two words", "LEASE=1s", "UNDO=0s", "SECOND_PERCENT=101", "WINDOW_DAYS=0"} {
		a := &app{Streams: Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, environ: []string{"JAGA_DATA=" + t.TempDir(), "JAGA_CASES_" + bad}}
		if err := a.load(); err == nil || !strings.Contains(fmt.Sprint(err), "cases.") {
			t.Errorf("%s: %v, want it refused with the name of the setting", bad, err)
		}
	}
}

// A meeting that is near and a child in a crisis do not wait, whatever the form;
// the same signs below urgent, and urgency without them, keep the form's risk.
func TestRiskOfConversations(t *testing.T) {
	for _, x := range []struct {
		name string
		form jaga.Form
		band jaga.Band
		sign indicator.ID
		want casework.Risk
	}{
		{"a meeting is near", jaga.FormGrooming, jaga.BandUrgent, "G-22", casework.RiskImminent},
		{"somebody travels", jaga.FormGrooming, jaga.BandUrgent, "G-23", casework.RiskImminent},
		{"a child in a crisis", jaga.FormSextortion, jaga.BandUrgent, "S-17", casework.RiskImminent},
		{"a meeting, some day", jaga.FormGrooming, jaga.BandReview, "G-22", casework.RiskContact},
		{"a threat", jaga.FormSextortion, jaga.BandUrgent, "S-08", casework.RiskThreat},
	} {
		f := convo.Finding{Form: x.form, Band: x.band, Because: []convo.Reason{{Indicator: "G-01"}, {Indicator: x.sign}}}
		if got := riskOfTalk(f); got != x.want {
			t.Errorf("%s: risk %v, want %v", x.name, got, x.want)
		}
	}
}
