package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// ruleThat is a rule that wants things done about every finding of a form and of
// at least a band.
func ruleThat(name, form string, least jaga.Band, then ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = %q\nowner = \"person:1\"\nreason = \"For tests.\"\nwhen = 'form == %q && band >= %s'\n", name, form, strings.ToUpper(least.String()))
	for _, t := range then {
		fmt.Fprintf(&b, "\n[[then]]\n%s\n", t)
	}
	for expect, f := range map[string]string{"fires": form, "does not fire": "live_stream"} {
		fmt.Fprintf(&b, "\n[[test]]\nname = %q\nexpect = %q\nfacts = { form = %q, band = \"urgent\" }\n", expect, expect, f)
	}
	return b.String()
}

// talkFound stores a finding of a conversation as converse does, and hands it to
// the rules.
func talkFound(t *testing.T, s *site, id, from string, band jaga.Band) {
	t.Helper()
	f := converse.Finding{ID: id, Source: "key:1", At: time.Now(), Finding: convo.Finding{Conversation: "talk-" + id, From: from, To: "target-" + id, Form: jaga.FormGrooming, Band: band}}
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO talk_findings (id, conversation, account, target, form, band, source, at, updated_at, finding, excerpt) VALUES ($1, $2, $3, $4, 'grooming', $5, 'key:1', $6, $6, '{}', $7)
			ON CONFLICT DO NOTHING`, id, f.Finding.Conversation, from, f.Finding.To, int64(band), tx.Now(), []byte{}); err != nil {
			return err
		}
		return s.conversation(tx, f)
	}); err != nil {
		t.Fatal(err)
	}
}

func startedKinds(t *testing.T, s *site, id int64) (out []string) {
	t.Helper()
	for _, a := range startedIn(t, s, id) {
		out = append(out, string(a.Kind))
	}
	return out
}

// detailsOf lists what the custody log says of an action about a case.
func detailsOf(t *testing.T, s *site, id int64, act string) (out []string) {
	t.Helper()
	if err := s.db.View(t.Context(), func(tx *store.Tx) error {
		list, err := store.All[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE subject = $1 AND action = $2 ORDER BY seq`, casework.Subject(id), act)
		for _, r := range list {
			var d struct{ Action, Why, Rule string }
			if err := json.Unmarshal([]byte(r.Detail), &d); err != nil {
				return err
			}
			out = append(out, d.Action+" "+d.Why+" "+d.Rule)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Each action that a rule can want is carried out, with the rule's name, once.
func TestRulesCarryOut(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_HOOKS_INTERNAL=127.0.0.1", "JAGA_CASES_BAND=urgent")
		for _, name := range []string{"forum", "Everything"} {
			if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: name, URL: "http://127.0.0.1:1/" + name}); err != nil {
				t.Fatal(err)
			}
		}
		activeRule(t, s, ruleThat("talk", "grooming", jaga.BandReview, `do = "hold"`, `do = "limit_reach"`, `do = "warn_target"`, `do = "keep_evidence"`, "do = \"webhook\"\nwebhook = \"forum\"", "do = \"webhook\"\nwebhook = \"Gone\"",
			"do = \"raise\"\nband = \"urgent\"", "do = \"open_case\"\nqueue = \"young\""))
		talkFound(t, s, "f-1", "account-a", jaga.BandReview)
		cases := casesOf(t, s)
		if len(cases) != 1 || cases[0].Queue != "young" || cases[0].Band != jaga.BandUrgent {
			t.Fatalf("%+v", cases)
		}
		got := startedIn(t, s, cases[0].ID)
		want := map[action.Kind]string{action.KindHold: "account-a", action.KindLimit: "account-a", action.KindWarn: "target-f-1", action.KindEvidence: "account-a", action.KindWebhook: "account-a"}
		if len(got) != len(want) {
			t.Errorf("%d actions", len(got))
		}
		for _, a := range got {
			told := int64(2) // both targets take everything
			if a.Kind == action.KindWebhook {
				told = 1
			}
			if a.Account != want[a.Kind] || a.Account == "" || a.Rule != "talk.1" || !a.Automatic || a.Waiting != told {
				t.Errorf("%+v", a)
			}
		}
		if why := detailsOf(t, s, cases[0].ID, "case.action_not_started"); !slices.Equal(why, []string{"webhook no_webhook talk.1"}) {
			t.Errorf("not started: %v", why)
		}
		// The same finding again, a more urgent one, and the rule's next version.
		talkFound(t, s, "f-1", "account-a", jaga.BandReview)
		talkFound(t, s, "f-1", "account-a", jaga.BandUrgent)
		if again := startedIn(t, s, cases[0].ID); len(again) != len(got) || len(detailsOf(t, s, cases[0].ID, "case.action_not_started")) != 1 {
			t.Errorf("done %d times", len(again))
		}
		talkFound(t, s, "f-2", "account-a", jaga.BandReview) // another finding about the same account
		if again := startedIn(t, s, cases[0].ID); len(again) <= len(got) {
			t.Errorf("nothing was done about another finding")
		}
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A rule about what becomes known later acts then, and not once a person has
// decided.
func TestRulesActOnWhatIsKnownLater(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0")
	activeRule(t, s, ruleThat("urgent-hold", "grooming", jaga.BandUrgent, `do = "hold"`))
	for _, id := range []string{"f-1", "f-2"} {
		talkFound(t, s, id, "account-"+id, jaga.BandReview)
	}
	first, second := int64(1), int64(2)
	if k := append(startedKinds(t, s, first), startedKinds(t, s, second)...); len(k) != 0 {
		t.Fatalf("before: %v", k)
	}
	talkFound(t, s, "f-1", "account-f-1", jaga.BandUrgent)
	if k := startedKinds(t, s, first); !slices.Equal(k, []string{"hold"}) {
		t.Errorf("the finding became urgent: %v", k)
	}
	activeRule(t, s, ruleThat("late", "grooming", jaga.BandReview, `do = "limit_reach"`))
	decideNow(t, s, second)
	talkFound(t, s, "f-2", "account-f-2", jaga.BandReview) // nothing new, and a person has decided
	if k := startedKinds(t, s, second); len(k) != 0 {
		t.Errorf("after the decision: %v", k)
	}
}

// A version that is tried out sends nothing, and its case says what it would
// have done; so does an action that a breaker stops.
func TestRulesThatWouldHave(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_HOOKS_INTERNAL=127.0.0.1", "JAGA_POLICY_RULE_PER_HOUR=1")
		for _, kinds := range [][]string{nil, {action.EventAlarmRules}} {
			if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: fmt.Sprint("forum", len(kinds)), URL: "http://127.0.0.1:1/", Kinds: kinds}); err != nil {
				t.Fatal(err)
			}
		}
		v, err := s.policy.Submit(t.Context(), "person:1", []byte(ruleThat("tried", "grooming", jaga.BandReview, `do = "hold"`, "do = \"webhook\"\nwebhook = \"forum0\"", "do = \"open_case\"\nqueue = \"young\"")))
		if err == nil {
			_, err = s.policy.Promote(t.Context(), "person:1", v.Rule.Name, v.Version, policy.Shadow, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			talkFound(t, s, "f-1", "account-a", jaga.BandReview)
		}
		if got := detailsOf(t, s, 1, "case.action_would"); !slices.Equal(got, []string{"hold shadow tried.1", "webhook shadow tried.1"}) {
			t.Errorf("shadow: %v", got)
		}
		sent := func(kind string) (n int) {
			t.Helper()
			list, err := s.actions.Deliveries(t.Context(), action.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				if d.Kind == kind {
					n++
				}
			}
			return n
		}
		if len(startedIn(t, s, 1)) != 0 || sent("action.webhook") != 0 {
			t.Error("a rule that is tried out did something")
		}
		// One act an hour is allowed; the breaker opens at the second, once, and
		// says so to whoever takes alarms.
		activeRule(t, s, ruleThat("few", "grooming", jaga.BandReview, "do = \"webhook\"\nwebhook = \"forum0\""))
		for i := range 3 {
			talkFound(t, s, fmt.Sprint("g-", i), fmt.Sprint("account-g-", i), jaga.BandReview)
		}
		if n := sent("action.webhook"); n != 1 {
			t.Errorf("%d sent, 1 an hour is allowed", n)
		}
		if n := sent(action.EventAlarmRules); n != 2 { // to both targets
			t.Errorf("%d alarms", n)
		}
		stopped := 0
		for id := int64(2); id <= 4; id++ {
			if slices.Contains(detailsOf(t, s, id, "case.action_would"), "webhook breaker few.1") {
				stopped++
			}
		}
		if stopped != 2 {
			t.Errorf("%d cases say that a breaker stopped it", stopped)
		}
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Each action that a decision can ask for reaches the platform, which says what
// it did; a later decision that it was otherwise takes back what it can.
func TestDecisionsCarryOutAndTakeBack(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		t.Cleanup(srv.Close)
		if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "forum", URL: srv.URL}); err != nil {
			t.Fatal(err)
		}
		activeRule(t, s, ruleThat("young", "grooming", jaga.BandReview, `do = "hold"`, "do = \"webhook\"\nwebhook = \"forum\""))
		talkFound(t, s, "f-1", "account-a", jaga.BandReview)
		upload(t, s, "account-a", knownPicture(t, s, 1))
		decideNow(t, s, 1, "hold", "limit_reach", "warn_target", "remove", "suspend", "keep_evidence")
		if n, err := s.sendDue(t.Context()); n != 6 || err != nil {
			t.Fatalf("%d handed over, %v", n, err)
		}
		kinds := startedKinds(t, s, 1)
		slices.Sort(kinds)
		if want := []string{"hold", "hold", "keep_evidence", "limit_reach", "remove", "suspend", "warn_target", "webhook"}; !slices.Equal(kinds, want) {
			t.Fatalf("started %v", kinds)
		}
		if err := s.work.cases.Reopen(t.Context(), "person:2", 1, "appeal", "they say that it was a lesson"); err != nil {
			t.Fatal(err)
		}
		l, err := s.work.cases.Take(t.Context(), "person:2", 1)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.NotConfirmed, Actions: []string{"keep_evidence"}})
		if err != nil || !d.Final {
			t.Fatal(d, err)
		}
		if n, err := s.sendDue(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d handed over while the decision can be undone, %v", n, err)
		}
		if err := s.db.Update(t.Context(), custody.Event{Actor: "system", Action: "test.clock"}, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE case_outbox SET due_at = 0 WHERE decision_id = $1`, d.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := s.sendDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		undone := map[action.Kind]int{}
		for _, a := range startedIn(t, s, 1) {
			if a.UndoneBy != "" {
				undone[a.Kind]++
			}
			if a.Kind == action.KindUndo && (a.Who != "person:2" || a.Reason != "case.not_confirmed") {
				t.Errorf("%+v", a)
			}
		}
		if fmt.Sprint(undone) != "map[hold:2 limit_reach:1 remove:1 suspend:1 webhook:1]" {
			t.Errorf("taken back: %v", undone)
		}
		if custodyOf(t, s, "action.undo") != 6 {
			t.Error("the log does not say so")
		}
		// All of it arrives.
		deliver(t, s)
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Rules do nothing that cannot be made good again.
func TestRulesDoNotRemove(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	for _, act := range []string{"remove", "suspend"} {
		_, err := s.policy.Submit(t.Context(), "person:1", []byte(ruleThat("r", "grooming", jaga.BandReview, fmt.Sprintf("do = %q", act))))
		if jaga.CodeOf(err) != jaga.CodeInvalid || !strings.Contains(err.Error(), "for people to decide") {
			t.Errorf("%s: %v", act, err)
		}
	}
}
