package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/casework"
)

// TestANewQueueIsConfirmed: a slip in a queue's name moves no case out of sight
// and gives nobody a role where nothing is.
func TestANewQueueIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.finding(casework.Finding{Kind: casework.KindText, Ref: "1", Account: "x"})
		queue := func() string {
			t.Helper()
			c, _, err := w.work.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return c.Queue
		}
		a := w.post(caseAt(id, "move"), url.Values{"queue": {"defualt"}})
		if a.status != http.StatusUnprocessableEntity || queue() != "default" {
			t.Errorf("a slip: %d, and the case is in %q", a.status, queue())
		}
		want(t, "asked", a.body, "There is no such queue yet", "Make the new queue defualt", `name="new_queue" value="defualt"`, `<option value="hotline">`)
		unwanted(t, "before anybody asks", w.page(caseAt(id, "")), "new_queue")
		if a := w.post(caseAt(id, "move"), url.Values{"queue": {"night"}, "new_queue": {"defualt"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("another name was confirmed: %d", a.status)
		}
		if a := w.post(caseAt(id, "move"), url.Values{"queue": {"night"}, "new_queue": {"night"}}); a.status != http.StatusSeeOther || queue() != "night" {
			t.Errorf("confirmed: %d, and the case is in %q", a.status, queue())
		}
		// A case was there, so it is known from now on; so is one of a role.
		form := url.Values{"person_name": {"Sari"}, "role": {"reviewer"}, "queue": {"nosuch"}}
		a = w.post("/people", form)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("invited into a queue that there is not: %d", a.status)
		}
		want(t, "the invitation", a.body, "There is no such queue yet", "Make the new queue nosuch", `<option value="night">`, `value="Sari"`)
		if list, err := w.auth.People(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%d people, %v", len(list), err)
		}
		form.Set("new_queue", "nosuch")
		if a := w.post("/people", form); a.status != http.StatusOK || !strings.Contains(a.body, "/sign-in?token=") {
			t.Errorf("confirmed: %d", a.status)
		}
		w.done("/people/2/give", url.Values{"role": {"senior"}, "queue": {"nosuch"}})
		w.done("/people/2/give", url.Values{"role": {"senior"}, "queue": {"hotline"}})
		w.done("/people/2/give", url.Values{"role": {"senior"}, "queue": {""}})
		if a := w.post("/people/2/give", url.Values{"role": {"senior"}, "queue": {"nihgt"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Make the new queue nihgt") {
			t.Errorf("a role in a queue that there is not: %d", a.status)
		}
	})
}
