package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// reporting is a world whose laws know two receivers, and have a clock each.
func reporting(change func(*casework.Options)) casework.Options {
	names := map[string]string{"us/ncmec": "CyberTipline", "uk/nca": "The portal"}
	opt := casework.Options{
		Clocks: func(_ casework.Finding, now time.Time) (out []casework.Clock) {
			for _, p := range []string{"us", "uk"} {
				out = append(out, casework.Clock{What: casework.ClockSendBy, Profile: p, Start: now, Due: now.Add(24 * time.Hour)})
			}
			return out
		},
		Receiver:      func(p, r string) (string, bool) { name, ok := names[p+"/"+r]; return name, ok },
		KeepReference: func(sent time.Time) time.Time { return sent.AddDate(5, 0, 0) },
	}
	if change != nil {
		change(&opt)
	}
	return opt
}

// wanting is a case on which people decided that a report is to be filed.
func (w *world) wanting(people ...string) int64 {
	w.t.Helper()
	a := w.add(nil)
	for _, p := range people {
		_, err := w.s.Decide(w.t.Context(), w.next(p), decision(casework.Confirmed, "report", "keep_evidence"))
		w.must(err)
	}
	return a.Case
}

func (w *world) report(id, n int64) casework.Report {
	w.t.Helper()
	list, err := w.s.Reports(w.t.Context(), id)
	w.must(err)
	for _, r := range list {
		if r.ID == n {
			return r
		}
	}
	w.t.Fatalf("case %d has no report %d", id, n)
	return casework.Report{}
}

func (w *world) fault(err error, code jaga.Code, field string) {
	w.t.Helper()
	e, ok := err.(*jaga.Error)
	if !ok || e.Code != code || e.Field != field {
		w.t.Errorf("%v, want %s of %s", err, code, field)
	}
}

func (w *world) runningClocks(id int64) (out []string) {
	w.t.Helper()
	list, err := w.s.Clocks(w.t.Context(), id)
	w.must(err)
	for _, c := range list {
		if c.Runs() {
			out = append(out, c.What+" "+c.Profile)
		}
	}
	return out
}

// A person reports what two people decided on: the outbox, the state, the receipt
// and the clocks follow.
func TestAReportOfAPerson(t *testing.T) {
	t.Parallel()
	var told []casework.Event
	each(t, reporting(func(o *casework.Options) {
		o.Changed = func(_ *store.Tx, _ int64, _ casework.Status, e casework.Event) error {
			told = append(told, e)
			return nil
		}
	}), func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.wanting("person:1", "person:2")
		to := casework.ReportTo{Profile: "us", Receiver: "ncmec"}
		_, err := w.s.BeginReport(ctx, "person:1", id, to)
		w.fault(err, jaga.CodeConflict, "undo_time")
		w.turn(time.Hour)
		for _, bad := range []casework.ReportTo{{}, {Profile: "us"}, {Profile: "us", Receiver: "nca"}, {Profile: "us", Receiver: "ncmec", Name: "x"}, {Name: strings.Repeat("x", 201)}} {
			_, err := w.s.BeginReport(ctx, "person:1", id, bad)
			w.fault(err, jaga.CodeInvalid, "receiver")
		}
		if _, err := w.s.TakeDue(ctx, 10, func(*store.Tx, casework.Outgoing) error { return nil }, "keep_evidence"); err != nil {
			t.Fatal(err)
		}
		w.fault(w.s.Close(ctx, "person:1", id), jaga.CodeConflict, "waits_report")
		first, err := w.s.BeginReport(ctx, "person:1", id, to)
		w.must(err)
		if c := w.get(id); c.State != casework.StateReporting {
			t.Errorf("%+v", c)
		}
		acts, err := w.s.Actions(ctx, id)
		w.must(err)
		for _, a := range acts {
			if a.State != "handed" {
				t.Errorf("%+v", a)
			}
		}
		w.fault(w.s.SentReport(ctx, "person:1", id, first, casework.Receipt{Reference: " "}), jaga.CodeInvalid, "reference")
		w.fault(w.s.SentReport(ctx, "person:1", id, first, casework.Receipt{Reference: "1", Sent: w.time().Add(time.Hour)}), jaga.CodeInvalid, "sent")
		w.fault(w.s.SentReport(ctx, "person:1", id, 99, casework.Receipt{Reference: "1"}), jaga.CodeNotFound, "report")
		w.fault(w.s.UnsentReport(ctx, "person:1", id, first, ""), jaga.CodeInvalid, "why")
		w.must(w.s.UnsentReport(ctx, "person:1", id, first, "the portal was down"))
		if r := w.report(id, first); r.State != casework.ReportUnsent || r.Why != "the portal was down" || !r.Open() || w.get(id).State != casework.StateReporting {
			t.Errorf("%+v", r)
		}
		// Another report goes out while this one waits.
		second, err := w.s.BeginReport(ctx, "person:2", id, casework.ReportTo{Name: "The station in town"})
		w.must(err)
		sent := w.time().Add(-time.Minute)
		w.must(w.s.SentReport(ctx, "person:2", id, second, casework.Receipt{Reference: "LP-7", Sent: sent, Meets: []string{"uk"}}))
		if c := w.get(id); c.State != casework.StateFollowUp {
			t.Errorf("the case is %s while a report is to be done", c.State)
		}
		if got := w.runningClocks(id); len(got) != 1 || got[0] != "send_by us" {
			t.Errorf("still running: %v", got)
		}
		w.fault(w.s.Close(ctx, "person:1", id), jaga.CodeConflict, "waits_report")
		told = nil
		w.must(w.s.SentReport(ctx, "person:1", id, first, casework.Receipt{Reference: "CT-100", Sent: sent}))
		r := w.report(id, first)
		if c := w.get(id); c.State != casework.StateReported || c.DueAt != 0 || r.Reference != "CT-100" || r.To != "CyberTipline" || r.SentAt != sent.UnixMicro() || r.Why != "" ||
			r.KeepUntil != sent.AddDate(5, 0, 0).UnixMicro() {
			t.Errorf("%+v %+v", c, r)
		}
		filed := 0
		for _, e := range told {
			if e.Kind == casework.Reported {
				filed++
				if e.Data.Receipt != "CT-100" || e.Data.Report != first || e.Data.Sent != sent.UnixMicro() || e.Data.Profile != "us" {
					t.Errorf("%+v", e)
				}
			}
		}
		if filed != 1 {
			t.Errorf("told %d times that it was reported: %+v", filed, told)
		}
		w.fault(w.s.SentReport(ctx, "person:1", id, first, casework.Receipt{Reference: "CT-101"}), jaga.CodeConflict, "report")
		// The case is found by the number.
		if p, err := w.s.List(ctx, casework.Filter{Words: "CT-100"}); err != nil || len(p.Cases) != 1 {
			t.Errorf("%d cases by their receipt (%v)", len(p.Cases), err)
		}
		// What is learned after the case was closed is a report of its own.
		w.must(w.s.Close(ctx, "person:1", id))
		_, err = w.s.BeginReport(ctx, "person:1", id, casework.ReportTo{Profile: "us", Receiver: "ncmec", Follows: 99})
		w.fault(err, jaga.CodeInvalid, "follows")
		third, err := w.s.BeginReport(ctx, "person:1", id, casework.ReportTo{Profile: "us", Receiver: "ncmec", Follows: first})
		w.must(err)
		w.must(w.s.SentReport(ctx, "person:1", id, third, casework.Receipt{Reference: "CT-102"}))
		if r := w.report(id, third); r.Follows != first || w.get(id).State != casework.StateReported {
			t.Errorf("%+v", r)
		}
		w.must(w.s.Close(ctx, "person:1", id))
		w.verify(id)
		w.sealed("CT-100", "the portal was down", "The station in town")
	})
}

// sealed looks for words in the rows of reports and clocks.
func (w *world) sealed(texts ...string) {
	w.t.Helper()
	type row struct{ A, B []byte }
	var rows []row
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		rows, err = store.All[row](tx, `SELECT sealed, sealed FROM case_reports UNION ALL SELECT words, words FROM case_clocks WHERE words IS NOT NULL`)
		return err
	}))
	if len(rows) == 0 {
		w.t.Error("nothing is stored")
	}
	for _, r := range rows {
		for _, text := range texts {
			if strings.Contains(string(r.A), text) {
				w.t.Errorf("%q stands in the database", text)
			}
		}
	}
}

// One person alone makes no first report, whatever rule for second reviews there
// is; and nobody one that was not decided on.
func TestWhoMayReport(t *testing.T) {
	t.Parallel()
	each(t, reporting(func(o *casework.Options) { o.Second = func(casework.Decision, bool) bool { return false } }), func(t *testing.T, w *world) {
		ctx := t.Context()
		to := casework.ReportTo{Name: "The station in town"}
		alone := w.wanting("person:1")
		w.turn(time.Hour)
		_, err := w.s.BeginReport(ctx, "person:1", alone, to)
		w.fault(err, jaga.CodeDenied, "second")
		w.must(w.s.Hold(ctx, "person:1", alone, "a letter comes", w.time().Add(time.Hour)))
		_, err = w.s.BeginReport(ctx, "person:1", alone, to)
		w.fault(err, jaga.CodeConflict, "held")
		other := w.add(nil).Case
		_, err = w.s.BeginReport(ctx, "person:1", other, to)
		w.fault(err, jaga.CodeConflict, "case")
		_, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed))
		w.must(err)
		_, err = w.s.BeginReport(ctx, "person:1", other, to)
		w.fault(err, jaga.CodeConflict, "not_asked")
		w.verify(alone, other)
	})
}

// No report is owed, and somebody says why: nothing waits for one any more.
func TestNoReport(t *testing.T) {
	t.Parallel()
	each(t, reporting(nil), func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.wanting("person:1", "person:2")
		w.turn(time.Hour)
		begun, err := w.s.BeginReport(ctx, "person:1", id, casework.ReportTo{Profile: "uk", Receiver: "nca"})
		w.must(err)
		w.fault(w.s.NoReport(ctx, "person:1", id, " "), jaga.CodeInvalid, "no_report")
		w.must(w.s.NoReport(ctx, "person:1", id, "the partner has reported it already"))
		if r, c := w.report(id, begun), w.get(id); r.State != casework.ReportDropped || r.Why == "" || c.State != casework.StateFollowUp || c.DueAt != 0 || len(w.runningClocks(id)) != 0 {
			t.Errorf("%+v %+v", r, c)
		}
		w.fault(w.s.Close(ctx, "person:1", id), jaga.CodeConflict, "waits_actions")
		_, err = w.s.TakeDue(ctx, 10, func(*store.Tx, casework.Outgoing) error { return nil })
		w.must(err)
		w.must(w.s.Close(ctx, "person:1", id))
		w.verify(id)

		// Said while closing, for a confirmed case on which nobody asked for a report.
		quiet := w.add(nil).Case
		_, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed))
		w.must(err)
		w.fault(w.s.Close(ctx, "person:1", quiet), jaga.CodeConflict, "waits_clocks")
		waits, err := w.s.Waits(ctx, quiet)
		w.must(err)
		if !waits.OwesReport() || waits.Report || len(waits.Clocks) != 2 {
			t.Errorf("%+v", waits)
		}
		w.must(w.s.CloseWith(ctx, "person:1", quiet, casework.Closing{NoReport: "a copy of what was reported"}))
		if c := w.get(quiet); c.State != casework.StateClosed || c.DueAt != 0 {
			t.Errorf("%+v", c)
		}
		// Where nothing was confirmed the outcome is reason enough.
		nothing := w.add(nil).Case
		_, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.NotConfirmed))
		w.must(err)
		if waits, err := w.s.Waits(ctx, nothing); err != nil || waits.Any() {
			t.Errorf("%+v (%v)", waits, err)
		}
		w.must(w.s.Close(ctx, "person:1", nothing))
		if c := w.get(nothing); c.DueAt != 0 || len(w.runningClocks(nothing)) != 0 {
			t.Errorf("%+v", c)
		}
		w.verify(quiet, nothing)
	})
}

// People enter orders and questions, and say what became of them.
func TestClocksOfPeople(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.add(nil).Case
		order := casework.Clock{What: casework.ClockTakedown, Profile: "id-komdigi", Start: w.time(), Due: w.time().Add(4 * time.Hour), Authority: "Komdigi", Letter: "B-17/2026"}
		for field, bad := range map[string]func(*casework.Clock){
			"what": func(c *casework.Clock) { c.What = "lunch" }, "profile": func(c *casework.Clock) { c.Profile = "" }, "due": func(c *casework.Clock) { c.Due = c.Start.Add(-time.Hour) },
			"authority": func(c *casework.Clock) { c.Authority = " " }, "letter": func(c *casework.Clock) { c.Letter = strings.Repeat("x", 201) }, "start": func(c *casework.Clock) { c.Start, c.Due = w.time().Add(time.Hour), w.time().Add(2*time.Hour) },
		} {
			c := order
			bad(&c)
			_, err := w.s.AddClock(ctx, "person:1", id, c, "take it down")
			w.fault(err, jaga.CodeInvalid, field)
		}
		_, err := w.s.AddClock(ctx, "person:1", id, order, "")
		w.fault(err, jaga.CodeInvalid, "reason")
		first, err := w.s.AddClock(ctx, "person:1", id, order, "take it down")
		w.must(err)
		order.Letter, order.Due = "B-18/2026", w.time().Add(2*time.Hour)
		second, err := w.s.AddClock(ctx, "person:1", id, order, "that one too")
		w.must(err)
		if first.What != "takedown" || second.What != "takedown.2" || second.Kind() != casework.ClockTakedown {
			t.Errorf("%s %s", first.What, second.What)
		}
		if c := w.get(id); c.DueAt != second.Due.UnixMicro() {
			t.Errorf("%+v", c)
		}
		list, err := w.s.Clocks(ctx, id)
		w.must(err)
		if len(list) != 2 || list[0].Letter != "B-18/2026" || list[0].Authority != "Komdigi" {
			t.Errorf("%+v", list)
		}
		// In a case that is part of another one they are met from there.
		root := w.add(nil).Case
		w.must(w.s.Merge(ctx, "person:1", id, root))
		if w.get(root).DueAt != second.Due.UnixMicro() {
			t.Error("the clock does not count in the case that it is part of")
		}
		w.fault(w.s.EndClock(ctx, "person:1", root, casework.Clock{Case: 99, What: "takedown.2", Profile: "id-komdigi"}, true, ""), jaga.CodeNotFound, "clock")
		w.must(w.s.EndClock(ctx, "person:1", root, second, true, ""))
		if w.get(root).DueAt != first.Due.UnixMicro() {
			t.Error("a clock of a part that was met is still due")
		}
		w.fault(w.s.EndClock(ctx, "person:1", root, second, true, ""), jaga.CodeNotFound, "clock")
		w.fault(w.s.EndClock(ctx, "person:1", root, first, false, " "), jaga.CodeInvalid, "reason")
		w.must(w.s.EndClock(ctx, "person:1", root, first, false, "the order was withdrawn"))
		list, err = w.s.Clocks(ctx, root)
		w.must(err)
		if w.get(root).DueAt != 0 || list[0].State(w.time()) != casework.ClockIsMet || list[1].State(w.time()) != casework.ClockIsOff {
			t.Errorf("%+v", list)
		}
		w.verify(id, root)

		// A case is closed with a word on what runs, and followed up when
		// something is asked afterwards.
		_, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed))
		w.must(err)
		ask := casework.Clock{What: casework.ClockQuestion, Profile: "uk-csea", Start: w.time(), Due: w.time().Add(7 * 24 * time.Hour), Authority: "NCA"}
		_, err = w.s.AddClock(ctx, "person:1", root, ask, "who saw it")
		w.must(err)
		w.fault(w.s.Close(ctx, "person:1", root), jaga.CodeConflict, "waits_clocks")
		w.must(w.s.CloseWith(ctx, "person:1", root, casework.Closing{Clocks: "they found out themselves"}))
		if c := w.get(root); c.State != casework.StateClosed || c.DueAt != 0 {
			t.Errorf("%+v", c)
		}
		if p, err := w.s.List(ctx, casework.Filter{Overdue: true, Order: casework.ByDue}); err != nil || len(p.Cases) != 0 {
			t.Errorf("a closed case is due: %+v (%v)", p.Cases, err)
		}
		again, err := w.s.AddClock(ctx, "person:1", root, ask, "one more")
		w.must(err)
		if c := w.get(root); c.State != casework.StateFollowUp || c.DueAt != ask.Due.UnixMicro() || again.What != "question.2" {
			t.Errorf("%+v %+v", c, again)
		}
		w.verify(root)
		w.sealed("Komdigi", "B-18/2026", "NCA")
	})
}

// The one place that says how urgent a report about a risk is.
func TestPriorities(t *testing.T) {
	t.Parallel()
	want := map[casework.Risk]law.Priority{casework.RiskImminent: law.P1, casework.RiskLive: law.P1, casework.RiskThreat: law.P1,
		casework.RiskContact: law.P2, casework.RiskNew: law.P2, casework.RiskKnown: law.P3}
	for _, r := range casework.Risks() {
		if got := r.Priority(); got != want[r] {
			t.Errorf("risk %d is %s, want %s", r, got, want[r])
		}
	}
	if len(want) != len(casework.Risks()) {
		t.Error("a risk is missing")
	}
}
