package testpic

import (
	"image"
	"math"
)

// Resize scales to w x h pixels: along an axis that shrinks every new pixel is
// the mean of the area it covers, along one that grows it is interpolated.
func Resize(m *image.RGBA, w, h int) *image.RGBA {
	mustFit(w, h)
	sw, sh := m.Rect.Dx(), m.Rect.Dy()
	rows := make([]float32, sh*w*4)
	across := tapsOf(sw, w)
	for y := range sh {
		src, dst := m.Pix[y*m.Stride:], rows[y*w*4:]
		for x, t := range across {
			var sum [4]float32
			for k, weight := range t.weight {
				p := src[4*(t.first+k):][:4]
				for i := range sum {
					sum[i] += weight * float32(p[i])
				}
			}
			copy(dst[4*x:], sum[:])
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := make([]float32, w*4)
	for y, t := range tapsOf(sh, h) {
		clear(line)
		for k, weight := range t.weight {
			src := rows[(t.first+k)*w*4:][:len(line)]
			for i, v := range src {
				line[i] += weight * v
			}
		}
		dst := out.Pix[y*out.Stride:]
		for i, v := range line {
			dst[i] = clip(v)
		}
	}
	return out
}

// Scale resizes both sides by a factor above 0, to at least one pixel.
func Scale(m *image.RGBA, factor float64) *image.RGBA {
	side := func(n int) int { return max(1, int(math.Round(factor*float64(n)))) }
	return Resize(m, side(m.Rect.Dx()), side(m.Rect.Dy()))
}

// taps are the old pixels, from first on, that make a new one.
type taps struct {
	first  int
	weight []float32
}

func tapsOf(from, to int) []taps {
	out := make([]taps, to)
	ratio := float64(from) / float64(to)
	for i := range out {
		if ratio > 1 {
			out[i] = areaTaps(float64(i)*ratio, float64(i+1)*ratio, from)
			continue
		}
		at := max(0, min(float64(from-1), (float64(i)+0.5)*ratio-0.5))
		first := min(int(at), max(0, from-2))
		t := float32(at - float64(first))
		out[i] = taps{first, []float32{1 - t, t}[:min(2, from)]}
	}
	return out
}

func areaTaps(lo, hi float64, n int) taps {
	first, last := int(lo), min(n, int(math.Ceil(hi-1e-9)))
	t := taps{first, make([]float32, last-first)}
	for k := range t.weight {
		at := float64(first + k)
		t.weight[k] = float32((min(hi, at+1) - max(lo, at)) / (hi - lo))
	}
	return t
}
