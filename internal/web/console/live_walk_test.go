package console_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/live"
)

// TestLiveWalk starts a watch with the keyboard, sees its page change by itself, stops
// it, and has axe look at every page of streams in both languages, both themes, on a
// phone and on a wide screen.
func TestLiveWalk(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.signIn()
	b.w.newBank("KNOWN_SHAPES")
	b.w.addPhoto("KNOWN_SHAPES", 1)

	b.Open("/live")
	b.tabTo(`el.getAttribute("href") === "/live/new"`)
	b.press(kb.Enter)
	b.until("the form", `document.querySelector("#source") !== null`)
	if hidden := `[...document.querySelectorAll("[data-how]")].filter(e => e.hidden).length`; !browsertest.Value(b.Browser, chromedp.Evaluate[bool](hidden+` === 1`)) {
		t.Error("the field of the other way is shown")
	}
	b.tabTo(`el.name === "how"`)
	b.press(kb.ArrowDown)
	b.press(kb.ArrowDown)
	b.until("pictures", `document.querySelector("input[value=frames]").checked && !document.querySelector("[data-how]:not([hidden])")`)
	b.tabTo(`el.id === "ref"`)
	b.press("evening")
	b.tabTo(`el.matches(".live-new .btn.main")`)
	b.press(kb.Enter)
	b.until("the watch", `document.querySelector("h1").innerText === "evening" && document.querySelector(".notice.done") !== null`)

	// The page changes under somebody who reads the figures, without taking them away.
	list, err := b.w.streams.List(t.Context(), live.Filter{Ref: "evening"})
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	b.tabTo(`el.matches(".figures summary")`)
	b.press(kb.Enter)
	if _, err := b.w.streams.Events(t.Context(), "key:1", list[0].ID, []live.Event{{Type: live.EventJoin, From: "viewer-9"}, {Type: live.EventChat, From: "viewer-9", Text: "hello"}}); err != nil {
		t.Fatal(err)
	}
	b.until("who came", `document.querySelector("#live-parts").innerText.includes("viewer-9") && document.activeElement.matches(".figures summary") && document.querySelector(".figures").open`)
	b.Run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.until("the chat", `document.querySelector("#live-lanes figcaption").innerText.includes("messages 1,") && document.querySelector(".figures").open`)

	b.tabTo(`el.matches(".live-stop summary")`)
	b.press(kb.Enter)
	b.tabTo(`el.matches(".live-stop .btn.main")`)
	b.press(kb.Enter)
	b.until("the end", `document.querySelector(".live-stop") === null && document.querySelector("[data-live]") === null && document.querySelector('form[action$="/again"]') !== null`)

	paths := append(b.w.someStreams(), "/live/new")
	for _, theme := range []string{"light", "dark"} {
		for _, lang := range []string{"en", "id"} {
			for _, width := range []int64{360, 1280} {
				b.look(width, theme, lang)
				for _, path := range paths {
					where := fmt.Sprintf("%s at %d, %s, %s", path, width, theme, lang)
					b.Open(path)
					b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("main details").forEach(d => { d.open = true })`))
					b.Clean(where)
					b.axe(where)
				}
			}
		}
	}
}
