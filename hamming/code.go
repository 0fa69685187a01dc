package hamming

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// Code is a code of 256 bits.
type Code = [32]byte

// MaxRadius is the largest radius that the index answers; larger radii, and
// radii for which so many buckets would have to be read that it does not pay,
// are answered by comparing with every code.
const MaxRadius = 64

// Hit is one answer of a search.
type Hit struct {
	ID       uint32
	Distance int
	Code     Code // the stored code
}

// Key is the secret from which the permutation of the bits is drawn. Indexes
// and snapshots made with different keys do not mix.
type Key [32]byte

// words is a permuted code: band b is the 16 bits from bit 16*(b%4) of word b/4.
type words [4]uint64

func (w *words) band(b int) uint16 { return uint16(w[b/4] >> (16 * (b % 4))) }

func (w *words) distance(v *words) int {
	return bits.OnesCount64(w[0]^v[0]) + bits.OnesCount64(w[1]^v[1]) +
		bits.OnesCount64(w[2]^v[2]) + bits.OnesCount64(w[3]^v[3])
}

// permutation moves bits by table: forward[i][b] is what byte value b at
// position i of a code contributes to the permuted words, back the inverse.
type permutation struct {
	forward, back [32][256]words
}

func newPermutation(key Key) *permutation {
	to := rand.New(rand.NewChaCha8(key)).Perm(256)
	from := make([]int, 256)
	for i, t := range to {
		from[t] = i
	}
	p := &permutation{}
	for i := range 32 {
		for b := range 256 {
			for bit := range 8 {
				if b>>bit&1 == 1 {
					t, f := to[8*i+bit], from[8*i+bit]
					p.forward[i][b][t/64] |= 1 << (t % 64)
					p.back[i][b][f/64] |= 1 << (f % 64)
				}
			}
		}
	}
	return p
}

// applyPortable is the twin by which apply is judged.
func (p *permutation) applyPortable(c *Code) (w words) {
	for i, b := range c {
		t := &p.forward[i][b]
		w[0], w[1], w[2], w[3] = w[0]^t[0], w[1]^t[1], w[2]^t[2], w[3]^t[3]
	}
	return w
}

func (p *permutation) invert(w *words) (c Code) {
	var out words
	for i := range 32 {
		t := &p.back[i][byte(w[i/8]>>(8*(i%8)))]
		out[0], out[1], out[2], out[3] = out[0]^t[0], out[1]^t[1], out[2]^t[2], out[3]^t[3]
	}
	for i, w := range out {
		binary.LittleEndian.PutUint64(c[8*i:], w)
	}
	return c
}

// masks16 lists the 16-bit words by their number of set bits, up to 4: the
// keys to look up around a band's value.
var masks16 = func() (m [5][]uint16) {
	for v := range 1 << 16 {
		if n := bits.OnesCount16(uint16(v)); n <= 4 {
			m[n] = append(m[n], uint16(v))
		}
	}
	return m
}()
