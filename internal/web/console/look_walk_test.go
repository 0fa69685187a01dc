package console_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/look"
)

// viewer is a page of one file in a browser.
type viewer struct {
	*browser
	file int
}

func (v *viewer) script(text string) bool {
	v.T.Helper()
	return browsertest.Value(v.Browser, chromedp.Evaluate[bool](text))
}

// pixels is how many pixels of the canvas are not empty.
const pixels = `(() => { const c = document.querySelector(".viewer canvas");
	if (!c.width || !c.height) return 0;
	const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0;
	return n })()`

// coloured is how many of them are not grey.
const coloured = `(() => { const c = document.querySelector(".viewer canvas");
	if (!c.width) return 0;
	const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let n = 0; for (let i = 0; i < d.length; i += 4) n += Math.max(d[i], d[i+1], d[i+2]) - Math.min(d[i], d[i+1], d[i+2]) > 12;
	return n })()`

// asked is how many requests of the viewer the page has made.
const asked = `performance.getEntriesByType("resource").filter(e => e.name.includes("/look/")).length`

func (v *viewer) veiled(when string) {
	v.T.Helper()
	v.until("the veil "+when, `(`+pixels+`) === 0 && !document.querySelector(".viewer [data-cover]").hidden`)
}

func (v *viewer) shown(when string) {
	v.T.Helper()
	v.until("the picture "+when, `(`+pixels+`) > 1000 && document.querySelector(".viewer [data-cover]").hidden`)
}

// holdUntil holds the button until a script is true and the file is veiled. Where the
// machine is slow a beat may come too late, which covers the file as well: then it is
// held again.
func (v *viewer) holdUntil(what, script string) {
	v.T.Helper()
	for n := 0; n < 10 && !v.script(script); n++ {
		v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
		v.until("the file, or no more of it", `document.querySelector(".viewer [data-cover]").hidden || (`+script+`)`)
		v.veiled(what)
		v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	}
	v.until(what, script)
}

func (v *viewer) viewed() bool {
	v.T.Helper()
	seen, err := v.w.look.Viewed(v.T.Context(), shapeKey(v.file))
	if err != nil {
		v.T.Fatal(err)
	}
	return seen.Viewed
}

// mouse presses or releases the left button over an element.
func (v *viewer) mouse(kind input.DispatchMouseEventType, selector string) {
	v.T.Helper()
	at := browsertest.Value(v.Browser, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`, selector)))
	if _, err := chromedp.Call(v.Ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: "left", Buttons: 1, ClickCount: 1}); err != nil {
		v.T.Fatal(err)
	}
}

func (v *viewer) key(kind input.DispatchKeyEventType, name, code string, windows int64) {
	v.T.Helper()
	text := map[string]string{"Space": " ", "Enter": "\r"}[code]
	if kind == input.DispatchKeyEventTypeKeyUp {
		text = ""
	}
	if _, err := chromedp.Call(v.Ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: name, Code: code, Text: text, WindowsVirtualKeyCode: windows}); err != nil {
		v.T.Fatal(err)
	}
}

func (v *viewer) set(name, value string) {
	v.T.Helper()
	v.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const e = document.querySelector("[data-%s]"); if (e.type === "checkbox") e.checked = %q === "on"; else e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true })) }`, name, value, value)))
}

// viewer goes to the page of a file with nothing remembered.
func (b *browser) viewer(file int) *viewer {
	b.T.Helper()
	b.Open("/look/cases/1/" + shapeID(file))
	v := &viewer{b, file}
	v.until("the buttons", `!document.querySelector(".viewer [data-acts]").hidden`)
	return v
}

// TestLooking holds and lets go as people do.
func TestLooking(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.signIn()
	b.look(1280, "light", "en")
	for _, part := range []struct {
		name string
		do   func(*browser)
	}{
		{"nothing before the hold", (*browser).nothingBefore}, {"by pointer", (*browser).byPointer}, {"by keyboard alone", (*browser).byKeys},
		{"for people who cannot hold", (*browser).byClick}, {"covered when the reader goes", (*browser).coveredWhenAway}, {"not a picture", (*browser).notAPicture},
		{"a second person", (*browser).secondPerson}, {"the budget", (*browser).budgetUsedUp}, {"the network is gone", (*browser).networkGone}, {"its pages", (*browser).lookPages},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			b.T, b.w.t = t, t
			part.do(b)
			b.Clean(part.name)
		}) {
			return
		}
		b.T, b.w.t = t, t
	}
}

func (b *browser) nothingBefore() {
	v := b.viewer(1)
	time.Sleep(700 * time.Millisecond)
	v.veiled("at first")
	if !v.script(asked+` === 0`) || b.w.shapes.times() != 0 {
		b.T.Error("something was fetched before anybody held the button")
	}
	if !v.script(`document.querySelectorAll(".viewer img, .viewer video, .viewer a[download]").length === 0`) {
		b.T.Error("the viewer has more than a canvas")
	}
}

func (b *browser) byPointer() {
	v := b.viewer(1)
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.shown("while the button is held")
	if !v.script(coloured+` === 0`) || !v.script(`document.querySelector(".viewer canvas").width <= 160`) {
		b.T.Error("it is not small and grey at first")
	}
	time.Sleep(1500 * time.Millisecond)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	if v.viewed() {
		b.T.Error("a blurred look counts as viewed")
	}
	v.set("blur", "0")
	v.set("grey", "off")
	v.set("size", "320")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.shown("without blur")
	if !v.script(coloured+` > 100`) || !v.script(`document.querySelector(".viewer canvas").width === 240`) {
		b.T.Error("the settings do nothing, or a picture was made larger than it is")
	}
	time.Sleep(1500 * time.Millisecond)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	v.until("the last request", asked+` > 5`)
	for began := time.Now(); !v.viewed(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			b.T.Fatal("a look of a second and a half does not count as viewed")
		}
	}
}

func (b *browser) byKeys() {
	v := b.viewer(6)
	v.tabTo(`el.matches("[data-hold]")`)
	for _, k := range []struct {
		name, code string
		windows    int64
	}{{" ", "Space", 32}, {"Enter", "Enter", 13}} {
		v.key(input.DispatchKeyEventTypeKeyDown, k.name, k.code, k.windows)
		v.shown("while " + k.code + " is held")
		v.key(input.DispatchKeyEventTypeKeyUp, k.name, k.code, k.windows)
		v.veiled("after letting go of " + k.code)
	}
	v.key(input.DispatchKeyEventTypeKeyDown, " ", "Space", 32)
	v.shown("while Space is held")
	v.press(kb.Tab)
	v.veiled("when the focus goes")
	v.tabTo(`el.matches(".veil-set summary")`)
	v.press(kb.Enter)
	v.until("the settings", `document.querySelector(".veil-set").open`)
	v.tabTo(`el.matches("[data-purpose]")`)
	v.tabTo(`el.matches("[data-blur]")`)
	v.press(kb.Home)
	v.until("no blur", `document.querySelector("[data-blur]").value === "0"`)
}

func (b *browser) byClick() {
	v := b.viewer(7)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.shown("for some seconds")
	v.until("the way back", `document.querySelector("[data-timed]").innerText === "Cover now"`)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.veiled("after pressing again")
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.shown("again")
	v.veiled("after five seconds")
}

func (b *browser) coveredWhenAway() {
	v := b.viewer(7)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.shown("for some seconds")
	v.Run(chromedp.Evaluate[chromedp.Void](`window.dispatchEvent(new Event("blur"))`))
	v.veiled("when the window loses the focus")
}

func (b *browser) notAPicture() {
	v := b.viewer(5)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.until("why not", `document.querySelector("[data-say]").innerText.includes("cannot draw")`)
	v.veiled("of what cannot be drawn")
	if v.viewed() {
		b.T.Error("what could not be drawn counts as viewed")
	}
}

func (b *browser) secondPerson() {
	v := b.viewer(3)
	v.until("that it is said before", `document.querySelector(".veil-second").innerText.includes("A second person is needed")`)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.until("the link", `(document.querySelector("[data-refusal] code")?.innerText ?? "").includes("/look/consent/")`)
	v.veiled("without a second person")
	var session int64
	path := browsertest.Value(b.Browser, chromedp.Evaluate[string](`new URL(document.querySelector("[data-refusal] a").href).pathname`))
	if _, err := fmt.Sscanf(path, "/look/consent/%d", &session); err != nil {
		b.T.Fatal(path)
	}
	// One's own consent is none, nor is that of somebody without the right.
	if a := b.w.post(path, nil); a.status != http.StatusForbidden {
		b.T.Errorf("one's own consent: %d", a.status)
	}
	if a := b.w.member(auth.Grant{Role: auth.Auditor, Queue: auth.AllQueues}).post(path, nil); a.status != http.StatusForbidden {
		b.T.Errorf("consent of somebody who may not look: %d", a.status)
	}
	colleague := b.w.member(auth.Grant{Role: auth.Reviewer, Queue: auth.AllQueues})
	want(b.T, "the colleague's page", colleague.page("/look/me"), "A colleague waits for a second person", path)
	want(b.T, "the consent page", colleague.page(path), "I agree that they look", "First sorting")
	if a := colleague.post(path, nil); a.status != http.StatusSeeOther {
		b.T.Fatalf("consent: %d %s", a.status, a.body)
	}
	unwanted(b.T, "the colleague's page", colleague.page("/look/me"), path)
	v.until("that a colleague has agreed", `document.querySelector("[data-say]").innerText.includes("A colleague has agreed") && document.querySelector("[data-refusal]").hidden`)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.shown("with a second person")
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.veiled("afterwards")
}

func (b *browser) budgetUsedUp() {
	e, err := b.w.look.Mine(b.T.Context(), "person:1", time.UTC)
	if err != nil {
		b.T.Fatal(err)
	}
	l := look.DefaultLimits()
	l.All.ShiftSeconds, l.Support = e.ShiftSeconds+2, "Ibu Sari, room 3"
	if err := b.w.look.SetLimits(b.T.Context(), "person:1", l); err != nil {
		b.T.Fatal(err)
	}
	v := b.viewer(1)
	const enough = `(document.querySelector("[data-refusal]").innerText.includes("Enough for now") && document.querySelector("[data-refusal]").innerText.includes("Ibu Sari"))`
	v.holdUntil("when the budget is used up", enough)
	opened := b.w.shapes.times()
	for range 3 {
		v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
		v.until("enough again", `!document.querySelector("[data-refusal]").hidden && document.querySelector("[data-say]").innerText.startsWith("Veiled")`)
	}
	if n := b.w.shapes.times(); n != opened {
		b.T.Errorf("content was opened %d times over the budget", n-opened)
	}
	v.axe("enough for now")
	v.save("budget")
	// The page says so before anybody presses.
	v = b.viewer(1)
	v.until("that it is enough, at once", `document.querySelector(".veil-may").innerText.includes("Enough for now")`)
	v.axe("enough before the hold")
	v.save("may")
	if err := b.w.look.SetLimits(b.T.Context(), "person:1", look.DefaultLimits()); err != nil {
		b.T.Fatal(err)
	}
}

// networkGone refuses every answer of the server while a file is shown.
func (b *browser) networkGone() {
	v := b.viewer(8)
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.shown("while there is a network")
	v.Run(chromedp.Evaluate[chromedp.Void](`window.fetch = () => Promise.reject(new TypeError("gone"))`))
	v.until("that it is gone", `document.querySelector("[data-say]").innerText.includes("connection was lost")`)
	v.veiled("without a network")
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		n, err := b.w.look.Sweep(b.T.Context())
		if err != nil {
			b.T.Fatal(err)
		}
		if n == 1 {
			break
		}
		if time.Since(began) > 10*time.Second {
			b.T.Fatal("the server does not end what it hears nothing of")
		}
	}
}

// axe looks at the page as it is.
func (b *browser) axe(where string) {
	b.T.Helper()
	axe, err := os.ReadFile("testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		b.T.Fatal(err)
	}
	if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		b.T.Errorf("%s: %d pixels too wide", where, over)
	}
	b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
	for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
		r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
		b.T.Errorf("%s: %s", where, v)
	}
	b.Clean(where)
}

// lookPages looks at the pages in both languages and themes on a phone and on a
// wide screen, and saves pictures of them where JAGA_SCREENSHOTS names a folder.
func (b *browser) lookPages() {
	b.w.looks()
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "id"}, {360, "dark", "en"}, {1280, "light", "en"}, {1280, "dark", "id"}} {
		b.look(c.width, c.theme, c.lang)
		for name, path := range map[string]string{"me": "/look/me", "team": "/look/team", "file": "/look/cases/1/" + shapeID(9), "decided": "/look/cases/1/" + shapeID(2), "hardest": "/look/cases/1/" + shapeID(3), "video": "/look/cases/1/" + shapeID(4), "sound": "/look/cases/1/" + shapeID(10), "consent": "/look/consent/1"} {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.Open(path)
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
			b.Clean(where)
			b.axe(where)
			b.save(fmt.Sprintf("%s-%d-%s-%s", name, c.width, c.theme, c.lang))
		}
	}
}

func (b *browser) save(name string) {
	b.T.Helper()
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "look-"+strings.ReplaceAll(name, "/", "_")+".png"), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
		b.T.Fatal(err)
	}
}
