package guide_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/web/guide"
)

func exported(t *testing.T, g *guide.Guide) map[string]string {
	t.Helper()
	files, err := g.Export()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, f := range files {
		if _, twice := out[f.Name]; twice {
			t.Errorf("%s is there twice", f.Name)
		}
		out[f.Name] = string(f.Data)
		if last := i == len(files)-1; last != (f.Name == guide.SumsFile) {
			t.Errorf("%s is file %d of %d", f.Name, i+1, len(files))
		}
	}
	return out
}

// TestExport looks at every file of an export for what only a server could do.
func TestExport(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	files := exported(t, g)
	for _, p := range g.Paths() {
		name := strings.TrimPrefix(p, "/guide/") + ".html"
		if len(name) == len("en.html") {
			name = strings.TrimSuffix(name, ".html") + "/index.html"
		}
		if (files[name] == "") != (strings.HasSuffix(p, "/r") || strings.HasSuffix(p, "/m")) { // those pages are nothing without a server
			t.Errorf("%s is in the export: %v", p, files[name] != "")
		}
	}
	for name, text := range files {
		if strings.Contains(text, `="/`) && strings.HasSuffix(name, ".html") {
			t.Errorf("%s names an address that begins at the top of a host: %s", name, regexp.MustCompile(`.{30}="/.{30}`).FindString(text))
		}
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		policy := regexp.MustCompile(`(?s)<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="([^"]*)">\n<meta name="referrer" content="no-referrer">`).FindStringSubmatch(text)
		if policy == nil || !strings.Contains(policy[1], "connect-src &#39;none&#39;") || !strings.Contains(policy[1], "form-action &#39;none&#39;") || strings.Contains(policy[1], "frame-ancestors") {
			t.Errorf("%s has the policy %q", name, policy)
		}
		if strings.Contains(text, `method="post"`) {
			t.Errorf("%s sends a form, and there is no server: the template has to ask .Static", name)
		}
	}
	n := 0
	for line := range strings.Lines(files[guide.SumsFile]) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		real := sha256.Sum256([]byte(files[name]))
		if hex.EncodeToString(real[:]) != sum {
			t.Errorf("%s: the sum is wrong", name)
		}
		n++
	}
	if n != len(files)-1 {
		t.Errorf("%d sums of %d files", n, len(files)-1)
	}
	list := listIn(t, files["sw.js"])
	for name := range list.Files {
		if files[name] == "" {
			t.Errorf("the service worker keeps %s, which is not there", name)
		}
	}
	if list.Files["index.html"] == "" || list.Files["en/t/d.html"] == "" {
		t.Error("the service worker does not keep the pages")
	}
	for _, name := range []string{"README.txt", "BACA-SAYA.txt"} {
		if !strings.Contains(files[name], guide.SumsFile) || strings.Contains(files[name], "{") {
			t.Errorf("%s: %s", name, files[name])
		}
	}
}

// TestExportIsTheSameTwice, whatever the order in which Go walks its maps.
func TestExportIsTheSameTwice(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC)
	write := func() []byte {
		now = now.Add(2 * time.Hour) // midnight alone changes nothing
		files, err := at(t, &now).Export()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, f := range files {
			fmt.Fprintf(&b, "%s %d\n%s", f.Name, len(f.Data), f.Data)
		}
		return b.Bytes()
	}
	if !bytes.Equal(write(), write()) {
		t.Error("two exports differ")
	}
}

// TestExportHoldsAnOverlayToTheRules: all faults are named, and a link that
// leads nowhere, and a file that replaces nothing, are among them.
func TestExportHoldsAnOverlayToTheRules(t *testing.T) {
	t.Parallel()
	if text := exported(t, open(t, replaced(t, "en/about.md", "It is made by the Jaga project", "It is kept by a school")))["en/about.html"]; !strings.Contains(text, "It is kept by a school") {
		t.Error("the operator's file is not exported")
	}
	over := replaced(t, "en/lost.md", "guide:help", "guide:hlep")
	over["en/parent/csma.md"] = replaced(t, "en/parent/csam.md", "Stay calm.", "Be calm.")["en/parent/csam.md"]
	over["en/parent/csam.md"] = replaced(t, "en/parent/csam.md", "Stay calm.", "Your child was careless.")["en/parent/csam.md"]
	over["README.md"] = over["en/lost.md"]
	over[".notes/x.md"] = over["en/lost.md"]
	_, err := open(t, over).Export()
	if err == nil {
		t.Fatal("texts that break the rules are exported")
	}
	for _, want := range []string{"en/lost.md: the link to hlep leads nowhere", "en/parent/csma.md: the guide has no file of this name", `en/parent/csam.md: "careless" may not be said`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %q", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 3 {
		t.Errorf("%d faults, want 3: %v", n, err)
	}
}
