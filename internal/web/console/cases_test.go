package console_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// queueSets are the closed sets of words of lists and statistics.
func queueSets(sets map[string][]string) {
	sets["nav"] = append(sets["nav"], "cases", "statistics")
	sets["cases"] = []string{"done_saved", "done_removed", "done_none"}
	sets["cases_order"] = []string{"risk", "due", "update"}
	sets["cases_flow"] = []string{"new", "decided"}
	sets["cases_refused"] = []string{"lease", "rights", "person", "second", "imminent", "looked", "assignee", "to", "decision", "state", "gone"}
	for _, set := range []string{"bulk_act", "bulk_title", "bulk_do", "bulk_done", "bulk_help"} {
		sets[set] = []string{"move", "assign", "hold", "decide"}
	}
	sets["error"] = append(sets["error"], "bulk_queue", "bulk_to", "bulk_until", "bulk_reason", "bulk_outcome", "words", "new_queue")
	sets["golds_fault"] = []string{"text", "queue", "form", "risk", "outcome"}
	for _, r := range casework.Risks() {
		sets["cases_risk"] = append(sets["cases_risk"], strconv.FormatInt(int64(r), 10))
	}
	for _, s := range casework.States() {
		sets["cases_state"] = append(sets["cases_state"], string(s))
	}
	for _, o := range casework.Outcomes() {
		sets["cases_outcome"] = append(sets["cases_outcome"], string(o))
	}
	for _, k := range casework.Kinds() {
		sets["cases_kind"], sets["cases_why"] = append(sets["cases_kind"], string(k)), append(sets["cases_why"], string(k))
	}
}

// put adds a finding of its own, which opens a case unless change joins it.
func (w *world) put(change func(*casework.Finding)) int64 {
	w.t.Helper()
	f := casework.Finding{Kind: casework.KindText, Ref: fmt.Sprintf("case-test-%d", time.Now().UnixNano()), Form: jaga.FormGrooming, Band: jaga.BandReview, Risk: casework.RiskContact}
	if change != nil {
		change(&f)
	}
	var added casework.Added
	if err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) {
		added, err = w.desk.Add(tx, f)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return added.Case
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// decide takes a case and decides it.
func (w *world) decide(who string, id int64, o casework.Outcome, note string) casework.Decided {
	w.t.Helper()
	l, err := w.desk.Take(w.t.Context(), who, id)
	w.must(err)
	w.must(w.desk.Begin(w.t.Context(), l))
	d, err := w.desk.Decide(w.t.Context(), l, casework.Decision{Outcome: o, Facts: taxonomy.Unknown("own_review"), Note: note})
	w.must(err)
	return d
}

// caseload opens cases of every kind, risk and state and returns the addresses
// of the pages that show them to the first administrator, who is a senior
// reviewer as well.
func (w *world) caseload() []string {
	w.t.Helper()
	ctx := w.t.Context()
	for i, k := range casework.Kinds() {
		w.put(func(f *casework.Finding) {
			f.Kind, f.Risk, f.Form, f.Text = k, casework.Risks()[i%6], jaga.Forms()[i%4], "leaflet words <script>alert('w')</script> "+strings.Repeat("y", 180)
			f.Account = fmt.Sprintf("account-%d", i)
			f.Path = map[bool]string{true: casework.PathWelfare}[i == 1]
		})
	}
	second := w.put(func(f *casework.Finding) {
		f.Kind, f.Account, f.Queue = casework.KindConversation, "account-20", "hotline"
	})
	w.put(func(f *casework.Finding) { f.Account, f.Queue = "account-20", "hotline" })
	w.decide("person:77", second, casework.NotConfirmed, "twice")
	held := w.put(func(f *casework.Finding) { f.Queue = "a-queue-with-a-name-of-forty-characters" })
	w.must(w.desk.Hold(ctx, "person:77", held, "a letter", time.Now().Add(50*time.Hour)))
	late, soon := w.put(func(f *casework.Finding) { f.Risk = casework.RiskThreat }), w.put(nil)
	w.must(w.desk.SetClock(ctx, "system", late, casework.Clock{What: "send_by", Profile: "test", Start: time.Now().Add(-5 * time.Hour), Due: time.Now().Add(-time.Hour)}))
	w.must(w.desk.SetClock(ctx, "system", soon, casework.Clock{What: "send_by", Profile: "test", Start: time.Now().Add(-5 * time.Hour), Due: time.Now().Add(time.Hour)}))
	busy, mine := w.put(nil), w.put(nil)
	_, err := w.desk.Take(ctx, "person:77", busy)
	w.must(err)
	w.must(w.desk.Assign(ctx, "person:77", mine, "person:1"))
	escalated := w.put(func(f *casework.Finding) { f.Risk = casework.RiskImminent })
	w.must(w.desk.Escalate(ctx, "person:77", escalated, "person:1", "please look"))
	_, err = w.desk.AddNote(ctx, "person:77", mine, "for you", []string{"person:1"})
	w.must(err)
	decided := w.put(func(f *casework.Finding) { f.Text = "somebody asked for money" })
	w.decide("person:77", decided, casework.Undetermined, "")
	for i := range 12 {
		id := w.put(func(f *casework.Finding) { f.Form = jaga.FormSextortion })
		w.decide("person:77", id, []casework.Outcome{casework.NotConfirmed, casework.Undetermined}[i%2], "twice")
		if i < 7 {
			w.decide("person:78", id, casework.NotConfirmed, "")
		}
	}
	name := strings.Repeat("long name ", 7) + "<b>"
	w.must(w.desk.SaveFilter(ctx, "person:1", name, true, casework.Filter{Open: true, Overdue: true}))
	w.must(w.desk.SaveFilter(ctx, "person:77", "of a colleague", true, casework.Filter{States: []casework.State{casework.StateSecondReview}}))
	bulk, err := w.desk.Bulk(ctx, "person:1", []int64{mine, busy, 9999}, casework.BulkOp{Move: "hotline"})
	w.must(err)
	return []string{
		"/cases", "/cases?mine=1", "/cases?overdue=1&order=due", "/cases?held=1", "/cases?unacknowledged=1", "/cases?waits=1", "/cases?state=second_review&queue=hotline&form=grooming&risk=4", "/cases?state=all&order=update",
		"/cases?state=closed", "/cases?q=nothing", "/cases?q=" + strconv.FormatInt(mine, 10), "/cases?q=leaflet", "/cases?after=9.9.9", "/cases/nothing", "/statistics", "/statistics?days=365", "/golds", "/golds?from=" + strconv.FormatInt(decided, 10), "/golds?from=none",
		"/bulk/" + strconv.FormatInt(bulk.ID, 10),
	}
}
