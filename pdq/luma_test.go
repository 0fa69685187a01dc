package pdq

import (
	"math/rand/v2"
	"testing"
)

// TestLumaIsStretchedGray: the four values that the two ranges share exactly
// give the same hash both ways, by the fast and the exact path, and at the size
// that is not filtered.
func TestLumaIsStretchedGray(t *testing.T) {
	t.Parallel()
	for i, size := range [][2]int{{640, 360}, {101, 517}, {64, 64}, {4, 90}} {
		rnd := rand.New(rand.NewPCG(uint64(i), 11))
		gray := Pixels{Pix: make([]byte, size[0]*size[1]), Stride: size[0], Width: size[0], Height: size[1], Format: Gray}
		video := gray
		video.Pix, video.Format = make([]byte, len(gray.Pix)), Luma
		for k := range gray.Pix {
			level := (k%size[0]/23 + k/size[0]/17*rnd.IntN(2) + rnd.IntN(2)) % 4
			gray.Pix[k], video.Pix[k] = byte(85*level), byte(16+73*level)
		}
		want, err := Sum(gray)
		if err != nil {
			t.Fatal(err)
		}
		for name, sum := range map[string]func(Pixels, ...Option) (Result, error){"Sum": Sum, "SumExact": SumExact} {
			got, err := sum(video)
			if err != nil || got.Hash.Distance(want.Hash) != 0 || got.Quality < want.Quality-1 || got.Quality > want.Quality+1 {
				t.Errorf("%v, %s: %v %d (error %v), want %v %d", size, name, got.Hash, got.Quality, err, want.Hash, want.Quality)
			}
		}
	}
}
