package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/storetest"
)

// browser is one Chromium on a world.
type browser struct {
	*browsertest.Browser
	w *world
}

// startBrowser starts Chromium on a world with a server of its own.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	return &browser{browsertest.Start(t, w.h), w}
}

// signIn opens a sign-in link and presses its button.
func (b *browser) signIn() {
	b.T.Helper()
	b.Open("/sign-in?token=" + b.w.link())
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn")), chromedp.WaitReady(chromedp.CSS(".side")))
	b.w.signIn() // the test itself also speaks to the server
}

// look sets the width of the window, the colours and the language.
func (b *browser) look(width int64, theme, lang string) {
	b.T.Helper()
	b.Run(chromedp.EmulateViewport(width, 900))
	b.Open("/keyboard?theme=" + theme + "&lang=" + lang)
}
