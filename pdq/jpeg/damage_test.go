package jpeg

import (
	"bytes"
	"errors"
	stdjpeg "image/jpeg"
	"testing"
)

// stdFile is a small file of Go's encoder (4:2:0, baseline).
func stdFile(t testing.TB, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := stdjpeg.Encode(&buf, photo(7, w, h), nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// replace changes the bytes behind the first marker m, from offset on.
func replace(data []byte, m byte, offset int, with ...byte) []byte {
	out := bytes.Clone(data)
	at := bytes.Index(out, []byte{0xff, m})
	copy(out[at+2+offset:], with)
	return out
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	ok := stdFile(t, 40, 30)
	for name, tc := range map[string]struct {
		data []byte
		lim  Limits
		want error
	}{
		"empty":                {nil, Limits{}, ErrFormat},
		"another format":       {[]byte("\x89PNG\r\n\x1a\n"), Limits{}, ErrFormat},
		"start only":           {[]byte("\xff\xd8\xff"), Limits{}, ErrTruncated},
		"no picture":           {[]byte("\xff\xd8\xff\xd9"), Limits{}, ErrDamaged},
		"header only":          {ok[:bytes.Index(ok, []byte{0xff, mSOS})], Limits{}, ErrTruncated},
		"cut in the header":    {ok[:100], Limits{}, ErrTruncated},
		"cut in the data":      {ok[:len(ok)-200], Limits{}, ErrTruncated},
		"cut and ended":        {append(bytes.Clone(ok[:len(ok)-200]), 0xff, mEOI), Limits{}, ErrDamaged},
		"zero width":           {replace(ok, mSOF0, 5, 0, 0), Limits{}, ErrDamaged},
		"zero height":          {replace(ok, mSOF0, 3, 0, 0), Limits{}, ErrDamaged},
		"12 bits":              {replace(ok, mSOF0, 2, 12), Limits{}, ErrUnsupported},
		"five components":      {replace(ok, mSOF0, 7, 5), Limits{}, ErrDamaged},
		"sampling of 0":        {replace(ok, mSOF0, 9, 0x02), Limits{}, ErrDamaged},
		"sampling 3 beside 2":  {replace(ok, mSOF0, 9, 0x31, 0, 2, 0x21), Limits{}, ErrUnsupported},
		"lossless":             {bytes.Replace(ok, []byte{0xff, mSOF0}, []byte{0xff, 0xc3}, 1), Limits{}, ErrUnsupported},
		"arithmetic":           {bytes.Replace(ok, []byte{0xff, mSOF0}, []byte{0xff, 0xc9}, 1), Limits{}, ErrUnsupported},
		"no quantisation":      {bytes.Replace(ok, []byte{0xff, mDQT}, []byte{0xff, 0xe5}, 1), Limits{}, ErrDamaged},
		"no huffman":           {bytes.Replace(ok, []byte{0xff, mDHT}, []byte{0xff, 0xe5}, 1), Limits{}, ErrDamaged},
		"too many codes":       {replace(ok, mDHT, 3, 9), Limits{}, ErrDamaged},
		"scan of an unknown":   {replace(ok, mSOS, 3, 77), Limits{}, ErrDamaged},
		"two starts":           {bytes.Replace(ok, []byte{0xff, mDQT}, []byte{0xff, mSOI}, 1), Limits{}, ErrDamaged},
		"a huge claim":         {replace(ok, mSOF0, 3, 0xff, 0xff, 0xff, 0xff), Limits{}, ErrPixels},
		"more than allowed":    {ok, Limits{Pixels: 40*30 - 1}, ErrPixels},
		"more memory":          {ok, Limits{Memory: 3000}, ErrMemory},
		"asked to stop at row": {ok, Limits{Stop: func() error { return errStop }}, errStop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, err := Decode(tc.data, tc.lim)
			if !errors.Is(err, tc.want) || img != nil {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
	if _, err := Decode(ok, Limits{Pixels: 40 * 30, Memory: 1 << 20}); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	ok := stdFile(t, 41, 30)
	if w, h, err := Size(ok[:bytes.Index(ok, []byte{0xff, mSOS})]); w != 41 || h != 30 || err != nil {
		t.Errorf("%d x %d, error %v", w, h, err)
	}
	if w, h, err := Size(replace(ok, mSOF0, 3, 0xff, 0xff, 0xff, 0xfe)); w != 0xfffe || h != 0xffff || err != nil {
		t.Errorf("%d x %d, error %v", w, h, err)
	}
	for name, tc := range map[string]struct {
		data []byte
		want error
	}{
		"empty": {nil, ErrFormat}, "cut": {ok[:30], ErrTruncated}, "no picture": {[]byte("\xff\xd8\xff\xd9"), ErrDamaged},
		"zero width": {replace(ok, mSOF0, 5, 0, 0), ErrDamaged},
	} {
		if _, _, err := Size(tc.data); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

var errStop = errors.New("time is up")

// TestDecodeEveryCut: no prefix that lacks coded data passes for the picture;
// only the end marker may be missing.
func TestDecodeEveryCut(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	for _, args := range [][]string{{}, {"-progressive"}, {"-restart", "1"}} {
		data := encode(t, cjpeg, photo(3, 50, 35), args...)
		for n := range data {
			img, err := Decode(data[:n], Limits{})
			if err == nil && n < len(data)-3 {
				t.Fatalf("cjpeg %v: %d of %d bytes decoded to %d x %d", args, n, len(data), img.Width, img.Height)
			}
			if err == nil {
				continue
			}
			if n > 2 && !errors.Is(err, ErrTruncated) {
				t.Fatalf("cjpeg %v: %d of %d bytes: %v", args, n, len(data), err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(stdFile(f, 17, 9))
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := Decode(data, Limits{Pixels: 1 << 16, Memory: 1 << 22})
		if err != nil {
			return
		}
		if n := img.Stride*(img.Height-1) + img.Width*img.Components; len(img.Pix) < n {
			t.Fatalf("%d bytes for %d x %d x %d", len(img.Pix), img.Width, img.Height, img.Components)
		}
		p := img.Pixels()
		if len(p.Pix) < p.Stride*(p.Height-1)+p.Width*p.Format.Channels() {
			t.Fatalf("pixels: %d bytes for %d x %d", len(p.Pix), p.Width, p.Height)
		}
		if b := img.Std().Bounds(); b.Dx() != img.Width || b.Dy() != img.Height {
			t.Fatalf("bounds %v", b)
		}
	})
}

func FuzzScreen(f *testing.F) {
	f.Add(stdFile(f, 512, 64))
	for i, w := range []writer{
		{w: 520, h: 70, comps: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0, 1, 2}}, restart: 7, density: 3},
		{w: 512, h: 64, comps: [][2]int{{1, 1}}, adobe: -1, scans: [][]int{{0}}, density: 3},
		{w: 512, h: 64, comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {1, 2}}, density: 2},
	} {
		f.Add(w.file(uint64(i)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, u, err := Screen(data)
		if err == nil && (u == nil || r.Quality < screenQuality) {
			t.Fatalf("quality %d, buffer %v", r.Quality, u != nil)
		}
		for i := 0; err == nil && i < len(u); i++ {
			if !(u[i] >= 0 && u[i] <= 255) {
				t.Fatalf("luma %v", u[i])
			}
		}
	})
}
