package guide

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
)

// languages lists the languages of the guide. The first is for readers whose
// browser asks for none of them.
func languages() []string { return []string{"en", "id"} }

// audience is one group of readers.
type audience struct {
	Name   string // of its folder
	Letter string // in addresses
	Child  bool   // reads as a child or a young person
}

// audiences lists the five groups of readers.
func audiences() []audience {
	return []audience{
		{"child", "k", true},   // 6 to 11
		{"teen", "t", true},    // 12 to 17
		{"parent", "p", false}, // or carer
		{"teacher", "e", false},
		{"friend", "f", false}, // or bystander, of any age
	}
}

// letter is how addresses name a form: in the history of a browser a letter
// tells nobody what was read.
func letter(f jaga.Form) string {
	for i, x := range jaga.Forms() {
		if x == f {
			return string(rune('a' + i))
		}
	}
	return ""
}

// single lists the pages that every language has once, by the name of their
// file and in addresses.
func single() []string {
	return []string{"now", "crisis", "say", "words", "power", "notes", "pictures", "leaving", "terms", "sources", "about", lostPage, keepPage}
}

// lostPage stands in for pages that are not there.
const lostPage = "lost"

// tree is what the guide says in one language.
type tree struct {
	lang   string
	texts  map[string]string  // short texts of the layout, by key
	routes map[string]article // by audience/form
	single map[string]article
	law    map[string]article // by country
	sheets map[string]article // by name
	calls  map[string]string  // what happens when one calls, by the id of a row
}

// source reads content: a file of the operator's if there is one, else ours.
// read takes note of the names in asked, if it is not nil.
type source struct {
	over, own fs.FS
	asked     map[string]bool
}

func (s source) read(name string) ([]byte, error) {
	if s.asked != nil {
		s.asked[name] = true
	}
	if s.over != nil {
		data, err := fs.ReadFile(s.over, name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return data, err
		}
	}
	return fs.ReadFile(s.own, name)
}

// table reads a TOML file and refuses keys that v does not have.
func (s source) table(name string, v any) error {
	data, err := s.read(name)
	if err != nil {
		return err
	}
	d := toml.NewDecoder(strings.NewReader(string(data)))
	if _, loose := v.(*map[string]string); !loose {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (g *Guide) loadTree(src source, lang string) (*tree, error) {
	t := &tree{lang: lang, routes: map[string]article{}, single: map[string]article{}, law: map[string]article{}}
	for _, file := range []string{"texts.toml", "paste.toml"} {
		if err := src.table(lang+"/"+file, &t.texts); err != nil {
			return nil, err
		}
	}
	if err := src.table(lang+"/calls.toml", &t.calls); err != nil {
		return nil, err
	}
	for _, kind := range []string{takeKind, tellKind} {
		var more map[string]string
		if err := src.table(lang+"/"+kind+".toml", &more); err != nil {
			return nil, err
		}
		maps.Copy(t.texts, more)
	}
	add := func(to map[string]article, key, file string) error {
		data, err := src.read(file)
		if err != nil {
			return err
		}
		a, err := g.parse(lang, file, data)
		to[key] = a
		return err
	}
	for _, a := range audiences() {
		for _, f := range jaga.Forms() {
			if err := add(t.routes, a.Name+"/"+string(f), fmt.Sprintf("%s/%s/%s.md", lang, a.Name, f)); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range append(single(), takeKind, tellKind) {
		if err := add(t.single, name, lang+"/"+name+".md"); err != nil {
			return nil, err
		}
	}
	for _, l := range g.laws {
		if err := add(t.law, l.Country, lang+"/law/"+l.Country+".md"); err != nil {
			return nil, err
		}
	}
	var err error
	t.sheets, err = g.loadSheets(src, lang)
	return t, err
}

// say returns a short text. A key that is missing is a fault of the texts,
// which Check finds; the page shows the key rather than a hole.
func (t *tree) say(key string) string {
	if s, ok := t.texts[key]; ok {
		return s
	}
	return "[" + key + "]"
}
