package guide

import (
	"slices"
	"strings"
	"testing"
)

// TestPagesThatNeedTheServerAreNotKept, nor what only they use; an export has
// them, as they are without a server.
func TestPagesThatNeedTheServerAreNotKept(t *testing.T) {
	t.Parallel()
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := func(files []file) []string {
		var out []string
		for _, f := range files {
			out = append(out, f.name)
		}
		return out
	}
	script := strings.TrimPrefix(g.assets["off.js"].url, base+"/")
	files, err := g.files(false)
	if err != nil {
		t.Fatal(err)
	}
	if have := names(kept(files)); !slices.Contains(have, "en/off") || !slices.Contains(have, script) {
		t.Fatalf("not kept: en/off or %s", script)
	}
	for path, p := range g.pages {
		if p.Kind == keepPage {
			p.Online = true
			g.pages[path] = p
		}
	}
	if files, err = g.files(false); err != nil {
		t.Fatal(err)
	}
	if have := names(kept(files)); slices.Contains(have, "en/off") || slices.Contains(have, script) || !slices.Contains(have, "en/now") {
		t.Error("a page that needs the server is kept, or its script, or nothing is")
	}
	if files, err = g.files(true); err != nil || slices.Contains(names(files), "en/off.html") || !slices.Contains(names(files), "en/now.html") {
		t.Errorf("it is exported, or nothing is: %v", err)
	}
}

func TestLean(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"// why\n\tlet a = 1; // so\n  // and\n\n  b('//')\n": "let a = 1; // so\n\nb('//')\n",
		"  // kept: `\n": "  // kept: `\n",
	} {
		if got := string(lean([]byte(script))); got != want {
			t.Errorf("%q: %q, want %q", script, got, want)
		}
	}
}
