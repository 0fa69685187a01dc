package guide_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// TestEveryRequiredSentenceIsMissed takes every sentence that must stand on a
// page from that page, all at once, and looks whether each is missed.
func TestEveryRequiredSentenceIsMissed(t *testing.T) {
	t.Parallel()
	over, want := fstest.MapFS{}, []string{}
	for _, lang := range []string{"en", "id"} {
		var rules struct {
			Require []struct {
				Pages []string
				Text  string
			}
		}
		data, err := os.ReadFile("content/" + lang + "/rules.toml")
		if err != nil {
			t.Fatal(err)
		}
		if err := toml.Unmarshal(data, &rules); err != nil {
			t.Fatal(err)
		}
		if len(rules.Require) < 50 {
			t.Errorf("%s: %d sentences", lang, len(rules.Require))
		}
		for _, q := range rules.Require {
			for _, page := range q.Pages {
				name := lang + "/" + page + ".md"
				if over[name] == nil {
					text, err := os.ReadFile("content/" + name)
					if err != nil {
						t.Fatal(err)
					}
					over[name] = &fstest.MapFile{Data: text}
				}
				text := string(over[name].Data)
				for s := range strings.SplitSeq(q.Text, "|") {
					text = strings.ReplaceAll(text, s, "Ada.")
				}
				over[name].Data = []byte(text)
				want = append(want, fmt.Sprintf("%s: does not say %q", name, q.Text))
			}
		}
	}
	got := map[string]bool{}
	for _, err := range open(t, over).Check(time.Now()) {
		got[err.Error()] = true
	}
	for _, w := range want {
		if !got[w] {
			t.Errorf("nobody misses it: %s", w)
		}
	}
}
