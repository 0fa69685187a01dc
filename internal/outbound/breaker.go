package outbound

import (
	"math/rand/v2"
	"sync"
	"time"
)

// A breaker opens after breakAfter failures of a server in a row and stays
// open for breakFor, and twice as long each time a try after that fails as
// well, at most breakMost. While it is open nothing is sent to the server, so
// that a server that is down is not asked for everything that waits for it.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
	breakMost  = 10 * time.Minute
)

// Breakers are those of all servers, by a name of each. They live in memory: a
// process that starts asks a broken server a few times more. They are safe for
// concurrent use.
type Breakers struct {
	now func() time.Time

	mu     sync.Mutex
	byName map[string]*breaker
}

type breaker struct {
	failures int
	until    time.Time
	wait     time.Duration
}

// NewBreakers returns breakers that go by the clock.
func NewBreakers(now func() time.Time) *Breakers {
	return &Breakers{now: now, byName: map[string]*breaker{}}
}

// Open lists the names of those whose breakers are open.
func (b *Breakers) Open() (names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for name, x := range b.byName {
		if now.Before(x.until) {
			names = append(names, name)
		}
	}
	return names
}

// Tripped reports whether the breaker of a server opened and the server has not
// answered since, also between two tries.
func (b *Breakers) Tripped(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.byName[name]
	return x != nil && x.wait > 0
}

// Failed counts a failure.
func (b *Breakers) Failed(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.byName[name]
	if x == nil {
		x = &breaker{}
		b.byName[name] = x
	}
	now := b.now()
	if x.failures++; x.failures < breakAfter || now.Before(x.until) {
		return // a try that began before it opened says nothing new
	}
	x.wait = min(max(breakFor, 2*x.wait), breakMost)
	x.until = now.Add(Jitter(x.wait))
}

// Worked forgets the failures and reports whether the breaker had opened.
func (b *Breakers) Worked(name string) (recovered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.byName[name]
	delete(b.byName, name)
	return x != nil && x.wait > 0
}

// Until returns when the breaker of a server closes; the zero time when it is not
// open.
func (b *Breakers) Until(name string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.byName[name]; x != nil && b.now().Before(x.until) {
		return x.until
	}
	return time.Time{}
}

// Jitter varies a wait by a fifth, so that what failed together does not come
// back together.
func Jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
