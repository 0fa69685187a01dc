package testpic

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Crop cuts off the given parts of the width (left, right) and of the height
// (top, bottom), each 0 or more and together below 1. At least one pixel a
// side is kept.
func Crop(m *image.RGBA, left, top, right, bottom float64) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	x0, x1 := cut(w, left, right)
	y0, y1 := cut(h, top, bottom)
	out := image.NewRGBA(image.Rect(0, 0, x1-x0, y1-y0))
	draw.Draw(out, out.Rect, m, m.Rect.Min.Add(image.Pt(x0, y0)), draw.Src)
	return out
}

func cut(n int, low, high float64) (from, to int) {
	if low < 0 || high < 0 || low+high >= 1 {
		panic("testpic: the parts to cut off must be 0 or more and together below 1")
	}
	from = min(n-1, int(math.Round(low*float64(n))))
	return from, max(from+1, n-int(math.Round(high*float64(n))))
}

// CropAll cuts the same part off every side: 0.1 keeps the middle 80 % of both
// axes. part is 0 to below 0.5.
func CropAll(m *image.RGBA, part float64) *image.RGBA { return Crop(m, part, part, part, part) }

// Border adds a frame of one colour whose width is the given part of the short
// side.
func Border(m *image.RGBA, part float64, c color.Color) *image.RGBA {
	b := m.Bounds()
	n := int(math.Round(part * float64(min(b.Dx(), b.Dy()))))
	out := Flat(b.Dx()+2*n, b.Dy()+2*n, c)
	draw.Draw(out, image.Rect(n, n, n+b.Dx(), n+b.Dy()), m, b.Min, draw.Src)
	return out
}

// Letterbox adds bars of one colour above and below, each the given part of
// the height, as players of wide films do.
func Letterbox(m *image.RGBA, part float64, c color.Color) *image.RGBA {
	b := m.Bounds()
	n := int(math.Round(part * float64(b.Dy())))
	out := Flat(b.Dx(), b.Dy()+2*n, c)
	draw.Draw(out, image.Rect(0, n, b.Dx(), n+b.Dy()), m, b.Min, draw.Src)
	return out
}

// Rotate90 turns a quarter counter-clockwise, as pdq.Rotate90.
func Rotate90(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return move(m, h, w, func(x, y int) (int, int) { return w - 1 - y, x })
}

// Rotate180 turns by half.
func Rotate180(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return move(m, w, h, func(x, y int) (int, int) { return w - 1 - x, h - 1 - y })
}

// Rotate270 turns three quarters counter-clockwise.
func Rotate270(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return move(m, h, w, func(x, y int) (int, int) { return y, h - 1 - x })
}

// FlipH exchanges left and right, as a mirror does.
func FlipH(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return move(m, w, h, func(x, y int) (int, int) { return w - 1 - x, y })
}

// FlipV exchanges top and bottom.
func FlipV(m *image.RGBA) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return move(m, w, h, func(x, y int) (int, int) { return x, h - 1 - y })
}

// move builds a w x h picture whose pixel (x, y) is the one at from(x, y).
func move(m *image.RGBA, w, h int, from func(x, y int) (int, int)) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := from(x, y)
			src := m.Pix[sy*m.Stride+4*sx:]
			copy(out.Pix[y*out.Stride+4*x:][:4], src[:4])
		}
	}
	return out
}

// Tilt turns by any angle, in degrees counter-clockwise, about the middle and
// keeps the size; corners that were outside show the nearest edge pixel.
func Tilt(m *image.RGBA, degrees float64) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(w)/2, float64(h)/2
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(x)+0.5-cx, float64(y)+0.5-cy
			sample(m, cx+cos*dx-sin*dy-0.5, cy+sin*dx+cos*dy-0.5, out.Pix[y*out.Stride+4*x:][:4])
		}
	}
	return out
}

// sample writes the bilinear value at (x, y), pixel centres being integers.
func sample(m *image.RGBA, x, y float64, dst []uint8) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	x, y = max(0, min(float64(w-1), x)), max(0, min(float64(h-1), y))
	x0, y0 := int(x), int(y)
	x1, y1 := min(w-1, x0+1), min(h-1, y0+1)
	tx, ty := float32(x-float64(x0)), float32(y-float64(y0))
	for i := range dst {
		a, b := float32(m.Pix[y0*m.Stride+4*x0+i]), float32(m.Pix[y0*m.Stride+4*x1+i])
		c, d := float32(m.Pix[y1*m.Stride+4*x0+i]), float32(m.Pix[y1*m.Stride+4*x1+i])
		top, low := a+(b-a)*tx, c+(d-c)*tx
		dst[i] = clip(top + (low-top)*ty)
	}
}
