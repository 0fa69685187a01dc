package media

import (
	"encoding/binary"
	"image"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// riff is a chunk of a RIFF file.
func riff(name string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	out = append(out, body...)
	return append(out, make([]byte, len(body)&1)...)
}

func bytes24(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }

// webpAnimation is an animation with a canvas and frames that are still files.
func webpAnimation(w, h int, frames ...[]byte) []byte {
	head := slices.Concat([]byte{2, 0, 0, 0}, bytes24(w-1), bytes24(h-1))
	body := slices.Concat([]byte("WEBP"), riff("VP8X", head), riff("ANIM", make([]byte, 6)))
	for _, f := range frames {
		body = append(body, f...)
	}
	return riff("RIFF", body)
}

// webpFrameOf is a frame of an animation made of a still file.
func webpFrameOf(still []byte, x, y, w, h int, flags byte) []byte {
	chunks := still[12:]
	if name, _, after, ok := webpChunk(chunks); ok && name == "VP8X" {
		chunks = after
	}
	return riff("ANMF", slices.Concat(bytes24(x/2), bytes24(y/2), bytes24(w-1), bytes24(h-1), bytes24(100), []byte{flags}, chunks))
}

// TestAnimatedWebP: every picture of an animation that libwebp made is compared, and
// is what went into it.
func TestAnimatedWebP(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	source := []string{"-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1"}
	data, err := os.ReadFile(film(t, "x.webp", append(source[:4:4], "-c:v", "libwebp_anim", "-quality", "80")...))
	if err != nil {
		t.Fatal(err)
	}
	m := measured(t, d, data, Options{Rotations: true})
	got := frames(m)
	if !m.Several || !m.Hashed() || m.Width != 320 || m.Height != 240 || len(got) < 9 || len(m.Skipped) > 0 {
		t.Fatalf("several %v, %d frames, %+v", m.Several, len(got), m.Skipped)
	}
	whole := open(t, film(t, "x.mkv", append(source[:4:4], "-c:v", "ffv1")...))
	n, found := 0, 0
	if _, err := d.Frames(t.Context(), Source{File: whole}, FrameOptions{Precise: true}, func(f Frame) error {
		r, err := pdq.Sum(f.Pixels)
		if err != nil {
			return err
		}
		if n++; slices.ContainsFunc(append([]string{m.Signals[3].Value}, got...), func(v string) bool {
			h, err := pdq.ParseHash(v)
			return err == nil && h.Distance(r.Hash) <= 10
		}) {
			found++
		}
		return nil
	}); err != nil || n != 10 || found != n {
		t.Errorf("%d of %d frames are what went in, %v", found, n, err)
	}
}

// TestWebPCanvas: frames are drawn at their places, over what is there or in its
// place, and cleared where they say so.
func TestWebPCanvas(t *testing.T) {
	t.Parallel()
	still := func(name, colour string, more ...string) []byte {
		data, err := os.ReadFile(film(t, name, append([]string{"-f", "lavfi", "-i", "color=" + colour + ":s=8x6,format=rgba", "-frames:v", "1", "-c:v", "libwebp"}, more...)...))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	red, half := still("red.webp", "red", "-lossless", "1"), still("half.webp", "blue@0.5", "-lossless", "1")
	lossy := still("lossy.webp", "blue@0.5", "-pix_fmt", "yuva420p", "-lossless", "0")
	const over, instead, gone = 0, 2, 3
	data := webpAnimation(16, 12,
		webpFrameOf(red, 0, 0, 8, 6, over),
		webpFrameOf(half, 4, 2, 8, 6, over),
		webpFrameOf(half, 0, 0, 8, 6, gone),
		webpFrameOf(lossy, 8, 6, 8, 6, instead),
	)
	want := []map[image.Point][4]int{
		{{0, 0}: {255, 0, 0, 255}, {8, 0}: {0, 0, 0, 0}},
		{{0, 0}: {255, 0, 0, 255}, {5, 3}: {127, 0, 128, 255}, {10, 7}: {0, 0, 255, 128}},
		{{1, 1}: {0, 0, 255, 128}, {10, 7}: {0, 0, 255, 128}},
		{{1, 1}: {0, 0, 0, 0}, {9, 7}: {0, 0, 255, 128}, {15, 11}: {0, 0, 255, 128}},
	}
	n := 0
	err := eachWebP(data, func(i int, canvas *image.NRGBA) bool {
		for p, w := range want[i] {
			c := canvas.NRGBAAt(p.X, p.Y)
			for k, v := range []uint8{c.R, c.G, c.B, c.A} {
				if d := int(v) - w[k]; d < -3 || d > 3 {
					t.Errorf("frame %d, %v: %v, want %v", i, p, c, w)
					break
				}
			}
		}
		n++
		return true
	})
	if err != nil || n != len(want) {
		t.Errorf("%d frames, %v", n, err)
	}
}

// TestWebPAnimationsThatLie: what is damaged, cut off, larger than it says or too
// much is said, and the first picture is compared all the same where it is there.
func TestWebPAnimationsThatLie(t *testing.T) {
	t.Parallel()
	photo, err := os.ReadFile("testdata/photo-11.webp") // 161 x 120
	if err != nil {
		t.Fatal(err)
	}
	good := webpFrameOf(photo, 0, 0, 161, 120, 0)
	d := NewDecoder(Limits{Bytes: 128 << 20, Pixels: 1_000_000, Memory: 64 << 20, Time: DefaultLimits().Time}, 1)
	plain := measured(t, d, photo, Options{})
	two := webpAnimation(161, 120, good, good)
	for name, c := range map[string]struct {
		data  []byte
		first bool // the first picture is compared
		why   jaga.Why
	}{
		"two equal frames":              {two, true, ""},
		"one frame":                     {webpAnimation(161, 120, good), true, ""},
		"no frame":                      {webpAnimation(161, 120), false, jaga.WhyDamaged},
		"cut off":                       {two[:len(two)-40], true, jaga.WhyDamaged},
		"a second frame beside":         {webpAnimation(161, 120, good, webpFrameOf(photo, 2, 0, 161, 120, 0)), true, jaga.WhyDamaged},
		"a second frame of noise":       {webpAnimation(161, 120, good, webpFrameOf(append(photo[:60:60], make([]byte, 60)...), 0, 0, 161, 120, 0)), true, jaga.WhyDamaged},
		"a frame larger than its place": {webpAnimation(161, 120, webpFrameOf(photo, 0, 0, 100, 100, 0)), false, jaga.WhyDamaged},
		"a canvas without end":          {webpAnimation(1<<24, 1<<24, good), false, jaga.WhyTooManyPix},
	} {
		m := measured(t, d, c.data, Options{})
		h, ok := pdqOf(m)
		if ok != c.first || c.first && h != func() pdq.Hash { h, _ := pdqOf(plain); return h }() {
			t.Errorf("%s: first picture %v, %v", name, ok, h)
		}
		switch {
		case c.why == "" && len(m.Skipped) > 0, c.why != "" && (len(m.Skipped) != 1 || m.Skipped[0].Why != c.why):
			t.Errorf("%s: %+v", name, m.Skipped)
		}
	}
	// A frame that is seen again and again is one, and there is an end to them all.
	many := webpAnimation(161, 120, slices.Repeat([][]byte{good}, 300)...)
	if m := measured(t, d, many, Options{}); len(m.Skipped) > 0 || len(frames(m)) > 0 || !m.Several {
		t.Errorf("300 equal frames: %d, %+v", len(frames(m)), m.Skipped)
	}
	d = NewDecoder(Limits{Bytes: 128 << 20, Pixels: 1_000_000, Memory: 64 << 20, Time: 1_000_000_000}, 1)
	endless := webpAnimation(161, 120, slices.Repeat([][]byte{good}, 20_000)...)
	if m := measured(t, d, endless, Options{}); len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyTimeout || !m.Hashed() {
		t.Errorf("20,000 frames in a second: %+v", m.Skipped)
	}
}

// FuzzWebPAnimation: no bytes make the walker panic, take memory that the size of the
// canvas does not explain, or go on for ever.
func FuzzWebPAnimation(f *testing.F) {
	photo, err := os.ReadFile("testdata/photo-11.webp")
	if err != nil {
		f.Fatal(err)
	}
	good := webpFrameOf(photo, 0, 0, 161, 120, 0)
	f.Add(webpAnimation(161, 120, good, good))
	f.Add(webpAnimation(161, 120, good)[:100])
	f.Add(webpAnimation(4, 4))
	f.Add([]byte("RIFF" + strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, _ := webpPictures(data)
		if n > len(data)/8+1 {
			t.Errorf("%d pictures in %d bytes", n, len(data))
		}
		lim := Limits{Bytes: 1 << 20, Pixels: 100_000, Memory: 4 << 20}
		if _, err := decode(t.Context(), data, WebP, lim); err == nil && n > 1 {
			webpRest(t.Context(), data, Limits{Time: 1_000_000_000}, pdq.Hash{})
		}
	})
}
