package testpic

import (
	"image"
	"math"
)

// OverlayBar lays a dark bar with light marks that look like writing over the
// lower edge; its height is the given part of the picture's.
func OverlayBar(m *image.RGBA, part float64) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	top := h - int(math.Round(part*float64(h)))
	tall := float64(h - top)
	return eachPixel(m, func(x, y int, p []uint8) {
		if y < top {
			return
		}
		v := uint8(24)
		in := (float64(y-top) + 0.5) / tall
		// Letters two thirds as wide as high, a gap after every few of them.
		letter := int(float64(x) / (tall * 0.4))
		stroke := math.Mod(float64(x), tall*0.4) / (tall * 0.4)
		if in > 0.3 && in < 0.7 && stroke < 0.6 && mix(uint64(letter))%5 != 0 && x < w*9/10 {
			v = 230
		}
		p[0], p[1], p[2] = v, v, v
	})
}

// OverlayLogo lays an opaque round sign into the lower right corner; its
// diameter is the given part of the short side.
func OverlayLogo(m *image.RGBA, part float64) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	radius := part * float64(min(w, h)) / 2
	cx, cy := float64(w)-1.3*radius, float64(h)-1.3*radius
	return eachPixel(m, func(x, y int, p []uint8) {
		d := math.Hypot(float64(x)+0.5-cx, float64(y)+0.5-cy) / radius
		switch {
		case d > 1:
		case d > 0.8 || d < 0.4:
			p[0], p[1], p[2] = 245, 245, 245
		default:
			p[0], p[1], p[2] = 0, 105, 111
		}
	})
}

// Watermark lays slanted light stripes over the whole picture, mixed in with
// the given strength of 0 to 1.
func Watermark(m *image.RGBA, strength float64) *image.RGBA {
	unit := float64(min(m.Rect.Dx(), m.Rect.Dy()))
	return eachPixel(m, func(x, y int, p []uint8) {
		if math.Mod((float64(x)+float64(y))/unit, 0.2) > 0.03 {
			return
		}
		for i := range 3 {
			p[i] += uint8(strength * float64(255-p[i]))
		}
	})
}
