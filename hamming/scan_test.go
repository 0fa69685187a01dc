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
