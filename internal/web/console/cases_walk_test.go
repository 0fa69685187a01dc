package console_test

import (
	"fmt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/casework"
)

// casesByKeyboard takes a case, filters, searches, does the same to many and
// takes it back, with keys alone.
func (b *browser) casesByKeyboard() {
	ctx := b.T.Context()
	var ids []int64
	for range 4 {
		ids = append(ids, b.w.put(func(f *casework.Finding) { f.Text, f.Queue = "kalimat leaflet", "keyboard" }))
	}
	b.Open("/")
	b.press("gq")
	b.at("/cases")
	// The row that a key marks is opened by Enter.
	b.press("jj")
	second := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.activeElement.getAttribute("href")`))
	if second != fmt.Sprintf("/cases/%d", ids[1]) {
		b.T.Errorf("after j j the focus is on %q", second)
	}
	b.press("k")
	if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.activeElement.getAttribute("href")`)); got != fmt.Sprintf("/cases/%d", ids[0]) {
		b.T.Errorf("after k the focus is on %q", got)
	}
	// A filter and a search.
	b.tabTo(`el.matches("summary") && el.parentElement.matches(".narrow")`)
	b.press(kb.Enter)
	b.tabTo(`el.getAttribute("href") === "/cases?risk=3"`)
	b.press(kb.Enter)
	b.until("the filter", `location.search === "?risk=3" && document.querySelector(".empty") !== null`)
	b.Open("/cases")
	b.press("/")
	b.until("the search field", `document.activeElement.id === "case-search"`)
	// The protocol types the key although the page has taken it.
	b.Run(chromedp.Evaluate[chromedp.Void](`document.activeElement.value = ""`))
	b.press("leaflet" + kb.Enter)
	b.until("the search", `location.search.includes("q=leaflet") && document.querySelector(".found")?.innerText.startsWith("4 ") === true`)
	// Picked by x, held with a reason, undone.
	b.press("jxjxj")
	b.until("what is picked", `document.querySelector("[data-picked]")?.innerText.startsWith("2 ") === true`)
	b.press("x")
	b.press("x")
	b.tabTo(`el.matches("button[value=hold]")`)
	b.press(kb.Enter)
	b.until("the question", `location.pathname === "/bulk" && document.querySelector("#bulk_reason") !== null`)
	b.tabTo(`el.id === "bulk_reason"`)
	b.press("a letter")
	b.tabTo(`el.matches("button[name=step]")`)
	b.press(kb.Enter)
	b.until("the answer", `document.querySelector("[data-undo]") !== null`)
	held := func() (n int) {
		for _, id := range ids {
			c, _, err := b.w.desk.Get(ctx, id)
			if err != nil {
				b.T.Fatal(err)
			}
			if c.Held {
				n++
			}
		}
		return n
	}
	if n := held(); n != 2 {
		b.T.Errorf("%d cases are on hold, want 2", n)
	}
	b.tabTo(`el.matches("[data-undo]")`)
	b.press(kb.Enter)
	b.until("the undoing", `location.pathname.endsWith("/undo") && document.querySelector(".notice.done") !== null`)
	if n := held(); n != 0 {
		b.T.Errorf("%d cases are on hold after undoing", n)
	}
	// All of the page, and none.
	b.Open("/cases?q=leaflet")
	b.press("a")
	b.until("all", `document.querySelector("[data-picked]")?.innerText.startsWith("4 ") === true`)
	b.press("a")
	b.until("none", `![...document.querySelectorAll("input[name=case]")].some(c => c.checked)`)
	// The next case by one key; the page that it leads to has tests of its own.
	b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-next]").form.addEventListener("submit", e => {
		e.preventDefault();
		fetch(e.target.action, { method: e.target.method, redirect: "manual" }).then(a => { document.body.dataset.taken = a.type })
	})`))
	b.press("n")
	b.until("the next case", `document.body.dataset.taken === "opaqueredirect"`)
	if c, _, err := b.w.desk.Get(ctx, ids[0]); err != nil || c.LeasedBy != "person:1" {
		b.T.Errorf("with %+v, %v", c, err)
	}
}

// bulkWithoutScripts does the same to many with forms alone.
func (b *browser) bulkWithoutScripts() {
	ids := []int64{b.w.put(nil), b.w.put(nil)}
	scripts := func(off bool) {
		if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off}); err != nil {
			b.T.Fatal(err)
		}
	}
	scripts(true)
	defer scripts(false)
	b.Open("/cases")
	for _, id := range ids {
		b.Run(chromedp.Click(chromedp.CSS(fmt.Sprintf(`input[name="case"][value="%d"]`, id))))
	}
	b.Run(chromedp.Click(chromedp.CSS(`button[name="act"][value="move"]`)), chromedp.WaitReady(chromedp.CSS("#bulk_queue")))
	b.Run(chromedp.SetValue(chromedp.CSS("#bulk_queue"), "keyboard"), chromedp.Click(chromedp.CSS("button[name=step]")), chromedp.WaitReady(chromedp.CSS("[data-undo]")))
	for _, id := range ids {
		if c, _, err := b.w.desk.Get(b.T.Context(), id); err != nil || c.Queue != "keyboard" {
			b.T.Errorf("%+v, %v", c, err)
		}
	}
	b.Run(chromedp.Click(chromedp.CSS("[data-undo]")), chromedp.WaitReady(chromedp.CSS(".notice.done")))
}
