package guide

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed content
var ownContent embed.FS

//go:embed templates static
var ownFiles embed.FS

// base is the path under which all pages lie.
const base = "/guide"

// Options are the choices of an operator. The zero value is a complete guide.
type Options struct {
	// Overlay holds files that take the place of those in content/, by the
	// same name; nil replaces none.
	Overlay fs.FS
	// Now tells the date by which ages of facts are reckoned; nil is the clock.
	Now func() time.Time
}

// Guide is the pages. It is safe for concurrent use.
type Guide struct {
	now     func() time.Time
	tmpl    *template.Template
	trees   map[string]*tree // by language
	help    *directory
	laws    []lawCard
	rules   map[string]rules // by language
	pages   map[string]page  // by path
	css     []byte
	icon    []byte
	cssURL  string
	iconURL string
}

// New reads the texts. An error names the file that is missing or wrong; it is
// about form only, what the texts say is for Check.
func New(opt Options) (*Guide, error) {
	g := &Guide{now: opt.Now, trees: map[string]*tree{}}
	if g.now == nil {
		g.now = time.Now
	}
	own, err := fs.Sub(ownContent, "content")
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	src := source{over: opt.Overlay, own: own}
	if g.help, err = loadHelp(src); err == nil {
		g.laws, err = loadLaws(src)
	}
	if err == nil {
		g.rules, err = loadRules(src)
	}
	for _, lang := range languages() {
		if err == nil {
			g.trees[lang], err = g.loadTree(src, lang)
		}
	}
	if err == nil {
		err = g.loadFiles()
	}
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	g.pages = g.listPages()
	for path := range g.pages { // a page that cannot be made is found now, not by a reader
		if _, err := g.render(path); err != nil {
			return nil, fmt.Errorf("guide: %w", err)
		}
	}
	return g, nil
}

func (g *Guide) loadFiles() error {
	var err error
	if g.css, err = ownFiles.ReadFile("static/guide.css"); err != nil {
		return err
	}
	if g.icon, err = ownFiles.ReadFile("static/mark.svg"); err != nil {
		return err
	}
	g.cssURL = base + "/" + named(g.css, "css")
	g.iconURL = base + "/" + named(g.icon, "svg")
	g.tmpl, err = template.New("").Funcs(template.FuncMap{
		"css":  func() string { return g.cssURL },
		"icon": func() string { return g.iconURL },
	}).ParseFS(ownFiles, "templates/*.html")
	return err
}

// named gives a file a name that changes with what is in it, so that browsers
// may keep it.
func named(data []byte, ext string) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4]) + "." + ext
}

// Owns reports whether the path is one of the guide's.
func Owns(path string) bool { return path == base || strings.HasPrefix(path, base+"/") }

// Paths lists the paths of all pages, in no order.
func (g *Guide) Paths() []string {
	var out []string
	for p := range g.pages {
		out = append(out, p)
	}
	return out
}

// policy allows the style of the guide and nothing else: no script, no form,
// no request to any host.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP answers requests for paths that Owns.
func (g *Guide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	// A browser that keeps no page leaves none on a phone that others use.
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "these pages are only read", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimSuffix(r.URL.Path, "/")
	switch path {
	case g.cssURL:
		g.file(w, "text/css; charset=utf-8", g.css)
		return
	case g.iconURL:
		g.file(w, "image/svg+xml", g.icon)
		return
	case base:
		h.Set("Vary", "Accept-Language")
		http.Redirect(w, r, base+"/"+preferred(r.Header.Get("Accept-Language")), http.StatusSeeOther)
		return
	}
	status := http.StatusOK
	if _, ok := g.pages[path]; !ok {
		status = http.StatusNotFound
		path = lostPath(path, r.Header.Get("Accept-Language"))
	}
	body, err := g.render(path)
	if err != nil { // New has made every page once
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may have gone
}

func (g *Guide) file(w http.ResponseWriter, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data)
}

// lostPath is the page to show in place of one that is not there, in the
// language that its address names.
func lostPath(path, accept string) string {
	rest, _ := strings.CutPrefix(path, base+"/")
	first, _, _ := strings.Cut(rest, "/")
	for _, lang := range languages() {
		if first == lang {
			return base + "/" + lang + "/" + lostPage
		}
	}
	return base + "/" + preferred(accept) + "/" + lostPage
}

// preferred is the language of the guide that a browser asks for first.
func preferred(accept string) string {
	tags := []language.Tag{language.English, language.Indonesian}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return languages()[0]
	}
	_, i, _ := language.NewMatcher(tags).Match(wanted...)
	return languages()[i]
}

// render makes one page.
func (g *Guide) render(path string) ([]byte, error) {
	p, ok := g.pages[path]
	if !ok {
		return nil, errors.New("no page " + path)
	}
	var b bytes.Buffer
	if err := g.tmpl.ExecuteTemplate(&b, "layout", g.view(p)); err != nil {
		return nil, fmt.Errorf("page %s: %w", path, err)
	}
	return b.Bytes(), nil
}
