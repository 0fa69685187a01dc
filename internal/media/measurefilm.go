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
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// isFilm reports whether files of the type are decoded as films.
func isFilm(t Type) bool { return t.Kind() == jaga.KindVideo && demuxers[t] != "" }

// film measures a video of which the head is read already. It goes through to the
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
	err := d.hashFilm(ctx, &m, src, opts)
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

// counted counts what is read, and keeps the error.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// maxGapsTold is how many gaps of a film are told one by one.
const maxGapsTold = 10

// hashFilm adds the hashes of a film's frames and what was not looked at. Its
// error is that of the context.
func (d *Decoder) hashFilm(ctx context.Context, m *Measured, src Source, opts Options) error {
	o := FrameOptions{Every: cmp.Or(opts.Every, d.tools.Every, time.Second), Precise: true}
	if o.Every < 0 {
		// Converting every frame with accurate rounding would take as long as
		// decoding; see docs/video.md for what luma costs.
		o = FrameOptions{Luma: true}
	}
	h := vpdq.NewHasher(1)
	facts, err := d.Frames(ctx, src, o, func(f Frame) error { return h.Add(f.Number, f.At, f.Pixels) })
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
		if len(m.Skipped) == 0 {
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
