package testpic_test

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

func TestTurnsAreAGroup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		m := testpic.Noise(testpic.Flat(w, h, color.Gray{128}), rapid.Uint64().Draw(t, "seed"), 40)
		same := func(what string, a, b *image.RGBA) {
			if a.Rect != b.Rect || !bytes.Equal(a.Pix, b.Pix) {
				t.Errorf("%s: pictures differ", what)
			}
		}
		r90, r270 := testpic.Rotate90, testpic.Rotate270
		same("two quarters are a half", r90(r90(m)), testpic.Rotate180(m))
		same("there and back", r270(r90(m)), m)
		same("mirrored twice", testpic.FlipH(testpic.FlipH(m)), m)
		same("upside down twice", testpic.FlipV(testpic.FlipV(m)), m)
		same("both mirrorings are a half turn", testpic.FlipH(testpic.FlipV(m)), testpic.Rotate180(m))
		same("scaled to the same size", testpic.Resize(m, w, h), m)
		same("nothing cut off", testpic.CropAll(m, 0), m)
		same("framed and cut out", inner(testpic.Border(m, 0.2, color.White), w, h), m)
	})
}

func inner(m *image.RGBA, w, h int) *image.RGBA {
	x, y := (m.Rect.Dx()-w)/2, (m.Rect.Dy()-h)/2
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for j := range h {
		for i := range w {
			out.SetRGBA(i, j, m.RGBAAt(x+i, y+j))
		}
	}
	return out
}

// The turned picture's hash must be the one that pdq derives from the
// original's transform, under the same name: otherwise the two packages turn
// in different directions.
func TestTurnsAgreeWithDihedralHashes(t *testing.T) {
	t.Parallel()
	turns := map[pdq.Rotation]func(*image.RGBA) *image.RGBA{
		pdq.Rotate90: testpic.Rotate90, pdq.Rotate180: testpic.Rotate180, pdq.Rotate270: testpic.Rotate270,
		pdq.FlipX: testpic.FlipV, pdq.FlipY: testpic.FlipH,
	}
	m := testpic.Photo(11, 512, 384)
	_, all, err := pdq.SumAll(pdq.FromStd(m))
	if err != nil {
		t.Fatal(err)
	}
	for rotation, turn := range turns {
		got := hash(t, turn(m)).Hash
		for other, h := range all {
			d := got.Distance(h)
			if near := d <= pdq.MatchThreshold; near != (pdq.Rotation(other) == rotation) {
				t.Errorf("%v: %d bits from the derived hash %v", rotation, d, pdq.Rotation(other))
			}
		}
	}
}

func TestResizeKeepsTheMean(t *testing.T) {
	t.Parallel()
	m := testpic.Photo(5, 96, 64)
	want := mean(m)
	for _, size := range []image.Point{{48, 32}, {31, 17}, {192, 128}, {96, 5}, {1, 1}} {
		r := testpic.Resize(m, size.X, size.Y)
		if r.Rect.Max != size || !r.Opaque() {
			t.Errorf("resized to %v, opaque %v; want %v", r.Rect.Max, r.Opaque(), size)
		}
		if got := mean(r); math.Abs(got-want) > 1.5 {
			t.Errorf("%v: mean %.2f, was %.2f", size, got, want)
		}
	}
	if got := testpic.Scale(m, 0.001).Rect.Max; got != image.Pt(1, 1) {
		t.Errorf("scaled to nothing: %v", got)
	}
}

func mean(m *image.RGBA) float64 {
	sum := 0
	for i := 0; i < len(m.Pix); i += 4 {
		sum += int(m.Pix[i]) + int(m.Pix[i+1]) + int(m.Pix[i+2])
	}
	return float64(sum) / float64(len(m.Pix)/4*3)
}

func deviation(m *image.RGBA) float64 {
	mu, sum := mean(m), 0.0
	for i := 0; i < len(m.Pix); i += 4 {
		for _, v := range m.Pix[i : i+3] {
			sum += (float64(v) - mu) * (float64(v) - mu)
		}
	}
	return math.Sqrt(sum / float64(len(m.Pix)/4*3))
}

func TestTones(t *testing.T) {
	t.Parallel()
	grey := testpic.Flat(100, 100, color.Gray{100})
	value := func(m *image.RGBA) uint8 { return m.RGBAAt(50, 50).G }
	for _, c := range []struct {
		name string
		m    *image.RGBA
		want uint8
	}{
		{"contrast doubled", testpic.Contrast(grey, 2), 73}, // 127.5 - 2*27.5, rounded up
		{"brighter", testpic.Brightness(grey, 40), 140},
		{"clipped", testpic.Brightness(grey, -101), 0},
		{"gamma", testpic.Gamma(grey, 2), 39}, // 100²/255
		{"blur of a flat area", testpic.Blur(grey, 6), 100},
		{"grey of red", testpic.Grey(testpic.Flat(60, 60, color.RGBA{200, 0, 0, 255})), 60},
	} {
		if got := value(c.m); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	noisy := testpic.Noise(grey, 1, 12)
	if got := deviation(noisy); math.Abs(got-12) > 0.6 {
		t.Errorf("noise of 12 steps deviates by %.2f", got)
	}
	// Independent noise through a normal curve of deviation s keeps
	// 1/(2 sqrt(pi) s) of its own deviation.
	if got, want := deviation(testpic.Blur(noisy, 3)), 12/(2*math.Sqrt(math.Pi)*3); math.Abs(got-want) > 0.4 {
		t.Errorf("blurred noise deviates by %.2f, want %.2f", got, want)
	}
}

func TestOverlaysKeepTheRest(t *testing.T) {
	t.Parallel()
	m := testpic.Photo(2, 200, 150)
	for name, c := range map[string]struct {
		m       *image.RGBA
		covered float64 // part of the area
	}{
		"bar":  {testpic.OverlayBar(m, 0.1), 0.1},
		"logo": {testpic.OverlayLogo(m, 0.3), math.Pi / 4 * 0.3 * 0.3 * 150 / 200},
	} {
		changed := 0
		for i := 0; i < len(m.Pix); i += 4 {
			if !bytes.Equal(m.Pix[i:i+4], c.m.Pix[i:i+4]) {
				changed++
			}
		}
		if got := float64(changed) / (200 * 150); math.Abs(got-c.covered) > 0.01 {
			t.Errorf("%s covers %.3f, want %.3f", name, got, c.covered)
		}
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	m := testpic.Photo(9, 400, 300)
	before := bytes.Clone(m.Pix)
	names := map[string]bool{}
	for _, v := range testpic.Variants() {
		if v.Name == "" || v.Group == "" || names[v.Name] {
			t.Errorf("variant %q of %q: names must be unique", v.Name, v.Group)
		}
		names[v.Name] = true
		out := v.Apply(m)
		if !bytes.Equal(m.Pix, before) {
			t.Fatalf("%s wrote to the picture it was given", v.Name)
		}
		if out.Rect == m.Rect && bytes.Equal(out.Pix, before) {
			t.Errorf("%s changed nothing", v.Name)
		}
		if out.Rect.Min != (image.Point{}) || !out.Opaque() || len(out.Pix) != 4*out.Rect.Dx()*out.Rect.Dy() {
			t.Errorf("%s: not an opaque picture from (0, 0): %v", v.Name, out.Rect)
		}
	}
}

func TestRefusesNonsense(t *testing.T) {
	t.Parallel()
	m := testpic.Flat(4, 4, color.Black)
	for name, f := range map[string]func(){
		"no width":      func() { testpic.Photo(1, 0, 5) },
		"no height":     func() { testpic.Card(1, 5, 0) },
		"negative":      func() { testpic.Flat(-1, 5, color.Black) },
		"resized away":  func() { testpic.Resize(m, 0, 1) },
		"cut away":      func() { testpic.Crop(m, 0.5, 0, 0.5, 0) },
		"negative crop": func() { testpic.Crop(m, -0.1, 0, 0, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}
