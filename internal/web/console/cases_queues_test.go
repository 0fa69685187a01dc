package console_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func number(id int64) string { return strconv.FormatInt(id, 10) }

// caseLinks are the numbers of the cases that a page links to.
func caseLinks(body string) (ids []string) {
	for part := range strings.SplitSeq(body, `href="/cases/`) {
		if id, _, ok := strings.Cut(part, `"`); ok && id != "" && strings.Trim(id, "0123456789") == "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// actorOf is who is signed in.
func (w *world) actorOf() string {
	w.t.Helper()
	who, err := w.auth.Session(w.t.Context(), w.session)
	w.must(err)
	return who.Actor
}

// TestPeopleSeeTheirQueuesOnly: whoever has one queue finds nothing of another,
// by no list, count, search, filter, bulk act, inbox or hand-out.
func TestPeopleSeeTheirQueuesOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		secret := "sekolahrahasia"
		ours := w.put(func(f *casework.Finding) { f.Queue, f.Text = "alpha", "bersama "+secret })
		theirs := []int64{}
		for range 7 {
			theirs = append(theirs, w.put(func(f *casework.Finding) { f.Queue, f.Text = "beta", "bersama "+secret }))
		}
		m := w.member(auth.Grant{Role: auth.Senior, Queue: "alpha"})
		me := m.actorOf()
		w.must(w.desk.SetClock(ctx, "system", theirs[0], casework.Clock{What: "send_by", Profile: "test", Start: time.Now().Add(-5 * time.Hour), Due: time.Now().Add(-time.Hour)}))
		w.must(w.desk.Assign(ctx, "person:1", theirs[1], me))
		w.must(w.desk.Escalate(ctx, "person:1", theirs[2], me, "look"))
		_, err := w.desk.AddNote(ctx, "person:1", theirs[3], "look", []string{me})
		w.must(err)
		w.must(w.desk.SaveFilter(ctx, "person:1", "of beta", true, casework.Filter{Queues: []string{"beta"}, Open: true}))

		for _, path := range []string{"/", "/cases", "/cases?mine=1", "/cases?state=all", "/cases?overdue=1", "/cases?unacknowledged=1", "/cases?waits=1", "/cases?q=" + secret, "/cases?order=due", "/cases?order=update", "/cases?after=1.1.1"} {
			body := m.page(path)
			if got := caseLinks(body); len(got) > 1 || len(got) == 1 && got[0] != number(ours) {
				t.Errorf("%s links to %v, want %d alone", path, got, ours)
			}
			unwanted(t, path, body, "beta")
		}
		if mine, others, none := m.get("/cases?q="+number(ours)), m.get("/cases?q="+number(theirs[0])), m.get("/cases?q=9"); mine.status != http.StatusOK || others.status != none.status || len(caseLinks(others.body)) > 0 || !strings.Contains(mine.body, "There is a case of this number") {
			t.Errorf("searched by number: %d, of others %d, of nobody %d", mine.status, others.status, none.status)
		}
		want(t, "the count", m.page("/cases"), "1 case waits.", "1 case")
		want(t, "the count of a search", m.page("/cases?q="+secret), "1 case Show")
		if a := m.get("/cases?queue=beta"); a.status != http.StatusNotFound {
			t.Errorf("a queue of others: %d", a.status)
		}
		if got := m.get("/cases?queue=nowhere"); got.status != http.StatusNotFound {
			t.Errorf("a queue that is not there answers %d, so that one can tell which are", got.status)
		}
		if a := m.post("/filters", url.Values{"do": {"save"}, "name": {"x"}, "filter": {"queue=beta"}}); a.status != http.StatusNotFound {
			t.Errorf("a filter of others' queue: %d", a.status)
		}

		// Bulk: what is not theirs is not there, before and when it happens.
		all := url.Values{"case": {number(ours)}}
		for _, id := range theirs {
			all.Add("case", number(id))
		}
		for _, act := range []string{"move", "assign", "hold", "decide"} {
			all.Set("act", act)
			all.Del("step")
			asked := m.post("/bulk", all)
			want(t, act, asked.body, "This will touch 1 case.", "it is not in your queues")
			unwanted(t, act, asked.body, "beta")
			form := url.Values{"act": {act}, "step": {"do"}, "case": all["case"], "queue": {"alpha"}, "reason": {"a letter"}, "until": {time.Now().AddDate(0, 0, 2).Format(time.DateOnly)}, "outcome": {"not_confirmed"}}
			done := m.post("/bulk", form)
			if done.status != http.StatusOK {
				t.Errorf("%s: %d %s", act, done.status, text(done.body))
			}
			want(t, act+" done", done.body, "1 case was touched", "7 cases were left alone")
			unwanted(t, act+" done", done.body, "beta")
			m.undoes(bulkOf(t, done.body))
		}
		form := url.Values{"act": {"move"}, "step": {"do"}, "case": {number(ours)}, "queue": {"beta"}}
		if a := m.post("/bulk", form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("moved to a queue of others: %d", a.status)
		}
		for _, id := range theirs {
			if c, _, err := w.desk.Get(ctx, id); err != nil || c.Held || c.State != casework.StateNew || c.Queue != "beta" {
				t.Errorf("case %d of others: %+v %v", id, c, err)
			}
		}
		// Hand-outs: theirs first, and then nothing.
		a := m.post("/cases/next", nil)
		if got := a.header.Get("Location"); got != "/cases/"+number(ours) {
			t.Fatalf("taken: %d to %q, want case %d", a.status, got, ours)
		}
		if again := m.post("/cases/next", nil).header.Get("Location"); again != "/cases/"+number(ours) {
			t.Errorf("who has a case is led to %q", again)
		}
		l, err := w.desk.Take(ctx, me, ours)
		w.must(err)
		w.must(w.desk.Skip(ctx, l))
		if a := m.post("/cases/next", nil); a.header.Get("Location") != "/cases/nothing" {
			t.Errorf("with nothing left: %q", a.header.Get("Location"))
		}
		want(t, "nothing waits", m.page("/cases/nothing"), "Nothing waits for you", "1 case waits for somebody else")
		// The inbox of somebody else's queue cannot be worked on either.
		if a := m.post("/inbox", url.Values{"id": {"1"}}); a.status != http.StatusSeeOther {
			t.Errorf("inbox: %d", a.status)
		}
		if c, _, err := w.desk.Get(ctx, theirs[2]); err != nil || c.Acknowledged {
			t.Errorf("acknowledged without a right to the queue: %+v %v", c, err)
		}
		// A person of both queues sees all.
		both := w.member(auth.Grant{Role: auth.Reviewer, Queue: "alpha"}, auth.Grant{Role: auth.Reviewer, Queue: "beta"})
		if got := caseLinks(both.page("/cases")); len(got) != 8 {
			t.Errorf("somebody of both queues sees %v", got)
		}
		// Who decides first only is handed no second review.
		twice := w.put(func(f *casework.Finding) { f.Queue = "gamma" })
		w.decide("person:77", twice, casework.NotConfirmed, "twice")
		first := w.member(auth.Grant{Role: auth.Reviewer, Queue: "gamma"})
		if a := first.post("/cases/next", nil); a.header.Get("Location") != "/cases/nothing" {
			t.Errorf("a reviewer is handed a second review: %q", a.header.Get("Location"))
		}
		senior := w.member(auth.Grant{Role: auth.Senior, Queue: "gamma"})
		if a := senior.post("/cases/next", nil); a.header.Get("Location") != "/cases/"+number(twice) {
			t.Errorf("a senior is handed %q", a.header.Get("Location"))
		}
	})
}

func bulkOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `action="/bulk/`)
	id, _, _ := strings.Cut(rest, "/undo")
	if !ok {
		t.Fatal("there is no way to undo")
	}
	return id
}

// undoes takes a bulk act of one case back.
func (w *world) undoes(id string) {
	w.t.Helper()
	a := w.post("/bulk/"+id+"/undo", nil)
	if a.status != http.StatusOK {
		w.t.Fatalf("undo: %d %s", a.status, text(a.body))
	}
	want(w.t, "undone", a.body, "1 case is as it was before.")
}

func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		free, busy, danger, second := w.put(nil), w.put(nil), w.put(func(f *casework.Finding) { f.Risk = casework.RiskImminent }), w.put(nil)
		_, err := w.desk.Take(ctx, "person:77", busy)
		w.must(err)
		w.decide("person:77", second, casework.NotConfirmed, "twice")
		cases := []string{number(free), number(busy), number(danger), number(second), "999999"}
		if a := w.post("/bulk", url.Values{"act": {"move"}}); a.header.Get("Location") != "/cases?done=none" {
			t.Errorf("no case: %d %q", a.status, a.header.Get("Location"))
		}
		asked := w.post("/bulk", url.Values{"act": {"decide"}, "case": cases})
		want(t, "the question", asked.body, "This will touch 1 case.", "4 cases will be left alone", "a colleague has it open", "a child may be in danger now", "a second review is done one case at a time", "it is not in your queues", "Decide 1 case")
		for name, form := range map[string]url.Values{
			"no outcome":   {"act": {"decide"}},
			"confirmed":    {"act": {"decide"}, "outcome": {"confirmed"}},
			"no queue":     {"act": {"move"}},
			"not a queue":  {"act": {"move"}, "queue": {"<b>"}},
			"nobody there": {"act": {"assign"}, "to": {"person:4242"}},
			"no reason":    {"act": {"hold"}, "until": {time.Now().AddDate(0, 0, 2).Format(time.DateOnly)}},
			"of yesterday": {"act": {"hold"}, "reason": {"x"}, "until": {time.Now().AddDate(0, 0, -2).Format(time.DateOnly)}},
			"not a day":    {"act": {"hold"}, "reason": {"x"}, "until": {"tomorrow"}},
		} {
			form["step"], form["case"] = []string{"do"}, cases
			a := w.post("/bulk", form)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "aria-invalid") && form.Get("act") != "decide" || !strings.Contains(a.body, `id="problem"`) {
				t.Errorf("%s: %d", name, a.status)
			}
			if r := form.Get("reason"); r != "" && !strings.Contains(a.body, ">"+r+"</textarea>") {
				t.Errorf("%s: what was typed is gone", name)
			}
		}
		if a := w.post("/bulk", url.Values{"act": {"destroy"}, "case": cases}); a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
			t.Errorf("an act that is not there: %d", a.status)
		}
		done := w.post("/bulk", url.Values{"act": {"decide"}, "step": {"do"}, "outcome": {"undetermined"}, "case": cases})
		want(t, "done", done.body, "1 case was decided.", "1 case was touched", "4 cases were left alone", "a colleague has it open", "The time to undo it ends")
		if c, _, err := w.desk.Get(ctx, free); err != nil || c.State != casework.StateDecided || c.Outcome != casework.Undetermined {
			t.Errorf("%+v, %v", c, err)
		}
		for _, id := range []int64{busy, danger} {
			if c, _, err := w.desk.Get(ctx, id); err != nil || c.State == casework.StateDecided {
				t.Errorf("case %d: %+v, %v", id, c, err)
			}
		}
		id := bulkOf(t, done.body)
		want(t, "its own page", w.page("/bulk/"+id), "1 case was touched", "is not kept")
		other := w.member(auth.Grant{Role: auth.Senior, Queue: auth.AllQueues})
		if a := other.get("/bulk/" + id); a.status != http.StatusNotFound {
			t.Errorf("the act of somebody else: %d", a.status)
		}
		if a := other.post("/bulk/"+id+"/undo", nil); a.status != http.StatusNotFound {
			t.Errorf("undo of somebody else's: %d", a.status)
		}
		w.undoes(id)
		if c, _, err := w.desk.Get(ctx, free); err != nil || c.State == casework.StateDecided {
			t.Errorf("after undo: %+v, %v", c, err)
		}
		want(t, "undone", w.done("/bulk/"+id+"/undo", nil), "It was undone.")
		// Assigned to somebody who decides in the queue, and to nobody else.
		helper := w.member(auth.Grant{Role: auth.Reviewer, Queue: "hotline"})
		if a := w.post("/bulk", url.Values{"act": {"assign"}, "step": {"do"}, "to": {helper.actorOf()}, "case": {number(free)}}); !strings.Contains(text(a.body), "the person decides no cases of its queue") {
			t.Errorf("assigned across queues: %s", text(a.body))
		}
		rev := w.member(auth.Grant{Role: auth.Reviewer, Queue: auth.AllQueues})
		if a := rev.post("/bulk", url.Values{"act": {"move"}, "case": {number(free)}}); a.status != http.StatusForbidden {
			t.Errorf("a reviewer moves cases: %d", a.status)
		}
		unwanted(t, "a reviewer's list", rev.page("/cases"), `value="move"`)
		many := url.Values{"act": {"move"}, "case": {}}
		for i := range casework.MostBulk + 1 {
			many.Add("case", number(int64(i+1)))
		}
		if a := w.post("/bulk", many); a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
			t.Errorf("too many: %d", a.status)
		}
	})
}

func TestCaseFilters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, bad := range []string{"state=x", "queue=%3Cb%3E", "form=x", "risk=9", "risk=x", "order=x", "after=1.2", "after=a.b.c"} {
			if a := w.get("/cases?" + bad); a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", bad, a.status)
			}
		}
		if a := w.get("/cases?q=."); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "at least two letters") {
			t.Errorf("a search for nothing: %d %s", a.status, text(a.body))
		}
		for i := range 120 {
			w.put(func(f *casework.Finding) { f.Form = jaga.Forms()[i%2]; f.Risk = casework.Risks()[i%6] })
		}
		// Through all pages every case comes once.
		seen, pages := map[string]bool{}, 0
		for path := "/cases?order=risk"; path != ""; pages++ {
			body := w.page(path)
			want(t, path, body, "120 cases")
			for _, id := range caseLinks(body) {
				if seen[id] {
					t.Errorf("case %s stands on two pages", id)
				}
				seen[id] = true
			}
			_, next, _ := strings.Cut(body, `rel="next" href="`)
			path, _, _ = strings.Cut(next, `"`)
			path = strings.ReplaceAll(path, "&amp;", "&")
		}
		if len(seen) != 120 || pages != 3 {
			t.Errorf("%d cases on %d pages", len(seen), pages)
		}
		want(t, "by form", w.page("/cases?form="+string(jaga.Forms()[0])), "60 cases")
		want(t, "by risk", w.page("/cases?risk=2"), "40 cases")
		// Saved, shared, opened by a colleague with another "mine", removed.
		body := w.done("/filters", url.Values{"do": {"save"}, "name": {"<i>mine"}, "shared": {"1"}, "filter": {"mine=1&state=all"}})
		want(t, "saved", body, "The filter is saved.", "&lt;i&gt;mine", `href="/cases?mine=1&amp;state=all"`)
		other := w.member(auth.Grant{Role: auth.Reviewer, Queue: auth.AllQueues})
		want(t, "a colleague", other.page("/cases"), `href="/cases?mine=1&amp;state=all"`, "by a colleague")
		if a := other.post("/filters", url.Values{"do": {"remove"}, "id": {"1"}, "filter": {""}}); a.status != http.StatusNotFound {
			t.Errorf("a colleague's filter was removed: %d", a.status)
		}
		if a := w.post("/filters", url.Values{"do": {"save"}, "name": {strings.Repeat("x", 81)}, "filter": {"held=1"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, strings.Repeat("x", 81)) {
			t.Errorf("a long name: %d", a.status)
		}
		unwanted(t, "removed", w.done("/filters", url.Values{"do": {"remove"}, "id": {"1"}, "filter": {""}}), "&lt;i&gt;mine")
	})
}

func TestHomeShowsWhatWaitsForMe(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "an empty installation", w.page("/"), "Create a bank", "Put entries into it")
		w.caseload()
		body := w.page("/")
		want(t, "home", body, "Your cases", "For you to read", "was escalated to you", "a note mentions you", "Overdue or due soon", "Take next case")
		order := []int{strings.Index(body, `id="mine"`), strings.Index(body, `id="inbox"`), strings.Index(body, "everything runs"), strings.Index(body, `id="clocks"`), strings.Index(body, `id="plot-cases"`)}
		if !slices.IsSorted(order) || order[0] < 0 {
			t.Errorf("mine, inbox, broken, clocks and plot stand at %v", order)
		}
		lines, err := w.desk.Inbox(t.Context(), "person:1", 10)
		w.must(err)
		for _, l := range lines {
			w.done("/inbox", url.Values{"id": {number(l.ID)}})
		}
		unwanted(t, "an empty inbox", w.page("/"), `id="inbox"`)
		if p, err := w.desk.List(t.Context(), casework.Filter{Unacknowledged: true}); err != nil || len(p.Cases) != 0 {
			t.Errorf("not acknowledged: %+v, %v", p.Cases, err)
		}
		hot := w.member(auth.Grant{Role: auth.Hotline, Queue: "hotline"})
		body = hot.page("/")
		want(t, "home of the hotline", body, "Cases that wait", "in hotline")
		unwanted(t, "home of the hotline", body, `action="/cases/next"`, `id="plot-cases"`)
	})
}

// TestStatisticsTellNoSmallNumbers: neither the page nor the tables hold a count
// of one to four.
func TestStatisticsTellNoSmallNumbers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "of nothing", w.page("/statistics"), "No case came in", "fewer than five cases that two people decided")
		w.caseload()
		body := w.page("/statistics")
		want(t, "statistics", body, "not told", "4 of 7 cases", "kappa is 0", "7 second reviews for 14 first decisions", "Until somebody looks")
		for _, table := range []string{"weeks", "forms", "risks", "first-look", "outcomes"} {
			a := w.get("/statistics/" + table + "?days=365")
			if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
				t.Fatalf("%s: %d", table, a.status)
			}
			lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
			w.must(err)
			for _, line := range lines[1:] {
				if n, err := strconv.Atoi(line[1]); err != nil || n < 0 || n > 0 && n < 5 {
					t.Errorf("%s tells %v", table, line)
				}
			}
			if table == "forms" && len(lines) != 3 {
				t.Errorf("forms: %v", lines)
			}
		}
		if a := w.get("/statistics/people"); a.status != http.StatusNotFound {
			t.Errorf("a table that is not there: %d", a.status)
		}
	})
}

func TestGolds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		open := w.put(func(f *casework.Finding) { f.Text = "words" })
		silent := w.put(nil)
		w.decide("person:77", silent, casework.NotConfirmed, "")
		decided := w.put(func(f *casework.Finding) { f.Text, f.Queue = "somebody asked for <b>money</b>", "alpha" })
		w.decide("person:77", decided, casework.Undetermined, "")
		want(t, "of an open case", w.page("/golds?from="+number(open)), "Nobody has decided this case for good yet.")
		want(t, "without words", w.page("/golds?from="+number(silent)), "Nothing was reported in words")
		want(t, "filled", w.page("/golds?from="+number(decided)), "somebody asked for &lt;b&gt;money", `value="undetermined" checked`)
		other := w.member(auth.Grant{Role: auth.Senior, Queue: "beta"})
		hidden := other.page("/golds?from=" + number(decided))
		want(t, "of another queue", hidden, "There is no such case in your queues.")
		unwanted(t, "of another queue", hidden, "money", "alpha")
		form := url.Values{"gold_text": {"a made-up person asks for money"}, "gold_queue": {"alpha"}, "gold_form": {"sextortion"}, "gold_risk": {"3"}, "gold_outcome": {"confirmed"}}
		if a := other.post("/golds", form); a.status != http.StatusUnprocessableEntity {
			t.Errorf("into a queue of others: %d", a.status)
		}
		for field, value := range map[string]string{"gold_text": "short", "gold_form": "x", "gold_risk": "0", "gold_outcome": ""} {
			bad := maps.Clone(form)
			bad.Set(field, value)
			if a := w.post("/golds", bad); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "made-up person") && field != "gold_text" {
				t.Errorf("%s %q: %d", field, value, a.status)
			}
		}
		before, _, err := w.desk.Count(ctx, casework.Filter{Queues: []string{"alpha"}})
		w.must(err)
		for range 5 {
			want(t, "added", w.done("/golds", form), "waits among the others")
		}
		after, _, err := w.desk.Count(ctx, casework.Filter{Queues: []string{"alpha"}})
		if w.must(err); after != before+5 {
			t.Errorf("%d cases, then %d", before, after)
		}
		p, err := w.desk.List(ctx, casework.Filter{Queues: []string{"alpha"}, Waits: true})
		w.must(err)
		want(t, "few", w.page("/golds"), "Fewer than five decisions")
		for i, c := range p.Cases {
			w.decide("person:78", c.ID, []casework.Outcome{casework.Confirmed, casework.NotConfirmed}[min(1, i/4)], "")
		}
		want(t, "results", w.page("/golds"), "80 %", "4 of 5 decisions were right")
		// On its page a case looks like any that users report, until one decides.
		report := w.put(func(f *casework.Finding) {
			f.Kind, f.Ref, f.Source, f.Account, f.Queue, f.Text = casework.KindUser, "report-1", "key:1", "user-4711", "alpha", "somebody asks for money"
		})
		form.Set("gold_form", "grooming")
		form.Set("gold_risk", "4")
		w.done("/golds", form)
		p, err = w.desk.List(ctx, casework.Filter{Queues: []string{"alpha"}, Waits: true, Order: casework.ByUpdate, Limit: 1})
		w.must(err)
		gold := p.Cases[0].ID
		shape := func(id int64) string {
			body := text(w.page(caseAt(id, "")))
			return regexp.MustCompile(`\b(user-\d+|\d+|[0-9a-f-]{36})\b`).ReplaceAllString(body, "N")
		}
		if a, b := shape(report), shape(gold); gold == report || a != b {
			t.Errorf("the pages differ:\n%s\n%s", a, b)
		}
		unwanted(t, "the page of one that waits", w.page(caseAt(gold, "")), "made up", "gold")
		w.decide("person:78", gold, casework.Welfare, "")
		unwanted(t, "somebody else's page", w.page(caseAt(gold, "")), "made up")
		w.done("/golds", form)
		p, err = w.desk.List(ctx, casework.Filter{Queues: []string{"alpha"}, Waits: true, Order: casework.ByUpdate, Limit: 1})
		w.must(err)
		w.decide(w.me(), p.Cases[0].ID, casework.Welfare, "")
		want(t, "told", w.page(caseAt(p.Cases[0].ID, "")), "This case was made up", "The right answer: ", "Yours: ")
		// Nothing marks them in a list.
		unwanted(t, "the list", strings.ToLower(w.page("/cases?queue=alpha&state=all")), "gold")
	})
}

// TestCasePagesWithManyCases: a list of a hundred thousand cases and its count.
func TestCasePagesWithManyCases(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a hundred thousand rows")
	}
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t))).signIn()
	now, i := time.Now().UnixMicro(), 0
	w.must(w.db.Bulk(t.Context(), func(tx *store.Tx) error {
		_, err := tx.BulkInsert("cases", []string{"id", "state", "round", "cycle", "queue", "form", "band", "risk", "path", "held", "hold_until", "assignee", "escalated", "acknowledged",
			"merged_into", "outcome", "findings", "events", "opened_at", "updated_at", "found_at", "due_at", "ready"}, func() ([]any, error) {
			if i++; i > 100_000 {
				return nil, nil
			}
			state := string(casework.States()[i%9])
			return []any{int64(1000 + i), state, int64(1), int64(1), []string{"default", "hotline", "alpha"}[i%3], "csam", int64(2), int64(1 + i%6), "", int64(0), int64(0), "", "", int64(0),
				int64(0), "", int64(1), int64(1), now - int64(i), now - int64(i), now, int64(0), int64(1)}, nil
		})
		return err
	}))
	m := w.member(auth.Grant{Role: auth.Senior, Queue: "hotline"}, auth.Grant{Role: auth.Reviewer, Queue: "alpha"})
	for _, who := range []*world{w, m} {
		for _, path := range []string{"/cases", "/cases?state=closed&order=update", "/cases?state=reported&queue=hotline&risk=3", "/cases?form=grooming", "/cases?after=4." + number(now-50_000) + ".50000", "/cases?mine=1", "/cases?state=all&q=nothing", "/"} {
			best := time.Hour
			for range 3 {
				began := time.Now()
				who.page(path)
				best = min(best, time.Since(began))
			}
			t.Logf("%s: %s", path, best.Round(time.Millisecond))
			if best > 2*time.Second {
				t.Errorf("%s takes %s", path, best)
			}
		}
	}
	want(t, "the count", w.page("/cases"), "More than 10,000 cases")
	if got := len(caseLinks(w.page("/cases"))); got != 50 {
		t.Error(fmt.Sprint(got, " cases on a page"))
	}
}
