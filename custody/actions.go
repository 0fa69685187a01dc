package custody

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed actions/*.txt
var actionFiles embed.FS

// meanings are the sentences by action and language. They are part of the
// program, so that a fault in them is a fault of the build: a test reads them.
var meanings = sync.OnceValue(func() map[string]map[string]string {
	m, err := readMeanings(actionFiles, "actions/*.txt")
	if err != nil {
		panic(err)
	}
	return m
})

// readMeanings reads blocks of a name and its sentence in every language.
func readMeanings(files fs.FS, pattern string) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		action, n := "", 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimRight(line, "\n")
			lang, sentence, said := strings.Cut(line, " ")
			switch {
			case line == "" || strings.HasPrefix(line, "#"):
			case !said:
				if all[line] != nil {
					return nil, fmt.Errorf("%s line %d: %s is there already", name, n, line)
				}
				action, all[line] = line, map[string]string{}
			case action == "" || !slices.Contains(SheetLanguages(), lang) || all[action][lang] != "":
				return nil, fmt.Errorf("%s line %d: not a sentence of a name", name, n)
			default:
				all[action][lang] = sentence
			}
		}
	}
	for action, said := range all {
		if len(said) != len(SheetLanguages()) {
			return nil, fmt.Errorf("%s is not explained in every language", action)
		}
	}
	return all, nil
}

// Actions lists the actions that have a meaning in words, sorted.
func Actions() []string { return slices.Sorted(maps.Keys(meanings())) }

// Meaning says in one plain sentence what a record with the action means, in
// English ("en") or Indonesian ("id"). ok is false for an action of another
// version of Jaga.
func Meaning(lang, action string) (sentence string, ok bool) {
	sentence, ok = meanings()[action][lang]
	return sentence, ok
}

// SheetLanguages are the languages of custody sheets and meanings.
func SheetLanguages() []string { return []string{"en", "id"} }
