package live

import (
	"context"
	"sync"
	"time"

	"github.com/jaga-project/jaga/pdq"
)

// laneBytes bounds what waits for a decoder that does not keep up: about twenty
// seconds of a usual stream. laneTime is how long it waits in a lane that counts as
// full.
const (
	laneBytes = 6 << 20
	laneTime  = 4 * time.Second
)

// lane is a decoder and what waits for it.
type lane struct {
	dec *decoder

	mu    sync.Mutex
	more  *sync.Cond
	queue []waiting
	bytes int
	drops bool // until the next key frame
	ended bool // nothing more comes
}

// waiting are packets that wait since a time.
type waiting struct {
	packets []byte
	since   time.Time
}

// openLane starts a decoder. frame is called with every frame, ended once, when the
// decoder has ended; both on other goroutines.
func openLane(ctx context.Context, ff ffmpeg, format string, running *sync.WaitGroup, frame func(pdq.Pixels), ended func(*lane)) (*lane, error) {
	dec, err := startDecode(ctx, ff, format)
	if err != nil {
		return nil, err
	}
	l := &lane{dec: dec}
	l.more = sync.NewCond(&l.mu)
	running.Go(func() {
		defer dec.in.Close()
		for {
			p, ok := l.next()
			if !ok {
				return
			}
			if _, err := dec.in.Write(p); err != nil {
				return // it has ended
			}
		}
	})
	running.Go(func() {
		_ = dec.frames(frame) // its end is that of the process
		_ = dec.out.Close()
		l.close()
		_ = dec.Wait()
		ended(l)
	})
	return l, nil
}

// put hands packets to the decoder. When too much waits, everything is dropped
// until a key frame comes and there is room again; key is the offset of the first
// key frame in p, or -1. It returns whether something was dropped, and how full the
// lane is: above 1 when it is more than full.
func (l *lane) put(p []byte, key int) (dropped bool, full float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false, 0
	}
	if l.drops && key >= 0 && l.bytes < laneBytes/2 {
		p, l.drops = p[key:], false
	}
	if l.drops || l.bytes+len(p) > laneBytes {
		l.drops = true
		return true, 1
	}
	now := time.Now()
	l.queue, l.bytes = append(l.queue, waiting{p, now}), l.bytes+len(p)
	l.more.Signal()
	return false, max(float64(l.bytes)/laneBytes, now.Sub(l.queue[0].since).Seconds()/laneTime.Seconds())
}

// next waits for packets.
func (l *lane) next() ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) == 0 {
		if l.ended {
			return nil, false
		}
		l.more.Wait()
	}
	p := l.queue[0].packets
	l.queue[0] = waiting{}
	l.queue, l.bytes = l.queue[1:], l.bytes-len(p)
	return p, true
}

// close says that nothing more comes; the decoder works off what waits.
func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.more.Broadcast()
}
