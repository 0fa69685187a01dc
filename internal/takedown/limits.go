package takedown

import (
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// limiter counts, within an hour, what comes from each network and from all. It
// is kept in memory only and knows networks by a digest, salted anew with every
// hour: nothing of it says afterwards who was here.
type limiter struct {
	mu    sync.Mutex
	since time.Time
	salt  [16]byte
	each  map[[32]byte]int
	all   int
}

func newLimiter() *limiter { return &limiter{each: map[[32]byte]int{}} }

// network is the part of an address that counts: neighbours share a limit, for
// one person can have many addresses of one network.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil { // no address; all such callers share one limit
		return netip.Prefix{}
	}
	return p
}

// at begins a new hour where the last is over, and returns the caller's key.
// The caller holds the lock.
func (l *limiter) at(now time.Time, from netip.Addr) [32]byte {
	if now.Sub(l.since) >= time.Hour || now.Before(l.since) {
		l.since, l.all = now, 0
		clear(l.each)
		_, _ = rand.Read(l.salt[:]) // never fails (crypto/rand)
	}
	return sha256.Sum256(append(l.salt[:len(l.salt):len(l.salt)], network(from).String()...))
}

// take counts one, or reports false where there are none left.
func (l *limiter) take(now time.Time, from netip.Addr, each, all int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.at(now, from)
	if l.each[k] >= each || l.all >= all {
		return false
	}
	l.each[k]++
	l.all++
	return true
}

// give takes one back.
func (l *limiter) give(now time.Time, from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.at(now, from); l.each[k] > 0 {
		l.each[k]--
		l.all--
	}
}

// A number with this many wrong PINs is locked, for a time that doubles with
// every further wrong one.
const (
	wrongMost = 10
	lockFirst = 15 * time.Minute
	lockMost  = 24 * time.Hour
	// lockKept is how long wrong PINs are remembered.
	lockKept = 2 * lockMost
)

// locks remembers wrong PINs by the digest of the number, whether there is such
// a case or not: an answer must not tell.
type locks struct {
	mu    sync.Mutex
	tries map[string]*tries
	swept time.Time
}

type tries struct {
	wrong       int
	last, until time.Time
}

func newLocks() *locks { return &locks{tries: map[string]*tries{}} }

// try counts a try, wrong until it is known to be right, so that many at once
// are counted too; false while the number is locked.
func (l *locks) try(now time.Time, number []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Hour {
		l.swept = now
		for k, t := range l.tries {
			if now.Sub(t.last) > lockKept {
				delete(l.tries, k)
			}
		}
	}
	t := l.tries[string(number)]
	if t == nil {
		t = &tries{}
		l.tries[string(number)] = t
	}
	if now.Before(t.until) {
		return false
	}
	t.wrong++
	t.last = now
	if over := t.wrong - wrongMost; over >= 0 {
		t.until = now.Add(min(lockFirst<<min(over, 10), lockMost))
	}
	return true
}

// right forgets the wrong ones.
func (l *locks) right(number []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, string(number))
}
