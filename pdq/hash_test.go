package pdq_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/pdq"
)

func randomHash(rnd *rand.Rand) (h pdq.Hash) {
	for i := range h {
		h[i] = byte(rnd.Uint32())
	}
	return h
}

func TestDistanceIsAMetric(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		a, b, c := randomHash(rnd), randomHash(rnd), randomHash(rnd)
		if rnd.IntN(4) == 0 {
			b = a
		}
		switch ab, ba := a.Distance(b), b.Distance(a); {
		case ab != ba:
			t.Fatalf("not symmetric: %d and %d", ab, ba)
		case (ab == 0) != (a == b):
			t.Fatalf("distance %d, equal %v", ab, a == b)
		case a.Distance(c) > ab+b.Distance(c):
			t.Fatal("the triangle inequality fails")
		}
	}
	var zero, ones pdq.Hash
	for i := range ones {
		ones[i] = 0xff
	}
	if zero.Distance(ones) != 256 {
		t.Error("complements must be 256 bits apart")
	}
}

func TestHashForms(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		h := randomHash(rnd)
		back, err := pdq.ParseHash(strings.ToUpper(h.String()))
		if err != nil || back != h {
			t.Fatalf("text: %v, error %v", back, err)
		}
		data, err := json.Marshal(map[string]pdq.Hash{"h": h})
		var m map[string]pdq.Hash
		if err != nil || json.Unmarshal(data, &m) != nil || m["h"] != h {
			t.Fatalf("JSON %s: %v", data, err)
		}
		v, err := h.Value()
		var scanned pdq.Hash
		if err != nil || scanned.Scan(v) != nil || scanned != h {
			t.Fatalf("SQL: %v, error %v", scanned, err)
		}
		if err := scanned.Scan(h.String()); err != nil || scanned != h {
			t.Fatalf("SQL text: %v", err)
		}
		for i := range 256 {
			word := h.String()[60-4*(i/16) : 64-4*(i/16)]
			var w uint16
			if _, err := fmt.Sscanf(word, "%x", &w); err != nil || h.Bit(i) != (w>>(i%16)&1 == 1) {
				t.Fatalf("bit %d of %s is %v", i, h, h.Bit(i))
			}
		}
	}
	var h pdq.Hash
	for _, bad := range []any{nil, 7, []byte{1}, "zz", strings.Repeat("g", 64)} {
		if h.Scan(bad) == nil {
			t.Errorf("%v was scanned", bad)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := pdq.ParseHash(s)
		if err == nil && h.String() != strings.ToLower(s) {
			t.Errorf("%q read as %v", s, h)
		}
	})
}

func FuzzSum(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef"), uint16(5), uint16(6), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, pix []byte, w, h uint16, format, pad uint8) {
		p := pdq.Pixels{Pix: pix, Width: int(w % 300), Height: int(h % 300), Format: pdq.Format(format % 3)}
		p.Stride = p.Width*p.Format.Channels() + int(pad)
		fast, err := pdq.Sum(p)
		exact, err2 := pdq.SumExact(p)
		if (err == nil) != (err2 == nil) || fast != exact {
			t.Errorf("Sum %v %v, SumExact %v %v", fast, err, exact, err2)
		}
	})
}

func TestFromImageAgreesOverImageTypes(t *testing.T) {
	t.Parallel()
	base := image.NewNRGBA(image.Rect(0, 0, 200, 150))
	palette := image.NewPaletted(image.Rect(3, 4, 203, 154), nil)
	for i := range 64 {
		palette.Palette = append(palette.Palette, color.NRGBA{byte(251 * i), byte(37 * i), byte(5 * i), 255})
	}
	generic := image.NewNRGBA64(base.Bounds())
	premultiplied := image.NewRGBA(base.Bounds())
	sub := image.NewNRGBA(image.Rect(-5, -5, 300, 300))
	for y := range 150 {
		for x := range 200 {
			i := uint8((x/9*7 + y/11*13 + x*y/640) % 64)
			c := palette.Palette[i].(color.NRGBA)
			base.SetNRGBA(x, y, c)
			palette.SetColorIndex(x+3, y+4, i)
			generic.Set(x, y, c)
			premultiplied.Set(x, y, c)
			sub.SetNRGBA(x+20, y+30, c)
		}
	}
	want, err := pdq.FromImage(base)
	if err != nil || want.Quality < 50 {
		t.Fatalf("%v, error %v", want, err)
	}
	for name, img := range map[string]image.Image{
		"palette": palette, "NRGBA64": generic, "RGBA": premultiplied,
		"a part of a larger picture": sub.SubImage(image.Rect(20, 30, 220, 180)),
	} {
		if got, err := pdq.FromImage(img); err != nil || got != want {
			t.Errorf("%s: %v, error %v, want %v", name, got, err, want)
		}
	}
	for i := 3; i < len(base.Pix); i += 4 {
		base.Pix[i] = byte(i)
	}
	if got, _ := pdq.FromImage(base); got != want {
		t.Error("alpha changed the hash")
	}
	if _, err := pdq.FromImage(image.NewGray(image.Rect(0, 0, 0, 0))); err == nil {
		t.Error("an empty picture was hashed")
	}
}

func Example() {
	p := pdq.Pixels{Pix: make([]byte, 100*100), Stride: 100, Width: 100, Height: 100, Format: pdq.Gray}
	for i := range p.Pix {
		p.Pix[i] = byte(i * i / 91)
	}
	a, err := pdq.Sum(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Pix[5050] ^= 0x40
	b, _ := pdq.Sum(p)
	fmt.Println(a.Hash.Distance(b.Hash) <= pdq.MatchThreshold)
	// Output: true
}
