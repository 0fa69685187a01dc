package jpeg

import (
	"image"

	"github.com/jaga-project/jaga/pdq"
)

// Image is a decoded picture: Height rows of Width pixels of Components bytes,
// the first at Pix[0] and each next row Stride bytes further.
type Image struct {
	Pix           []byte
	Stride        int
	Width, Height int
	// Components is 1 for grey, 3 for red, green, blue, and 4 for cyan,
	// magenta, yellow, black. The four are as the file stores them, as in
	// libjpeg-turbo: practically all such files follow Adobe, where 255 is no
	// ink.
	Components int
}

// Pixels returns the picture for hashing. Grey and RGB are used in place, so
// they must not change while the result is in use. CMYK is converted to RGB as
// inks on white paper, with Adobe's inversion, without a colour profile.
//
// Tools built on Pillow hash the first three of the inverted CMYK values as if
// they were red, green and blue, which gives nearly the negative; a copy saved
// as RGB would then not match, so that is not repeated here.
func (m *Image) Pixels() pdq.Pixels {
	p := pdq.Pixels{Pix: m.Pix, Stride: m.Stride, Width: m.Width, Height: m.Height}
	switch m.Components {
	case 3:
		p.Format = pdq.RGB
	case 4:
		p.Format, p.Stride = pdq.RGB, 3*m.Width
		p.Pix = make([]byte, p.Stride*m.Height)
		for y := range m.Height {
			dst, src := p.Pix[y*p.Stride:], m.Pix[y*m.Stride:]
			for x := range m.Width {
				s := src[4*x : 4*x+4]
				for i := range 3 {
					dst[3*x+i] = byte((int(s[i])*int(s[3]) + 127) / 255)
				}
			}
		}
	}
	return p
}

// Std returns the picture as a picture of the standard library: *image.Gray
// (sharing Pix), *image.RGBA, or *image.CMYK with 255 for full ink.
func (m *Image) Std() image.Image {
	r := image.Rect(0, 0, m.Width, m.Height)
	switch m.Components {
	case 1:
		return &image.Gray{Pix: m.Pix, Stride: m.Stride, Rect: r}
	case 4:
		out := image.NewCMYK(r)
		for y := range m.Height {
			dst := out.Pix[y*out.Stride:][:4*m.Width]
			for i, v := range m.Pix[y*m.Stride:][:4*m.Width] {
				dst[i] = 255 - v
			}
		}
		return out
	}
	out := image.NewRGBA(r)
	for y := range m.Height {
		dst, src := out.Pix[y*out.Stride:], m.Pix[y*m.Stride:]
		for x := range m.Width {
			copy(dst[4*x:4*x+3], src[3*x:3*x+3])
			dst[4*x+3] = 255
		}
	}
	return out
}
