package vpdq_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

func flip(rnd *rand.Rand, h pdq.Hash, n int) pdq.Hash {
	for _, b := range rnd.Perm(256)[:n] {
		h[b/8] ^= 1 << (b % 8)
	}
	return h
}

func random(rnd *rand.Rand) (h pdq.Hash) {
	for i := range h {
		h[i] = byte(rnd.Uint32())
	}
	return h
}

// films makes films that share scenes: frames near to few hashes, some equal,
// some of low quality.
func films(rnd *rand.Rand, n int) []vpdq.Video {
	scenes := make([]pdq.Hash, 12)
	for i := range scenes {
		scenes[i] = random(rnd)
	}
	out := make([]vpdq.Video, n)
	for i := range out {
		at := 0.0
		for k := range rnd.IntN(30) {
			at += float64(rnd.IntN(2000)) / 1000
			f := vpdq.Feature{Frame: 30 * k, Quality: 40 + rnd.IntN(61), At: math.Round(at*1000) / 1000}
			switch rnd.IntN(4) {
			case 0:
				f.Hash = random(rnd)
			case 1:
				f.Hash = scenes[rnd.IntN(len(scenes))]
			default:
				f.Hash = flip(rnd, scenes[rnd.IntN(len(scenes))], rnd.IntN(40))
			}
			out[i] = append(out[i], f)
		}
	}
	return out
}

// plain counts what a rule counts, with nothing but loops.
func plain(q, s vpdq.Video, r vpdq.Rule) (queryFrames, queryMatched, storedFrames, storedMatched int) {
	keep := func(v vpdq.Video) (out []pdq.Hash) {
		for _, f := range v {
			if f.Quality >= r.Quality && !(r.Distinct && slices.Contains(out, f.Hash)) {
				out = append(out, f.Hash)
			}
		}
		return out
	}
	in := func(a, b []pdq.Hash) (n int) {
		for _, x := range a {
			if slices.ContainsFunc(b, func(y pdq.Hash) bool {
				return x.Distance(y) < r.Distance || !r.Below && x.Distance(y) == r.Distance
			}) {
				n++
			}
		}
		return n
	}
	a, b := keep(q), keep(s)
	return len(a), in(a, b), len(b), in(b, a)
}

func TestMatchIsPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		two := films(rnd, 2)
		for _, r := range []vpdq.Rule{vpdq.ReferenceCPP(), vpdq.ReferencePython(), vpdq.DefaultRule()} {
			r.Distance = rapid.IntRange(0, 60).Draw(t, "distance")
			o, ok := vpdq.Match(two[0], two[1], r)
			a, b, c, d := plain(two[0], two[1], r)
			if o.QueryFrames != a || o.QueryMatched != b || o.StoredFrames != c || o.StoredMatched != d {
				t.Fatalf("%+v: %+v, want %d of %d and %d of %d", r, o, b, a, d, c)
			}
			if ok != r.Accepts(o) {
				t.Fatal("Match and Accepts differ")
			}
			back, _ := vpdq.Match(two[1], two[0], r)
			if back.QueryMatched != o.StoredMatched || back.Distance != o.Distance {
				t.Fatal("the other way round is not the same")
			}
		}
	})
}

// TestSetIsMatch: whatever was built, inserted, deleted and loaded, the set
// finds what comparing with each film one by one finds.
func TestSetIsMatch(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) { // each builds an index
		rnd := rand.New(rand.NewPCG(seed, 2))
		all := films(rnd, 24)
		there := map[uint32]vpdq.Video{}
		opts := hamming.Options{Key: hamming.Key{1, 2, 3}}
		b := vpdq.NewBuilder(opts)
		for i, v := range all[:12] {
			if err := b.Add(uint32(i+1), v); err != nil {
				t.Fatal(err)
			}
			there[uint32(i+1)] = v
		}
		x, err := b.Build(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if seed%2 == 1 {
			x = load(t, opts.Key, x)
		}
		s, err := vpdq.NewSet(opts, x)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range all[12:20] {
			if err := s.Insert(uint32(i+13), v); err != nil {
				t.Fatal(err)
			}
			there[uint32(i+13)] = v
		}
		for _, id := range []uint32{3, 7, 14} {
			if !s.Delete(id) || s.Delete(id) || s.Has(id) {
				t.Fatalf("film %d was not deleted once", id)
			}
			delete(there, id)
		}
		if err := s.Insert(7, all[20]); err != nil { // the identifier is free again
			t.Fatal(err)
		}
		there[7] = all[20]
		if s.Insert(7, all[21]) == nil || s.Films() != len(there) {
			t.Fatal("a film was inserted twice")
		}
		r := vpdq.DefaultRule()
		r.Distance = rnd.IntN(51)
		skip := uint32(1 + rnd.IntN(20))
		query := all[rnd.IntN(24)]
		got := map[uint32]vpdq.Overlap{}
		for _, o := range s.Search(query, 50, func(id uint32) int {
			if id == skip {
				return -1
			}
			return r.Distance
		}) {
			got[o.ID] = o
		}
		frames := 0
		for id, v := range there {
			want, _ := vpdq.Match(query, v, r)
			frames += want.StoredFrames
			o, ok := got[id]
			if ok != (want.QueryMatched > 0 && id != skip) {
				t.Fatalf("film %d: found %v, want %+v", id, ok, want)
			}
			if ok && (o.QueryFrames != want.QueryFrames || o.QueryMatched != want.QueryMatched || o.StoredFrames != want.StoredFrames ||
				o.StoredMatched != want.StoredMatched || o.Distance != want.Distance || !slices.Equal(o.Query, want.Query)) {
				t.Fatalf("film %d: %+v, want %+v", id, o, want)
			}
			delete(got, id)
		}
		if len(got) != 0 || s.Frames() != frames {
			t.Fatalf("%d answers too many, %d frames, want %d", len(got), s.Frames(), frames)
		}
		picture(t, s, there, random(rnd), r.Distance)
		if len(query) > 0 {
			picture(t, s, there, query[0].Hash, r.Distance)
		}
	}
}

// picture compares the answers about one picture with those of loops.
func picture(t *testing.T, s *vpdq.Set, there map[uint32]vpdq.Video, h pdq.Hash, radius int) {
	got := map[uint32]vpdq.Near{}
	for _, n := range s.Picture(h, radius) {
		got[n.ID] = n
	}
	for id, v := range there {
		want := vpdq.Near{Distance: 257}
		kept := v.Prune(vpdq.PruneOptions{Quality: pdq.MinQuality, Distinct: true})
		for _, f := range kept {
			if d := f.Hash.Distance(h); d <= radius && d < want.Distance {
				want = vpdq.Near{ID: id, Distance: d, Hash: f.Hash, At: f.At, Seconds: kept[len(kept)-1].At}
			}
		}
		n, ok := got[id]
		if ok != (want.Distance <= radius) || ok && n != want {
			t.Fatalf("film %d: %+v, want %+v", id, n, want)
		}
	}
}

func load(t *testing.T, key hamming.Key, x *vpdq.Index) *vpdq.Index {
	var b bytes.Buffer
	if _, err := x.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	x, err := vpdq.Load(key, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestConventions: where the two official matchers differ.
func TestConventions(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	a := random(rnd)
	at := func(d int) vpdq.Video { return vpdq.Video{{Quality: 100, Hash: flip(rnd, a, d)}} }
	one := vpdq.Video{{Quality: 100, Hash: a}}
	cpp, python := vpdq.ReferenceCPP(), vpdq.ReferencePython()
	for _, c := range []struct {
		name          string
		query, stored vpdq.Video
		cpp, python   bool
	}{
		{"30 bits", one, at(30), true, true},
		{"31 bits", one, at(31), false, true},
		{"32 bits", one, at(32), false, false},
		{"quality 49", one, vpdq.Video{{Quality: 49, Hash: a}}, false, false},
		{"nothing", vpdq.Video{}, vpdq.Video{}, false, false},
	} {
		_, gotCPP := vpdq.Match(c.query, c.stored, cpp)
		_, gotPython := vpdq.Match(c.query, c.stored, python)
		if gotCPP != c.cpp || gotPython != c.python {
			t.Errorf("%s: C++ %v, Python %v", c.name, gotCPP, gotPython)
		}
	}
	// Ten equal frames and one other: the one in Python counts two frames.
	query := append(slices.Repeat(one, 10), at(128)...)
	c, _ := vpdq.Match(query, one, cpp)
	p, _ := vpdq.Match(query, one, python)
	if c.QueryFrames != 11 || c.QueryMatched != 10 || p.QueryFrames != 2 || p.QueryMatched != 1 {
		t.Errorf("C++ %d of %d, Python %d of %d", c.QueryMatched, c.QueryFrames, p.QueryMatched, p.QueryFrames)
	}
}

// shot is n frames of one a second, each near to the one of the same place in
// another shot of the same seed.
func shot(seed uint64, noise uint64, n int, from float64) (v vpdq.Video) {
	scene, rnd := rand.New(rand.NewPCG(seed, 3)), rand.New(rand.NewPCG(noise, 4))
	for i := range n {
		v = append(v, vpdq.Feature{Frame: int(from) + i, Quality: 90, Hash: flip(rnd, random(scene), 6), At: from + float64(i)})
	}
	return v
}

// TestBothDirections: the default rule finds a known film inside a longer one,
// and a piece of a known film, and says which seconds.
func TestBothDirections(t *testing.T) {
	t.Parallel()
	known := shot(1, 1, 10, 0)
	longer := slices.Concat(shot(2, 1, 20, 0), shot(1, 2, 10, 20), shot(3, 1, 30, 30))
	r := vpdq.DefaultRule()
	o, ok := vpdq.Match(longer, known, r)
	if !ok || len(o.Query) != 1 || o.Query[0] != (vpdq.Segment{From: 20, To: 30, Frames: 10}) || o.StoredPercent() != 100 {
		t.Errorf("a known film in a longer one: %v %+v", ok, o)
	}
	o, ok = vpdq.Match(known, longer, r)
	if !ok || o.QueryPercent() != 100 || len(o.Stored) != 1 || o.Stored[0].From != 20 || o.Stored[0].To != 30 {
		t.Errorf("a piece of a known film: %v %+v", ok, o)
	}
	if _, ok := vpdq.Match(longer, known, vpdq.ReferencePython()); ok {
		t.Error("a sixth of the query was enough for a rule that asks for 80 percent of it")
	}
	if o, ok = vpdq.Match(shot(4, 1, 20, 0), known, r); ok || o.QueryMatched != 0 {
		t.Errorf("films without a common scene: %+v", o)
	}
	r.QueryPercent, r.StoredPercent = 0, 0
	if _, ok = vpdq.Match(known, known, r); ok {
		t.Error("a rule that asks for nothing, either way, accepted something")
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 5))
	a, b := random(rnd), random(rnd)
	near := flip(rnd, a, 4)
	v := vpdq.Video{{Frame: 0, Quality: 20, Hash: b}, {Frame: 1, Quality: 90, Hash: a}, {Frame: 2, Quality: 90, Hash: near}, {Frame: 3, Quality: 90, Hash: b}, {Frame: 4, Quality: 90, Hash: a}}
	for _, c := range []struct {
		name string
		o    vpdq.PruneOptions
		want []int
	}{
		{"nothing", vpdq.PruneOptions{}, []int{0, 1, 2, 3, 4}},
		{"quality", vpdq.PruneOptions{Quality: 50}, []int{1, 2, 3, 4}},
		{"equal", vpdq.PruneOptions{Quality: 50, Distinct: true}, []int{1, 2, 3}},
	} {
		var got []int
		for _, f := range v.Prune(c.o) {
			got = append(got, f.Frame)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: frames %v, want %v", c.name, got, c.want)
		}
	}
}

func TestStride(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seconds, rate float64
		want          int
	}{{1, 30, 30}, {1, 29.97, 29}, {0, 30, 1}, {0.01, 30, 1}, {2, 25, 50}, {1, 0, 1}, {1, math.NaN(), 1}, {math.Inf(1), 30, 1 << 30}} {
		if got := vpdq.Stride(c.seconds, c.rate); got != c.want {
			t.Errorf("every %v seconds at %v a second: every %d frames, want %d", c.seconds, c.rate, got, c.want)
		}
	}
}

func TestHasher(t *testing.T) {
	t.Parallel()
	h := vpdq.NewHasher(3)
	p := pdq.Pixels{Pix: make([]byte, 100*80), Stride: 100, Width: 100, Height: 80}
	for i := range 8 {
		for k := range p.Pix {
			p.Pix[k] = byte(k*k*(i+1)) ^ byte(k/100*i)
		}
		if err := h.Add(i, time.Duration(i)*40*time.Millisecond, p); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			want, err := pdq.Sum(p)
			if got := h.Video()[i/3]; err != nil || got != (vpdq.Feature{Frame: i, Quality: want.Quality, Hash: want.Hash, At: float64(i) * 0.04}) {
				t.Errorf("frame %d: %+v", i, got)
			}
		}
	}
	if len(h.Video()) != 3 || h.Add(9, 0, pdq.Pixels{Width: 9}) == nil || h.Add(9, -1, p) == nil {
		t.Errorf("%d frames, or a bad one was taken", len(h.Video()))
	}
}

func TestFormsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, v := range append(films(rand.New(rand.NewPCG(9, 9)), 20), nil) {
		var text strings.Builder
		if err := v.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		got, err := vpdq.ParseText(strings.NewReader(text.String()))
		if err != nil || !slices.Equal(got, v) {
			t.Fatalf("text: %v", err)
		}
		if got, err = vpdq.ParseBinary(v.Binary()); err != nil || !slices.Equal(got, v) {
			t.Fatalf("compact form: %v", err)
		}
		got, err = vpdq.ParseList(v.List())
		for i := range got {
			got[i].Frame = v[i].Frame // the list has no numbers
		}
		if err != nil || !slices.Equal(got, v) {
			t.Fatalf("list: %v", err)
		}
	}
}

func TestParsersRefuse(t *testing.T) {
	t.Parallel()
	const hash = "dadb999c25266273529cadac89cb52c22324ad3bce99726c38668d93c799f07c"
	for _, text := range []string{"0,100," + hash, "0,101," + hash + ",0.000", "-1,100," + hash + ",0", "0,100," + hash[1:] + ",0", "0,100," + hash + ",NaN",
		"0,100," + hash + ",-1", "0,100," + hash + ",1e300", "0,1e2," + hash + ",0", "x", strings.Repeat("0", 5000)} {
		good := "0,100," + hash + ",0.000\n\n"
		var bad *vpdq.LineError
		if v, err := vpdq.ParseText(strings.NewReader(good + text)); !errors.As(err, &bad) || bad.Line != 3 || v != nil {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	for _, text := range []string{"", "null", "{}", "[1]", `["` + hash + `,100"]`, `["` + hash + `,100,-1"]`, `["` + hash + `,x,1"]`, `["` + hash + `,100,1"]x`} {
		if v, err := vpdq.ParseList(text); err == nil && text != "null" || len(v) != 0 {
			t.Errorf("%.40q was read", text)
		}
	}
	// What python-threatexchange writes for a film of 20 minutes.
	if v, err := vpdq.ParseList(`["` + hash + `,100,1.23e+03"]`); err != nil || v[0].At != 1230 {
		t.Errorf("%v %v", v, err)
	}
	if err := (vpdq.Video{{At: math.Inf(1)}}).Check(); err == nil {
		t.Error("an endless time was accepted")
	}
}

func TestSnapshotDamage(t *testing.T) {
	t.Parallel()
	key := hamming.Key{7}
	b := vpdq.NewBuilder(hamming.Options{Key: key})
	for i, v := range films(rand.New(rand.NewPCG(4, 4)), 6) {
		if err := b.Add(uint32(i), v); err != nil {
			t.Fatal(err)
		}
	}
	x, err := b.Build(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := x.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	if y, err := vpdq.Load(key, good); err != nil || y.Films() != 6 || y.Frames() != x.Frames() {
		t.Fatalf("%v", err)
	}
	// Every byte of the tables; of the index below them hamming has its test.
	for i := range 4096 + 64 {
		good[i] ^= 4
		if _, err := vpdq.Load(key, good); err == nil {
			t.Fatalf("a flipped bit in byte %d was not noticed", i)
		}
		good[i] ^= 4
	}
	for _, n := range []int{0, 7, 23, 24, 100, 4095, 4096, len(good) - 1} {
		if _, err := vpdq.Load(key, good[:n]); err == nil {
			t.Errorf("a file cut to %d bytes was not noticed", n)
		}
	}
	if _, err := vpdq.Load(hamming.Key{8}, good); err == nil {
		t.Error("a snapshot of another key was loaded")
	}
}

func FuzzParseText(f *testing.F) {
	f.Add("0,100,dadb999c25266273529cadac89cb52c22324ad3bce99726c38668d93c799f07c,0.033\n")
	f.Add("1,2,3,4\n\n,,,")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := vpdq.ParseText(strings.NewReader(text))
		if err != nil {
			return
		}
		again(t, v)
	})
}

func FuzzParseList(f *testing.F) {
	f.Add(`["dadb999c25266273529cadac89cb52c22324ad3bce99726c38668d93c799f07c,100,0.03"]`)
	f.Add(`[",,"]`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := vpdq.ParseList(text)
		if err != nil {
			return
		}
		again(t, v)
	})
}

func FuzzParseBinary(f *testing.F) {
	f.Add(films(rand.New(rand.NewPCG(1, 9)), 1)[0].Binary())
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := vpdq.ParseBinary(data)
		if err != nil {
			return
		}
		again(t, v)
	})
}

// again checks that a film that was read is one, and stays itself in the compact
// form, whose times are in milliseconds.
func again(t *testing.T, v vpdq.Video) {
	if err := v.Check(); err != nil {
		t.Fatal(err)
	}
	one, err := vpdq.ParseBinary(v.Binary())
	if err != nil {
		t.Fatal(err)
	}
	two, err := vpdq.ParseBinary(one.Binary())
	if err != nil || !slices.Equal(one, two) || len(one) != len(v) {
		t.Fatal("the compact form is not stable", err)
	}
}
