package testpic

import (
	"fmt"
	"image"
	"image/color"
)

// Variant is one way in which a picture changes as it is passed on.
type Variant struct {
	Group string // what kind of change, such as "Resized"
	Name  string // the change in words, unique, such as "resized to 1/4"
	// Turned is set for quarter turns and mirrorings, which are only found by
	// comparing all eight dihedral hashes.
	Turned bool
	// Apply returns the changed picture; the given one is left as it is.
	Apply func(*image.RGBA) *image.RGBA
}

// Variants lists the changes that the demonstration shows and that
// docs/robustness.md measures, group by group and within a group from the
// mildest to the strongest. Names stay as they are: pages refer to them.
func Variants() []Variant {
	var all []Variant
	all = append(all, encodings()...)
	all = append(all, sizes()...)
	all = append(all, crops()...)
	all = append(all, frames()...)
	all = append(all, overlays()...)
	all = append(all, tones()...)
	return append(all, turns()...)
}

func encodings() (out []Variant) {
	for _, q := range []int{95, 85, 75, 60, 45, 30, 20, 10} {
		out = append(out, Variant{Group: "Re-encoded", Name: fmt.Sprintf("JPEG quality %d", q),
			Apply: func(m *image.RGBA) *image.RGBA { return Reencode(m, q) }})
	}
	return out
}

func sizes() []Variant {
	out := []Variant{}
	for _, s := range []struct {
		name   string
		factor float64
	}{{"to double size", 2}, {"to 3/4", 0.75}, {"to 1/2", 0.5}, {"to 1/4", 0.25}, {"to 1/8", 0.125}} {
		out = append(out, Variant{Group: "Resized", Name: "resized " + s.name,
			Apply: func(m *image.RGBA) *image.RGBA { return Scale(m, s.factor) }})
	}
	return append(out, Variant{Group: "Resized", Name: "squeezed to a square of 256",
		Apply: func(m *image.RGBA) *image.RGBA { return Resize(m, 256, 256) }})
}

func crops() (out []Variant) {
	for _, part := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		out = append(out, Variant{Group: "Cropped", Name: fmt.Sprintf("%g %% cut off one side", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return Crop(m, part, 0, 0, 0) }})
	}
	for _, part := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		out = append(out, Variant{Group: "Cropped", Name: fmt.Sprintf("%g %% cut off all sides", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return CropAll(m, part) }})
	}
	return out
}

func frames() (out []Variant) {
	for _, part := range []float64{0.01, 0.02, 0.05, 0.1} {
		out = append(out, Variant{Group: "Framed", Name: fmt.Sprintf("white border of %g %%", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return Border(m, part, color.White) }})
	}
	for _, part := range []float64{0.02, 0.05, 0.1} {
		out = append(out, Variant{Group: "Framed", Name: fmt.Sprintf("black bars of %g %% above and below", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return Letterbox(m, part, color.Black) }})
	}
	return out
}

func overlays() (out []Variant) {
	for _, part := range []float64{0.1, 0.2, 0.3} {
		out = append(out, Variant{Group: "Overlaid", Name: fmt.Sprintf("sign of %g %% in a corner", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return OverlayLogo(m, part) }})
	}
	for _, part := range []float64{0.05, 0.1, 0.2} {
		out = append(out, Variant{Group: "Overlaid", Name: fmt.Sprintf("caption over %g %%", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA { return OverlayBar(m, part) }})
	}
	for _, strength := range []float64{0.2, 0.5} {
		out = append(out, Variant{Group: "Overlaid", Name: fmt.Sprintf("stripes of %g %% strength", 100*strength),
			Apply: func(m *image.RGBA) *image.RGBA { return Watermark(m, strength) }})
	}
	return out
}

func tones() (out []Variant) {
	for _, part := range []float64{0.005, 0.01, 0.02, 0.04} {
		out = append(out, Variant{Group: "Blurred", Name: fmt.Sprintf("blur of %g %% of the short side", 100*part),
			Apply: func(m *image.RGBA) *image.RGBA {
				return Blur(m, part*float64(min(m.Rect.Dx(), m.Rect.Dy())))
			}})
	}
	for _, deviation := range []float64{5, 15, 30, 60} {
		out = append(out, Variant{Group: "Noisy", Name: fmt.Sprintf("noise of %g steps", deviation),
			Apply: func(m *image.RGBA) *image.RGBA { return Noise(m, 1, deviation) }})
	}
	for _, factor := range []float64{0.25, 0.5, 1.5, 2, 3} {
		out = append(out, Variant{Group: "Contrast", Name: fmt.Sprintf("contrast × %g", factor),
			Apply: func(m *image.RGBA) *image.RGBA { return Contrast(m, factor) }})
	}
	for _, steps := range []float64{-40, -80, 40, 80} {
		name := fmt.Sprintf("brighter by %g steps", steps)
		if steps < 0 {
			name = fmt.Sprintf("darker by %g steps", -steps)
		}
		out = append(out, Variant{Group: "Brightness", Name: name,
			Apply: func(m *image.RGBA) *image.RGBA { return Brightness(m, steps) }})
	}
	return append(out,
		Variant{Group: "Brightness", Name: "shadows lightened (gamma 0.5)", Apply: func(m *image.RGBA) *image.RGBA { return Gamma(m, 0.5) }},
		Variant{Group: "Brightness", Name: "shadows deepened (gamma 2)", Apply: func(m *image.RGBA) *image.RGBA { return Gamma(m, 2) }},
		Variant{Group: "Brightness", Name: "without colour", Apply: Grey})
}

func turns() []Variant {
	out := []Variant{
		{Group: "Turned", Name: "quarter turn left", Turned: true, Apply: Rotate90},
		{Group: "Turned", Name: "half turn", Turned: true, Apply: Rotate180},
		{Group: "Turned", Name: "quarter turn right", Turned: true, Apply: Rotate270},
		{Group: "Turned", Name: "mirrored left to right", Turned: true, Apply: FlipH},
		{Group: "Turned", Name: "mirrored top to bottom", Turned: true, Apply: FlipV},
	}
	for _, degrees := range []float64{1, 2, 5, 10} {
		out = append(out, Variant{Group: "Tilted", Name: fmt.Sprintf("tilted by %g°", degrees),
			Apply: func(m *image.RGBA) *image.RGBA { return Tilt(m, degrees) }})
	}
	return out
}
