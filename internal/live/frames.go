package live

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/pdq"
)

// match compares a frame with the banks. It is called by the window, which only
// the pool uses.
func (w *watcher) match(s Shot) []jaga.Match {
	signals := append([]jaga.Signal{signalOf(s.Hash, s.Quality)}, s.Turned...)
	a, err := w.s.opt.Engine.Match(engine.Query{Signals: signals, Banks: w.set.Banks, Now: s.At, Draw: w.set.Draw, Limit: 100})
	if err != nil {
		return nil // frame has asked, and knows
	}
	return a.Matches
}

func signalOf(h pdq.Hash, quality int) jaga.Signal {
	return jaga.Signal{Type: jaga.PDQ, Value: h.String(), Quality: quality, By: "pdq/1"}
}

// asks reports whether there is anything to compare frames with: pictures, or the
// frames of films.
func (w *watcher) asks(h pdq.Hash, at time.Time) bool {
	a, err := w.s.opt.Engine.Match(engine.Query{Signals: []jaga.Signal{signalOf(h, 100)}, Banks: w.set.Banks, Now: at, Draw: w.set.Draw, Limit: 1})
	return err == nil && a.Asked[jaga.PDQ]+a.Asked[jaga.VPDQ] > 0
}

// frame compares a frame. Only the pool calls it, one frame of a watch at a time.
func (w *watcher) frame(s Shot) {
	if s.Quality < pdq.MinQuality {
		w.mu.Lock()
		w.counts.LowQuality++
		w.cover.Because(GapQuality)
		w.mu.Unlock()
		return
	}
	if !w.asks(s.Hash, s.At) {
		w.because(GapNotLoaded)
		return
	}
	w.mu.Lock()
	if g, ok := w.cover.Checked(s.At); ok {
		w.gap(g)
		for _, r := range w.window.Break() {
			w.extend(r)
		}
		clear(w.open)
	}
	w.mu.Unlock()
	seen := w.window.Observe(s) // only this goroutine uses the window
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Frames++
	if seen.Same {
		w.counts.Same++
	}
	w.last = s.At
	if w.state == Starting || w.state == Waiting {
		w.state, w.why = Watching, ""
	}
	w.crowd.Frame(s.At, seen.Matched)
	for _, r := range seen.Found {
		w.found(r)
	}
	for _, r := range slices.Concat(w.window.Open(), seen.Ended) {
		w.extend(r)
	}
	for _, r := range seen.Ended {
		delete(w.open, r.Bank)
	}
}

// found makes an item of a range that was confirmed. The lock is held.
func (w *watcher) found(r Range) {
	d := r.Match.Distance
	id := w.mark(Mark{Kind: MarkMatch, From: r.From, Until: r.Until, Band: r.Band, Form: r.Form, Bank: r.Bank, Frames: r.Frames, Distance: &d})
	if w.open == nil {
		w.open = map[string]string{}
	}
	w.open[r.Bank] = id
	clip := w.ring.Reader()
	w.takes.Go(func() { w.take(id, r, clip) })
}

// extend writes how long a range goes on. The lock is held.
func (w *watcher) extend(r Range) {
	i := slices.IndexFunc(w.marks, func(m Mark) bool { return m.ID == w.open[r.Bank] })
	if i < 0 || w.marks[i].Frames == r.Frames {
		return
	}
	m := w.marks[i]
	d := r.Match.Distance
	m.Until, m.Frames, m.Distance = r.Until, r.Frames, &d
	w.mark(m)
}

// take hands the frame that matched best to intake, with the end of the stream.
func (w *watcher) take(mark string, r Range, clip io.Reader) {
	signals := []jaga.Signal{r.Match.Signal}
	if r.Match.Signal.Variant != "" {
		signals = append(signals, signalOf(r.Best.Hash, r.Best.Quality))
	}
	w.store(mark, intake.Request{Signals: signals, Clip: clip})
}

// store hands an item of a finding to intake; its mark then names it. What a database
// cannot take now it may take soon; a finding is not given up.
func (w *watcher) store(mark string, r intake.Request) {
	ctx := context.WithoutCancel(w.s.ctx)
	r.Source, r.Ref, r.Author, r.Audience = w.base.By, w.base.Conversation, w.base.Account, "live"
	r.Frame, r.Banks, r.Draw = true, w.set.Banks, w.set.Draw
	var rec intake.Record
	var err error
	for wait := 100 * time.Millisecond; ; wait *= 3 {
		rec, err = w.s.opt.Intake.Take(ctx, r)
		if err == nil || wait > 30*time.Second {
			break
		}
		w.s.opt.Log.Error("store a finding of a stream", "id", w.base.ID, "error", err)
		r.Clip = nil // it was read
		select {
		case <-time.After(wait):
		case <-w.s.ctx.Done():
			wait = time.Minute // once more, and no longer
		}
	}
	if err != nil {
		return // it was said; the mark stays
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.IndexFunc(w.marks, func(m Mark) bool { return m.ID == mark }); i >= 0 {
		m := w.marks[i]
		m.Item = rec.Item.ID
		w.mark(m)
	}
}

// pixels is called with a frame of the decoder.
func (w *watcher) pixels(p pdq.Pixels) {
	at := time.Now()
	p.Pix = bytes.Clone(p.Pix)
	w.submit(func() {
		s := Shot{At: at}
		var r pdq.Result
		var turned pdq.Dihedral
		var err error
		if w.s.opt.Rotations {
			r, turned, err = pdq.SumAll(p)
		} else {
			r, err = pdq.Sum(p)
		}
		if err != nil {
			w.because(GapDamaged)
			return
		}
		s.Hash, s.Quality = r.Hash, r.Quality
		if w.s.opt.Rotations {
			for _, rot := range pdq.Rotations() {
				if rot != pdq.Original {
					x := signalOf(turned[rot], r.Quality)
					x.Variant = rot.String()
					s.Turned = append(s.Turned, x)
				}
			}
		}
		w.frame(s)
	})
}

// submit has a frame compared when its turn comes.
func (w *watcher) submit(work func()) {
	if w.s.pool.submit(&w.turn, work) {
		w.mu.Lock()
		w.counts.Missed++
		w.cover.Because(GapBusy)
		w.mu.Unlock()
	}
}

// begins says that the stream came: what was before its first bytes is not part of
// it, unless it did not come for long.
func (w *watcher) begins(at time.Time, patient bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.counts.Frames == 0 && w.bytes.Load() == 0 && (patient || at.Sub(w.cover.last) < stallTime) {
		w.cover = NewCoverage(at)
	}
}

// picture takes one JPEG of a watch of the kind frames.
func (w *watcher) picture(ctx context.Context, picture []byte) error {
	at := time.Now()
	w.begins(at, true)
	w.ring.Add(at, nil, picture)
	w.bytes.Add(int64(len(picture)))
	m, err := w.s.opt.Decoder.Measure(ctx, bytes.NewReader(picture), media.Options{Rotations: w.s.opt.Rotations})
	if err != nil {
		return err
	}
	s := Shot{At: at, Quality: m.Quality}
	found := false
	for _, x := range m.Signals {
		switch {
		case x.Type != jaga.PDQ:
		case x.Variant != "":
			s.Turned = append(s.Turned, x)
		default:
			if s.Hash, err = pdq.ParseHash(x.Value); err != nil {
				return err
			}
			found = true
		}
	}
	if !found {
		w.because(GapDamaged)
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "picture", Msg: "it could not be decoded"}
	}
	w.submit(func() { w.frame(s) })
	return nil
}

// settle returns when the frames that came are compared and what was found in them
// is stored.
func (w *watcher) settle(lanes *sync.WaitGroup) {
	lanes.Wait()
	done := make(chan struct{})
	if !w.s.pool.submit(&w.turn, func() { close(done) }) {
		<-done
	}
	w.takes.Wait()
}
