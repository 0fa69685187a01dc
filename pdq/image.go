package pdq

import (
	"image"
	"image/color"
)

// FromImage hashes a decoded picture. Alpha is ignored, not composited: the
// stored colours count, premultiplied ones as they were before. Paletted
// pictures count by colour.
func FromImage(img image.Image, opts ...Option) (Result, error) {
	return Sum(FromStd(img), opts...)
}

// FromStd returns the pixels of a picture of the standard library. Gray, and
// opaque RGBA and NRGBA pictures are used in place, so they must not change
// while the result is in use.
func FromStd(img image.Image) Pixels {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w <= 0 || h <= 0 {
		return Pixels{}
	}
	switch m := img.(type) {
	case *image.Gray:
		return Pixels{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h, Gray}
	case *image.NRGBA:
		return Pixels{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h, RGBX}
	case *image.RGBA:
		if m.Opaque() {
			return Pixels{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, w, h, RGBX}
		}
	}
	out := Pixels{Pix: make([]byte, 3*w*h), Stride: 3 * w, Width: w, Height: h, Format: RGB}
	for y := range h {
		row := out.row(y)
		for x := range w {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			row[3*x], row[3*x+1], row[3*x+2] = r, g, bl
		}
	}
	return out
}

func rgbAt(img image.Image, x, y int) (r, g, b byte) {
	if m, ok := img.(*image.YCbCr); ok {
		c := m.YCbCrAt(x, y)
		return color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
	}
	c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	return c.R, c.G, c.B
}
