//go:build unix

package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdpinput "github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga/internal/browsertest"
)

const (
	tourWide, tourNarrow, tourHeight = 1280, 360, 900

	// consoleDir is where the console keeps its texts and its copy of axe.
	consoleDir = "../../internal/web/console"
)

// person is somebody with a window, and a device that holds their passkey.
type person struct {
	*browsertest.Browser
}

func newPerson(b *browsertest.Browser, lang string) *person {
	p := &person{b}
	if _, err := chromedp.Call(b.Ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.T.Fatal(err)
	}
	if _, err := chromedp.Call(b.Ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}); err != nil {
		b.T.Fatal(err)
	}
	// Without motion a page is looked at as it stays.
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}); err != nil {
		b.T.Fatal(err)
	}
	p.window(tourWide, tourHeight)
	p.Open("/sign-in?theme=light&lang=" + lang)
	return p
}

func (p *person) until(what, script string) {
	p.T.Helper()
	p.Until(what, withNames(script)+` === true`)
}

// passkeyButton is a name that the scripts of [person.script] may use.
const passkeyButton = `form[data-passkey] button:not([hidden])`

// withNames is a script that may use the name.
func withNames(script string) string {
	return `(() => { const passkeyButton = "` + passkeyButton + `"; return ` + script + ` })()`
}

func (p *person) script(text string) bool {
	p.T.Helper()
	return browsertest.Value(p.Browser, chromedp.Evaluate[bool](withNames(text)))
}

// at waits until a page is there whole.
func (p *person) at(path string) {
	p.T.Helper()
	p.until("the page", fmt.Sprintf(`location.pathname === %q && document.querySelector(".side") !== null`, path))
}

func (p *person) click(selector string) {
	p.T.Helper()
	p.Run(chromedp.Click(chromedp.CSS(selector)))
}

func (p *person) press(keys string) {
	p.T.Helper()
	for _, k := range keys {
		p.Run(chromedp.KeyEvent(string(k)))
	}
}

// choose sets a field as somebody does who picks another value.
func (p *person) choose(selector, value string) {
	p.T.Helper()
	p.Run(chromedp.SetValue(chromedp.CSS(selector), value),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change", { bubbles: true }))`, selector)))
}

func (p *person) top() {
	p.T.Helper()
	p.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".caseright").forEach(el => el.scrollTo(0, 0)); scrollTo(0, 0)`))
}

func (p *person) makePasskey() {
	p.T.Helper()
	p.click(passkeyButton)
	p.until("the page behind the welcome", `location.pathname === "/"`)
}

func (p *person) signOut() {
	p.T.Helper()
	p.click(`form[action="/sign-out"] button`)
	p.until("the page for signing in", `location.pathname === "/sign-in"`)
}

func (p *person) signIn() {
	p.T.Helper()
	p.Open("/sign-in")
	p.until("the button", `document.querySelector(passkeyButton) !== null`)
	p.click(passkeyButton)
	p.until("being inside", `document.querySelector(".side") !== null`)
}

// state fills in the facts.
func (p *person) state() {
	p.T.Helper()
	for _, f := range tourFacts {
		p.choose("#fact-"+f[0], f[1])
	}
}

// answer says what the facts come to, in words, too, and decides.
func (p *person) answer(why string) {
	p.T.Helper()
	p.Run(chromedp.SetValue(chromedp.CSS("#case-note"), why))
	p.click(`input[name=outcome][value=confirmed]`)
	p.click(`input[name=want][value=keep_evidence]`)
	p.click(`.decideform .btn.main`)
}

// What the viewer has asked the server for, and how often it said that it is held.
const (
	lookRequests = `performance.getEntriesByType("resource").filter(e => e.name.includes("/look/")).length`
	lookBeats    = `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/beat")).length`
)

// toTheViewer scrolls the first file of a case into the middle.
func (p *person) toTheViewer() {
	p.T.Helper()
	p.until("the viewer", `document.querySelector(".viewer [data-hold]") !== null && !document.querySelector(".viewer [data-acts]").hidden`)
	p.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".viewer .stage").scrollIntoView({ block: "center" })`))
}

// covered waits for the veil, and looks whether a pixel of the file is seen.
func (p *person) covered(when string) {
	p.T.Helper()
	p.until("the veil "+when, `(c => c.width === 0 && c.height === 0)(document.querySelector(".viewer canvas")) && !document.querySelector(".viewer [data-cover]").hidden`)
	if n := p.drawn(); n != 0 {
		p.T.Errorf("%s, %d pixels of the file are on the screen", when, n)
	}
}

func (p *person) painted(when string) {
	p.T.Helper()
	p.until("the picture "+when, `document.querySelector(".viewer canvas").width > 0 && document.querySelector(".viewer [data-cover]").hidden`)
}

// drawn counts the pixels on the screen that have the colour of the file.
func (p *person) drawn() (n int) {
	p.T.Helper()
	m, err := png.Decode(bytes.NewReader(browsertest.Value(p.Browser, chromedp.CaptureScreenshot())))
	if err != nil {
		p.T.Fatal(err)
	}
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); r>>8 > 200 && g>>8 < 70 && b>>8 > 200 {
				n++
			}
		}
	}
	return n
}

// hold presses or lets go of the button of the viewer.
func (p *person) hold(kind cdpinput.DispatchMouseEventType) {
	p.T.Helper()
	at := browsertest.Value(p.Browser, chromedp.Evaluate[[]float64](`(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector(".viewer [data-hold]").getBoundingClientRect())`))
	if _, err := chromedp.Call(p.Ctx, cdpinput.DispatchMouseEvent, cdpinput.DispatchMouseEventParams{Type: kind, X: at[0], Y: at[1], Button: "left", Buttons: 1, ClickCount: 1}); err != nil {
		p.T.Fatal(err)
	}
}

// set changes how the viewer shows a file.
func (p *person) set(name, value string) {
	p.T.Helper()
	p.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const e = document.querySelector(".viewer [data-%s]"); if (e.type === "checkbox") e.checked = %q === "on"; else e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true })) }`, name, value, value)))
}

// show looks at the page that a step ended on, in both themes, and keeps its
// pictures.
func (tr *tour) show(s tourStep) {
	tr.T.Helper()
	tr.Clean(s.name)
	tr.translated()
	for _, theme := range []string{"light", "dark"} {
		tr.theme(theme)
		tr.axe(theme)
	}
	tr.theme("light")
	if s.phone {
		tr.window(tourNarrow, tourHeight)
		tr.fits()
	}
	if tr.album.on() {
		tr.pictures(s)
	}
	tr.window(tourWide, tourHeight)
}

// pictures keeps the page in both themes, and on a phone where the step asks for it.
func (tr *tour) pictures(s tourStep) {
	tr.T.Helper()
	widths := map[int64]string{tourWide: "", tourNarrow: "phone"}
	for _, width := range []int64{tourWide, tourNarrow} {
		if width == tourNarrow && !s.phone {
			continue
		}
		// So high that no part of the page has to be scrolled by itself.
		tr.window(width, tourHeight)
		for range 3 { // what is as high as the window grows with it
			tr.window(width, max(tourHeight, browsertest.Value(tr.Browser, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))))
		}
		for _, theme := range []string{"light", "dark"} {
			tr.theme(theme)
			how := widths[width]
			if theme == "dark" {
				how = strings.TrimPrefix(how+"-dark", "-")
			}
			tr.album.keep(tr, s.name, how, s.en, s.id)
		}
	}
	tr.theme("light")
}

func (p *person) window(width, height int64) {
	p.T.Helper()
	p.Run(chromedp.EmulateViewport(width, height))
}

// keep takes a picture of the window in the middle of a step.
func (tr *tour) keep(name, en, id string) {
	tr.T.Helper()
	tr.album.keepWindow(tr, name, en, id)
}

func (p *person) theme(name string) {
	p.T.Helper()
	p.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.documentElement.dataset.theme = %q`, name)))
}

func (p *person) fits() {
	p.T.Helper()
	if over := browsertest.Value(p.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		wide := browsertest.Value(p.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest(".scroll, svg, .hidden")).map(e => e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 40))`))
		p.T.Errorf("the page is %d pixels too wide: %q", over, wide)
	}
}

// axe asks whether everybody can use the page. In the dark only what colours
// decide is asked, for the rest is the same.
func (p *person) axe(theme string) {
	p.T.Helper()
	if !p.script(`window.axe !== undefined`) {
		program, err := os.ReadFile(filepath.Join(consoleDir, "testdata/third_party/axe-core/axe.min.js"))
		if err != nil {
			p.T.Fatal(err)
		}
		p.Run(chromedp.Evaluate[chromedp.Void](string(program)))
	}
	p.fits()
	rules, least := ``, 10
	if theme == "dark" {
		rules, least = `, runOnly: ["color-contrast", "link-in-text-block"]`, 1
	}
	for _, v := range browsertest.Value(p.Browser, chromedp.Evaluate[[]string](fmt.Sprintf(`axe.run(document, { resultTypes: ["violations"]%s }).then(r =>
		r.passes.length < %d ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, rules, least), chromedp.EvalAwaitPromise)) {
		p.T.Errorf("in %s colours: %s", theme, v)
	}
}

// shownTexts are the texts of a page, those for screen readers as well, without
// what people or programs wrote.
const shownTexts = `(() => {
	const out = [], skip = "script, style, [lang=en]:not(html), .typed, .ref, code, pre, bdi";
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(skip)) out.push(walk.currentNode.data);
	for (const el of document.querySelectorAll("[aria-label], [title], [placeholder]")) if (!el.closest(skip))
		for (const name of ["aria-label", "title", "placeholder"]) if (el.hasAttribute(name)) out.push(el.getAttribute(name));
	return out.map(t => t.replace(/\s+/g, " ").trim()).filter(t => t !== "");
})()`

// translated looks for texts of the English table on an Indonesian page, and on
// every page for texts that no table has.
func (tr *tour) translated() {
	tr.T.Helper()
	shown := browsertest.Value(tr.Browser, chromedp.Evaluate[[]string](shownTexts))
	if len(shown) < 5 {
		tr.T.Fatalf("the page has %d texts", len(shown))
	}
	for _, text := range shown {
		if strings.Contains(text, "⟦") {
			tr.T.Errorf("%q has no text", text)
		}
	}
	if tr.lang == "en" {
		return
	}
	if tr.english == nil {
		tr.english = englishOnly(tr.T)
	}
	for _, text := range shown {
		for piece, long := range tr.english {
			if text == piece || long && strings.Contains(text, piece) {
				tr.T.Errorf("%q is English: %q", text, piece)
			}
		}
	}
}

var textGap = regexp.MustCompile(`\{\{[^}]*\}\}|%s`)

// englishOnly returns the texts of the English table, between their gaps, that
// the Indonesian one does not have. True are those long enough to be looked for
// within others.
func englishOnly(t *testing.T) map[string]bool {
	t.Helper()
	english, indonesian := textPieces(t, "en"), textPieces(t, "id")
	out := map[string]bool{}
	for piece, whole := range english {
		if _, both := indonesian[piece]; both {
			continue
		}
		if long := len(piece) >= 12 && strings.Contains(piece, " "); long || whole && len(piece) > 2 {
			out[piece] = long
		}
	}
	if len(out) < 500 {
		t.Fatalf("%d English texts were read from the tables of the console", len(out))
	}
	return out
}

// textPieces reads the tables of a language. True are texts without a gap.
func textPieces(t *testing.T, lang string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(consoleDir, "lang", "*"+lang+".toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var table map[string]any
		if err := toml.Unmarshal(data, &table); err != nil {
			t.Fatal(err)
		}
		for _, v := range table {
			forms, several := v.(map[string]any)
			if !several {
				forms = map[string]any{"other": v}
			}
			for _, form := range forms {
				pieces := textGap.Split(fmt.Sprint(form), -1)
				for _, p := range pieces {
					if p = strings.Join(strings.Fields(p), " "); p != "" {
						out[p] = out[p] || len(pieces) == 1
					}
				}
			}
		}
	}
	return out
}
