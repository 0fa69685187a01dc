package testpic

import (
	"image"
	"math"
)

// each builds the picture whose colour channels are f of the old ones, looked
// up in a table.
func each(m *image.RGBA, f func(v float64) float64) *image.RGBA {
	var table [256]uint8
	for i := range table {
		table[i] = clip(float32(f(float64(i))))
	}
	return eachPixel(m, func(_, _ int, p []uint8) {
		p[0], p[1], p[2] = table[p[0]], table[p[1]], table[p[2]]
	})
}

// eachPixel copies a picture and lets f change every pixel's four bytes.
func eachPixel(m *image.RGBA, f func(x, y int, p []uint8)) *image.RGBA {
	out := clone(m)
	w := out.Rect.Dx()
	for i := 0; i < len(out.Pix); i += 4 {
		f(i/4%w, i/4/w, out.Pix[i:i+4:i+4])
	}
	return out
}

func clone(m *image.RGBA) *image.RGBA { return Crop(m, 0, 0, 0, 0) }

// Contrast stretches the channels about their middle by a factor; below 1 it
// flattens them. What leaves 0..255 is clipped, as editors do.
func Contrast(m *image.RGBA, factor float64) *image.RGBA {
	return each(m, func(v float64) float64 { return 127.5 + factor*(v-127.5) })
}

// Brightness adds steps to every channel, -255 to 255, and clips.
func Brightness(m *image.RGBA, steps float64) *image.RGBA {
	return each(m, func(v float64) float64 { return v + steps })
}

// Gamma raises the channels, as parts of 255, to a power: below 1 lightens the
// shadows, above 1 darkens them.
func Gamma(m *image.RGBA, power float64) *image.RGBA {
	return each(m, func(v float64) float64 { return 255 * math.Pow(v/255, power) })
}

// Grey takes the colour out (luma of ITU-R BT.601).
func Grey(m *image.RGBA) *image.RGBA {
	return eachPixel(m, func(_, _ int, p []uint8) {
		v := clip(0.299*float32(p[0]) + 0.587*float32(p[1]) + 0.114*float32(p[2]))
		p[0], p[1], p[2] = v, v, v
	})
}

// Noise adds normal noise of the given standard deviation, in steps of a
// channel, to each channel on its own. The same seed gives the same noise.
func Noise(m *image.RGBA, seed uint64, deviation float64) *image.RGBA {
	r := newRNG(seed, 3)
	// A table of normal numbers, drawn once: one a channel and pixel would cost
	// more than the rest of the picture.
	var table [4096]float32
	for i := range table {
		table[i] = float32(deviation * r.normal())
	}
	return eachPixel(m, func(_, _ int, p []uint8) {
		bits := r.next()
		for i := range 3 {
			p[i] = clip(float32(p[i]) + table[bits>>(12*i)&4095])
		}
	})
}

// Blur smooths with three boxes in a row, which is a normal curve of the given
// standard deviation in pixels to within a few per cent (Wells, "Efficient
// synthesis of Gaussian filters by cascaded uniform filters", 1986). Below
// 0.87 the nearest boxes are single pixels and the copy is unchanged.
func Blur(m *image.RGBA, deviation float64) *image.RGBA {
	// Three boxes of width 2r+1 have the variance 3 ((2r+1)² - 1) / 12.
	radius := int(math.Round((math.Sqrt(4*deviation*deviation+1) - 1) / 2))
	out := clone(m)
	if radius < 1 {
		return out
	}
	w, h := out.Rect.Dx(), out.Rect.Dy()
	for range 3 {
		for y := range h {
			boxLine(out.Pix[y*out.Stride:], w, 4, radius)
		}
		for x := range w {
			boxLine(out.Pix[4*x:], h, out.Stride, radius)
		}
	}
	return out
}

// boxLine replaces n pixels, step bytes apart, by their means with the radius
// pixels before and after; beyond the ends the end pixel repeats.
func boxLine(pix []uint8, n, step, radius int) {
	size := 2*radius + 1
	old := make([]uint8, n+2*radius)
	for c := range 3 {
		for i := range old {
			old[i] = pix[max(0, min(n-1, i-radius))*step+c]
		}
		sum := size / 2 // rounds to nearest
		for _, v := range old[:size] {
			sum += int(v)
		}
		for i := range n {
			pix[i*step+c] = uint8(sum / size)
			if i+size < len(old) {
				sum += int(old[i+size]) - int(old[i])
			}
		}
	}
}
