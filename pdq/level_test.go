package pdq

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

func (lv level) String() string { return [...]string{"portable", "vector", "avx512"}[lv] }

// levels are those that this build and this machine can run.
func levels() []level { return []level{portable, vector, avx512}[:best+1] }

func needVector(t testing.TB) {
	t.Helper()
	if best == portable {
		t.Skip("no vector instructions in this build or on this machine")
	}
}

// TestLevel keeps a run that was made for one level from going by at a lower.
func TestLevel(t *testing.T) {
	t.Logf("level %v", best)
	if want := os.Getenv("JAGA_TEST_LEVEL"); want != "" && want != best.String() {
		t.Errorf("the level is %v; JAGA_TEST_LEVEL asks for %s", best, want)
	}
}

// buffers draws buffers of the kinds that matter: plain, of few values, so that
// the median ties, of little detail, so that the quality says something, and at
// the edges of float32. Steps of 6.375 have gradients whose fraction is a half.
func buffers() []*Buffer {
	rnd := rand.New(rand.NewPCG(3, 4))
	var all []*Buffer
	add := func(f func(i int) float32) {
		var u Buffer
		for i := range u {
			u[i] = f(i)
		}
		all = append(all, &u)
	}
	for range 20 {
		add(func(int) float32 { return rnd.Float32() * 255 })
		add(func(int) float32 { return float32(rnd.IntN(3)) * 85 })
		add(func(i int) float32 { return float32(i/64) + rnd.Float32()*1e-3 })
		add(func(int) float32 { return float32(rnd.IntN(256)) * 2.55 })
		add(func(int) float32 { return rnd.Float32() * float32(rnd.IntN(32)/31) * 60 })
		add(func(int) float32 { return float32(rnd.IntN(2)) * 6.375 })
	}
	add(func(int) float32 { return 0 })
	add(func(int) float32 { return 255 })
	add(func(i int) float32 { return float32(i % 2 * 255) })
	add(func(i int) float32 { return float32(i%64) * 2.55 })
	return all
}

func TestVectorKernelsGiveTheBitsOfThePortableOnes(t *testing.T) {
	t.Parallel()
	needVector(t)
	for n, u := range buffers() {
		var a coefficients
		transformPortable(&a, u)
		for _, lv := range levels()[1:] {
			var b coefficients
			transform(&b, u, lv)
			if a != b {
				t.Fatalf("buffer %d: the transforms differ at level %v", n, lv)
			}
		}
		sameMedian(t, &a)
		sameQuality(t, u, 0)
		sameQuality(t, u, 1e-3)
		for _, eps := range []float32{0, 1e-3, 0.5} {
			sameGradient(t, u, eps)
		}
	}
}

func sameMedian(t *testing.T, b *coefficients) {
	t.Helper()
	sorted := *b
	slices.Sort(sorted[:])
	var want Hash
	for i, v := range b {
		if v > sorted[127] {
			want.setBit(i)
		}
	}
	for _, lv := range levels() {
		h, median, next := b.median(lv)
		if h != want || median != sorted[127] || next != sorted[128] {
			t.Fatalf("level %v: median %v, next %v, hash %v; sorted %v %v %v", lv, median, next, h, sorted[127], sorted[128], want)
		}
	}
}

func sameQuality(t *testing.T, u *Buffer, slack float32) {
	t.Helper()
	q, sure := quality(u, slack, portable)
	for _, lv := range levels()[1:] {
		if v, s := quality(u, slack, lv); v != q || s != sure {
			t.Fatalf("slack %v: quality %d %v, level %v %d %v", slack, q, sure, lv, v, s)
		}
	}
}

// sameGradient compares what the quality is made of, which hides most of it.
func sameGradient(t *testing.T, u *Buffer, eps float32) {
	t.Helper()
	sum, down, up := gradientPortable(u, eps)
	if sum-down >= 90*100 {
		return // it stopped early
	}
	for _, lv := range levels()[1:] {
		if s, d, p := gradientVector(u, eps, lv); s != sum || d != down || p != up {
			t.Fatalf("eps %v: gradient %d, %d lower, %d higher; %d %d %d at level %v", eps, sum, down, up, s, d, p, lv)
		}
	}
}

func TestMedianOfTies(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	negative := float32(math.Copysign(0, -1))
	for n := range 200 {
		var b coefficients
		for i := range b {
			switch n % 5 {
			case 0:
				b[i] = float32(rnd.IntN(4))
			case 1:
				b[i] = []float32{0, negative, 1e-40, -1e-40}[rnd.IntN(4)]
			case 2:
				b[i] = rnd.Float32() - 0.5
			case 3:
				b[i] = float32(i) // sorted
			case 4:
				b[i] = float32((i + 1) / 2) // the median and the next are equal, no others
			}
		}
		sameMedian(t, &b)
	}
}

// pixelsFrom makes a picture of any geometry from fuzz data.
func pixelsFrom(data []byte, w, h uint16, format, pad uint8) Pixels {
	p := Pixels{Width: 5 + int(w)%2300, Height: 5 + int(h)%2300, Format: Format(format % 3)}
	if p.Width*p.Height > 1<<18 {
		p.Height = max(5, 1<<18/p.Width)
	}
	p.Stride = p.Width*p.Format.Channels() + int(pad)%70
	p.Pix = make([]byte, p.Stride*(p.Height-1)+p.Width*p.Format.Channels())
	if len(data) > 0 {
		for i := range p.Pix {
			p.Pix[i] = data[i%len(data)] + byte(i/len(data)*int(pad))
		}
	}
	return p
}

// FuzzSumSIMD compares the levels: the fast buffers within the slack, the exact
// ones and the answers bit for bit.
func FuzzSumSIMD(f *testing.F) {
	f.Add([]byte{0, 255, 17}, uint16(512), uint16(512), uint8(1), uint8(0))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7}, uint16(59), uint16(2000), uint8(2), uint8(3))
	f.Add([]byte{255}, uint16(2100), uint16(60), uint8(0), uint8(64))
	f.Add([]byte{9, 200, 40, 3}, uint16(0), uint16(11), uint8(2), uint8(1))
	f.Add([]byte{77, 3, 140, 250, 6}, uint16(16), uint16(0), uint8(1), uint8(5))
	f.Add([]byte{14, 92, 65, 35}, uint16(507), uint16(60), uint8(0), uint8(3)) // seven weights a vector
	f.Add([]byte{27, 182, 81}, uint16(891), uint16(10), uint8(1), uint8(7))    // and in the last of five
	f.Fuzz(func(t *testing.T, data []byte, w, h uint16, format, pad uint8) {
		needVector(t)
		p := pixelsFrom(data, w, h, format, pad)
		var a, e Buffer
		can := fast(&a, p, portable)
		exact(&e, p, portable)
		for _, lv := range levels()[1:] {
			var b Buffer
			if exact(&b, p, lv); b != e {
				t.Fatalf("%dx%d: the exact buffers differ at level %v", p.Width, p.Height, lv)
			}
			clear(b[:])
			if fast(&b, p, lv) != can {
				t.Fatalf("level %v and portable: only one has a fast path", lv)
			}
			for i := range a {
				if d := math.Abs(float64(a[i] - b[i])); d > 2e-4 {
					t.Fatalf("%dx%d: value %d is %v portable and %v at level %v", p.Width, p.Height, i, a[i], b[i], lv)
				}
			}
		}
		want, _, _ := sumAt(p, true, true, nil, portable)
		for _, lv := range levels() {
			for _, exactOnly := range []bool{false, true} {
				got, _, err := sumAt(p, false, exactOnly, nil, lv)
				if err != nil || got != want {
					t.Fatalf("%dx%d level %v, exact %v: %v, want %v (error %v)", p.Width, p.Height, lv, exactOnly, got, want, err)
				}
			}
		}
	})
}

// FuzzKernels compares the kernels on buffers of arbitrary bits.
func FuzzKernels(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5}, float32(1e-3))
	f.Fuzz(func(t *testing.T, data []byte, slack float32) {
		needVector(t)
		if len(data) < 4 || !(slack >= 0 && slack < 1) {
			return
		}
		var u Buffer
		for i := range u {
			at := i * 4 % (len(data) - 3)
			u[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[at:]))
		}
		sameQuality(t, &u, slack)
		sameGradient(t, &u, slack)
		var a coefficients
		transformPortable(&a, &u)
		for _, lv := range levels()[1:] {
			var b coefficients
			transform(&b, &u, lv)
			for i := range a {
				if math.IsNaN(float64(a[i])) {
					return // no picture gives such values, and they have no order
				}
				if a[i] != b[i] {
					t.Fatalf("coefficient %d: %v portable and %v at level %v", i, a[i], b[i], lv)
				}
			}
		}
		sameMedian(t, &a)
	})
}

func TestPlanIsTheTriangle(t *testing.T) {
	t.Parallel()
	for n := 5; n < 128*maxFastWindow; n += 1 + n/40 {
		var m plan
		newPlan(&m, n)
		want := Triangle(n)
		scale := 1 / float64(m.w*m.w)
		for i := range 64 {
			got := make([]float64, n)
			var one [1]part
			for _, p := range m.parts(i, &one) {
				for k, tap := range p.taps {
					got[p.first+k] += float64(tap) * scale * float64(p.scale)
				}
			}
			for k, w := range want.Rows[i].Weights {
				got[want.Rows[i].First+k] -= w
			}
			for k, d := range got {
				if math.Abs(d) > 1e-8 {
					t.Fatalf("n=%d output %d: weight of sample %d off by %g", n, i, k, d)
				}
			}
		}
	}
}
