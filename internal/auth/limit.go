package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
)

// The limits of signing in with a password. Passkeys, links and providers are
// not limited: there is nothing in them to guess, so whoever locks a password
// by guessing keeps nobody out who has one of them.
const (
	// freeFailures is how many wrong passwords an account has before it
	// waits; NIST SP 800-63B allows up to 100 in all.
	freeFailures = 5
	firstWait    = time.Minute
	longestWait  = 15 * time.Minute
	// forgotten is when an account without further failures begins anew.
	forgotten = 24 * time.Hour
	// networkFailures is how many a network has within networkWindow.
	networkFailures = 30
	networkWindow   = 15 * time.Minute
	// mostTracked bounds the memory of a limiter.
	mostTracked = 20_000
)

// limiter counts wrong passwords by account and by network, in memory. It knows
// both by a digest with a key of this process only. Accounts that do not exist
// count and wait like those that do, so that waiting tells nothing.
type limiter struct {
	key [32]byte
	mu  sync.Mutex
	all map[[32]byte]*tries
}

type tries struct {
	failures    int
	since, last time.Time
	until       time.Time
}

func newLimiter() *limiter {
	l := &limiter{all: map[[32]byte]*tries{}}
	_, _ = rand.Read(l.key[:]) // never fails (crypto/rand)
	return l
}

func (l *limiter) digest(kind, name string) (d [32]byte) {
	h := hmac.New(sha256.New, l.key[:])
	h.Write([]byte(kind + "\x00" + name))
	h.Sum(d[:0])
	return d
}

// errWait is the error with which a sign-in by password ends
// when there were too many wrong ones.
func errWait() error {
	return &jaga.Error{Code: jaga.CodeBusy, Field: "password", Msg: "too many wrong passwords; wait a quarter of an hour", Hint: "a passkey or a sign-in link works at once"}
}

// allow returns an error while the account or the network has to wait.
func (l *limiter) allow(now time.Time, account, network string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.all[l.digest("account", account)]; t != nil && now.Before(t.until) {
		return errWait()
	}
	if t := l.all[l.digest("network", network)]; t != nil && t.failures >= networkFailures && now.Sub(t.since) < networkWindow {
		return errWait()
	}
	return nil
}

// failed counts a wrong password.
func (l *limiter) failed(now time.Time, account, network string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.get(now, l.digest("account", account), forgotten)
	if a.failures++; a.failures >= freeFailures {
		wait := firstWait << min(a.failures-freeFailures, 10)
		a.until = now.Add(min(wait, longestWait))
	}
	n := l.get(now, l.digest("network", network), networkWindow)
	if now.Sub(n.since) >= networkWindow {
		*n = tries{since: now}
	}
	n.failures++
	a.last, n.last = now, now
}

// worked forgets the failures of the account.
func (l *limiter) worked(account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.all, l.digest("account", account))
}

// get finds or begins a count. The caller holds the lock.
func (l *limiter) get(now time.Time, d [32]byte, life time.Duration) *tries {
	t := l.all[d]
	if t == nil || now.Sub(t.last) >= life {
		if len(l.all) >= mostTracked {
			l.makeRoom(now)
		}
		t = &tries{since: now, last: now}
		l.all[d] = t
	}
	return t
}

// makeRoom forgets what was quiet for an hour, and all if that is not enough:
// whoever has so many networks is not stopped by counting them.
func (l *limiter) makeRoom(now time.Time) {
	for d, t := range l.all {
		if now.Sub(t.last) >= time.Hour {
			delete(l.all, d)
		}
	}
	if len(l.all) >= mostTracked {
		clear(l.all)
	}
}
