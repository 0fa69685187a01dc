package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

// toReport is a case on which two people decided that a report is to be filed; the
// decision can no longer be taken back.
func (w *world) toReport(id int64, first, second *world) {
	w.t.Helper()
	for _, who := range []*world{first, second} {
		who.done(caseAt(id, "take"), nil)
		who.done(caseAt(id, "decide"), answerForm(who, id, "confirmed", url.Values{"want": {"report"}}))
	}
}

func (w *world) undoIsOver() {
	w.t.Helper()
	if err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(`UPDATE case_outbox SET due_at = 1`); return err }); err != nil {
		w.t.Fatal(err)
	}
}

// reportedCase is a case with a report that was sent, one that could not be, and
// clocks that people entered.
func (w *world) reportedCase(first, second *world) int64 {
	w.t.Helper()
	id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "to-report", Text: "x", Form: jaga.FormSextortion, Band: jaga.BandUrgent, Risk: casework.RiskThreat, Account: "account-7"})
	w.toReport(id, first, second)
	w.undoIsOver()
	for i, form := range []url.Values{{"do": {"failed"}, "why": {"The portal was down since this morning."}}, {"do": {"sent"}, "reference": {"STPL/2026/11/0042"}}} {
		first.done(caseAt(id, "reports"), url.Values{"to": {[]string{"us-2258a/ncmec", "id-komdigi/police"}[i]}})
		list, err := w.work.Reports(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		first.done(caseAt(id, fmt.Sprintf("reports/%d", list[i].ID)), form)
	}
	first.done(caseAt(id, "clocks"), url.Values{"clock": {"id-komdigi/takedown/urgent"}, "authority": {"Komdigi"}, "letter": {"B-1707/2026"}, "clock_reason": {"Take the posts down"}})
	return id
}

// TestReporting: from the decision to a receipt and the closed case, with the page
// alone.
func TestReporting(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		_, _, id, _ := w.someCases()
		rina, budi := w.reviewer("Rina", "default", auth.Senior), w.reviewer("Budi", "default", auth.Senior)
		unwanted(t, "before", rina.page(caseAt(id, "")), `id="report"`)
		w.toReport(id, rina, budi)
		body := rina.page(caseAt(id, ""))
		want(t, "too early", body, `id="report"`, "can no longer be taken back", "the report that the decision asks for")
		unwanted(t, "too early", body, "Begin the report")
		if a := rina.post(caseAt(id, "reports"), url.Values{"to": {"us-2258a/ncmec"}}); a.status != http.StatusConflict || !strings.Contains(a.body, "A report begins after that") {
			t.Errorf("before the time to undo is over: %d", a.status)
		}
		w.undoIsOver()
		body = rina.page(caseAt(id, ""))
		want(t, "to report", body, "Begin the report", "NCMEC CyberTipline", "by letter", "SAPA 129", "by phone", "Name of another receiver")
		unwanted(t, "to report", body, "waits until")
		if a := rina.post(caseAt(id, "close"), nil); a.status != http.StatusConflict || !strings.Contains(a.body, "it waits for a report") || !strings.Contains(a.body, "Why no report is owed") {
			t.Errorf("close before it is reported: %d", a.status)
		}
		for _, form := range []url.Values{{}, {"to": {"other"}}, {"to": {"nobody/here"}}} {
			if a := rina.post(caseAt(id, "reports"), form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#case-receiver"`) {
				t.Errorf("%v: %d", form, a.status)
			}
		}
		body = rina.done(caseAt(id, "reports"), url.Values{"to": {"us-2258a/ncmec"}})
		want(t, "begun", body, "The report is begun", "Report on its way", "It was sent", "It could not be sent", "It also does for", "the report to NCMEC CyberTipline: was it sent?")
		n := regexp.MustCompile(`action="/cases/\d+/reports/(\d+)#report"`).FindStringSubmatch(body)
		if n == nil {
			t.Fatal("no form for what became of the report")
		}
		result := "reports/" + n[1]
		body = rina.done(caseAt(id, result), url.Values{"do": {"failed"}, "why": {"down <b>"}})
		want(t, "failed", body, "It stays to be done", "Not sent yet", "down &lt;b&gt;", "The report did not get through")
		for field, form := range map[string]url.Values{"reference": {"do": {"sent"}, "reference": {" "}}, "sent": {"do": {"sent"}, "reference": {"kept-77"}, "sent": {"2999-01-01T00:00"}}, "why": {"do": {"failed"}}} {
			a := rina.post(caseAt(id, result), form)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#case-`+field+`"`) {
				t.Errorf("%s: %d", field, a.status)
			}
			if form.Get("reference") == "kept-77" {
				want(t, "kept", a.body, `value="kept-77"`, `value="2999-01-01T00:00"`)
			}
		}
		body = rina.done(caseAt(id, result), url.Values{"do": {"sent"}, "reference": {"CT-100 <i>"}, "meets": {"id-komdigi"}})
		want(t, "sent", body, "The receipt is kept", "<b>NCMEC CyberTipline</b>", "CT-100 &lt;i&gt;", "Reported, receipt CT-100", "Report received · CT-100", "met", "File a report")
		unwanted(t, "sent", body, "due soon", "overdue", "CT-100 <i>")
		if a := rina.post(caseAt(id, result), url.Values{"do": {"sent"}, "reference": {"other"}}); a.status != http.StatusConflict || !strings.Contains(a.body, "What became of this report is known already") {
			t.Errorf("twice: %d", a.status)
		}
		// What is learned later adds to it, and the Indonesian page says the same.
		rina.done(caseAt(id, "reports"), url.Values{"to": {"other"}, "name": {"The station <u>"}, "follows": {n[1]}})
		rina.lang = "id"
		body = rina.page(caseAt(id, ""))
		want(t, "id", body, "Laporan", "The station &lt;u&gt;", "Sudah dikirim", "laporan kepada The station", "Tidak wajib dilaporkan")
		rina.lang = "en"
		rina.done(caseAt(id, "no-report"), url.Values{"no_report": {"the same as before"}})
		body = rina.done(caseAt(id, "close"), nil)
		want(t, "closed", body, "The case is closed", "Not owed", "CT-100")
		if body := rina.page("/"); strings.Contains(body, "due soon") {
			t.Error("the first page shows a clock of a closed case")
		}
		// Whoever does not decide reads the receipt, and gets no forms.
		auditor := w.member(auth.Grant{Role: auth.Auditor, Queue: auth.AllQueues})
		body = auditor.page(caseAt(id, ""))
		want(t, "an auditor", body, "CT-100")
		unwanted(t, "an auditor", body, "/reports", "/no-report", "/clocks", "/close")
	})
}

// TestClocksOfACase: people enter what is demanded, and say what became of it.
func TestClocksOfACase(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		_, _, id, _ := w.someCases()
		r := w.reviewer("Rina", "default", auth.Senior)
		want(t, "form", r.page(caseAt(id, "")), "Add a clock", "Take down by, urgent, 4h (Indonesia", "Preservation letter, 90d (United States", "Answer by: another time")
		body := r.done(caseAt(id, "clocks"), url.Values{"clock": {"id-komdigi/takedown/urgent"}, "authority": {"Komdigi"}, "letter": {"B-17 <b>"}, "clock_reason": {"take it down"}})
		want(t, "order", body, "The clock runs", "Take down by", "Komdigi", "B-17 &lt;b&gt;", "in 4 hours", "Clock: Take down by · Indonesia")
		body = r.done(caseAt(id, "clocks"), url.Values{"clock": {"own/question/"}, "authority": {"NCA"}, "due": {time.Now().Add(50 * time.Minute).Format("2006-01-02T15:04")}, "clock_reason": {"who"}})
		want(t, "question", body, "Answer by", "NCA", "due soon")
		for field, form := range map[string]url.Values{
			"what": {"clock": {"x"}}, "due": {"clock": {"own/question/"}, "authority": {"NCA"}, "clock_reason": {"typed <b>"}}, "start": {"clock": {"id-komdigi/takedown/urgent"}, "start": {"2999-01-01T00:00"}, "authority": {"x"}, "clock_reason": {"x"}},
			"authority": {"clock": {"id-komdigi/takedown/standard"}, "clock_reason": {"x"}}, "clock_reason": {"clock": {"id-komdigi/breach/"}},
		} {
			a := r.post(caseAt(id, "clocks"), form)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#case-`+field+`"`) {
				t.Errorf("%s: %d", field, a.status)
			}
			if field == "due" {
				want(t, "kept", a.body, "typed &lt;b&gt;", `value="NCA"`)
			}
		}
		of := func(what, profile, do, reason string) url.Values {
			return url.Values{"of": {fmt.Sprint(id)}, "what": {what}, "profile": {profile}, "do": {do}, "clock_reason": {reason}}
		}
		want(t, "met", r.done(caseAt(id, "clocks/end"), of("takedown", "id-komdigi", "met", "")), "The clock is met", "Clock met: Take down by")
		if a := r.post(caseAt(id, "clocks/end"), of("takedown", "id-komdigi", "met", "")); a.status != http.StatusConflict {
			t.Errorf("met twice: %d", a.status)
		}
		if a := r.post(caseAt(id, "clocks/end"), of("question", "own", "drop", "")); a.status != http.StatusUnprocessableEntity {
			t.Errorf("dropped without a reason: %d", a.status)
		}
		// What still runs is named where the case is closed.
		r.done(caseAt(id, "take"), nil)
		r.done(caseAt(id, "decide"), answerForm(r, id, "not_confirmed", nil))
		body = r.page(caseAt(id, ""))
		want(t, "to close", body, "Before it can be closed", "the clock: Answer by")
		unwanted(t, "to close", body, "the clock: Report by") // nothing was confirmed
		if a := r.post(caseAt(id, "close"), nil); a.status != http.StatusConflict || !strings.Contains(a.body, "clocks run") {
			t.Errorf("closed with a clock: %d", a.status)
		}
		want(t, "closed", r.done(caseAt(id, "close"), url.Values{"clocks": {"withdrawn"}}), "The case is closed", "not needed")
		for _, path := range []string{"/", "/cases?state=all&order=due", "/cases?overdue=1"} {
			if body := r.page(path); strings.Contains(body, fmt.Sprintf(`href="/cases/%d"`, id)) {
				t.Errorf("%s shows a closed case as due", path)
			}
		}
	})
}

// Every clock that code can start has words of its own, in both languages.
func TestClocksHaveWords(t *testing.T) {
	t.Parallel()
	for _, kind := range casework.ClockKinds() {
		for _, lang := range []string{"en", "id"} {
			if text, err := console.Say(lang, "casefile_clock."+kind); err != nil || text == kind || strings.Contains(text, "casefile_clock") {
				t.Errorf("%s in %s: %q (%v)", kind, lang, text, err)
			}
		}
	}
}

// Where laws in force differ about a case, its steps say so.
func TestConflictsOfLawsOnACase(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		_, _, id, _ := w.someCases()
		want(t, "en", w.page(caseAt(id, "")), "The laws in force do not say the same here", "keeping content: One law has content kept", "United States: reports to the CyberTipline; Indonesia")
		w.lang = "id"
		want(t, "id", w.page(caseAt(id, "")), "Hukum yang berlaku tidak sama", "penyimpanan konten")
	})
}
