package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

//go:embed templates
var templateFiles embed.FS

// pageSet holds the templates of every page in one language. A page is parsed when
// it is first asked for: most starts show few of them.
type pageSet struct {
	say  *speaker
	tmpl map[string]func() (*template.Template, error)
}

// page is what every page knows. Each page's view holds one.
type page struct {
	Lang, Theme string
	Path        string // of the request, for links that keep the reader here
	Active      string // the entry of the navigation that is lit
	Title       string
	Signed      bool
	Name        string // who is signed in
	Version     string
	Languages   []string
	Notice      *notice
	Problem     *problem
	Todo        int64 // what waits for a person, beside Home
	Places      [][]place

	who auth.Who
}

// May reports whether the reader may do it in some queue at least.
func (p *page) May(c string) bool { return p.who.CanSomewhere(auth.Capability(c)) }

// Fresh reports whether the reader has proved lately who they are.
func (p *page) Fresh() bool { return p.who.Fresh }

func (p *page) common() *page { return p }

type view interface{ common() *page }

// notice tells what an act has done.
type notice struct {
	Done bool // finished, with a tick; otherwise something to know
	Text string
}

// problem is what is wrong with a form.
type problem struct {
	Field string // the id of the field at fault, may be empty
	Text  string
	Hint  string
}

func (c *console) loadPages() (map[string]pageSet, error) {
	names, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]pageSet{}
	for _, tag := range c.languages.tags {
		say := c.languages.speaker(tag)
		shared, err := template.New("").Funcs(c.funcs(say)).ParseFS(templateFiles, "templates/*.html")
		if err != nil {
			return nil, err
		}
		set := pageSet{say, map[string]func() (*template.Template, error){}}
		for _, name := range names {
			set.tmpl[strings.TrimSuffix(path.Base(name), ".html")] = sync.OnceValues(func() (*template.Template, error) {
				t, err := shared.Clone()
				if err != nil {
					return nil, err
				}
				return t.ParseFS(templateFiles, name)
			})
		}
		out[tag] = set
	}
	return out, nil
}

func (c *console) funcs(s *speaker) template.FuncMap {
	return template.FuncMap{
		"t": s.t, "word": s.word, "n": s.n, "size": s.size, "decimal": s.decimal,
		"detector": s.detector,
		"when":     func(v any) moment { return c.moment(s, v) },
		"styles":   func() []string { return c.files.parts(".css") },
		"scripts":  func() []string { return c.files.parts(".js") },
		"asset":    func(name string) string { return "/static/" + c.files.names[name] },
		"short":    shortHash,
		"maxbytes": func() int64 { return c.MaxBytes },
		"types":    jaga.SignalTypes,
		"typed": func() []jaga.SignalType {
			return []jaga.SignalType{jaga.PDQ, jaga.MD5, jaga.SHA1, jaga.SHA256, jaga.Chromaprint}
		}, // by hand
		"textagain":   textAgain,
		"framesagain": framesAgain,
		"upper":       strings.ToUpper,
		"where":       s.where,
		"filmplot":    func(f *jaga.Film) *filmPlot { return s.filmPlotOf(f, s.t("film.query"), s.t("film.stored")) },
		"soundplot":   func(m *jaga.Sound) *filmPlot { return s.soundPlotOf(m, s.t("film.query"), s.t("film.stored")) },
		"soundline":   func(m *jaga.Sound) string { return s.t("item.sound", "Errors", s.decimal(m.Errors, 1)+" %") },
		"heardat":     func(m *jaga.Sound) string { return s.parts(m.Query, m.More) },
		"tempo":       s.tempo,
		"day": func(iso string) string {
			at, err := time.Parse(time.DateOnly, iso)
			if err != nil {
				return iso
			}
			return s.day(at)
		},
		"verdicts":   func() []string { return []string{"confirm", "reject", "unsure"} },
		"days":       func() []int { return []int{30, 90, 365} },
		"minutes":    func(seconds int64) int64 { return seconds / 60 },
		"percentage": func(v float64) string { return s.decimal(100*v, 1) },
		"field": func(p *problem, id string) string {
			if p != nil && p.Field == id {
				return p.Text
			}
			return ""
		},
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m
		},
	}
}

// shortHash keeps the beginning of a hash, enough to tell two apart.
func shortHash(h string) string {
	if len(h) > 12 {
		return h[:12] + "…"
	}
	return h
}

// prefCookie names the cookies of language and theme.
const prefCookie = "jaga_"

// preferences takes a choice of language or theme from the address, and sends
// the reader to the same page without it.
func (c *console) preferences(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	q := r.URL.Query()
	set := func(name, value string) {
		http.SetCookie(w, &http.Cookie{Name: prefCookie + name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode})
	}
	chosen := false
	if v := q.Get("lang"); q.Has("lang") {
		chosen = true
		if _, ok := c.pages[v]; ok {
			set("lang", v)
		}
	}
	if v := q.Get("theme"); q.Has("theme") {
		chosen = true
		if v == "light" || v == "dark" || v == "system" {
			set("theme", v)
		}
	}
	if !chosen {
		return false
	}
	q.Del("lang")
	q.Del("theme")
	to := safeNext((&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String())
	http.Redirect(w, r, to, http.StatusSeeOther)
	return true
}

// say returns what speaks the reader's language.
func (c *console) say(r *http.Request) *speaker { return c.pages[c.lang(r)].say }

func (c *console) lang(r *http.Request) string {
	chosen := ""
	if k, err := r.Cookie(prefCookie + "lang"); err == nil {
		chosen = k.Value
	}
	return c.languages.choose(chosen, r.Header.Get("Accept-Language"))
}

// page begins the view of a page. active is its place in the navigation.
func (c *console) page(r *http.Request, active, title string) page {
	who, ok := auth.From(r.Context())
	p := page{
		Lang: c.lang(r), Theme: "system", Active: active, Title: title, Signed: ok && who.Person, Name: who.Name, Version: c.Version, Languages: c.languages.tags,
		who: who,
	}
	if p.Signed {
		p.Places = c.navigation(who)
	}
	if k, err := r.Cookie(prefCookie + "theme"); err == nil && (k.Value == "light" || k.Value == "dark") {
		p.Theme = k.Value
	}
	p.Path = "/"
	if r.Method == http.MethodGet {
		p.Path = safeNext(r.URL.RequestURI())
	}
	return p
}

// With returns the address of the page with one more choice.
func (p *page) With(name, value string) string {
	u, err := url.Parse(p.Path)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// render writes a page. Nothing is written before the whole page is there.
func (c *console) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) error {
	set := c.pages[c.lang(r)]
	if p := v.common(); p.Signed && p.Todo == 0 {
		if p.May("banks.read") || p.May("reported.decide") {
			p.Todo = c.waiting(r)
		}
		p.Todo += c.waitingInbox(r)
	}
	t, err := set.tmpl[name]()
	if err != nil {
		return fmt.Errorf("read page %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", v); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the reader may have gone
	return nil
}

// waiting counts the entries, cases and messages that wait for a person. A page does not fail
// because it cannot be counted; home and status say what is broken.
func (c *console) waiting(r *http.Request) (n int64) {
	byBank, err := c.Banks.Waiting(r.Context())
	if err != nil {
		return 0
	}
	for _, x := range byBank {
		n += x
	}
	cases, err := c.waitingCases(r.Context())
	if err != nil {
		return n
	}
	messages, err := c.waitingMessages(r)
	if err != nil {
		return n + cases
	}
	return n + cases + messages
}
