package packs

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jaga-project/jaga/convo/pack"
)

type item struct {
	ID        string   `json:"id"`
	Lang      string   `json:"lang"`
	Text      string   `json:"text"`
	Speaker   string   `json:"speaker"`
	Target    string   `json:"target"`
	Expect    []string `json:"expect"`
	ExpectNot []string `json:"expect_not"`
}

func readItems(t *testing.T, path string) []item {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []item
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		var it item
		if err := json.Unmarshal(sc.Bytes(), &it); err != nil {
			t.Fatalf("%s:%d: %v", path, n, err)
		}
		out = append(out, it)
	}
	return out
}

// TestItems reads the development items with all packs at once, as the
// detector does, and holds the packs to what they reached. JAGA_ITEMS names
// another file to read, with -v to see every miss.
func TestItems(t *testing.T) {
	core, err := Core()
	if err != nil {
		t.Fatal(err)
	}
	m, err := pack.Compile(core...)
	if err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob("testdata/dev-*.jsonl")
	if p := os.Getenv("JAGA_ITEMS"); p != "" {
		paths = []string{p}
	}
	for _, path := range paths {
		type score struct{ want, got, twins, wrong int }
		by := map[string]*score{}
		at := func(id string) *score {
			if by[id] == nil {
				by[id] = &score{}
			}
			return by[id]
		}
		var s pack.Scan
		for _, it := range readItems(t, path) {
			m.Scan(&s, it.Text, pack.ParseWho(it.Speaker), pack.ParseWho(it.Target))
			hit := map[string]bool{}
			for _, h := range s.Hits {
				if h.Rule.Kind == pack.RuleIndicator && !h.Quoted && s.Frames == 0 {
					hit[string(h.Rule.Indicator)] = true
				}
			}
			for _, id := range it.Expect {
				at(id).want++
				if hit[id] {
					at(id).got++
				} else if testing.Verbose() {
					t.Logf("MISS %s %s: %s", id, it.ID, it.Text)
				}
			}
			for _, id := range it.ExpectNot {
				at(id).twins++
				if hit[id] {
					at(id).wrong++
					if testing.Verbose() {
						t.Logf("FALSE %s %s: %s", id, it.ID, it.Text)
					}
				}
			}
		}
		var all score
		table := ""
		for _, id := range slices.Sorted(maps.Keys(by)) {
			c := by[id]
			table += fmt.Sprintf("%s %d/%d false %d/%d\n", id, c.got, c.want, c.wrong, c.twins)
			all.want += c.want
			all.got += c.got
			all.twins += c.twins
			all.wrong += c.wrong
		}
		t.Logf("%s: recall %d/%d, false hits %d/%d\n%s", filepath.Base(path), all.got, all.want, all.wrong, all.twins, table)
		if float64(all.got) < 0.95*float64(all.want) || float64(all.wrong) > 0.03*float64(all.twins) {
			t.Errorf("%s: the packs fell behind what they had reached: recall at least 95 %%, false hits at most 3 %%", path)
		}
	}
}
