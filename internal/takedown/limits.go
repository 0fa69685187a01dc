package takedown

import (
	"sync"
	"time"
)

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
