package live

import (
	"context"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
)

// Times of reconnecting.
const (
	backoffFirst = time.Second
	backoffMost  = 30 * time.Second
	// listenAgain is how long after an encoder went one is listened for again.
	listenAgain = 200 * time.Millisecond
)

// run watches until ctx ends or the stream does.
func (w *watcher) run(ctx context.Context) {
	defer close(w.over)
	var lanes sync.WaitGroup
	wait := backoffFirst
	for ctx.Err() == nil {
		if w.src.Kind == KindFrames {
			<-ctx.Done()
			break
		}
		var in *push
		if w.src.Kind == KindPush {
			select {
			case p := <-w.pushed:
				in = &p
			case <-ctx.Done():
			}
			if in == nil {
				break
			}
		}
		w.mu.Lock()
		w.counts.Connects++
		before := w.counts.Frames
		w.mu.Unlock()
		var why string
		if w.src.Kind == KindSocket {
			why = w.socket(ctx)
		} else {
			why = w.once(ctx, in, &lanes)
		}
		if in != nil {
			w.settle(&lanes) // the rest of what came is compared
			w.hears.Wait()
			w.mu.Lock()
			compared := w.counts.Frames+w.counts.LowQuality > before
			w.mu.Unlock()
			if compared || why == "it ended" {
				in.done <- ""
			} else {
				in.done <- why
			}
			if ctx.Err() == nil {
				if why == "it ended" {
					why = ""
				}
				w.finish(Ended, why)
				return
			}
			break
		}
		if ctx.Err() != nil {
			break
		}
		w.mu.Lock()
		if w.counts.Frames > before {
			wait = backoffFirst
		}
		w.cover.Because(GapSource)
		w.mu.Unlock()
		w.setState(Waiting, why)
		pause := outbound.Jitter(wait)
		wait = min(2*wait, backoffMost)
		if w.src.Kind == KindListen {
			pause = listenAgain
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	w.settle(&lanes)
	w.hears.Wait() // the context has ended: soon
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close(time.Now())
}

// close ends the account of what was checked. The lock is held.
func (w *watcher) close(at time.Time) {
	if g, ok := w.cover.End(at); ok {
		w.gap(g)
	}
}

// finish ends a watch whose stream has ended.
func (w *watcher) finish(state State, why string) {
	w.mu.Lock()
	w.close(time.Now())
	w.state, w.why = state, why
	w.mu.Unlock()
	ctx := context.WithoutCancel(w.s.ctx)
	if err := w.s.finish(ctx, w.base.ID, state, why, "system"); err != nil {
		w.s.opt.Log.Error("end a watch", "id", w.base.ID, "error", err)
	}
}
