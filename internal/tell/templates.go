package tell

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

//go:embed answers.toml
var answersFile []byte

// Template is an answer that a team has ready, to be completed by a person.
type Template struct {
	Name string // one of TemplateNames
	Lang string // "en" or "id"
	Text string
	Own  bool // the team has changed it
}

// TemplateNames lists the templates in the order in which a page shows them.
func TemplateNames() []string { return []string{"thanks", "danger", "heavy", "picture", "stop"} }

// Templates returns all templates of a language.
func (s *Service) Templates(ctx context.Context, lang string) (out []Template, err error) {
	if out, err = ownTemplates(lang); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[struct{ Name, Text string }](tx, `SELECT name, text FROM tell_templates WHERE lang = $1`, lang)
		for _, r := range rows {
			if i := slices.IndexFunc(out, func(t Template) bool { return t.Name == r.Name }); i >= 0 {
				out[i].Text, out[i].Own = r.Text, true
			}
		}
		return err
	})
	return out, err
}

// ownTemplates are those that come with the program.
func ownTemplates(lang string) (out []Template, err error) {
	var all map[string]map[string]string
	if err := toml.Unmarshal(answersFile, &all); err != nil {
		return nil, fmt.Errorf("answers.toml: %w", err)
	}
	for _, name := range TemplateNames() {
		if all[lang][name] == "" {
			return nil, &jaga.Error{Code: jaga.CodeNotFound, Field: "lang", Msg: "there are no templates of this language"}
		}
		out = append(out, Template{Name: name, Lang: lang, Text: all[lang][name]})
	}
	return out, nil
}

// SaveTemplate changes a template; an empty text brings the one back that came
// with the program.
func (s *Service) SaveTemplate(ctx context.Context, actor string, t Template) error {
	if !slices.Contains(TemplateNames(), t.Name) || t.Lang != "en" && t.Lang != "id" {
		return &jaga.Error{Code: jaga.CodeNotFound, Field: "template", Msg: "there is no such template"}
	}
	own := strings.TrimSpace(t.Text) != ""
	text, err := tidy("template", t.Text)
	if err != nil && own {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "tell.template", Subject: "tell:" + t.Name + "." + t.Lang}, func(tx *store.Tx) error {
		if !own {
			_, err := tx.Exec(`DELETE FROM tell_templates WHERE name = $1 AND lang = $2`, t.Name, t.Lang)
			return err
		}
		_, err := tx.Exec(`INSERT INTO tell_templates (name, lang, text) VALUES ($1, $2, $3) ON CONFLICT (name, lang) DO UPDATE SET text = $3`, t.Name, t.Lang, text)
		return err
	})
}
