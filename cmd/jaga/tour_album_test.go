//go:build unix

package main

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// album keeps the pictures of the tour in the folder that JAGA_TOUR names, if
// it names one.
type album struct {
	dir   string
	shots []*tourShot // in the order in which they were taken
}

// tourShot is a moment, in both languages.
type tourShot struct {
	Name    string
	Caption map[string]string // by language
	File    map[string]string // by language: the picture
	More    map[string][]tourOther
}

// tourOther is the same moment in other colours or on a phone.
type tourOther struct{ Word, File string }

func openAlbum(t *testing.T) *album {
	t.Helper()
	return &album{dir: os.Getenv("JAGA_TOUR")}
}

func (a *album) on() bool { return a.dir != "" }

// keep takes a picture of the page. how is empty, dark, phone or phone-dark.
func (a *album) keep(tr *tour, name, how, en, id string) {
	tr.T.Helper()
	if !a.on() {
		return
	}
	shot := a.shot(name)
	file := fmt.Sprintf("%02d-%s", tr.steps, name)
	if how == "" {
		shot.Caption["en"], shot.Caption["id"] = en, id
		shot.File[tr.lang] = tr.lang + "/" + file + ".png"
	} else {
		file += "-" + how
		word := map[string]map[string]string{
			"en": {"dark": "dark", "phone": "on a phone", "phone-dark": "on a phone, dark"},
			"id": {"dark": "gelap", "phone": "di ponsel", "phone-dark": "di ponsel, gelap"},
		}[tr.lang][how]
		shot.More[tr.lang] = append(shot.More[tr.lang], tourOther{word, tr.lang + "/" + file + ".png"})
	}
	a.save(tr, file, browsertest.Value(tr.Browser, chromedp.FullScreenshot(100)))
}

// keepWindow takes a picture of what is seen without scrolling, and changes
// nothing on the page meanwhile.
func (a *album) keepWindow(tr *tour, name, en, id string) {
	tr.T.Helper()
	if !a.on() {
		return
	}
	shot, file := a.shot(name), fmt.Sprintf("%02d-%s", tr.steps, name)
	shot.Caption["en"], shot.Caption["id"] = en, id
	shot.File[tr.lang] = tr.lang + "/" + file + ".png"
	a.save(tr, file, browsertest.Value(tr.Browser, chromedp.CaptureScreenshot()))
}

func (a *album) save(tr *tour, file string, picture []byte) {
	tr.T.Helper()
	path := filepath.Join(a.dir, tr.lang, file+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tr.T.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		tr.T.Fatal(err)
	}
}

// shot is the moment of a name.
func (a *album) shot(name string) *tourShot {
	for _, s := range a.shots {
		if s.Name == name {
			return s
		}
	}
	s := &tourShot{name, map[string]string{}, map[string]string{}, map[string][]tourOther{}}
	a.shots = append(a.shots, s)
	return s
}

// write makes the page that shows the pictures in order.
func (a *album) write(t *testing.T) {
	t.Helper()
	if !a.on() {
		return
	}
	var page strings.Builder
	if err := albumPage.Execute(&page, a.shots); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(a.dir, "index.html")
	if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("open %s in a browser", path)
}

var albumPage = template.Must(template.New("album").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A day with Jaga</title>
<style>
:root { color-scheme: light dark; --paper: light-dark(#fcfaf6, #0d141e); --ink: light-dark(#1b2737, #eeebe4); --ink-2: light-dark(#4a5666, #b9b4aa); --line: light-dark(#ddd9d0, #2d3642); --accent: light-dark(#00696f, #72d0d0); }
body { margin: 0 auto; max-width: 1500px; padding: 32px 24px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans", sans-serif; }
h1 { margin: 0 0 4px; font-size: 28px; letter-spacing: -.01em; }
p { max-width: 65ch; margin: 0 0 12px; }
.quiet { color: var(--ink-2); }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
section { padding: 24px 0; border-top: 1px solid var(--line); margin-top: 24px; }
.both { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px; align-items: start; }
figure { margin: 0; display: flex; flex-direction: column; }
figcaption { min-height: 4.5em; }
figcaption b { display: block; }
.frame { display: block; max-height: 620px; overflow: hidden; border: 1px solid var(--line); border-radius: 8px; }
img { display: block; width: 100%; }
.more { display: flex; gap: 16px; margin: 8px 0 0; font-size: 14px; }
</style>
<h1>A day with Jaga · Sehari bersama Jaga</h1>
<p>Two people sign in, work on what a platform handed in, decide, check each other and verify what was recorded. Each picture opens in full. All material is drawn; nothing and nobody in it is real.</p>
<p lang="id">Dua orang masuk, mengerjakan yang diserahkan sebuah platform, memutuskan, saling memeriksa, dan memverifikasi yang tercatat. Setiap gambar dapat dibuka penuh. Semua bahan digambar oleh program; tidak ada yang nyata di dalamnya.</p>
{{range $i, $s := .}}<section>
<div class="both">{{range $lang, $file := $s.File}}<figure lang="{{$lang}}">
<figcaption>{{index $s.Caption $lang}}</figcaption>
<a class="frame" href="{{$file}}"><img src="{{$file}}" alt="{{index $s.Caption $lang}}" loading="lazy"></a>
{{with index $s.More $lang}}<p class="more">{{range .}}<a href="{{.File}}">{{.Word}}</a> {{end}}</p>{{end}}
</figure>{{end}}</div>
</section>
{{end}}</html>
`))
