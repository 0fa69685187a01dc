package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// world is a service on a database.
type world struct {
	t      *testing.T
	db     *store.DB
	s      *policy.Service
	alarms []policy.Breaker
}

func each(t *testing.T, limits policy.Limits, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t, db: db}
		s, err := policy.Open(t.Context(), db, policy.Options{Key: [32]byte{1}, Limits: limits, Zone: time.UTC, Alarm: func(_ *store.Tx, b policy.Breaker) error {
			w.alarms = append(w.alarms, b)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.s = s
		fn(t, w)
	})
}

func (w *world) submit(actor, text string) policy.Standing {
	w.t.Helper()
	st, err := w.s.Submit(w.t.Context(), actor, []byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

func (w *world) promote(actor, rule string, version int64, to policy.State, share int64) {
	w.t.Helper()
	if _, err := w.s.Promote(w.t.Context(), actor, rule, version, to, share); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) approve(actor, rule string, version int64) {
	w.t.Helper()
	if _, err := w.s.Approve(w.t.Context(), actor, rule, version); err != nil {
		w.t.Fatal(err)
	}
}

// activate brings a rule all the way.
func (w *world) activate(text string) policy.Standing {
	w.t.Helper()
	st := w.submit("person:1", text)
	w.promote("person:1", st.Rule.Name, st.Version, policy.Shadow, 0)
	w.promote("person:1", st.Rule.Name, st.Version, policy.Active, 0)
	w.approve("person:2", st.Rule.Name, st.Version)
	return st
}

func (w *world) decide(f policy.Facts) (r policy.Result) {
	w.t.Helper()
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) {
		r, err = w.s.Decide(w.t.Context(), tx, &f)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) state(rule string, version int64) policy.State {
	w.t.Helper()
	list, err := w.s.Versions(w.t.Context(), rule)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range list {
		if v.Version == version {
			return v.State
		}
	}
	w.t.Fatalf("no version %d of %s", version, rule)
	return ""
}

// trail is the actions about a subject in the custody log.
func (w *world) trail(subject string) (out []string) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		list, err := store.CustodyTrail(tx, subject, 100)
		for _, r := range list {
			out = append(out, r.Action)
			if strings.Contains(r.Detail, "threaten") || strings.Contains(r.Detail, "mistake") {
				w.t.Errorf("the record holds what somebody wrote: %s", r.Detail)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func denied(t *testing.T, what string, code jaga.Code, err error) {
	t.Helper()
	if jaga.CodeOf(err) != code {
		t.Errorf("%s: %v, want the code %s", what, err, code)
	}
}

var sextortion = policy.Facts{Form: policy.Known("sextortion"), Band: policy.Known(jaga.BandReview), Account: policy.Account{ID: policy.Known("acc-1"), AgeDays: policy.Known(int64(2))}}

func TestARuleGoesItsWay(t *testing.T) {
	each(t, policy.Limits{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		st := w.submit("person:1", threat)
		name := st.Rule.Name
		if r := w.decide(sextortion); len(r.Wanted) != 1 || r.Wanted[0].Queue != "default" {
			t.Errorf("a draft acts: %+v", r.Wanted)
		}
		_, err := w.s.Promote(ctx, "person:1", name, 1, policy.Active, 0)
		denied(t, "from draft to active", jaga.CodeConflict, err)
		w.promote("person:1", name, 1, policy.Shadow, 0)
		if r := w.decide(sextortion); len(r.Wanted) != 1 || len(r.Decisions) != 2 {
			t.Errorf("in shadow: %+v", r)
		}
		_, err = w.s.Approve(ctx, "person:2", name, 1)
		denied(t, "approval that nobody asked for", jaga.CodeConflict, err)
		_, err = w.s.Promote(ctx, "person:1", name, 1, policy.Canary, 0)
		denied(t, "a canary of nobody", jaga.CodeInvalid, err)
		w.promote("person:3", name, 1, policy.Canary, 999)
		for _, who := range []string{"person:1", "person:3", "key:2", "local", "system", ""} {
			_, err = w.s.Approve(ctx, who, name, 1)
			denied(t, "approval by "+who, jaga.CodeDenied, err)
		}
		if w.state(name, 1) != policy.Shadow {
			t.Error("it acts before it was approved")
		}
		w.approve("person:2", name, 1)
		if w.state(name, 1) != policy.Canary {
			t.Error("it is no canary")
		}
		if r := w.decide(sextortion); !slices.ContainsFunc(r.Wanted, func(x policy.Wanted) bool { return x.Do == policy.Hold && x.Rule == name && x.Version == 1 }) {
			t.Errorf("the canary does not act: %+v", r.Wanted)
		}
		w.promote("person:1", name, 1, policy.Active, 0)
		w.approve("person:2", name, 1)
		// A second version takes the place of the first, and gives it back.
		w.submit("person:1", strings.Replace(threat, `do = "hold"`, `do = "limit_reach"`, 1))
		w.promote("person:1", name, 2, policy.Shadow, 0)
		if w.state(name, 1) != policy.Active {
			t.Error("the active version gave way to a shadow")
		}
		w.promote("person:1", name, 2, policy.Active, 0)
		w.approve("person:2", name, 2)
		if w.state(name, 1) != policy.Retired || w.state(name, 2) != policy.Active {
			t.Error("the new version did not take the place of the old one")
		}
		_, err = w.s.Rollback(ctx, "person:1", name, " ")
		denied(t, "rolling back without a reason", jaga.CodeInvalid, err)
		if _, err := w.s.Rollback(ctx, "person:1", name, "it was a mistake"); err != nil {
			t.Fatal(err)
		}
		if w.state(name, 1) != policy.Active || w.state(name, 2) != policy.Retired {
			t.Error("rolled back, but the old version does not act")
		}
		if r := w.decide(sextortion); !slices.ContainsFunc(r.Wanted, func(x policy.Wanted) bool { return x.Do == policy.Hold && x.Version == 1 }) {
			t.Errorf("after rolling back: %+v", r.Wanted)
		}
		want := []string{"rule.submit", "rule.shadow", "rule.ask", "rule.approve", "rule.ask", "rule.approve", "rule.submit", "rule.shadow", "rule.ask", "rule.approve", "rule.rollback"}
		if got := w.trail(policy.Subject(name)); !slices.Equal(got, want) {
			t.Errorf("the custody log has %v, want %v", got, want)
		}
		if _, err := w.db.VerifyCustody(ctx, storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestShippedRulesTakeTwoToSwitchOff(t *testing.T) {
	each(t, policy.Limits{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		name := policy.Shipped()[0].Name
		_, err := w.s.Rollback(ctx, "person:1", name, "test")
		denied(t, "rolling back a shipped rule", jaga.CodeConflict, err)
		w.promote("person:1", name, 1, policy.Retired, 0)
		if w.state(name, 1) != policy.Active {
			t.Error("one person switched it off")
		}
		if _, err := w.s.Decline(ctx, "person:2", name, 1, "we need it"); err != nil {
			t.Fatal(err)
		}
		w.promote("person:1", name, 1, policy.Retired, 0)
		w.approve("person:2", name, 1)
		if w.state(name, 1) != policy.Retired {
			t.Error("two people could not switch it off")
		}
		// Opening the service again must not bring it back.
		if _, err := policy.Open(ctx, w.db, policy.Options{}); err != nil {
			t.Fatal(err)
		}
		if w.state(name, 1) != policy.Retired {
			t.Error("it came back by itself")
		}
		_, err = w.s.Submit(ctx, "person:1", []byte(policy.Format(policy.Shipped()[0])))
		denied(t, "submitting in the program's name", jaga.CodeInvalid, err)
	})
}

// TestFlood checks that a rule which fires for everything is stopped, that the
// findings go on to people, that somebody is told once, and that only a person
// closes the breaker.
func TestFlood(t *testing.T) {
	each(t, policy.Limits{PerHour: 10, PerDay: 15, Share: 1}, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.activate(strings.Replace(threat, "per_hour = 20", "per_day = 1000", 1))
		const rule = "new-account-threat"
		held, cases := 0, 0
		for i := range 300 {
			f := sextortion
			f.Account.ID = policy.Known(fmt.Sprint("acc-", i))
			r := w.decide(f)
			for _, x := range r.Wanted {
				switch x.Do {
				case policy.Hold:
					held++
				case policy.OpenCase:
					if x.Queue == "sextortion" {
						cases++
					}
				}
			}
			if i >= 10 && (len(r.Stopped) != 1 || r.Stopped[0].Note != policy.NoteBreaker || r.Stopped[0].Do != policy.Hold) {
				t.Fatalf("finding %d: stopped %+v", i, r.Stopped)
			}
		}
		if held != 10 || cases != 300 {
			t.Errorf("held %d, want 10; %d findings went to people, want 300", held, cases)
		}
		if len(w.alarms) != 1 || w.alarms[0].What != "rule:"+rule || w.alarms[0].Why != "hour" || w.alarms[0].Most != 10 {
			t.Errorf("told: %+v", w.alarms)
		}
		for _, who := range []string{"key:1", "local", "system"} {
			denied(t, "closed by "+who, jaga.CodeDenied, w.s.CloseBreaker(ctx, who, "rule:"+rule, "looked at it"))
		}
		denied(t, "another breaker", jaga.CodeNotFound, w.s.CloseBreaker(ctx, "person:1", "rule:other", "looked at it"))
		if err := w.s.CloseBreaker(ctx, "person:1", "rule:"+rule, "looked at it"); err != nil {
			t.Fatal(err)
		}
		// The hour is still used up, so it opens at once.
		w.decide(sextortion)
		if open, err := w.s.Breakers(ctx); err != nil || len(open) != 1 || len(w.alarms) != 2 {
			t.Errorf("%v, %v, told %d times", open, err, len(w.alarms))
		}
		if got := w.trail("rule:" + rule); !slices.Contains(got, "rule.breaker_open") || !slices.Contains(got, "rule.breaker_close") {
			t.Errorf("the custody log has %v", got)
		}
		h, err := w.s.Counts(ctx, rule, time.Now().Add(-2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var sum policy.Hour
		for _, x := range h {
			sum.Fired, sum.Acted, sum.Stopped = sum.Fired+x.Fired, sum.Acted+x.Acted, sum.Stopped+x.Stopped
		}
		if sum.Fired != 301 || sum.Acted != 10 || sum.Stopped != 291 {
			t.Errorf("counted %+v", sum)
		}
	})
}

// TestShareOfTrafficOpensTheBreaker has a rule that fires for half of what
// comes in, within its numbers.
func TestShareOfTrafficOpensTheBreaker(t *testing.T) {
	each(t, policy.Limits{PerHour: 10_000, PerDay: 10_000, Share: 0.3}, func(t *testing.T, w *world) {
		w.activate(strings.Replace(threat, "per_hour = 20", "", 1))
		for i := range 120 {
			f := sextortion
			if i%2 == 0 {
				f.Form = policy.Known("grooming")
			}
			w.decide(f)
		}
		if len(w.alarms) != 1 || w.alarms[0].Why != "share" || w.alarms[0].Most != 300 {
			t.Errorf("told: %+v", w.alarms)
		}
	})
}

// TestOneActionOverAllRulesHasABreaker lets two rules share it.
func TestOneActionOverAllRulesHasABreaker(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, err := policy.Open(t.Context(), db, policy.Options{PerAction: policy.Limits{PerHour: 5}})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, db: db, s: s}
		w.activate(threat)
		w.activate(strings.Replace(threat, `name = "new-account-threat"`, `name = "second-threat"`, 1))
		held := 0
		for range 8 {
			for _, x := range w.decide(sextortion).Wanted {
				if x.Do == policy.Hold {
					held++
				}
			}
		}
		open, err := s.Breakers(t.Context())
		if held != 5 || err != nil || len(open) != 1 || open[0].What != "act:hold" {
			t.Errorf("held %d, open %v, %v", held, open, err)
		}
	})
}

// TestCountsAndFindingsAgree lets a transaction fail after its decision: then
// nothing was counted either.
func TestCountsAndFindingsAgree(t *testing.T) {
	each(t, policy.Limits{}, func(t *testing.T, w *world) {
		failed := fmt.Errorf("the finding could not be stored")
		err := w.db.Bulk(t.Context(), func(tx *store.Tx) error {
			if _, err := w.s.Decide(t.Context(), tx, &sextortion); err != nil {
				return err
			}
			return failed
		})
		if err != failed {
			t.Fatal(err)
		}
		if h, err := w.s.Counts(t.Context(), "", time.Now().Add(-time.Hour)); err != nil || len(h) != 0 {
			t.Errorf("%v, %v", h, err)
		}
	})
}

// TestAnotherProcessSeesAChangeAtOnce has two services on one database.
func TestAnotherProcessSeesAChangeAtOnce(t *testing.T) {
	each(t, policy.Limits{}, func(t *testing.T, w *world) {
		other, err := policy.Open(t.Context(), w.db, policy.Options{Key: [32]byte{1}})
		if err != nil {
			t.Fatal(err)
		}
		second := &world{t: t, db: w.db, s: other}
		second.decide(sextortion)
		w.activate(threat)
		if r := second.decide(sextortion); len(r.Decisions) != 2 {
			t.Errorf("%+v", r.Decisions)
		}
	})
}

func finding(band jaga.Band, from string, minutes int) (string, time.Time) {
	f := convo.Finding{Conversation: "room", Form: jaga.FormSextortion, Band: band, From: from, To: "b", FromAge: "adult", ToAge: "13-15", Power: []string{"age"},
		Because: []convo.Reason{{Indicator: "S-04", Count: 2}}, Against: []convo.Reason{}, NotChecked: []convo.NotChecked{{Indicator: "G-03", Needs: []string{"age_band"}}}}
	text, _ := json.Marshal(f)
	return string(text), time.Now().Add(-time.Duration(minutes) * time.Minute)
}

func (w *world) findings(n int) {
	w.t.Helper()
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) error {
		for i := range n {
			band := jaga.BandReview
			if i%3 == 0 {
				band = jaga.BandUrgent
			}
			text, at := finding(band, fmt.Sprint("acc-", i%4), n-i)
			if _, err := tx.Exec(`INSERT INTO talk_findings (id, conversation, account, target, form, band, source, at, updated_at, finding, excerpt) VALUES ($1, $2, $3, 'b', 'sextortion', $4, 'key:1', $5, $5, $6, $7)`,
				fmt.Sprintf("01900000-0000-7000-8000-%012d", i), fmt.Sprint("room-", i), fmt.Sprint("acc-", i%4), int64(band), at.UnixMicro(), text, []byte{}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO items (id, at, source, ref, kind, type, bytes, width, height, orientation, author, audience, state, band, outcome) VALUES ('01900000-0000-7000-9000-000000000001', $1, 'key:1', '', 'image', '', 1, 1, 1, 1, 'acc-1', '', 'not_checked', 0, $2)`,
			tx.Now(), `{"state":"not_checked","band":"none","findings":[],"matches":[],"checked":[],"skipped":[{"detector":"pdq","why":"too_big"}]}`)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// again is a rule about what was found before.
const again = `
name = "again-within-a-day"
owner = "person:1"
reason = "An account about which there were findings before is looked at first."
when = 'account.earlier.filter(e, e.form == "sextortion" && e.hours_ago < 24).size() >= %d'

[[then]]
do = "raise"
band = "urgent"

[[test]]
name = "%[1]d before"
expect = "fires"
facts = { account = { earlier = [{ form = "sextortion", hours_ago = 1 }, { form = "sextortion", hours_ago = 2 }, { form = "sextortion", hours_ago = 3 }] } }

[[test]]
name = "none before"
expect = "does not fire"
facts = { account = { earlier = [] } }
`

func TestBacktestAndDiff(t *testing.T) {
	each(t, policy.Limits{}, func(t *testing.T, w *world) {
		w.findings(450) // more than one page
		w.submit("person:1", fmt.Sprintf(again, 3))
		w.submit("person:1", fmt.Sprintf(again, 2))
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		id, err := w.s.StartBacktest(ctx, "person:1", "again-within-a-day", 1, 2, time.Now().AddDate(0, 0, -30))
		if err != nil {
			t.Fatal(err)
		}
		worked := make(chan struct{})
		go func() {
			defer close(worked)
			_ = w.db.Work(ctx, 1, map[string]store.Handler{policy.BacktestJob: w.s.BacktestWork})
		}()
		var b policy.Backtest
		for range 600 {
			if b, err = w.s.Backtest(ctx, id); err != nil {
				t.Fatal(err)
			}
			if b.FinishedAt != 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		stop()
		<-worked
		f := b.Found
		if f == nil || b.Fault != "" {
			t.Fatalf("%+v", b)
		}
		// Of each of four accounts the first three findings, or two, have too
		// few before them. The item's account has many.
		if f.Looked != 451 || f.FiredBefore != 450-4*3+1 || f.FiredAfter != 450-4*2+1 || f.NewlyFired != 4 || f.NoLongerFired != 0 || len(f.Newly) != 4 || f.UndecidedAfter != 0 || f.Unread != 0 {
			t.Errorf("%+v", *f)
		}
		ids := []string{}
		for _, e := range f.Newly {
			ids = append(ids, e.ID[len(e.ID)-2:])
			if !e.Talk || e.Form != "sextortion" {
				t.Errorf("%+v", e)
			}
		}
		if !slices.Equal(ids, []string{"11", "10", "09", "08"}) {
			t.Errorf("newly fired: %v", ids)
		}
		var days int64
		for _, d := range f.Days {
			days += d.After
		}
		if days != f.FiredAfter {
			t.Errorf("the days add up to %d, want %d", days, f.FiredAfter)
		}
		why, err := w.s.Explain(t.Context(), "again-within-a-day", 2, f.Newly[0].ID)
		if err != nil || len(why) != 1 || why[0].Answer != policy.Fires || len(why[0].Because) == 0 {
			t.Errorf("%+v, %v", why, err)
		}
		_, err = w.s.Explain(t.Context(), "again-within-a-day", 2, "no-such")
		denied(t, "explaining nothing", jaga.CodeNotFound, err)
		_, err = w.s.StartBacktest(t.Context(), "person:1", "again-within-a-day", 0, 9, time.Now())
		denied(t, "a version that is not there", jaga.CodeNotFound, err)
	})
}

// TestFactsOfWhatIsStored checks what a stored finding tells a rule, and what
// it leaves unknown.
func TestFactsOfWhatIsStored(t *testing.T) {
	t.Parallel()
	text, at := finding(jaga.BandReview, "a", 0)
	var f convo.Finding
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	got := policy.OfTalk("key:1", at, f, time.UTC)
	for when, want := range map[string]policy.Answer{
		`form == "sextortion" && kind == "conversation" && source.id == "key:1" && account.id == "a"`: policy.Fires,
		`pair.to_minor && !pair.from_minor && pair.from_age_min == 18 && pair.to_age_max == 15`:       policy.Fires,
		`"age" in pair.power && !pair.welfare && complete && not_checked == ["G-03:age_band"]`:        policy.Fires,
		`indicators.exists(i, i.id == "S-04" && i.count == 2) && counter.size() == 0`:                 policy.Fires,
		`indicators.exists(i, i.id == "S-04" && i.minutes_ago < 60)`:                                  policy.Undecided,
		`pair.from_age_max < 30`: policy.Undecided, `pair.relation == "stranger"`: policy.Undecided, `matches.size() == 0`: policy.Undecided, `account.age_days < 7`: policy.Undecided,
		`account.earlier_cases == 0`: policy.Undecided, `reports.by_target`: policy.Undecided,
	} {
		c, err := policy.Lint(rule("q", when, policy.Action{Do: policy.Hold}))
		if err != nil {
			t.Fatal(err)
		}
		if v := c.Ask(&got); v.Answer != want {
			t.Errorf("%s: %+v, want %s", when, v, want)
		}
	}
	// A file that could not be looked at has no matches that are known.
	item := policy.OfItem(jaga.Item{Kind: jaga.KindImage, At: at}, jaga.Outcome{Skipped: []jaga.Skip{{Detector: jaga.DetectorPDQ, Why: jaga.WhyTooBig}}}, nil, time.UTC)
	if _, known := item[0].Matches.Get(); known {
		t.Error("nothing was compared, but the matches are known")
	}
	if c, _ := item[0].Complete.Get(); c {
		t.Error("nothing was compared, but it is complete")
	}
}
