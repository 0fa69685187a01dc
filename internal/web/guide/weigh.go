package guide

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Weight is what the heaviest page of a kind weighs, in bytes that go over the
// network, packed with gzip.
type Weight struct {
	Kind  string `json:"kind"`
	Path  string `json:"path"`
	Page  int    `json:"page"`
	First int    `json:"first"` // with the files that a first visit also fetches
}

// Pack is what a phone keeps.
type Pack struct {
	Files  int `json:"files"`
	Loaded int `json:"loaded"` // over the network, packed with gzip
	Stored int `json:"stored"`
}

// loaded are the files that a browser fetches with a page: styles, scripts,
// the icon of the window and the manifest. What a script fetches later, when a
// reader asks for it, is not among them.
var loaded = regexp.MustCompile(`<(?:link rel="(?:stylesheet|icon|manifest)"|script)(?: [a-z]+)* (?:href|src)="([^"]*)"`)

// Weigh returns the heaviest page of every kind, by kind, and what a phone
// keeps.
func (g *Guide) Weigh() ([]Weight, Pack, error) {
	files, err := g.files(false)
	if err != nil {
		return nil, Pack{}, err
	}
	heaviest := map[string]Weight{}
	for _, f := range files {
		if f.page.Kind == "" {
			continue
		}
		w := Weight{Kind: f.page.Kind, Path: f.page.Path, Page: transferred(f.data)}
		w.First = w.Page
		for _, m := range loaded.FindAllStringSubmatch(string(f.data), -1) {
			w.First += g.byURL[m[1]].wire()
		}
		if old := heaviest[w.Kind]; w.First > old.First || w.First == old.First && w.Path < old.Path {
			heaviest[w.Kind] = w
		}
	}
	var out []Weight
	for _, w := range heaviest {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Weight) int { return cmp.Compare(a.Kind, b.Kind) })

	var pack Pack
	for _, f := range kept(files) {
		pack.Files++
		pack.Loaded += f.wire()
		pack.Stored += len(f.data)
	}
	return out, pack, nil
}

// Grades returns how hard a text may be to read, by the name that rules call
// it by.
func Grades(name string) (english, indonesian float64) {
	e := easeOf(name)
	return e.english, e.indonesian
}

// script is one of our own scripts and its weight.
type script struct {
	Name  string
	Bytes int
}

// scripts lists our own scripts by their names, without the two programs that
// come compiled when a reader asks for them.
func (g *Guide) scripts() []script {
	out := []script{{strings.TrimPrefix(workerFile, "/"), transferred(g.away.code)}}
	for name, a := range g.assets {
		if strings.HasSuffix(name, ".js") && a.brotli == nil && name != pictureName {
			out = append(out, script{name, a.wire()})
		}
	}
	slices.SortFunc(out, func(a, b script) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
