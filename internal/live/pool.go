package live

import "sync"

// pool compares the frames of all watches, a bounded number at a time. Each watch
// that has frames waits in one line, and gets one frame compared when its turn
// comes, so one with many frames cannot hold up the others. It is safe for
// concurrent use.
type pool struct {
	mu    sync.Mutex
	more  *sync.Cond
	line  []*turn
	ended bool
	done  sync.WaitGroup
}

// turn is the place of one watch in the line.
type turn struct {
	work   []func()
	queued bool // in the line, or being worked on
}

// mostWaiting is how many frames of one watch wait. The oldest gives way: what
// counts is what happens now.
const mostWaiting = 6

func newPool(workers int) *pool {
	p := &pool{}
	p.more = sync.NewCond(&p.mu)
	for range max(workers, 1) {
		p.done.Go(p.run)
	}
	return p
}

// submit has work done in turn; work of one turn is done in order, never two at a
// time. It reports whether older work was given up for it.
func (p *pool) submit(t *turn, work func()) (gaveUp bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return true
	}
	if len(t.work) >= mostWaiting {
		t.work[0] = nil
		t.work, gaveUp = t.work[1:], true
	}
	t.work = append(t.work, work)
	if !t.queued {
		t.queued = true
		p.line = append(p.line, t)
		p.more.Signal()
	}
	return gaveUp
}

func (p *pool) run() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for len(p.line) == 0 {
			if p.ended {
				return
			}
			p.more.Wait()
		}
		t := p.line[0]
		p.line[0] = nil
		p.line = p.line[1:]
		work := t.work[0]
		t.work[0] = nil
		t.work = t.work[1:]
		p.mu.Unlock()
		work()
		p.mu.Lock()
		if t.queued = len(t.work) > 0; t.queued {
			p.line = append(p.line, t)
			p.more.Signal()
		}
	}
}

// close returns when what waits is done.
func (p *pool) close() {
	p.mu.Lock()
	p.ended = true
	p.more.Broadcast()
	p.mu.Unlock()
	p.done.Wait()
}
