package media

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// isPlayed reports whether files of the type are decoded as films or sound.
func isPlayed(t Type) bool {
	return (t.Kind() == jaga.KindVideo || t.Kind() == jaga.KindAudio) && demuxers[t] != ""
}

// film measures a video or sound of which the head is read already. It goes through to the
// decoder and the exact hashes piece by piece and is never in memory. A regular
// file is read twice, once for each, so that the decoder may go about in it.
func (d *Decoder) film(ctx context.Context, m Measured, head []byte, r io.Reader, digest *digester, opts Options) (Measured, error) {
	rest := &counted{r: io.TeeReader(stoppable{ctx, r}, digest)}
	src := Source{Reader: io.MultiReader(bytes.NewReader(bytes.Clone(head)), rest)}
	if f, ok := wholeFile(r, int64(len(head))); ok {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return Measured{}, fmt.Errorf("read file: %w", err)
		}
		src = Source{File: f}
	}
	err := d.play(ctx, &m, src, opts)
	if rest.err != nil || err != nil {
		return Measured{}, fmt.Errorf("read file: %w", errors.Join(rest.err, err))
	}
	// The decoder may have had enough before the end.
	if _, err := io.Copy(io.Discard, rest); err != nil {
		return Measured{}, fmt.Errorf("read file: %w", err)
	}
	m.Bytes += rest.n
	m.Signals = append(digest.signals(), m.Signals...)
	return m, nil
}

// wholeFile is the file behind r, if it is a regular one of which n bytes are read.
func wholeFile(r io.Reader, n int64) (*os.File, bool) {
	f, ok := r.(*os.File)
	if !ok {
		return nil, false
	}
	info, err := f.Stat()
	at, seekErr := f.Seek(0, io.SeekCurrent)
	return f, err == nil && seekErr == nil && info.Mode().IsRegular() && at == n
}

// counted counts what is read, and keeps the error. A decoder that has ended may
// still be handed a piece while another goroutine reads the rest.
type counted struct {
	mu  sync.Mutex
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// maxGapsTold is how many gaps of a film are told one by one.
const maxGapsTold = 10

// play adds what is measured of a film, of its sound, or of sound alone, and what
// was not. Where one cannot be decoded the other stands. Its error is that of the
// context, or of reading.
func (d *Decoder) play(ctx context.Context, m *Measured, src Source, opts Options) error {
	kind := jaga.DetectorVPDQ
	if m.Type.Kind() == jaga.KindAudio {
		kind = jaga.DetectorSound
	}
	o := d.filmOptions(opts)
	in, info, err := d.begin(ctx, src, o)
	var not *NotChecked
	switch {
	case errors.As(err, &not):
		m.skip(kind, not)
		return nil
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		m.skip(kind, notChecked(jaga.WhyInternal, "the decoder gave up"))
		return nil
	}
	defer d.finish(in)
	_, _, pictures := info.stream("video")
	_, _, sound := info.stream("audio")
	if sound && opts.Deaf {
		sound = false
		m.Skipped = append(m.Skipped, jaga.Skip{Detector: jaga.DetectorSound, Why: jaga.WhyNoBanks, Optional: true})
	} else if !pictures && !sound {
		m.skip(kind, notChecked(jaga.WhyEmpty, "it has neither pictures nor sound"))
	}
	if !sound {
		if pictures {
			return d.hashFilm(ctx, m, in, info, o)
		}
		return nil
	}
	if !pictures {
		return d.hashSound(ctx, m, in, info, opts)
	}
	// Two decoders read the same file, each with its own jail: what breaks one does
	// not break the other. Sound costs about a fiftieth of the pictures.
	var heard Measured
	var heardErr error
	second, rest := in.twice()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer second.close()
		heardErr = d.hashSound(ctx, &heard, second, info, opts)
	})
	err = d.hashFilm(ctx, m, in, info, o)
	rest()
	wg.Wait()
	m.Signals, m.Skipped, m.Sound = append(m.Signals, heard.Signals...), append(m.Skipped, heard.Skipped...), heard.Sound
	return errors.Join(err, heardErr)
}

// twice makes a second input of one, for two decoders at a time. The caller calls the
// second one's close when that is done, and rest when the first is.
func (in *input) twice() (second *input, rest func()) {
	b := *in
	b.guessed, b.close = nil, func() {} // those are the first one's
	if !in.once {
		return &b, func() {}
	}
	// What the first reads is handed to the second, for as long as it wants it.
	r, w := io.Pipe()
	both := &forked{r: in.open(false), w: w}
	in.open = func(bool) io.Reader { return both }
	b.open = func(bool) io.Reader { return r }
	b.close = func() { r.Close() }
	return &b, func() { _, _ = io.Copy(io.Discard, both) }
}

// forked hands what is read of r to w as well.
type forked struct {
	mu sync.Mutex
	r  io.Reader
	w  *io.PipeWriter
}

func (f *forked) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.r.Read(p)
	_, _ = f.w.Write(p[:n]) // fails when the other has had enough
	if err != nil {
		_ = f.w.CloseWithError(err)
	}
	return n, err
}

// filmOptions say how the frames of films are hashed.
func (d *Decoder) filmOptions(opts Options) FrameOptions {
	every := cmp.Or(opts.Every, d.tools.Every, time.Second)
	if every < 0 {
		// Converting every frame with accurate rounding would take as long as
		// decoding; see docs/video.md for what luma costs.
		return FrameOptions{Luma: true}
	}
	return FrameOptions{Every: every, Precise: true}
}

// hashFilm adds the hashes of a film's frames and what was not looked at. Its
// error is that of the context.
func (d *Decoder) hashFilm(ctx context.Context, m *Measured, in *input, info probed, o FrameOptions) error {
	h := vpdq.NewHasher(1)
	facts, err := d.frames(ctx, in, info, o, func(f Frame) error { return h.Add(f.Number, f.At, f.Pixels) })
	m.Width, m.Height = facts.Width, facts.Height
	m.Film = &facts
	var not *NotChecked
	switch {
	case err == nil:
	case errors.As(err, &not):
		m.skip(jaga.DetectorVPDQ, not)
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		m.skip(jaga.DetectorVPDQ, notChecked(jaga.WhyTooBig, "only its first %d frames were hashed", len(h.Video())))
	}
	for i, g := range facts.Gaps {
		if i == maxGapsTold {
			m.skip(jaga.DetectorVPDQ, notChecked(g.Why, "%d further parts could not be decoded", len(facts.Gaps)-i))
			break
		}
		m.skip(jaga.DetectorVPDQ, notChecked(g.Why, "%s", g.text()))
	}
	if facts.Others > 0 {
		m.skip(jaga.DetectorVPDQ, notChecked(jaga.WhyUnsupported, "%d further streams of pictures were not looked at", facts.Others))
	}
	m.addFilm(h.Video())
	return nil
}

func (g Gap) text() string {
	if g.To < 0 {
		return fmt.Sprintf("from second %.1f on it could not be decoded", g.From.Seconds())
	}
	return fmt.Sprintf("seconds %.1f to %.1f could not be decoded", g.From.Seconds(), g.To.Seconds())
}

// addFilm adds the signal of a film's frames, if there are any, and says so when
// none of them can be compared.
func (m *Measured) addFilm(v vpdq.Video) {
	if len(v) == 0 {
		if !slices.ContainsFunc(m.Skipped, func(s jaga.Skip) bool { return s.Detector == jaga.DetectorVPDQ }) {
			m.skip(jaga.DetectorVPDQ, notChecked(jaga.WhyEmpty, "it has no frames"))
		}
		return
	}
	best := 0
	for _, f := range v {
		best = max(best, f.Quality)
	}
	m.Quality = best
	frames := v.Binary()
	digest := sha256.Sum256(frames)
	m.Signals = append(m.Signals, jaga.Signal{Type: jaga.VPDQ, Value: hex.EncodeToString(digest[:]), Frames: string(frames), Quality: best, By: "vpdq/1"})
	if best < pdq.MinQuality {
		m.skip(jaga.DetectorVPDQ, notChecked(jaga.WhyLowQuality, "no frame has a quality of %d of 100; below that a hash says nothing", pdq.MinQuality))
	}
}
