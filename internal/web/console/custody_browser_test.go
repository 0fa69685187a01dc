package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestCustodyInBrowser looks at the pages of the custody log in both themes and
// languages, on a phone and on a laptop, and goes to a record by keyboard. Where
// JAGA_SCREENSHOTS names a folder, it leaves pictures there.
func TestCustodyInBrowser(t *testing.T) {
	b := startBrowser(t)
	b.signIn()
	b.w.newBank("KNOWN_SHAPES")
	b.w.addPhoto("KNOWN_SHAPES", 1)
	b.w.anchored()
	if err := b.w.proofs.AskVerify(t.Context(), "person:1"); err != nil {
		t.Fatal(err)
	}
	b.w.verifies()
	for i, path := range []string{"/custody", "/custody/3", "/custody/meanings", "/custody?from=nonsense"} {
		for _, c := range []struct {
			width       int64
			theme, lang string
		}{{360, "light", "id"}, {1280, "dark", "id"}, {360, "dark", "en"}, {1280, "light", "en"}} {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.look(c.width, c.theme, c.lang)
			b.visit(path)
			b.Clean(where)
			if dir := os.Getenv("JAGA_SCREENSHOTS"); dir != "" {
				file := filepath.Join(dir, fmt.Sprintf("custody-%d-%d-%s.png", i, c.width, c.theme))
				if err := os.WriteFile(file, browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b.check(where)
		}
	}
	b.visit("/custody")
	b.Run(chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS("#facts")))
}
