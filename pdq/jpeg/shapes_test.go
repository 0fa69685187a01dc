package jpeg

import (
	"bytes"
	"fmt"
	"testing"
)

// TestDecodeRareShapes: files that the usual encoders do not write decode as
// with libjpeg-turbo.
func TestDecodeRareShapes(t *testing.T) {
	t.Parallel()
	djpeg := djpegPath(t)
	full := [][]int{{0, 1, 2}}
	four := [][]int{{0, 1, 2, 3}}
	for name, w := range map[string]writer{
		"grey with sampling 2x2":       {comps: [][2]int{{2, 2}}, adobe: -1, scans: [][]int{{0}}},
		"separate scans":               {comps: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {1}, {2}}},
		"two scans, restarts":          {comps: [][2]int{{2, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {1, 2}}, restart: 2},
		"extended, wide steps":         {comps: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, scans: full, extended: true, wide: true},
		"RGB by Adobe marker":          {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: 0, scans: full},
		"RGB by Adobe, subsampled":     {comps: [][2]int{{1, 1}, {2, 2}, {1, 1}}, adobe: 0, scans: full},
		"RGB by identifiers":           {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, ids: []byte("RGB"), scans: full},
		"identifiers, but Adobe YCbCr": {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: 1, ids: []byte("RGB"), scans: full},
		"unknown identifiers":          {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, ids: []byte("xyz"), scans: full},
		"CMYK":                         {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, adobe: 0, scans: four},
		"CMYK without marker":          {comps: [][2]int{{1, 1}, {1, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: four},
		"YCCK subsampled":              {comps: [][2]int{{2, 2}, {1, 1}, {1, 1}, {2, 2}}, adobe: 2, scans: four},
		"YCCK 4:2:2, restarts":         {comps: [][2]int{{2, 1}, {1, 1}, {1, 1}, {2, 1}}, adobe: 2, scans: four, restart: 3},
		"sampling 4x1 and 2x1":         {comps: [][2]int{{4, 1}, {2, 1}, {1, 1}}, adobe: -1, scans: full},
		"sampling 3x1":                 {comps: [][2]int{{3, 1}, {1, 1}, {3, 1}}, adobe: -1, scans: full},
		"sampling 1x3":                 {comps: [][2]int{{1, 3}, {1, 1}, {1, 1}}, adobe: -1, scans: full},
		"chroma finer than luma":       {comps: [][2]int{{1, 1}, {2, 2}, {2, 1}}, adobe: -1, scans: full},
		"equal sampling 2x2":           {comps: [][2]int{{2, 2}, {2, 2}, {1, 1}}, adobe: -1, scans: full},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, size := range [][2]int{{1, 1}, {4, 4}, {6, 5}, {33, 18}, {70, 41}} {
				w := w
				w.w, w.h, w.density = size[0], size[1], []int{0, 2, 6, 20, 50}[(i+len(name))%5]
				sameAsPeer(t, djpeg, w.file(uint64(len(name)+i)))
			}
		})
	}
}

// TestMissingEnd: what is complete needs no end marker.
func TestMissingEnd(t *testing.T) {
	t.Parallel()
	for _, scans := range [][][]int{{{0, 1, 2}}, {{0}, {1}, {2}}} {
		w := writer{w: 30, h: 20, comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: scans, density: 5}
		ended, err := Decode(w.file(1), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		w.noEnd = true
		open, err := Decode(w.file(1), Limits{})
		if err != nil || !bytes.Equal(open.Pix, ended.Pix) {
			t.Errorf("scans %v without the end marker: %v", scans, err)
		}
	}
}

// TestMissingScan: a component without data is not invented.
func TestMissingScan(t *testing.T) {
	t.Parallel()
	w := writer{w: 30, h: 20, comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {2}}, density: 5}
	if _, err := Decode(w.file(1), Limits{}); err == nil {
		t.Error("decoded without its second component")
	}
}

// TestGarbageBetweenMarkers: bytes before a marker are passed over, as
// libjpeg-turbo does, and so are fill bytes.
func TestGarbageBetweenMarkers(t *testing.T) {
	t.Parallel()
	ok := stdFile(t, 33, 21)
	want, err := Decode(ok, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, with := range []string{"\xff\xff\xff", "\x00\x01\x02\xff", "\xff\xfe\x00\x04ab\xff"} {
		data := bytes.Replace(ok, []byte{0xff, mSOF0}, append([]byte(with), mSOF0), 1)
		data = append(data, fmt.Sprint("trailing bytes ", i)...)
		got, err := Decode(data, Limits{})
		if err != nil {
			t.Fatalf("%q: %v", with, err)
		}
		if !bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%q: other samples", with)
		}
	}
}
