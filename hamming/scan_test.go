package hamming

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// kernel is one of the scans that this machine can run.
type kernel struct {
	name string
	scan func(out *[block]uint32, next []uint16, key uint16, limit int) int
}

// padded copies entries so that a scan may read behind them; what stands there
// passes every test, so that a scan that reports it is found out.
func padded(entries []uint16, key uint16) []uint16 {
	p := append(slices.Clone(entries), slices.Repeat([]uint16{key}, spare)...)
	return p[:len(entries)]
}

func checkKernels(t *testing.T, entries []uint16, key uint16, limit int) {
	t.Helper()
	next := padded(entries, key)
	var want [block]uint32
	n := scanPortable(&want, next, key, limit)
	for _, k := range kernels() {
		var got [block]uint32
		if m := k.scan(&got, next, key, limit); !slices.Equal(got[:m], want[:n]) {
			t.Fatalf("%s: %d entries, key %04x, limit %d: %v, portable %v", k.name, len(entries), key, limit, got[:m], want[:n])
		}
	}
}

func TestScansAgreeAtEveryLength(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(21, 1))
	for n := range block + 1 {
		for limit := range 17 {
			key := uint16(rnd.Uint32())
			entries := make([]uint16, n)
			for i := range entries {
				entries[i] = uint16(rnd.Uint32())
				if rnd.IntN(3) == 0 {
					entries[i] = key ^ 1<<rnd.IntN(16)
				}
			}
			checkKernels(t, entries, key, limit)
		}
	}
}

// Every one of the 65,536 differences is judged rightly at every limit.
func TestScansAgreeOnEveryDifference(t *testing.T) {
	t.Parallel()
	all := make([]uint16, cells)
	for i := range all {
		all[i] = uint16(i)
	}
	for limit := range 17 {
		for lo := 0; lo < cells; lo += block {
			checkKernels(t, all[lo:lo+block], 0x5a3c, limit)
		}
	}
}

func TestPrefetchTakesAnyRange(t *testing.T) {
	t.Parallel()
	data := make([]byte, 300)
	for n := range data {
		prefetch(unsafe.Pointer(&data[n]), len(data)-n)
	}
	prefetch(unsafe.Pointer(&data[0]), 0)
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"), uint16(0x3130), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, key uint16, limit uint8) {
		entries := make([]uint16, min(len(data)/2, block))
		for i := range entries {
			entries[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		checkKernels(t, entries, key, int(limit%17))
	})
}

// allCandidates goes on until all runs were scanned. The runs are changed.
func allCandidates(t *testing.T, runs []run, scan func(*[room]candidate, []run, int) (int, int)) (all []candidate) {
	t.Helper()
	for from, calls := 0, 0; from < len(runs); calls++ {
		var out [room]candidate
		n, next := scan(&out, runs, from)
		if n > room || next < from || (n == 0 && next < len(runs)) || calls > 10_000 {
			t.Fatalf("from run %d: %d candidates, go on at %d", from, n, next)
		}
		all = append(all, out[:n]...)
		from = next
	}
	return all
}

// The scan of many buckets in one call finds what scanning them block by block
// finds, in the same order, at every limit and also when room runs out.
func TestScanRunsAgree(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(22, 1))
	const entries = 20_000
	x := &Index{}
	for b := range x.bands {
		next := make([]uint16, entries)
		for i := range next {
			next[i] = uint16(rnd.Uint32())
			if b%2 == 1 && rnd.IntN(2) == 0 {
				next[i] = 0x1234 ^ 1<<rnd.IntN(16) // buckets full of candidates
			}
		}
		x.bands[b].next = padded(next, 0x1234)
		x.bands[b].tags = make([]uint32, entries)
	}
	for trial := range 300 {
		runs := make([]run, rnd.IntN(60))
		for i := range runs {
			lo := rnd.IntN(entries)
			length := []int{0, 1, 31, 32, 33, 150, 700, entries}[rnd.IntN(8)]
			hi := min(lo+length, entries)
			first, end := lo-min(lo, rnd.IntN(100)), min(hi+rnd.IntN(100), entries)
			runs[i] = run{lo: uint32(lo), hi: uint32(hi), first: uint32(first), end: uint32(end), key: 0x1234, limit: uint8(trial % 9), band: uint8(rnd.IntN(bands))}
			if rnd.IntN(4) == 0 {
				runs[i].key = uint16(rnd.Uint32())
				runs[i].limit = uint8(rnd.IntN(17))
			}
		}
		want := allCandidates(t, slices.Clone(runs), x.scanRunsBlocks)
		if got := allCandidates(t, runs, x.scanRuns); !slices.Equal(got, want) {
			t.Fatalf("trial %d: %d candidates, block by block %d", trial, len(got), len(want))
		}
	}
}
