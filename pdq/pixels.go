package pdq

import (
	"fmt"
	"math"
)

// Format says how the bytes of one pixel are laid out.
type Format uint8

// The pixel formats.
const (
	Gray Format = iota // one byte
	RGB                // three bytes: red, green, blue
	RGBX               // four bytes: red, green, blue, and one that is ignored
	// Luma is one byte in the range of video: 16 is black, 235 white (ITU-R
	// BT.601 and BT.709). It is what most films store, so hashing it spares
	// converting them to RGB. The hash is that of grey pixels stretched to
	// 0..255 without rounding or clamping; where a film's colours leave the RGB
	// cube the reference clamps them, and a few bits may differ.
	Luma
)

// Channels returns the bytes of one pixel.
func (f Format) Channels() int {
	switch f {
	case RGB:
		return 3
	case RGBX:
		return 4
	}
	return 1
}

// Pixels is a picture in memory: Height rows of Width pixels, the first at
// Pix[0] and each next one Stride bytes further.
type Pixels struct {
	Pix           []byte
	Stride        int
	Width, Height int
	Format        Format
}

// MaxSide is the largest width or height that is accepted, in pixels.
const MaxSide = 1 << 17

// check refuses geometry that does not fit the bytes.
func (p Pixels) check() error {
	if p.Format > Luma {
		return fmt.Errorf("pdq: unknown pixel format %d", p.Format)
	}
	if p.Width < 1 || p.Height < 1 || p.Width > MaxSide || p.Height > MaxSide {
		return fmt.Errorf("pdq: a picture of %d x %d pixels; sides must be 1 to %d", p.Width, p.Height, MaxSide)
	}
	row := p.Width * p.Format.Channels()
	if p.Stride < row {
		return fmt.Errorf("pdq: stride of %d bytes is shorter than a row of %d", p.Stride, row)
	}
	if p.Stride > math.MaxInt/p.Height || len(p.Pix) < p.Stride*(p.Height-1)+row {
		return fmt.Errorf("pdq: %d bytes are too few for %d rows of stride %d", len(p.Pix), p.Height, p.Stride)
	}
	return nil
}

// row returns the bytes of row y.
func (p Pixels) row(y int) []byte {
	return p.Pix[y*p.Stride:][:p.Width*p.Format.Channels()]
}

// The luma weights of the reference, as its float32 constants.
const (
	lumaR = float32(0.299)
	lumaG = float32(0.587)
	lumaB = float32(0.114)
)

// luma writes the luma of row y to dst, one float32 a pixel, with the
// reference's order of operations: (0.299 R + 0.587 G) + 0.114 B, each step
// rounded. The conversions keep every architecture from fusing them.
func (p Pixels) luma(dst []float32, y int) {
	src := p.row(y)
	dst = dst[:p.Width]
	switch p.Format {
	case Gray, Luma:
		for x, v := range src {
			dst[x] = float32(v)
		}
	case RGB:
		for x := range dst {
			s := src[3*x : 3*x+3 : 3*x+3]
			dst[x] = lumaOf(s[0], s[1], s[2])
		}
	case RGBX:
		for x := range dst {
			s := src[4*x : 4*x+4 : 4*x+4]
			dst[x] = lumaOf(s[0], s[1], s[2])
		}
	}
}

func lumaOf(r, g, b byte) float32 {
	rg := float32(lumaR*float32(r)) + float32(lumaG*float32(g))
	return rg + float32(lumaB*float32(b))
}

// nearest512 applies the input convention of the C++ command line tools: a
// picture with a side over 512 pixels is sampled to exactly 512 x 512, column
// x from floor(x*W/512) and row y from floor(y*H/512).
func (p Pixels) nearest512() Pixels {
	const side = 512
	if p.Width <= side && p.Height <= side {
		return p
	}
	n := p.Format.Channels()
	out := Pixels{Pix: make([]byte, side*side*n), Stride: side * n, Width: side, Height: side, Format: p.Format}
	for y := range side {
		src, dst := p.row(y*p.Height/side), out.row(y)
		for x := range side {
			copy(dst[n*x:n*x+n], src[x*p.Width/side*n:])
		}
	}
	return out
}
