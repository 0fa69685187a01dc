package guide

import (
	"fmt"
	"html"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// address finds all attributes that lead somewhere, or load something.
var address = regexp.MustCompile(` (?:href|src|action|formaction|poster|data-[a-z-]+)="([^"]*)"`)

// checkFiles follows every link between the files of an export, and looks for
// what works on the server only.
func checkFiles(files []File) []error {
	have := map[string][]byte{}
	for _, f := range files {
		have[f.Name] = f.Data
	}
	var faults []error
	report := func(f File, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %s", f.Name, fmt.Sprintf(format, args...)))
	}
	for _, f := range files {
		switch path.Ext(f.Name) {
		case ".css", ".js":
			if !f.program && strings.Contains(string(f.Data), base+"/") {
				report(f, "it names an address below %s, which is another one in an export", base)
			}
		case ".html":
			for _, m := range address.FindAllStringSubmatch(string(f.Data), -1) {
				if why := deadLink(have, f.Name, html.UnescapeString(m[1]), strings.HasPrefix(m[0], " data-")); why != "" {
					report(f, "%s", why)
				}
			}
		}
	}
	return faults
}

// deadLink says why a link of a page leads nowhere, or "". What a script is
// told may be anything, so there only addresses of the server are looked for.
func deadLink(have map[string][]byte, from, to string, told bool) string {
	if strings.HasPrefix(to, base+"/") || to == base {
		return fmt.Sprintf("%q leads nowhere", to)
	}
	if told || strings.HasPrefix(to, "https:") || strings.HasPrefix(to, "http:") || strings.HasPrefix(to, "tel:") || strings.HasPrefix(to, "sms:") || strings.HasPrefix(to, "blob:") {
		return ""
	}
	rest, fragment, _ := strings.Cut(to, "#")
	rest, _, _ = strings.Cut(rest, "?")
	at := from
	if rest != "" {
		at = path.Join(path.Dir(from), rest)
	}
	data, ok := have[at]
	if !ok {
		return fmt.Sprintf("%q leads nowhere", to)
	}
	if fragment != "" && !strings.Contains(string(data), ` id="`+html.EscapeString(fragment)+`"`) {
		return fmt.Sprintf("%q leads to no place on the page", to)
	}
	return ""
}

// checkPages looks for links of the texts that lead nowhere, and for files of
// an operator that no page is made of: a name with a typing error would leave
// the old text where a new one is meant to be.
func (g *Guide) checkPages(report reporter) {
	files, err := g.files(false)
	if err != nil {
		report("pages", "%v", err)
		return
	}
	for _, f := range files {
		for _, to := range f.dead {
			name := g.view(f.page).Article.File
			if name == "" {
				name = f.page.Path
			}
			report(name, "the link to %s leads nowhere", strings.TrimPrefix(to, base+"/"+f.page.Lang+"/"))
		}
	}
	if g.source.over == nil {
		return
	}
	err = fs.WalkDir(g.source.over, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(path.Base(name), ".") && name != "." {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && !g.source.asked[name] && !strings.HasPrefix(path.Base(name), "README") {
			report(name, "the guide has no file of this name")
		}
		return nil
	})
	if err != nil {
		report(".", "the folder cannot be read: %v", err)
	}
}
