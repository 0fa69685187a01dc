package console_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/casework"
)

// hotline signs in somebody who takes calls.
func (w *world) hotline() *world {
	w.t.Helper()
	return w.member(auth.Grant{Role: auth.Hotline, Queue: "hotline"})
}

func aCall(more ...string) url.Values {
	f := url.Values{"token": {"form-" + strings.Join(more, "")}, "safe": {"no"}, "country": {"id"}, "relation": {"parent"}, "form": {"grooming"},
		"what": {"Somebody writes to my child <script>alert(1)</script>"}, "platform": {"Game"}, "accounts": {"Night <b>Bird</b>\n\nother"}, "links": {"https://game.example/p/77"}, "wants": {"advice"}, "reach": {"after six"}}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func TestIntake(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := w.hotline()
		body := h.page("/intake")
		want(t, "the form", body, "Is the child safe now?", "You have written down no call yet", "Take no pictures", "129")
		unwanted(t, "the form", body, `type="file"`, "multipart")

		// What is wrong is named, and what was typed stays.
		a := h.post("/intake", aCall("safe", ""))
		want(t, "without the first answer", a.body, "Say first whether the child is safe", "Somebody writes to my child &lt;script&gt;", `value="after six"`, "Night &lt;b&gt;Bird", `value="parent" checked`)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("status %d", a.status)
		}
		a = h.post("/intake", aCall("call_back", "1999-01-01T10:00"))
		want(t, "a time that is over", a.body, "within the next 90 days", "after six")

		// A draft is kept for its author alone, until the call is saved.
		want(t, "the draft", h.done("/intake", aCall("do", "draft")), "Only you see it", "This is what you had typed", "Somebody writes to my child")
		unwanted(t, "a colleague's form", w.hotline().page("/intake"), "Somebody writes")

		back := time.Now().Add(26 * time.Hour).Format("2006-01-02T15:04")
		body = h.done("/intake", aCall("call_back", back))
		want(t, "the call", body, "The call is saved as a case", "It is case 1", `<a href="/cases/1">`, "What to do now", "Next steps", "no legal advice", "Caller was called back")
		unwanted(t, "the call", body, "Somebody writes", "after six")
		c, _, err := w.queue.Get(t.Context(), 1)
		if err != nil || c.Queue != "hotline" || c.Risk != casework.RiskImminent || c.DueAt == 0 {
			t.Errorf("%+v, %v", c, err)
		}
		told := w.reviewer("Told", "hotline", auth.Senior).page("/cases/1")
		want(t, "the case", told, "Nothing was examined: this case is what people told", "What people told speaks for it")
		unwanted(t, "the case", told, "Everything that could be looked for")
		body = h.page("/intake")
		want(t, "my calls", body, "Your last calls", "Call back", `href="/intake/1"`)
		unwanted(t, "the form afterwards", body, "Somebody writes")
		// The same form again is the same call.
		want(t, "again", h.done("/intake", func() url.Values { f := aCall("call_back", back); f.Set("seen", "1"); return f }()), "It is case 1")

		// What was said is opened by a button, and by its author.
		want(t, "opened", h.post("/intake/1", url.Values{"do": {"read"}}).body, "Somebody writes to my child &lt;script&gt;", "after six", "https://game.example/p/77")
		unwanted(t, "opened", h.post("/intake/1", url.Values{"do": {"read"}}).body, "<script>alert")
		if a := w.hotline().get("/intake/1"); a.status != http.StatusNotFound {
			t.Errorf("a colleague: %d", a.status)
		}
		want(t, "called", h.done("/intake/1", url.Values{"do": {"called"}}), "the caller was called back")

		// The same link: it says so first, and keeps what was typed.
		again := aCall("platform", "Other game")
		again.Set("token", "form-second")
		a = h.post("/intake", again)
		if a.status != http.StatusConflict {
			t.Errorf("status %d", a.status)
		}
		want(t, "the same link", a.body, "Perhaps the same as", "Case 1 in hotline", "Somebody writes", `name="seen" value="1"`)
		again.Set("seen", "1")
		again.Set("same", "1")
		want(t, "saved all the same", h.done("/intake", again), "It is case 2")
		// While it is typed, by the script.
		if a := h.post("/intake/draft", again); a.status != 200 || !strings.Contains(a.body, "Case 1 in hotline") {
			t.Errorf("%d %s", a.status, a.body)
		}
		// Cases that one may not read are not named.
		if err := w.queue.Move(t.Context(), "person:1", 1, "secret"); err != nil {
			t.Fatal(err)
		}
		if a := h.post("/intake/draft", again); a.status != 200 || strings.Contains(a.body, "Case 1") {
			t.Errorf("%d %s", a.status, a.body)
		}
		// A role in another queue opens nothing.
		if a := w.member(auth.Grant{Role: auth.Hotline, Queue: "default"}).get("/intake"); a.status != http.StatusForbidden {
			t.Errorf("another queue: %d", a.status)
		}
	})
}

// TestIntakeInABrowser writes a call down by keyboard and script, loses the
// session, and looks at the pages.
func TestIntakeInABrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.w.link() // the first administrator
	_, link, err := b.w.auth.Invite(t.Context(), "person:1", "Sari", "", []auth.Grant{{Role: auth.Hotline, Queue: auth.AllQueues}})
	if err != nil {
		t.Fatal(err)
	}
	b.Open("/sign-in?token=" + link)
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn")), chromedp.WaitReady(chromedp.CSS(".side")))
	b.look(1280, "light", "en")
	b.Open("/intake")
	value := func(script string) bool { return browsertest.Value(b.Browser, chromedp.Evaluate[bool](script)) }
	if value(`getComputedStyle(document.querySelector(".now")).display !== "none"`) {
		t.Error("what to do now stands there before anybody said no")
	}
	b.Run(chromedp.Click(chromedp.CSS(`[name=safe][value=no]`)))
	b.until("what to do now", `getComputedStyle(document.querySelector(".now")).display === "block"`)
	b.Run(chromedp.SendKeys(chromedp.CSS("#what"), "Somebody writes to my child"))
	b.until("the draft is kept", `document.querySelector("[data-kept]").textContent !== ""`)
	b.Open("/intake")
	b.until("the draft is there again", `document.querySelector("#what").value === "Somebody writes to my child"`)
	// The session ends: nothing is sent and nothing is lost.
	if _, err := b.w.auth.NewLink(t.Context(), "person:1", 2); err != nil {
		t.Fatal(err)
	}
	if err := b.w.auth.Disable(t.Context(), "person:1", 2); err != nil {
		t.Fatal(err)
	}
	b.Run(chromedp.SendKeys(chromedp.CSS("#what"), " at night"), chromedp.Click(chromedp.CSS("#intake .btn.main")))
	b.until("that one is signed out", `!document.querySelector("[data-lost]").hidden`)
	if !value(`document.querySelector("#what").value.includes("Somebody writes to my child") && document.querySelector("#what").value.includes(" at night") && location.pathname === "/intake"`) {
		t.Error("what was typed is gone")
	}
	if err := b.w.auth.Enable(t.Context(), "person:1", 2); err != nil {
		t.Fatal(err)
	}
	if link, err = b.w.auth.NewLink(t.Context(), "person:1", 2); err != nil {
		t.Fatal(err)
	}
	b.Open("/sign-in?token=" + link)
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn")), chromedp.WaitReady(chromedp.CSS(".side")))
	b.Open("/intake")
	b.Run(chromedp.Click(chromedp.CSS("#intake .btn.main")), chromedp.WaitReady(chromedp.CSS(".slipnumber")))
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "id"}, {1280, "dark", "en"}, {768, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for _, path := range []string{"/intake", "/intake/1"} {
			b.Open(path)
			if path == "/intake" {
				b.Run(chromedp.Click(chromedp.CSS(`[name=safe][value=no]`)))
			}
			if dir := os.Getenv("JAGA_SCREENSHOTS"); dir != "" {
				name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "-") + "-" + c.lang + "-" + c.theme + ".png"
				if err := os.WriteFile(filepath.Join(dir, name), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b.check(path + " " + c.theme + " " + c.lang)
		}
	}
}
