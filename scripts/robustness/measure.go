package main

import (
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

// keptFirst is how many distances and hashes are kept for checks.
const keptFirst = 10

// shapes are the sizes of the pictures, in turn.
var shapes = [...]image.Point{{640, 480}, {480, 640}, {512, 512}, {800, 450}}

// picture draws the n-th picture that is changed.
func picture(n int) *image.RGBA {
	s := shapes[n%len(shapes)]
	return testpic.Photo(uint64(n), s.X, s.Y)
}

// kinds are the collections whose pictures are compared all with all. Their
// seeds lie beyond those of the changed pictures.
func kinds() []kind {
	return []kind{
		{"unrelated photographs", func(n int) *image.RGBA { return testpic.Photo(1<<20+uint64(n), 256, 192) }},
		{"test cards of one layout", func(n int) *image.RGBA { return testpic.Card(uint64(n), 256, 192) }},
	}
}

type kind struct {
	name string
	draw func(n int) *image.RGBA
}

// progress is told what is measured and how far it is; calls do not overlap.
type progress func(what string, done, total int)

func measure(s sizes, tell progress) (*results, error) {
	r := &results{Plan: s}
	var err error
	if r.Variants, err = measureVariants(s.Pictures, tell); err != nil {
		return nil, err
	}
	counts := []int{s.Unrelated, s.Cards}
	for i, k := range kinds() {
		p, err := measurePairs(k, counts[i], tell)
		if err != nil {
			return nil, err
		}
		r.Pairs = append(r.Pairs, p)
	}
	return r, nil
}

// parallel calls do for 0 to n-1 on all processors and reports progress.
func parallel(n int, what string, tell progress, do func(i int) error) error {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		mu   sync.Mutex
		done int
		errs []error
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				err := do(i)
				mu.Lock()
				done++
				tell(what, done, n)
				if err != nil {
					errs = append(errs, fmt.Errorf("%s %d: %w", what, i, err))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// outcome is what became of one picture by one change.
type outcome struct {
	plain, best, quality int
}

func measureVariants(n int, tell progress) ([]variantResult, error) {
	variants := testpic.Variants()
	all := make([][]outcome, n)
	err := parallel(n, "changing pictures", tell, func(i int) (err error) {
		all[i], err = measureOne(picture(i), variants)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]variantResult, len(variants))
	for k, v := range variants {
		out[k] = variantResult{Group: v.Group, Name: v.Name, Turned: v.Turned}
		for i := range all {
			out[k].take(i, all[i][k])
		}
	}
	return out, nil
}

// measureOne changes a picture in every way. The original's hash stands in the
// bank; the changed picture's hashes, plain and all eight, are the query.
func measureOne(m *image.RGBA, variants []testpic.Variant) ([]outcome, error) {
	original, err := pdq.FromImage(m)
	if err != nil {
		return nil, err
	}
	if original.Quality < pdq.MinQuality {
		return nil, fmt.Errorf("the picture itself has quality %d", original.Quality)
	}
	out := make([]outcome, len(variants))
	for k, v := range variants {
		result, eight, err := pdq.SumAll(pdq.FromStd(v.Apply(m)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		o := outcome{plain: original.Hash.Distance(result.Hash), quality: result.Quality}
		o.best = o.plain
		for _, h := range eight {
			o.best = min(o.best, original.Hash.Distance(h))
		}
		out[k] = o
	}
	return out, nil
}

func (v *variantResult) take(i int, o outcome) {
	v.Plain.add(o.plain)
	v.Best.add(o.best)
	if i < keptFirst {
		v.First = append(v.First, o.plain)
	}
	if o.quality < pdq.MinQuality {
		v.LowQuality++
		return
	}
	if o.plain <= pdq.MatchThreshold {
		v.Found++
	}
	if o.best <= pdq.MatchThreshold {
		v.FoundBest++
	}
}

func measurePairs(k kind, n int, tell progress) (pairResult, error) {
	hashes := make([]pdq.Dihedral, n)
	err := parallel(n, k.name, tell, func(i int) (err error) {
		_, hashes[i], err = pdq.SumAll(pdq.FromStd(k.draw(i)))
		return err
	})
	if err != nil {
		return pairResult{}, err
	}
	out := pairResult{Name: k.name, Pictures: n}
	var mu sync.Mutex
	err = parallel(n, k.name+", pairs", tell, func(i int) error {
		var plain, all histogram
		for _, other := range hashes[:i] {
			plain.add(hashes[i][pdq.Original].Distance(other[pdq.Original]))
			for _, h := range hashes[i] {
				all.add(h.Distance(other[pdq.Original]))
			}
		}
		mu.Lock()
		defer mu.Unlock()
		out.Plain.merge(plain)
		out.All.merge(all)
		return nil
	})
	for _, h := range hashes[:min(n, 2*keptFirst)] {
		out.First = append(out.First, h[pdq.Original].String())
	}
	return out, err
}
