//go:build screens

package guide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestScreens saves a picture of pages of every kind in the folder that
// JAGA_SCREENSHOTS names, for people to look at:
//
//	JAGA_SCREENSHOTS=/tmp/pages go test -tags screens -run Screens ./internal/web/guide
func TestScreens(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	b := startBrowser(t)
	for i, page := range []string{"", "k", "k/b", "t/d", "t/c", "p", "p/d", "e/a", "f/d", "now", "crisis", "words", "pictures", "help", "help/gb", "law", "law/id", "leaving", "off", "about", "power", "terms", "w", "s", "s/1", "s/5", "s/6", "s/7", "s/8"} {
		for j, lang := range []string{"en", "id"} {
			for k, size := range [][2]int64{{360, 740}, {1280, 800}} {
				theme := []string{"light", "dark"}[(i+j+k)%2]
				b.look(size[0], size[1], theme)
				b.Open(strings.TrimSuffix("/guide/"+lang+"/"+page, "/"))
				for name, shot := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
					file := filepath.Join(dir, fmt.Sprintf("%02d-%s-%s-%d-%s%s.png", i, strings.ReplaceAll(page, "/", "_"), lang, size[0], theme, name))
					if err := os.WriteFile(file, browsertest.Value(b.Browser, shot), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	b.look(794, 1123, "light") // A4 at 96 dots an inch
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	b.Open("/guide/id/t/d")
	if err := os.WriteFile(filepath.Join(dir, "print.png"), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
		t.Fatal(err)
	}
}
