package main

import (
	"context"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
)

// checker compares files with the tables of an engine. It is safe for
// concurrent use.
type checker struct {
	engine  *engine.Engine
	banks   []string // empty: all
	version string
	decoder *media.Decoder
	options media.Options
	// now is the time for which entries are on or off: one for the whole run,
	// so that screening and matching ask about the same entries.
	now time.Time
	// Which detectors have anything to compare with.
	near, exact, sound bool
}

// newChecker returns a checker over the engine, which must be loaded.
func (a *app) newChecker(e *engine.Engine, banks []string, rotations bool, workers int) (*checker, error) {
	c := &checker{
		engine: e, banks: banks, version: e.Stats().Version,
		decoder: a.decoder(workers),
		options: media.Options{Rotations: rotations},
		now:     time.Now(),
	}
	c.options.Far = c.far
	sizes, err := e.Match(c.query(nil))
	if err != nil {
		return nil, err
	}
	for typ, n := range sizes.Asked {
		switch {
		case typ.OfText(): // files are not read as text
		case typ.Exact():
			c.exact = c.exact || n > 0
		case typ == jaga.Chromaprint:
			c.sound = c.sound || n > 0
		default:
			c.near = c.near || n > 0
		}
	}
	c.options.Deaf = !c.sound
	if !c.near && !c.exact && !c.sound {
		return nil, errorf(jaga.CodeInvalid, "add entries to a bank, or name a list with --list", "there is nothing to compare with: all banks are empty or switched off")
	}
	return c, nil
}

// decoder returns a decoder with the limits of the configuration. It decodes
// pictures in this process; the server, which reads what anybody sends, confines it.
func (a *app) decoder(workers int) *media.Decoder {
	m := a.cfg.Media
	d := media.NewDecoder(media.Limits{
		Bytes: int64(m.MaxBytes), Pixels: m.MaxPixels, Memory: int64(m.MaxMemory), Time: time.Duration(m.Timeout),
	}, workers)
	d.Use(media.Tools{FFmpeg: m.FFmpeg, Unconfined: m.AllowUnconfined, Time: time.Duration(m.VideoTimeout), Spool: int64(m.VideoSpool)})
	return d
}

// check compares one file. other reports that its content is of no kind that
// Jaga knows, as with plain text. Where found is not nil and the file is an
// archive, it is called for each file in it.
func (c *checker) check(ctx context.Context, path string, found func(inside)) (o jaga.Outcome, other bool) {
	f, err := os.Open(path)
	if err != nil {
		return c.unreadable(err), false
	}
	defer f.Close()
	m, ear, err := c.measure(ctx, f)
	if err != nil {
		return c.unreadable(err), false
	}
	if found != nil && isArchive(f) {
		return c.archive(ctx, f, c.judge(m, ear), found), false
	}
	return c.judge(m, ear), m.Type == "" && m.Bytes > 0
}

// measure measures one file, with an ear for its sound if there is any to compare
// with.
func (c *checker) measure(ctx context.Context, r io.Reader) (m media.Measured, ear *engine.Ear, err error) {
	options := c.options
	if c.sound {
		if ear, err = c.engine.Listen(0); err != nil {
			return m, nil, err
		}
		options.Hear = ear.Write
	}
	if m, err = c.decoder.Measure(ctx, r, options); err == nil && ear != nil {
		ear.Flush()
	}
	return m, ear, err
}

// query asks about the signals in the banks of the run.
func (c *checker) query(signals []jaga.Signal) engine.Query {
	// The smallest draw: banks that are switched off stay out, all others
	// take part, so that two scans give the same answers.
	return engine.Query{Signals: signals, Banks: c.banks, Now: c.now, Draw: math.SmallestNonzeroFloat64, Limit: 1000}
}

// far reports whether no bank has an entry near enough to hashes from screening
// that the hash of the decoded picture could match it.
func (c *checker) far(screened []jaga.Signal) bool {
	q := c.query(screened)
	q.Margin = media.ScreenMargin
	near, _, err := c.engine.Any(q)
	return err == nil && !near
}

// detector is one that looks at a file; asked says that there is something to
// compare with.
type detector struct {
	name  jaga.Detector
	asked bool
}

// detectors are those that look at a file, by what was found in it.
func (c *checker) detectors(m media.Measured) []detector {
	list := []detector{{jaga.DetectorExact, c.exact}}
	sound := slices.ContainsFunc(m.Signals, func(s jaga.Signal) bool { return s.Type == jaga.Chromaprint }) ||
		slices.ContainsFunc(m.Skipped, func(s jaga.Skip) bool { return s.Detector == jaga.DetectorSound })
	if m.Film != nil || !sound {
		list = append(list, detector{jaga.DetectorPDQ, c.near})
	}
	if sound {
		list = append(list, detector{jaga.DetectorSound, c.sound})
	}
	return list
}

// judge compares what was measured. A detector that has nothing to compare
// with is not asked for, so its absence is optional.
func (c *checker) judge(m media.Measured, ear *engine.Ear) jaga.Outcome {
	skipped := slices.Clone(m.Skipped)
	var checked []jaga.Detector
	for _, d := range c.detectors(m) {
		i := slices.IndexFunc(skipped, func(s jaga.Skip) bool { return s.Detector == d.name })
		switch {
		case !d.asked && i >= 0:
			for k := range skipped {
				skipped[k].Optional = skipped[k].Optional || skipped[k].Detector == d.name
			}
		case !d.asked:
			skipped = append(skipped, jaga.Skip{Detector: d.name, Why: jaga.WhyNoBanks, Optional: true})
		case i < 0:
			checked = append(checked, d.name)
		}
	}
	q := c.query(m.Usable())
	q.Ear = ear
	answer, err := c.engine.Match(q)
	if err != nil {
		// Only a fault of ours gets here; nothing was compared.
		return c.failed(jaga.WhyInternal, "")
	}
	return engine.Judge(answer.Matches, checked, skipped, answer.Version)
}

func (c *checker) unreadable(err error) jaga.Outcome {
	// The system's word for it, without the path, which stands beside it.
	return c.failed(jaga.WhyUnreadable, errText(err))
}

func (c *checker) failed(why jaga.Why, detail string) jaga.Outcome {
	return jaga.Outcome{Index: c.version, Skipped: []jaga.Skip{
		{Detector: jaga.DetectorExact, Why: why, Detail: detail},
		{Detector: jaga.DetectorPDQ, Why: why, Detail: detail},
	}}
}
