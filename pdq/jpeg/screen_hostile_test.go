package jpeg

import (
	"errors"
	"testing"

	"github.com/jaga-project/jaga/pdq"
)

// TestScreenOutOfRange: luma beyond what samples can have shows as black and
// white; it must not move the screening hash away from what is seen.
func TestScreenOutOfRange(t *testing.T) {
	t.Parallel()
	base := writer{w: 1024, h: 900, comps: [][2]int{{1, 1}}, adobe: -1, scans: [][]int{{0}}}
	for seed := range uint64(20) {
		w := base
		w.dcRange = 1024 + 50*int(seed)
		data := w.file(seed)
		img, err := Decode(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		full, err := pdq.Sum(img.Pixels())
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := Screen(data)
		if err != nil {
			t.Fatalf("range %d: %v", w.dcRange, err)
		}
		if d := r.Hash.Distance(full.Hash); d > ScreenMargin {
			t.Errorf("range %d: %d bits", w.dcRange, d)
		}
	}
	for name, change := range map[string]func(*writer){
		"constant terms":  func(w *writer) { w.dcRange = 2500 },
		"contrast":        func(w *writer) { w.density, w.acGain = 9, 40 },
		"constant, grown": func(w *writer) { w.dcRange = 9000 },
	} {
		w := base
		change(&w)
		if _, _, err := Screen(w.file(1)); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestScreenSecondLuma: where luma comes twice, decoders let the last count, so
// the first must not be screened.
func TestScreenSecondLuma(t *testing.T) {
	t.Parallel()
	w := writer{w: 640, h: 600, comps: [][2]int{{1, 1}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {1, 2}}, density: 2}
	if _, _, err := Screen(w.file(1)); err != nil {
		t.Fatalf("luma in a scan of its own: %v", err)
	}
	w.scans = [][]int{{0}, {1, 2}, {0}}
	if _, _, err := Screen(w.file(1)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("luma twice: %v", err)
	}
}

// TestTwoTiersLoseNothing: a stored hash that the hash of the decoded picture
// finds at the threshold is found by the screening hash at the threshold plus
// the margin, also where the bits are turned so as to make it hardest.
func TestTwoTiersLoseNothing(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	for i := range 24 {
		args := []string{"-quality", []string{"25", "60", "85"}[i%3]}
		if i%4 == 0 {
			args = append(args, "-progressive")
		}
		data := encode(t, cjpeg, photo(uint64(i), 520+31*i, 700-9*i), args...)
		img, err := Decode(data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		full, err := pdq.Sum(img.Pixels())
		if err != nil {
			t.Fatal(err)
		}
		r, _, err := Screen(data)
		if errors.Is(err, ErrUnsupported) {
			continue // decoded instead
		}
		if err != nil {
			t.Fatal(err)
		}
		stored, turned := full.Hash, 0
		for bit := 0; turned < pdq.MatchThreshold; bit++ {
			mask := byte(1) << (bit % 8)
			if (full.Hash[bit/8]^r.Hash[bit/8])&mask == 0 { // away from both
				stored[bit/8] ^= mask
				turned++
			}
		}
		if d := stored.Distance(full.Hash); d != pdq.MatchThreshold {
			t.Fatalf("the stored hash is %d bits away", d)
		}
		if d := stored.Distance(r.Hash); d > pdq.MatchThreshold+ScreenMargin {
			t.Errorf("picture %d: screening would lose a match, %d bits", i, d)
		}
	}
}
