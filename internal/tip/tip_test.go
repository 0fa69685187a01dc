package tip_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/tip"
)

// words that must stand nowhere but sealed.
const canary = "kanari-5521"

var key = []byte("0123456789abcdef0123456789abcdef")

type world struct {
	*tip.Service
	t     testing.TB
	db    *store.DB
	cases *casework.Service
	now   time.Time
}

func each(t *testing.T, opt tip.Options, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := &world{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
		db, err := store.Open(t.Context(), url, store.Options{Origin: "jaga.test", Now: func() time.Time { return w.now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		w.open(db, opt)
		fn(t, w)
	})
}

func (w *world) open(db *store.DB, opt tip.Options) {
	w.t.Helper()
	var err error
	if w.cases, err = casework.Open(db, casework.Options{Key: key, Second: func(casework.Decision, bool) bool { return false }}); err != nil {
		w.t.Fatal(err)
	}
	opt.Key = key
	if w.Service, err = tip.Open(db, w.cases, opt); err != nil {
		w.t.Fatal(err)
	}
	w.db = db
}

func (w *world) take(r tip.Report) tip.Received {
	w.t.Helper()
	out, err := w.Take(w.t.Context(), "key:1", r)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) findings(id int64) []casework.Linked {
	w.t.Helper()
	list, err := w.cases.Findings(w.t.Context(), id, 0, 500)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) get(id int64) casework.Case {
	w.t.Helper()
	c, _, err := w.cases.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// decide has somebody decide on the case, and the time to undo pass.
func (w *world) decide(person string, id int64, out casework.Outcome) {
	w.t.Helper()
	l, err := w.cases.Take(w.t.Context(), person, id)
	if err == nil {
		err = w.cases.Begin(w.t.Context(), l)
	}
	if err == nil {
		_, err = w.cases.Decide(w.t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("user_report"), Outcome: out})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(10 * time.Minute)
}

func fault(t testing.TB, err error, code jaga.Code, field string) {
	t.Helper()
	var e *jaga.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field || strings.Contains(err.Error(), canary) {
		t.Errorf("%v, want %s %q, without what was sent", err, code, field)
	}
}

func TestReportBecomesACase(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		r := tip.Report{Ref: "r-1", Account: "acc-7", Reporter: "acc-9", Form: jaga.FormGrooming, Text: "They ask odd things " + canary, Content: []string{"post-1"}, Links: []string{"https://platform.example/" + canary}, Conversation: "room-3", Lang: "en"}
		a := w.take(r)
		if a.Joined || a.Repeated() || a.Times != 1 || a.Case == 0 {
			t.Fatalf("%+v", a)
		}
		c := w.get(a.Case)
		if c.Queue != "default" || c.Form != jaga.FormGrooming || c.Band != jaga.BandReview || c.Risk != casework.RiskContact {
			t.Errorf("%+v", c)
		}
		f := w.findings(a.Case)
		if len(f) != 1 || f[0].Kind != casework.KindUser || f[0].Ref != a.ID || f[0].Source != "key:1" || f[0].Account != "acc-7" || !f[0].HasText {
			t.Fatalf("%+v", f)
		}
		text, err := w.cases.FindingText(t.Context(), "person:1", a.Case, f[0].ID)
		if want := "report: r-1\nreporter: acc-9\nchild-safe: unknown\nlanguage: en\ncontent: post-1\nlink: https://platform.example/" + canary + "\n\nThey ask odd things " + canary; err != nil || text != want {
			t.Errorf("%q, %v", text, err)
		}
		// The same platform id has the same answer, whatever came since.
		r2 := r
		r2.Ref, r2.Reporter = "r-2", "acc-10"
		if b := w.take(r2); b.Case != a.Case || !b.Joined || b.Repeated() || b.ID == a.ID {
			t.Errorf("another person's: %+v", b)
		}
		if b := w.take(r); b != a {
			t.Errorf("again %+v, first %+v", b, a)
		}
		r.Text += " more"
		_, err = w.Take(t.Context(), "key:1", r)
		fault(t, err, jaga.CodeConflict, "id")
		// Another platform may have the same ids.
		if b, err := w.Take(t.Context(), "key:2", r); err != nil || b.ID == a.ID {
			t.Errorf("%+v, %v", b, err)
		}
		if err := w.cases.Check(t.Context(), a.Case); err != nil {
			t.Error(err)
		}
	})
}

func TestSaidAgain(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		r := tip.Report{Ref: "r-1", Account: "a", Reporter: "b", Text: "the same", Content: []string{"x", "y"}}
		first := w.take(r)
		for i := int64(2); i < 5; i++ {
			r.Ref, r.Content = fmt.Sprint("r-", i), []string{"y", "x"}
			if again := w.take(r); again.ID != first.ID || again.Times != i || again.Case != first.Case {
				t.Errorf("%+v", again)
			}
		}
		if n := len(w.findings(first.Case)); n != 1 {
			t.Errorf("%d findings", n)
		}
		// More urgent: its case is, too. Nothing that was said is lost.
		r.Ref, r.Safe = "r-5", tip.NotSafe
		if again := w.take(r); again.ID != first.ID {
			t.Errorf("%+v", again)
		}
		if c := w.get(first.Case); c.Risk != casework.RiskImminent || c.Band != jaga.BandUrgent {
			t.Errorf("%+v", c.Status)
		}
		// Something new is a report of its own, and so is what nobody said by name.
		r.Ref, r.Links = "r-6", []string{"https://a.example"}
		if b := w.take(r); b.ID == first.ID {
			t.Errorf("%+v", b)
		}
		x := w.take(tip.Report{Ref: "n-1", Account: "a"})
		if y := w.take(tip.Report{Ref: "n-2", Account: "a"}); y.ID == x.ID || y.Repeated() {
			t.Errorf("%+v %+v", x, y)
		}
		w.now = w.now.Add(8 * 24 * time.Hour)
		r.Ref = "r-7"
		if b := w.take(r); b.Repeated() {
			t.Errorf("after the window: %+v", b)
		}
	})
}

// TestIdempotent: any interleaving of repeated submissions gives one finding for
// each different report, and every submission of an id the same answer.
func TestIdempotent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t}
		w.open(db, tip.Options{PerReporter: 1_000_000, PerAccount: 1_000_000, PerKey: 1_000_000})
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			// A few reports, of which some say the same, sent some times each, in
			// any order and from several at once.
			var reports []tip.Report
			different := map[string]bool{}
			account := fmt.Sprint("acc-", round)
			for i := range rapid.IntRange(1, 5).Draw(rt, "reports") {
				r := tip.Report{Ref: fmt.Sprint(round, "-", i), Account: account, Reporter: rapid.SampledFrom([]string{"p", "q"}).Draw(rt, "reporter"), Text: rapid.SampledFrom([]string{"one", "two"}).Draw(rt, "text")}
				reports = append(reports, r)
				different[r.Reporter+" "+r.Text] = true
			}
			order := rapid.SliceOfN(rapid.IntRange(0, len(reports)-1), len(reports), 12).Draw(rt, "order")
			for i := range reports {
				order = append(order, i) // each at least once
			}
			workers := rapid.IntRange(1, 4).Draw(rt, "workers")
			var mu sync.Mutex
			answers := map[string]tip.Received{}
			var all sync.WaitGroup
			for n := range workers {
				all.Go(func() {
					for i := n; i < len(order); i += workers {
						r := reports[order[i]]
						got, err := w.Take(context.Background(), "key:1", r)
						mu.Lock()
						if had, again := answers[r.Ref]; err != nil || again && had != got {
							rt.Errorf("%s: %+v, then %+v, %v", r.Ref, had, got, err)
						}
						answers[r.Ref] = got
						mu.Unlock()
					}
				})
			}
			all.Wait()
			ids, cases := map[string]bool{}, map[int64]bool{}
			for _, a := range answers {
				ids[a.ID], cases[a.Case] = true, true
			}
			if len(ids) != len(different) || len(cases) != 1 {
				rt.Fatalf("%d findings in %d cases, want %d in one", len(ids), len(cases), len(different))
			}
			for id := range cases {
				if n := len(w.findings(id)); n != len(different) {
					rt.Fatalf("%d findings, want %d", n, len(different))
				}
				if c, err := w.Crowd(context.Background(), id); err != nil || c.Reports != int64(len(reports)) || c.Different != int64(len(different)) {
					rt.Fatalf("%+v, %v", c, err)
				}
			}
		})
	})
}

func TestFloods(t *testing.T) {
	each(t, tip.Options{PerKey: 30, PerAccount: 10, PerReporter: 3}, func(t *testing.T, w *world) {
		send := func(n int, account, reporter string, safe tip.Safe) error {
			_, err := w.Take(t.Context(), "key:1", tip.Report{Ref: fmt.Sprint("r-", n), Account: account, Reporter: reporter, Safe: safe, Text: fmt.Sprint("words ", n)})
			return err
		}
		n := 0
		for range 3 {
			if n++; send(n, fmt.Sprint("x", n), "loud", "") != nil {
				t.Fatal("refused too early")
			}
		}
		fault(t, send(99, "y", "loud", tip.NotSafe), jaga.CodeBusy, "reporter")
		// A brigade: many against one, of whom the first ten are taken.
		var busy int
		for i := range 15 {
			n++
			if err := send(n, "target", fmt.Sprint("p", i), ""); err != nil {
				fault(t, err, jaga.CodeBusy, "account")
				busy++
			}
		}
		if busy != 5 {
			t.Errorf("%d of 15 refused", busy)
		}
		// One that says that a child is in danger comes through, and what was
		// taken before has its answer still.
		if err := send(500, "target", "neighbour", tip.NotSafe); err != nil {
			t.Error(err)
		}
		if err := send(5, "target", "p1", ""); err != nil {
			t.Errorf("sent again: %v", err)
		}
		for ; n < 200; n++ {
			if err := send(1000+n, fmt.Sprint("z", n), "", ""); err != nil {
				fault(t, err, jaga.CodeBusy, "key")
				break
			}
		}
		if n >= 100 {
			t.Error("a key has no limit")
		}
		w.now = w.now.Add(61 * time.Minute)
		if err := send(2000, "new", "", ""); err != nil {
			t.Errorf("after an hour: %v", err)
		}
		w.now = w.now.Add(24 * time.Hour)
		if err := send(2001, "target", "loud", ""); err != nil {
			t.Errorf("after a day: %v", err)
		}
	})
}

// TestABrigadeIsSeenAndNotWeighed: 60 people report one account; the case says
// so and is no more urgent than one report would have made it.
func TestABrigadeIsSeenAndNotWeighed(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		var last tip.Received
		for i := range 60 {
			w.now = w.now.Add(3 * time.Minute)
			last = w.take(tip.Report{Ref: fmt.Sprint("r-", i), Account: "target", Reporter: fmt.Sprint("p-", i%40), Text: fmt.Sprint("words ", i)})
		}
		c := w.get(last.Case)
		if c.Band != jaga.BandReview || c.Risk != casework.RiskNew || c.Findings != 60 {
			t.Errorf("%+v", c)
		}
		crowd, err := w.Crowd(t.Context(), last.Case)
		if err != nil || crowd.Reports != 60 || crowd.Reporters != 40 || crowd.Unnamed != 0 || crowd.Different != 60 || len(crowd.Hours) < 3 || crowd.Busiest > 20 || crowd.Last-crowd.First != (59*3*time.Minute).Microseconds() {
			t.Errorf("%+v, %v", crowd, err)
		}
		one := w.take(tip.Report{Ref: "other", Account: "somebody"})
		most, err := w.MostReported(t.Context(), nil, 1)
		if err != nil || len(most) != 1 || most[0] != (tip.Reported{Case: last.Case, Times: 60}) {
			t.Errorf("%+v, %v", most, err)
		}
		if most, err = w.MostReported(t.Context(), &most[0], 5); err != nil || len(most) != 1 || most[0].Case != one.Case {
			t.Errorf("%+v, %v", most, err)
		}
		if n, err := w.Counts(t.Context(), []int64{last.Case, one.Case, 999}); err != nil || n[last.Case] != 60 || n[one.Case] != 1 || len(n) != 2 {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

func TestStatusAndAppeal(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.take(tip.Report{Ref: "r", Account: "a", Text: "words"})
		stage := func(want tip.Stage) {
			t.Helper()
			if s, err := w.Status(ctx, "key:1", a.ID); err != nil || s.Stage != want || s.Case != a.Case {
				t.Errorf("%+v, %v; want %s", s, err, want)
			}
		}
		stage(tip.StageReceived)
		_, err := w.Status(ctx, "key:2", a.ID)
		fault(t, err, jaga.CodeNotFound, "id")
		appeal := tip.Appeal{Ref: "ap-1", Text: "It was a game " + canary}
		fault(t, w.Appeal(ctx, "key:1", false, a.Case, appeal), jaga.CodeConflict, "case")
		w.decide("person:1", a.Case, casework.NotConfirmed)
		stage(tip.StageDecided)
		if r, ok, err := w.cases.Ruling(ctx, a.Case); err != nil || !ok || r.Outcome != casework.NotConfirmed || len(r.Derived.Results) == 0 {
			t.Errorf("%+v %v %v", r, ok, err)
		}
		fault(t, w.Appeal(ctx, "key:2", false, a.Case, appeal), jaga.CodeNotFound, "case")
		fault(t, w.Appeal(ctx, "key:1", true, 999, appeal), jaga.CodeNotFound, "case")
		for range 3 { // the same appeal is one
			if err := w.Appeal(ctx, "key:1", false, a.Case, appeal); err != nil {
				t.Fatal(err)
			}
		}
		stage(tip.StageInReview)
		if c := w.get(a.Case); c.Cycle != 2 || c.Outcome != "" {
			t.Errorf("%+v", c)
		}
		if _, ok, err := w.cases.Ruling(ctx, a.Case); ok || err != nil {
			t.Errorf("a ruling while an appeal is looked at: %v", err)
		}
		// Somebody else decides.
		if _, err := w.cases.Take(ctx, "person:1", a.Case); err == nil {
			t.Error("the same person has it again")
		}
		fault(t, w.Appeal(ctx, "key:1", false, a.Case, tip.Appeal{Ref: "ap-1", Text: "else"}), jaga.CodeConflict, "id")
		fault(t, w.Appeal(ctx, "key:1", false, a.Case, tip.Appeal{Ref: "ap-2", Text: "else"}), jaga.CodeConflict, "case")
		w.decide("person:2", a.Case, casework.Undetermined)
		if err := w.cases.Close(ctx, "person:2", a.Case); err != nil {
			t.Fatal(err)
		}
		stage(tip.StageClosed)
		w.holdsNoWords()
	})
}

func TestBadReports(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		good := tip.Report{Ref: "r", Account: "a"}
		for field, spoil := range map[string]func(*tip.Report){
			"id":           func(r *tip.Report) { r.Ref = "" },
			"account":      func(r *tip.Report) { r.Account = canary + "\x00" },
			"reporter":     func(r *tip.Report) { r.Reporter = canary + "\nreporter: x" },
			"form":         func(r *tip.Report) { r.Form = canary },
			"child_safe":   func(r *tip.Report) { r.Safe = canary },
			"text":         func(r *tip.Report) { r.Text = strings.Repeat("ä", 8001) },
			"links[1]":     func(r *tip.Report) { r.Links = []string{"x", canary + "\r"} },
			"content[0]":   func(r *tip.Report) { r.Content = []string{""} },
			"items":        func(r *tip.Report) { r.Items = make([]string, 51) },
			"conversation": func(r *tip.Report) { r.Conversation = strings.Repeat(canary, 100) },
			"language":     func(r *tip.Report) { r.Lang = strings.Repeat(canary, 9) },
			"at":           func(r *tip.Report) { r.At = w.now.Add(48 * time.Hour) },
		} {
			r := good
			spoil(&r)
			_, err := w.Take(t.Context(), "key:1", r)
			fault(t, err, jaga.CodeInvalid, field)
		}
		good.Text = strings.Repeat("ä", 8000)
		w.take(good)
	})
}

// holdsNoWords reads every row of the tables and of the log.
func (w *world) holdsNoWords() {
	w.t.Helper()
	for _, table := range []string{"tip_reports", "tip_sent", "tip_cases", "tip_appeals", "tip_calls", "tip_drafts", "case_findings", "case_events", "cases", "custody_records"} {
		if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
			q := `SELECT CAST(x AS TEXT) FROM ` + table + ` AS x`
			if w.db.Engine() == "sqlite" {
				cols, err := store.All[string](tx, `SELECT group_concat('quote("' || name || '")', ' || '' '' || ') FROM pragma_table_info($1)`, table)
				if err != nil {
					return err
				}
				if len(cols) == 0 || cols[0] == "" {
					return fmt.Errorf("no table %s", table)
				}
				q = `SELECT ` + cols[0] + ` FROM ` + table
			}
			rows, err := store.All[string](tx, q)
			for _, r := range rows {
				if strings.Contains(r, canary) || strings.Contains(r, fmt.Sprintf("%x", canary)) || strings.Contains(r, fmt.Sprintf("%X", canary)) {
					w.t.Errorf("%s holds what was said: %s", table, r)
				}
			}
			return err
		}); err != nil {
			w.t.Errorf("%s: %v", table, err)
		}
	}
}

func TestCall(t *testing.T) {
	each(t, tip.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := tip.Call{Safe: tip.NotSafe, Country: "ID", Relation: "parent", Reach: "after six, " + canary, What: "Somebody writes to my child. " + canary, ChildAge: "10-12", OtherAge: "adult",
			Platform: "Game", Accounts: []string{"Night " + canary}, Links: []string{"https://game.example/p/77" + canary}, Wants: []string{"advice"}, CallBack: w.now.Add(2 * time.Hour), Form: jaga.FormGrooming, Same: []int64{4}}
		if err := w.SaveDraft(ctx, "person:3", map[string][]string{"what": {canary}}); err != nil {
			t.Fatal(err)
		}
		if d, ok, err := w.Draft(ctx, "person:3"); err != nil || !ok || d.Fields["what"][0] != canary {
			t.Errorf("%+v %v %v", d, ok, err)
		}
		if _, ok, err := w.Draft(ctx, "person:4"); ok || err != nil {
			t.Errorf("somebody else has the draft: %v", err)
		}
		k, err := w.Save(ctx, "person:3", "form-0001", c)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.Save(ctx, "person:3", "form-0001", c); err != nil || again.ID != k.ID || again.Number != k.Number {
			t.Errorf("%+v, %v", again, err)
		}
		if _, ok, err := w.Draft(ctx, "person:3"); ok || err != nil {
			t.Errorf("the draft is still there: %v", err)
		}
		cs := w.get(k.Case)
		if cs.Queue != "hotline" || cs.Band != jaga.BandUrgent || cs.Risk != casework.RiskImminent || cs.DueAt != c.CallBack.UnixMicro() || cs.Path != "" {
			t.Errorf("%+v", cs)
		}
		if got, err := w.Read(ctx, "person:3", k.ID); err != nil || got.What != c.What || got.Reach != c.Reach || !got.CallBack.Equal(c.CallBack) {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = w.Read(ctx, "person:4", k.ID)
		fault(t, err, jaga.CodeNotFound, "call")
		// The same account and the same link are found, by those who may read the queue.
		for _, names := range [][]string{{"night " + canary}, {"https://game.example/p/77" + canary}} {
			if list, err := w.Similar(ctx, false, []string{"hotline"}, names); err != nil || len(list) != 1 || list[0].ID != k.Case {
				t.Errorf("%q: %+v, %v", names, list, err)
			}
			if list, err := w.Similar(ctx, false, []string{"default"}, names); err != nil || len(list) != 0 {
				t.Errorf("%q in another queue: %+v, %v", names, list, err)
			}
			if list, err := w.Similar(ctx, false, nil, names); err != nil || len(list) != 0 {
				t.Errorf("%q without rights: %+v, %v", names, list, err)
			}
		}
		if list, err := w.Similar(ctx, true, nil, []string{"", "x", "…", "somebody else"}); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		for range 2 {
			if err := w.Called(ctx, "person:3", k.ID); err != nil {
				t.Fatal(err)
			}
		}
		if cs = w.get(k.Case); cs.DueAt != 0 {
			t.Errorf("still due: %+v", cs)
		}
		if h, err := w.Head(ctx, "person:3", k.ID); err != nil || h.Waits() || h.CalledAt == 0 {
			t.Errorf("%+v, %v", h, err)
		}
		// Between children: support first. The urgency stays as it is.
		peers := tip.Call{Safe: tip.SafeUnknown, What: "two children", ChildAge: "10-12", OtherAge: "13-15"}
		p, err := w.Save(ctx, "person:3", "form-0002", peers)
		if err != nil {
			t.Fatal(err)
		}
		if cs := w.get(p.Case); cs.Path != casework.PathWelfare || cs.Band != jaga.BandReview || cs.ID == k.Case {
			t.Errorf("%+v", cs)
		}
		if list, err := w.Calls(ctx, "person:3", 10); err != nil || len(list) != 2 || list[0].ID != p.ID {
			t.Errorf("%+v, %v", list, err)
		}
		for field, spoil := range map[string]func(*tip.Call){
			"safe":      func(c *tip.Call) { c.Safe = "" },
			"what":      func(c *tip.Call) { c.What = " " },
			"relation":  func(c *tip.Call) { c.Relation = canary },
			"child_age": func(c *tip.Call) { c.ChildAge = canary },
			"reach":     func(c *tip.Call) { c.Reach = strings.Repeat(canary, 50) },
			"links":     func(c *tip.Call) { c.Links = []string{strings.Repeat(canary, 400)} },
			"call_back": func(c *tip.Call) { c.CallBack = w.now.Add(-48 * time.Hour) },
			"wants":     func(c *tip.Call) { c.Wants = []string{canary} },
		} {
			bad := c
			spoil(&bad)
			_, err := w.Save(ctx, "person:3", "form-0003", bad)
			fault(t, err, jaga.CodeInvalid, field)
		}
		if err := w.SaveDraft(ctx, "person:3", map[string][]string{"what": {canary}}); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(31 * 24 * time.Hour)
		w.holdsNoWords()
		if n, err := w.Tend(ctx); err != nil || n != 1 {
			t.Errorf("%d drafts removed, %v", n, err)
		}
	})
}
