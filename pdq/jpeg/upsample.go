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
}

func newUpsampler(f *frame, k *component, p *plane) *upsampler {
	u := &upsampler{p: p, h: f.hMax / k.h, v: f.vMax / k.v}
	u.fancyAcross = u.h == 2 && u.v <= 2 && p.width > 2
	u.fancyDown = u.v == 2 && (u.h == 1 || u.fancyAcross)
	if u.h > 1 || u.fancyDown {
		u.line = make([]byte, p.width*u.h)
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
		h2v2(u.line, near, far)
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
	last, this, next := uint32(0), uint32(src[0]), uint32(src[1])
	dst[0], dst[1] = src[0], byte((3*this+next+2)>>2)
	rest := dst[2:]
	for _, v := range src[2:] {
		last, this, next = this, next, uint32(v)
		rest[0], rest[1] = byte((3*this+last+1)>>2), byte((3*this+next+2)>>2)
		rest = rest[2:]
	}
	dst[2*n-2], dst[2*n-1] = byte((3*next+this+1)>>2), src[n-1]
}

// h2v2 is h2 on the sums of three parts of the nearer line and one of the
// farther.
func h2v2(dst, near, far []byte) {
	n := len(near)
	far = far[:n]
	last, this, next := uint32(0), 3*uint32(near[0])+uint32(far[0]), 3*uint32(near[1])+uint32(far[1])
	dst[0], dst[1] = byte((4*this+8)>>4), byte((3*this+next+7)>>4)
	rest := dst[2:]
	for x := 2; x < n; x++ {
		last, this, next = this, next, 3*uint32(near[x])+uint32(far[x])
		rest[0], rest[1] = byte((3*this+last+8)>>4), byte((3*this+next+7)>>4)
		rest = rest[2:]
	}
	dst[2*n-2], dst[2*n-1] = byte((3*next+this+8)>>4), byte((4*next+7)>>4)
}
