package guide

import (
	"maps"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/internal/web/guide/engine"
)

// pasteKind is the page that looks at words, in the reader's browser alone.
// What it says stands in the page from the beginning, so that its script holds
// no text and no address.
const pasteKind = "paste"

// Signs lists the signs that the page can name.
func (v *view) Signs() []string { return engine.Signs() }

// States lists what the page says while it works.
func (v *view) States() []string { return []string{"load", "ready", "work", "wait", "empty"} }

// ByTaps is where the questions are that one answers by taps.
func (v *view) ByTaps() string {
	if to := v.To("c"); v.g.pages[to].Kind != "" {
		return to
	}
	return v.To()
}

// checkPaste measures what the page says, which children of all ages read.
func checkPaste(lang string, t *tree, report reporter) {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(t.texts)) {
		if strings.HasPrefix(key, pasteKind+".") {
			lines = append(lines, t.texts[key])
		}
	}
	a := article{File: lang + "/paste.toml", LeadText: strings.Join(lines, "\n")}
	checkReading(lang, "child/paste", a, report)
	for _, s := range engine.Signs() {
		if t.texts[pasteKind+".sign."+s] == "" {
			report(a.File, "no text for the sign %q", s)
		}
	}
}
