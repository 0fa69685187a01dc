package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestEvidenceInBrowser holds a file, asks for its destruction, and has a second
// person destroy it. TestBrowser looks at every page; where JAGA_SCREENSHOTS names a
// folder, this one looks at those of sealed files and leaves pictures there.
func TestEvidenceInBrowser(t *testing.T) {
	b := startBrowser(t)
	b.signIn()
	id := b.w.finding(textFinding("walk"))
	file := b.w.seal("a test card", id)
	b.w.clock(file, time.Now().Add(-time.Hour))

	b.as("Ani", auth.Senior)
	b.Open(caseAt(id, ""))
	b.Run(chromedp.Click(chromedp.CSS("#evidence .row-link")))
	b.at("/evidence/files/" + file)
	b.says("the state", "Time is over")
	open := func(form string) {
		b.Run(chromedp.Click(chromedp.CSS(`details:has(form[action="` + form + `"]) > summary`)))
	}
	fill := func(selector, words string) { b.Run(chromedp.SetValue(chromedp.CSS(selector), words)) }
	open("/evidence/holds")
	fill("#evid_reason", "a letter of the police")
	fill("#evid_authority", "Police")
	b.Run(chromedp.Click(chromedp.CSS(`form[action="/evidence/holds"] button`)))
	b.says("the hold", "The hold is set")
	open("/evidence/holds/1")
	b.until("the act", `document.querySelector('button[value="release"]') !== null`)
	open("/evidence/holds/1")
	b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".hold details").forEach(d => { d.open = true })`))
	b.Run(chromedp.Click(chromedp.CSS(`button[value="release"]`)))
	b.says("the release", "The hold was released")
	open("/evidence/destructions")
	b.Run(chromedp.Click(chromedp.CSS(`input[value="expired"]`)))
	fill("#destroy_reason", "the year is over")
	b.Run(chromedp.Click(chromedp.CSS(`form[action="/evidence/destructions"] button`)))
	b.says("the wish", "You asked. Another person must destroy it")

	b.as("Budi", auth.Senior)
	b.Open("/evidence/destructions")
	b.Run(chromedp.Click(chromedp.CSS("[data-row] .row-link")))
	b.says("the wish", "the year is over")
	b.Run(chromedp.Click(chromedp.CSS(`form[action$="/destroy"] button`)))
	b.says("the certificate", "jaga destruction certificate 1")
	b.until("the button", `!document.querySelector("[data-print]").hidden`)

	b.Clean("the walk")
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		return
	}
	pages := b.w.someEvidence()
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "id"}, {1280, "dark", "id"}, {360, "dark", "en"}, {1280, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for i, path := range pages {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.visit(path)
			b.Clean(where)
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("main details").forEach(d => { d.open = true })`))
			name := filepath.Join(dir, fmt.Sprintf("evidence-%02d-%d-%s.png", i, c.width, c.theme))
			if err := os.WriteFile(name, browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
				t.Fatal(err)
			}
			b.check(where)
		}
	}
}
