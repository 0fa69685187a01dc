package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/storetest"
)

// answer is the form of a decision with nothing determined.
func answerForm(w *world, id int64, outcome string, more url.Values) url.Values {
	w.t.Helper()
	l, ok, err := w.work.Mine(w.t.Context(), w.me(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if !ok {
		w.t.Fatalf("%s does not have case %d", w.me(), id)
	}
	form := url.Values{"fence": {fmt.Sprint(l.Fence)}, "fact_subject": {"undetermined"}, "fact_age_band": {"undetermined"}, "fact_age_confidence": {"low"}, "fact_pubertal": {"undetermined"}, "fact_activity": {"undetermined"},
		"fact_relation": {"undetermined"}, "fact_immediacy": {"undetermined"}, "fact_source": {"indicator"}, "outcome": {outcome}}
	maps.Copy(form, more)
	return form
}

// hard is what needs a second person.
var hard = url.Values{"fact_activity": {"penetrative"}, "fact_subject": {"real"}, "fact_age_band": {"7-10"}, "fact_age_confidence": {"high"}, "fact_pubertal": {"prepubescent"}}

func cases(t *testing.T, fn func(t *testing.T, w *world)) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		w.addPhoto("KNOWN_SHAPES", 1)
		w.chats()
		fn(t, w)
	})
}

func TestCasePage(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		mixed, welfare, words, hostile := w.someCases()
		items, err := w.work.Findings(t.Context(), mixed, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		entry := regexp.MustCompile(`/banks/KNOWN_SHAPES/entries/\d+`).FindString(w.page(caseAt(mixed, "")))
		want(t, "nobody told", w.page(entry), "No platform told how often", "The same material was met here 3 times")
		yesterday := time.Now().Add(-24 * time.Hour)
		if got, err := w.spreads.Tell(t.Context(), "key:1", spread.Batch{ID: "b-1", Seen: []spread.Seen{{Item: items[1].Ref, Kind: spread.Viewed, At: yesterday, Account: "acc-1", Count: 40},
			{Item: items[1].Ref, Kind: spread.Sent, At: yesterday, Account: "acc-2", Count: 2}, {Item: items[2].Ref, Kind: spread.Viewed, At: yesterday}}}); err != nil || got.Counted != 43 {
			t.Fatalf("%+v, %v", got, err)
		}
		want(t, "told, at the entry", w.page(entry), "Platforms told of it 43 times", "By 2 different accounts")
		body := w.page(caseAt(mixed, ""))
		want(t, "told", body, "Platforms told of it 43 times", "Viewed <b>41</b>", "Sent <b>2</b>", "Received <b>0</b>")
		want(t, "mixed", body, "Case 1 · Extortion", "4 findings", "What speaks for it, and what against", "The same material was met here 3 times", "is a new harm to the child", "Take this case", "streamer", "Account under review",
			"What was not checked", "Report by", "Next steps", "legal advice", "Case opened", "Finding added", `id="f1"`, "Open the words")
		want(t, "the plot", body, "4 findings within", "Nobody has decided yet", `id="plot-course"`, ">Payments and gifts</tspan> · not checked", ">Views of files</tspan> · nobody looked", "The same as a list", `<use href="#i-urgent"`)
		if rows := strings.Count(body[strings.Index(body, `id="plot-course"`):strings.Index(body, `id="proof"`)], "<tr>"); rows < 8 {
			t.Errorf("%d rows say what the plot shows", rows)
		}
		want(t, "power", body, "Power over the other shows in 2 of 7 ways. Of 5, nothing is known.", `<li class="is-held">`, "One side appears to be an adult")
		if n := strings.Count(body, `<li class="is-unknown">`); n != 5 {
			t.Errorf("%d ways to have power are shown as unknown, of 5", n)
		}
		unwanted(t, "mixed", body, canary, "<img", shapeKey(1))
		body = w.page(caseAt(welfare, ""))
		want(t, "welfare", body, "Support first", "none of them is to blame", "Between children support comes before", "What the law may ask later")
		if strings.Index(body, `id="welfare"`) > strings.Index(body, `id="steps"`) {
			t.Error("the steps come before the support")
		}
		body = strings.ReplaceAll(body, "nobody is treated as a suspect", "")
		for _, word := range []string{"offender", "suspect", "perpetrator", "guilty", "predator"} {
			unwanted(t, "welfare", strings.ToLower(text(body)), word)
		}
		body = w.page(caseAt(words, ""))
		want(t, "words", body, "nothing to look at", "a full case all the same", "Open the words")
		unwanted(t, "words", body, canary)
		opened := w.post(caseAt(words, "words"), url.Values{"finding": {"6"}})
		want(t, "opened", opened.body, canary)
		body = w.page(caseAt(hostile, ""))
		unwanted(t, "hostile", body, "<script>alert", "<i>x")
		opened = w.post(caseAt(hostile, "words"), url.Values{"finding": {"7", "8"}})
		unwanted(t, "hostile, opened", opened.body, "<script>alert", "<i>x", "<u>m")
		want(t, "hostile, opened", opened.body, "&lt;script&gt;alert(&#39;t&#39;)", "Opened and recorded with your name")
	})
}

// TestCaseOfAnotherQueue: whoever cannot read a queue learns nothing of a case
// in it, by no route.
func TestCaseOfAnotherQueue(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Queue: "north", Text: canary, Band: jaga.BandReview})
		other := w.finding(casework.Finding{Kind: casework.KindText, Ref: "2", Queue: "south", Band: jaga.BandReview, Account: "south-account"})
		south := w.reviewer("South", "south", auth.Senior)
		south.page(caseAt(other, ""))
		for pattern := range rightsTable {
			if !strings.Contains(pattern, " /cases/{id}") {
				continue
			}
			var got [2]answer
			for i, n := range []int64{id, 999} {
				r := request(pattern)
				r.URL.Path = strings.Replace(r.URL.Path, "999", fmt.Sprint(n), 1)
				r.RequestURI = r.URL.Path
				got[i] = south.send(r)
				got[i].body = strings.ReplaceAll(got[i].body, fmt.Sprintf("/cases/%d", n), "/cases/N")
			}
			if got[0].status != http.StatusNotFound || got[0].body != got[1].body {
				t.Errorf("%s of another queue: %d, and of no case %d; the pages are the same: %v", pattern, got[0].status, got[1].status, got[0].body == got[1].body)
			}
		}
		// Neither as what another case is merged into, nor as a related one.
		if a := south.post(caseAt(other, "merge"), url.Values{"into": {fmt.Sprint(id)}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("merge: %d", a.status)
		}
		if _, err := w.work.Take(t.Context(), "person:1", id); err != nil {
			t.Fatal("the case of the other queue changed:", err)
		}
		// Reading is not deciding.
		if a := w.member(auth.Grant{Role: auth.Auditor, Queue: auth.AllQueues}).post(caseAt(id, "take"), nil); a.status != http.StatusForbidden {
			t.Errorf("an auditor takes: %d", a.status)
		}
		both := w.member(auth.Grant{Role: auth.Senior, Queue: "north"}, auth.Grant{Role: auth.Hotline, Queue: "south"})
		both.done(caseAt(id, "notes"), url.Values{"note": {"x"}})
		if a := both.post(caseAt(other, "notes"), url.Values{"note": {"x"}}); a.status != http.StatusForbidden {
			t.Errorf("a senior of another queue writes a note: %d", a.status)
		}
	})
}

func TestDeciding(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		mixed, _, words, _ := w.someCases()
		r := w.reviewer("Rina", "default", auth.Reviewer)
		want(t, "taken", r.done(caseAt(mixed, "take"), nil), "The case is yours now", "You have this case", "Who or what is shown", "not determined", "No scale is made from another")
		want(t, "somebody else's", w.page(caseAt(mixed, "")), "has this case")
		// A preview shows the scales and keeps what was typed.
		form := answerForm(r, mixed, "confirmed", url.Values{"fact_conduct": {"sextortion_financial"}, "want": {"warn_target", "keep_evidence"}, "note": {"because <b>"}})
		a := r.post(caseAt(mixed, "preview"), form)
		want(t, "preview", a.body, "sextortion for money", "Needs a person:", "because &lt;b&gt;", `value="warn_target" checked`)
		// Facts that cannot be together are refused by name.
		bad := answerForm(r, mixed, "confirmed", url.Values{"fact_subject": {"none"}, "fact_activity": {"act"}, "note": {"kept"}})
		if a = r.post(caseAt(mixed, "decide"), bad); a.status != http.StatusUnprocessableEntity {
			t.Errorf("facts that cannot be: %d", a.status)
		}
		want(t, "refused", a.body, `href="#fact-activity"`, "kept")
		// A finding that came meanwhile stops the decision, and nothing is lost.
		form.Set("seen", "4")
		w.finding(casework.Finding{Kind: casework.KindText, Ref: "late", Text: "x", Account: "streamer", Band: jaga.BandReview})
		if a = r.post(caseAt(mixed, "decide"), form); a.status != http.StatusConflict {
			t.Fatalf("decided on what was not seen: %d", a.status)
		}
		want(t, "seen", a.body, "Findings came in while you were deciding", "because &lt;b&gt;", `name="seen" value="5"`)
		form.Set("seen", "5")
		body := r.done(caseAt(mixed, "decide"), form)
		want(t, "decided", body, "You have decided", "Take it back", "Confirmed", "because &lt;b&gt;", "It goes out, and can no longer be taken back", "Send the person who may need help a safety message")
		decision := regexp.MustCompile(`name="decision" value="(\d+)"`).FindStringSubmatch(body)
		if decision == nil {
			t.Fatal("no undo bar")
		}
		unwanted(t, "another's page", w.page(caseAt(mixed, "")), "undo-bar")
		body = r.done(caseAt(mixed, "undo"), url.Values{"decision": {decision[1]}})
		want(t, "undone", body, "The decision is taken back", "You have this case", "Answers that no longer stand", "Decision taken back")
		form = answerForm(r, mixed, "not_confirmed", nil)
		want(t, "again", r.done(caseAt(mixed, "decide"), form), "Not confirmed")
		if a = r.post(caseAt(mixed, "undo"), url.Values{"decision": {decision[1]}}); a.status != http.StatusConflict {
			t.Errorf("an old decision is undone: %d", a.status)
		}
		// A decision after the lease was lost keeps what was typed as a draft.
		want(t, "words alone", r.done(caseAt(words, "take"), nil), "Does not apply: NCMEC classification")
		form = answerForm(r, words, "undetermined", url.Values{"note": {"typed for long"}})
		if err := w.work.Assign(t.Context(), "person:1", words, "person:1"); err != nil {
			t.Fatal(err)
		}
		if a = r.post(caseAt(words, "decide"), form); a.status != http.StatusConflict {
			t.Fatalf("a late decision: %d", a.status)
		}
		want(t, "late", a.body, "What you typed is kept")
		if err := w.work.Assign(t.Context(), "person:1", words, r.me()); err != nil {
			t.Fatal(err)
		}
		want(t, "draft", r.done(caseAt(words, "take"), nil), "This is your draft", "typed for long")
		r.done(caseAt(words, "draft"), answerForm(r, words, "welfare", url.Values{"note": {"second draft"}}))
		want(t, "draft", r.page(caseAt(words, "")), "second draft")
		unwanted(t, "nobody else's draft", w.page(caseAt(words, "")), "second draft")
	})
}

// TestBlindSecondReview: nothing of the first answer is on the page of whoever
// has still to decide, in any part of it.
func TestBlindSecondReview(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		mixed, _, _, _ := w.someCases()
		first := w.reviewer("Firstone", "default", auth.Senior)
		second := w.reviewer("Secondone", "default", auth.Senior)
		third := w.reviewer("Thirdone", "default", auth.Senior)
		reviewer := w.reviewer("Plain", "default", auth.Reviewer)
		second.done(caseAt(mixed, "notes"), url.Values{"note": {"a note of the second"}})
		first.done(caseAt(mixed, "take"), nil)
		first.done(caseAt(mixed, "notes"), url.Values{"note": {"secret-thought about it"}})
		first.done(caseAt(mixed, "hold"), url.Values{"until": {time.Now().AddDate(0, 0, 2).Format(time.DateOnly)}, "reason": {"secret-reason"}})
		first.done(caseAt(mixed, "unhold"), nil)
		first.done(caseAt(mixed, "take"), nil)
		form := answerForm(first, mixed, "confirmed", hard)
		form.Set("note", "secret-note")
		form.Set("want", "suspend")
		body := first.done(caseAt(mixed, "decide"), form)
		want(t, "the first person's own page", body, "A second person looks", "secret-note", "secret-thought")
		first.done(caseAt(mixed, "notes"), url.Values{"note": {"secret-after"}})
		person := strings.TrimPrefix(first.me(), "person:")
		for _, who := range []*world{second, third, reviewer, w, w.member(auth.Grant{Role: auth.Reviewer, Queue: "default"})} {
			for _, lang := range []string{"en", "id"} {
				who.lang = lang
				page := lists.ReplaceAllString(who.page(caseAt(mixed, "")), "")
				unwanted(t, "blind", page, "secret-", "Firstone", "Decision recorded", "Keputusan dicatat", "a second person looks", "Close the account under review ·", "Answers that no longer stand", "person "+person+"<", "Review began",
					"<b>Confirmed")
				if lang == "en" {
					want(t, "blind", page, "You decide on what you see yourself", "a note of the second", "Second review")
				}
				for e := range 40 { // no reason opens by its number, either
					if a := who.post(caseAt(mixed, "words"), url.Values{"event": {fmt.Sprint(e)}}); strings.Contains(a.body, "secret-") {
						t.Errorf("event %d opens", e)
					}
				}
			}
			who.lang = "en"
		}
		if a := first.post(caseAt(mixed, "take"), nil); a.status != http.StatusForbidden {
			t.Errorf("the first person takes it again: %d", a.status)
		}
		if a := reviewer.post(caseAt(mixed, "take"), nil); a.status != http.StatusForbidden {
			t.Errorf("without the right to a second review: %d", a.status)
		}
		second.done(caseAt(mixed, "take"), nil)
		want(t, "second", second.page(caseAt(mixed, "")), "Decide a second time")
		unwanted(t, "second", second.page(caseAt(mixed, "")), "secret-", "suspend\" checked", "confirmed\" checked")
		differs := answerForm(second, mixed, "undetermined", nil)
		want(t, "settle", second.done(caseAt(mixed, "decide"), differs), "Your answer differs", "secret-note")
		body = third.done(caseAt(mixed, "take"), nil)
		want(t, "third", body, "Two people said different things", "Confirmed", "Cannot be told", "secret-note", "differs:", "Settle")
		want(t, "settled", third.done(caseAt(mixed, "decide"), answerForm(third, mixed, "confirmed", hard)), "Settled by a third person")
	})
}

// lists are those of all colleagues, which say nothing of who did what.
var lists = regexp.MustCompile(`<option value="person:\d+">[^<]*</option>`)

func TestCaseActs(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		mixed, _, words, hostile := w.someCases()
		s := w.reviewer("Sari Ayu", "default", auth.Senior)
		other := w.reviewer("Sari", "default", auth.Reviewer)
		want(t, "sorted", s.done(caseAt(words, "triage"), url.Values{"form": {"csam"}, "risk": {"6"}}), "Sorted", "Known material")
		want(t, "assigned", s.done(caseAt(words, "assign"), url.Values{"to": {other.me()}}), "Assigned")
		if a := s.post(caseAt(words, "assign"), url.Values{"to": {"person:99"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("assign to nobody that is: %d", a.status)
		}
		if a := s.post(caseAt(words, "take"), nil); a.status != http.StatusConflict {
			t.Errorf("take what is assigned: %d", a.status)
		}
		s.done(caseAt(words, "assign"), url.Values{"to": {""}})
		want(t, "handed on", s.done(caseAt(words, "escalate"), url.Values{"to": {other.me()}, "reason": {"look <b>"}}), "have not seen it yet")
		want(t, "to me", other.page(caseAt(words, "")), "Somebody handed this case to you")
		want(t, "seen", other.done(caseAt(words, "acknowledge"), nil), "they have seen it")
		if a := s.post(caseAt(words, "hold"), url.Values{"until": {"2020-01-01"}, "reason": {"x"}}); a.status == http.StatusSeeOther {
			t.Error("a hold into the past")
		}
		want(t, "held", s.done(caseAt(words, "hold"), url.Values{"until": {time.Now().AddDate(0, 0, 3).Format(time.DateOnly)}, "reason": {"waits for a letter"}}), "on hold until", "End the hold")
		s.done(caseAt(words, "unhold"), nil)
		want(t, "merged", s.done(caseAt(words, "merge"), url.Values{"into": {fmt.Sprint(mixed)}}), "can be taken out again", "5 findings", fmt.Sprintf("from case %d", words))
		want(t, "part", s.done(caseAt(mixed, "notes"), url.Values{"note": {"for @sari ayu, please"}}), "whom it names is told")
		if in, err := w.work.Inbox(t.Context(), s.me(), 10); err != nil || len(in) != 1 {
			t.Errorf("inbox %v, %v", in, err)
		}
		if in, err := w.work.Inbox(t.Context(), other.me(), 10); err != nil || len(in) != 0 {
			t.Errorf("the other Sari was told: %v, %v", in, err)
		}
		a := s.get(caseAt(words, ""))
		if a.status != http.StatusSeeOther || a.header.Get("Location") != fmt.Sprintf("/cases/%d?part=%d", mixed, words) {
			t.Errorf("a part: %d %s", a.status, a.header.Get("Location"))
		}
		want(t, "apart", s.done(caseAt(mixed, "unmerge"), url.Values{"part": {fmt.Sprint(words)}}), "a case of its own again", "4 findings")
		body := s.done(caseAt(mixed, "split"), url.Values{"finding": {"3", "4"}})
		want(t, "split", body, "This is the new case", "2 findings")
		want(t, "related", s.page(caseAt(mixed, "")), "Related cases")
		if a := s.post(caseAt(mixed, "split"), nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose at least one") {
			t.Errorf("split nothing: %d", a.status)
		}
		s.done(caseAt(hostile, "take"), nil)
		s.done(caseAt(hostile, "decide"), answerForm(s, hostile, "not_confirmed", nil))
		s.done(caseAt(hostile, "follow-up"), nil)
		want(t, "closed", s.done(caseAt(hostile, "close"), nil), "The case is closed")
		want(t, "anew", s.done(caseAt(hostile, "reopen"), url.Values{"why": {"appeal"}, "reason": {"they asked"}}), "decided anew")
		if a := s.post(caseAt(hostile, "take"), nil); a.status != http.StatusForbidden {
			t.Errorf("the same person decides on the appeal: %d", a.status)
		}
		want(t, "moved", s.done(caseAt(hostile, "move"), url.Values{"queue": {"elsewhere"}, "new_queue": {"elsewhere"}}), "What waits")
		if a := s.get(caseAt(hostile, "")); a.status != http.StatusNotFound {
			t.Errorf("a case that went elsewhere: %d", a.status)
		}
	})
}

// TestCaseOfFiftyThousand measures the page of a very large case, and bounds what
// it sends.
func TestCaseOfFiftyThousand(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t))).signIn()
	id := w.bigCase(50_000)
	r := w.reviewer("Big", "default", auth.Senior)
	var body string
	took := time.Hour
	for range 4 { // the best of four: other tests run beside this one
		began := time.Now()
		body = r.page(caseAt(id, ""))
		took = min(took, time.Since(began))
	}
	t.Logf("a case of 50,000 findings: %d ms, %d kB", took.Milliseconds(), len(body)/1000)
	want(t, "big", body, "50,000 findings", "Later")
	if len(body) > 400_000 {
		t.Errorf("%d bytes", len(body))
	}
	later := regexp.MustCompile(`href="(/cases/\d+\?after=\d+)#story"`).FindStringSubmatch(body)
	if later == nil {
		t.Fatal("no way to later findings")
	}
	want(t, "later", r.page(later[1]), "From the beginning")
	unwanted(t, "later", r.page(later[1]), `id="f1"`)
}
