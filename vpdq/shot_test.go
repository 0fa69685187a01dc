package vpdq_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// still is a film of n different frames in which next to nothing moves: each is up
// to noise bits from one of the scenes, which follow each other.
func still(rnd *rand.Rand, n, noise int, scenes ...pdq.Hash) (v vpdq.Video) {
	for i := range n {
		v = append(v, vpdq.Feature{Hash: flip(rnd, scenes[i*len(scenes)/n], rnd.IntN(noise+1)), Quality: 90, At: float64(i)})
	}
	return v
}

// TestStillFilms: films in which nothing moves are searched shot by shot, and what
// is found is what comparing every frame with every frame finds, also where frames
// are just near enough and just too far.
func TestStillFilms(t *testing.T) {
	t.Parallel()
	partly := 0
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		a, b, c := random(rnd), random(rnd), random(rnd)
		opts := hamming.Options{Key: hamming.Key{1, 2, 3}}
		s, err := vpdq.NewSet(opts, nil)
		if err != nil {
			t.Fatal(err)
		}
		stored := map[uint32]vpdq.Video{
			1: still(rnd, 60, 6, flip(rnd, a, rnd.IntN(45)), b),
			2: still(rnd, 40, 12, flip(rnd, b, 20+rnd.IntN(15))),
			3: still(rnd, 50, 4, c),
			4: still(rnd, 30, 4, flip(rnd, a, 29)),
		}
		for id, v := range stored {
			if err := s.Insert(id, v); err != nil {
				t.Fatal(err)
			}
		}
		query := still(rnd, 90, []int{2, 4, 8, 30}[seed%4], a, b, a)
		r := vpdq.DefaultRule()
		r.Distance = 20 + rnd.IntN(20)
		got := map[uint32]vpdq.Overlap{}
		for _, o := range s.Search(query, 45, func(id uint32) int {
			if id == 3 {
				return -1
			}
			return r.Distance
		}) {
			got[o.ID] = o
		}
		for id, v := range stored {
			want, _ := vpdq.Match(query, v, r)
			o, ok := got[id]
			if ok != (want.QueryMatched > 0 && id != 3) {
				t.Fatalf("seed %d, film %d: found %v, want %+v", seed, id, ok, want)
			}
			if !ok {
				continue
			}
			if o.QueryMatched != want.QueryMatched || o.StoredMatched != want.StoredMatched || o.Distance != want.Distance ||
				!slices.Equal(o.Query, want.Query) {
				t.Fatalf("seed %d, film %d, distance %d: %+v, want %+v", seed, id, r.Distance, o, want)
			}
			if want.QueryMatched < want.QueryFrames && want.StoredMatched < want.StoredFrames {
				partly++
			}
		}
	}
	if partly < 20 {
		t.Errorf("only %d films matched in part: the test looks at nothing that could go wrong", partly)
	}
}

// BenchmarkStillFilms searches a film in which nothing moves among films of the
// same length that show the same: twice the length is to cost about twice the
// time, and not four times.
func BenchmarkStillFilms(b *testing.B) {
	for _, n := range []int{2500, 5000, 10000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 9))
			scene := random(rnd)
			opts := hamming.Options{Key: hamming.Key{1, 2, 3}}
			builder := vpdq.NewBuilder(opts)
			if err := builder.Add(1, still(rnd, n, 4, scene)); err != nil {
				b.Fatal(err)
			}
			x, err := builder.Build(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			s, err := vpdq.NewSet(opts, x)
			if err != nil {
				b.Fatal(err)
			}
			query := still(rnd, n, 4, scene)
			for b.Loop() {
				if got := s.Search(query, 31, nil); len(got) != 1 || got[0].StoredMatched != got[0].StoredFrames {
					b.Fatalf("%+v", got)
				}
			}
		})
	}
}
