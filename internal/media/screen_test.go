package media

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

// screened measures with a Far that answers far, and returns what it was asked.
func screened(t testing.TB, d *Decoder, data []byte, rotations, far bool) (m Measured, asked []jaga.Signal) {
	t.Helper()
	m, err := d.Measure(context.Background(), bytes.NewReader(data), Options{Rotations: rotations, Far: func(s []jaga.Signal) bool {
		asked = s
		return far
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m, asked
}

func TestScreenedFilesHaveNoPDQSignal(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	data := testpic.JPEG(testpic.Photo(1, 640, 480), 85)
	full := measure(t, data)
	want, _ := pdqOf(full)
	for _, rotations := range []bool{false, true} {
		m, asked := screened(t, d, data, rotations, true)
		if _, ok := pdqOf(m); ok || !m.Screened || len(m.Skipped) != 0 || m.Width != 640 || m.Height != 480 || len(m.Signals) != 3 || m.Quality != 0 {
			t.Errorf("%+v", m)
		}
		n := 1
		if rotations {
			n = 8
		}
		if len(asked) != n || asked[0].By != "pdq-screen/1" || asked[0].Variant != "" {
			t.Fatalf("asked %+v", asked)
		}
		h, err := pdq.ParseHash(asked[0].Value)
		if err != nil || h.Distance(want) > ScreenMargin {
			t.Errorf("%d bits off, error %v", h.Distance(want), err)
		}
	}
	m, asked := screened(t, d, data, false, false)
	if h, ok := pdqOf(m); len(asked) == 0 || !ok || h != want || m.Screened || m.Quality != full.Quality {
		t.Errorf("with something near: %+v", m)
	}
}

func TestWhatCannotBeScreenedIsDecoded(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	small := DefaultLimits()
	small.Pixels = 640*480 - 1
	photo := testpic.Photo(1, 640, 480)
	for name, c := range map[string]struct {
		d    *Decoder
		data []byte
		why  jaga.Why // empty: it is hashed
	}{
		"PNG":             {d, testpic.PNG(photo), ""},
		"narrow":          {d, testpic.JPEG(testpic.Photo(1, 400, 480), 85), ""},
		"faint":           {d, testpic.JPEG(testpic.Contrast(photo, 0.02), 85), jaga.WhyLowQuality},
		"cut":             {d, testpic.JPEG(photo, 85)[:20_000], jaga.WhyTruncated},
		"too many pixels": {NewDecoder(small, 1), testpic.JPEG(photo, 85), jaga.WhyTooManyPix},
	} {
		m, asked := screened(t, c.d, c.data, true, true)
		if m.Screened || len(asked) != 0 {
			t.Errorf("%s: screened", name)
		}
		if c.why == "" && len(m.Skipped) != 0 || c.why != "" && why1(t, m) != c.why {
			t.Errorf("%s: %+v", name, m.Skipped)
		}
	}
}

// TestBothTiersRefuseTheSameFiles: what decoding calls truncated or damaged is
// not passed by screening either, at every hundredth of a file and with bits
// turned.
func TestBothTiersRefuseTheSameFiles(t *testing.T) {
	t.Parallel()
	data := testpic.JPEG(testpic.Photo(2, 520, 320), 60)
	d := NewDecoder(DefaultLimits(), 1)
	same := func(what string, at int, bad []byte) {
		t.Helper()
		one := measure(t, bad)
		two, _ := screened(t, d, bad, true, true)
		if len(one.Skipped) != len(two.Skipped) {
			t.Errorf("%s %d: %v when decoded, %v when screened (%v)", what, at, one.Skipped, two.Skipped, two.Screened)
		}
	}
	for percent := range 100 {
		bad := data[:len(data)*percent/100]
		same("cut at percent", percent, bad)
		if m := measure(t, bad); percent > 0 && why1(t, m) != jaga.WhyTruncated {
			t.Errorf("cut to %d %%: %+v", percent, m.Skipped)
		}
	}
	for i := range 200 {
		at := 2 + i*(len(data)-4)/200
		bad := slices.Clone(data)
		bad[at] ^= 1 << (i % 8)
		same("bit turned at", at, bad)
	}
}

func TestAPanicInScreeningIsDecoded(t *testing.T) {
	t.Parallel()
	data := testpic.JPEG(testpic.Photo(1, 640, 480), 85)
	m, err := NewDecoder(DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(data), Options{Far: func([]jaga.Signal) bool { panic("no") }})
	if _, ok := pdqOf(m); err != nil || !ok || m.Screened {
		t.Errorf("%+v, error %v", m, err)
	}
}

func TestScreeningEndsInTime(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	lim.Time = 100 * time.Millisecond
	d := NewDecoder(lim, 1)
	data := testpic.JPEG(testpic.Photo(1, 640, 480), 85)
	m, err := d.Measure(t.Context(), bytes.NewReader(data), Options{Far: func([]jaga.Signal) bool {
		time.Sleep(2 * lim.Time)
		return true
	}})
	if err != nil || m.Screened || why1(t, m) != jaga.WhyTimeout || !strings.Contains(m.Skipped[0].Detail, "100ms") {
		t.Errorf("%+v, error %v", m, err)
	}
}
