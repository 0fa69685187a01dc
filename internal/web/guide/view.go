package guide

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// page is what an address stands for.
type page struct {
	Path     string
	Lang     string
	Kind     string // home, audience, route, single, off, help, country, laws, law, sheets, sheet or check
	Audience audience
	Form     jaga.Form
	Name     string // of a single page, a sheet, or a country
	Code     string // in the title of the window, which tells nobody anything
	Engine   bool   // computes with WebAssembly
	Sends    bool   // sends a form to its own address
	Online   bool   // is of no use without the server, so no phone keeps it
}

// listPages lists all pages by their path.
func (g *Guide) listPages() map[string]page {
	out := map[string]page{}
	for _, lang := range languages() {
		add := func(rest, code string, p page) {
			p.Path, p.Lang, p.Code = strings.TrimSuffix(base+"/"+lang+"/"+rest, "/"), lang, code
			out[p.Path] = p
		}
		add("", "", page{Kind: "home"})
		for _, a := range audiences() {
			add(a.Letter, strings.ToUpper(a.Letter), page{Kind: "audience", Audience: a})
			for _, f := range jaga.Forms() {
				code := a.Letter + letter(f)
				add(a.Letter+"/"+letter(f), strings.ToUpper(code), page{Kind: "route", Audience: a, Form: f})
			}
		}
		for i, name := range single() {
			if name == keepPage {
				add(name, fmt.Sprint(i+1), page{Kind: keepPage, Name: name, Sends: true})
				continue
			}
			add(name, fmt.Sprint(i+1), page{Kind: "single", Name: name})
		}
		add("r", "R", page{Kind: takeKind, Engine: true, Sends: true, Online: true})
		add("m", "M", page{Kind: tellKind, Sends: true, Online: true})
		add("w", "W", page{Kind: pasteKind, Engine: true})
		add("help", "H", page{Kind: "help"})
		for _, c := range g.help.countries() {
			add("help/"+c, "H "+strings.ToUpper(c), page{Kind: "country", Name: c})
		}
		add("s", "S", page{Kind: "sheets"})
		for _, s := range sheets() {
			add("s/"+s.No, "S"+s.No, page{Kind: "sheet", Name: s.Name})
		}
		add("help/"+everywhere, "H ZZ", page{Kind: "country", Name: everywhere})
		add("law", "L", page{Kind: "laws"})
		add("c", "C", page{Kind: "check", Sends: true})
		for _, l := range g.laws {
			add("law/"+l.Country, "L "+strings.ToUpper(l.Country), page{Kind: "law", Name: l.Country})
		}
	}
	return out
}

// view is what a page's template sees.
type view struct {
	page
	g *Guide
	t *tree
	// Article is the text of a route, a single page or a law card.
	Article article
	// Data is what a page that answers shows beside its text.
	Data any
	// Choice is what a reader wants to see of the help directory.
	Choice choice
	// static is set on a page that is exported as a file.
	static bool
}

// Body makes what stands between head and foot of the page: the template with
// the name of its kind.
func (v *view) Body() (template.HTML, error) {
	var b strings.Builder
	err := v.g.tmpl.ExecuteTemplate(&b, v.Kind, v)
	return template.HTML(b.String()), err //nolint:gosec // a template of our own has made it
}

func (g *Guide) view(p page) *view {
	if g.checker != nil {
		g.help.heed(g.checker.HelpChecks())
	}
	v := &view{page: p, g: g, t: g.trees[p.Lang]}
	switch p.Kind {
	case "route":
		v.Article = v.t.routes[p.Audience.Name+"/"+string(p.Form)]
	case "single", keepPage:
		v.Article = v.t.single[p.Name]
	case "sheet":
		v.Article = v.t.sheets[p.Name]
	case "law":
		v.Article = v.t.law[p.Name]
	case "check":
		s, _ := g.taps.plan.screen(g.taps.has(p.Lang), "")
		v.Data = &s
	case takeKind, tellKind:
		v.Article = v.t.single[p.Kind]
	}
	return v
}

// Sections lists the sections of a route. Young readers, who chose it by its
// title, see first what to do now.
func (v *view) Sections() []section {
	list := slices.Clone(v.Article.Sections)
	if v.Audience.Child {
		slices.SortStableFunc(list, func(a, b section) int { return oneIf(b.Kind == "do") - oneIf(a.Kind == "do") })
	}
	return list
}

// Say returns a short text by the parts of its key.
func (v *view) Say(parts ...string) string { return v.t.say(strings.Join(parts, ".")) }

// To returns the address of another page in the same language.
func (v *view) To(parts ...string) string {
	return strings.TrimSuffix(base+"/"+v.Lang+"/"+strings.Join(parts, "/"), "/")
}

// Languages lists the languages of the guide.
func (v *view) Languages() []string { return languages() }

// In returns the address of this page in another language.
func (v *view) In(lang string) string {
	return base + "/" + lang + strings.TrimPrefix(v.Path, base+"/"+v.Lang)
}

// Audiences lists the groups of readers.
func (v *view) Audiences() []audience { return audiences() }

// Forms lists the four forms.
func (v *view) Forms() []jaga.Form { return jaga.Forms() }

// Letter names a form in addresses.
func (v *view) Letter(f jaga.Form) string { return letter(f) }

// Route returns the text of another route.
func (v *view) Route(a audience, f jaga.Form) article {
	return v.t.routes[a.Name+"/"+string(f)]
}

// Single returns the text of a single page.
func (v *view) Single(name string) article { return v.t.single[name] }

// Law returns the law card of the page.
func (v *view) Law() lawCard {
	i := slices.IndexFunc(v.g.laws, func(c lawCard) bool { return c.Country == v.Name })
	return v.g.laws[i]
}

// Laws lists all law cards.
func (v *view) Laws() []lawCard { return v.g.laws }

// StaleLaw reports whether a card is older than a card may be.
func (v *view) StaleLaw(c lawCard) bool { return c.stale(v.g.now()) }

// Row returns one row of the help directory.
func (v *view) Row(id string) row {
	r, _ := v.g.help.row(id)
	return r
}

// Stale reports whether nobody has tried a row for too long.
func (v *view) Stale(r way) bool { return r.stale(v.g.now()) }

// Countries lists the countries of the directory by their name in the
// language of the page.
func (v *view) Countries() []string {
	list := v.g.help.countries()
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Compare(v.Say("country", a), v.Say("country", b))
	})
	return list
}

// Hours says when a service answers.
func (v *view) Hours(r way) string {
	switch days, hours, ok := strings.Cut(r.Hours, " "); {
	case r.Hours == "":
		return v.Say("hours.unknown")
	case !ok:
		return v.Say("hours.always")
	default:
		return v.Say("days", days) + " " + hours
	}
}

// Date writes a day, a month or a year out, whatever is known of it.
func (v *view) Date(iso string) string {
	if at, err := time.Parse(time.DateOnly, iso); err == nil {
		return fmt.Sprintf("%d %s %d", at.Day(), v.month(at.Month()), at.Year())
	}
	if at, err := time.Parse("2006-01", iso); err == nil {
		return fmt.Sprintf("%s %d", v.month(at.Month()), at.Year())
	}
	return iso
}

func (v *view) month(m time.Month) string {
	return strings.Fields(v.Say("months"))[m-1]
}

// Host is the part of an address that people know a page by.
func (v *view) Host(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.TrimPrefix(host, "www.")
}

// Exit is where "Leave now" goes: a page that anybody may be reading.
func (v *view) Exit() template.URL {
	return template.URL("https://" + v.Lang + ".wikipedia.org/") //nolint:gosec // one of our own languages
}

// Shelf lists the single pages that the home page leads to: what somebody in
// trouble looks for before what the adults around them read.
func (v *view) Shelf() []string {
	return []string{"crisis", "pictures", "notes", "power", "say", "words", "terms", "sources", keepPage}
}

// OpensWithFirst reports whether a single page is part of a way to help, and
// so begins as all of those do.
func (v *view) OpensWithFirst() bool {
	return slices.Contains([]string{"now", "notes", "pictures", "power"}, v.Name)
}

// Bundle hands the services of a country to the template that shows them.
func (v *view) Bundle(c string) shelf { return shelf{View: v, Groups: services(v.g.help.of(c))} }
