package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/pdq"
)

// once watches over one connection to the source, and says why that ended.
func (w *watcher) once(ctx context.Context, in *push, lanes *sync.WaitGroup) string {
	watch := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var body io.Reader
	if in != nil {
		body = in.body
	}
	f, err := startFetch(ctx, w.s.ff, w.src, w.s.opt.Reach, body)
	if err != nil {
		if errors.Is(err, outbound.ErrAddress) {
			return "its address is not allowed"
		}
		w.s.opt.Log.Error("fetch a stream", "id", w.base.ID, "error", err)
		return "it could not be fetched"
	}
	defer f.close()
	defer f.out.Close()
	d := &decoding{w: w, ctx: ctx, lanes: lanes, scan: newScanner(), how: speedTwo}
	defer d.end()
	speech := w.hearSpeech(watch)
	if speech != nil {
		defer speech.close()
	}
	// Bytes are waited for as long as a server may be silent; who listens, or gets
	// what somebody pushes, waits for as long as it takes.
	patient := w.src.Kind == KindListen || in != nil
	have := 0
	buf := make([]byte, 64*packetSize)
	for {
		if !patient {
			_ = f.out.SetReadDeadline(time.Now().Add(stallTime))
		}
		n, err := f.out.Read(buf[have:])
		have += n
		if whole := have - have%packetSize; whole > 0 {
			p := bytes.Clone(buf[:whole])
			have = copy(buf, buf[whole:have])
			now := time.Now()
			w.begins(now, patient)
			w.bytes.Add(int64(len(p)))
			w.ring.Add(now, p)
			if speech != nil {
				speech.put("mpegts", p, p)
			}
			if !d.take(p) {
				return "it cannot be decoded"
			}
			patient = in != nil
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				f.Kill()
				_ = f.Wait()
				return "nothing came for a while"
			}
			return f.why()
		}
	}
}

// decoding feeds the decoder of one connection.
type decoding struct {
	w     *watcher
	ctx   context.Context
	lanes *sync.WaitGroup
	scan  *scanner
	thin  thinner // for speedKeys
	how   speed
	calm  time.Time // since when little waits
	tight time.Time // since when too much waited

	mu    sync.Mutex
	lane  *lane
	fails int // decoders that ended by themselves, in a row
}

// Numbers of choosing how much is decoded.
const (
	// keysNear is how near key frames must be for them alone to be decoded: then
	// they are one frame a second.
	keysNear = 1100 * time.Millisecond
	// tooFull is how full a lane may be before less is decoded, and calmFor how
	// long little must wait before more is tried again.
	tooFull = 0.5
	calmFor = time.Minute
	// mostFails is how many decoders in a row may end before giving anything.
	mostFails = 5
)

// take gives packets to the decoder, and chooses how much is decoded. It returns
// false when decoders end again and again.
func (d *decoding) take(p []byte) bool {
	key := d.scan.key(p)
	d.mu.Lock()
	l, fails := d.lane, d.fails
	d.mu.Unlock()
	if fails >= mostFails {
		return false
	}
	if key >= 0 {
		if l != nil {
			d.put(l, p[:key], -1)
		} else {
			var err error
			if l, err = d.start(); err != nil {
				d.w.s.opt.Log.Error("decode a stream", "id", d.w.base.ID, "error", err)
				return false
			}
			l.put(d.scan.head(), -1)
		}
		d.how, p, key = d.choose(), p[key:], 0
	}
	if l == nil {
		return true // until a key frame comes nothing can be decoded
	}
	full, now := d.put(l, p, key), time.Now()
	if full > tooFull {
		d.tight = now
	}
	if full > 0.1 {
		d.calm = now
	}
	return true
}

// put hands a decoder those of the packets that it is to have, and returns how full
// its lane is; key is where the first key frame begins.
func (d *decoding) put(l *lane, p []byte, key int) float64 {
	if d.how == speedKeys {
		p, key = d.thin.keep(p)
	}
	dropped, full := l.put(p, key)
	if dropped {
		d.w.because(GapBusy)
	}
	return full
}

// choose says how much is decoded from the next key frame on.
func (d *decoding) choose() speed {
	every := d.scan.interval
	if every > 0 {
		d.w.mu.Lock()
		if d.how == speedKeys {
			d.w.cover.Every(every)
		} else {
			d.w.cover.Every(time.Second)
		}
		d.w.mu.Unlock()
	}
	near := every > 0 && every <= keysNear
	// Fewer frames before none.
	tight := !d.tight.IsZero() && (time.Since(d.tight) < calmFor || time.Since(d.calm) < calmFor)
	if near || tight {
		return speedKeys
	}
	return speedTwo
}

// start starts a decoder.
func (d *decoding) start() (*lane, error) {
	w := d.w
	w.mu.Lock()
	w.counts.Decoders++
	w.mu.Unlock()
	fresh, err := openLane(d.ctx, w.s.ff, d.lanes, func(p pdq.Pixels) {
		d.mu.Lock()
		d.fails = 0
		d.mu.Unlock()
		w.pixels(p)
	}, func(gone *lane) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.lane == gone && d.ctx.Err() == nil {
			// It ended by itself: the next key frame starts another one.
			d.lane = nil
			d.fails++
			w.because(GapDecoder)
			w.s.opt.Log.Warn("a decoder ended", "id", w.base.ID, "why", gone.dec.why())
		}
	})
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.lane = fresh
	d.mu.Unlock()
	return fresh, nil
}

// end lets the decoder work off what waits, for a moment.
func (d *decoding) end() {
	d.mu.Lock()
	l := d.lane
	d.lane = nil
	d.mu.Unlock()
	if l == nil {
		return
	}
	l.close()
	done := make(chan struct{})
	go func() {
		d.lanes.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second): // its context ends with the connection
	}
}
