//go:build screens

package guide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestTapScreens saves pictures of questions and results, as TestScreens does
// of pages.
func TestTapScreens(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	b := startBrowser(t)
	shots := map[string]string{"first": "", "danger": "b", "what": "ab", "know": "abad"}
	for name, answers := range ways {
		shots[name] = b.g.TapLetters(answers)
	}
	i := 0
	for name, letters := range shots {
		for j, lang := range []string{"en", "id"} {
			for k, size := range [][2]int64{{360, 740}, {1280, 800}} {
				theme := []string{"light", "dark"}[(i+j+k)%2]
				b.look(size[0], size[1], theme)
				b.Open("/guide/" + lang + "/c")
				b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`for (const v of %q) document.querySelector("#taps button[value='" + v + "']").click()`, letters)))
				for end, shot := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
					file := filepath.Join(dir, fmt.Sprintf("taps-%s-%s-%d-%s%s.png", name, lang, size[0], theme, end))
					if err := os.WriteFile(file, browsertest.Value(b.Browser, shot), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		i++
	}
}
