package media

import (
	"image"
	"os"
	"testing"

	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

// TestLossyWebP: testdata/photo-11.webp is testpic.Photo(11, 161, 120), encoded
// by libwebp at quality 40. Pillow and pdqhash make the hash below of it.
func TestLossyWebP(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/photo-11.webp")
	if err != nil {
		t.Fatal(err)
	}
	m := measure(t, data)
	h, _ := pdqOf(m)
	const want = "823ba611358949ecca1df08ea181dcf8f96e6e4732b2b3c5e9ee3ce7b04932b0"
	if h.String() != want || m.Type != WebP || m.Width != 161 || m.Height != 120 {
		t.Errorf("%s, want %s; %+v", h, want, m)
	}
	original, err := pdq.FromImage(testpic.Photo(11, 161, 120))
	if err != nil || original.Hash.Distance(h) > 8 {
		t.Errorf("%d bits from what was encoded, error %v", original.Hash.Distance(h), err)
	}
}

// TestStudioRange: 16 is black, 235 white, and what lies beyond is limited.
func TestStudioRange(t *testing.T) {
	t.Parallel()
	for luma, want := range map[uint8]uint8{0: 0, 16: 0, 126: 128, 235: 255, 255: 255} {
		for _, size := range []image.Point{{1, 1}, {2, 3}, {5, 4}} {
			m := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
			for i := range m.Y {
				m.Y[i] = luma
			}
			for i := range m.Cb {
				m.Cb[i], m.Cr[i] = 128, 128
			}
			p := pixels(studio(m))
			for y := range size.Y {
				for i, v := range p.Pix[y*p.Stride:][:4*size.X] {
					if i%4 != 3 && v != want {
						t.Errorf("luma %d, %v: %d, want %d", luma, size, v, want)
					}
				}
			}
		}
	}
}
