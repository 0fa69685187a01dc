package guide_test

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// ways are results that must come out right, with the answers that lead there.
var ways = map[string]map[string]string{
	"teen-sextortion":   {"safe": "yes", "who": "teen", "what": "threat", "know": "online", "want": "money", "trust": "no", "feel": "bad"},
	"child-stream-home": {"safe": "unsure", "who": "child", "what": "near", "know": "family", "want": "camera", "trust": "no", "feel": "worried"},
	"parent-grooming":   {"safe": "yes", "who": "parent", "what": "close", "know": "adult", "want": "secret", "trust": "yes", "feel": "worried"},
	"crisis":            {"safe": "no", "who": "teen", "what": "pictures", "picture": "fake", "know": "peer", "want": "stay", "trust": "no", "feel": "hurt"},
}

// TestTapsInTheBrowser walks through the check by keyboard alone, at 320
// pixels, with and without a script.
func TestTapsInTheBrowser(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../console/testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	g := open(t, nil)
	// Browsers of old phones, and all of them on a server without TLS, name
	// their origin alone; the guard that stands before the guide must let them in.
	guard := http.NewCrossOriginProtection().Handler(g)
	b := &browser{browsertest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		guard.ServeHTTP(w, r)
	})), g}
	var requests, icons atomic.Int64
	if err := chromedp.Listen(b.Ctx, func(ev any) {
		if e, ok := ev.(*network.EventRequestWillBeSent); ok {
			switch path.Ext(e.Request.URL) {
			case ".svg", ".png", ".webmanifest": // pictures of the site, which the browser takes when it likes
				icons.Add(1)
			default:
				requests.Add(1)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	script := func(on bool) {
		if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
			t.Fatal(err)
		}
	}
	// The browser takes the icon of the site once, some time after the first page.
	b.Open("/guide/en/c")
	for began := time.Now(); icons.Load() == 0 && time.Since(began) < 15*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	n := 0
	for name, answers := range ways {
		for _, lang := range []string{"en", "id"} {
			path, letters := "/guide/"+lang+"/c", b.g.TapLetters(answers)
			if letters == "" {
				t.Fatalf("%s: no such way", name)
			}
			var results [2]string
			for i, on := range []bool{true, false} {
				n++
				b.look(320, 568, []string{"light", "dark"}[n/2%2])
				script(on)
				b.Open(path)
				before := requests.Load()
				for j, letter := range letters {
					where := fmt.Sprintf("%s, %s, script %v, question %d", name, lang, on, j+1)
					head := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.querySelector("h1").textContent`))
					b.tabTo(fmt.Sprintf(`el.matches(".tap") && el.value === %q`, string(letter)))
					b.press(kb.Enter)
					b.until(where, fmt.Sprintf(`document.readyState === "complete" && document.querySelector("h1").textContent !== %q`, head))
					if on && !browsertest.Value(b.Browser, chromedp.Evaluate[bool](`document.activeElement.matches(".screen h1, .screen h2") && document.activeElement === document.querySelector(".screen").querySelector("h1, h2")`)) {
						t.Errorf("%s: the focus is not on the new heading", where)
					}
					if j == 2 || j == len(letters)-1 {
						b.tapsHold(where, string(axe), func() { script(true) })
						script(on)
					}
				}
				if got := requests.Load() - before; on && got != 0 || !on && got < int64(len(letters)) {
					t.Errorf("%s, %s, script %v: %d requests while answering", name, lang, on, got)
				}
				results[i] = browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.body.className + document.querySelector(".about").textContent + document.querySelector(".screen").innerHTML.replace(/ tabindex="-1"/g, "").replace(/\s+/g, " ").replace(/ value=/g, "value=")`))
				// Home is out of sight until a tick, also without a script.
				if name == "child-stream-home" {
					shown := `document.querySelector("[data-slot=home] .inside").checkVisibility()`
					if browsertest.Value(b.Browser, chromedp.Evaluate[bool](shown)) {
						t.Errorf("%s: parents are in sight", path)
					}
					b.tabTo(`el.matches("[data-slot=home] summary")`)
					b.press(kb.Enter)
					b.until("the parents who are safe", shown)
				}
				b.tabTo(`el.matches(".bar .main")`) // people are one more tap away
				b.Clean(fmt.Sprintf("%s, %s", name, lang))
			}
			if results[0] != results[1] {
				t.Errorf("%s, %s: the script shows\n%s\nthe server\n%s", name, lang, results[0], results[1])
			}
		}
	}
	script(true)

	// Back, and start again, with the script.
	b.Open("/guide/en/c")
	heads := browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`(() => { const out = [], tap = v => { document.querySelector("#taps button[value='" + v + "']").click(); out.push(document.querySelector("h1").textContent); };
		tap("a"); tap("b"); tap("-"); tap("-"); out.push(String(document.querySelector("[value='-']").hidden)); "abbdaba".split("").forEach(tap); tap("."); return out; })()`))
	if got := strings.Join(heads[:5], "|"); got != "Who is this about?|What is going on?|Who is this about?|Are you safe right now?|true" || heads[len(heads)-1] != "Are you safe right now?" {
		t.Errorf("%q", heads)
	}
	ms := browsertest.Value(b.Browser, chromedp.Evaluate[[]float64](`(() => { const out = []; for (let n = 0; n < 40; n++) { for (const v of "abbdaba.") { const at = performance.now(); document.querySelector("#taps button[value='" + v + "']").click(); document.body.offsetHeight; out.push(performance.now() - at); } } return out.sort((a, b) => a - b); })()`))
	t.Logf("from tap to screen, with layout: median %.1f ms, most %.1f ms", ms[len(ms)/2], ms[len(ms)-1])
	if worst := ms[len(ms)-1]; worst > 1000 {
		t.Errorf("%.0f ms from a tap to the screen", worst)
	}
	if stored := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.cookie + localStorage.length + sessionStorage.length + location.search + location.hash + history.length`)); !strings.HasPrefix(stored, "00") || strings.ContainsAny(stored, "?#") {
		t.Errorf("something is kept: %q", stored)
	}
}

// tapsHold looks at a screen of the check as TestBrowser does at pages.
func (b *browser) tapsHold(where, axe string, scripts func()) {
	b.T.Helper()
	scripts()
	if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		b.T.Errorf("%s: %d pixels too wide", where, over)
	}
	for _, small := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a.btn, button, .links a, summary")].filter(a => a.offsetHeight < 48 && a.offsetParent).map(a => a.textContent)`)) {
		b.T.Errorf("%s: %q is a small target", where, small)
	}
	b.Run(chromedp.Evaluate[chromedp.Void](axe))
	for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
		r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
		b.T.Errorf("%s: %s", where, v)
	}
}

func (b *browser) until(where, script string) {
	b.T.Helper()
	b.Await(where, script)
}

// TestScriptAndServerAgree follows all ways in Chromium with taps.js, and
// compares every screen with what the server would show.
func TestScriptAndServerAgree(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.Open("/guide/id/c")
	ids := `[...document.querySelectorAll("template")].map(t => t.id).join()`
	id := browsertest.Value(b.Browser, chromedp.Evaluate[string](ids))
	b.Open("/guide/en/c")
	if en := browsertest.Value(b.Browser, chromedp.Evaluate[string](ids)); en != id {
		t.Errorf("the languages have other pieces:\n%s\n%s", en, id)
	}
	letters, want := b.g.TapMarks("en")
	wrong, seen := 0, 0
	compare := func(from string, deep bool, letters []string, want []uint32) {
		got := browsertest.Value(b.Browser, chromedp.Evaluate[[]uint32](fmt.Sprintf(`(() => {
			const plan = JSON.parse(document.getElementById("taps").dataset.plan), ids = {}, out = [];
			document.querySelectorAll("template").forEach(t => ids[t.id] = true);
			const has = id => ids[id] === true;
			const mark = s => { let h = 2166136261; for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 16777619); return h >>> 0; };
			(function from(letters, deep) {
				const s = tapScreen(plan, has, letters);
				out.push(mark(letters + "|" + s.ask + "|" + s.about + s.show.map(p => "|" + p[0] + ":" + p[1]).join("")));
				if (s.ask && deep) document.getElementById(s.ask).content.querySelectorAll("button").forEach(b => from(letters + b.value, true));
			})(%q, %v);
			return out;
		})()`, from, deep)))
		if len(got) != len(want) {
			t.Fatalf("from %q the script has %d screens, the server %d", from, len(got), len(want))
		}
		for i := range want {
			if seen++; got[i] != want[i] {
				if wrong++; wrong < 5 {
					t.Errorf("after %q the script shows another screen", letters[i])
				}
			}
		}
	}
	// In pieces of what begins alike, so that no step takes long.
	for i := 0; i < len(letters); {
		n := i + 1
		for deep := len(letters[i]) == 2; deep && n < len(letters) && strings.HasPrefix(letters[n], letters[i]); {
			n++
		}
		compare(letters[i], n > i+1, letters[i:n], want[i:n])
		i = n
	}
	t.Logf("%d screens, %d differ", seen, wrong)
	b.Clean("all ways")
}
