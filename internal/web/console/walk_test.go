package console_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/converse"
)

// TestBrowser goes through the console as people do, in one browser.
func TestBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.signIn()
	b.look(1280, "light", "en")
	for _, part := range []struct {
		name string
		do   func(*browser)
	}{
		{"keyboard alone", (*browser).keyboardAlone}, {"dropped files", (*browser).droppedFiles}, {"from item to reason", (*browser).fromItemToReason},
		{"from finding to words", (*browser).fromFindingToWords}, {"a chat to try", (*browser).chatToTry},
		{"the help directory", (*browser).helpDirectory},
		{"without scripts", (*browser).withoutScripts},
		{"cases by keyboard", (*browser).casesByKeyboard}, {"many cases without scripts", (*browser).bulkWithoutScripts},
		{"live figures", (*browser).liveFigures}, {"no connection", (*browser).noConnection}, {"every page", (*browser).everyPage},
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

// until waits until a script is true of a page that is there whole, with its own
// scripts run: what is pressed before goes nowhere.
func (b *browser) until(what, script string) {
	b.T.Helper()
	b.Until(what, script)
}

// at waits until a page is there whole.
func (b *browser) at(path string) {
	b.T.Helper()
	b.until("the page", fmt.Sprintf(`location.pathname.startsWith(%q)`, path))
}

// tabTo presses the tabulator until a script is true of the element with the
// focus, and looks whether one can see where the focus is.
func (b *browser) tabTo(script string) {
	b.T.Helper()
	for range 80 {
		b.Run(chromedp.KeyEvent(kb.Tab))
		if browsertest.Value(b.Browser, chromedp.Evaluate[bool](`(() => { const el = document.activeElement; return `+script+` })()`)) {
			if !browsertest.Value(b.Browser, chromedp.Evaluate[bool](`getComputedStyle(document.activeElement).outlineStyle !== "none"`)) {
				b.T.Errorf("the focus on %s is not seen", script)
			}
			return
		}
	}
	b.T.Fatalf("the tabulator does not reach %s", script)
}

func (b *browser) press(keys string) {
	b.T.Helper()
	for _, k := range keys {
		b.Run(chromedp.KeyEvent(string(k)))
	}
}

func (b *browser) keyboardAlone() {
	b.Open("/")
	b.press(kb.Tab)
	if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.activeElement.className`)); got != "skip" {
		b.T.Errorf("the first stop is %q, want the link over the navigation", got)
	}
	b.press("?")
	b.until("the list of keys", `document.querySelector("#keys").open`)
	b.press(kb.Escape)
	b.press("gb")
	b.at("/banks")
	b.tabTo(`el.getAttribute("href") === "/banks/new"`)
	b.press(kb.Enter)
	b.at("/banks/new")
	b.tabTo(`el.id === "name"`)
	b.press("known shapes")
	b.Run(chromedp.SetValue(chromedp.CSS("#enabled_ratio"), ""), chromedp.SendKeys(chromedp.CSS("#enabled_ratio"), "50"))
	b.until("the warning", `!document.querySelector("[data-between]").hidden`)
	b.Run(chromedp.SetValue(chromedp.CSS("#enabled_ratio"), ""), chromedp.SendKeys(chromedp.CSS("#enabled_ratio"), "100"))
	b.until("no warning", `document.querySelector("[data-between]").hidden`)
	b.tabTo(`el.matches("button.main")`)
	b.press(kb.Enter)
	b.at("/banks/KNOWN_SHAPES")
	if _, err := b.w.banks.Get(b.T.Context(), "KNOWN_SHAPES"); err != nil {
		b.T.Error(err)
	}
}

func (b *browser) droppedFiles() {
	b.Open("/banks/KNOWN_SHAPES")
	b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		const bytes = Uint8Array.from(atob(%q), c => c.charCodeAt(0));
		const data = new DataTransfer();
		data.items.add(new File([bytes], "shape.jpg", { type: "image/jpeg" }));
		data.items.add(new File(["d41d8cd98f00b204e9800998ecf8427e\nbad line\n"], "list.txt", { type: "text/plain" }));
		document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	}`, base64.StdEncoding.EncodeToString(photo(1)))))
	b.until("both results", `document.querySelectorAll("#results .result").length === 2`)
	got := browsertest.Value(b.Browser, chromedp.Text(chromedp.CSS("#results")))
	for _, part := range []string{"shape.jpg", "Added as Entry 1", "list.txt", "Line 2: 8 characters", "Nothing of this file was kept"} {
		if !strings.Contains(got, part) {
			b.T.Errorf("results %q lack %q", got, part)
		}
	}
	b.until("the entry in the table", `document.querySelectorAll("#entries [data-row]").length === 1`)
	b.until("no progress left", `!document.querySelector(".progress-list li")`)
	b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{
		const data = new DataTransfer();
		data.items.add(new File([new Uint8Array(%d)], "large.jpg"));
		document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	}`, maxUp+1)))
	b.until("the limit", `document.querySelector(".progress-list")?.innerText.includes("more than the limit")`)
}

func (b *browser) fromItemToReason() {
	b.Open("/items")
	b.Run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{b.file("resized.jpg", smaller(1))}),
		chromedp.SendKeys(chromedp.CSS("#item-ref"), "resized"), chromedp.Click(chromedp.CSS("#check .btn")))
	b.at("/items/")
	b.w.take("other", smaller(3))
	b.press("gi")
	b.until("the list", `document.readyState === "complete" && location.pathname === "/items" && document.querySelectorAll("[data-row]").length === 2`)
	b.press("jjjk") // to the last and one up again: the newest
	b.press("j")
	b.press(kb.Enter)
	b.at("/items/")
	b.until("the item that matches", `document.querySelector("h1").innerText.includes("resized")`)
	b.tabTo(`el.innerText.startsWith("Why does it match")`)
	b.press(kb.Enter)
	b.at("/why")
	if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.querySelectorAll("svg.bits").length`)); n != 10 {
		b.T.Errorf("%d bit fields", n)
	}
	if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.querySelectorAll("img, video, canvas").length`)); n != 0 {
		b.T.Errorf("%d pictures on the page", n)
	}
}

// fromFindingToWords opens an excerpt and veils it again, by keyboard alone.
func (b *browser) fromFindingToWords() {
	b.w.chats()
	b.Open("/")
	b.press("gc")
	b.at("/conversations")
	b.press("j")
	b.press(kb.Enter)
	b.until("the finding", `document.readyState === "complete" && /^\/conversations\/[0-9a-f-]{36}$/.test(location.pathname)`)
	path := browsertest.Value(b.Browser, chromedp.Evaluate[string](`location.pathname`))
	if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.documentElement.outerHTML`)); strings.Contains(got, canary) {
		b.T.Error("the words are on the page before anybody opened them")
	}
	b.tabTo(`el.matches(".excerpt form .btn")`)
	b.press(kb.Enter)
	b.at(path + "/excerpt")
	b.until("the words", `document.querySelector(".chat .said") !== null && document.querySelector(".chat").getBoundingClientRect().top < innerHeight`)
	b.tabTo(`el.matches(".excerpt .line .btn")`)
	b.press(kb.Enter)
	b.until("the veil", `location.pathname === "`+path+`" && document.querySelector(".chat") === null`)
	id := strings.TrimPrefix(path, "/conversations/")
	if n := b.w.opened(id); n != 1 {
		b.T.Errorf("%d records of the opened excerpt, want 1", n)
	}
}

// chatToTry drops the file of a chat, and reads it.
func (b *browser) chatToTry() {
	b.Open("/conversations/try")
	b.Run(chromedp.Evaluate[chromedp.Void](`{
		const data = new DataTransfer();
		data.items.add(new File([` + "`" + talked + "`" + `], "chat.jsonl", { type: "text/plain" }));
		document.querySelector("#chat").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
	}`))
	b.until("the file", `document.querySelector("#file").files.length === 1`)
	b.tabTo(`el.matches(".try .btn.main")`)
	b.press(kb.Enter)
	b.until("the result", `document.querySelector(".tried mark")?.innerText === "dont tell anyone"`)
	b.tabTo(`el.getAttribute("href") === "#c1-m2"`)
	b.press(kb.Enter)
	b.until("the message", `document.querySelector(".said:target mark") !== null`)
}

// file writes a file that a form can choose.
func (b *browser) file(name string, data []byte) string {
	b.T.Helper()
	path := filepath.Join(b.T.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.T.Fatal(err)
	}
	return path
}

func (b *browser) withoutScripts() {
	scripts := func(off bool) {
		if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off}); err != nil {
			b.T.Fatal(err)
		}
	}
	scripts(true)
	defer scripts(false)
	b.Open("/banks/KNOWN_SHAPES")
	b.Run(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{b.file("shape.png", photo(6)), b.file("list.txt", []byte("0cc175b9c0f1b6a831c399e269772661\n"))}),
		chromedp.Click(chromedp.CSS(".dropzone .btn")), chromedp.WaitReady(chromedp.CSS("#results .result")))
	if got := browsertest.Value(b.Browser, chromedp.Text(chromedp.CSS("#results"))); !strings.Contains(got, "Added as Entry") || !strings.Contains(got, "1 new entry") {
		b.T.Errorf("results %q", got)
	}
	b.Run(chromedp.Click(chromedp.CSS(`.prefs a[href*="theme=dark"]`)), chromedp.WaitReady(chromedp.CSS(`html[data-theme="dark"]`)))
	b.Run(chromedp.Click(chromedp.CSS(`.prefs a[href*="theme=light"]`)), chromedp.WaitReady(chromedp.CSS(`html[data-theme="light"]`)))
}

func (b *browser) liveFigures() {
	b.Open("/items")
	b.w.take("fresh-one", smaller(4))
	b.until("the new item", `document.querySelector("#live").innerText.includes("fresh-one")`)
	b.Open("/conversations")
	b.w.say(`{"conversation":"fresh-talk","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13-15"}]}`, `{"conversation":"fresh-talk","from":"a","to":"b","act":"G-13"}`)
	b.until("the new finding", `document.querySelector("#live").innerText.includes("fresh-talk")`)
}

// noConnection takes the network away while somebody types.
func (b *browser) noConnection() {
	const says = `document.querySelector("[data-away]").innerText`
	b.Open("/banks/new")
	b.Run(chromedp.SetValue(chromedp.CSS("#name"), "TYPED_MEANWHILE"))
	if browsertest.Value(b.Browser, chromedp.Evaluate[bool](says+` !== ""`)) {
		b.T.Error("the page says that there is no connection")
	}
	b.Offline(true)
	defer b.Offline(false)
	b.until("that there is no connection", says+`.startsWith("The server cannot be reached")`)
	b.Run(chromedp.Click(chromedp.CSS("main form .btn.main")))
	b.until("what was typed", `document.querySelector("#name").value === "TYPED_MEANWHILE" && document.activeElement.matches("[data-away]")`)
	b.check("without a connection")
	b.Offline(false)
	b.until("the connection", says+` === "" || `+says+` === "The connection is back."`)
	b.Run(chromedp.Click(chromedp.CSS("main form .btn.main")))
	b.at("/banks/TYPED_MEANWHILE")
}

// sample is a chat for people to try, of which a line cannot be read.
const sample = "a line before any name\nAdi: hi 🙂\nKim: hello\nAdi: dont tell anyone\n"

// visit opens a page. What stands behind # is done there: "open" opens the
// excerpt, and everything else is tried as a chat.
func (b *browser) visit(path string) {
	b.T.Helper()
	path, do, _ := strings.Cut(path, "#")
	b.Open(path)
	switch do {
	case "":
	case "open":
		b.Run(chromedp.Click(chromedp.CSS(".excerpt form .btn")), chromedp.WaitReady(chromedp.CSS(".chat")))
	default:
		b.Run(chromedp.SetValue(chromedp.CSS("#chat"), do), chromedp.Click(chromedp.CSS(".try .btn.main")), chromedp.WaitReady(chromedp.CSS(".tried")))
	}
}

// everyPage looks at every page in both languages, both themes, on a phone and
// on a wide screen.
func (b *browser) everyPage() {
	if _, err := b.w.banks.Delete(b.T.Context(), "person:1", "KNOWN_SHAPES"); err != nil {
		b.T.Fatal(err)
	}
	paths := append(b.w.full(), "/no-such", "/banks/new", "/conversations/try#"+sample)
	for _, f := range b.w.findings(converse.Filter{}) {
		paths = append(paths, "/conversations/"+f.ID+"#open")
	}
	for i, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "en"}, {1440, "dark", "id"}, {360, "dark", "id"}, {1440, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for j, path := range paths {
			if j%2 != i/2 {
				continue // every page is seen with every value, not with every combination
			}
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.visit(path)
			b.Clean(where)
			b.check(where)
		}
	}
}

// check looks for what is too wide, and for what axe finds.
func (b *browser) check(where string) {
	axe, err := os.ReadFile("testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		b.T.Fatal(err)
	}
	b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
	if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		b.T.Errorf("%s: %d pixels too wide", where, over)
	}
	b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
	for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
		r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
		b.T.Errorf("%s: %s", where, v)
	}
}
