package jpeg

// upsampler gives the rows of one component at the size of the picture, with
// libjpeg-turbo's choice of filter: a triangle ("fancy") across where the width
// is halved and more than two samples wide, and down where the height is
// halved; plain repetition elsewhere.
type upsampler struct {
	p           *plane
	h, v        int // picture samples for one of the plane
	fancyAcross bool
	fancyDown   bool
	line        []byte
	sums        []int32
}

func newUpsampler(f *frame, k *component, p *plane) *upsampler {
	u := &upsampler{p: p, h: f.hMax / k.h, v: f.vMax / k.v}
	u.fancyAcross = u.h == 2 && u.v <= 2 && p.width > 2
	u.fancyDown = u.v == 2 && (u.h == 1 || u.fancyAcross)
	if u.h > 1 || u.fancyDown {
		u.line = make([]byte, p.width*u.h)
	}
	if u.fancyDown && u.fancyAcross {
		u.sums = make([]int32, p.width)
	}
	return u
}

// row returns row y of the picture; it is at least as long as the picture is
// wide, and valid until the next call.
func (u *upsampler) row(y int) []byte {
	near := u.p.row(y / u.v)
	if !u.fancyDown {
		switch {
		case u.fancyAcross:
			h2(u.line, near)
		case u.h > 1:
			repeat(u.line, near, u.h)
		default:
			return near
		}
		return u.line
	}
	// The nearer line counts three times, the farther once; beyond the border
	// the line at the border stands in.
	other, bias := y/2-1, int32(1)
	if y%2 == 1 {
		other, bias = y/2+1, 2
	}
	far := u.p.row(min(max(other, 0), u.p.height-1))
	if u.fancyAcross {
		for x := range u.sums {
			u.sums[x] = 3*int32(near[x]) + int32(far[x])
		}
		h2v2(u.line, u.sums)
		return u.line
	}
	for x := range u.line {
		u.line[x] = byte((3*int32(near[x]) + int32(far[x]) + bias) >> 2)
	}
	return u.line
}

func repeat(dst, src []byte, n int) {
	for x, v := range src {
		for i := range n {
			dst[n*x+i] = v
		}
	}
}

// h2 doubles a line: each output is three parts of the nearer and one of the
// farther sample. Halves round down at even places and up at odd ones, so that
// the mean stays.
func h2(dst, src []byte) {
	n := len(src)
	dst = dst[:2*n]
	dst[0] = src[0]
	dst[1] = byte((3*int32(src[0]) + int32(src[1]) + 2) >> 2)
	for x := 1; x < n-1; x++ {
		v := 3 * int32(src[x])
		dst[2*x] = byte((v + int32(src[x-1]) + 1) >> 2)
		dst[2*x+1] = byte((v + int32(src[x+1]) + 2) >> 2)
	}
	dst[2*n-2] = byte((3*int32(src[n-1]) + int32(src[n-2]) + 1) >> 2)
	dst[2*n-1] = src[n-1]
}

// h2v2 is h2 on sums of 3 + 1 lines.
func h2v2(dst []byte, sums []int32) {
	n := len(sums)
	dst = dst[:2*n]
	dst[0] = byte((4*sums[0] + 8) >> 4)
	dst[1] = byte((3*sums[0] + sums[1] + 7) >> 4)
	for x := 1; x < n-1; x++ {
		v := 3 * sums[x]
		dst[2*x] = byte((v + sums[x-1] + 8) >> 4)
		dst[2*x+1] = byte((v + sums[x+1] + 7) >> 4)
	}
	dst[2*n-2] = byte((3*sums[n-1] + sums[n-2] + 8) >> 4)
	dst[2*n-1] = byte((4*sums[n-1] + 7) >> 4)
}
