package pdq

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// picture makes a smooth picture with some noise: waves of random direction.
func picture(seed uint64, w, h int, f Format) Pixels {
	rnd := rand.New(rand.NewPCG(seed, 7))
	p := Pixels{Stride: w*f.Channels() + rnd.IntN(9), Width: w, Height: h, Format: f}
	p.Pix = make([]byte, p.Stride*h)
	type wave struct{ fx, fy, phase, amp float64 }
	waves := make([]wave, 12)
	for i := range waves {
		a := 1 / float64(i+1)
		waves[i] = wave{rnd.NormFloat64() * 3 * float64(i+1), rnd.NormFloat64() * 3 * float64(i+1), rnd.Float64() * 6, a * 60}
	}
	for y := range h {
		for x := range w {
			v := 128.0
			for _, s := range waves {
				v += s.amp * math.Sin(s.fx*float64(x)/float64(w)+s.fy*float64(y)/float64(h)+s.phase)
			}
			for c := range f.Channels() {
				p.Pix[y*p.Stride+x*f.Channels()+c] = byte(min(255, max(0, v+float64(20*c)+rnd.Float64()*8)))
			}
		}
	}
	return p
}

func noise(seed uint64, w, h int, f Format) Pixels {
	rnd := rand.New(rand.NewPCG(seed, 9))
	p := Pixels{Pix: make([]byte, w*h*f.Channels()), Stride: w * f.Channels(), Width: w, Height: h, Format: f}
	for i := range p.Pix {
		p.Pix[i] = byte(rnd.Uint32())
	}
	return p
}

func flat(w, h int, v byte) Pixels {
	p := Pixels{Pix: make([]byte, w*h), Stride: w, Width: w, Height: h, Format: Gray}
	for i := range p.Pix {
		p.Pix[i] = v
	}
	return p
}

func sizes(t *testing.T) [][2]int {
	s := [][2]int{{5, 5}, {5, 300}, {300, 5}, {63, 65}, {64, 64}, {64, 63}, {65, 64}, {127, 128}, {128, 129}, {129, 257},
		{200, 100}, {256, 256}, {512, 512}, {513, 511}, {640, 480}, {1000, 37}, {37, 1000}, {1024, 768}, {2100, 60}}
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 60
	if testing.Short() {
		n = 15
	}
	for range n {
		s = append(s, [2]int{5 + rnd.IntN(700), 5 + rnd.IntN(700)})
	}
	return s
}

func TestBitIdenticalToTheReference(t *testing.T) {
	t.Parallel()
	exactRuns, total := 0, 0
	for n, s := range sizes(t) {
		for f := Gray; f <= RGBX; f++ {
			pictures := []Pixels{picture(uint64(n), s[0], s[1], f)}
			if n%4 == 0 {
				pictures = append(pictures, noise(uint64(n), s[0], s[1], f), flat(s[0], s[1], byte(n*13)))
			}
			for _, p := range pictures {
				want, _ := reference(p)
				got, err := Sum(p)
				if err != nil || got != want {
					t.Fatalf("%dx%d format %d: Sum = %v %d, error %v; reference %v %d", s[0], s[1], f, got.Hash, got.Quality, err, want.Hash, want.Quality)
				}
				if got, err := SumExact(p); err != nil || got != want {
					t.Fatalf("%dx%d format %d: SumExact = %v, reference %v", s[0], s[1], f, got, want)
				}
				all, dihedral, err := SumAll(p)
				if err != nil || all != want || dihedral[Original] != want.Hash {
					t.Fatalf("%dx%d format %d: SumAll = %v, reference %v", s[0], s[1], f, all, want)
				}
				var u Buffer
				if fast(&u, p, best) {
					if _, _, ok := guarded(&u, p, false, best); !ok {
						exactRuns++
					}
				}
				total++
			}
		}
	}
	t.Logf("%d of %d pictures went to the exact path", exactRuns, total)
}

// The guard is only as good as the errors it stands on: the differences of the
// errors near the median, which turn bits, must lie well below the gap it asks
// for. Checkerboards round worst.
func TestErrorsNearTheMedianAreFarBelowTheGuard(t *testing.T) {
	t.Parallel()
	pictures := []Pixels{checkerboard(1245, 998, 23, 22, [2][3]byte{{192, 204, 190}, {205, 191, 193}}),
		checkerboard(624, 792, 4, 38, [2][3]byte{{241, 181, 209}, {122, 243, 223}}),
		checkerboard(940, 1943, 39, 3, [2][3]byte{{93, 92, 99}, {192, 196, 204}})}
	for n, s := range sizes(t) {
		pictures = append(pictures, picture(uint64(1000+n), s[0], s[1], RGB))
	}
	for _, lv := range levels() {
		var worst float64
		for _, p := range pictures {
			var a, b Buffer
			if !fast(&a, p, lv) {
				continue
			}
			exact(&b, p, lv)
			worst = max(worst, errorNearMedian(&a, &b))
		}
		t.Logf("level %v: largest difference %.2g", lv, worst)
		if worst > gapGuard/2 {
			t.Errorf("level %v: two coefficients at the median differ by %g in their errors; the guard asks for %g", lv, worst, gapGuard)
		}
	}
}

// errorNearMedian returns the largest difference between the errors of the four
// coefficients around the median.
func errorNearMedian(got, want *Buffer) float64 {
	var a, b coefficients
	transformPortable(&a, got)
	transformPortable(&b, want)
	sorted := b
	slices.Sort(sorted[:])
	least, most := math.Inf(1), math.Inf(-1)
	for i, v := range b {
		if v >= sorted[126] && v <= sorted[129] {
			d := float64(a[i]) - float64(v)
			least, most = min(least, d), max(most, d)
		}
	}
	return most - least
}

// checkerboard has fields of half of px by half of py pixels.
func checkerboard(w, h, px, py int, colours [2][3]byte) Pixels {
	p := Pixels{Stride: 3 * w, Width: w, Height: h, Format: RGB}
	for y := range h {
		for x := range w {
			c := colours[(x*2/px+y*2/py)%2]
			p.Pix = append(p.Pix, c[:]...)
		}
	}
	return p
}

func TestExactBufferEqualsTheReference(t *testing.T) {
	t.Parallel()
	for n, s := range sizes(t) {
		p := picture(uint64(2000+n), s[0], s[1], Format(n%3))
		_, want := reference(p)
		for _, lv := range levels() {
			var got Buffer
			exact(&got, p, lv)
			if got != want {
				t.Fatalf("%dx%d: the exact buffer at level %v differs from the reference", s[0], s[1], lv)
			}
		}
	}
}

func TestTriangleIsTheFilter(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 63, 64, 65, 128, 129, 256, 257, 383, 384, 385, 512, 640, 1000, 1004, 2047, 4096} {
		m := Triangle(n)
		for i := range m.Rows {
			r := &m.Rows[i]
			var sum float64
			for _, w := range r.Weights {
				sum += w
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("n=%d output %d: weights sum to %v", n, i, sum)
			}
			if r.First < 0 || r.First+len(r.Weights) > n {
				t.Fatalf("n=%d output %d: samples %d..%d", n, i, r.First, r.First+len(r.Weights))
			}
			if wantExact := i != 63 || m.Window%2 == 1 || m.Window == 1; n >= 64 && r.Exact != wantExact {
				t.Errorf("n=%d output %d: exact %v, want %v", n, i, r.Exact, wantExact)
			}
		}
	}
}

func TestTooSmallIsTheZeroHash(t *testing.T) {
	t.Parallel()
	for _, s := range [][2]int{{1, 1}, {4, 4}, {4, 400}, {400, 4}} {
		r, err := Sum(noise(1, s[0], s[1], RGB))
		if err != nil || r != (Result{}) {
			t.Errorf("%v: %v, error %v", s, r, err)
		}
	}
}

func TestBadGeometryIsRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []Pixels{
		{},
		{Width: 10, Height: 10, Stride: 10},
		{Width: 10, Height: 10, Stride: 9, Pix: make([]byte, 100)},
		{Width: 10, Height: 10, Stride: 10, Pix: make([]byte, 99)},
		{Width: -1, Height: 10, Stride: 10, Pix: make([]byte, 100)},
		{Width: 10, Height: math.MaxInt, Stride: 10, Pix: make([]byte, 100)},
		{Width: 10, Height: MaxSide, Stride: math.MaxInt, Pix: make([]byte, 100)},
		{Width: 10, Height: 10, Stride: 10, Pix: make([]byte, 100), Format: 9},
	} {
		if _, err := Sum(p); err == nil {
			t.Errorf("%dx%d stride %d with %d bytes was accepted", p.Width, p.Height, p.Stride, len(p.Pix))
		}
	}
}

func TestConventionsDifferOnlyAbove512(t *testing.T) {
	t.Parallel()
	small := picture(3, 500, 400, RGB)
	a, _ := Sum(small)
	b, _ := Sum(small, WithConvention(Nearest512))
	if a != b {
		t.Error("a small picture hashes differently under Nearest512")
	}
	large := picture(3, 1300, 900, RGB)
	want, _ := reference(large.nearest512())
	if got, _ := Sum(large, WithConvention(Nearest512)); got != want {
		t.Errorf("Nearest512 gives %v, want %v", got, want)
	}
}

func TestDihedralHashesApproximateTheTurnedPicture(t *testing.T) {
	t.Parallel()
	p := picture(11, 640, 480, RGB)
	_, d, err := SumAll(p)
	if err != nil {
		t.Fatal(err)
	}
	for r, turn := range map[Rotation]func(x, y int) (int, int){
		// Where pixel x, y of the turned picture comes from.
		Rotate90:   func(x, y int) (int, int) { return p.Width - 1 - y, x },
		Rotate180:  func(x, y int) (int, int) { return p.Width - 1 - x, p.Height - 1 - y },
		Rotate270:  func(x, y int) (int, int) { return y, p.Height - 1 - x },
		FlipX:      func(x, y int) (int, int) { return x, p.Height - 1 - y },
		FlipY:      func(x, y int) (int, int) { return p.Width - 1 - x, y },
		FlipPlus1:  func(x, y int) (int, int) { return y, x },
		FlipMinus1: func(x, y int) (int, int) { return p.Width - 1 - y, p.Height - 1 - x },
	} {
		w, h := p.Width, p.Height
		if r == Rotate90 || r == Rotate270 || r == FlipPlus1 || r == FlipMinus1 {
			w, h = h, w
		}
		q := Pixels{Pix: make([]byte, 3*w*h), Stride: 3 * w, Width: w, Height: h, Format: RGB}
		for y := range h {
			for x := range w {
				sx, sy := turn(x, y)
				copy(q.Pix[3*(y*w+x):][:3], p.Pix[sy*p.Stride+3*sx:])
			}
		}
		turned, _ := Sum(q)
		if n := turned.Hash.Distance(d[r]); n > 24 {
			t.Errorf("%v: %d bits from the hash of the turned picture", r, n)
		}
		if n := turned.Hash.Distance(d[Original]); n < 60 {
			t.Errorf("%v: only %d bits from the original; the test picture is symmetric", r, n)
		}
	}
}
