// Package packs holds the indicator packs that come with Jaga: English and
// Bahasa Indonesia. Each carries its own tests.
package packs

import (
	"embed"
	"fmt"

	"github.com/jaga-project/jaga/convo/pack"
)

//go:embed en/*.pack id/*.pack
var files embed.FS

// Core returns the packs that come with Jaga, English first. They are parsed
// and their own tests are run, so that a damaged build is refused; an error
// means just that.
func Core() ([]*pack.Pack, error) {
	var out []*pack.Pack
	for _, name := range []string{"en/core.pack", "id/core.pack"} {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("load packs: %w", err)
		}
		p, err := pack.Parse(name, data)
		if err != nil {
			return nil, fmt.Errorf("load packs: %w", err)
		}
		if problems := pack.Check(p); len(problems) > 0 {
			return nil, fmt.Errorf("load packs: %s, and %d more", problems[0], len(problems)-1)
		}
		out = append(out, p)
	}
	return out, nil
}
