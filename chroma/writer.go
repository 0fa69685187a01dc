package chroma

import "math"

// Writer makes the fingerprint of sound that comes in pieces. The zero value is
// ready. It holds some 90 kB and the words, four bytes for every eighth of a
// second. It is not safe for concurrent use.
type Writer struct {
	pending []int16 // samples from the beginning of the next frame
	work    transform
	raw     [len(smooth)][notes]float64 // the last chroma vectors, a ring
	vectors int                         // chroma vectors so far
	image   [rows][notes]float64        // the last smoothed vectors of length 1 or 0, a ring
	lines   int                         // smoothed vectors so far
	words   []uint32
	margins []margins // kept for queries only
	weigh   bool
}

// Write adds samples: mono, [Rate] of them a second.
func (w *Writer) Write(samples []int16) {
	for len(samples) > 0 {
		if len(w.pending) == 0 && len(samples) >= frameSize {
			w.frame(samples[:frameSize])
			samples = samples[Hop:]
			continue
		}
		n := min(frameSize-len(w.pending), len(samples))
		w.pending = append(w.pending, samples[:n]...)
		samples = samples[n:]
		if len(w.pending) == frameSize {
			w.frame(w.pending)
			w.pending = w.pending[:copy(w.pending, w.pending[Hop:])]
		}
	}
}

// Words returns the fingerprint of what was written so far. It belongs to the
// writer and is valid until the next call of a method.
func (w *Writer) Words() []uint32 { return w.words }

// Take returns the fingerprint since the last Take and lets go of it, so that a
// sound without end needs no memory without end. The words go on as if nothing
// had happened.
func (w *Writer) Take() []uint32 {
	out := w.words
	w.words, w.margins = nil, nil
	return out
}

// Reset forgets everything that was written.
func (w *Writer) Reset() {
	w.pending, w.words, w.margins = w.pending[:0], w.words[:0], w.margins[:0]
	w.vectors, w.lines = 0, 0
}

// Fingerprint returns the words of the samples: mono, [Rate] of them a second.
// Fewer than [Span] have none.
func Fingerprint(samples []int16) []uint32 {
	var w Writer
	w.Write(samples)
	return w.words
}

func (w *Writer) frame(samples []int16) {
	w.raw[w.vectors%len(smooth)] = w.work.chroma(samples)
	w.vectors++
	if w.vectors >= len(smooth) {
		w.smoothed()
	}
}

// smoothed makes a line of the image out of the last chroma vectors.
func (w *Writer) smoothed() {
	line := &w.image[w.lines%rows]
	*line = [notes]float64{}
	for i, f := range smooth {
		v := &w.raw[(w.vectors+i)%len(smooth)]
		for n := range line {
			line[n] += v[n] * f
		}
	}
	normalise(line)
	w.lines++
	if w.lines >= rows {
		w.word()
	}
}

// normalise gives a vector the length 1, or 0 to one that is hardly there.
func normalise(v *[notes]float64) {
	var squares float64
	for _, x := range v {
		squares += x * x
	}
	length := math.Sqrt(squares)
	for i := range v {
		if length < quiet {
			v[i] = 0
		} else {
			v[i] /= length
		}
	}
}

// word asks the sixteen questions about the last vectors.
func (w *Writer) word() {
	var sums area
	for t := range rows {
		var row float64
		for n, x := range &w.image[(w.lines+t)%rows] {
			row += x
			sums[t+1][n+1] = sums[t][n+1] + row
		}
	}
	var bits uint32
	var m margins
	for i := range classifiers {
		c := &classifiers[i]
		v := c.value(&sums)
		answer := c.answer(v)
		bits = bits<<2 | gray[answer]
		if w.weigh {
			m[i] = c.margin(v, answer)
		}
	}
	w.words = append(w.words, bits)
	if w.weigh {
		w.margins = append(w.margins, m)
	}
}

// gray gives neighbouring answers words that differ in one bit.
var gray = [4]uint32{0, 1, 3, 2}

// area holds at [t][n] the sum over all vectors before t of all notes below n.
type area [rows + 1][notes + 1]float64

// sum is that of the rectangle from vector t0 to before t1 and from note n0 to
// before n1.
func (a *area) sum(t0, t1, n0, n1 int) float64 {
	return a[t1][n1] - a[t0][n1] - a[t1][n0] + a[t0][n0]
}

// value compares the two parts of the classifier's shape: the difference of the
// logarithms of one plus each.
func (c *classifier) value(s *area) float64 {
	n0, n1, t1 := c.note, c.note+c.height, c.width
	var a, b float64
	switch c.shape {
	case whole:
		a = s.sum(0, t1, n0, n1)
	case upper:
		mid := n0 + c.height/2
		a, b = s.sum(0, t1, mid, n1), s.sum(0, t1, n0, mid)
	case later:
		mid := t1 / 2
		a, b = s.sum(mid, t1, n0, n1), s.sum(0, mid, n0, n1)
	case crossed:
		t, n := t1/2, n0+c.height/2
		a = s.sum(0, t, n, n1) + s.sum(t, t1, n0, n)
		b = s.sum(0, t, n0, n) + s.sum(t, t1, n, n1)
	case midNotes:
		third := c.height / 3
		a = s.sum(0, t1, n0+third, n0+2*third)
		b = s.sum(0, t1, n0, n0+third) + s.sum(0, t1, n0+2*third, n1)
	case midMoment:
		third := t1 / 3
		a = s.sum(third, 2*third, n0, n1)
		b = s.sum(0, third, n0, n1) + s.sum(2*third, t1, n0, n1)
	}
	return math.Log(1+a) - math.Log(1+b)
}

// answer puts a value between the thresholds.
func (c *classifier) answer(v float64) int {
	switch {
	case v < c.t0:
		return 0
	case v < c.t1:
		return 1
	case v < c.t2:
		return 2
	}
	return 3
}

// A margin is how near a value came to another answer: the distance to the
// threshold in units of the middle answers' mean width, and the bit of the word
// that would have been different.
type margin struct {
	distance float32
	bit      uint8
}

type margins [len(classifiers)]margin

func (c *classifier) margin(v float64, answer int) margin {
	width := (c.t2 - c.t0) / 2
	at := [3]float64{c.t0, c.t1, c.t2}
	best, which := math.Inf(1), 0
	for _, k := range []int{answer - 1, answer} { // the thresholds on both sides
		if k >= 0 && k < len(at) {
			if d := math.Abs(v-at[k]) / width; d < best {
				best, which = d, k
			}
		}
	}
	// Crossing the threshold in the middle changes the upper of the two bits,
	// crossing another one the lower.
	bit := uint8(0)
	if which == 1 {
		bit = 1
	}
	return margin{float32(best), bit}
}
