package testpic_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

func hash(t *testing.T, m *image.RGBA) pdq.Result {
	t.Helper()
	r, err := pdq.FromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sizes are those that tests and the demonstration use, flat and tall ones too.
var sizes = []image.Point{{128, 128}, {320, 240}, {240, 360}, {512, 512}, {640, 200}}

func TestPhotoQuality(t *testing.T) {
	t.Parallel()
	n := 60
	if testing.Short() {
		n = 10
	}
	for _, size := range sizes {
		for seed := range uint64(n) {
			m := testpic.Photo(seed, size.X, size.Y)
			if m.Rect != image.Rect(0, 0, size.X, size.Y) || !m.Opaque() {
				t.Fatalf("Photo(%d, %v) has bounds %v, opaque %v", seed, size, m.Rect, m.Opaque())
			}
			if q := hash(t, m).Quality; q < 80 {
				t.Errorf("Photo(%d, %v): quality %d, want 80 or more", seed, size, q)
			}
		}
	}
}

// Distances between unrelated hashes have a mean of 128 and, for real
// photographs, a spread somewhat above that of coin tosses (8). A generator
// whose scenes resemble each other would give a lower mean or near pairs.
func TestPhotosUnrelated(t *testing.T) {
	t.Parallel()
	const n = 300
	var hashes []pdq.Hash
	for seed := range uint64(n) {
		hashes = append(hashes, hash(t, testpic.Photo(seed, 160, 120)).Hash)
	}
	sum, least := 0, 256
	for i, a := range hashes {
		for _, b := range hashes[:i] {
			d := a.Distance(b)
			sum += d
			least = min(least, d)
		}
	}
	mean := float64(sum) / (n * (n - 1) / 2)
	t.Logf("mean %.2f, least %d", mean, least)
	if mean < 126 || mean > 130 {
		t.Errorf("mean distance of unrelated photographs is %.2f, want about 128", mean)
	}
	if least <= 2*pdq.MatchThreshold {
		t.Errorf("two unrelated photographs are %d bits apart", least)
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	for _, draw := range []func(seed uint64, w, h int) *image.RGBA{testpic.Photo, testpic.Card} {
		a, b, c := draw(7, 90, 70), draw(7, 90, 70), draw(8, 90, 70)
		if !bytes.Equal(a.Pix, b.Pix) {
			t.Error("the same seed gave two pictures")
		}
		if bytes.Equal(a.Pix, c.Pix) {
			t.Error("two seeds gave the same picture")
		}
	}
	a := testpic.Photo(1, 60, 60)
	if !bytes.Equal(testpic.Noise(a, 5, 9).Pix, testpic.Noise(a, 5, 9).Pix) {
		t.Error("the same noise differs")
	}
	if bytes.Equal(testpic.Noise(a, 5, 9).Pix, testpic.Noise(a, 6, 9).Pix) {
		t.Error("two seeds gave the same noise")
	}
}

func TestPhotoIsOneSceneAtEverySize(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		small, large := testpic.Photo(seed, 256, 192), testpic.Photo(seed, 768, 576)
		if d := hash(t, small).Hash.Distance(hash(t, large).Hash); d > pdq.MatchThreshold {
			t.Errorf("seed %d: %d bits between its sizes", seed, d)
		}
	}
}

func TestCardsTellApart(t *testing.T) {
	t.Parallel()
	var hashes []pdq.Hash
	for seed := range uint64(40) {
		r := hash(t, testpic.Card(seed, 320, 240))
		if r.Quality < pdq.MinQuality {
			t.Errorf("card %d: quality %d", seed, r.Quality)
		}
		for i, h := range hashes {
			if d := h.Distance(r.Hash); d <= pdq.MatchThreshold {
				t.Errorf("cards %d and %d are %d bits apart", i, seed, d)
			}
		}
		hashes = append(hashes, r.Hash)
	}
}

func TestFlat(t *testing.T) {
	t.Parallel()
	m := testpic.Flat(80, 70, color.NRGBA{10, 20, 30, 128})
	if got := m.RGBAAt(79, 69); got != (color.RGBA{10, 20, 30, 255}) {
		t.Errorf("the last pixel is %v", got)
	}
	if q := hash(t, m).Quality; q != 0 {
		t.Errorf("quality %d of a flat picture", q)
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	m := testpic.Photo(3, 120, 90)
	back, err := png.Decode(bytes.NewReader(testpic.PNG(m)))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 90 {
		for x := range 120 {
			if color.RGBAModel.Convert(back.At(x, y)) != m.At(x, y) {
				t.Fatalf("PNG changed the pixel at %d, %d", x, y)
			}
		}
	}
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(testpic.JPEG(m, 80)))
	if err != nil || cfg.Width != 120 || cfg.Height != 90 {
		t.Errorf("JPEG of %d x %d: %v", cfg.Width, cfg.Height, err)
	}
	if fine, coarse := len(testpic.JPEG(m, 95)), len(testpic.JPEG(m, 10)); fine < 2*coarse {
		t.Errorf("quality 95 has %d bytes, quality 10 %d", fine, coarse)
	}
	if r := testpic.Reencode(m, 90); r.Rect != m.Rect || bytes.Equal(r.Pix, m.Pix) {
		t.Error("re-encoding kept every pixel, or not the size")
	}
}

func BenchmarkPhoto(b *testing.B) {
	for b.Loop() {
		testpic.Photo(1, 512, 512)
	}
}
