package jpeg

import (
	"errors"
	"fmt"
	"image"
	"math"
	"testing"

	"github.com/jaga-project/jaga/pdq"
)

// reference computes the buffer of a picture from its samples.
func reference(img *Image) *pdq.Buffer {
	down, across := pdq.Triangle(img.Height), pdq.Triangle(img.Width)
	lines := make([]float64, img.Height*64)
	for y := range img.Height {
		row := img.Pix[y*img.Stride:]
		for j := range 64 {
			r := &across.Rows[j]
			for k, w := range r.Weights {
				x := img.Components * (r.First + k)
				v := float64(row[x])
				if img.Components == 3 {
					v = 0.299*v + 0.587*float64(row[x+1]) + 0.114*float64(row[x+2])
				}
				lines[64*y+j] += w * v
			}
		}
	}
	u := new(pdq.Buffer)
	for i := range 64 {
		r := &down.Rows[i]
		for j := range 64 {
			sum := 0.0
			for k, w := range r.Weights {
				sum += w * lines[64*(r.First+k)+j]
			}
			u[64*i+j] = float32(sum)
		}
	}
	return u
}

// TestScreenBuffer: without clamping (a picture of low contrast) the projected
// buffer is that of the decoded picture but for rounding: half a step each for
// luma and for the way to RGB and back.
func TestScreenBuffer(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	for i, args := range [][]string{
		{"-quality", "95"},
		{"-quality", "75", "-sample", "1x1"},
		{"-quality", "85", "-sample", "2x1", "-restart", "1"},
		{"-quality", "85", "-sample", "1x2", "-restart", "5B"},
		{"-quality", "100", "-grayscale"},
		{"-quality", "90", "-sample", "4x1", "-optimize"},
		{"-quality", "90", "-sample", "4x2"},
		{"-quality", "90", "-progressive"},
		{"-quality", "70", "-progressive", "-restart", "3B"},
		{"-quality", "95", "-progressive", "-grayscale"},
	} {
		t.Run(fmt.Sprint(args), func(t *testing.T) {
			t.Parallel()
			m := contrast(photo(uint64(i), 512+37*i, 64+211*i), 0.5, 0)
			data := encode(t, cjpeg, m, args...)
			img, err := Decode(data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := newParser(data)
			if err != nil {
				t.Fatal(err)
			}
			sc, err := p.nextScan()
			if err != nil {
				t.Fatal(err)
			}
			u, err := p.luma(sc)
			if err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for k, v := range reference(img) {
				worst = max(worst, math.Abs(float64(v-u[k])))
			}
			if worst > 1 {
				t.Errorf("the buffers differ by up to %.3f", worst)
			}
		})
	}
}

// contrast stretches a picture about middle grey and shifts it.
func contrast(m *image.RGBA, factor, shift float64) *image.RGBA {
	out := *m
	out.Pix = make([]byte, len(m.Pix))
	for i, v := range m.Pix {
		out.Pix[i] = uint8(min(max((float64(v)-128)*factor+128+shift, 0), 255))
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return &out
}

// mirrored makes the right half the mirror image of the left.
func mirrored(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		for x := range w / 2 {
			copy(m.Pix[m.PixOffset(w-1-x, y):][:4], m.Pix[m.PixOffset(x, y):])
		}
	}
	return m
}

// TestScreenMargin: the promise of ScreenMargin, over pictures that are as they
// come, and made hard: clamped at both ends, flat, mirrored, noise.
func TestScreenMargin(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	kinds := []struct {
		name string
		make func(seed uint64, w, h int) *image.RGBA
		// most, if not 0, is how many of the files may be refused, in percent:
		// refusing everything would keep the promise, too.
		most int
	}{
		{"plain", photo, 15},
		{"hard light", func(s uint64, w, h int) *image.RGBA { return contrast(photo(s, w, h), 2.5, 60) }, 30},
		{"posterised", func(s uint64, w, h int) *image.RGBA { return contrast(photo(s, w, h), 6, -60) }, 0},
		{"faint", func(s uint64, w, h int) *image.RGBA { return contrast(photo(s, w, h), 0.3, -110) }, 0},
		{"mirrored", func(s uint64, w, h int) *image.RGBA { return mirrored(photo(s, w, h)) }, 0},
		{"noise", harsh, 0},
	}
	for k, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			histogram, files, refused := map[int]int{}, 0, 0
			for i := range 8 {
				m := kind.make(uint64(100*k+i), 512+57*i, 600-31*i)
				for j, quality := range []int{12, 40, 75, 92} {
					sampling := []string{"2x2", "1x1", "2x1"}[(i+j)%3]
					args := []string{"-quality", fmt.Sprint(quality), "-sample", sampling}
					if j == 1 {
						args = append(args, "-progressive")
					}
					data := encode(t, cjpeg, m, args...)
					files++
					d, ok := screenDistance(t, data)
					if !ok {
						refused++
						continue
					}
					histogram[d]++
					if d > ScreenMargin {
						t.Errorf("picture %d, quality %d, %s: %d bits", i, quality, sampling, d)
					}
				}
			}
			t.Logf("distances %v; %d of %d refused", histogram, refused, files)
			if kind.most > 0 && 100*refused > kind.most*files {
				t.Errorf("%d of %d files refused", refused, files)
			}
		})
	}
}

// screenDistance is the largest distance between screening and full hashes of
// all eight turns; ok is false if the file was refused.
func screenDistance(t *testing.T, data []byte) (int, bool) {
	t.Helper()
	img, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	full, turns, err := pdq.SumAll(img.Pixels())
	if err != nil {
		t.Fatal(err)
	}
	r, u, err := Screen(data)
	if errors.Is(err, ErrUnsupported) {
		return 0, false
	}
	if err != nil {
		t.Fatal(err)
	}
	if u == nil || pdq.FromBuffer(u) != r {
		t.Error("the buffer is not the one of the hash")
	}
	if full.Quality < pdq.MinQuality {
		t.Errorf("screened at quality %d, decoded %d: the hash would be dropped", r.Quality, full.Quality)
	}
	worst := r.Hash.Distance(full.Hash)
	all, screened, err := ScreenAll(data)
	if errors.Is(err, ErrUnsupported) {
		return worst, true
	}
	if err != nil || all != r {
		t.Errorf("ScreenAll: %v, %v, want %v", all, err, r)
	}
	for i := range turns {
		worst = max(worst, turns[i].Distance(screened[i]))
	}
	return worst, true
}
