package media

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/png"
	"testing"

	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

func pngHash(t *testing.T, m image.Image) pdq.Hash {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	got := measure(t, b.Bytes())
	h, ok := pdqOf(got)
	if !ok || len(got.Skipped) != 0 {
		t.Fatalf("%T: %+v", m, got.Skipped)
	}
	return h
}

func sum(t *testing.T, m image.Image) pdq.Hash {
	t.Helper()
	r, err := pdq.FromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	return r.Hash
}

// TestAlphaIsIgnored: the stored colours count, also where nothing of them is
// seen.
func TestAlphaIsIgnored(t *testing.T) {
	t.Parallel()
	m := testpic.Photo(5, 210, 160)
	want := sum(t, m)
	for name, alpha := range map[string]func(x, y int) uint8{
		"none":     func(int, int) uint8 { return 0 },
		"rising":   func(x, _ int) uint8 { return uint8(x) },
		"a window": func(x, y int) uint8 { return uint8(255 * ((x/30 + y/30) % 2)) },
	} {
		n := image.NewNRGBA(m.Rect)
		copy(n.Pix, m.Pix)
		for y := range 160 {
			for x := range 210 {
				n.Pix[n.PixOffset(x, y)+3] = alpha(x, y)
			}
		}
		if got := pngHash(t, n); got != want {
			t.Errorf("%s: %d bits off", name, got.Distance(want))
		}
		deep := image.NewNRGBA64(m.Rect)
		for y := range 160 {
			for x := range 210 {
				c := n.NRGBAAt(x, y)
				deep.SetNRGBA64(x, y, color.NRGBA64{R: uint16(c.R) * 257, G: uint16(c.G) * 257, B: uint16(c.B) * 257, A: max(1, uint16(c.A)*257)})
			}
		}
		if got := pngHash(t, deep); got != want {
			t.Errorf("%s, 16 bits: %d bits off", name, got.Distance(want))
		}
	}
	planes := image.NewNYCbCrA(m.Rect, image.YCbCrSubsampleRatio444)
	for i := range planes.Y {
		c := color.YCbCrModel.Convert(m.At(i%planes.YStride, i/planes.YStride)).(color.YCbCr)
		planes.Y[i], planes.Cb[i], planes.Cr[i] = c.Y, c.Cb, c.Cr
	}
	got, err := pdq.Sum(pixels(planes))
	if err != nil || got.Hash != sum(t, &planes.YCbCr) {
		t.Errorf("colours and alpha in planes, transparent: %v, error %v", got, err)
	}
}

// TestPalettesCountByColour, not by the numbers of the colours, which any
// program may choose anew.
func TestPalettesCountByColour(t *testing.T) {
	t.Parallel()
	p := image.NewPaletted(image.Rect(0, 0, 210, 160), palette.WebSafe)
	draw.FloydSteinberg.Draw(p, p.Rect, testpic.Photo(6, 210, 160), image.Point{})
	want := sum(t, p)
	if got := pngHash(t, p); got != want {
		t.Errorf("%d bits off", got.Distance(want))
	}
	// 7 and 216 have no common divisor, so this renumbers all colours.
	shuffled := image.NewPaletted(p.Rect, make(color.Palette, len(p.Palette)))
	for i, c := range p.Palette {
		shuffled.Palette[i*7%216] = c
	}
	for i, v := range p.Pix {
		shuffled.Pix[i] = uint8(int(v) * 7 % 216)
	}
	if got := pngHash(t, shuffled); got != want {
		t.Errorf("renumbered: %d bits off", got.Distance(want))
	}
}

// TestGreyIsGrey in every depth that files have.
func TestGreyIsGrey(t *testing.T) {
	t.Parallel()
	g := image.NewGray(image.Rect(0, 0, 210, 160))
	draw.Draw(g, g.Rect, testpic.Photo(7, 210, 160), image.Point{}, draw.Src)
	want := sum(t, g)
	deep, colour := image.NewGray16(g.Rect), image.NewRGBA(g.Rect)
	draw.Draw(colour, g.Rect, g, image.Point{}, draw.Src)
	for i, v := range g.Pix {
		deep.Pix[2*i], deep.Pix[2*i+1] = v, byte(i)
	}
	for name, m := range map[string]image.Image{"8 bits": g, "16 bits": deep, "in colour": colour} {
		if got := pngHash(t, m); got != want {
			t.Errorf("%s: %d bits off", name, got.Distance(want))
		}
	}
}
