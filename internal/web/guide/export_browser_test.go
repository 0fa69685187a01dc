package guide_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// writeExport puts an export into a folder, as the command does.
func writeExport(t *testing.T) (dir string, pages []string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range exported(t, open(t, nil)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".html") {
			pages = append(pages, name)
		}
	}
	return dir, pages
}

// complaints collects what the browser writes into its console.
func (b *browser) complaints() func() []string {
	b.T.Helper()
	var all []string
	if err := chromedp.Listen(b.Ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok && e.Entry.Level == "error" {
			all = append(all, e.Entry.URL+": "+e.Entry.Text)
		}
	}); err != nil {
		b.T.Fatal(err)
	}
	return func() []string {
		list := all
		all = nil
		return list
	}
}

// links are the addresses of the page that stay in the guide.
const links = `[...document.querySelectorAll("a[href], link[href], script[src]")].map(a => a.href || a.src).filter(u => u.startsWith(location.protocol === "file:" ? "file:" : location.origin)).map(u => u.split("#")[0])`

// TestExportOnAPlainHost serves an export below an address that it does not
// know, and opens whatever a link leads to.
func TestExportOnAPlainHost(t *testing.T) {
	t.Parallel()
	dir, pages := writeExport(t)
	l := newLine(http.StripPrefix("/~school/safe/", http.FileServer(http.Dir(dir))))
	b := &browser{browsertest.Start(t, l), nil}
	errors := b.complaints()
	root := b.Base + "/~school/safe/"
	b.Run(chromedp.Navigate(root))
	b.at("/~school/safe/en/") // the root page sends readers on by their language, and the host has short names for pages

	seen, todo, looked := map[string]bool{root + "index.html": true, root + "en/index.html": true}, []string{root + "en/index.html"}, map[string]bool{}
	fetch := func(at string) {
		if r, err := http.Get(at); err != nil || r.StatusCode != http.StatusOK { //nolint:noctx // of this test's own server
			t.Errorf("%s: %v %v", at, r, err)
		} else {
			_ = r.Body.Close()
		}
	}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if !strings.HasSuffix(at, ".html") {
			fetch(at)
			continue
		}
		looked[at] = true
		// The pages of other countries, and those of readers in the other
		// language, are made like the rest: whether they are there is enough.
		// TestCheckFilesFinds has what happens where one is not.
		if strings.Contains(at, "/help/") && !strings.HasSuffix(at, "/ca.html") || strings.Contains(at, "/en/") && strings.Count(at, "/") > strings.Count(root, "/")+1 {
			fetch(at)
			continue
		}
		b.Run(chromedp.Navigate(at), chromedp.WaitReady(chromedp.CSS("main")))
		b.Clean(at)
		for _, e := range errors() {
			t.Errorf("%s: %s", at, e)
		}
		for _, to := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](links)) {
			if !strings.HasPrefix(to, root) {
				t.Errorf("%s leads out of its folder, to %s", at, to)
			} else if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	// No link leads to the root page, to the pages that stand in for others, and
	// to those of Indonesia, whose numbers stand on the page of help itself.
	if len(looked) < len(pages)-5 {
		t.Errorf("links lead to %d of %d pages", len(looked), len(pages))
	}

	b.Run(chromedp.Navigate(root+"id/off.html"), chromedp.WaitReady(chromedp.CSS("main")))
	b.state("none")
	b.tap("Simpan di HP ini")
	b.state("whole")
	l.down()
	for path, want := range map[string]string{"id/t/d.html": "Sudah telanjur", "": "Does something feel wrong?", "en/": "Does something feel wrong?", "id/zzz.html": "Halaman ini tidak ada"} {
		b.Run(chromedp.Navigate("about:blank"), chromedp.Navigate(root+path))
		b.waits(want, `document.readyState === "complete" && document.body.innerText.includes("`+want+`") && getComputedStyle(document.querySelector(".hero")).borderRadius === "24px"`)
	}
	b.Clean("an export without a network")
	errors()
	l.up()
	b.Run(chromedp.Navigate(root+"id/off.html"), chromedp.WaitReady(chromedp.CSS("main")))
	b.state("whole")
	b.tap("Hapus dari HP ini")
	b.state("gone")
	l.down()
	if b.fails("/~school/safe/id/t/d.html") == "" {
		t.Error("a page comes after it was removed")
	}
}

// TestExportFromAStick opens an export as files: pages are read, links lead on,
// and one can leave.
func TestExportFromAStick(t *testing.T) {
	t.Parallel()
	dir, _ := writeExport(t)
	b := &browser{browsertest.Start(t, http.NotFoundHandler()), nil}
	b.Base = "file://" // nothing else is asked
	errors := b.complaints()
	root := "file://" + filepath.ToSlash(dir) + "/"
	b.Run(chromedp.Navigate(root + "index.html"))
	b.at(filepath.ToSlash(dir) + "/en/index.html")
	for _, step := range []struct{ link, name, want string }{
		{`a[href$="t/d.html"]`, "/en/t/d.html", "Stop answering."},
		{`a[href$="crisis.html"]`, "/en/crisis.html", "119"},
		{`.foot a[hreflang=id]`, "/id/crisis.html", "119"},
		{`.home`, "/id/index.html", "Ada yang terasa tidak beres?"},
		{`a[href$="help.html"]`, "/id/help.html", "SAPA"},
	} {
		b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("` + strings.ReplaceAll(step.link, `"`, `'`) + `").click()`))
		b.at(filepath.ToSlash(dir) + step.name)
		if got := b.text(); !strings.Contains(got, step.want) {
			t.Errorf("%s: no %q in %q", step.name, step.want, got)
		}
		if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".hero")).borderRadius`)); got != "24px" {
			t.Errorf("%s has no style", step.name)
		}
	}
	b.Run(chromedp.Navigate(root+"en/off.html"), chromedp.WaitReady(chromedp.CSS("main")))
	b.state("file")
	b.Clean("from a stick")
	for _, e := range errors() {
		if !strings.Contains(e, "manifest") { // which a browser reads from a site only
			t.Error(e)
		}
	}
	b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".leave").href = "` + root + `README.txt"`))
	b.press(kb.Escape)
	b.at(filepath.ToSlash(dir) + "/README.txt")
}
