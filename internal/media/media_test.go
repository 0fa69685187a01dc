package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// scene is a picture of waves and a disc.
func scene(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			l := 120 + 60*math.Sin(9*u+3*v) + 50*math.Cos(14*v-5*u*u)
			if (u-.6)*(u-.6)+(v-.4)*(v-.4) < .04 {
				l = 255 - l
			}
			c := func(d float64) uint8 { return uint8(min(255, max(0, l+d))) }
			m.SetNRGBA(x, y, color.NRGBA{c(0), c(10), c(-20), 255})
		}
	}
	return m
}

func encode(t testing.TB, fn func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := fn(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func files(t testing.TB) map[Type][]byte {
	img := scene(160, 120)
	return map[Type][]byte{
		JPEG: encode(t, func(w io.Writer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: 92}) }),
		PNG:  encode(t, func(w io.Writer) error { return png.Encode(w, img) }),
		GIF:  encode(t, func(w io.Writer) error { return gif.Encode(w, img, nil) }),
		BMP:  encode(t, func(w io.Writer) error { return bmp.Encode(w, img) }),
		TIFF: encode(t, func(w io.Writer) error { return tiff.Encode(w, img, nil) }),
	}
}

func measure(t testing.TB, data []byte) Measured {
	t.Helper()
	m, err := NewDecoder(DefaultLimits(), 2).Measure(context.Background(), bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func pdqOf(m Measured) (h pdq.Hash, ok bool) {
	for _, s := range m.Signals {
		if s.Type == jaga.PDQ {
			h, err := pdq.ParseHash(s.Value)
			return h, err == nil
		}
	}
	return h, false
}

func TestEveryFormatGivesNearlyTheSameHash(t *testing.T) {
	t.Parallel()
	want, err := pdq.FromImage(scene(160, 120))
	if err != nil || want.Quality < pdq.MinQuality {
		t.Fatalf("%v %v", want, err)
	}
	for typ, data := range files(t) {
		m := measure(t, data)
		h, ok := pdqOf(m)
		if m.Type != typ || !ok || len(m.Skipped) != 0 || m.Width != 160 || m.Height != 120 || m.Bytes != int64(len(data)) {
			t.Errorf("%s: %+v", typ, m)
		}
		limit := 0
		if typ == JPEG || typ == GIF {
			limit = 14
		}
		if d := h.Distance(want.Hash); d > limit {
			t.Errorf("%s: %d bits off", typ, d)
		}
		sum := sha256.Sum256(data)
		if !slices.ContainsFunc(m.Signals, func(s jaga.Signal) bool { return s.Value == hex.EncodeToString(sum[:]) }) {
			t.Errorf("%s: no SHA-256", typ)
		}
	}
}

func TestTruncatedAndDamagedFilesAreNeverClean(t *testing.T) {
	t.Parallel()
	for typ, data := range files(t) {
		for n := 0; n < 100; n += 5 {
			m := measure(t, data[:len(data)*n/100])
			if _, ok := pdqOf(m); !ok && !m.Hashed() && len(m.Skipped) == 0 {
				t.Errorf("%s cut to %d %%: neither hashed nor skipped", typ, n)
			}
			if n < 50 && len(m.Skipped) == 0 {
				t.Errorf("%s cut to %d %%: was hashed", typ, n)
			}
		}
		for i := 0; i < len(data); i += 1 + len(data)/150 {
			bad := slices.Clone(data)
			bad[i] ^= 0x5a
			m := measure(t, bad) // must not panic
			if _, ok := pdqOf(m); !ok && len(m.Skipped) == 0 {
				t.Errorf("%s with byte %d changed: neither hashed nor skipped", typ, i)
			}
		}
	}
}

func why1(t *testing.T, m Measured) jaga.Why {
	t.Helper()
	if len(m.Skipped) == 0 {
		t.Fatalf("nothing skipped: %+v", m)
	}
	return m.Skipped[len(m.Skipped)-1].Why
}

func TestHugeHeadersAreRefusedQuickly(t *testing.T) {
	t.Parallel()
	const side = 100_000
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), side)
	ihdr = append(binary.BigEndian.AppendUint32(ihdr, side), 8, 6, 0, 0, 0)
	pngFile := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), ihdr...)
	pngFile = binary.BigEndian.AppendUint32(pngFile, crc32.ChecksumIEEE(ihdr))
	bmpFile := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(bmpFile[10:], 54)
	binary.LittleEndian.PutUint32(bmpFile[14:], 40)
	binary.LittleEndian.PutUint32(bmpFile[18:], side)
	binary.LittleEndian.PutUint32(bmpFile[22:], side)
	binary.LittleEndian.PutUint16(bmpFile[26:], 1)
	binary.LittleEndian.PutUint16(bmpFile[28:], 24)
	gifFile := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08"), make([]byte, 300)...)
	jpegFile := []byte("\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + strings.Repeat("\x00", 64))
	for name, data := range map[string][]byte{"png": pngFile, "bmp": bmpFile, "gif": gifFile, "jpeg": jpegFile} {
		if got := why1(t, measure(t, data)); got != jaga.WhyTooManyPix {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	flat := encode(t, func(w io.Writer) error { return png.Encode(w, image.NewGray(image.Rect(0, 0, 90, 90))) })
	for name, c := range map[string]struct {
		data []byte
		want jaga.Why
	}{
		"empty":    {nil, jaga.WhyEmpty},
		"text":     {[]byte("hello, this is no picture"), jaga.WhyNotAnImage},
		"zip":      {[]byte("PK\x03\x04 and so on"), jaga.WhyNotAnImage},
		"video":    {[]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"), jaga.WhyTruncated},
		"heic":     {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), jaga.WhyUnsupported},
		"flat":     {flat, jaga.WhyLowQuality},
		"bad jpeg": {[]byte("\xff\xd8\xff\xdb\x00\x01" + strings.Repeat("\x00", 64)), jaga.WhyDamaged},
	} {
		m := measure(t, c.data)
		if got := why1(t, m); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if c.want == jaga.WhyLowQuality {
			if _, ok := pdqOf(m); !ok || slices.ContainsFunc(m.Usable(), func(s jaga.Signal) bool { return s.Type == jaga.PDQ }) {
				t.Errorf("%s: a hash of low quality is shown, and not used", name)
			}
		}
	}
}

func TestBytesBeyondTheLimitAreStillHashed(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	lim.Bytes = 1000
	data := bytes.Repeat([]byte("jaga"), 2_000_000)
	m, err := NewDecoder(lim, 1).Measure(context.Background(), bytes.NewReader(data), Options{})
	if err != nil || m.Bytes != int64(len(data)) || why1(t, m) != jaga.WhyTooBig {
		t.Fatalf("%+v, error %v", m, err)
	}
	sum := sha256.Sum256(data)
	if m.Signals[2].Value != hex.EncodeToString(sum[:]) {
		t.Error("the SHA-256 is not that of the whole file")
	}
}

func TestSlowDecodersAreLeftBehind(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	lim.Time = 30 * time.Millisecond
	d := NewDecoder(lim, 1)
	release := make(chan struct{})
	d.run = func(context.Context, []byte, Type, Limits) (picture, error) {
		<-release
		return picture{}, errors.New("late")
	}
	data := files(t)[PNG]
	m, err := d.Measure(context.Background(), bytes.NewReader(data), Options{})
	if err != nil || why1(t, m) != jaga.WhyTimeout {
		t.Fatalf("%+v, error %v", m, err)
	}
	if m, _ = d.Measure(context.Background(), bytes.NewReader(data), Options{}); why1(t, m) != jaga.WhyBusy {
		t.Errorf("while the slow decoder runs: %+v", m.Skipped)
	}
	close(release)
	deadline := time.Now().Add(5 * time.Second)
	d2 := *d
	d2.run = decode
	for {
		if m, _ = d2.Measure(context.Background(), bytes.NewReader(data), Options{}); len(m.Skipped) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the slot never came back: %+v", m.Skipped)
		}
	}
}

func TestADecoderThatPanicsIsDamage(t *testing.T) {
	t.Parallel()
	if _, err := decode(t.Context(), nil, Type("image/panic"), DefaultLimits()); err == nil {
		t.Error("an unknown type was decoded")
	}
	var not *NotChecked
	_, err := decode(t.Context(), []byte("BM"), BMP, DefaultLimits())
	if !errors.As(err, &not) {
		t.Errorf("error %v", err)
	}
}

func TestReadErrorsAreErrors(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	_, err := NewDecoder(DefaultLimits(), 1).Measure(context.Background(), io.MultiReader(strings.NewReader("\xff\xd8"), iotest.ErrReader(boom)), Options{})
	if !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
}

func TestRotationsAreNamed(t *testing.T) {
	t.Parallel()
	m, err := NewDecoder(DefaultLimits(), 1).Measure(context.Background(), bytes.NewReader(files(t)[PNG]), Options{Rotations: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range m.Signals {
		if s.Type == jaga.PDQ {
			got = append(got, s.Variant)
		}
	}
	want := []string{"", "rotate90", "rotate180", "rotate270", "flipX", "flipY", "flipPlus1", "flipMinus1"}
	if !slices.Equal(got, want) {
		t.Errorf("variants %q", got)
	}
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	plain := files(t)[JPEG]
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for want := 1; want <= 8; want++ {
			mark := "II"
			if order == binary.AppendByteOrder(binary.BigEndian) {
				mark = "MM"
			}
			b := order.AppendUint16([]byte("Exif\x00\x00"+mark), 42)
			b = order.AppendUint32(b, 8)
			b = order.AppendUint16(b, 1)
			b = order.AppendUint16(b, 0x0112)
			b = order.AppendUint16(b, 3)
			b = order.AppendUint32(b, 1)
			b = order.AppendUint16(b, uint16(want))
			b = order.AppendUint16(b, 0)
			seg := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(b)+2)), b...)
			file := slices.Concat(plain[:2], seg, plain[2:])
			if m := measure(t, file); m.Orientation != want || len(m.Skipped) != 0 {
				t.Errorf("%s orientation %d: %d, skipped %v", mark, want, m.Orientation, m.Skipped)
			}
		}
	}
	if m := measure(t, plain); m.Orientation != 0 {
		t.Errorf("orientation %d without EXIF", m.Orientation)
	}
}

func FuzzMeasure(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data[:min(len(data), 600)])
	}
	lim := DefaultLimits()
	lim.Pixels = 1 << 20
	d := NewDecoder(lim, 2)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := d.Measure(context.Background(), bytes.NewReader(data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := pdqOf(m); !ok && len(m.Skipped) == 0 {
			t.Error("neither hashed nor skipped")
		}
	})
}

// frames are the hashes of a file that belong to pictures behind the first.
func frames(m Measured) (out []string) {
	for _, s := range m.Signals {
		if strings.HasPrefix(s.Variant, "frame ") {
			out = append(out, s.Value)
		}
	}
	return out
}

func ExampleDecoder_Measure() {
	m, err := NewDecoder(DefaultLimits(), 1).Measure(context.Background(), strings.NewReader("not a picture"), Options{})
	fmt.Println(m.Skipped[0].Why, err)
	// Output: not_an_image <nil>
}
