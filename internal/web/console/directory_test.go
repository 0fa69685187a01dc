package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/helpcheck"
)

// helpRows is a small help directory.
func helpRows() []helpcheck.Row {
	return []helpcheck.Row{
		{ID: "id-line", Country: "id", Name: "Line <b>", Kind: "listen", Channel: "phone", Value: "129", Source: "https://example.org/a", Dated: "2026"},
		{ID: "id-chat", Country: "id", Name: "Chat", Kind: "listen", Channel: "whatsapp", Value: "+628110000129", Source: "https://example.org/a"},
		{ID: "gb-line", Country: "gb", Name: "Old", Kind: "listen", Channel: "phone", Value: "0800 1111", Source: "https://example.org/c", Checked: time.Now().AddDate(0, 0, -200).Format(time.DateOnly)},
		{ID: "zz-page", Country: "zz", Name: "Page " + strings.Repeat("with a long name ", 12), Kind: "report", Channel: "web", Value: "https://help.example/" + strings.Repeat("long", 40), Source: "https://example.org/b"},
	}
}

// checks puts one of everything into the directory.
func (w *world) checks() {
	w.t.Helper()
	ctx := w.t.Context()
	for _, err := range []error{
		w.help.Answers(ctx, "person:1", "id-line", helpcheck.Try{Value: "129", Channel: "phone", Note: "<i>x</i> " + strings.Repeat("w", 200)}),
		w.help.Correct(ctx, "person:1", "id-line", helpcheck.Correction{Value: "129", NewValue: "14444", Source: "https://example.org/" + strings.Repeat("path", 60), Dated: "2026-11"}),
		w.help.NoAnswer(ctx, "person:1", "id-chat", helpcheck.Try{Value: "+628110000129", Channel: "whatsapp"}),
		w.help.NoAnswer(ctx, "person:2", "id-chat", helpcheck.Try{Value: "+628110000129", Channel: "whatsapp"}),
	} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) act(id, do string, fields ...string) answer {
	w.t.Helper()
	row, _ := w.help.Seen(w.t.Context()).Row(id)
	form := url.Values{"do": {do}, "value": {row.Value}, "channel": {row.Channel}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return w.post("/directory/"+id, form)
}

// TestDirectory keeps the directory as a person does.
func TestDirectory(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		list := w.page("/directory")
		want(t, "the list", list, "4 ways to people who help", "Never tried 3", "Tried over 180 days ago 1", "Nobody has tried it", "All countries", "Value changed 0")
		done := func(a answer) string {
			t.Helper()
			if a.status != http.StatusSeeOther {
				t.Fatalf("status %d: %s", a.status, text(a.body))
			}
			return w.page(a.header.Get("Location"))
		}
		page := done(w.act("id-line", "answers", "note", "a calm voice"))
		want(t, "answered", page, "Recorded. Readers see that it was tried today.", "Answered on "+time.Now().Format("2 Jan 2006"), "a calm voice", "Operator", "Tried: it answered", "Take it back")
		want(t, "the list", w.page("/directory?show=tried"), "Answers 1", "Line &lt;b&gt;")
		unwanted(t, "the filter", w.page("/directory?show=tried"), "Chat")

		page = done(w.act("id-line", "silent"))
		want(t, "silent", page, "Did not answer", "No answer on")
		if a := w.act("id-line", "silent"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "You have said so today already.") {
			t.Errorf("twice: %d: %s", a.status, text(a.body))
		}
		// The one who said it takes it back.
		last, _, err := w.help.Last(t.Context(), "person:1")
		if err != nil {
			t.Fatal(err)
		}
		want(t, "taken back", done(w.act("id-line", "undone", "act", fmt.Sprint(last.ID))), "Taken back.", "taken back", "An act was taken back", "Answered on")

		page = done(w.act("id-line", "corrected", "new_value", "14444", "page", "https://example.org/new", "dated", "2026-11", "why", "new owner"))
		want(t, "changed", page, "Changed. Readers see the new value at once; try it next.", "129 → 14444", "Replaced values", "new owner", "https://example.org/new", "Never tried")
		want(t, "the list", w.page("/directory?show=corrected"), "14444", "Value changed 1")
		for _, c := range []struct{ value, page, dated, says string }{
			{"129", "https://example.org/new", "2026-11", "cannot come back"}, {"0811 177 2273", "https://example.org/new", "2026", "cannot come back"},
			{"14444", "https://example.org/new", "2026-11", "differ from the present value"}, {"soon", "https://example.org/new", "2026", "digits for a phone"},
			{"15555", "javascript:alert(1)", "2026", "https:// or http://"}, {"15555", "https://example.org/new", "3026", "up to today"},
		} {
			a := w.act("id-line", "corrected", "new_value", c.value, "page", c.page, "dated", c.dated)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), c.says) || !strings.Contains(a.body, `value="`+c.value+`"`) {
				t.Errorf("%v: %d: %s", c, a.status, text(a.body))
			}
			unwanted(t, "a refused page", a.body, `href="javascript:`)
		}
		// A page that is out of date changes nothing.
		a := w.post("/directory/id-line", url.Values{"do": {"answers"}, "value": {"129"}, "channel": {"phone"}})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), "changed the value meanwhile") {
			t.Errorf("out of date: %d: %s", a.status, text(a.body))
		}
		for form, status := range map[string]int{"do=nothing": 422, "do=undone&act=x": 422, "do=undone&act=99999": 422, "": 422} {
			q, _ := url.ParseQuery(form)
			if a := w.post("/directory/id-line", q); a.status != status {
				t.Errorf("%q: status %d, want %d", form, a.status, status)
			}
		}
		if a := w.post("/directory/nobody", url.Values{"do": {"answers"}, "channel": {"phone"}}); a.status != http.StatusNotFound {
			t.Errorf("a row that is not there: %d", a.status)
		}
		w.session = ""
		if a := w.act("id-line", "answers"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/sign-in") {
			t.Errorf("nobody is signed in: %d", a.status)
		}
		if s, _ := w.help.Seen(t.Context()).Row("id-line"); s.Value != "14444" || s.Answered != "" {
			t.Errorf("what was refused left %+v", s)
		}
	})
}

// helpDirectory tries a row and takes it back, by keyboard alone.
func (b *browser) helpDirectory() {
	b.Open("/")
	b.press("gd")
	b.at("/directory")
	b.press("jj")
	b.press(kb.Enter)
	b.at("/directory/")
	b.until("the row", `document.querySelector("#channel") !== null`)
	b.tabTo(`el.value === "answers"`)
	b.press(kb.Enter)
	b.until("the notice", `document.readyState === "complete" && document.querySelector(".notice.done") !== null`)
	b.tabTo(`el.value === "undone"`)
	b.press(kb.Enter)
	b.until("that it was taken back", `document.readyState === "complete" && location.search === "?done=undone"`)
	b.tabTo(`el.id === "new_value"`)
	b.press("129")
	b.tabTo(`el.id === "page"`)
	b.press("https://example.org/new")
	b.tabTo(`el.id === "dated"`)
	b.press("2026")
	b.press(kb.Enter)
	b.until("what is wrong", `document.activeElement?.id === "problem" && document.querySelector("#new_value").value === "129"`)
}
