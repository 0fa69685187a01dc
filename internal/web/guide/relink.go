package guide

import (
	"html"
	"regexp"
	"strings"
)

// ownAddress finds the attributes of a page that hold an address of the guide.
// Templates and Markdown escape quotation marks, so nothing that is text looks
// like this.
var ownAddress = regexp.MustCompile(`="` + base + `((?:/[^"?#]*)?)((?:[?#][^"]*)?)"`)

// relink turns the addresses in a page of an export into relative ones, so
// that it works below any address and from a stick. It takes note of the files
// that the page uses, and of addresses that lead nowhere.
func (g *Guide) relink(f file) file {
	up := strings.Repeat("../", strings.Count(f.name, "/"))
	f.data = ownAddress.ReplaceAllFunc(f.data, func(m []byte) []byte {
		parts := ownAddress.FindSubmatch(m)
		path := strings.TrimSuffix(base+html.UnescapeString(string(parts[1])), "/")
		to := ""
		if p, ok := g.pages[path]; ok {
			to = exported(p)
		} else if a, ok := g.byURL[path]; ok {
			to = strings.TrimPrefix(a.url, base+"/")
			f.uses = append(f.uses, to)
		} else if path == base {
			to = indexFile
		} else {
			f.dead = append(f.dead, path)
			return m
		}
		return []byte(`="` + up + to + string(parts[2]) + `"`)
	})
	return f
}
