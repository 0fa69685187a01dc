package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/hamming"
)

const root = ".."

// The committed page and plots must be what this program makes of the kept
// results.
func TestCommittedPageIsOurs(t *testing.T) {
	t.Parallel()
	if err := checkPages(root); err != nil {
		t.Error(err)
	}
}

// A check that cannot fail is worth nothing.
func TestCheckSeesDrift(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"bench", "docs/img"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(r.save(dir), writePages(dir), checkPages(dir)); err != nil {
		t.Fatalf("untouched: %v", err)
	}
	r.Cases[0].Times["jaga"] = []float64{1}
	for side := range r.Cases[0].Times {
		r.Cases[0].Times[side] = []float64{12345}
	}
	if err := r.save(dir); err != nil {
		t.Fatal(err)
	}
	if err := checkPages(dir); err == nil || !strings.Contains(err.Error(), pageFile) {
		t.Errorf("other results: %v", err)
	}
}

func sample() *results {
	r := &results{Machine: machine{Machine: "a machine", System: "a system", Versions: map[string]string{"faiss": "1"}}}
	r.put(&measured{Case: "pixels 512x512", Date: "2026-01-02", Times: map[string][]float64{"jaga": {100, 200, 50}, "reference": {7000, 10000, 5000}}})
	r.put(&measured{Case: "index 10", Date: "2026-01-02", Times: map[string][]float64{"jaga": {1000}, "flat": {300_000}}, Facts: map[string]float64{"counted jaga": 140}})
	return r
}

func TestResultsRoundTrip(t *testing.T) {
	t.Parallel()
	want := sample()
	data, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "{}\n{}", "{}\nnonsense", "{}\n{\"Case\":\"x\",\"Times\":{\"a\":[0]}}"} {
		if _, err := decode([]byte(bad)); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

// The verdicts must come from ratios within rounds, and what nobody measured
// must not look met.
func TestGoals(t *testing.T) {
	t.Parallel()
	got := map[string]goal{}
	for _, g := range goals(sample()) {
		got[g.what] = g
	}
	for _, want := range []goal{
		{"pixels to hash, 512 × 512, against the C++ reference", "≥ 60×", "100 ns beside 7 µs", "70× (50 to 100×)", met},
		{"the same against pdqhash (Python), 512 × 512", "≥ 60×", "–", "–", unmeasured},
		{"search among 10 million, radius 31, against FAISS IndexBinaryFlat", "≥ 400×", "1 µs beside 300 µs", "300× (300 to 300×)", missed},
		{"memory a hash, 10 million", "≤ 132 bytes", "140 bytes", "–", missed},
		{"import of a list into SQLite", "≥ 200,000 rows/s", "–", "–", unmeasured},
	} {
		if d := cmp.Diff(want, got[want.what], cmp.AllowUnexported(goal{})); d != "" {
			t.Error(d)
		}
	}
	text := page(sample())
	for _, want := range []string{"Missed: search among 10 million", "Not measured: the same against pdqhash"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		duration(46_870): "46.9 µs", duration(999.9): "1 µs", duration(2_000_000): "2 ms", duration(1.234e9): "1.23 s", duration(12): "12 ns",
		factor(1.25): "1.2×", factor(9): "9×", factor(9.96): "10×", factor(148.2): "148×",
		thousands(134_497): "134,000", thousands(999): "999", thousands(12): "12",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	out := "goos: linux\nBenchmarkScan-2   \t       3\t 400 ns/op\t  0.95 x-loop\t       800.5 files/s\nPASS\n"
	if d := cmp.Diff(map[string]float64{"ns/op": 400, "x-loop": 0.95, "files/s": 800.5}, metrics(out)); d != "" {
		t.Error(d)
	}
}

// Both ends of the protocol: the worker answers each line with one, faults too.
func TestWorkerAnswers(t *testing.T) {
	t.Parallel()
	in := inputs{t.TempDir()}
	files, err := in.jpegs(size{64, 48, 2})
	if err != nil {
		t.Fatal(err)
	}
	codes, queries := filepath.Join(in.dir, "codes"), filepath.Join(in.dir, "queries")
	if err := writeCodes(codes, queries, 30_000); err != nil {
		t.Fatal(err)
	}
	indexes := map[string]*codeIndex{}
	ask := func(r request) reply {
		t.Helper()
		a, err := do(r, indexes)
		if err != nil {
			t.Fatalf("%s: %v", r.Do, err)
		}
		return a
	}
	if a := ask(request{Do: "jpeg full", Files: files, Reps: 2}); len(a.Answers) != 2 || a.Answers[0] == a.Answers[1] || a.NS <= 0 {
		t.Errorf("%+v", a)
	}
	if a := ask(request{Do: "index build", Kind: "ring", Files: []string{codes}, Count: 30_000}); a.NS <= 0 || a.Facts["counted"] <= 0 {
		t.Errorf("%+v", a)
	}
	// Every hit that comparing with all codes gives, in the same words.
	const count = 40
	got := ask(request{Do: "index query", Kind: "ring", Files: []string{queries}, From: 6, Count: count, Radius: radius}).Answers
	if d := cmp.Diff(bruteForce(t, codes, queries, 6, count), got); d != "" {
		t.Error(d)
	}
	if a := ask(request{Do: "index change", Kind: "ring", Files: []string{queries}, Count: 500, Radius: radius}); a.Facts["insert"] <= 0 || a.Facts["delete"] <= 0 {
		t.Errorf("%+v", a)
	}
	ask(request{Do: "index drop", Kind: "ring"})
	var out bytes.Buffer
	if err := work(strings.NewReader("{\"do\":\"index query\",\"kind\":\"ring\"}\nnonsense\n"), &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\"error\""); n != 2 || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("faults are answered with %q", out.String())
	}
}

func bruteForce(t *testing.T, codes, queries string, from, count int) (answers []string) {
	t.Helper()
	x := codeIndex{}
	if err := x.load(codes); err != nil {
		t.Fatal(err)
	}
	all := x.queries
	x.queries = nil
	if err := x.load(queries); err != nil {
		t.Fatal(err)
	}
	hits := 0
	for _, q := range x.queries[from : from+count] {
		var found []string
		for id, c := range all {
			if d := distance(q, c); d <= radius {
				found = append(found, hit(uint32(id), d))
			}
		}
		hits += len(found)
		answers = append(answers, summed(found))
	}
	if hits < count/4 {
		t.Fatalf("only %d hits for %d queries: they show nothing", hits, count)
	}
	return answers
}

func distance(a, b hamming.Code) (d int) {
	for i := range a {
		for x := a[i] ^ b[i]; x != 0; x &= x - 1 {
			d++
		}
	}
	return d
}

func TestPlotsAreWellFormed(t *testing.T) {
	t.Parallel()
	kept, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*results{kept, sample(), {}} {
		for name, draw := range plots {
			d := xml.NewDecoder(strings.NewReader(draw(r)))
			for {
				_, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					break
				}
			}
		}
	}
}
