//go:build screens

package guide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// TestHelpScreens saves pictures of the help directory as people have left it.
func TestHelpScreens(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	f := &found{}
	f.Store(&guide.Checks{
		"id-sapa-129":      {Checked: time.Now().Format(time.DateOnly)},
		"id-healing119-id": {Checked: "2026-01-01", Failed: 1, FailedOn: "2026-11-20"},
	})
	g, err := guide.New(guide.Options{Checks: f})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{browsertest.Start(t, g), g}
	for i, path := range []string{"help", "help?n=1&c=w", "help/de?n=1", "help/de?c=w", "help/zz", "help/la"} {
		for j, lang := range []string{"en", "id"} {
			for k, size := range [][2]int64{{360, 740}, {1280, 800}} {
				theme := []string{"light", "dark"}[(i+j+k)%2]
				b.look(size[0], size[1], theme)
				b.Open("/guide/" + lang + "/" + path)
				b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".fold").forEach((d, i) => { d.open = i === 0 })`))
				name := fmt.Sprintf("help-%d-%s-%d-%s.png", i, lang, size[0], theme)
				if err := os.WriteFile(filepath.Join(dir, name), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
