package live

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
)

// GapShort is why sound was not checked that ended before ten seconds of it had come:
// less is not told apart from other sound.
const GapShort = "short"

// SoundGaps lists the reasons for which sound was not compared.
func SoundGaps() []string { return []string{GapBusy, GapDecoder, GapQuality, GapShort} }

const (
	// soundEvery is how often new sound is compared.
	soundEvery = 5 * time.Second
	// soundWaits is how much sound waits for comparing: as a finding is stored, the
	// sound goes on.
	soundWaits = time.Minute
	// soundKept is how long what was heard is remembered, so that a stretch that
	// goes on is one finding. soundApart is how far apart two of one bank are.
	soundKept, soundApart = 2 * time.Minute, 10 * time.Second
	// itemSound is how much sound the item of a finding has: as much as the evidence.
	itemSound = RingTime
	// soundAsks is how often it is looked whether a bank has sound by now.
	soundAsks = 10 * time.Second
)

// sounding compares the sound of one connection with the banks. One match of the
// length that package chroma demands, ten seconds, is a finding: sound matches by
// chance far less than a picture does.
type sounding struct {
	w     *watcher
	ctx   context.Context // ends with the watch
	queue chan heardPiece
	gone  time.Time // since when there is no room; zero while there is
}

// heardPiece is a piece of sound, or, with a reason, time in which there was none.
type heardPiece struct {
	at      time.Time
	samples []int16
	missing time.Duration
}

// asksSound reports whether any bank that is asked has sound.
func (w *watcher) asksSound() bool {
	if w.s.ff.path == "" {
		return false
	}
	any, err := engine.SoundSignal(make([]uint32, 1))
	if err != nil {
		return false
	}
	a, err := w.s.opt.Engine.Match(engine.Query{Signals: []jaga.Signal{any}, Banks: w.set.Banks, Now: time.Now(), Draw: w.set.Draw, Limit: 1})
	return err == nil && a.Asked[jaga.Chromaprint] > 0
}

// hearSound begins to compare the sound of a connection; nil where no bank has any.
func (w *watcher) hearSound(ctx context.Context) *listening {
	if !w.asksSound() {
		return nil
	}
	x, err := w.s.opt.Engine.Listen(soundEvery)
	if err != nil {
		return nil
	}
	s := &sounding{w: w, ctx: ctx, queue: make(chan heardPiece, soundWaits/pieceTime)}
	c := &comparing{w: w, ctx: ctx, ear: x, open: map[string]*soundRange{}}
	w.hears.Go(func() {
		for p := range s.queue {
			c.take(p)
		}
		c.end()
	})
	return w.listen(ctx, chroma.Rate, s)
}

func (s *sounding) piece(at time.Time, samples []int16) {
	if !s.gone.IsZero() {
		if !s.send(heardPiece{at: at, missing: at.Sub(s.gone)}) {
			return // still no room
		}
		s.w.soundGap(s.gone, at, GapBusy)
		s.gone = time.Time{}
	}
	if !s.send(heardPiece{at: at, samples: samples}) {
		s.gone = at
	}
}

func (s *sounding) send(p heardPiece) bool {
	select {
	case s.queue <- p:
		return true
	default:
		return false
	}
}

func (s *sounding) lost(from, until time.Time, why string) {
	s.w.soundGap(from, until, why)
	if s.gone.IsZero() && !s.send(heardPiece{at: until, missing: until.Sub(from)}) {
		s.gone = until
	}
}

func (s *sounding) over(bool) {
	if !s.gone.IsZero() {
		s.w.soundGap(s.gone, time.Now(), GapBusy)
	}
	close(s.queue)
}

// soundRange is the sound of a bank that goes on.
type soundRange struct {
	mark     string
	from, to float64 // seconds since the ear began
}

// comparing is the ear of one connection, with what it has heard so far. It is for one
// goroutine.
type comparing struct {
	w        *watcher
	ctx      context.Context
	ear      *engine.Ear
	begun    time.Time
	at       time.Time // when the last piece came
	compared time.Duration
	counted  time.Duration // of that, how much is counted as compared
	tail     []int16       // the end of the sound, for the item of a finding
	open     map[string]*soundRange
	flat     float64 // up to where stretches without detail are told of, in seconds
}

func (c *comparing) take(p heardPiece) {
	if c.begun.IsZero() {
		c.begun = p.at.Add(-pieceTime)
	}
	samples := p.samples
	if p.missing > 0 {
		// Silence keeps the times true; of a long gap, as much as separates.
		samples = make([]int16, int(min(p.missing, soundWaits).Seconds()*chroma.Rate))
	}
	c.at = p.at
	c.ear.Write(samples)
	c.tail = append(c.tail, samples...)
	if most := int(itemSound.Seconds()) * chroma.Rate; len(c.tail) > 2*most {
		c.tail = c.tail[:copy(c.tail, c.tail[len(c.tail)-most:])]
	}
	if c.ear.Heard()-c.compared >= soundEvery {
		c.compare()
	}
}

// end compares what is left.
func (c *comparing) end() {
	if c.begun.IsZero() {
		return // no sound came
	}
	c.ear.Flush()
	c.compare()
	if !c.ear.Searched() && len(c.ear.Flat()) == 0 {
		c.w.soundGap(c.begun, c.at, GapShort)
	}
}

// when is the time here at which a second of the sound came.
func (c *comparing) when(second float64) time.Time {
	return c.at.Add(seconds(second) - c.ear.Heard())
}

// compare looks at what the ear has heard since it was asked last.
func (c *comparing) compare() {
	w, heard := c.w, c.ear.Heard()
	c.compared = heard
	empty := 0.0
	for _, f := range c.ear.Flat() {
		if to := f.To.Seconds(); to > c.flat {
			from := max(f.From.Seconds(), c.flat)
			w.soundGap(c.when(from), c.when(to), GapQuality)
			c.flat, empty = to, empty+to-from
		}
	}
	if c.ear.Searched() {
		w.mu.Lock()
		w.counts.Sound = tenths(w.counts.Sound + max(0, (heard-c.counted).Seconds()-empty))
		w.mu.Unlock()
		c.counted = heard
	}
	sig, err := engine.SoundSignal(chroma.Fingerprint(c.tail[max(0, len(c.tail)-int(itemSound.Seconds())*chroma.Rate):]))
	if err != nil {
		return // less than anything is made of
	}
	a, err := w.s.opt.Engine.Match(engine.Query{Signals: []jaga.Signal{sig}, Banks: w.set.Banks, Ear: c.ear, Now: c.at, Draw: w.set.Draw, Limit: 100})
	if err != nil {
		w.s.opt.Log.Error("compare the sound of a stream", "id", w.base.ID, "error", err)
		return
	}
	for _, m := range a.Matches {
		if m.Role != jaga.RoleMatch || m.Suppressed != "" || m.Sound == nil {
			continue
		}
		for _, r := range m.Sound.Query {
			c.found(sig, m, r)
		}
	}
	c.ear.Forget(heard - soundKept)
}

// found makes an item of sound that was heard, or makes the range longer that it
// belongs to.
func (c *comparing) found(sig jaga.Signal, m jaga.Match, r jaga.Range) {
	w, d := c.w, m.Distance
	if o := c.open[m.Bank]; o != nil && r.From <= o.to+soundApart.Seconds() {
		if r.To > o.to {
			o.to = r.To
			w.mu.Lock()
			w.longer(o.mark, c.when(o.to))
			w.mu.Unlock()
		}
		return
	}
	o := &soundRange{from: r.From, to: r.To}
	c.open[m.Bank] = o
	w.mu.Lock()
	o.mark = w.mark(Mark{Kind: MarkMatch, Of: GapOfSound, From: c.when(r.From), Until: c.when(r.To), Band: m.Band, Form: m.Form, Bank: m.Bank, Distance: &d})
	clip := w.ring.Reader()
	w.mu.Unlock()
	// The ear waits for it: what it heard is part of the item.
	w.store(o.mark, intake.Request{Signals: []jaga.Signal{sig}, Ear: c.ear, Clip: clip})
}

// longer writes how long a mark goes on. The lock is held.
func (w *watcher) longer(id string, until time.Time) {
	for _, m := range w.marks {
		if m.ID == id && until.After(m.Until) {
			m.Until = until
			w.mark(m)
			return
		}
	}
}

func (w *watcher) soundGap(from, until time.Time, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gapOf(GapOfSound, from, until, why, false)
}
