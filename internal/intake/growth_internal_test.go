package intake

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/bank"
)

// A growth holds exactly the entries of its ranges.
func TestGrowth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ranges []bank.Grew
		in := map[int64]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "ranges") {
			first := rapid.Int64Range(0, 40).Draw(t, "first")
			r := bank.Grew{First: first, Last: first + rapid.Int64Range(0, 6).Draw(t, "more")}
			ranges = append(ranges, r)
			for e := r.First; e <= r.Last; e++ {
				in[e] = true
			}
		}
		g := newGrowth(ranges)
		for e := range int64(50) {
			if g.has(e) != in[e] {
				t.Fatalf("%v: has(%d) = %v", g, e, g.has(e))
			}
		}
	})
}
