package guide

import "strings"

// rules are what the texts of one language must and must not say. They are
// data, so that people who know children and the language keep them.
type rules struct {
	// Blame may stand nowhere: it blames a child, excuses an adult or makes
	// light of abuse.
	Blame []string `toml:"blame"`
	// Shown may stand only on the page that teaches what not to say.
	Shown []string `toml:"shown"`
	// Guilt may not stand on pages that children and young people read.
	Guilt []string `toml:"guilt"`
	// Scare makes people hide instead of asking for help.
	Scare []string `toml:"scare"`
	// Family names people at home, for lists that must not begin with them.
	Family []string `toml:"family"`
	// Note are words of the step that keeps what is known, and After those of
	// steps that come later, in every way to help.
	Note  []string `toml:"note"`
	After []string `toml:"after"`
	// Say are short texts that must stay as they are, by key.
	Say map[string]string `toml:"say"`
	// Require are sentences that must stand on some pages.
	Require []requirement `toml:"require"`
}

// requirement is one of the texts, separated by |, that must stand on each of
// the pages.
type requirement struct {
	Pages []string `toml:"pages"` // audience/form, a single page, or law/country
	Text  string   `toml:"text"`
}

func loadRules(src source) (map[string]rules, error) {
	all := map[string]rules{}
	for _, lang := range languages() {
		var r rules
		if err := src.table(lang+"/rules.toml", &r); err != nil {
			return nil, err
		}
		all[lang] = r
	}
	return all, nil
}

// at is the place of the first of the phrases in the text, or -1.
func at(text string, phrases []string) int {
	in, first := flat(text), -1
	for _, p := range phrases {
		if i := strings.Index(in, flat(p)); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

// flat is a text as its words alone, with a space at both ends.
func flat(s string) string { return " " + strings.Join(words(s), " ") + " " }

// finds returns the phrases that stand in the text as whole words, whatever
// the case, the marks between them and the kind of apostrophe.
func finds(text string, phrases []string) []string {
	in := flat(text)
	var out []string
	for _, p := range phrases {
		if strings.Contains(in, flat(p)) {
			out = append(out, p)
		}
	}
	return out
}
