package vpdq_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/vpdq"
)

// TestPublishedLists reads the reference's own lists, where they stand beside
// the repository (or where JAGA_VPDQ_VECTORS says): they come back byte for
// byte, two variants of one film match, and two films do not.
func TestPublishedLists(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("JAGA_VPDQ_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data", "vpdq")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if errors.Is(err, fs.ErrNotExist) || len(names) == 0 {
		t.Skip("the reference's lists are not here; set JAGA_VPDQ_VECTORS")
	}
	films := map[string]vpdq.Video{}
	for _, name := range names {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := vpdq.ParseText(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := v.WriteText(&got); err != nil || strings.TrimSpace(got.String()) != strings.TrimSpace(string(want)) {
			t.Errorf("%s does not come back as it is: %v", filepath.Base(name), err)
		}
		subject, _, _ := strings.Cut(filepath.Base(name), "-")
		for other, w := range films {
			for _, r := range []vpdq.Rule{vpdq.ReferenceCPP(), vpdq.ReferencePython(), vpdq.DefaultRule()} {
				o, ok := vpdq.Match(v, w, r)
				if same := strings.HasPrefix(other, subject+"-"); ok != same {
					t.Errorf("%s and %s: match %v, %.0f %% and %.0f %%", filepath.Base(name), other, ok, o.QueryPercent(), o.StoredPercent())
				}
			}
		}
		films[filepath.Base(name)] = v
	}
}
