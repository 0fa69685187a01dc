package testpic

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Flat returns w x h pixels of one colour. PDQ rates it 0: there is nothing to
// tell it from any other flat picture by.
func Flat(w, h int, c color.Color) *image.RGBA {
	mustFit(w, h)
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(opaque(c)), image.Point{}, draw.Src)
	return m
}

func opaque(c color.Color) color.RGBA {
	v := color.NRGBAModel.Convert(c).(color.NRGBA)
	return color.RGBA{v.R, v.G, v.B, 255}
}

// Card draws a test card: colour bars, a grey ramp, a grid, circles, corner
// marks and lines of marks that look like writing, arranged by the seed.
func Card(seed uint64, w, h int) *image.RGBA {
	c := newCanvas(w, h)
	r := newRNG(seed, 2)
	paper := hsv(r.unit(), 0.12, r.between(0.35, 0.75))
	for i := range c.pix {
		c.pix[i] = paper
	}
	cardGrid(c, paper.mix(rgb{255, 255, 255}, 0.7), 6+r.below(7))
	top := r.between(0.08, 0.3)
	cardBars(c, r, top, top+r.between(0.12, 0.28))
	low := r.between(0.62, 0.8)
	cardRamp(c, low, low+r.between(0.06, 0.16), r.below(2) == 0)
	cardCircles(c, r)
	cardMarks(c, r)
	cardCorners(c)
	return c.image()
}

// rect fills a rectangle given in parts of the picture.
func (c *canvas) rect(x0, y0, x1, y1 float64, col rgb) {
	fw, fh := float64(c.w), float64(c.h)
	s := shape{
		x: (x0 + x1) / 2 * fw, y: (y0 + y1) / 2 * fh,
		rx: (x1 - x0) / 2 * fw, ry: (y1 - y0) / 2 * fh, cos: 1, edge: 1, inside: box,
	}
	c.fill(s, func(int, float32, float32, rgb) rgb { return col })
}

func cardGrid(c *canvas, col rgb, n int) {
	step := 1 / float64(n)
	for k := range n {
		at := (float64(k) + 0.5) * step
		c.rect(at-0.003, 0, at+0.003, 1, col)
		c.rect(0, at-0.003, 1, at+0.003, col)
	}
}

func cardBars(c *canvas, r *rng, y0, y1 float64) {
	n := 5 + r.below(5)
	for k := range n {
		x0, x1 := 0.06+0.88*float64(k)/float64(n), 0.06+0.88*float64(k+1)/float64(n)
		c.rect(x0, y0, x1, y1, hsv(r.unit(), r.between(0.4, 0.9), r.between(0.2, 1)))
	}
}

func cardRamp(c *canvas, y0, y1 float64, rising bool) {
	const n = 11
	for k := range n {
		v := float32(k) * 255 / (n - 1)
		if !rising {
			v = 255 - v
		}
		c.rect(0.1+0.8*float64(k)/n, y0, 0.1+0.8*float64(k+1)/n, y1, rgb{v, v, v})
	}
}

func cardCircles(c *canvas, r *rng) {
	for range 2 + r.below(3) {
		size := c.unit * r.between(0.1, 0.3)
		s := shape{
			x: r.between(0.2, 0.8) * float64(c.w), y: r.between(0.2, 0.8) * float64(c.h),
			rx: size, ry: size, cos: 1, edge: 1, inside: ellipse,
		}
		col, rings := hsv(r.unit(), r.between(0.2, 0.8), r.between(0.1, 1)), float32(2+r.below(3))
		c.fill(s, func(_ int, u, v float32, old rgb) rgb {
			if int(float64(rings)*2*min(0.999, math.Hypot(float64(u), float64(v))))&1 == 1 {
				return old
			}
			return col
		})
	}
}

// cardMarks writes lines of short bars, as words look from afar.
func cardMarks(c *canvas, r *rng) {
	ink := rgb{20, 24, 32}
	y := r.between(0.4, 0.55)
	left := r.between(0.1, 0.4)
	for range 2 + r.below(3) {
		for x := left; x < 0.9; {
			word := r.between(0.02, 0.09)
			c.rect(x, y, min(0.92, x+word), y+0.018, ink)
			x += word + 0.015
		}
		y += 0.04
	}
}

// cardCorners frames the corners, all four different, so that a turned or
// mirrored card is seen to be one.
func cardCorners(c *canvas) {
	white, black := rgb{250, 250, 250}, rgb{10, 10, 10}
	for k, col := range []rgb{white, black, white, black} {
		x, y := float64(k%2), float64(k/2)
		size := 0.03 + 0.015*float64(k)
		c.rect(x*(1-size), y*(1-size), x*(1-size)+size, y*(1-size)+size, col)
	}
}
