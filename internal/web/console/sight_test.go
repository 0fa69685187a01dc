package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/store"
)

// openings counts the records that somebody opened the words of a finding.
func (w *world) openings(id string) (n int) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		records, err := store.CustodyTrail(tx, "finding:"+id, 100)
		for _, r := range records {
			if r.Action == "excerpt.open" {
				n++
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestFindingsAreInTheQueueOfTheirCase: what came in and what was found is there
// for those who may read the queue of its case, and for nobody else.
func TestFindingsAreInTheQueueOfTheirCase(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		mixed, welfare, _, _ := w.someCases()
		room := w.findings(converse.Filter{Conversation: "room-7", Form: jaga.FormSextortion})[0].ID
		class := w.findings(converse.Filter{Conversation: "class-8b"})[0].ID
		item := w.take("case-0", smaller(1)) // another copy, without a case
		kept, err := w.work.Findings(t.Context(), mixed, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		cased := ""
		for _, f := range kept {
			if f.Kind == casework.KindMedia {
				cased = f.Ref
			}
		}
		here := w.reviewer("Sari", "default", auth.Reviewer)
		away := w.reviewer("Budi", "hotline", auth.Reviewer)
		lead := w.reviewer("Wati", auth.AllQueues, auth.Senior)
		paths := []string{"/conversations/" + room, "/items/" + cased, "/why?item=" + cased + "&match=0"}
		sees := func(who *world, name string, want bool) {
			t.Helper()
			for _, path := range paths {
				if got := who.get(path).status; (got == http.StatusOK) != want || !want && got != http.StatusNotFound {
					t.Errorf("%s: GET %s: %d, want it there: %v", name, path, got, want)
				}
			}
			for path, id := range map[string]string{"/conversations": room, "/items": cased, "/": cased} {
				body := who.page(path)
				if got := strings.Contains(body, id); got != want {
					t.Errorf("%s: the list %s has it: %v, want %v", name, path, got, want)
				}
			}
		}
		opens := func(who *world, id string) int {
			t.Helper()
			was := w.openings(id)
			a := who.send(httptest.NewRequest(http.MethodPost, "/conversations/"+id+"/excerpt", nil))
			if got := w.openings(id) - was; (got == 1) != (a.status == http.StatusOK) {
				t.Errorf("status %d, and %d records that it was opened", a.status, got)
			}
			return a.status
		}
		sees(here, "the queue's reviewer", true)
		sees(away, "a reviewer of another queue", false)
		sees(lead, "a senior of all queues", true)
		if a, b := opens(here, room), opens(away, room); a != http.StatusOK || b != http.StatusNotFound {
			t.Errorf("words: %d and %d", a, b)
		}
		// What is not there and what is not theirs look alike.
		gone := away.get("/conversations/0197a000-0000-7000-8000-000000000000")
		hidden := away.get("/conversations/" + room)
		if text(gone.body) != text(hidden.body) {
			t.Errorf("two answers: %s\n%s", text(gone.body), text(hidden.body))
		}
		if err := w.work.Move(t.Context(), "person:1", mixed, "secret"); err != nil {
			t.Fatal(err)
		}
		sees(here, "after the move", false)
		if a := opens(here, room); a != http.StatusNotFound {
			t.Errorf("words after the move: %d", a)
		}
		sees(w.reviewer("Agus", "secret", auth.Reviewer), "a reviewer of the new queue", true)
		// A part is where the whole is, whatever its own queue.
		if a := here.get("/conversations/" + class).status; a != http.StatusOK {
			t.Errorf("before the merge: %d", a)
		}
		if err := w.work.Merge(t.Context(), "person:1", welfare, mixed); err != nil {
			t.Fatal(err)
		}
		if a, b := here.get("/conversations/"+class).status, opens(here, class); a != http.StatusNotFound || b != http.StatusNotFound {
			t.Errorf("a part of a case in another queue: %d, words %d", a, b)
		}
		if strings.Contains(here.page("/conversations"), class) {
			t.Error("the list has a part of a case in another queue")
		}
		if a := here.post(caseAt(welfare, "words"), nil).status; a != http.StatusNotFound {
			t.Errorf("the words of a part: %d", a)
		}
		// Without a case: on the lists, and the words for those of all queues.
		free := ""
		for _, f := range w.findings(converse.Filter{Limit: 100}) {
			if _, ok, err := w.work.QueueOf(t.Context(), []casework.Kind{casework.KindConversation}, f.ID); err != nil {
				t.Fatal(err)
			} else if !ok {
				free = f.ID
			}
		}
		if free == "" {
			t.Fatal("every finding has a case")
		}
		if a, b := here.get("/conversations/"+free).status, here.get("/items/"+item).status; a != http.StatusOK || b != http.StatusOK {
			t.Errorf("without a case: %d, %d", a, b)
		}
		unwanted(t, "the page of a finding without a case", here.page("/conversations/"+free), "/excerpt#excerpt")
		if a, b := opens(here, free), opens(lead, free); a != http.StatusForbidden || b != http.StatusOK {
			t.Errorf("the words of a finding without a case: %d, and %d for a senior of all queues", a, b)
		}
	})
}
