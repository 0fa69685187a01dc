package guide

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"
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
	// Checks tells what people found out about the rows of the help directory;
	// nil is nothing beyond its file.
	Checks Checker
	// Now tells the date by which ages of facts are reckoned; nil is the clock.
	Now func() time.Time
	// Takedown keeps the codes of pictures that readers hand in; nil takes
	// none in.
	Takedown Takedown
	// Tell keeps what readers write to the operator's team; nil takes nothing
	// in.
	Tell Tell
}

// Guide is the pages. It is safe for concurrent use.
type Guide struct {
	now     func() time.Time
	checker Checker
	tmpl    *template.Template
	trees   map[string]*tree // by language
	help    *directory
	laws    []lawCard
	rules   map[string]rules // by language
	pages   map[string]page  // by path
	assets  map[string]asset // by name
	byURL   map[string]asset
	acts    map[string]act // by the kind of page
	taps    *taps
	source  source
	away    *away

	takedown Takedown
	tell     Tell
}

// act answers what a reader sends to a page of one kind.
type act func(w http.ResponseWriter, r *http.Request, p page)

// bodyLimit is how much a reader may send, in bytes: answers and codes, never
// a picture.
const bodyLimit = 64 << 10

// New reads the texts. An error names the file that is missing or wrong; it is
// about form only, what the texts say is for Check.
func New(opt Options) (*Guide, error) {
	g := &Guide{away: &away{}, now: opt.Now, checker: opt.Checks, trees: map[string]*tree{}, acts: map[string]act{}, takedown: opt.Takedown, tell: opt.Tell}
	g.acts[takeKind] = g.take
	g.acts[tellKind] = g.tellAct
	if g.now == nil {
		g.now = time.Now
	}
	own, err := fs.Sub(ownContent, "content")
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	src := source{over: opt.Overlay, own: own, asked: map[string]bool{}}
	g.source = src
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
	if err == nil {
		err = g.loadTaps(src)
		g.acts["check"] = g.tap
	}
	if err != nil {
		return nil, fmt.Errorf("guide: %w", err)
	}
	g.pages = g.listPages()
	g.away.weight = sync.OnceValues(g.weigh)
	g.acts[keepPage] = g.forget
	if opt.Overlay != nil {
		// Makes every page: one that cannot be made of an operator's texts is found
		// now, not by a reader. Our own are made by the tests.
		if _, err := g.away.weight(); err != nil {
			return nil, fmt.Errorf("guide: %w", err)
		}
	}
	return g, nil
}

func (g *Guide) loadFiles() error {
	if err := g.loadAssets(); err != nil {
		return err
	}
	var err error
	g.tmpl, err = template.New("").Funcs(template.FuncMap{"asset": g.assetURL}).ParseFS(ownFiles, "templates/*.html")
	return err
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

// policy is the content security policy of a page: the guide's own files and
// no connection. A page may send a form, or compute, where that is what it is for.
func policy(p page) string {
	script, worker, form := "'self'", "'self'", "'none'"
	if p.Engine {
		script, worker = "'self' 'wasm-unsafe-eval'", "'self' blob:"
	}
	if p.Sends {
		form = "'self'"
	}
	return "default-src 'none'; connect-src 'none'; script-src " + script + "; worker-src " + worker +
		"; style-src 'self'; img-src 'self'; manifest-src 'self'; base-uri 'none'; form-action " + form + "; frame-ancestors 'none'"
}

// ServeHTTP answers requests for paths that Owns.
func (g *Guide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	status := http.StatusOK
	p, ok := g.pages[path]
	if !ok {
		status = http.StatusNotFound
		p = g.pages[lostPath(path, r.Header.Get("Accept-Language"))]
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy(p))
	h.Set("Referrer-Policy", "no-referrer")
	if p.Sends {
		// With no-referrer a form names no origin either, and the guard against
		// forms of other sites would turn it away where browsers say no more.
		h.Set("Referrer-Policy", "same-origin")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	// A browser that keeps no page leaves none on a phone that others use.
	h.Set("Cache-Control", "no-store")
	if a := g.acts[p.Kind]; a != nil && r.Method == http.MethodPost {
		limit := int64(bodyLimit)
		if p.Kind == tellKind {
			limit = tellBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		a(w, r, p)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this page is only read", http.StatusMethodNotAllowed)
		return
	}
	if path == base+workerFile {
		g.serveWorker(w, r)
		return
	}
	if a, ok := g.byURL[path]; ok {
		a.serve(w, r)
		return
	}
	if path == base {
		h.Set("Vary", "Accept-Language")
		http.Redirect(w, r, base+"/"+preferred(r.Header.Get("Accept-Language")), http.StatusSeeOther)
		return
	}
	v := g.view(p)
	v.Choice = readChoice(r.URL.Query())
	g.answer(w, r, status, v)
}

// answer sends a page.
func (g *Guide) answer(w http.ResponseWriter, r *http.Request, status int, v *view) {
	body, err := g.execute(v)
	if err != nil { // New has made every page once
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	send(w, r, status, body, nil)
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

// execute makes a page with head and foot.
func (g *Guide) execute(v *view) ([]byte, error) { return g.fill("layout", v) }

func (g *Guide) fill(template string, v *view) ([]byte, error) {
	var b bytes.Buffer
	if err := g.tmpl.ExecuteTemplate(&b, template, v); err != nil {
		return nil, fmt.Errorf("page %s: %w", v.Path, err)
	}
	return g.withRows(b.Bytes(), v.To("help")), nil
}
