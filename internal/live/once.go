package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/pdq"
)

// once watches over one connection to the source, and says why that ended. A stream
// that the first container does not carry, or whose address needs other options, is
// asked for again at once.
func (w *watcher) once(ctx context.Context, in *push, lanes *sync.WaitGroup) string {
	var body *rewind
	if in != nil {
		body = newRewind(in.body)
	}
	for {
		why, again := w.connection(ctx, body, lanes)
		if !again || ctx.Err() != nil {
			return why
		}
	}
}

// connection is one process that fetches, with those that decode.
func (w *watcher) connection(ctx context.Context, body *rewind, lanes *sync.WaitGroup) (why string, again bool) {
	watch := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var from io.Reader
	if body != nil {
		from = body.open()
	}
	scan := newCarrier(w.format)
	f, err := startFetch(ctx, w.s.ff, w.src, w.s.opt.Reach, w.format, from)
	if err != nil {
		if errors.Is(err, outbound.ErrAddress) {
			return "its address is not allowed", false
		}
		w.s.opt.Log.Error("fetch a stream", "id", w.base.ID, "error", err)
		var dial *net.OpError
		var cert *tls.CertificateVerificationError
		if errors.As(err, &dial) || errors.As(err, &cert) { // it was reached from here
			return outbound.Why(err), false
		}
		return "it could not be fetched", false
	}
	defer f.close()
	defer f.out.Close()
	d := &decoding{w: w, ctx: ctx, lanes: lanes, scan: scan, how: speedTwo}
	defer d.end()
	speech := w.hearSpeech(watch)
	if speech != nil {
		defer speech.close()
	}
	var sound *listening // from when on a bank has sound
	var asked time.Time
	defer func() {
		if sound != nil {
			sound.close()
		}
	}()
	// Bytes are waited for as long as a server may be silent; who listens, or gets
	// what somebody pushes, waits for as long as it takes.
	patient := w.src.Kind == KindListen || body != nil
	have := 0
	buf := make([]byte, 64*packetSize)
	for {
		if !patient {
			_ = f.out.SetReadDeadline(time.Now().Add(stallTime))
		}
		n, err := f.out.Read(buf[have:])
		have += n
		whole := scan.whole(buf[:have])
		if whole < 0 || whole == 0 && have >= mostUnit {
			f.Kill()
			return "what came is no stream", false
		}
		if whole > 0 {
			p := bytes.Clone(buf[:whole])
			have = copy(buf, buf[whole:have])
			key := scan.key(p)
			if bare, known := scan.bare(); bare {
				// Only one container is left to try.
				f.Kill()
				if w.format == inMatroska || !w.other(body) {
					return whyCodec, false
				}
				return "", true
			} else if known && body != nil {
				body.forget()
			}
			now := time.Now()
			w.begins(now, patient)
			w.bytes.Add(int64(len(p)))
			head, units := scan.kept(p)
			w.ring.Add(now, head, units)
			if speech != nil {
				speech.put(w.format, p, scan.enter(p))
			}
			if sound == nil && now.Sub(asked) >= soundAsks {
				sound, asked = w.hearSound(watch), now
			}
			if sound != nil {
				sound.put(w.format, p, scan.enter(p))
			}
			if !d.take(p, key) {
				return "it cannot be decoded", false
			}
			patient = body != nil
		}
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				f.Kill()
				_ = f.Wait()
				return "nothing came for a while", false
			}
			why := f.why()
			if why == whyCodec && w.format == inTransport && w.other(body) {
				return "", true
			}
			if why == whyOption && !w.src.file {
				w.src.file = true
				return "", true
			}
			return why, false
		}
	}
}

// other takes the other container from now on, unless what was pushed cannot be read
// again.
func (w *watcher) other(body *rewind) bool {
	if body != nil && !body.whole() {
		return false
	}
	w.format = inMatroska
	return true
}

// decoding feeds the decoder of one connection.
type decoding struct {
	w     *watcher
	ctx   context.Context
	lanes *sync.WaitGroup
	scan  carrier
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

// take gives units to the decoder, and chooses how much is decoded; key is where the
// first key frame begins, or -1. It returns false when decoders end again and again.
func (d *decoding) take(p []byte, key int) bool {
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
		p, key = d.scan.keep(p)
	}
	dropped, full := l.put(p, key)
	if dropped {
		d.w.because(GapBusy)
	}
	return full
}

// choose says how much is decoded from the next key frame on.
func (d *decoding) choose() speed {
	_, every := d.scan.rhythm()
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
	fresh, err := openLane(d.ctx, w.s.ff, d.scan.format(), d.lanes, func(p pdq.Pixels) {
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
