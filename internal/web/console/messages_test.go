package console_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/tell"
)

// team is a service that takes messages in, and opens cases by counting.
func team(t *testing.T, db *store.DB) *tell.Service {
	t.Helper()
	h, err := tell.ParseHours("Asia/Jakarta", []string{"daily 00:00-24:00"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tell.New(db, tell.Options{Key: bytes.Repeat([]byte{7}, 32), Team: "Tim Uji", Hours: h, Goal: 4 * time.Hour, Keep: 90 * 24 * time.Hour, Work: 1,
		OpenCase: func(_ *store.Tx, _ string, h tell.Handover) (int64, error) { return 100 + h.Thread, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// letter writes a message through the guide.
func (w *world) letter(lang, text string) tell.Sent {
	w.t.Helper()
	token := w.told.Token()
	s, err := w.told.Send(w.t.Context(), netip.AddrFrom4([4]byte{10, token[0], token[1], 1}), tell.Letter{Token: token, Lang: lang, Text: text})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// letters writes some messages: one that waits, one of a colleague's, one that
// was answered.
func (w *world) letters() {
	w.t.Helper()
	w.letter("en", "Somebody asks me for pictures. "+canary)
	w.letter("id", "aku takut pulang <script>alert(1)</script> "+canary)
	w.letter("en", "thank you "+canary)
	ctx := w.t.Context()
	for _, id := range []int64{2, 3} {
		if err := w.told.Take(ctx, "person:77", id); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.told.Save(ctx, "person:77", 2, "draft "+canary); err != nil {
		w.t.Fatal(err)
	}
	if err := w.told.Answer(ctx, "person:77", 3, 1, "You are welcome. "+canary); err != nil {
		w.t.Fatal(err)
	}
}

// TestMessages takes, reads, answers, passes on and closes; what was written
// stands on the page of whoever has taken it, and nowhere else.
func TestMessages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "an empty list", w.page("/messages"), "Nobody waits for an answer")
		want(t, "nothing to take", w.done("/messages/next", nil), "Nobody waits whom no colleague has taken")
		w.letters()
		list := w.page("/messages")
		want(t, "the list", list, "Read first", "Person 77", "An answer is begun", "Conversation 1", "due")
		unwanted(t, "the list", list, canary)
		if strings.Index(list, "Conversation 2") > strings.Index(list, "Conversation 1") {
			t.Error("what is to be read first stands below")
		}
		want(t, "home", w.page("/"), `href="/messages"`, "wait for an answer")
		theirs := w.page("/messages/2")
		want(t, "a colleague's", theirs, "Person 77 has taken it")
		unwanted(t, "a colleague's", theirs, canary, `value="take"`)
		unwanted(t, "one that nobody has", w.page("/messages/1"), canary)
		if a := w.post("/messages/2", url.Values{"do": {"take"}}); a.status != http.StatusConflict || strings.Contains(a.body, canary) {
			t.Errorf("a colleague's is taken: %d", a.status)
		}
		if a := w.post("/messages/1", url.Values{"do": {"answer"}, "seen": {"1"}, "answer": {"my words"}}); a.status != http.StatusConflict || !strings.Contains(a.body, "my words") || strings.Contains(a.body, canary) {
			t.Errorf("an answer to one that is not taken: %d", a.status)
		}
		mine := w.done("/messages/next", nil)
		want(t, "taken", mine, "Somebody asks me for pictures. "+canary, `id="answer"`, `value="1"`, "Pass on to a case", "1 message")
		unwanted(t, "taken", mine, "true message")
		page := func(do string, pairs ...string) string {
			t.Helper()
			f := url.Values{"do": {do}, "seen": {"1"}}
			for i := 0; i+1 < len(pairs); i += 2 {
				f.Set(pairs[i], pairs[i+1])
			}
			return w.done("/messages/1", f)
		}
		want(t, "a draft", page("draft", "answer", "Hello <b>"), "The draft is saved", "Hello &lt;b&gt;</textarea>")
		want(t, "a template", page("template", "answer", "Hello", "template", "picture.id"), "Hello\n\nIni bukan salahmu")
		want(t, "passed on", page("pass", "summary", "A child is asked for pictures."), "It was passed on", "Case 101")
		for _, c := range []struct {
			form   url.Values
			status int
			holds  string
		}{
			{url.Values{"do": {"answer"}, "seen": {"1"}, "answer": {" "}}, 422, "There is no text"},
			{url.Values{"do": {"answer"}, "seen": {"1"}, "answer": {strings.Repeat("xy ", 2000)}}, 422, strings.Repeat("xy ", 2000)},
			{url.Values{"do": {"answer"}, "seen": {"0"}, "answer": {"my words"}}, 409, "has written on meanwhile"},
			{url.Values{"do": {"template"}, "template": {"no.en"}}, 422, "<h1"},
			{url.Values{"do": {"nothing"}}, 422, "<h1"},
		} {
			if a := w.post("/messages/1", c.form); a.status != c.status || !strings.Contains(a.body, c.holds) {
				t.Errorf("%.60v: %d, want %d with %.40q", c.form, a.status, c.status, c.holds)
			}
		}
		want(t, "answered", page("answer", "answer", "It is not your fault."), "The answer is there", "Answered")
		want(t, "the trail", w.page("/messages/1"), "Passed on to a case", ">Read<")
		_ = w.done("/messages/1", url.Values{"do": {"take"}})
		want(t, "given back", page("release", "seen", "2", "answer", "later"), "kept as a draft")
		_ = w.done("/messages/1", url.Values{"do": {"take"}})
		want(t, "closed", page("close", "seen", "2"), "The conversation is closed")
		for path, status := range map[string]int{"/messages/99": 404, "/messages/x": 404} {
			if a := w.get(path); a.status != status {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		save := url.Values{"name": {"thanks"}, "lang": {"en"}, "text": {"Thank you. <i>x"}}
		want(t, "a ready answer", w.done("/messages/answers", save), "Saved", "Thank you. &lt;i&gt;x</textarea>", "changed by the team")
		save.Set("text", strings.Repeat("z", 5000))
		if a := w.post("/messages/answers", save); a.status != 422 || !strings.Contains(a.body, strings.Repeat("z", 5000)) {
			t.Errorf("a ready answer that is too long: %d", a.status)
		}
		save.Set("do", "restore")
		unwanted(t, "restored", w.done("/messages/answers", save), "changed by the team")
		session := w.session
		w.session = ""
		for _, path := range []string{"/messages", "/messages/1", "/messages/answers"} {
			if a := w.get(path); a.status != http.StatusSeeOther {
				t.Errorf("%s: open to everybody: %d", path, a.status)
			}
		}
		w.session = session
	})
}

// TestMessagesByKeyboard answers a message with the keyboard alone, on a phone
// and on a laptop, in both languages.
func TestMessagesByKeyboard(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.signIn()
	for i, lang := range []string{"en", "id"} {
		sent := b.w.letter(lang, "Somebody asks me for pictures.")
		b.look([]int64{360, 1280}[i], "light", lang)
		b.Open("/messages")
		b.tabTo(`el.closest("form")?.getAttribute("action") === "/messages/next"`)
		b.press(kb.Enter)
		b.until("the message", `!!document.querySelector(".letters .typed")`)
		b.tabTo(`el.id === "answer"`)
		b.Run(chromedp.KeyEvent("It is not your fault."))
		b.tabTo(`el.value === "answer"`)
		b.press(kb.Enter)
		b.until("the list", `!!document.querySelector(".notice.done")`)
		th, err := b.w.told.Look(t.Context(), netip.MustParseAddr("192.0.2.1"), sent.Number, sent.PIN)
		if err != nil || th.State != tell.Answered || th.Messages[1].Text != "It is not your fault." {
			t.Errorf("%s: %+v, %v", lang, th, err)
		}
		if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
			t.Errorf("%s: %d pixels too wide", lang, over)
		}
		b.Clean(lang)
	}
}

// TestMessagesLook looks at the pages in every state, as the walk does at the
// others; pictures are saved in the folder that JAGA_SCREENSHOTS names, if it
// names one.
func TestMessagesLook(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	b.signIn()
	b.w.letters()
	b.look(1280, "light", "en")
	b.Open("/messages/1")
	b.Run(chromedp.Click(chromedp.CSS("main form .btn.main")), chromedp.WaitReady(chromedp.CSS(".letters")))
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "en"}, {1280, "dark", "id"}, {360, "dark", "id"}, {1280, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for name, path := range map[string]string{"list": "/messages", "mine": "/messages/1", "theirs": "/messages/2", "answered": "/messages/3", "answers": "/messages/answers"} {
			where := fmt.Sprintf("messages-%s-%s-%d-%s", name, c.lang, c.width, c.theme)
			b.Open(path)
			if dir := os.Getenv("JAGA_SCREENSHOTS"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, where+".png"), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
			if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
				t.Errorf("%s: %d pixels too wide", where, over)
			}
			b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
			for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
				r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
				t.Errorf("%s: %s", where, v)
			}
			b.Clean(where)
		}
	}
}
