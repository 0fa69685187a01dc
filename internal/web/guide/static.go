package guide

import (
	"bytes"
	"slices"
	"strings"
)

// Static reports whether the page is a file of an export: then there is no
// server that could answer.
func (v *view) Static() bool { return v.static }

// Policy is the security policy that a page says itself, because no server
// does. Some browsers take a folder for a site only if it is named.
func (v *view) Policy() string {
	if !v.static {
		return ""
	}
	p := v.page
	p.Sends = false
	served, _, _ := strings.Cut(policy(p), "; frame-ancestors") // which a page cannot say
	return strings.ReplaceAll(served, "'self'", "'self' file:")
}

// exported is where a page lies in an export. Names are whole, as a page that
// is opened from a stick gets no index.
func exported(p page) string {
	rest := strings.TrimPrefix(p.Path, base+"/")
	if p.Kind == "home" {
		return rest + "/" + indexFile
	}
	return rest + ".html"
}

// indexFile is the page of a folder.
const indexFile = "index.html"

// file is one file of the guide.
type file struct {
	name  string // below the root
	data  []byte
	page  page     // of which Kind is "" for what is no page of its own
	asset *asset   // what it is, if it is no page
	uses  []string // names of files that the page cannot do without
	dead  []string // addresses of the guide that the page names and that are not there
}

// files makes all pages and what they use, in the order of their names: as the
// server answers them, or for an export.
func (g *Guide) files(static bool) ([]file, error) {
	var out []file
	used := map[string]bool{}
	add := func(p page, name, template string) error {
		v := g.view(p)
		v.static = static
		body, err := g.fill(template, v)
		if err != nil {
			return err
		}
		f := g.relink(file{name: name, data: body, page: p})
		if !static {
			f.data = body
		}
		for _, u := range f.uses {
			used[u] = true
		}
		out = append(out, f)
		return nil
	}
	for path, p := range g.pages {
		name := strings.TrimPrefix(path, base+"/")
		if static {
			if p.Online {
				continue
			}
			name = exported(p)
		}
		if err := add(p, name, "layout"); err != nil {
			return nil, err
		}
	}
	if static { // the server sends readers on by their language instead
		if err := add(page{Path: base, Lang: languages()[0], Kind: "root"}, indexFile, "root"); err != nil {
			return nil, err
		}
	}
	for _, a := range g.byURL {
		if name := strings.TrimPrefix(a.url, base+"/"); used[name] || g.isIcon(a) {
			out = append(out, file{name: name, data: a.data, asset: &a})
		}
	}
	slices.SortFunc(out, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// isIcon reports whether the manifest names the asset.
func (g *Guide) isIcon(a asset) bool {
	return bytes.Contains(g.assets[manifestFile].data, []byte(`"`+strings.TrimPrefix(a.url, base+"/")+`"`))
}

// Home returns the address of the first page in a language.
func (v *view) Home(lang string) string { return base + "/" + lang }

// SayIn returns a short text in a language, whatever that of the page is.
func (v *view) SayIn(lang string, parts ...string) string {
	return v.g.trees[lang].say(strings.Join(parts, "."))
}
