package action

import (
	"sync"
	"time"
)

// A breaker opens after breakAfter failures of a target in a row and stays
// open for breakFor, and twice as long each time a try after that fails as
// well, at most breakMost. While it is open nothing is sent to the target, so
// that a server that is down is not asked for every event that waits for it.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
	breakMost  = 10 * time.Minute
)

// breakers are those of all targets, by lane. They live in memory: a process
// that starts asks a broken target a few times more.
type breakers struct {
	now func() time.Time

	mu    sync.Mutex
	lanes map[string]*breaker
}

type breaker struct {
	failures int
	until    time.Time
	wait     time.Duration
}

func newBreakers(now func() time.Time) *breakers {
	return &breakers{now: now, lanes: map[string]*breaker{}}
}

// closed lists the lanes whose breakers are open.
func (b *breakers) closed() (lanes []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for lane, x := range b.lanes {
		if now.Before(x.until) {
			lanes = append(lanes, lane)
		}
	}
	return lanes
}

// failed counts a failure.
func (b *breakers) failed(lane string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.lanes[lane]
	if x == nil {
		x = &breaker{}
		b.lanes[lane] = x
	}
	now := b.now()
	if x.failures++; x.failures < breakAfter || now.Before(x.until) {
		return // a try that began before it opened says nothing new
	}
	x.wait = min(max(breakFor, 2*x.wait), breakMost)
	x.until = now.Add(jitter(x.wait))
}

// worked forgets the failures and reports whether the breaker had opened.
func (b *breakers) worked(lane string) (recovered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.lanes[lane]
	delete(b.lanes, lane)
	return x != nil && x.wait > 0
}

// until returns when the breaker of a lane closes; the zero time when it is not
// open.
func (b *breakers) until(lane string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.lanes[lane]; x != nil && b.now().Before(x.until) {
		return x.until
	}
	return time.Time{}
}
