package testpic

import (
	"fmt"
	"image"
	"math"
)

// rgb is a colour with channels of 0 to 255, not clipped.
type rgb [3]float32

// hsv returns the colour of a hue in turns and a saturation and value of 0 to 1.
func hsv(hue, sat, val float64) rgb {
	var c rgb
	for i := range c {
		k := math.Mod(float64(5-2*i)+6*(hue-math.Floor(hue)), 6)
		c[i] = float32(255 * (val - val*sat*max(0, min(k, 4-k, 1))))
	}
	return c
}

func (c rgb) mix(d rgb, t float32) rgb {
	for i := range c {
		c[i] += (d[i] - c[i]) * t
	}
	return c
}

// canvas is a picture while it is painted.
type canvas struct {
	w, h int
	unit float64 // pixels of the short side
	pix  []rgb
}

func newCanvas(w, h int) *canvas {
	mustFit(w, h)
	return &canvas{w, h, float64(min(w, h)), make([]rgb, w*h)}
}

func mustFit(w, h int) {
	if w < 1 || h < 1 {
		panic(fmt.Sprintf("testpic: a picture of %d x %d pixels", w, h))
	}
}

func (c *canvas) row(y int) []rgb { return c.pix[y*c.w:][:c.w] }

// image clips the channels to 0..255.
func (c *canvas) image() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
	for i, p := range c.pix {
		d := m.Pix[4*i : 4*i+4 : 4*i+4]
		d[0], d[1], d[2], d[3] = clip(p[0]), clip(p[1]), clip(p[2]), 255
	}
	return m
}

func clip(v float32) uint8 { return uint8(max(0, min(255, v+0.5))) }

// shape is the area where inside is positive. inside returns the distance to
// the edge, in pixels, from the shape's own centre and axes.
type shape struct {
	x, y   float64 // centre, pixels
	rx, ry float64 // half sides, pixels
	sin    float64 // of its turn
	cos    float64
	edge   float64 // pixels over which the edge fades, at least 1
	inside func(u, v, rx, ry float64) float64
}

func ellipse(u, v, rx, ry float64) float64 {
	k := math.Sqrt(u*u/(rx*rx) + v*v/(ry*ry))
	return (1 - k) * min(rx, ry)
}

func box(u, v, rx, ry float64) float64 { return min(rx-math.Abs(u), ry-math.Abs(v)) }

func triangle(u, v, rx, ry float64) float64 {
	side := (rx*(ry+v)/2/ry - math.Abs(u)) * ry * 2 / math.Hypot(rx, 2*ry)
	return min(side, ry-v)
}

// fill paints a shape; paint returns the colour at a pixel from the place in
// the shape, -1 to 1 along both of its axes, and from what is there.
func (c *canvas) fill(s shape, paint func(i int, u, v float32, old rgb) rgb) {
	reach := math.Hypot(s.rx, s.ry) + s.edge
	x0, x1 := max(0, int(s.x-reach)), min(c.w, int(s.x+reach)+2)
	y0, y1 := max(0, int(s.y-reach)), min(c.h, int(s.y+reach)+2)
	for y := y0; y < y1; y++ {
		dy := float64(y) + 0.5 - s.y
		for x := x0; x < x1; x++ {
			dx := float64(x) + 0.5 - s.x
			u, v := s.cos*dx+s.sin*dy, s.cos*dy-s.sin*dx
			cover := min(1, s.inside(u, v, s.rx, s.ry)/s.edge+0.5)
			if cover <= 0 {
				continue
			}
			i := y*c.w + x
			old := c.pix[i]
			c.pix[i] = old.mix(paint(i, float32(u/s.rx), float32(v/s.ry), old), float32(cover))
		}
	}
}
