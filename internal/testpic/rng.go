package testpic

import "math"

// mix is the finalizer of splitmix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", 2014): every input bit reaches every output
// bit, so that neighbouring seeds and lattice points are unrelated.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// golden is 2^64 divided by the golden ratio, the step of splitmix64.
const golden = 0x9e3779b97f4a7c15

// rng is a splitmix64 generator. Its own, because a picture must not change
// when the standard library's generators do.
type rng uint64

// newRNG returns the generator of one purpose of a seed.
func newRNG(seed, purpose uint64) *rng {
	r := rng(mix(seed+golden) ^ mix(purpose*golden+1))
	return &r
}

func (r *rng) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// unit returns a number in [0, 1).
func (r *rng) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// between returns a number in [lo, hi).
func (r *rng) between(lo, hi float64) float64 { return lo + (hi-lo)*r.unit() }

// below returns an integer in [0, n).
func (r *rng) below(n int) int { return int(r.next() % uint64(n)) }

// sign returns -1 or 1.
func (r *rng) sign() float64 { return float64(r.next()>>63)*2 - 1 }

// normal returns a number of the standard normal distribution (Box and Muller).
func (r *rng) normal() float64 {
	return math.Sqrt(-2*math.Log(1-r.unit())) * math.Cos(2*math.Pi*r.unit())
}
