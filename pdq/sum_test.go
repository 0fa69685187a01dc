package pdq

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// The guard is only as good as the bound it stands on: the buffers of the two
// paths must lie within the slack.
func TestFastBufferWithinTheSlack(t *testing.T) {
	t.Parallel()
	var worst float64
	for n, s := range sizes(t) {
		p := picture(uint64(1000+n), s[0], s[1], RGB)
		_, want := reference(p)
		var got Buffer
		if !fast(&got, p, best) {
			continue
		}
		for i := range got {
			worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		}
	}
	t.Logf("largest difference of a value %.2g, slack %.2g", worst, bufferSlack)
	if worst > bufferSlack {
		t.Errorf("fast and reference differ by %g, more than the slack %g", worst, bufferSlack)
	}
}

func TestExactBufferEqualsTheReference(t *testing.T) {
	t.Parallel()
	for n, s := range sizes(t) {
		p := picture(uint64(2000+n), s[0], s[1], Format(n%3))
		_, want := reference(p)
		for _, lv := range []level{portable, best} {
			var got Buffer
			exact(&got, p, lv)
			if got != want {
				t.Fatalf("%dx%d: the exact buffer at level %d differs from the reference", s[0], s[1], lv)
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
		{Width: 10, Height: 1 << 60, Stride: 10, Pix: make([]byte, 100)},
		{Width: 10, Height: MaxSide, Stride: 1 << 62, Pix: make([]byte, 100)},
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

func BenchmarkSum(b *testing.B) {
	for _, s := range [][2]int{{512, 512}, {1024, 768}, {4000, 3000}} {
		p := picture(5, s[0], s[1], RGB)
		name := fmt.Sprintf("%dx%d/", s[0], s[1])
		b.Run(name+"reference", func(b *testing.B) {
			for b.Loop() {
				reference(p)
			}
		})
		b.Run(name+"exact", func(b *testing.B) {
			for b.Loop() {
				_, _ = SumExact(p)
			}
		})
		b.Run(name+"sum", func(b *testing.B) {
			for b.Loop() {
				_, _ = Sum(p)
			}
		})
	}
}
