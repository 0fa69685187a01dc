package slip

import (
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// Limit is how much may come within a period.
type Limit struct {
	Period time.Duration
	Each   int // from one network
	All    int // from all networks together
	// Spare is how much a network may send although All is used up, so that a
	// flood from elsewhere keeps nobody out.
	Spare int
}

// networksMost is how many networks a Limiter tells apart within a period; what
// comes from others then counts towards All only. It bounds its memory to a few
// megabytes.
const networksMost = 100_000

// Limiter counts what comes from each network and from all. It is kept in
// memory only and knows networks by a digest, salted anew with every period:
// nothing of it says afterwards who was here. It is safe for concurrent use.
type Limiter struct {
	limit Limit

	mu    sync.Mutex
	since time.Time
	salt  [16]byte
	each  map[[32]byte]int
	all   int
}

// NewLimiter returns a Limiter.
func NewLimiter(l Limit) *Limiter { return &Limiter{limit: l, each: map[[32]byte]int{}} }

// Network is the part of an address that counts: neighbours share a limit, for
// one person can have many addresses of one network. It is a /24 of IPv4 and a
// /48 of IPv6; all callers without an address share one.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// at begins a new period where the last is over, or where the clock was set
// back, and returns the caller's key. The caller holds the lock.
func (l *Limiter) at(now time.Time, from netip.Addr) [32]byte {
	if now.Sub(l.since) >= l.limit.Period || now.Before(l.since) {
		l.since, l.all = now, 0
		clear(l.each)
		_, _ = rand.Read(l.salt[:]) // never fails (crypto/rand)
	}
	return sha256.Sum256(append(l.salt[:len(l.salt):len(l.salt)], Network(from).String()...))
}

// Take counts one, or reports false where there are none left.
func (l *Limiter) Take(now time.Time, from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.at(now, from)
	n, known := l.each[k]
	if n >= l.limit.Each || l.all >= l.limit.All && n >= l.limit.Spare {
		return false
	}
	if known || len(l.each) < networksMost {
		l.each[k]++
	}
	l.all++
	return true
}

// Give takes one back.
func (l *Limiter) Give(now time.Time, from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.at(now, from); l.each[k] > 0 {
		l.each[k]--
		l.all--
	}
}
