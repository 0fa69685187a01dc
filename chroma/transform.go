package chroma

import (
	"math"
	"math/cmplx"
)

// half is the length of the complex transform that does the work of a real one
// of twice its length.
const half = frameSize / 2

// roots holds the roots of unity of order frameSize, clockwise from 1.
var roots = func() *[frameSize]complex128 {
	r := new([frameSize]complex128)
	for i := range r {
		r[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/frameSize)
	}
	return r
}()

// hamming is the window, divided by the largest sample.
var hamming = func() *[frameSize]float64 {
	w := new([frameSize]float64)
	for i := range w {
		w[i] = (0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/(frameSize-1))) / math.MaxInt16
	}
	return w
}()

// The bins between which the notes lie: first included, last not.
var (
	firstBin = int(math.Round(frameSize * lowest / float64(Rate)))
	lastBin  = int(math.Round(frameSize * highest / float64(Rate)))
)

// noteOf is the note of every bin from firstBin to lastBin, counted from A.
var noteOf = func() *[frameSize / 2]uint8 {
	n := new([frameSize / 2]uint8)
	for i := firstBin; i < lastBin; i++ {
		octave := math.Log2(float64(i) * Rate / frameSize / (440.0 / 16))
		n[i] = uint8(notes * (octave - math.Floor(octave)))
	}
	return n
}()

// transform has the memory of one Fourier transform.
type transform struct{ a, b [half]complex128 }

// chroma returns the energy of each note in a frame of frameSize samples.
func (t *transform) chroma(frame []int16) (c [notes]float64) {
	t.begin((*[frameSize]int16)(frame))
	z := t.run()
	for i := firstBin; i < lastBin; i++ {
		// The real transform out of the complex one of even and odd samples.
		p, q := z[i], z[half-i]
		evenR, evenI := real(p)+real(q), imag(p)-imag(q)
		oddR, oddI := imag(p)+imag(q), real(q)-real(p)
		w := roots[i]
		x := evenR + oddR*real(w) - oddI*imag(w)
		y := evenI + oddR*imag(w) + oddI*real(w)
		c[noteOf[i]] += (x*x + y*y) / 4
	}
	return c
}

// begin puts the frame under the window, takes even and odd samples as real and
// imaginary parts and does the first pass of the transform.
func (t *transform) begin(frame *[frameSize]int16) {
	const m = half / 4
	at := func(i int) complex128 {
		return complex(float64(frame[2*i])*hamming[2*i], float64(frame[2*i+1])*hamming[2*i+1])
	}
	for p := range m {
		w1, w2, w3 := roots[2*p], roots[4*p], roots[6*p]
		out := (*[4]complex128)(t.a[4*p:])
		a, b, c, d := at(p), at(p+m), at(p+2*m), at(p+3*m)
		ac, bd, am, bm := a+c, b+d, a-c, b-d
		jb := complex(-imag(bm), real(bm))
		out[0], out[1], out[2], out[3] = ac+bd, times(w1, am-jb), times(w2, ac-bd), times(w3, am+jb)
	}
}

// run does the passes after the first and returns the array that holds the
// result. It is the Stockham form, which needs no reordering: five passes of
// radix 4 and one of radix 2.
func (t *transform) run() *[half]complex128 {
	x, y := &t.a, &t.b
	n, s := half/4, 4
	for ; n > 2; n, s = n/4, s*4 {
		m := n / 4
		for p := range m {
			step := p * (frameSize / n)
			w1, w2, w3 := roots[step], roots[2*step], roots[3*step]
			in0, in1, in2, in3 := x[s*p:][:s], x[s*(p+m):][:s], x[s*(p+2*m):][:s], x[s*(p+3*m):][:s]
			o := 4 * s * p
			out0, out1, out2, out3 := y[o:][:s], y[o+s:][:s], y[o+2*s:][:s], y[o+3*s:][:s]
			for q := range in0 {
				a, b, c, d := in0[q], in1[q], in2[q], in3[q]
				ac, bd, am, bm := a+c, b+d, a-c, b-d
				jb := complex(-imag(bm), real(bm))
				out0[q], out1[q], out2[q], out3[q] = ac+bd, times(w1, am-jb), times(w2, ac-bd), times(w3, am+jb)
			}
		}
		x, y = y, x
	}
	for q := range s {
		y[q], y[q+s] = x[q]+x[q+s], x[q]-x[q+s]
	}
	return y
}

// times multiplies without the checks for infinities that the language asks of
// its own multiplication.
func times(a, b complex128) complex128 {
	return complex(real(a)*real(b)-imag(a)*imag(b), real(a)*imag(b)+imag(a)*real(b))
}
