package pdq

import "slices"

// reference is a plain transcription of the specification, float32 operation
// by float32 operation, over whole pictures: the oracle of the tests and the
// baseline of the benchmarks.
func reference(p Pixels) (Result, Buffer) {
	var u Buffer
	if p.Width < 5 || p.Height < 5 {
		return Result{}, u
	}
	luma := make([]float32, p.Width*p.Height)
	for y := range p.Height {
		p.luma(luma[y*p.Width:], y)
	}
	if p.Width == 64 && p.Height == 64 {
		copy(u[:], luma)
		return referenceHash(&u), u
	}
	other := make([]float32, len(luma))
	for range 2 {
		for y := range p.Height {
			referenceBox(other[y*p.Width:], luma[y*p.Width:], p.Width, 1, window(p.Width))
		}
		for x := range p.Width {
			referenceBox(luma[x:], other[x:], p.Height, p.Width, window(p.Height))
		}
	}
	for i := range 64 {
		for j := range 64 {
			y := int((float64(i) + 0.5) * float64(p.Height) / 64)
			x := int((float64(j) + 0.5) * float64(p.Width) / 64)
			u[64*i+j] = luma[y*p.Width+x]
		}
	}
	return referenceHash(&u), u
}

func referenceBox(dst, src []float32, n, stride, w int) {
	half := (w + 2) / 2
	phase1, phase2, phase3, phase4 := half-1, w-half+1, n-w, half-1
	li, ri, oi := 0, 0, 0
	var sum float32
	count := 0
	for range phase1 {
		sum += src[ri]
		count++
		ri += stride
	}
	for range phase2 {
		sum += src[ri]
		count++
		dst[oi] = sum / float32(count)
		ri += stride
		oi += stride
	}
	for range phase3 {
		sum += src[ri]
		sum -= src[li]
		dst[oi] = sum / float32(count)
		li += stride
		ri += stride
		oi += stride
	}
	for range phase4 {
		sum -= src[li]
		count--
		dst[oi] = sum / float32(count)
		li += stride
		oi += stride
	}
}

// referenceHash transcribes the transform, the median and the quality.
func referenceHash(u *Buffer) Result {
	var t [16][64]float32
	var b [256]float32
	for i := range 16 {
		for j := range 64 {
			for k := range 64 {
				t[i][j] += float32(dct[64*i+k] * u[64*k+j])
			}
		}
	}
	for i := range 16 {
		for j := range 16 {
			for k := range 64 {
				b[16*i+j] += float32(t[i][k] * dct[64*j+k])
			}
		}
	}
	sorted := b
	slices.Sort(sorted[:])
	var r Result
	for i, v := range b {
		if v > sorted[127] {
			r.Hash.setBit(i)
		}
	}
	gradient := 0
	for i := range 64 {
		for j := range 64 {
			for _, next := range [][2]int{{i + 1, j}, {i, j + 1}} {
				if next[0] < 64 && next[1] < 64 {
					d := int(float32(float32(u[64*i+j]-u[64*next[0]+next[1]])*100) / 255)
					gradient += max(d, -d)
				}
			}
		}
	}
	r.Quality = min(100, gradient/90)
	return r
}
