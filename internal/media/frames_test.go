package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
)

func animation(t testing.TB, frames int) []byte {
	t.Helper()
	var g gif.GIF
	for i := range frames {
		m := testpic.Photo(uint64(i), 160, 120)
		p := image.NewPaletted(m.Rect, palette.Plan9)
		draw.Draw(p, p.Rect, m, image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withChunk puts a chunk behind the header of a PNG file.
func withChunk(file []byte, kind string, data []byte) []byte {
	const header = 8 + 12 + 13
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, kind...), data...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(append(append([]byte{}, file[:header]...), chunk...), file[header:]...)
}

// Where ffmpeg is not there, only the first picture of an animation is compared, and
// that is said.
func TestSeveralPictures(t *testing.T) {
	t.Parallel()
	photo := testpic.Photo(1, 160, 120)
	still := testpic.PNG(photo)
	var pages bytes.Buffer
	if err := tiff.Encode(&pages, photo, nil); err != nil {
		t.Fatal(err)
	}
	one := pages.Bytes()
	two := append([]byte{}, one...)
	ifd := binary.LittleEndian.Uint32(two[4:])
	binary.LittleEndian.PutUint32(two[ifd+2+12*uint32(binary.LittleEndian.Uint16(two[ifd:])):], 8)
	still1, moving := animation(t, 1), animation(t, 2)
	// Behind the first picture the structure is broken: players read on.
	odd := append(append([]byte{}, still1[:len(still1)-1]...), append([]byte{0x77}, moving[13:]...)...)
	d := NewDecoder(DefaultLimits(), 1)
	d.Use(Tools{FFmpeg: "/not/there/ffmpeg"})
	for name, c := range map[string]struct {
		data    []byte
		several bool
	}{
		"gif, one frame":         {still1, false},
		"gif, two frames":        {moving, true},
		"gif, no end":            {still1[:len(still1)-1], true},
		"gif, odd byte":          {odd, true},
		"gif, more behind":       {append(append([]byte{}, still1...), 0, 0, 0), false},
		"png":                    {still, false},
		"png, one frame":         {withChunk(still, "acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0}), false},
		"png, two frames":        {withChunk(still, "acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}), true},
		"tiff":                   {one, false},
		"tiff, two pages":        {two, true},
		"jpeg":                   {testpic.JPEG(photo, 80), false},
		"gif, cut in its frames": {animation(t, 2)[:900], false},
	} {
		m, err := d.Measure(t.Context(), bytes.NewReader(c.data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if m.Several != c.several {
			t.Errorf("%s: several %v, want %v", name, m.Several, c.several)
		}
		if c.several && (!m.Hashed() || len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyUnsupported || m.Skipped[0].Optional) {
			t.Errorf("%s: hashed %v, skipped %+v", name, m.Hashed(), m.Skipped)
		}
	}
}

func FuzzSeveral(f *testing.F) {
	f.Add(animation(f, 2))
	f.Add(withChunk(testpic.PNG(testpic.Photo(1, 32, 32)), "acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, t := range []Type{GIF, PNG, TIFF, JPEG} {
			several(data, t)
		}
	})
}
