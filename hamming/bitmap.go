package hamming

import (
	"math/bits"
	"sync/atomic"
)

// bitmap marks deleted positions. Bits are only ever set; setting and reading
// need no lock. A nil bitmap has none.
type bitmap struct{ words []atomic.Uint64 }

func newBitmap(n int) *bitmap { return &bitmap{make([]atomic.Uint64, (n+63)/64)} }

func (b *bitmap) has(i uint32) bool {
	return b != nil && b.words[i/64].Load()>>(i%64)&1 == 1
}

// set marks i and reports whether it was unmarked.
func (b *bitmap) set(i uint32) bool {
	return b.words[i/64].Or(1<<(i%64))>>(i%64)&1 == 0
}

func (b *bitmap) count() int {
	n := 0
	for i := range b.words {
		n += bits.OnesCount64(b.words[i].Load())
	}
	return n
}
