package live

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// earBytes bounds what waits for an ear that does not keep up.
	earBytes = 4 << 20
	// pieceTime is how long the pieces of sound are that an ear gives.
	pieceTime = 100 * time.Millisecond
	// earGrace is how long an ear may work off what waits once nothing more comes.
	earGrace = 5 * time.Second
)

// ear is the process that decodes the sound of a stream: mono samples. It has
// neither network nor files, as the one that decodes the picture.
type ear struct {
	*running
	in, out *os.File

	mu     sync.Mutex
	more   *sync.Cond
	queue  [][]byte
	bytes  int
	ended  bool // nothing more comes
	rate   int
	pieces func(at time.Time, samples []int16)
}

// earArgs are those of ffmpeg.
func earArgs(format string, rate int) []string {
	return []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe", "-fflags", "+discardcorrupt",
		"-probesize", "500000", "-analyzeduration", "500000", "-threads", "1", "-f", format, "-i", "pipe:0",
		"-map", "0:a:0", "-vn", "-sn", "-dn", "-ac", "1", "-ar", strconv.Itoa(rate), "-flush_packets", "1", "-f", "s16le", "pipe:1"}
}

// openEar starts one. pieces is called with each piece of sound, ended once, when the
// process has ended; both on another goroutine.
func openEar(ctx context.Context, ff ffmpeg, format string, rate int, running *sync.WaitGroup, pieces func(time.Time, []int16), ended func(*ear)) (*ear, error) {
	run, in, out, err := ff.through(ctx, earArgs(format, rate))
	if err != nil {
		return nil, err
	}
	e := &ear{running: run, in: in, out: out, rate: rate, pieces: pieces}
	e.more = sync.NewCond(&e.mu)
	running.Go(func() {
		defer e.in.Close()
		for {
			p, ok := e.next()
			if !ok {
				return
			}
			if _, err := e.in.Write(p); err != nil {
				return // it has ended
			}
		}
	})
	running.Go(func() {
		e.read()
		_ = e.out.Close()
		e.close()
		_ = e.Wait()
		ended(e)
	})
	return e, nil
}

// read hands on what the process decodes, in pieces; the last one may be shorter.
func (e *ear) read() {
	buf := make([]byte, 2*(e.rate*int(pieceTime/time.Millisecond)/1000))
	for {
		n, err := io.ReadFull(e.out, buf)
		if n >= 2 {
			samples := make([]int16, n/2)
			for i := range samples {
				samples[i] = int16(binary.LittleEndian.Uint16(buf[2*i:]))
			}
			e.pieces(time.Now(), samples)
		}
		if err != nil {
			return
		}
	}
}

// put hands a part of the stream to the ear, and returns false when there is no room
// for it.
func (e *ear) put(p []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ended {
		return true // its end is told of otherwise
	}
	if e.bytes+len(p) > earBytes && len(e.queue) > 0 {
		return false
	}
	e.queue, e.bytes = append(e.queue, p), e.bytes+len(p)
	e.more.Signal()
	return true
}

func (e *ear) next() ([]byte, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.queue) == 0 {
		if e.ended {
			return nil, false
		}
		e.more.Wait()
	}
	p := e.queue[0]
	e.queue[0] = nil
	e.queue, e.bytes = e.queue[1:], e.bytes-len(p)
	return p, true
}

// close says that nothing more comes; the ear works off what waits.
func (e *ear) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.more.Broadcast()
}

// deaf reports whether the process ended because the stream has no sound.
func (e *ear) deaf() bool { return strings.Contains(e.said.String(), "matches no streams") }

// hearer gets the sound of one connection. Its methods are called one at a time.
type hearer interface {
	// piece is the next piece of sound, with when it came.
	piece(at time.Time, samples []int16)
	// lost says that sound between two times was not decoded.
	lost(from, until time.Time, why string)
	// over says that nothing more comes; silent, that the stream has no sound.
	over(silent bool)
}

// listening decodes the sound of one connection for a hearer. It never waits for it.
type listening struct {
	w    *watcher
	ctx  context.Context // ends with the watch
	rate int

	mu     sync.Mutex
	to     hearer
	ear    *ear
	fails  int // ears in a row that ended before giving anything
	silent bool
	closed bool
	last   time.Time // when the last piece came; zero before the first
	gone   time.Time // since when nothing is decoded; zero when it is
	why    string
}

// listen decodes the sound of a connection for a hearer, from now on.
func (w *watcher) listen(ctx context.Context, rate int, to hearer) *listening {
	return &listening{w: w, ctx: ctx, rate: rate, to: to}
}

// put takes the next part of the stream. enter is what an ear needs that begins with
// it: nil where none can.
func (l *listening) put(format string, p, enter []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.silent || l.closed || l.fails >= mostFails || l.ctx.Err() != nil {
		return
	}
	if l.ear == nil {
		if enter == nil {
			return
		}
		e, err := openEar(l.ctx, l.w.s.ff, format, l.rate, &l.w.hears, l.piece, l.ended)
		if err != nil {
			l.w.s.opt.Log.Error("decode the sound of a stream", "id", l.w.base.ID, "error", err)
			l.fails++
			l.away(now, GapDecoder)
			return
		}
		l.ear, p = e, enter
	}
	if !l.ear.put(p) {
		l.away(now, GapBusy)
	}
}

// away notes that sound is not decoded since a time. The lock is held.
func (l *listening) away(at time.Time, why string) {
	if l.gone.IsZero() {
		l.gone, l.why = at, why
	}
}

func (l *listening) piece(at time.Time, samples []int16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fails = 0
	if !l.gone.IsZero() {
		l.to.lost(l.gone, at, l.why)
		l.gone = time.Time{}
	}
	l.last = at
	l.to.piece(at, samples)
}

// ended is called when an ear has ended; the next part of the stream starts another.
func (l *listening) ended(e *ear) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ear != e {
		return
	}
	l.ear = nil
	switch {
	case l.closed:
		l.finish()
		return
	case l.ctx.Err() != nil:
		return // it is closed soon
	}
	if l.last.IsZero() && e.deaf() {
		l.silent = true
		l.to.over(true)
		return
	}
	l.fails++
	at := l.last
	if at.IsZero() {
		at = time.Now()
	}
	l.away(at, GapDecoder)
	l.w.s.opt.Log.Warn("a decoder of sound ended", "id", l.w.base.ID, "why", e.why())
}

// close says that the connection has ended. It does not wait for what is left.
func (l *listening) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	switch {
	case l.silent:
	case l.ear != nil:
		e := l.ear
		e.close()
		timer := time.AfterFunc(earGrace, e.Kill)
		context.AfterFunc(l.ctx, func() { timer.Stop() }) // it ends with its context
	default:
		l.finish()
	}
}

// finish tells the hearer of the end. The lock is held.
func (l *listening) finish() {
	if !l.gone.IsZero() {
		l.to.lost(l.gone, time.Now(), l.why)
		l.gone = time.Time{}
	}
	l.to.over(false)
}
