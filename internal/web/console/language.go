package console

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

//go:embed lang
var languageFiles embed.FS

// languages are the texts of the pages. A language has one file, en.toml, and
// may have more for parts of the console, cases.en.toml.
type languages struct {
	bundle  *i18n.Bundle
	matcher language.Matcher
	tags    []string
}

func loadLanguages() (*languages, error) {
	l := &languages{bundle: i18n.NewBundle(language.English)}
	l.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(languageFiles, "lang/*.toml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := languageFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if _, err := l.bundle.ParseMessageFileBytes(data, path.Base(name)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		tag := strings.TrimSuffix(path.Base(name), ".toml")
		if part := strings.LastIndexByte(tag, '.'); part >= 0 {
			tag = tag[part+1:]
		}
		if !slices.Contains(l.tags, tag) {
			l.tags = append(l.tags, tag)
		}
	}
	// English is first: it is what a reader of another language gets.
	slices.SortFunc(l.tags, func(a, b string) int {
		if (a == "en") != (b == "en") {
			return map[bool]int{true: -1, false: 1}[a == "en"]
		}
		return strings.Compare(a, b)
	})
	var tags []language.Tag
	for _, tag := range l.tags {
		tags = append(tags, language.Make(tag))
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// choose returns the language for a reader: the one they chose, or else the
// best for what their browser asks for.
func (l *languages) choose(chosen, accept string) string {
	if slices.Contains(l.tags, chosen) {
		return chosen
	}
	want, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(want) == 0 {
		return l.tags[0]
	}
	_, i, _ := l.matcher.Match(want...)
	return l.tags[i]
}

// speaker says things in one language.
type speaker struct {
	tag     string
	texts   *i18n.Localizer
	printer *message.Printer
}

func (l *languages) speaker(tag string) *speaker {
	return &speaker{tag, i18n.NewLocalizer(l.bundle, tag), message.NewPrinter(language.Make(tag))}
}

// missing marks a text that no file has, so that tests see it.
const missing = "⟦"

// t returns the text of a key. pairs are names and values for its gaps; N
// chooses between singular and plural.
func (s *speaker) t(key string, pairs ...any) string {
	cfg := &i18n.LocalizeConfig{MessageID: key}
	if len(pairs) > 0 {
		data := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			name, v := fmt.Sprint(pairs[i]), pairs[i+1]
			if n, ok := integer(v); ok {
				if name == "N" {
					cfg.PluralCount = int(n)
				}
				v = s.n(n)
			}
			data[name] = v
		}
		cfg.TemplateData = data
	}
	text, tag, err := s.texts.LocalizeWithTag(cfg)
	if err != nil && cfg.PluralCount != nil {
		cfg.PluralCount = nil // the same words for one and for many
		text, tag, err = s.texts.LocalizeWithTag(cfg)
	}
	if err != nil || tag.String() != s.tag {
		return missing + key
	}
	return text
}

// has reports whether there is a text for the key.
func (s *speaker) has(key string) bool { return !strings.HasPrefix(s.t(key), missing) }

// word returns the text of a value of a closed set, such as a state.
func (s *speaker) word(set string, value any) string { return s.t(set + "." + fmt.Sprint(value)) }

// n writes a whole number in the manner of the language.
func (s *speaker) n(v any) string {
	i, _ := integer(v)
	return s.printer.Sprint(number.Decimal(i))
}

// decimal writes a number with at most places decimals.
func (s *speaker) decimal(v float64, places int) string {
	return s.printer.Sprint(number.Decimal(v, number.MaxFractionDigits(places)))
}

// size writes a number of bytes.
func (s *speaker) size(v any) string {
	n, _ := integer(v)
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	places := 0
	if i > 0 && f < 100 {
		places = 1
	}
	return s.decimal(f, places) + "\u00a0" + units[i]
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case int32:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint8:
		return int64(v), true
	}
	return 0, false
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
