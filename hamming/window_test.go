package hamming

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The window of a bucket has every entry within the limit, however the weights
// of its entries are spread, and in small buckets and large ones. That a run is
// widened to it is found by the scan itself, of every kind.
func TestWindowMissesNothing(t *testing.T) {
	t.Parallel()
	spreads := map[string]func(rnd *rand.Rand) uint16{
		"random":     func(rnd *rand.Rand) uint16 { return uint16(rnd.Uint32()) },
		"few bits":   func(rnd *rand.Rand) uint16 { return uint16(rnd.Uint32() & rnd.Uint32() & rnd.Uint32()) },
		"many bits":  func(rnd *rand.Rand) uint16 { return uint16(rnd.Uint32() | rnd.Uint32() | rnd.Uint32()) },
		"two values": func(rnd *rand.Rand) uint16 { return uint16(rnd.IntN(2) * 0xffff) },
		"one weight": func(rnd *rand.Rand) uint16 { return 0x0f << rnd.IntN(12) },
	}
	for name, draw := range spreads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(23, uint64(len(name))))
			for range 400 {
				bucket := make([]uint16, 1+rnd.IntN([]int{3, 40, 300, 3000}[rnd.IntN(4)]))
				for i := range bucket {
					bucket[i] = draw(rnd)
				}
				slices.SortStableFunc(bucket, func(a, b uint16) int { return cmp.Compare(ones16(a), ones16(b)) })
				// The bucket stands between others, whose entries are all near.
				key, before, after := draw(rnd), rnd.IntN(100), rnd.IntN(100)
				next := slices.Concat(slices.Repeat([]uint16{key}, before), bucket, slices.Repeat([]uint16{key}, after))
				x := &Index{}
				x.bands[3] = band{next: padded(next, key), tags: make([]uint32, len(next))}
				limit := rnd.IntN(17)
				var want []uint32
				for i, v := range bucket {
					if ones16(v^key) <= limit {
						want = append(want, uint32(before+i))
					}
				}
				first, end := uint32(before), uint32(before+len(bucket))
				lo, hi := windowOf(key, uint8(limit)).guess(first, end)
				if lo < first || lo >= hi || hi > end {
					t.Fatalf("guess %d to %d of bucket %d to %d", lo, hi, first, end)
				}
				runs := []run{{lo: lo, hi: hi, first: first, end: end, key: key, limit: uint8(limit), band: 3}}
				for _, scan := range []func(*[room]candidate, []run, int) (int, int){x.scanRunsBlocks, x.scanRuns} {
					var got []uint32
					for _, c := range allCandidates(t, slices.Clone(runs), scan) {
						got = append(got, c.entry)
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%d of %d entries within %d of %04x found, want %d", len(got), len(bucket), limit, key, len(want))
					}
				}
			}
		})
	}
}
