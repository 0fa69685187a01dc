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
	"github.com/jaga-project/jaga/internal/converse"
)

// TestScreens saves a picture of every page in the folder that
// JAGA_SCREENSHOTS names, for people to look at:
//
//	JAGA_SCREENSHOTS=/tmp/pages go test -tags screens -run Screens ./internal/web/console
func TestScreens(t *testing.T) {
	dir := os.Getenv("JAGA_SCREENSHOTS")
	if dir == "" {
		t.Fatal("JAGA_SCREENSHOTS names no folder")
	}
	b := startBrowser(t)
	shoot := func(name, path, lang string) {
		for _, width := range []int64{360, 1440} {
			for _, theme := range []string{"light", "dark"} {
				b.look(width, theme, lang)
				b.visit(path)
				file := filepath.Join(dir, fmt.Sprintf("%s-%s-%d-%s.png", name, lang, width, theme))
				if err := os.WriteFile(file, browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	shoot("sign-in", "/sign-in", "en")
	shoot("sign-in-ready", "/sign-in?token=x", "id")
	b.signIn()
	for name, path := range map[string]string{"home-empty": "/", "items-empty": "/items", "conversations-empty": "/conversations", "banks-empty": "/banks"} {
		shoot(name, path, "en")
	}
	paths := append(b.w.full(), "/conversations/try#"+sample, "/conversations/try#"+talked)
	for _, f := range b.w.findings(converse.Filter{}) {
		paths = append(paths, "/conversations/"+f.ID+"#open")
	}
	b.w.many()
	for i, path := range paths {
		name, do, _ := strings.Cut(strings.Trim(path, "/"), "#")
		name = strings.NewReplacer("/", "_", "?", "_", "&", "_", "=", "_").Replace(name)
		if do == "open" {
			name += "-open"
		}
		shoot(fmt.Sprintf("%02d-%.40s", i, name), path, []string{"en", "en", "id"}[i%3])
	}
}

// many fills the last days with items, as a busy installation has them.
func (w *world) many() {
	w.t.Helper()
	for i := range 60 {
		w.take(fmt.Sprintf("post-%d", 1000+i), smaller(uint64(i%7+1)))
	}
	w.spread()
}
