package guide

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

// taps is the check by taps with its words.
type taps struct {
	plan   tapPlan
	json   string                        // the plan for taps.js
	words  map[string]map[string]string  // by language and key
	pieces map[string]map[string]tapText // by language and id
}

// tapText is a piece of a screen as it is shown.
type tapText struct {
	ID   string
	HTML template.HTML
	Text string // the words alone
}

// loadTaps reads the plan and the words, and makes all pieces of all screens.
// It needs the texts of the guide and the templates.
func (g *Guide) loadTaps(src source) error {
	const file = "taps.toml"
	t := &taps{words: map[string]map[string]string{}, pieces: map[string]map[string]tapText{}}
	g.taps = t
	if err := src.table(file, &t.plan); err != nil {
		return err
	}
	if err := t.plan.wrong(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	t.plan.compile()
	data, err := json.Marshal(t.plan)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	t.json = string(data)
	for _, lang := range languages() {
		var words map[string]string
		if err := src.table(lang+"/"+file, &words); err != nil {
			return err
		}
		t.words[lang], t.pieces[lang] = words, map[string]tapText{}
		if err := g.makePieces(lang); err != nil {
			return fmt.Errorf("%s/%s: %w", lang, file, err)
		}
	}
	return nil
}

// has tells which pieces a language has.
func (t *taps) has(lang string) func(id string) bool {
	return func(id string) bool { _, ok := t.pieces[lang][id]; return ok }
}

// tapMaker makes the pieces of one language.
type tapMaker struct {
	g    *Guide
	lang string
	err  error
}

func (m *tapMaker) view(a audience) *view {
	return &view{page: page{Lang: m.lang, Audience: a}, g: m.g, t: m.g.trees[m.lang]}
}

func (m *tapMaker) add(id string, html template.HTML, text string) {
	m.g.taps.pieces[m.lang][id] = tapText{id, html, text}
}

// run executes a template.
func (m *tapMaker) run(name string, data any) template.HTML {
	var b strings.Builder
	if err := m.g.tmpl.ExecuteTemplate(&b, name, data); err != nil && m.err == nil {
		m.err = err
	}
	return template.HTML(b.String()) //nolint:gosec // a template of our own has made it
}

func escaped(before, text, after string) template.HTML {
	return template.HTML(before + template.HTMLEscapeString(text) + after) //nolint:gosec // before and after are our own
}

func (g *Guide) makePieces(lang string) error {
	m := &tapMaker{g: g, lang: lang}
	m.ofPages()
	for key, text := range g.taps.words[lang] {
		m.ofWords(key, text)
		if m.err != nil {
			return fmt.Errorf("%s: %w", key, m.err)
		}
	}
	m.ofQuestions()
	return m.err
}

// ofPages makes the pieces that the guide's pages hold already.
func (m *tapMaker) ofPages() {
	t := m.g.trees[m.lang]
	for _, a := range audiences() {
		v := m.view(a)
		link := func(title string, to ...string) template.HTML {
			return escaped(`<li><a href="`+v.To(to...)+`">`, title, "</a></li>")
		}
		say := func(id string, html template.HTML) { m.add(id, html, tag.ReplaceAllString(string(html), "")) }
		say("first/"+a.Name, m.run("first", v))
		say("lead/"+a.Name, escaped("<p>", t.say("audience.unsure.text."+a.Name), "</p>"))
		m.add("route/"+a.Name, link(t.say("who.title."+a.Name), a.Letter), "")
		m.add("crisisline/"+a.Name, escaped("<p>", t.say("crisis."+a.Name), ` <a href="`+v.To("crisis")+`">`+template.HTMLEscapeString(t.single["crisis"].Title)+"</a></p>"), t.say("crisis."+a.Name))
		for _, f := range jaga.Forms() {
			r := t.routes[a.Name+"/"+string(f)]
			id := "/" + a.Name + "/" + string(f)
			m.add("lead"+id, r.Lead, r.LeadText)
			m.add("route"+id, link(r.Title, a.Letter, letter(f)), "")
			do, _ := r.section("do")
			html, text := threeSteps(do)
			m.add("do"+id, html, text)
		}
		m.add("account/yes", escaped("<p>", t.say("account"), "</p>"), t.say("account"))
		m.add("link/say/other", link(t.single["say"].Title, "say"), "")
		for _, name := range []string{"notes", "power", "now"} {
			m.add("link/"+name, link(t.single[name].Title, name), "")
		}
		for _, f := range []jaga.Form{jaga.FormCSAM, jaga.FormSextortion} {
			m.add("link/pictures/"+string(f), link(t.single["pictures"].Title, "pictures"), "")
		}
	}
}

// threeSteps are the first of what to do: more is read on the page itself.
func threeSteps(s section) (template.HTML, string) {
	items := strings.SplitAfter(string(s.Body), "</li>")
	lines := strings.SplitAfter(s.Text, "\n")
	items, lines = items[:min(3, len(items))], lines[:min(3, len(lines))]
	return template.HTML(strings.Join(items, "") + "</ol>"), strings.Join(lines, "") //nolint:gosec // part of what goldmark made
}

// ofWords makes the pieces of taps.toml.
func (m *tapMaker) ofWords(key, words string) {
	kind, rest, _ := strings.Cut(key, "/")
	switch kind {
	case "ui", "head", "q", "a", "safe":
		return // stand in the templates
	case "looks":
		m.add(key, escaped("", words, ""), words)
		return
	case "why":
		m.add(key, escaped("<li>", words, "</li>"), words)
		return
	}
	html, text, err := m.g.markdown(m.lang, words)
	if err != nil {
		m.err = err
		return
	}
	data := struct {
		View    *view
		HTML    template.HTML
		Summary string
	}{m.view(audience{}), html, ""}
	switch {
	case kind == "crisis":
		html = m.run("taps-crisis", data)
	case key == "danger/no":
		html = m.run("taps-danger", data)
	case kind == "unsafe" || kind == "feel":
		html = `<div class="soft">` + html + `</div>`
	case kind == "home":
		_, reader, _ := strings.Cut(rest, "/")
		if data.Summary = m.g.taps.words[m.lang]["safe/"+reader]; data.Summary == "" {
			m.err = fmt.Errorf(`no text "safe/%s"`, reader)
		}
		text = data.Summary + "\n" + text
		html = m.run("taps-home", data)
	}
	m.add(key, html, text)
}

// tapAnswer is one answer on a screen.
type tapAnswer struct{ ID, Letter, Text string }

// ofQuestions makes the screens of questions, with the wordings that each has.
func (m *tapMaker) ofQuestions() {
	words := m.g.taps.words[m.lang]
	has := func(key string) bool { return words[key] != "" }
	for _, q := range m.g.taps.plan.Question {
		for _, voice := range []string{"", "me", "other"} {
			id, values, own := "ask/"+q.ID, map[string]string{"voice": voice}, voice == ""
			text := func(key string) string {
				k := pick(key+"/{voice}|"+key, values, has)
				own = own || k != "" && k != key
				return words[k]
			}
			if voice != "" {
				id += "/" + voice
			}
			data := struct {
				View      *view
				ID, Title string
				Answers   []tapAnswer
			}{m.view(audience{}), q.ID, text("q/" + q.ID), nil}
			if q.ID == "danger" {
				data.Title = m.g.trees[m.lang].single["now"].Title
			}
			whole := data.Title != ""
			var lines strings.Builder
			lines.WriteString(data.Title)
			for i, a := range q.Answers {
				t := text("a/" + q.ID + "/" + a)
				whole = whole && t != ""
				data.Answers = append(data.Answers, tapAnswer{a, string(rune('a' + i)), t})
				lines.WriteString("\n" + t)
			}
			if own && whole {
				m.add(id, m.run("taps-ask", data), lines.String())
			}
		}
	}
}

// tap answers a tap of a reader without a script. What came is forgotten with
// the answer; what no form of ours would send leads to the first question.
func (g *Guide) tap(w http.ResponseWriter, r *http.Request, p page) {
	has := g.taps.has(p.Lang)
	s, ok := g.taps.plan.screen(has, tapLetters(r))
	if !ok {
		s, _ = g.taps.plan.screen(has, "")
	}
	for _, a := range audiences() {
		if a.Name == s.values["reader"] {
			p.Audience = a
		}
	}
	v := g.view(p)
	v.Data = &s
	g.answer(w, r, http.StatusOK, v)
}

// tapLetters are the answers after the tap of a request: those before it, and
// one more, one less, or none.
func tapLetters(r *http.Request) string {
	if err := r.ParseForm(); err != nil || len(r.PostForm["a"]) != 1 || len(r.PostForm["b"]) != 1 {
		return ""
	}
	switch before, tapped := r.PostForm["a"][0], r.PostForm["b"][0]; tapped {
	case "-":
		return before[:max(len(before)-1, 0)]
	case ".":
		return ""
	default:
		return before + tapped
	}
}

// Tap returns one of the words of the check.
func (v *view) Tap(key string) string {
	if s := v.g.taps.words[v.Lang][key]; s != "" {
		return s
	}
	return "[" + strings.ReplaceAll(key, "/", ".") + "]"
}

// TapPlan is the plan of the check, for taps.js.
func (v *view) TapPlan() string { return v.g.taps.json }

// TapPieces lists all pieces of the check, for taps.js.
func (v *view) TapPieces() []tapText {
	var out []tapText
	for _, p := range v.g.taps.pieces[v.Lang] {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b tapText) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// screen is what the page of the check shows.
func (v *view) screen() *tapScreen {
	s, _ := v.Data.(*tapScreen)
	return s
}

// TapAbout says how far the reader is, in words.
func (v *view) TapAbout() string {
	s := v.screen()
	if s.Ask == "" {
		return ""
	}
	return strings.NewReplacer("{n}", strconv.Itoa(len(s.Letters)+1), "{m}", strconv.Itoa(s.About)).Replace(v.Tap("ui/about"))
}

// TapBody is the question or the result.
func (v *view) TapBody() (template.HTML, error) {
	s := v.screen()
	if s.Ask != "" {
		return v.g.taps.pieces[v.Lang][s.Piece].HTML, nil
	}
	var b strings.Builder
	err := v.g.tmpl.ExecuteTemplate(&b, "taps-result", v)
	return template.HTML(b.String()), err //nolint:gosec // a template of our own has made it
}

// TapIn is what stands in one slot of the result.
func (v *view) TapIn(slot string) template.HTML {
	var out template.HTML
	for _, p := range v.screen().Show {
		if p.Slot == slot {
			out += v.g.taps.pieces[v.Lang][p.ID].HTML
		}
	}
	return out
}
