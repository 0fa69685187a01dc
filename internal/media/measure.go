package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// Limits bound what one file may cost. A file over a limit is not checked,
// except that its exact hashes are computed whatever its size.
type Limits struct {
	Bytes  int64         // of the file, for decoding
	Pixels int64         // width times height
	Memory int64         // for decoding
	Time   time.Duration // for decoding, with waiting for a free decoder
}

// DefaultLimits are those of the configuration reference.
func DefaultLimits() Limits {
	return Limits{Bytes: 128 << 20, Pixels: 120_000_000, Memory: 2 << 30, Time: 10 * time.Second}
}

// Decoder measures files, a bounded number at a time. It is safe for
// concurrent use.
type Decoder struct {
	limits Limits
	slots  chan struct{}
	// films bounds how many videos and sounds are decoded at a time.
	films chan struct{}
	tools Tools
	// mostSound is how much of a sound is listened to.
	mostSound time.Duration
	// pool decodes pictures in the jail; nil decodes them here.
	pool *pool
	// run decodes here; tests put slow and broken decoders in its place.
	run func(ctx context.Context, data []byte, t Type, lim Limits) (picture, error)
	// room is for the files that are in memory.
	room *room
	// buffers keeps the memory of files that were read.
	buffers *sync.Pool
}

// NewDecoder returns a decoder with the limits that works on workers files at
// a time; 0 is one for each processor.
func NewDecoder(limits Limits, workers int) *Decoder {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &Decoder{limits: limits, slots: make(chan struct{}, workers), films: make(chan struct{}, workers), run: decode, mostSound: mostSound, room: &room{most: max(roomBytes, 4*limits.Bytes)},
		buffers: &sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// roomBytes is how many bytes of files may be in memory at a time, unless the
// limits allow files so large that only few of them would fit. A file that finds
// no room is not decoded; its exact hashes are computed all the same.
const roomBytes = 1 << 30

// Options say what to measure.
type Options struct {
	// Rotations also gives the hashes of the seven other rotations and
	// mirrorings.
	Rotations bool
	// Every is how much of a film is hashed: one frame in so many seconds. 0 is
	// one a second; negative is every frame.
	Every time.Duration
	// Deaf leaves sound out: nothing would compare it, and nobody keeps what is
	// measured. It is then skipped as optional.
	Deaf bool
	// Hear, when it is not nil, is given the sound that is measured, mono and
	// [chroma.Rate] samples a second, piece by piece; samples are valid only
	// during the call. It is called on another goroutine, and not after Measure
	// has returned.
	Hear func(samples []int16)
	// Far, when it is not nil, spares decoding files that match nothing. It is
	// asked with PDQ signals from the screening tier, each within
	// [ScreenMargin] bits of the one that decoding would give, and reports
	// whether all that it would be compared with is further away than the
	// threshold and ScreenMargin together. If so the file is done: it is
	// Screened, and has no PDQ signal. Otherwise, and for files that cannot be
	// screened, the file is decoded, and Far changes nothing.
	//
	// It is called on another goroutine, at most once, and not after the time
	// limit.
	Far func(screened []jaga.Signal) bool
}

// ScreenMargin is how many bits a PDQ signal that is handed to [Options.Far]
// may be away from the one that decoding gives.
const ScreenMargin = jpeg.ScreenMargin

// Measured is what is known of a file.
type Measured struct {
	Type          Type
	Bytes         int64
	Width, Height int
	Orientation   int // EXIF, 1..8; 0 when not stated
	// Screened says that the picture was not decoded, because Options.Far
	// found nothing near. There is no PDQ signal then: a hash from screening
	// is an estimate, and whoever stored it or put it on a list would be
	// misled.
	Screened bool
	// Quality is the PDQ quality, 0..100, when there is a PDQ signal.
	Quality int
	// Several is true for an animation or a document of several pages. The PDQ
	// signals without a Variant that names a frame are of the first picture; those
	// of the others, as far as they differ, name it. What was not looked at is in
	// Skipped.
	Several bool
	// Film is what is known of a file's moving pictures after they were decoded,
	// and Sound of its sound; nil where there is none.
	Film  *VideoFacts
	Sound *SoundFacts
	// Signals are the exact hashes and, for pictures, PDQ hashes, for videos the
	// hashes of frames, for sound its words.
	Signals []jaga.Signal
	// Skipped says what could not be measured, and why.
	Skipped []jaga.Skip
}

// Usable returns the signals that may be compared with banks: all but PDQ
// hashes of too low quality, and sound with too little detail. Of a film's frames
// those are left out where they are compared.
func (m Measured) Usable() []jaga.Signal {
	out := make([]jaga.Signal, 0, len(m.Signals))
	for _, s := range m.Signals {
		if s.Type == jaga.VPDQ || Tells(s) {
			out = append(out, s)
		}
	}
	return out
}

// Tells reports whether a signal tells its item from others: all but those of
// pictures, films and sound with too little detail.
func Tells(s jaga.Signal) bool {
	switch s.Type {
	case jaga.PDQ, jaga.VPDQ:
		return s.Quality >= pdq.MinQuality
	case jaga.Chromaprint:
		return s.Quality >= chroma.MinDetail
	}
	return true
}

// Hashed reports whether there is a perceptual signal that may be compared, of a
// picture, a film or sound.
func (m Measured) Hashed() bool {
	return slices.ContainsFunc(m.Signals, func(s jaga.Signal) bool { return !s.Type.Exact() && Tells(s) })
}

// WithoutTrack leaves out the sound of a film, so that an entry made of it does
// not match every film with the same music. What has no pictures stays as it is.
func (m Measured) WithoutTrack() Measured {
	if m.Film == nil {
		return m
	}
	m.Sound = nil
	m.Signals = slices.DeleteFunc(slices.Clone(m.Signals), func(s jaga.Signal) bool { return s.Type == jaga.Chromaprint })
	m.Skipped = slices.DeleteFunc(slices.Clone(m.Skipped), func(s jaga.Skip) bool { return s.Detector == jaga.DetectorSound })
	return m
}

func (m *Measured) skip(d jaga.Detector, n *NotChecked) {
	m.Skipped = append(m.Skipped, jaga.Skip{Detector: d, Why: n.Why, Detail: n.Detail})
}

// Measure reads r to its end and measures it. Its error is that of reading r,
// and then nothing is known of the file; everything else that goes wrong is in
// Skipped.
func (d *Decoder) Measure(ctx context.Context, r io.Reader, opts Options) (Measured, error) {
	var m Measured
	buf := d.buffers.Get().(*bytes.Buffer)
	keep := true // the buffer may be used again
	defer func() {
		if keep && buf.Cap() <= 32<<20 {
			buf.Reset()
			d.buffers.Put(buf)
		}
	}()
	digest := newDigester()
	f, err := d.read(ctx, buf, r, digest)
	defer func() { d.room.give(f.held) }()
	if err != nil {
		return Measured{}, fmt.Errorf("read file: %w", err)
	}
	m.Type, m.Bytes = f.typ, f.size
	if f.played {
		return d.film(ctx, m, buf.Bytes(), r, digest, opts)
	}
	if m.Bytes > d.limits.Bytes {
		m.Signals = digest.signals()
		m.skip(jaga.DetectorPDQ, notChecked(jaga.WhyTooBig, "%d bytes; pictures up to %d bytes are decoded", m.Bytes, d.limits.Bytes))
		return m, nil
	}
	if m.Bytes == 0 {
		empty := notChecked(jaga.WhyEmpty, "the file has no bytes")
		m.skip(jaga.DetectorExact, empty)
		m.skip(jaga.DetectorPDQ, empty)
		return m, nil
	}
	m.Signals = digest.signals()
	if f.crowded {
		m.skip(jaga.DetectorPDQ, notChecked(jaga.WhyBusy, "too many large files at once"))
		return m, nil
	}
	if f.changed {
		m.skip(jaga.DetectorPDQ, notChecked(jaga.WhyUnreadable, "the file became shorter while it was read"))
		return m, nil
	}
	look := d.decode
	if byFFmpeg(m.Type) {
		look = d.decodeOdd
	}
	l, err := look(ctx, buf.Bytes(), m.Type, opts, &keep)
	if err != nil {
		var not *NotChecked
		if !errors.As(err, &not) {
			not = notChecked(jaga.WhyInternal, "")
		}
		m.skip(jaga.DetectorPDQ, not)
		return m, nil
	}
	if l.several && l.rest == nil {
		l.rest = d.rest(ctx, buf.Bytes(), m.Type, l)
	}
	m.add(l, opts)
	return m, nil
}

// add adds what looking at the picture told.
func (m *Measured) add(l looked, opts Options) {
	m.Width, m.Height, m.Orientation, m.Screened = l.width, l.height, l.orientation, l.screened
	switch {
	case l.screened:
	case !l.hashed:
		m.skip(jaga.DetectorPDQ, notChecked(jaga.WhyDamaged, "the decoded picture cannot be hashed"))
	default:
		m.Quality = l.quality
		m.Signals = append(m.Signals, pdqSignals(l.quality, l.hashes, opts, "pdq/1")...)
		if l.quality < pdq.MinQuality {
			m.skip(jaga.DetectorPDQ, notChecked(jaga.WhyLowQuality, "quality %d of 100; below %d a hash says nothing", l.quality, pdq.MinQuality))
		}
	}
	if m.Several = l.several; m.Several {
		m.Signals = append(m.Signals, l.rest.signals()...)
		if l.rest.not != nil {
			m.skip(jaga.DetectorPDQ, l.rest.not)
		}
	}
}

// pdqSignals are the signals of a result, of the picture as it came and, if they
// are asked for, of its rotations and mirrorings.
func pdqSignals(quality int, all pdq.Dihedral, opts Options, by string) (out []jaga.Signal) {
	for _, rot := range pdq.Rotations() {
		s := jaga.Signal{Type: jaga.PDQ, Value: all[rot].String(), Quality: quality, By: by}
		if rot != pdq.Original {
			if !opts.Rotations {
				break
			}
			s.Variant = rot.String()
		}
		out = append(out, s)
	}
	return out
}

// decode looks at a picture in a slot and within the time limit. When the time is
// over a decoder in this process goes on alone with the data, so *keep becomes
// false; one in the jail is ended.
func (d *Decoder) decode(ctx context.Context, data []byte, t Type, opts Options, keep *bool) (looked, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Time)
	defer cancel()
	select {
	case d.slots <- struct{}{}:
	case <-ctx.Done():
		return looked{}, notChecked(jaga.WhyBusy, "no decoder was free in time")
	}
	if d.pool != nil {
		l, err := d.pool.look(ctx, data, t, opts)
		var un *jail.Unavailable
		if !errors.As(err, &un) {
			<-d.slots
			return l, err
		}
	}
	type answer struct {
		l   looked
		err error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-d.slots }()
		l, err := examine(ctx, d.run, data, t, d.limits, opts)
		done <- answer{l, err}
	}()
	select {
	case a := <-done:
		return a.l, a.err
	case <-ctx.Done():
		*keep = false
		return looked{}, notChecked(jaga.WhyTimeout, "decoding took longer than %s", d.limits.Time)
	}
}
