package jpeg

import (
	"math"

	"github.com/jaga-project/jaga/pdq"
)

// projection is what one block along an axis adds to the outputs it touches:
// output first+i gets Σ over frequencies f of weights[i][f] * coefficient.
type projection struct {
	first   int
	weights [][8]float32
}

// project composes the triangle weights of an axis with the cosines of the
// inverse transform (T.81, A.3.3), block by block.
func project(n int) []projection {
	var cosine [8][8]float64 // by frequency and sample
	for f := range 8 {
		scale := 0.5
		if f == 0 {
			scale = 0.5 / math.Sqrt2
		}
		for x := range 8 {
			cosine[f][x] = scale * math.Cos(float64((2*x+1)*f)*math.Pi/16)
		}
	}
	out := make([]projection, ceilDiv(n, 8))
	m := pdq.Triangle(n)
	for i := range m.Rows {
		r := &m.Rows[i]
		last := r.First + len(r.Weights) - 1
		for b := r.First / 8; b <= last/8; b++ {
			var w [8]float32
			for f := range 8 {
				sum := 0.0
				for x := max(8*b, r.First); x <= min(8*b+7, last); x++ {
					sum += r.Weights[x-r.First] * cosine[f][x-8*b]
				}
				w[f] = float32(sum)
			}
			p := &out[b]
			if len(p.weights) == 0 {
				p.first = i
			}
			p.weights = append(p.weights, w)
		}
	}
	return out
}

// column is the projection of one block across, for at most two outputs.
type column struct {
	first   int
	weights [16]float32 // of output first, then of the next
}

func columns(n int) []column {
	blocks := project(n)
	out := make([]column, len(blocks))
	for b, p := range blocks {
		c := &out[b]
		c.first = p.first
		for i, w := range p.weights {
			copy(c.weights[8*i:], w[:])
		}
	}
	return out
}

// projector gathers the projections of luma blocks in a buffer.
type projector struct {
	columns []column
	rows    []projection
	out     pdq.Buffer
	wild    bool // see wildDC and wildEnergy
}

// A decoder clamps samples to 0..255, the projection does not. In a picture
// that an encoder made of samples this matters little. But a file can be made
// in which it matters much: white made ten times as white shows the same, and
// would give another hash here. So the brightness of a block is limited to what
// samples can have, and what no samples lead to, even after coarse
// quantisation, is not screened at all:
//
//   - a constant term of twice what samples can have (decoders, computing in 16
//     bits, may wrap around further out);
//   - other terms whose squares sum to twice what 64 samples of ±128 can have
//     (the transform keeps the sum of squares).
const (
	minDC, maxDC = -8 * 128, 8 * 127
	wildDC       = 2 * 8 * 128
	wildEnergy   = 2 * 64 * 128 * 128
)

// brightness limits a constant term.
func (p *projector) brightness(dc float32) float32 {
	if dc >= minDC && dc <= maxDC {
		return dc
	}
	p.wild = p.wild || dc < -wildDC || dc > wildDC
	return min(max(dc, minDC), maxDC)
}

// contrast looks at the sum of squares of the other terms.
func (p *projector) contrast(energy float32) { p.wild = p.wild || energy > wildEnergy }

func newProjector(f *frame) projector {
	return projector{columns: columns(f.width), rows: project(f.height)}
}

// lineSums are the blocks of one block row, projected across: for each output
// column eight vertical frequencies; one column more than there are, as every
// block adds to two.
type lineSums [65 * 8]float32

// addRow projects the sums of block row y down; rows that are padding only add
// nothing.
func (p *projector) addRow(sums *lineSums, y int) {
	if y >= len(p.rows) {
		return
	}
	for i, w := range p.rows[y].weights {
		out := p.out[64*(p.rows[y].first+i):][:64]
		for j := range out {
			r := sums[8*j : 8*j+8 : 8*j+8]
			out[j] += float32(r[0]*w[0]) + float32(r[1]*w[1]) + float32(r[2]*w[2]) + float32(r[3]*w[3]) +
				float32(r[4]*w[4]) + float32(r[5]*w[5]) + float32(r[6]*w[6]) + float32(r[7]*w[7])
		}
	}
}

// finish adds the offset of samples, limits the buffer to what samples can be
// and returns it.
func (p *projector) finish() (*pdq.Buffer, error) {
	if p.wild {
		return nil, fail(ErrUnsupported, "screening a picture with luma far out of range")
	}
	for i := range p.out {
		p.out[i] = min(max(p.out[i]+128, 0), 255)
	}
	return &p.out, nil
}
