package testpic

import "math"

// field is one number for every pixel of a picture.
type field struct {
	w, h int
	v    []float32
}

// lattice returns the value in [-1, 1) of a lattice point.
func lattice(seed uint64, x, y int) float32 {
	h := mix(seed + uint64(x)*golden + mix(uint64(y)))
	return float32(int32(h>>32)) / (1 << 31)
}

// steps holds, for every pixel along an axis, the lattice cell it lies in and
// how far it is through it, smoothed so that no lattice lines are seen.
type steps struct {
	cell []int
	part []float32
}

func stepsOf(n int, size float64) (s steps, cells int) {
	s = steps{make([]int, n), make([]float32, n)}
	for i := range n {
		at := (float64(i) + 0.5) / size
		c := math.Floor(at)
		t := at - c
		s.cell[i], s.part[i] = int(c), float32(t*t*(3-2*t))
		cells = int(c) + 1
	}
	return s, cells
}

// octaves adds value noise: cells of 1/first of the short side, then cells of
// half that and so on, count times, each weighing fall times the one before.
// A fall of 0.5 is the 1/f amplitude spectrum of natural scenes (Field,
// "Relations between the statistics of natural images and the response
// properties of cortical cells", 1987). Octaves finer than two pixels are left
// out: they would be grain, and different at every size.
func octaves(seed uint64, w, h int, first float64, count int, fall float64) field {
	f := field{w, h, make([]float32, w*h)}
	size, weight := float64(min(w, h))/first, 1.0
	for o := range count {
		if o > 0 && size < 2 {
			break
		}
		addOctave(f, mix(seed+uint64(o)), size, float32(weight))
		size /= 2
		weight *= fall
	}
	return f
}

func addOctave(f field, seed uint64, size float64, weight float32) {
	xs, cells := stepsOf(f.w, size)
	ys, _ := stepsOf(f.h, size)
	line := make([]float32, cells+1)
	for y := range f.h {
		cy, ty := ys.cell[y], ys.part[y]
		for i := range line {
			a, b := lattice(seed, i, cy), lattice(seed, i, cy+1)
			line[i] = weight * (a + (b-a)*ty)
		}
		row := f.v[y*f.w:][:f.w]
		cell, part := xs.cell[:len(row)], xs.part[:len(row)]
		for x := range row {
			a := line[cell[x]]
			row[x] += a + (line[cell[x]+1]-a)*part[x]
		}
	}
}

// ridge returns one line of noise, for skylines.
func ridge(seed uint64, n int, size float64) []float32 {
	f := field{n, 1, make([]float32, n)}
	for o := range uint64(5) {
		addOctave(f, mix(seed+o), size/float64(uint64(1)<<o), 1/float32(uint64(1)<<o))
	}
	return f.v
}
