package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestMeasure compares codes with those of the server.
func TestMeasure(t *testing.T) {
	t.Parallel()
	photo := testpic.Photo(5, 500, 400)
	for name, c := range map[string]struct {
		data []byte
		why  string
		near bool
	}{
		"jpeg": {testpic.JPEG(photo, 80), "", true}, "png": {testpic.PNG(photo), "", true},
		"flat": {testpic.PNG(testpic.Resize(photo, 1, 1)), "low_quality", false},
		"text": {[]byte("no picture"), "other", false}, "short": {[]byte{0xff}, "other", false},
		"long": {bytes.Repeat([]byte("0123456789"), 300_000), "other", false},
	} {
		m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(c.data), media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if c.why != "" {
			want = "why " + c.why + "\n"
		}
		for _, typ := range []jaga.SignalType{jaga.PDQ, jaga.SHA256, jaga.MD5} {
			for _, s := range m.Usable() {
				if s.Type == typ {
					want += string(typ) + " " + s.Value + "\n"
				}
			}
		}
		if got := measure(iotest.HalfReader(bytes.NewReader(c.data)), int64(len(c.data))); got != want || c.near != strings.HasPrefix(want, "pdq ") {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
	data := testpic.JPEG(photo, 80)
	for name, c := range map[string]struct {
		r    io.Reader
		size int
		want string
	}{
		"empty":                    {bytes.NewReader(nil), 0, "why empty\n"},
		"shorter":                  {bytes.NewReader(data[:100]), len(data), "why unreadable\n"},
		"gone":                     {iotest.ErrReader(errors.New("gone")), len(data), "why unreadable\n"},
		"shorter, of another kind": {strings.NewReader("some text"), 5000, "why unreadable\n"},
	} {
		if got := measure(c.r, int64(c.size)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := measure(bytes.NewReader(data[:len(data)/2]), int64(len(data)/2)); !strings.HasPrefix(got, "why damaged\n") {
		t.Errorf("a cut JPEG: %q", got)
	}
}

// TestDecoded: pixels from the browser have the code of the same picture in a
// file.
func TestDecoded(t *testing.T) {
	t.Parallel()
	photo := testpic.Photo(6, 300, 200)
	file := testpic.PNG(photo)
	want, _, _ := strings.Cut(measure(bytes.NewReader(file), int64(len(file))), "\n")
	if got := decoded(bytes.NewReader(photo.Pix), 300, 200); got != want+"\n" {
		t.Errorf("%q, want %q", got, want)
	}
	for _, side := range []int{0, -1, 1 << 20} {
		if got := decoded(bytes.NewReader(nil), side, 200); got != "why too_many_pixels\n" {
			t.Errorf("%d wide: %q", side, got)
		}
	}
	if got := decoded(bytes.NewReader(photo.Pix[:99]), 300, 200); got != "why unreadable\n" {
		t.Errorf("too few pixels: %q", got)
	}
}
