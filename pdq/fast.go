package pdq

// The fast path computes the same linear map as the exact one, composed into
// one triangle per output and axis (see [Triangle]): each row of the picture
// is read about once, columns of bytes are summed with integer weights and no
// rounding, and the sums along the row are taken on 64 lines only.

// maxFastWindow bounds the window so that the sums of a column and the weighted
// bytes of a pair of rows fit their integers; with larger pictures, over 8,192
// pixels a side, the exact path does all the work.
const maxFastWindow = 64

// fast fills u and reports whether it could.
func fast(u *Buffer, p Pixels, lv level) bool {
	if p.Width == 64 && p.Height == 64 {
		return false // nothing to filter: the exact path only converts
	}
	if window(p.Width) > maxFastWindow || window(p.Height) > maxFastWindow {
		return false
	}
	var down, across plan
	newPlan(&down, p.Height)
	newPlan(&across, p.Width)
	if lv >= vector {
		fastVector(u, p, &down, &across, lv)
	} else {
		fastPortable(u, p, &down, &across)
	}
	return true
}

// fastScale is the weight of one unit of tap times tap.
func fastScale(down, across *plan) float64 {
	return 1 / float64(down.w*down.w*across.w*across.w)
}

// fastPortable sums bytes, takes the luma of the sums, and then sums along the
// row.
func fastPortable(u *Buffer, p Pixels, down, across *plan) {
	line := make([]float32, p.Width)
	sums := make([]uint32, p.Width*p.Format.Channels())
	scale := fastScale(down, across)
	weights := across.weights([]float64{scale})[:len(across.taps)]
	var one [1]part
	for i := range 64 {
		for k, part := range down.parts(i, &one) {
			columnSums(sums, p, part)
			lumaLine(line, sums, p.Format, part.scale, k > 0)
		}
		dst := (*[64]float32)(u[64*i:])
		for j, first := range across.first {
			if across.odd[j] == nil {
				dst[j] = dot(line[first:first+len(weights)], weights)
			}
		}
		for j, parts := range across.odd {
			if parts != nil {
				dst[j] = borderDot(line, parts, scale)
			}
		}
	}
}

func dot(x, weights []float32) float32 {
	x = x[:len(weights)]
	var a, b float32 // two sums do not wait for each other
	k := 0
	for ; k+1 < len(weights); k += 2 {
		a += weights[k] * x[k]
		b += weights[k+1] * x[k+1]
	}
	if k < len(weights) {
		a += weights[k] * x[k]
	}
	return a + b
}

func borderDot(line []float32, parts []part, scale float64) float32 {
	var sum float64
	for _, p := range parts {
		for k, t := range p.taps {
			sum += float64(t) * float64(line[p.first+k]) * float64(p.scale)
		}
	}
	return float32(sum * scale)
}

// lumaLine sets, or with add increases, line to the luma of sums, times scale.
func lumaLine(line []float32, sums []uint32, f Format, scale float32, add bool) {
	if !add {
		clear(line)
	}
	if f == Gray {
		for x := range line {
			line[x] += float32(sums[x]) * scale
		}
		return
	}
	n := f.Channels()
	r, g, b := lumaR*scale, lumaG*scale, lumaB*scale
	for x := range line {
		s := sums[n*x : n*x+3 : n*x+3]
		line[x] += r*float32(s[0]) + g*float32(s[1]) + b*float32(s[2])
	}
}
