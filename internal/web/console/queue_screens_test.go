//go:build screens

package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestCaseScreens saves pictures of the lists of cases, as TestScreens does of
// every page.
func TestCaseScreens(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	b := startBrowser(t)
	b.signIn()
	b.look(1280, "light", "en")
	b.Open("/cases")
	shoot := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shoot("cases-empty")
	paths := append(b.w.caseload(), "/")
	for i, path := range paths {
		for j, c := range []struct {
			width       int64
			theme, lang string
		}{{360, "light", "id"}, {768, "dark", "en"}, {1280, "light", "en"}, {1280, "dark", "id"}} {
			if i > 2 && i%2 != j%2 && !strings.HasPrefix(path, "/stat") {
				continue
			}
			b.look(c.width, c.theme, c.lang)
			b.Open(path)
			shoot(fmt.Sprintf("%02d-%.30s-%d-%s", i, strings.NewReplacer("/", "_", "?", "_", "&", "_", "=", "_").Replace(path), c.width, c.theme))
		}
	}
	for _, act := range []string{"assign", "hold", "decide"} {
		for _, width := range []int64{360, 1280} {
			b.look(width, "light", "en")
			b.Open("/cases")
			b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll("input[name=case]").forEach((b, i) => { b.checked = i < 6 }); setTimeout(() => document.querySelector("button[name=act][value=%s]").click())`, act)))
			b.until("the question", `document.querySelector("button[name=step]") !== null`)
			shoot(fmt.Sprintf("bulk-%s-%d", act, width))
		}
	}
	b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[name=outcome]").click(); setTimeout(() => document.querySelector("button[name=step]").click())`))
	b.until("the answer", `document.querySelector("[data-undo]") !== null`)
	shoot("bulk-done")
}
