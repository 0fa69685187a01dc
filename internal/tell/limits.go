package tell

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/slip"
)

// What may come in. A school and a mobile carrier have one network for many.
func sentHour() slip.Limit { return slip.Limit{Period: time.Hour, Each: 12, All: 200} }
func sentDay() slip.Limit  { return slip.Limit{Period: 24 * time.Hour, Each: 40, All: 1000} }

// wrongHour is for wrong numbers and PINs. Its purpose is to bound the work (some
// tens of milliseconds each); what keeps messages safe is that numbers have 55
// random bits, and the locks. It is wide, so that nobody uses it up for their
// neighbours by hand; the spare ones let writers in while other networks flood.
func wrongHour() slip.Limit { return slip.Limit{Period: time.Hour, Each: 3000, All: 60_000, Spare: 5} }

// The most that is stored.
const (
	// waitingMost is how many conversations may wait: more would wait for
	// weeks, and others help sooner.
	waitingMost = 300
	// threadsMost is how many conversations there may be in all.
	threadsMost = 5000
	// inARow is how many messages a writer may write without an answer.
	inARow = 10
	// messagesMost is how many messages a conversation may have.
	messagesMost = 100
)

// A number is locked for a network that sent this many wrong PINs of it, for a
// time that doubles with every further one. Other networks, such as the
// writer's, are not locked, and no lock is long.
const (
	wrongMost = 10
	lockFirst = time.Minute
	lockMost  = 15 * time.Minute
	// lockKept is how long wrong PINs are remembered.
	lockKept = 24 * time.Hour
	// locksMost bounds the memory; beyond it only wrongHour counts.
	locksMost = 100_000
)

// locks remembers wrong PINs by number and network, whether there is such a
// number or not: an answer must not tell.
type locks struct {
	mu    sync.Mutex
	salt  [16]byte
	tries map[[32]byte]*tries
	swept time.Time
}

type tries struct {
	wrong       int
	last, until time.Time
}

func newLocks() *locks {
	l := &locks{tries: map[[32]byte]*tries{}}
	_, _ = rand.Read(l.salt[:]) // never fails (crypto/rand)
	return l
}

func (l *locks) key(number []byte, from netip.Addr) [32]byte {
	return sha256.Sum256(append(append(append([]byte(nil), l.salt[:]...), number...), slip.Network(from).String()...))
}

// try counts a try, wrong until it is known to be right, so that many at once
// are counted too; false while the number is locked for the network.
func (l *locks) try(now time.Time, number []byte, from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.swept); age > time.Hour || age < 0 {
		l.swept = now
		for k, t := range l.tries {
			if age := now.Sub(t.last); age > lockKept || age < 0 {
				delete(l.tries, k)
			}
		}
	}
	k := l.key(number, from)
	t := l.tries[k]
	if t == nil {
		t = &tries{}
		if len(l.tries) < locksMost {
			l.tries[k] = t
		}
	}
	// A clock that was set back must not make a lock longer than locks are.
	if wait := t.until.Sub(now); wait > 0 && wait <= lockMost {
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
func (l *locks) right(number []byte, from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, l.key(number, from))
}

// gateWait is how long a try waits for its turn.
const gateWait = 5 * time.Second

// gate lets few digests of PINs be made at a time.
type gate chan struct{}

func (g gate) through(ctx context.Context, do func() error) error {
	t := time.NewTimer(gateWait)
	defer t.Stop()
	select {
	case g <- struct{}{}:
		defer func() { <-g }()
		return do()
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return busy("flood", "too many ask at once")
	}
}

// busy is the answer to whoever has to wait; field says for what.
func busy(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeBusy, Field: field, Msg: msg}
}
