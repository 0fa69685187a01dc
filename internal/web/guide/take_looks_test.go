package guide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestTakeLooks looks at the page in each of its states, as TestBrowser does at
// the others. Pictures of it are saved in the folder that JAGA_SCREENSHOTS
// names, if it names one.
func TestTakeLooks(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../console/testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	w := startTake(t)
	paths := []string{w.file("holiday.jpg", testpic.JPEG(testpic.Photo(51, 640, 480), 80)), w.file("clip with a rather long name of a file.mp4", []byte("\x00\x00\x00\x18ftypmp42")), w.file("broken.png", []byte("no"))}
	for i, c := range []struct {
		width, height int64
		theme, lang   string
	}{{320, 568, "light", "en"}, {1280, 800, "dark", "id"}, {360, 740, "dark", "id"}, {1280, 800, "light", "en"}, {360, 740, "light", "en"}} {
		w.look(c.width, c.height, c.theme)
		look := func(state string) {
			t.Helper()
			where := fmt.Sprintf("%s at %d, %s, %s", state, c.width, c.theme, c.lang)
			if dir := os.Getenv("JAGA_SCREENSHOTS"); dir != "" {
				file := filepath.Join(dir, fmt.Sprintf("take-%s-%s-%d-%s.png", state, c.lang, c.width, c.theme))
				if err := os.WriteFile(file, browsertest.Value(w.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			w.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
			if over := browsertest.Value(w.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
				t.Errorf("%s: %d pixels too wide", where, over)
			}
			for _, small := range browsertest.Value(w.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".btn, summary, .tick, input[name=number], input[name=pin]")].filter(a => a.offsetParent && a.offsetHeight < 44).map(a => a.outerHTML)`)) {
				t.Errorf("%s: %q is a small target", where, small)
			}
			w.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
			for _, v := range browsertest.Value(w.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
				r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
				t.Errorf("%s: %s", where, v)
			}
			w.Clean(where)
		}
		page := "/guide/" + c.lang + "/r"
		w.Open(page)
		look("start")
		w.chooseMore(paths...)
		look("chosen")
		w.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("[name=me]").click(); document.querySelector("#send button").click()`))
		w.until("the number", `!!document.querySelector(".slip")`)
		number, pin := w.text(".slip dd"), w.text(".slip dd:last-child")
		look("sent")
		waiting, err := w.s.List(t.Context(), slip.Waiting, 10)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d cases, %v", len(waiting), err)
		}
		if i%2 == 0 {
			err = w.s.Accept(t.Context(), "person:1", waiting[0].ID)
		} else {
			err = w.s.Refuse(t.Context(), "person:1", waiting[0].ID, slip.Common)
		}
		if err != nil {
			t.Fatal(err)
		}
		ask := func(number string) {
			w.Open(page)
			w.Run(chromedp.SendKeys(chromedp.CSS("#number"), number), chromedp.SendKeys(chromedp.CSS("#pin"), pin),
				chromedp.Evaluate[chromedp.Void](`document.querySelector("#pin").form.querySelector("button").click()`))
		}
		ask(number)
		w.until("the case", `!!document.querySelector("dl.facts")`)
		look("case")
		ask("AAAA")
		w.until("the answer", `!!document.querySelector("[role=alert]")`)
		look("wrong")
	}
}
