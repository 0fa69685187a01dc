//go:build linux

package media

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

// TestAnimations: every picture of an animation is compared.
func TestAnimations(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	card := []string{"-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1"}
	for _, name := range []string{"x.gif", "x.apng", "x.avif"} {
		args := card
		if name == "x.avif" {
			args = append(args[:len(args):len(args)], "-c:v", "libaom-av1", "-cpu-used", "8")
		}
		data, err := os.ReadFile(film(t, name, args...))
		if err != nil {
			t.Fatal(err)
		}
		m := measured(t, d, data, Options{Rotations: true})
		if !m.Several || !m.Hashed() || m.Width != 320 || len(frames(m)) < 6 || len(m.Skipped) > 0 {
			t.Errorf("%s: several %v, %d frames, %+v", name, m.Several, len(frames(m)), m.Skipped)
		}
	}
	// A picture in the middle is found by its own hash.
	middle, err := pdq.FromImage(testpic.Photo(1, 160, 120))
	if err != nil {
		t.Fatal(err)
	}
	data := animation(t, 3)
	m := measured(t, d, data, Options{})
	near := func(v string) bool {
		h, err := pdq.ParseHash(v)
		return err == nil && h.Distance(middle.Hash) <= pdq.MatchThreshold
	}
	if len(m.Skipped) > 0 || !slices.ContainsFunc(frames(m), near) {
		t.Errorf("%+v, %v", m.Skipped, frames(m))
	}
	// Behind a break in the structure other programs may read on.
	if m := measured(t, d, data[:len(data)-1], Options{}); len(m.Skipped) != 1 {
		t.Errorf("without its end: %+v", m.Skipped)
	}
	data, err = os.ReadFile(film(t, "many.gif", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=13"))
	if err != nil {
		t.Fatal(err)
	}
	many := measured(t, d, data, Options{})
	if len(frames(many)) != mostPictures || len(many.Skipped) != 1 || many.Skipped[0].Why != jaga.WhyTooBig {
		t.Errorf("many: %d, %+v", len(frames(many)), many.Skipped)
	}
}

// TestPages: every page of a document is compared, here and in a worker.
func TestPages(t *testing.T) {
	t.Parallel()
	// Two files, the second moved behind the first: all offsets in it grow.
	var one, two bytes.Buffer
	for seed, b := range map[uint64]*bytes.Buffer{1: &one, 2: &two} {
		if err := tiff.Encode(b, testpic.Photo(seed, 160, 120), nil); err != nil {
			t.Fatal(err)
		}
	}
	second, err := pdq.FromImage(testpic.Photo(2, 160, 120))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	data, moved := one.Bytes(), two.Bytes()
	by := uint32(len(data))
	ifd := le.Uint32(moved[4:])
	count := uint32(le.Uint16(moved[ifd:]))
	sizes := map[uint16]uint32{1: 1, 2: 1, 3: 2, 4: 4, 5: 8}
	for e := ifd + 2; e < ifd+2+12*count; e += 12 {
		outside := sizes[le.Uint16(moved[e+2:])]*le.Uint32(moved[e+4:]) > 4
		if tag := le.Uint16(moved[e:]); outside || tag == 273 { // where the pixels are
			le.PutUint32(moved[e+8:], le.Uint32(moved[e+8:])+by)
		}
	}
	first := le.Uint32(data[4:])
	le.PutUint32(data[first+2+12*uint32(le.Uint16(data[first:])):], ifd+by)
	both := append(data, moved...)
	for name, d := range map[string]*Decoder{"here": NewDecoder(DefaultLimits(), 1), "in the jail": confined(t, DefaultLimits(), 1)} {
		m := measured(t, d, slices.Clone(both), Options{})
		if !m.Several || len(m.Skipped) > 0 || !slices.Equal(frames(m), []string{second.Hash.String()}) {
			t.Errorf("%s: %+v", name, m)
		}
		// A list in a circle does not go on for ever, and is told.
		round := slices.Clone(both)
		at := ifd + by + 2 + 12*count
		le.PutUint32(round[at:], first)
		if m := measured(t, d, round, Options{}); len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyDamaged {
			t.Errorf("%s, in a circle: %+v", name, m.Skipped)
		}
	}
}

// TestOddPictures: what the Go decoders do not know is decoded by ffmpeg, to the
// same picture.
func TestOddPictures(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	png := film(t, "x.png", "-f", "lavfi", "-i", "mandelbrot=s=320x240", "-frames:v", "1")
	data, err := os.ReadFile(png)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pdq.ParseHash(measured(t, d, data, Options{}).Signals[3].Value)
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"x.avif": {"-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "-crf", "10"},
		"x.jxl":  {"-c:v", "libjxl"},
		"x.jp2":  {"-c:v", "jpeg2000"},
	} {
		data, err := os.ReadFile(film(t, name, append([]string{"-i", png}, args...)...))
		if err != nil {
			t.Fatal(err)
		}
		m := measured(t, d, data, Options{})
		if !m.Hashed() || m.Several || len(m.Skipped) > 0 {
			t.Errorf("%s: %+v", name, m)
			continue
		}
		got, err := pdq.ParseHash(m.Signals[3].Value)
		if err != nil || got.Distance(want) > 10 || m.Width != 320 || m.Height != 240 {
			t.Errorf("%s: %d bits away, %d x %d, %v", name, got.Distance(want), m.Width, m.Height, err)
		}
		// The file says that it is larger than what came out: one of its tiles.
		if i := strings.Index(string(data), "ispe"); i > 0 {
			data[i+11]++
			data[i+10]++
			if m := measured(t, d, data, Options{}); m.Hashed() || len(m.Skipped) != 1 {
				t.Errorf("%s, a tile: %+v", name, m)
			}
		}
	}
}
