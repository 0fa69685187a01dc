package testpic

import (
	"image"
	"math"
)

// Photo draws a scene that is to a hash what a photograph is: light over a
// background, skylines or a table edge, things with sharp and soft edges,
// shadows, and texture with the 1/f spectrum of natural scenes, in w x h
// pixels. Every seed is another scene, and a seed is the same scene at every
// size. PDQ rates the pictures 80 or better from 128 pixels a side, and the
// hashes of different seeds are as far apart as chance puts them.
func Photo(seed uint64, w, h int) *image.RGBA {
	c := newCanvas(w, h)
	r := newRNG(seed, 1)
	fine := octaves(mix(seed^0x66696e65), w, h, 3, 7, 0.62)
	soft := octaves(mix(seed^0x736f6674), w, h, 1.7, 3, 0.6)
	paintBackground(c, r, soft)
	switch r.below(3) {
	case 0:
		paintHills(c, r, seed, fine)
	case 1:
		paintTable(c, r, fine)
	}
	paintThings(c, r, fine)
	paintLights(c, r)
	finish(c, r, fine, soft)
	return c.image()
}

// muted returns a colour as surfaces have it.
func muted(r *rng) rgb { return hsv(r.unit(), r.between(0.1, 0.65), r.between(0.15, 0.95)) }

// paintBackground runs from one colour to another across the picture, with
// clouds of a third. The direction is any: a sky may be the dark half.
func paintBackground(c *canvas, r *rng, soft field) {
	from, to, cloud := muted(r), muted(r), muted(r)
	sin, cos := math.Sincos(r.between(0, 2*math.Pi))
	dense := float32(r.between(0.2, 0.6))
	for y := range c.h {
		row, noise := c.row(y), soft.v[y*c.w:]
		v := (float64(y)/float64(c.h) - 0.5) * sin
		for x := range row {
			u := (float64(x)/float64(c.w) - 0.5) * cos
			t := float32(max(0, min(1, u+v+0.5)))
			row[x] = from.mix(to, t).mix(cloud, max(0, min(1, dense*(0.6+noise[x]))))
		}
	}
}

// paintHills stacks skylines, the nearest last.
func paintHills(c *canvas, r *rng, seed uint64, fine field) {
	n := 2 + r.below(3)
	top := r.between(0.25, 0.55)
	haze := muted(r)
	for k := range n {
		line := ridge(mix(seed)+uint64(k)*64, c.w, c.unit*r.between(0.25, 0.7))
		base := top + (1-top)*float64(k)/float64(n)
		rise := r.between(0.04, 0.16) * float64(c.h)
		near := float32(k+1) / float32(n)
		ground := haze.mix(muted(r), 0.35+0.65*near)
		rough := float32(r.between(10, 40)) * near
		for x := range c.w {
			edge := base*float64(c.h) - rise*float64(line[x])
			for y := max(0, int(edge)); y < c.h; y++ {
				i := y*c.w + x
				deep := 1 - 0.35*float32((float64(y)-edge)/float64(c.h))
				light := rough * fine.v[i]
				col := rgb{ground[0]*deep + light, ground[1]*deep + light, ground[2]*deep + light}
				c.pix[i] = c.pix[i].mix(col, float32(max(0, min(1, float64(y)+1-edge))))
			}
		}
	}
}

// paintTable lays a plane with a straight edge through the picture.
func paintTable(c *canvas, r *rng, fine field) {
	col := muted(r)
	rough := float32(r.between(8, 30))
	angle := r.between(-0.35, 0.35)
	if r.below(3) == 0 {
		angle += math.Pi / 2
	}
	sin, cos := math.Sincos(angle)
	s := shape{
		x: r.between(0.2, 0.8) * float64(c.w), y: float64(c.h) * r.between(0.9, 1.2),
		rx: 4 * c.unit, ry: r.between(0.3, 0.5) * float64(c.h), sin: sin, cos: cos, edge: 1, inside: box,
	}
	c.fill(s, func(i int, _, v float32, _ rgb) rgb {
		light := rough*fine.v[i] - 30*v
		return rgb{col[0] + light, col[1] + light, col[2] + light}
	})
}

// paintThings puts things in: round ones, boxes and roofs, some sharp, some
// out of focus, shaded from one side, a few of them striped.
func paintThings(c *canvas, r *rng, fine field) {
	forms := [...]func(u, v, rx, ry float64) float64{ellipse, box, triangle}
	for range 5 + r.below(7) {
		sin, cos := math.Sincos(r.between(-math.Pi, math.Pi))
		size := c.unit * r.between(0.05, 0.26)
		s := shape{
			x: r.unit() * float64(c.w), y: r.unit() * float64(c.h),
			rx: size, ry: size * r.between(0.35, 1), sin: sin, cos: cos,
			edge: max(1, c.unit*max(0, r.between(-0.03, 0.03))), inside: forms[r.below(len(forms))],
		}
		col, other := muted(r), muted(r)
		shade, rough := float32(r.sign()*r.between(15, 60)), float32(r.between(5, 30))
		stripes := float32(0)
		if r.below(4) == 0 {
			stripes = float32(r.between(2, 7))
		}
		c.fill(s, func(i int, u, v float32, _ rgb) rgb {
			base := col
			if stripes > 0 && int(math.Floor(float64(v*stripes)))&1 == 0 {
				base = other
			}
			light := shade*u + rough*fine.v[i]
			return rgb{base[0] + light, base[1] + light, base[2] + light}
		})
	}
}

// paintLights lays pools of light and shadow over everything.
func paintLights(c *canvas, r *rng) {
	for range 2 + r.below(4) {
		size := c.unit * r.between(0.15, 0.5)
		s := shape{
			x: r.unit() * float64(c.w), y: r.unit() * float64(c.h),
			rx: size, ry: size * r.between(0.5, 1), cos: 1, edge: 1, inside: ellipse,
		}
		gain := float32(r.sign() * r.between(0.2, 0.6))
		c.fill(s, func(_ int, u, v float32, old rgb) rgb {
			fall := 1 - u*u - v*v
			k := 1 + gain*fall*fall
			return rgb{old[0] * k, old[1] * k, old[2] * k}
		})
	}
}

// finish adds what no surface is without: uneven light, texture and the
// sensor's grain.
func finish(c *canvas, r *rng, fine, soft field) {
	uneven, rough := float32(r.between(18, 34)), float32(r.between(17, 26))
	seed := r.next()
	for i := range c.pix {
		grain := float32(int8(mix(seed+uint64(i))>>56)) * (3.0 / 128)
		light := uneven*soft.v[i] + rough*fine.v[i] + grain
		p := &c.pix[i]
		p[0] += light
		p[1] += light
		p[2] += light
	}
}
