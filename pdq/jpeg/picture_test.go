package jpeg

import (
	"image"
	"math"
	"math/rand/v2"
)

// photo is a generated picture with the statistics of a photograph: a sky-like
// gradient, noise whose power falls with frequency, soft coloured shapes and a
// few hard edges.
func photo(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	acc := make([]float64, 3*w*h)
	top, bottom := randomColour(r), randomColour(r)
	for y := range h {
		t := float64(y) / float64(h)
		for x := range w {
			for c := range 3 {
				acc[3*(y*w+x)+c] = top[c]*(1-t) + bottom[c]*t
			}
		}
	}
	for cells, amp := 2, 80.0; cells <= max(w, h); cells, amp = cells*2, amp*0.75 {
		addNoise(r, acc, w, h, cells, amp)
	}
	for range 12 {
		addShape(r, acc, w, h)
	}
	for i := range w * h {
		for c := range 3 {
			m.Pix[4*i+c] = uint8(min(max(acc[3*i+c], 0), 255))
		}
		m.Pix[4*i+3] = 255
	}
	return m
}

func randomColour(r *rand.Rand) [3]float64 {
	return [3]float64{r.Float64() * 255, r.Float64() * 255, r.Float64() * 255}
}

// addNoise adds smooth noise: random values on a lattice with cells along the
// longer side, interpolated; mostly grey, a little coloured.
func addNoise(r *rand.Rand, acc []float64, w, h, cells int, amp float64) {
	step := float64(max(w, h)) / float64(cells)
	nx, ny := int(float64(w)/step)+2, int(float64(h)/step)+2
	lattice := make([][3]float64, nx*ny)
	for i := range lattice {
		g := r.NormFloat64()
		for c := range 3 {
			lattice[i][c] = amp * (0.8*g + 0.3*r.NormFloat64())
		}
	}
	for y := range h {
		fy := float64(y) / step
		iy := int(fy)
		ty := fy - float64(iy)
		for x := range w {
			fx := float64(x) / step
			ix := int(fx)
			tx := fx - float64(ix)
			a, b := &lattice[iy*nx+ix], &lattice[iy*nx+ix+1]
			d, e := &lattice[(iy+1)*nx+ix], &lattice[(iy+1)*nx+ix+1]
			for c := range 3 {
				v := (a[c]*(1-tx)+b[c]*tx)*(1-ty) + (d[c]*(1-tx)+e[c]*tx)*ty
				acc[3*(y*w+x)+c] += v
			}
		}
	}
}

func addShape(r *rand.Rand, acc []float64, w, h int) {
	cx, cy := r.Float64()*float64(w), r.Float64()*float64(h)
	size := (0.03 + 0.2*r.Float64()) * float64(max(w, h))
	soft := 1 + r.Float64()*size/3
	aspect := 0.4 + 1.2*r.Float64()
	col := randomColour(r)
	round := r.IntN(2) == 0
	x0, x1 := max(0, int(cx-2*size-soft)), min(w, int(cx+2*size+soft))
	y0, y1 := max(0, int(cy-2*size-soft)), min(h, int(cy+2*size+soft))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			dx, dy := (float64(x)-cx)*aspect, float64(y)-cy
			d := math.Hypot(dx, dy)
			if !round {
				d = max(math.Abs(dx), math.Abs(dy))
			}
			a := min(max((size-d)/soft+0.5, 0), 1)
			for c := range 3 {
				p := &acc[3*(y*w+x)+c]
				*p += a * (0.7*col[c] + 0.3**p - *p)
			}
		}
	}
}

// harsh is a picture that drives decoders to their limits: saturated random
// colours, hard edges, noise.
func harsh(seed uint64, w, h int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			at := m.PixOffset(x, y)
			for c := range 3 {
				v := uint8(r.Uint32())
				if (x/5+y/7+int(seed))%3 != 0 {
					v = uint8(255 * r.IntN(2))
				}
				m.Pix[at+c] = v
			}
			m.Pix[at+3] = 255
		}
	}
	return m
}
