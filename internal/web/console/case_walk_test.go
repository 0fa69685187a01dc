package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/casework"
)

// TestCaseByHand reviews cases as people do, in one browser.
func TestCaseByHand(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.w.link() // the first administrator
	b.w.signIn()
	b.w.newBank("KNOWN_SHAPES")
	b.w.addPhoto("KNOWN_SHAPES", 1)
	b.w.chats()
	b.w.someCases()
	b.w.looks()
	for _, part := range []struct {
		name string
		do   func(*browser)
	}{
		{"a review by keyboard alone", (*browser).reviewByKeys}, {"held, merged and taken apart", (*browser).holdAndMerge}, {"the lease is renewed and lost", (*browser).leaseKept},
		{"without scripts", (*browser).caseWithoutScripts}, {"the pages", (*browser).casePages},
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

// as signs the browser in as somebody with roles in the default queue.
func (b *browser) as(name string, roles ...auth.Role) *world {
	b.T.Helper()
	var grants []auth.Grant
	for _, r := range roles {
		grants = append(grants, auth.Grant{Role: r, Queue: "default"})
	}
	id, link, err := b.w.auth.Invite(b.T.Context(), "person:1", name, "", grants)
	if err != nil {
		b.T.Fatal(err)
	}
	b.Open("/sign-in?token=" + link)
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn")), chromedp.WaitReady(chromedp.CSS(".side")))
	b.until("signing in", `document.readyState === "complete" && !location.pathname.startsWith("/sign-in")`)
	b.look(1280, "light", "en")
	again, err := b.w.auth.NewLink(b.T.Context(), "person:1", id)
	if err != nil {
		b.T.Fatal(err)
	}
	other := *b.w
	if other.session, err = b.w.auth.SignIn(b.T.Context(), again); err != nil {
		b.T.Fatal(err)
	}
	return &other
}

func (b *browser) says(what, words string) {
	b.T.Helper()
	b.until(what, fmt.Sprintf(`document.readyState === "complete" && document.body.innerText.includes(%q)`, words))
}

// decideByKeys states that a young child is shown, says that it is confirmed,
// and decides, without a pointer.
func (b *browser) decideByKeys() {
	b.T.Helper()
	b.press("f")
	b.until("the first fact", `document.activeElement.id === "fact-subject"`)
	b.press(kb.Home + kb.ArrowDown)
	b.tabTo(`el.id === "fact-age_band"`)
	b.press(kb.Home + kb.ArrowDown + kb.ArrowDown)
	b.tabTo(`el.id === "fact-activity"`)
	b.press(kb.Home + kb.ArrowDown + kb.ArrowDown + kb.ArrowDown)
	b.until("the scales to follow", `document.querySelector(".decideform #derived").innerText !== window.before`)
	b.tabTo(`el.name === "outcome"`)
	b.press(" ")
	b.tabTo(`el.matches(".decideform .btn.main")`)
	b.press(kb.Enter)
}

func (b *browser) reviewByKeys() {
	first := b.as("First", auth.Senior)
	b.Open("/cases/1")
	b.press("?")
	b.until("the keys", `document.querySelector("#keys").open && document.querySelector("#keys").innerText.includes("take it")`)
	b.press(kb.Escape)
	b.until("the keys to go", `!document.querySelector("#keys").open`)
	// The focus stays in a dialog that has closed until the page is drawn again; what is
	// pressed by then is no typing in it.
	for key, where := range map[string]string{"j": ".story .row-link", "n": "#new-note"} {
		b.Run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
		if !browsertest.Value(b.Browser, chromedp.Evaluate[bool](fmt.Sprintf(`(() => { const d = document.querySelector("#keys"); d.showModal(); d.close();
			document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: %q, bubbles: true }));
			return document.activeElement.matches(%q) })()`, key, where))) {
			b.T.Errorf("%s is lost right after the keys were closed", key)
		}
	}
	b.Run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.press("j")
	b.until("a line of the timeline", `document.activeElement.matches(".story .row-link")`)
	b.press(kb.Enter)
	b.until("a link to it", `/^#[efn]\d+$/.test(location.hash) && document.querySelector(".event:target") !== null`)
	b.press("t")
	b.says("taking", "The case is yours now")
	b.until("the time that is left", `/^(9:|10:)/.test(document.querySelector("[data-lease] [data-left]").innerText)`)
	// A look at the veiled shape, no longer than the key is held.
	v := &viewer{b, 1}
	b.press("v")
	b.until("the veil's button", `document.activeElement.matches("[data-hold]")`)
	v.key(input.DispatchKeyEventTypeKeyDown, " ", "Space", 32)
	v.shown("while Space is held")
	v.key(input.DispatchKeyEventTypeKeyUp, " ", "Space", 32)
	v.veiled("after letting go")
	b.Run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); window.before = document.querySelector(".decideform #derived").innerText`))
	b.decideByKeys()
	b.says("deciding", "A second person looks without seeing it")
	b.press("u")
	b.says("undoing", "The decision is taken back")
	b.Run(chromedp.Evaluate[chromedp.Void](`window.before = document.querySelector(".decideform #derived").innerText`))
	b.decideByKeys()
	b.says("deciding again", "A second person looks without seeing it")
	if a := first.get("/cases/1"); a.status != 200 {
		b.T.Error("the first person's page", a.status)
	}
	b.as("Second", auth.Senior)
	b.Open("/cases/1")
	b.says("the blind page", "You decide on what you see yourself")
	if browsertest.Value(b.Browser, chromedp.Evaluate[bool](`document.documentElement.outerHTML.includes("Decision recorded")`)) {
		b.T.Error("the first decision is on the page")
	}
	b.press("t")
	b.says("taking", "Decide a second time")
	b.Run(chromedp.Evaluate[chromedp.Void](`window.before = document.querySelector(".decideform #derived").innerText`))
	b.decideByKeys()
	b.says("agreeing", "says the same as the first")
	c, _, err := b.w.work.Get(b.T.Context(), 1)
	if err != nil || c.State != casework.StateDecided || c.Outcome != casework.Confirmed {
		b.T.Errorf("%+v, %v", c, err)
	}
}

func (b *browser) holdAndMerge() {
	b.as("Lead", auth.Senior)
	b.Open("/cases/3")
	open := func(act string) {
		b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('form[action$="/%s"]').closest("details").open = true`, act)))
	}
	open("hold")
	b.Run(chromedp.SetValue(chromedp.CSS("#case-until"), time.Now().AddDate(0, 0, 2).Format(time.DateOnly)), chromedp.SetValue(chromedp.CSS("#hold-reason"), "a letter is on its way"),
		chromedp.Click(chromedp.CSS(`form[action$="/hold"] .btn`)))
	b.says("the hold", "The case is on hold.")
	b.Run(chromedp.Click(chromedp.CSS(`form[action$="/unhold"] .btn`)))
	b.says("the end of the hold", "The hold has ended.")
	open("merge")
	b.Run(chromedp.SetValue(chromedp.CSS("#case-into"), "4"), chromedp.Click(chromedp.CSS(`form[action$="/merge"] .btn`)))
	b.says("the merge", "It can be taken out again below")
	b.Run(chromedp.Click(chromedp.CSS(`form[action$="/unmerge"] .btn`)))
	b.says("taken apart", "Each is a case of its own again")
}

func (b *browser) leaseKept() {
	me := b.as("Holder", auth.Senior)
	b.Open("/cases/2")
	b.press("t")
	b.says("taking", "The case is yours now")
	l, ok, err := b.w.work.Mine(b.T.Context(), me.me(), 2)
	if err != nil || !ok {
		b.T.Fatal(ok, err)
	}
	// What a script asks when a third of the time is over.
	b.until("renewing", fmt.Sprintf(`fetch("/cases/2/renew", { method: "POST", headers: { "Jaga-Part": "lease" }, body: new URLSearchParams({ fence: "%d" }) }).then(r => r.json()).then(v => { window.renewed = v.until }), window.renewed > %d`, l.Fence, l.Until.UnixMilli()))
	if err := b.w.work.Assign(b.T.Context(), "person:1", 2, "person:1"); err != nil {
		b.T.Fatal(err)
	}
	b.Run(chromedp.SetValue(chromedp.CSS("#case-note"), "what I typed"), chromedp.Click(chromedp.CSS(`input[name=outcome][value=undetermined]`)), chromedp.Click(chromedp.CSS(".decideform .btn.main")))
	b.says("the refusal", "What you typed is kept")
	if err := b.w.work.Assign(b.T.Context(), "person:1", 2, ""); err != nil {
		b.T.Fatal(err)
	}
	b.Open("/cases/2")
	b.press("t")
	b.until("the draft", `document.querySelector("#case-note")?.value === "what I typed"`)
	b.Run(chromedp.Click(chromedp.CSS(`form[action$="/give-back"] .btn`)))
	b.says("giving back", "You gave the case back")
}

// scripts switches scripts on or off.
func (b *browser) scripts(on bool) {
	b.T.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		b.T.Fatal(err)
	}
}

func (b *browser) caseWithoutScripts() {
	b.as("Plain", auth.Senior)
	b.scripts(false)
	defer b.scripts(true)
	b.Open("/cases/4")
	b.Run(chromedp.Click(chromedp.CSS(".lease form .btn")), chromedp.WaitReady(chromedp.CSS(".decideform")))
	b.Run(chromedp.SetValue(chromedp.CSS("#fact-relation"), "child_child"), chromedp.Click(chromedp.CSS(".decideform [data-noscript]")))
	b.until("the preview", `location.pathname.endsWith("/preview")`)
	if got := browsertest.Value(b.Browser, chromedp.Text(chromedp.CSS("#derived"))); got == "" {
		b.T.Error("no scales without a script")
	}
	b.Run(chromedp.Click(chromedp.CSS(`.lease form[action$="/give-back"] .btn`)), chromedp.WaitReady(chromedp.CSS(`.lease form[action$="/take"]`)))
}

// casePages looks at the pages as somebody who leads, in both languages and
// themes, on a phone and on wide screens.
func (b *browser) casePages() {
	lead := b.as("Ayu", auth.Senior)
	big := b.w.bigCase(90)
	if a := lead.post("/cases/4/take", nil); a.status != 303 {
		b.T.Fatal(a.status)
	}
	other := b.w.reviewer("Other", "default", auth.Senior)
	id := b.w.finding(casework.Finding{Kind: casework.KindHotline, Ref: "call-1", Text: "x", Form: jaga.FormGrooming, Band: jaga.BandUrgent, Risk: casework.RiskImminent, Account: "caller-account"})
	for i, w := range []*world{other, b.w.reviewer("Third", "default", auth.Senior)} {
		w.done(caseAt(id, "take"), nil)
		form := answerForm(w, id, []string{"confirmed", "undetermined"}[i], hard)
		if i == 1 {
			form.Set("fact_activity", "undetermined")
		}
		w.done(caseAt(id, "decide"), form)
	}
	lead.done(caseAt(id, "take"), nil)
	b.w.became(1, 4)
	filed := b.w.reportedCase(lead, other)
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "id"}, {360, "dark", "en"}, {768, "light", "en"}, {1280, "light", "en"}, {1280, "dark", "id"}} {
		b.look(c.width, c.theme, c.lang)
		for name, path := range map[string]string{"decided": "/cases/1", "welfare": "/cases/2", "mine": "/cases/4", "big": caseAt(big, ""), "settle": caseAt(id, ""), "reports": caseAt(filed, "")} {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.Open(path)
			b.Clean(where)
			b.shot(fmt.Sprintf("%s-%d-%s-%s", name, c.width, c.theme, c.lang))
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
			b.axe(where)
		}
	}
}

func (b *browser) shot(name string) {
	b.T.Helper()
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "case-"+name+".png"), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
		b.T.Fatal(err)
	}
}
