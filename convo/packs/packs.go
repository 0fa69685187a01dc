// Package packs holds the indicator packs that come with Jaga: English and
// Bahasa Indonesia. Each carries its own tests.
package packs

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/jaga-project/jaga/convo/pack"
)

//go:embed en/*.pack id/*.pack
var files embed.FS

// Core returns the packs that come with Jaga, English first. They are parsed
// and their own tests are run, so that a damaged build is refused; an error
// means just that.
func Core() ([]*pack.Pack, error) {
	langs := []string{"en", "id"}
	out, faults := make([]*pack.Pack, len(langs)), make([]error, len(langs))
	var all sync.WaitGroup // a start waits for this: the languages are read at once
	for i, lang := range langs {
		all.Go(func() { out[i], faults[i] = checked(lang) })
	}
	all.Wait()
	if err := cmp.Or(faults...); err != nil {
		return nil, fmt.Errorf("load packs: %w", err)
	}
	return out, nil
}

func checked(lang string) (*pack.Pack, error) {
	p, err := load(lang)
	if err != nil {
		return nil, err
	}
	if problems := pack.Check(p); len(problems) > 0 {
		return nil, fmt.Errorf("%s, and %d more", problems[0], len(problems)-1)
	}
	return p, nil
}

// load reads the files of one language: core.pack first, which has the name
// and the words, then the others in the order of their names.
func load(lang string) (*pack.Pack, error) {
	names, err := fs.Glob(files, lang+"/*.pack")
	if err != nil {
		return nil, err
	}
	core := lang + "/core.pack"
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(b2i(a != core), b2i(b != core)), cmp.Compare(a, b))
	})
	var parts []pack.File
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, pack.File{Name: name, Data: data})
	}
	return pack.ParseFiles(parts...)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
