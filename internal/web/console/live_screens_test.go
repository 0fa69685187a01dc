//go:build screens

package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestScreensLive saves pictures of the pages of live streams, see TestScreens.
func TestScreensLive(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	b := startBrowser(t)
	b.signIn()
	b.w.newBank("KNOWN_SHAPES")
	b.w.addPhoto("KNOWN_SHAPES", 1)
	for i, path := range append(b.w.someStreams(), "/live/new") {
		for _, width := range []int64{360, 1440} {
			for j, lang := range []string{"en", "id"} {
				b.look(width, []string{"light", "dark"}[j], lang)
				b.visit(path)
				file := filepath.Join(dir, fmt.Sprintf("live-%d-%s-%d.png", i, lang, width))
				if err := os.WriteFile(file, browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
