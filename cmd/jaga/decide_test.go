package main

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// activeRule puts a rule in force, as two people do.
func activeRule(t *testing.T, s *site, source string) {
	t.Helper()
	ctx := t.Context()
	v, err := s.policy.Submit(ctx, "person:1", []byte(source))
	if err == nil {
		_, err = s.policy.Promote(ctx, "person:1", v.Rule.Name, v.Version, policy.Shadow, 0)
	}
	if err == nil {
		_, err = s.policy.Promote(ctx, "person:1", v.Rule.Name, v.Version, policy.Canary, policy.ShareUnit/2)
	}
	if err == nil {
		_, err = s.policy.Approve(ctx, "person:2", v.Rule.Name, v.Version)
	}
	if err == nil {
		_, err = s.policy.Promote(ctx, "person:1", v.Rule.Name, v.Version, policy.Active, 0)
	}
	if err == nil {
		_, err = s.policy.Approve(ctx, "person:2", v.Rule.Name, v.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const limitRule = `
name = "young-and-again"
owner = "person:1"
reason = "Somebody about whom there were cases reaches children no more until a person has looked."
when = "account.earlier_cases >= 1 && form == \"grooming\""

[[then]]
do = "open_case"
queue = "urgent-work"

[[then]]
do = "limit_reach"

[[test]]
name = "a case before"
expect = "fires"
[test.facts]
form = "grooming"
account = { earlier_cases = 1 }

[[test]]
name = "no case before"
expect = "does not fire"
[test.facts]
form = "grooming"
account = { earlier_cases = 0 }

[[test]]
name = "nobody knows"
expect = "undecided"
[test.facts]
form = "grooming"
`

// The rules decide whether a finding becomes a case, where, and what is done by
// itself, with the name of the rule.
func TestRulesDecide(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	activeRule(t, s, limitRule)
	find := func(id, from string, band jaga.Band) {
		t.Helper()
		if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
			return s.conversation(tx, converse.Finding{ID: id, Source: "key:1", At: time.Now(), Finding: convo.Finding{Conversation: "talk-" + id, From: from, To: "b", Form: jaga.FormGrooming, Band: band}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	find("1", "account-a", jaga.BandReview)
	cases := casesOf(t, s)
	if len(cases) != 1 || cases[0].Queue != "default" || len(startedIn(t, s, cases[0].ID)) != 0 {
		t.Fatalf("the first time: %+v", cases)
	}
	find("2", "account-a", jaga.BandReview)
	got := startedIn(t, s, cases[0].ID)
	if len(got) != 1 || got[0].Kind != action.KindLimit || !got[0].Automatic || got[0].Rule != "young-and-again.1" || got[0].Account != "account-a" || got[0].Who != action.System {
		t.Errorf("the second time: %+v", got)
	}
	find("2", "account-a", jaga.BandUrgent) // the same finding, more urgent
	if got := startedIn(t, s, cases[0].ID); len(got) != 1 {
		t.Errorf("the same finding started %d actions", len(got))
	}
	find("3", "account-c", jaga.BandObserve)
	if len(casesOf(t, s)) != 1 {
		t.Error("what is only to be kept in mind became a case")
	}
	if _, err := s.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A rule's own queue comes before the default one of the shipped rules, also
// where the rule's name comes first.
func TestRuleNamesAQueue(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	activeRule(t, s, `
name = "a-queue"
owner = "person:1"
reason = "What is about grooming has people of its own."
when = "form == \"grooming\""
[[then]]
do = "open_case"
queue = "grooming"
[[test]]
name = "grooming"
expect = "fires"
facts = { form = "grooming" }
[[test]]
name = "something else"
expect = "does not fire"
facts = { form = "csam" }
`)
	for _, form := range []jaga.Form{jaga.FormGrooming, jaga.FormSextortion} {
		if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
			return s.conversation(tx, converse.Finding{ID: string(form), Source: "key:1", At: time.Now(), Finding: convo.Finding{Conversation: "talk-" + string(form), From: "a-" + string(form), To: "b", Form: form, Band: jaga.BandReview}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	list := casesOf(t, s)
	if len(list) != 2 {
		t.Fatalf("%d cases, want 2", len(list))
	}
	for _, c := range list {
		if (c.Queue == "grooming") != (c.Form == jaga.FormGrooming) {
			t.Errorf("a case of %s is in the queue %s", c.Form, c.Queue)
		}
	}
}

// When the rules cannot be asked, findings reach people all the same.
func TestFindingsReachPeopleWithoutRules(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	if err := s.db.Update(t.Context(), custody.Event{Actor: "system", Action: "test.break"}, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE policy_versions SET source = 'broken'`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE policy_head SET stamp = stamp + 1`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	upload(t, s, "account-a", knownPicture(t, s, 1))
	cases := casesOf(t, s)
	if len(cases) != 1 || cases[0].Queue != "default" || len(keptIn(t, s, cases[0].ID)) != 1 {
		t.Errorf("%+v", cases)
	}
}

// The settings still say which findings are work, and in which queue.
func TestCaseSettingsStillCount(t *testing.T) {
	t.Parallel()
	for band, want := range map[string]int{"observe": 3, "review": 2, "urgent": 1} {
		s := openTestSite(t, "JAGA_CASES_BAND="+band, "JAGA_CASES_QUEUE=own")
		for id, b := range map[string]jaga.Band{"1": jaga.BandObserve, "2": jaga.BandReview, "3": jaga.BandUrgent} {
			if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
				return s.conversation(tx, converse.Finding{ID: id, Source: "key:1", At: time.Now(), Finding: convo.Finding{Conversation: "talk-" + id, From: "from-" + id, To: "b", Form: jaga.FormGrooming, Band: b}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		cases := casesOf(t, s)
		if len(cases) != want {
			t.Errorf("band %s: %d cases, want %d", band, len(cases), want)
		}
		for _, c := range cases {
			if c.Queue != "own" {
				t.Errorf("band %s: queue %s", band, c.Queue)
			}
		}
	}
}
