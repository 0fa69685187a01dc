package hamming

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func background() context.Context { return context.Background() }

// corpus makes n codes, a good part of them near-duplicates of each other, and
// some equal.
func corpus(rnd *rand.Rand, n int) []Code {
	codes := make([]Code, n)
	for i := range codes {
		if i > 0 && rnd.IntN(3) == 0 {
			codes[i] = flip(rnd, codes[rnd.IntN(i)], rnd.IntN(70))
			continue
		}
		for j := range codes[i] {
			codes[i][j] = byte(rnd.Uint32())
		}
	}
	return codes
}

func flip(rnd *rand.Rand, c Code, n int) Code {
	for _, b := range rnd.Perm(256)[:n] {
		c[b/8] ^= 1 << (b % 8)
	}
	return c
}

func brute(codes []Code, q Code, radius int) (hits []Hit) {
	n := 0
	for i, c := range codes {
		n = 0
		for j := range c {
			n += ones16(uint16(c[j] ^ q[j]))
		}
		if n <= radius {
			hits = append(hits, Hit{uint32(i), n, c})
		}
	}
	return hits
}

func sortHits(h []Hit) []Hit {
	slices.SortFunc(h, func(a, b Hit) int { return cmp.Or(cmp.Compare(a.ID, b.ID), bytes.Compare(a.Code[:], b.Code[:])) })
	return h
}

func build(t testing.TB, key Key, codes []Code) *Index {
	t.Helper()
	b := NewBuilder(Options{Key: key}, len(codes))
	for i, c := range codes {
		b.Add(c, uint32(i))
	}
	x, err := b.Build(background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestPermutationIsOne(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	for seed := range 5 {
		p := newPermutation(Key{byte(seed)})
		for range 100 {
			c := corpus(rnd, 2)
			x, y := p.apply(&c[0]), p.apply(&c[1])
			if p.invert(&x) != c[0] {
				t.Fatal("invert does not undo apply")
			}
			if x.distance(&y) != brute(c[1:], c[0], 256)[0].Distance {
				t.Fatal("the permutation changed a distance")
			}
		}
	}
}

// Recall is 1 at every radius: the index agrees with comparing every code.
// The permutation moves bits as its plain twin does.
func TestPermutationsAgree(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(23, 1))
	for trial := range 50 {
		p := newPermutation(Key{byte(trial)})
		for range 200 {
			var c Code
			for i := range c {
				c[i] = byte(rnd.Uint32())
			}
			if got, want := p.apply(&c), p.applyPortable(&c); got != want {
				t.Fatalf("%x becomes %x, portable %x", c, got, want)
			}
		}
	}
}

func TestSearchAgreesWithBruteForce(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{0, 1, 50, 3000, 40000} {
		codes := corpus(rnd, n)
		x := build(t, Key{byte(n)}, codes)
		queries := corpus(rnd, 5)
		for range 20 {
			if n > 0 {
				queries = append(queries, flip(rnd, codes[rnd.IntN(n)], rnd.IntN(66)))
			}
		}
		for _, radius := range []int{-1, 0, 1, 7, 15, 16, 23, 31, 32, 40, 47, 48, 63, 64, 65, 130, 256} {
			answers := make([][]Hit, len(queries))
			x.SearchBatch(queries, radius, func(q int, h Hit) { answers[q] = append(answers[q], h) })
			for i, q := range queries {
				want := brute(codes, q, radius)
				if got := sortHits(x.Search(nil, q, radius)); !slices.Equal(got, want) {
					t.Fatalf("n=%d radius %d: %d answers, want %d", n, radius, len(got), len(want))
				}
				if got := sortHits(answers[i]); !slices.Equal(got, want) {
					t.Fatalf("n=%d radius %d: batch has %d answers, want %d", n, radius, len(got), len(want))
				}
			}
		}
	}
}

// The path through the buckets must be right even where it does not pay.
func TestBucketsAgreeWithScanAtEveryRadius(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 3))
	codes := corpus(rnd, 2000)
	x := build(t, Key{9}, codes)
	for radius := 0; radius <= MaxRadius; radius++ {
		q := flip(rnd, codes[rnd.IntN(len(codes))], rnd.IntN(radius+8))
		w := x.perm.apply(&q)
		var got []Hit
		for b := range bands {
			got = x.searchRuns(got, x.appendRuns(nil, &w, 0, b, radius), []words{w}, radius, nil, nil)
		}
		if want := brute(codes, q, radius); !slices.Equal(sortHits(got), want) {
			t.Fatalf("radius %d: %d answers, want %d", radius, len(got), len(want))
		}
	}
}

func TestEqualCodes(t *testing.T) {
	t.Parallel()
	codes := make([]Code, 20000)
	x := build(t, Key{1}, codes)
	if got := x.Search(nil, Code{1}, 31); len(got) != len(codes) {
		t.Errorf("%d of %d equal codes found", len(got), len(codes))
	}
	if got := x.Search(nil, flip(rand.New(rand.NewPCG(1, 2)), Code{}, 32), 31); len(got) != 0 {
		t.Errorf("%d codes found beyond the radius", len(got))
	}
}

func TestBuildStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(background())
	cancel()
	b := NewBuilder(Options{}, 0)
	b.Add(Code{}, 1)
	if _, err := b.Build(ctx, nil); err == nil {
		t.Error("Build succeeded although its context had ended")
	}
}

func TestBuildReportsProgress(t *testing.T) {
	t.Parallel()
	b := NewBuilder(Options{}, 0)
	var seen []int
	if _, err := b.Build(background(), func(done, total int) { seen = append(seen, done*100+total) }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != bands || seen[bands-1] != bands*100+bands {
		t.Errorf("progress %v", seen)
	}
}

func TestSetAgreesWithAModel(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(4, 4))
	type entry struct {
		code Code
		id   uint32
	}
	var model []entry
	s, err := NewSet(Options{Key: Key{5}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := corpus(rnd, 3000)
	check := func(step int) {
		t.Helper()
		if s.Len() != len(model) {
			t.Fatalf("step %d: Len %d, want %d", step, s.Len(), len(model))
		}
		for range 10 {
			q := flip(rnd, pool[rnd.IntN(len(pool))], rnd.IntN(40))
			var want []Hit
			for _, e := range model {
				for _, h := range brute([]Code{e.code}, q, 31) {
					want = append(want, Hit{e.id, h.Distance, e.code})
				}
			}
			if got := sortHits(s.Search(nil, q, 31)); !slices.Equal(got, sortHits(want)) {
				t.Fatalf("step %d: %d answers, want %d", step, len(got), len(want))
			}
		}
	}
	for step := range 20000 {
		switch {
		case len(model) == 0 || rnd.IntN(3) > 0:
			e := entry{pool[rnd.IntN(len(pool))], uint32(rnd.IntN(500))}
			s.Insert(e.code, e.id)
			model = append(model, e)
		default:
			i := rnd.IntN(len(model))
			if !s.Delete(model[i].code, model[i].id) {
				t.Fatalf("step %d: an entry that is there was not deleted", step)
			}
			model = slices.Delete(model, i, i+1)
		}
		if step%997 == 0 {
			check(step)
		}
		if step%6001 == 6000 {
			if err := s.Compact(background(), nil); err != nil {
				t.Fatal(err)
			}
			if s.Pending() != 0 {
				t.Fatalf("%d pending after Compact", s.Pending())
			}
			check(step)
		}
	}
	if s.Delete(Code{1, 2, 3}, 9999) {
		t.Error("an absent entry was deleted")
	}
}

// Readers and writers beside a Compact: what is inserted is found at once, what
// is deleted is never found again.
func TestSetConcurrently(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(6, 6))
	s, err := NewSet(Options{}, build(t, Key{}, corpus(rnd, 5000)))
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := s.Compact(background(), nil); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	var writers sync.WaitGroup
	for g := range 3 {
		writers.Go(func() {
			rnd := rand.New(rand.NewPCG(7, uint64(g)))
			codes := corpus(rnd, 1500)
			find := func(c Code, id uint32) bool {
				return slices.ContainsFunc(s.Search(nil, c, 0), func(h Hit) bool { return h.ID == id })
			}
			for i, c := range codes {
				id := uint32(1_000_000*(g+1) + i)
				s.Insert(c, id)
				if !find(c, id) {
					t.Errorf("code %d was not found right after its insertion", id)
					return
				}
				if i%2 == 0 && (!s.Delete(c, id) || find(c, id)) {
					t.Errorf("code %d was found after its deletion", id)
					return
				}
			}
			for i, c := range codes {
				if id := uint32(1_000_000*(g+1) + i); find(c, id) == (i%2 == 0) {
					t.Errorf("code %d: deleted %v, found %v", id, i%2 == 0, i%2 == 0)
					return
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	wg.Wait()
	if want := 5000 + 3*750; s.Len() != want {
		t.Errorf("Len %d, want %d", s.Len(), want)
	}
}

func TestSetRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	if _, err := NewSet(Options{Key: Key{1}}, build(t, Key{2}, nil)); err == nil {
		t.Error("an index of another key was taken")
	}
}

func snapshot(t testing.TB, x *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := x.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, error %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{0, 1, 30000} {
		codes := corpus(rnd, n)
		x, err := Load(Key{3}, snapshot(t, build(t, Key{3}, codes)))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			q := corpus(rnd, 1)[0]
			if n > 0 {
				q = flip(rnd, codes[rnd.IntN(n)], rnd.IntN(40))
			}
			if got := sortHits(x.Search(nil, q, 31)); !slices.Equal(got, brute(codes, q, 31)) {
				t.Fatalf("n=%d: the loaded index gives other answers", n)
			}
		}
		for i, c := range codes {
			if got, id := x.At(i); got != c || id != uint32(i) {
				t.Fatalf("At(%d) = %x, %d", i, got, id)
			}
		}
	}
}

// TestIdentifiersOfAnySize: narrow and wide ones come back from the index, its
// snapshot, a search and a set that was compacted.
func TestIdentifiersOfAnySize(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(9, 9))
	for _, most := range []uint32{0, 1, 255, 1<<24 - 1, 1 << 24, math.MaxUint32} {
		codes := corpus(rnd, 300)
		want := make([]uint32, len(codes))
		b := NewBuilder(Options{Key: Key{4}}, 0)
		for i := range codes {
			want[i] = uint32(rnd.Uint64N(uint64(most) + 1))
		}
		want[17] = most
		for i, c := range codes {
			b.Add(c, want[i])
		}
		x, err := b.Build(background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if x, err = Load(Key{4}, snapshot(t, x)); err != nil {
			t.Fatal(err)
		}
		s, err := NewSet(Options{Key: Key{4}}, x)
		if err != nil {
			t.Fatal(err)
		}
		extra := corpus(rnd, 1)[0]
		s.Insert(extra, most)
		if err := s.Compact(background(), nil); err != nil {
			t.Fatal(err)
		}
		for i, c := range append(codes, extra) {
			id := most
			if i < len(want) {
				id = want[i]
			}
			if !slices.Contains(s.Search(nil, c, 0), Hit{id, 0, c}) || i < len(want) && !slices.Contains(x.Search(nil, c, 0), Hit{id, 0, c}) {
				t.Fatalf("up to %d: the code with %d is not found with it", most, id)
			}
		}
		if x.ids.wide != (most >= 1<<24) {
			t.Errorf("up to %d: wide is %v", most, x.ids.wide)
		}
	}
}

func TestSnapshotDamage(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(9, 9))
	good := snapshot(t, build(t, Key{3}, corpus(rnd, 300)))
	refuse := func(what string, data []byte) {
		t.Helper()
		if _, err := Load(Key{3}, data); err == nil {
			t.Errorf("%s was not noticed", what)
		}
	}
	for range 600 {
		bad := slices.Clone(good)
		i := rnd.IntN(len(bad))
		if rnd.IntN(2) == 0 {
			i = rnd.IntN(page)
		}
		bad[i] ^= 1 << rnd.IntN(8)
		refuse(fmt.Sprintf("a flipped bit in byte %d", i), bad)
	}
	for range 100 {
		n := rnd.IntN(len(good))
		refuse(fmt.Sprintf("a file cut to %d bytes", n), slices.Clone(good[:n]))
	}
	swapped := slices.Clone(good)
	a, b := len(good)-2*page, len(good)-page
	copy(swapped[a:b], good[b:])
	copy(swapped[b:], good[a:b])
	refuse("two swapped pages", swapped)
	refuse("a page too many", append(slices.Clone(good), make([]byte, page)...))
	if _, err := Load(Key{4}, good); err == nil {
		t.Error("a snapshot of another key was loaded")
	}
	if _, err := Load(Key{3}, append(make([]byte, 1, len(good)+1), good...)[1:]); err == nil {
		t.Error("misaligned data were used")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(snapshot(f, build(f, Key{}, corpus(rand.New(rand.NewPCG(1, 1)), 3))))
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := Load(Key{}, slices.Clone(data)); err == nil {
			x.Search(nil, Code{}, 31)
		}
	})
}

func Example() {
	b := NewBuilder(Options{Key: Key{1, 2, 3}}, 2)
	b.Add(Code{0: 0xff}, 1)
	b.Add(Code{31: 0x0f}, 2)
	x, err := b.Build(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, h := range x.Search(nil, Code{}, 5) {
		fmt.Println(h.ID, h.Distance)
	}
	// Output: 2 4
}
