package custody

import (
	"embed"
	"maps"
	"slices"
	"sync"
)

//go:embed details.txt
var detailFile embed.FS

// detailWords are the words by name of a detail and language, part of the program
// like [meanings].
var detailWords = sync.OnceValue(func() map[string]map[string]string {
	m, err := readMeanings(detailFile, "details.txt")
	if err != nil {
		panic(err)
	}
	return m
})

// DetailNames lists the names of details that have words, sorted.
func DetailNames() []string { return slices.Sorted(maps.Keys(detailWords())) }

// DetailWord says what a name in [Record.Details] stands for, in English ("en") or
// Indonesian ("id"), with the unit where it has one. It is the name itself for a
// detail of another version of Jaga.
func DetailWord(lang, name string) string {
	if word, ok := detailWords()[name][lang]; ok {
		return word
	}
	return name
}
