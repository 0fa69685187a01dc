package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/jaga-project/jaga/pdq"
)

// sizes says how much is measured.
type sizes struct {
	Pictures  int // changed in every way
	Unrelated int // photographs, compared all with all
	Cards     int // test cards, compared all with all
}

// results is all that the page says, measured.
type results struct {
	Plan     sizes
	Variants []variantResult
	Pairs    []pairResult
}

// variantResult is what one kind of change did to the pictures.
type variantResult struct {
	Group, Name string
	Turned      bool
	Plain       histogram // distance from the original's hash
	Best        histogram // the least of the eight dihedral hashes' distances
	Found       int       // pictures within the threshold and of enough quality
	FoundBest   int       // the same by the best of the eight
	LowQuality  int       // pictures whose changed hash is too poor to compare
	First       []int     // plain distances of the first pictures, for checks
}

// pairResult holds the distances between all pictures of a kind.
type pairResult struct {
	Name     string
	Pictures int
	Plain    histogram
	All      histogram // of all eight dihedral hashes of one to the other
	First    []string  // the first hashes, for checks
}

// histogram counts distances; index d holds how many were d. It ends at the
// largest distance seen.
type histogram []int

func (h *histogram) add(d int) {
	for len(*h) <= d {
		*h = append(*h, 0)
	}
	(*h)[d]++
}

func (h *histogram) merge(o histogram) {
	for len(*h) < len(o) {
		*h = append(*h, 0)
	}
	for d, n := range o {
		(*h)[d] += n
	}
}

func (h histogram) total() (n int) {
	for _, c := range h {
		n += c
	}
	return n
}

// within counts the distances up to limit.
func (h histogram) within(limit int) (n int) {
	for d, c := range h {
		if d <= limit {
			n += c
		}
	}
	return n
}

// quantile is the least distance that at least the part q of them do not
// exceed.
func (h histogram) quantile(q float64) int {
	want, n := int(math.Ceil(q*float64(h.total()))), 0
	for d, c := range h {
		n += c
		if n >= want && n > 0 {
			return d
		}
	}
	return 0
}

func (h histogram) least() int { return h.quantile(0) }
func (h histogram) most() int  { return len(h) - 1 }

func (h histogram) mean() float64 {
	sum := 0
	for d, c := range h {
		sum += d * c
	}
	return float64(sum) / float64(h.total())
}

func (h histogram) deviation() float64 {
	mu, sum := h.mean(), 0.0
	for d, c := range h {
		sum += float64(c) * (float64(d) - mu) * (float64(d) - mu)
	}
	return math.Sqrt(sum / float64(h.total()))
}

// encode writes one JSON value a line: what changes between two runs is then
// seen line by line.
func (r *results) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(r.Plan); err != nil {
		return nil, fmt.Errorf("encode the plan: %w", err)
	}
	for _, v := range r.Variants {
		if err := e.Encode(v); err != nil {
			return nil, fmt.Errorf("encode %q: %w", v.Name, err)
		}
	}
	for _, p := range r.Pairs {
		if err := e.Encode(p); err != nil {
			return nil, fmt.Errorf("encode %q: %w", p.Name, err)
		}
	}
	return b.Bytes(), nil
}

func decodeResults(data []byte) (*results, error) {
	r := &results{}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&r.Plan); err != nil {
		return nil, fmt.Errorf("%s: read the plan: %w", resultsFile, err)
	}
	for d.More() {
		var line struct {
			variantResult
			Pictures int
			All      histogram
			First    json.RawMessage
		}
		if err := d.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s: %w", resultsFile, err)
		}
		var err error
		if line.Pictures > 0 {
			p := pairResult{Name: line.Name, Pictures: line.Pictures, Plain: line.Plain, All: line.All}
			err = json.Unmarshal(line.First, &p.First)
			r.Pairs = append(r.Pairs, p)
		} else {
			v := line.variantResult
			err = json.Unmarshal(line.First, &v.First)
			r.Variants = append(r.Variants, v)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", resultsFile, line.Name, err)
		}
	}
	if len(r.Variants) == 0 || len(r.Pairs) != len(kinds()) {
		return nil, fmt.Errorf("%s holds %d changes and %d kinds of pairs: measure again", resultsFile, len(r.Variants), len(r.Pairs))
	}
	return r, nil
}

// slack is how many bits a distance may differ between two machines: some
// fuse multiplications with additions, and a pixel then differs by one step.
const slack = 2

// remeasure measures the first n pictures again and compares with what was
// kept of them.
func (r *results) remeasure(n int) error {
	n = min(n, keptFirst)
	now, err := measure(sizes{Pictures: n, Unrelated: 2 * n, Cards: 2 * n}, func(string, int, int) {})
	if err != nil {
		return err
	}
	if len(now.Variants) != len(r.Variants) {
		return fmt.Errorf("%d changes are measured, the results have %d: measure again", len(now.Variants), len(r.Variants))
	}
	for i, v := range now.Variants {
		old := r.Variants[i]
		if v.Name != old.Name || v.Group != old.Group || len(old.First) < n {
			return fmt.Errorf("%q stands where the results have %q: measure again", v.Name, old.Name)
		}
		for k, d := range v.First {
			if off := d - old.First[k]; off < -slack || off > slack {
				return fmt.Errorf("%s: picture %d is %d bits away, the results say %d: measure again", v.Name, k, d, old.First[k])
			}
		}
	}
	for i, p := range now.Pairs {
		for k, text := range p.First {
			if k >= len(r.Pairs[i].First) {
				break
			}
			if err := nearHash(text, r.Pairs[i].First[k]); err != nil {
				return fmt.Errorf("%s, picture %d: %w", p.Name, k, err)
			}
		}
	}
	return nil
}

func nearHash(a, b string) error {
	x, err := pdq.ParseHash(a)
	if err != nil {
		return err
	}
	y, err := pdq.ParseHash(b)
	if err != nil {
		return err
	}
	if d := x.Distance(y); d > slack {
		return fmt.Errorf("its hash is %d bits from the kept one: measure again", d)
	}
	return nil
}
