package guide_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestLeave reads some pages and leaves them in each of the ways there are:
// the other page comes, and the history names no page of the guide.
func TestLeave(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.look(320, 568, "light")
	for name, leave := range map[string]func(){
		"by the button": func() { b.Run(chromedp.Click(chromedp.CSS(".leave"))) },
		"by Escape":     func() { b.press(kb.Escape) },
		"by Shift":      func() { b.press(kb.Shift); b.press(kb.Shift); b.press(kb.Shift) },
	} {
		b.Run(chromedp.Navigate("about:blank"))
		b.Open("/guide/en/t")
		for _, to := range []string{"/guide/en/t/d", "/guide/en/crisis", "/guide/en"} {
			b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("a[href='%s']").click()`, to)))
			b.at(to)
		}
		// Where the button leads is far away; the test stays on this machine.
		b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".leave").href = "/elsewhere"`))
		leave()
		b.at("/elsewhere")
		h, err := chromedp.Call(b.Ctx, page.GetNavigationHistory, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(h.Entries); h.Entries[n-2].URL != "about:blank" || h.CurrentIndex != int64(n-1) {
			t.Errorf("%s: between the page before and the page after lie others", name)
		}
		for _, e := range h.Entries {
			if strings.Contains(e.URL, "/guide") {
				t.Errorf("%s: the history names %s", name, e.URL)
			}
		}
		b.Clean(name)
	}
}
