package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// The committed page and plots must be what this program makes of the kept
// results, and the results what it measures.
func TestCommittedPageIsOurs(t *testing.T) {
	t.Parallel()
	n := 2
	if testing.Short() {
		n = 1
	}
	if err := checkAll(root, n); err != nil {
		t.Error(err)
	}
}

// A check that cannot fail is worth nothing: every kind of drift is seen.
func TestCheckSeesDrift(t *testing.T) {
	t.Parallel()
	r, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name string, data []byte) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	put(resultsFile, data)
	if err := writePages(dir); err != nil {
		t.Fatal(err)
	}
	if err := checkAll(dir, 0); err != nil {
		t.Fatalf("untouched: %v", err)
	}
	put(pageFile, append([]byte(page(r)), '!'))
	if err := checkAll(dir, 0); err == nil || !strings.Contains(err.Error(), pageFile) {
		t.Errorf("a changed page: %v", err)
	}
	r.Variants[3].First[0] += slack + 1
	if err := r.remeasure(1); err == nil || !strings.Contains(err.Error(), r.Variants[3].Name) {
		t.Errorf("a changed distance: %v", err)
	}
	r.Variants[3].First[0] -= slack + 1
	r.Pairs[1].First[0], r.Pairs[1].First[1] = r.Pairs[1].First[1], r.Pairs[1].First[0]
	if err := r.remeasure(1); err == nil || !strings.Contains(err.Error(), r.Pairs[1].Name) {
		t.Errorf("changed hashes: %v", err)
	}
}

func TestResultsRoundTrip(t *testing.T) {
	t.Parallel()
	want := &results{
		Plan:     sizes{3, 4, 5},
		Variants: []variantResult{{Group: "g", Name: "n", Turned: true, Plain: histogram{0, 2}, Best: histogram{2}, Found: 2, FoundBest: 2, First: []int{1, 1}}},
		Pairs: []pairResult{
			{Name: "a", Pictures: 4, Plain: histogram{0, 0, 6}, All: histogram{48}, First: []string{"00"}},
			{Name: "b", Pictures: 5, Plain: histogram{10}, All: histogram{80}, First: []string{"ff"}},
		},
	}
	data, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeResults(data)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "{}", "{}\n{\"Name\":\"x\"}", "nonsense"} {
		if _, err := decodeResults([]byte(bad)); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var h histogram
	for _, d := range []int{5, 1, 1, 31, 32, 7, 7, 7, 90, 3} {
		h.add(d)
	}
	got := []any{h.total(), h.within(31), h.least(), h.quantile(0.5), h.quantile(0.9), h.quantile(1), h.most(), h.mean()}
	if d := cmp.Diff([]any{10, 8, 1, 7, 32, 90, 90, 18.4}, got); d != "" {
		t.Error(d)
	}
}

func TestPercentDoesNotRoundToAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, total int
		want     string
	}{{0, 9, "0 %"}, {9, 9, "100 %"}, {99999, 100000, "99.9 %"}, {1, 100000, "0.1 %"}, {1, 3, "33.3 %"}, {0, 0, "–"}} {
		if got := percent(c.n, c.total); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.n, c.total, got, c.want)
		}
	}
}

func TestPlotsAreWellFormed(t *testing.T) {
	t.Parallel()
	r, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range plots {
		d := xml.NewDecoder(strings.NewReader(draw(r)))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if e, ok := tok.(xml.StartElement); ok && (e.Name.Local == "script" || e.Name.Local == "image") {
				t.Errorf("%s holds a %s", name, e.Name.Local)
			}
		}
	}
}
